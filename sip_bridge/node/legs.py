"""The legs of a bridge, whatever carries them, as the journal keeps them."""

import secrets
import uuid

import msgspec

from sip_bridge.contract import EndCause, LegKind, LegState, LegStatus
from sip_bridge.node.journal import Journal

_NAMESPACE = uuid.UUID("6a3f8b0e-5f0c-4f5e-9d0a-3c9a4b1f7e21")
KIND = "leg"

DIAL_REFUSALS = {
    "number_not_allowed": EndCause.NOT_ALLOWED,
    "caller_not_allowed": EndCause.NOT_ALLOWED,
    "trunk_full": EndCause.OVERLOAD,
    "rate_limited": EndCause.OVERLOAD,
    "overloaded": EndCause.OVERLOAD,
    "draining": EndCause.OVERLOAD,
    "no_such_trunk": EndCause.UNREACHABLE,
    "cancelled": EndCause.CANCELLED,
}


class LegRecord(msgspec.Struct, kw_only=True):
    """One leg. ``sip`` is its id in the SIP core; the description fields let a new process go on negotiating.

    ``up`` and ``ended`` reports are made once: ``state`` says how far the backend was told.
    """

    leg: str
    kind: LegKind
    state: LegState
    trunk: str = ""
    sip: str = ""
    offer: bytes | None = None
    """The caller's description, needed when the leg is answered."""
    session_id: int = 0
    session_version: int = 0
    port: int = 0
    srtp_keys: tuple[tuple[int, str, bytes], ...] = ()
    held: bool = False
    by_fallback: bool = False
    """The backend was away, or silent: the bridge answered by itself with the fallback announcement."""
    told: bool = False
    """The backend was told of this leg, and is therefore told of its end."""
    taken: bool = False
    """The backend has said what is to become of an offered leg."""
    early_media: bool = False
    our_offer: bytes | None = None
    """What we offered in an INVITE of ours: the answer may come to another process."""
    owner: str = ""
    group: str = ""


def leg_of_sip(sip: str) -> str:
    """The contract's id of a leg that the SIP core named: the same after a restart."""
    return str(uuid.uuid5(_NAMESPACE, sip))


def new_session_id() -> int:
    return secrets.randbelow(2**62)


class Legs:
    """All legs by id, each change noted in the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._encoder = msgspec.msgpack.Encoder()
        self.by_id: dict[str, LegRecord] = {}
        self._by_sip: dict[str, LegRecord] = {}

    def load(self) -> None:
        decoder = msgspec.msgpack.Decoder(LegRecord)
        for raw in self._journal.kept(KIND).values():
            record = decoder.decode(raw)
            self.by_id[record.leg] = record
            if record.sip:
                self._by_sip[record.sip] = record

    def get(self, leg: str) -> LegRecord | None:
        return self.by_id.get(leg)

    def of_sip(self, sip: str) -> LegRecord | None:
        return self._by_sip.get(sip)

    def put(self, record: LegRecord) -> None:
        """Note a new or changed leg."""
        self.by_id[record.leg] = record
        if record.sip:
            self._by_sip[record.sip] = record
        self._journal.keep(KIND, record.leg, self._encoder.encode(record))

    def part(self, record: LegRecord) -> None:
        """Its call in the SIP core is not its own any more: another one is placed for it."""
        self._by_sip.pop(record.sip, None)
        record.sip = ""

    def remove(self, record: LegRecord) -> None:
        self.by_id.pop(record.leg, None)
        self._by_sip.pop(record.sip, None)
        self._journal.forget(KIND, record.leg)

    def statuses(self) -> tuple[LegStatus, ...]:
        return tuple(LegStatus(leg=r.leg, kind=r.kind, state=r.state) for r in self.by_id.values() if r.told)
