"""What keeps a trunk alive: REGISTER with refresh (RFC 3261 section 10.2) and OPTIONS pings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sip_bridge.sip.address import sip_uri
from sip_bridge.sip.core import Core
from sip_bridge.sip.events import TrunkLost, TrunkReached, TrunkRegistered, TrunkRegistrationFailed
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.message import Headers, Request, Response
from sip_bridge.sip.timers import Timer
from sip_bridge.sip.transactions import ClientTransaction
from sip_bridge.sip.trunk import Trunk

FIRST_BACK_OFF = 5.0  # seconds; doubles with each failure
LONGEST_BACK_OFF = 300.0
_MAX_ATTEMPTS = 4
PING_SOON = 10.0  # seconds; so soon who was not there is asked again, however seldom otherwise


@dataclass(frozen=True, slots=True)
class TrunkFacts:
    """What is known of a trunk. `reachable`, `registered`: None is not asked, or no answer yet. `status`: of the last failure
    of either, 0 for no answer at all, None without one. `since`: when all that became so, on the endpoint's clock."""

    name: str
    reachable: bool | None = None
    registered: bool | None = None
    status: int | None = None
    since: float = 0.0
    calls: int = 0


@dataclass(slots=True, eq=False)
class _Keeper:
    trunk: Trunk
    call_id: str
    tag: str
    cseq: int = 0
    expires: int = 0
    failures: int = 0
    attempts: int = 0
    stopping: bool = False
    timer: Timer | None = None
    ping_timer: Timer | None = None
    reachable: bool | None = None
    registered: bool | None = None
    lost_status: int | None = None
    refused_status: int | None = None
    since: float = 0.0


