"""A leg as data: its phase, its dialog and what is open in it. Effects are in `inbound`, `outbound`, `sessions`, `hangup`."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from sip_bridge.sip.flow import Flow
from sip_bridge.sip.message import Request
from sip_bridge.sip.offer_answer import Session
from sip_bridge.sip.session_timer import SessionInterval
from sip_bridge.sip.timers import Timer
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction


class Role(StrEnum):
    CALLER = "caller"  # our INVITE (UAC)
    CALLEE = "callee"  # the peer's INVITE (UAS)


class Phase(StrEnum):
    CALLING = "calling"  # our INVITE is out, nothing came back
    PROCEEDING = "proceeding"  # a provisional response came
    CANCELLING = "cancelling"  # we want out; a 487 or a 2xx decides
    OFFERED = "offered"  # the peer's INVITE waits for our final response
    ANSWERED = "answered"  # our 2xx is out, its ACK is not here
    CONFIRMED = "confirmed"
    CLOSED = "closed"


class Happening(StrEnum):
    PROVISIONAL = "provisional"  # 1xx to our INVITE
    SUCCESS = "success"  # 2xx to our INVITE
    FAILURE = "failure"  # 3xx–6xx to our INVITE, or none at all
    CANCEL = "cancel"  # ours or the peer's
    ACCEPT = "accept"
    REJECT = "reject"
    ACK = "ack"
    HANGUP = "hangup"  # BYE of either side, or a loss that amounts to it


PHASES: dict[tuple[Phase, Happening], Phase] = {
    (Phase.CALLING, Happening.PROVISIONAL): Phase.PROCEEDING,
    (Phase.CALLING, Happening.SUCCESS): Phase.CONFIRMED,
    (Phase.CALLING, Happening.FAILURE): Phase.CLOSED,
    (Phase.CALLING, Happening.CANCEL): Phase.CANCELLING,
    (Phase.PROCEEDING, Happening.PROVISIONAL): Phase.PROCEEDING,
    (Phase.PROCEEDING, Happening.SUCCESS): Phase.CONFIRMED,
    (Phase.PROCEEDING, Happening.FAILURE): Phase.CLOSED,
    (Phase.PROCEEDING, Happening.CANCEL): Phase.CANCELLING,
    (Phase.PROCEEDING, Happening.HANGUP): Phase.CLOSED,
    (Phase.CANCELLING, Happening.PROVISIONAL): Phase.CANCELLING,
    (Phase.CANCELLING, Happening.SUCCESS): Phase.CLOSED,
    (Phase.CANCELLING, Happening.FAILURE): Phase.CLOSED,
    (Phase.OFFERED, Happening.ACCEPT): Phase.ANSWERED,
    (Phase.OFFERED, Happening.REJECT): Phase.CLOSED,
    (Phase.OFFERED, Happening.CANCEL): Phase.CLOSED,
    (Phase.OFFERED, Happening.HANGUP): Phase.CLOSED,
    (Phase.ANSWERED, Happening.ACK): Phase.CONFIRMED,
    (Phase.ANSWERED, Happening.HANGUP): Phase.CLOSED,
    (Phase.CONFIRMED, Happening.HANGUP): Phase.CLOSED,
}


@dataclass(slots=True)
class Dialog:
    """RFC 3261 section 12: identifiers, both CSeq, the route set and where the peer wants its requests.

    `local` and `remote` are the From and To texts of our requests. `remote_cseq` 0: none seen.
    """

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    local_cseq: int
    remote_cseq: int
    target: str
    route_set: tuple[str, ...] = ()
    session: Session = field(default_factory=Session)
    remote_rseq: int = 0

    @property
    def key(self) -> DialogKey:
        return self.call_id, self.local_tag, self.remote_tag


DialogKey = tuple[str, str, str]


@dataclass(slots=True, eq=False)
class AckWait:
    """Our 2xx to an INVITE, repeated until its ACK comes (RFC 3261 section 13.3.1.4)."""

    cseq: int
    wire: bytes
    flow: Flow
    interval: float
    give_up_at: float
    timer: Timer | None = None


@dataclass(slots=True, eq=False)
class ReliableProvisional:
    """Our 1xx that waits for its PRACK (RFC 3262 section 3)."""

    rseq: int
    cseq: int
    wire: bytes
    has_sdp: bool
    interval: float
    give_up_at: float
    timer: Timer | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional response that waits for the PRACK of the one before."""

    status: int
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An `accept` that waits for the PRACK of a provisional response with SDP (RFC 3262 section 3)."""

    sdp: bytes | None
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class IncomingOffer:
    """A re-INVITE, UPDATE or PRACK of the peer that the owner has to answer."""

    transaction: ServerTransaction
    request: Request
    dialog: Dialog
    interval: SessionInterval | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, eq=False)
class OutgoingOffer:
    """Our re-INVITE or UPDATE. `refresh`: it only keeps the session alive, the owner is not told of success."""

    method: str
    sdp: bytes | None
    refresh: bool
    dialog: Dialog
    attempts: int = 1
    transaction: ClientTransaction | None = None
    retry: Timer | None = None
    guard: Timer | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One leg. `dialog` is the only one (callee), the newest early or the confirmed one (caller)."""

    leg: str
    role: Role
    trunk: str
    phase: Phase
    flow: Flow
    invite: Request
    started_at: float
    source: str = ""
    dialog: Dialog | None = None
    forks: dict[str, Dialog] = field(default_factory=dict)
    server: ServerTransaction | None = None
    client: ClientTransaction | None = None
    cancel_sent: bool = False
    attempts: int = 0
    min_se: int = 90
    offer: bytes | None = None
    ring_timer: Timer | None = None
    cancel_timer: Timer | None = None
    rang_out: bool = False
    may_ring: bool = False  # a provisional response but 100 has come, or may have come to an earlier process
    local_rseq: int = 0
    reliable: ReliableProvisional | None = None
    queued: deque[Progress] = field(default_factory=deque)
    acceptance: Acceptance | None = None
    ack_wait: AckWait | None = None
    hangup_wanted: tuple[tuple[str, str], ...] | None = None
    ack_wire: bytes = b""
    ack_cseq: int = 0
    answer_due: bool = False
    incoming: IncomingOffer | None = None
    outgoing: OutgoingOffer | None = None
    interval: SessionInterval | None = None
    session_timer: Timer | None = None
    session_due: float = 0.0
    peer_allows: frozenset[str] = frozenset()
    peer_supports: frozenset[str] = frozenset()
    replaces: str | None = None
    bye_pending: bool = False

    @property
    def early_dialogs(self) -> list[Dialog]:
        found = list(self.forks.values())
        if self.dialog is not None and all(dialog is not self.dialog for dialog in found):
            found.append(self.dialog)
        return found

    def happened(self, happening: Happening) -> bool:
        """Move to the next phase; False, and nothing changed, when it cannot happen now."""
        following = PHASES.get((self.phase, happening))
        if following is None:
            return False
        self.phase = following
        return True
