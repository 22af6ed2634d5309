"""The trunks in use: those that the backend gave last, until it has given any those of the bridge's own settings.

What was given is kept in a file of its own, for passwords are in it: a bridge that starts while the backend is away uses them.
Changes take effect at once. What is found of each trunk is told while the link is up, its newest state only.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import structlog

from sip_bridge import contract as k
from sip_bridge.node.counters import Families
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.registration import TrunkFacts
from sip_bridge.sip.transport import Application
from sip_bridge.sip.trunk import Trunk, TrunkTable

log = structlog.get_logger()
LOOK_EVERY_S = 0.25
CALLS_EVERY_S = 2.0
"""How often numbers of calls are told, when nothing else has changed."""
AGAIN_S, EXPIRES_S = 15.0, 45.0
"""How often a state that has not changed is told again, and how long one is believed."""

_HEALTH = {None: k.TrunkHealth.UNKNOWN, True: k.TrunkHealth.UP, False: k.TrunkHealth.DOWN}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """``given`` None: none have been. ``former``: no longer in use, and calls that were up still needed them."""

    given: tuple[k.TrunkSpec, ...] | None = None
    former: tuple[k.TrunkSpec, ...] = ()


_kept = msgspec.json.Decoder(Kept)


class Trunks:
    def __init__(self, path: Path, own: tuple[k.TrunkSpec, ...], report: Callable[[k.LegEvent], None]) -> None:
        """``own``: those of the bridge's own settings."""
        self._path, self._own, self._report = path, own, report
        self._kept = self._read()
        self._wrong = ""
        self._told: k.TrunksChanged | None = None
        self._told_at = self._look_at = 0.0

    def _read(self) -> Kept:
        try:
            kept = _kept.decode(self._path.read_bytes())
            TrunkTable.of(map(Trunk.of, kept.given or ()))
        except FileNotFoundError:
            return Kept()
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.error("kept_trunks_not_readable", error=type(error).__name__)
            return Kept()
        return kept

    def _write(self) -> None:
        """For its owner's eyes only; whole, or as it was."""
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self._kept))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)

    @property
    def _specs(self) -> tuple[k.TrunkSpec, ...]:
        return self._own if self._kept.given is None else self._kept.given

    def table(self) -> tuple[Trunk, ...]:
        return tuple(map(Trunk.of, self._specs))

    def adopted(self, endpoint: SipEndpoint) -> None:
        """Calls of an earlier process are there: those of trunks that are gone keep what they began with."""
        endpoint.keep_former(map(Trunk.of, self._kept.former))

    def use(self, given: k.UseTrunks, application: Application) -> None:
        """What cannot be used is told, and nothing changes."""
        endpoint, before = application.endpoint, {x.name: x for x in (*self._kept.former, *self._specs)}
        if given.trunks == self._kept.given and not self._wrong:
            return
        self._told = None
        wanted = self._own if given.trunks is None else given.trunks
        try:
            endpoint.use_trunks(map(Trunk.of, wanted), application.now())
        except ValueError as error:
            self._wrong = str(error) or type(error).__name__
            log.error("trunks_not_used", error=self._wrong)
            return
        former = tuple(before[trunk.name] for trunk in endpoint.former_trunks if trunk.name in before)
        self._kept, self._wrong = Kept(given=given.trunks, former=former), ""
        try:
            self._write()
        except OSError as error:
            log.error("trunks_not_kept", error=type(error).__name__)
        log.info("trunks_used", trunks=len(wanted), given=given.trunks is not None)
        application.flush()

    def tell(self, endpoint: SipEndpoint, now: float, *, connected: bool) -> None:
        """Report what has changed since the last time; while the backend is away, nothing."""
        if not connected:
            self._told = None
            return
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        made = self._made(endpoint.trunk_states(), now)
        if self._told is not None and now - self._told_at < self._pause(made, self._told):
            return
        self._told, self._told_at = made, now
        self._report(made)

    def _made(self, facts: Iterable[TrunkFacts], now: float) -> k.TrunksChanged:
        states = tuple(
            k.TrunkState(
                name=each.name,
                reachable=_HEALTH[each.reachable],
                registered=_HEALTH[each.registered],
                status=each.status,
                since_s=round(max(0.0, now - each.since), 1),
                calls=each.calls,
            )
            for each in facts
        )
        return k.TrunksChanged(
            trunks=states, given=self._kept.given is not None, expires_s=EXPIRES_S, wrong=self._wrong
        )

    def families(self, endpoint: SipEndpoint) -> Families:
        """For the counters: how many trunks there are, and how many are known to be down."""
        facts = endpoint.trunk_states()
        down = sum(1 for each in facts if each.reachable is False or each.registered is False)
        return {"trunks_now": {"all": len(facts), "down": down}}

    @staticmethod
    def _pause(now: k.TrunksChanged, told: k.TrunksChanged) -> float:
        """How long after ``told`` this is told."""
        if _alike(now, calls=True) == _alike(told, calls=True):
            return AGAIN_S
        return CALLS_EVERY_S if _alike(now) == _alike(told) else 0.0


def _alike(told: k.TrunksChanged, *, calls: bool = False) -> object:
    """What two reports are compared by."""
    states = [(x.name, x.reachable, x.registered, x.status, x.calls if calls else 0) for x in told.trunks]
    return states, told.given, told.wrong