class TrunkKeeper:
    """Registers and pings every trunk that asks for it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._keepers: dict[str, _Keeper] = {}

    def start(self, trunk: Trunk, now: float) -> None:
        """Begin at once; a second call is ignored."""
        if trunk.name in self._keepers:
            return
        token = self._core.entropy.token
        self._begin(_Keeper(trunk, token(), token(), expires=trunk.register_expires, since=now), now)

    def _begin(self, keeper: _Keeper, now: float) -> None:
        self._keepers[keeper.trunk.name] = keeper
        if keeper.trunk.register:
            self._register(keeper, now)
        if keeper.trunk.ping_interval > 0:
            self._ping(keeper, now)

    def keep(self, trunks: Iterable[Trunk], now: float) -> None:
        """Exactly these. A registration that stays the same one is made anew in its own sequence, so that the old one cannot
        be withdrawn after the new one was made (RFC 3261 section 10.2)."""
        wanted = {trunk.name: trunk for trunk in trunks}
        old, self._keepers = self._keepers, {}
        for name, keeper in old.items():
            trunk = wanted.get(name)
            if trunk is not None and trunk.watched == keeper.trunk.watched:
                keeper.trunk = trunk
                self._keepers[name] = keeper
                continue
            same = trunk is not None and trunk.register and trunk.binding == keeper.trunk.binding
            self._end(keeper, now, withdraw=not same)
            if trunk is not None and same:
                self._begin(
                    _Keeper(trunk, keeper.call_id, keeper.tag, keeper.cseq, trunk.register_expires, since=now), now
                )
        for trunk in wanted.values():
            self.start(trunk, now)

    def stop(self, now: float) -> None:
        """Remove our bindings and fall silent."""
        old, self._keepers = self._keepers, {}
        for keeper in old.values():
            self._end(keeper, now, withdraw=True)

    def _end(self, keeper: _Keeper, now: float, *, withdraw: bool) -> None:
        for timer in (keeper.timer, keeper.ping_timer):
            if timer is not None:
                timer.cancel()
        keeper.stopping, keeper.expires, keeper.attempts = True, 0, _MAX_ATTEMPTS
        if keeper.trunk.register and withdraw:
            self._register(keeper, now)

    def is_down(self, name: str) -> bool:
        """Calls over it would most probably fail."""
        keeper = self._keepers.get(name)
        return keeper is not None and (keeper.reachable is False or keeper.registered is False)

    def facts(self, name: str, calls: int) -> TrunkFacts:
        keeper = self._keepers.get(name)
        if keeper is None:
            return TrunkFacts(name, calls=calls)
        status = keeper.refused_status if keeper.registered is False else None
        if keeper.reachable is False and status is None:
            status = keeper.lost_status
        return TrunkFacts(name, keeper.reachable, keeper.registered, status, keeper.since, calls)

    def _request(self, keeper: _Keeper, method: str, flow: Flow) -> Request:
        trunk, core = keeper.trunk, self._core
        domain = trunk.domain or trunk.host
        user = trunk.credentials.user if trunk.credentials else core.config.user
        keeper.cseq += 1
        request = Request(method, sip_uri(None, domain))
        aor = f"<{sip_uri(user, domain)}>"
        registering = method == "REGISTER"
        ours = request.headers = Headers()
        ours.set("via", core.via(flow))
        ours.set("max-forwards", "70")
        ours.set("from", f"{aor};tag={keeper.tag}")
        ours.set("to", aor if registering else f"<{request.uri}>")
        ours.set("call-id", keeper.call_id if registering else core.entropy.token())
        ours.set("cseq", f"{keeper.cseq} {method}")
        ours.set("contact", core.contact(flow))
        if registering:
            ours.set("expires", str(keeper.expires))
        return request

    def _register(self, keeper: _Keeper, now: float) -> None:
        flow = self._core.flow_to_trunk(keeper.trunk)
        if flow is None:
            return
        keeper.attempts = 1
        self._send_register(keeper, self._request(keeper, "REGISTER", flow), flow, now)

    def _send_register(self, keeper: _Keeper, request: Request, flow: Flow, now: float) -> None:
        self._core.layer.start_client(
            request,
            flow,
            lambda tx, response, at: self._registered(keeper, tx, response, at),
            lambda _tx, _why, at: self._register_failed(keeper, 0, at),
            now,
        )

    def _registered(self, keeper: _Keeper, tx: ClientTransaction, response: Response, now: float) -> None:
        status = response.status
        if status < 200:
            return
        if status < 300:
            self._bound(keeper, response, now)
            return
        if keeper.attempts < _MAX_ATTEMPTS:
            again = self._corrected(keeper, tx, response)
            if again is not None:
                keeper.attempts += 1
                self._send_register(keeper, again, tx.flow, now)
                return
        self._register_failed(keeper, status, now)

    def _corrected(self, keeper: _Keeper, tx: ClientTransaction, response: Response) -> Request | None:
        """With credentials (401, 407) or with the time the registrar wants (423)."""
        keeper.cseq += 1
        if response.status in (401, 407):
            return self._core.with_credentials(tx.request, response, keeper.trunk.credentials, tx.flow, keeper.cseq)
        try:
            least = response.number("min-expires") or 0
        except ValueError:
            return None
        if response.status != 423 or least <= keeper.expires:
            return None
        keeper.expires = least
        again = self._core.again(tx.request, tx.flow, keeper.cseq)
        again.headers.set("expires", str(least))
        return again

    def _bound(self, keeper: _Keeper, response: Response, now: float) -> None:
        if keeper.stopping:
            return
        keeper.failures = 0
        if keeper.registered is not True:
            keeper.registered, keeper.since = True, now
        granted = _granted(response, keeper.expires)
        self._core.emit(TrunkRegistered(keeper.trunk.name, granted))
        # Early enough for a lost packet or two, never busier than every 5 s.
        self._again(keeper, now + max(5.0, min(granted * 0.8, granted - 32.0)))

    def _register_failed(self, keeper: _Keeper, status: int, now: float) -> None:
        if keeper.stopping:
            return
        if keeper.registered is not False or keeper.refused_status != status:
            keeper.registered, keeper.refused_status, keeper.since = False, status, now
        retry_in = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0**keeper.failures)
        retry_in = round(self._core.entropy.uniform(retry_in / 2, retry_in), 2)
        keeper.failures = min(keeper.failures + 1, 16)
        self._core.emit(TrunkRegistrationFailed(keeper.trunk.name, status, retry_in))
        self._again(keeper, now + retry_in)

    def _again(self, keeper: _Keeper, at: float) -> None:
        if keeper.timer is not None:
            keeper.timer.cancel()
        keeper.timer = self._core.timers.schedule(at, lambda now: self._register(keeper, now))

    def _ping(self, keeper: _Keeper, now: float) -> None:
        flow = self._core.flow_to_trunk(keeper.trunk)
        if flow is None:
            return

        def answered(_tx: ClientTransaction, response: Response, at: float) -> None:
            # Any answer shows life; 503 and 408 (a proxy in between) say that calls would not go through.
            if response.status >= 200:
                self._seen(keeper, response.status not in (408, 503), response.status, at)

        def failed(_tx: ClientTransaction, _why: str, at: float) -> None:
            self._seen(keeper, False, 0, at)

        self._core.layer.start_client(self._request(keeper, "OPTIONS", flow), flow, answered, failed, now)
        keeper.ping_timer = self._core.timers.schedule(
            now + keeper.trunk.ping_interval, lambda at: self._ping(keeper, at)
        )

    def _seen(self, keeper: _Keeper, reachable: bool, status: int, now: float) -> None:
        if keeper.stopping:
            return
        if not reachable and keeper.ping_timer is not None and keeper.ping_timer.at > now + PING_SOON:
            keeper.ping_timer.cancel()
            keeper.ping_timer = self._core.timers.schedule(now + PING_SOON, lambda at: self._ping(keeper, at))
        if keeper.reachable is reachable:
            return
        keeper.reachable, keeper.lost_status, keeper.since = reachable, None if reachable else status, now
        name = keeper.trunk.name
        self._core.emit(TrunkReached(name) if reachable else TrunkLost(name, status))


def _granted(response: Response, asked: int) -> int:
    """The seconds our binding got: of its Contact, else of Expires, else what we asked for."""
    for contact in response.headers.items("contact"):
        _, _, parameters = contact.rpartition(">")
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "expires" and value.strip().isdigit():
                return int(value)
    try:
        return response.number("expires") or asked
    except ValueError:
        return asked
