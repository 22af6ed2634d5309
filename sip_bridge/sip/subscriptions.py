"""Lines of the exchange, watched: SUBSCRIBE as a subscriber (RFC 6665), event package dialog (RFC 4235).

A subscription is never adopted from an earlier process: a new one is made, and the old one ends by itself with the 481
that its next NOTIFY gets. Whatever fails is tried again with a growing pause; requests leave one after another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sip_bridge.sip.address import Uri, sip_uri
from sip_bridge.sip.call import Dialog
from sip_bridge.sip.core import Core, next_hop, routed
from sip_bridge.sip.dialog_info import CONTENT_TYPE, Line, LineState, Verdict
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import LineStateChanged
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.message import Headers, Request, Response, response_to
from sip_bridge.sip.sessions import refresh_target
from sip_bridge.sip.timers import TRANSACTION_LIFETIME, Timer
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction
from sip_bridge.sip.trunk import Trunk

MOST_LINES = 500
EXPIRES = 600  # seconds asked for: also how long a state may be believed when nothing more comes
LONGEST_EXPIRES = 86_400
GAP = 0.05  # seconds between two requests
FIRST_BACK_OFF, LONGEST_BACK_OFF = 5.0, 300.0
REFUSED_PAUSE = 3_600.0
YOUNG = 10.0  # a subscription that ends sooner counts as a failure
RESYNC_PAUSE = 5.0
_FOR_GOOD = frozenset(("rejected", "noresource", "invariant"))
_AT_ONCE = frozenset(("deactivated", "timeout"))
_REFUSED = frozenset((403, 404, 405, 410, 489, 501, 603, 604))
_MAX_ATTEMPTS = 4


@dataclass(slots=True, eq=False)
class _Watch:
    """One line. `dialog` is there from the first NOTIFY on; `since` is when its subscription was asked for."""

    trunk: Trunk
    line: str
    call_id: str = ""
    tag: str = ""
    sender: str = ""
    cseq: int = 0
    dialog: Dialog | None = None
    content: Line = field(default_factory=Line)
    told: LineState = LineState.UNKNOWN
    expires: int = EXPIRES
    ends_at: float = 0.0
    since: float = 0.0
    failures: int = 0
    attempts: int = 0
    asking: bool = False
    resync: bool = False  # the next request is there to bring a full state
    resync_at: float = 0.0
    stopping: bool = False
    timer: Timer | None = None  # the next request of ours
    guard: Timer | None = None  # no NOTIFY came, or the subscription ran out


class Subscriptions:
    """The lines watched, by trunk and line, and their dialogs, by Call-ID and our tag."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._dialogs: dict[tuple[str, str], _Watch] = {}
        self._free_at = 0.0

    def __len__(self) -> int:
        return len(self._watches) + sum(watch.stopping for watch in self._dialogs.values())

    def states(self, now: float) -> list[LineStateChanged]:
        """What is known of every line now."""
        return [self._fact(watch, now) for watch in self._watches.values()]

    def watch(self, trunk: str, lines: Iterable[str], now: float) -> Refused | None:
        """Watch exactly these lines of the trunk. Lines given up are tried again; others are left as they are."""
        found, wanted = self._core.trunks.by_name.get(trunk), dict.fromkeys(lines)
        if found is None:
            return Refused(Because.NO_SUCH_TRUNK)
        others = sum(1 for name, _ in self._watches if name != trunk)
        if len(wanted) + others > MOST_LINES:
            return Refused(Because.TOO_MANY_LINES)
        if any(not line or not line.isprintable() or set(line) & set(' <>"@;') for line in wanted):
            return Refused(Because.NUMBER_NOT_ALLOWED)
        for key in [key for key in self._watches if key[0] == trunk and key[1] not in wanted]:
            self._stop(self._watches.pop(key), now)
        for line in wanted:
            watch = self._watches.get((trunk, line))
            if watch is None:
                watch = self._watches[trunk, line] = _Watch(found, line)
            if watch.timer is None and not watch.asking and watch.guard is None:
                self._ask_in(watch, 0.0, now)
        return None

    def trunks_changed(self, now: float) -> None:
        """Lines of a trunk that is gone are no longer watched; those of one that has moved are asked for where it is now."""
        for key, watch in list(self._watches.items()):
            trunk = self._core.trunks.by_name.get(watch.trunk.name)
            if trunk is watch.trunk:
                continue
            if trunk is not None and trunk.binding == watch.trunk.binding:
                watch.trunk = trunk
                continue
            self._stop(self._watches.pop(key), now)
            if trunk is not None:
                made = self._watches[key] = _Watch(trunk, watch.line)
                self._ask_in(made, 0.0, now)

    # -- when to ask

    def _ask_in(self, watch: _Watch, delay: float, now: float) -> None:
        _cancel(watch.timer)
        watch.timer = self._core.timers.schedule(now + delay, lambda at: self._due(watch, at))

    def _due(self, watch: _Watch, now: float) -> None:
        """It is this line's turn, unless another's request has just left."""
        slot = max(now, self._free_at)
        self._free_at = slot + GAP
        if slot > now:
            watch.timer = self._core.timers.schedule(slot, lambda at: self._ask(watch, at))
        else:
            self._ask(watch, now)

    def _ask(self, watch: _Watch, now: float) -> None:
        watch.timer, watch.resync = None, False
        if watch.asking:
            return
        flow = self._core.flow_to_trunk(watch.trunk)
        if flow is None:
            return
        watch.attempts = 1
        if watch.dialog is None:
            self._drop(watch)
            token = self._core.entropy.token
            watch.call_id, watch.tag, watch.cseq = token(), token(), 0
            watch.since, watch.content = now, Line()
            user = watch.trunk.credentials.user if watch.trunk.credentials else self._core.config.user
            domain = watch.trunk.domain or self._core.host_of(flow)
            watch.sender = f"<{sip_uri(user, domain)}>;tag={watch.tag}"
            self._dialogs[watch.call_id, watch.tag] = watch
        request, flow = self._request(watch, flow, watch.expires)
        self._send(watch, request, flow, now)

    def _request(self, watch: _Watch, flow: Flow, expires: int) -> tuple[Request, Flow]:
        trunk, dialog, core = watch.trunk, watch.dialog, self._core
        port = trunk.port if not trunk.domain and trunk.port != trunk.transport.default_port else None
        uri = sip_uri(watch.line, trunk.domain or trunk.host, port)
        to = f"<{uri}>"
        routes: list[str] = []
        if dialog is not None:
            to = dialog.remote
            uri, routes = routed(dialog)
            if not trunk.symmetric:
                hop = next_hop(dialog.route_set[0] if dialog.route_set else f"<{dialog.target}>", flow)
                local = core.config.listen.get(hop.transport)
                flow = Flow(hop.transport, local, hop.remote) if local else flow
        watch.cseq += 1
        request = Request("SUBSCRIBE", uri, Headers())
        ours = request.headers
        ours.set("via", core.via(flow))
        ours.set("max-forwards", "70")
        ours.setlist("route", routes)
        ours.set("from", watch.sender)
        ours.set("to", to)
        ours.set("call-id", watch.call_id)
        ours.set("cseq", f"{watch.cseq} SUBSCRIBE")
        ours.set("contact", core.contact(flow))
        ours.set("event", "dialog")
        ours.set("accept", CONTENT_TYPE)
        ours.set("expires", str(expires))
        ours.set("user-agent", core.config.agent)
        return request, flow

    def _send(self, watch: _Watch, request: Request, flow: Flow, now: float) -> None:
        watch.asking = True
        call_id = watch.call_id

        def answered(tx: ClientTransaction, response: Response, at: float) -> None:
            if response.status >= 200 and watch.call_id == call_id:
                self._answered(watch, tx, response, at)

        def failed(_tx: ClientTransaction, _why: str, at: float) -> None:
            if watch.call_id == call_id:
                watch.asking = False
                self._failed(watch, 0, 0.0, at)

        self._core.layer.start_client(request, flow, answered, failed, now)

    # -- what came of it

    def _answered(self, watch: _Watch, tx: ClientTransaction, response: Response, now: float) -> None:
        watch.asking = False
        status = response.status
        if status < 300:
            self._granted(watch, response, now)
            return
        if watch.attempts < _MAX_ATTEMPTS and (again := self._corrected(watch, tx, response)) is not None:
            watch.attempts += 1
            self._send(watch, again, tx.flow, now)
            return
        self._core.refusals[f"subscribe_{status}"] += 1
        self._failed(watch, status, _seconds(response, "retry-after"), now)

    def _corrected(self, watch: _Watch, tx: ClientTransaction, response: Response) -> Request | None:
        """The request with credentials (401, 407) or a longer interval (423), None when nothing can be mended."""
        watch.cseq += 1
        if response.status in (401, 407):
            return self._core.with_credentials(tx.request, response, watch.trunk.credentials, tx.flow, watch.cseq)
        least = int(_seconds(response, "min-expires"))
        if response.status != 423 or watch.stopping or not watch.expires < least <= LONGEST_EXPIRES:
            return None
        watch.expires = least
        again = self._core.again(tx.request, tx.flow, watch.cseq)
        again.headers.set("expires", str(least))
        return again

    def _granted(self, watch: _Watch, response: Response, now: float) -> None:
        if watch.stopping:
            return
        granted = int(_seconds(response, "expires")) or watch.expires
        watch.ends_at = now + min(granted, watch.expires)
        if watch.dialog is None:
            # RFC 6665 section 4.1.2.4: without a NOTIFY there is no subscription.
            self._over_at(watch, now + TRANSACTION_LIFETIME)
            return
        watch.failures = 0
        self._keep_until(watch, now)
        self._tell(watch, now, renewed=True)

    def _keep_until(self, watch: _Watch, now: float) -> None:
        """Refresh early enough for lost packets; what is not refreshed by then is over."""
        length = max(0.0, watch.ends_at - now)
        share = self._core.entropy.uniform(0.6, 0.8)
        if not watch.resync:
            self._ask_in(watch, max(5.0, min(length * share, length - 32.0)), now)
        self._over_at(watch, max(watch.ends_at, now + 6.0))

    def _over_at(self, watch: _Watch, at: float) -> None:
        _cancel(watch.guard)
        watch.guard = self._core.timers.schedule(at, lambda now: self._again(watch, self._pause(watch), now))

    def _failed(self, watch: _Watch, status: int, retry_after: float, now: float) -> None:
        if watch.stopping:
            self._drop(watch)
            return
        if status == 481 and watch.dialog is not None:
            self._again(watch, 0.0 if now - watch.since > YOUNG else self._pause(watch), now)
            return
        pause = max(retry_after, REFUSED_PAUSE if status in _REFUSED else self._pause(watch))
        if watch.dialog is not None and status not in _REFUSED and now + pause < watch.ends_at:
            self._keep_until(watch, now)  # the subscription lives until it runs out
            self._ask_in(watch, pause, now)
            return
        self._again(watch, pause, now)

    def _pause(self, watch: _Watch) -> float:
        longest = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0**watch.failures)
        watch.failures = min(watch.failures + 1, 16)
        return self._core.entropy.uniform(longest / 2, longest)

    def _again(self, watch: _Watch, pause: float | None, now: float) -> None:
        """The subscription is over: the line is unknown until another one tells. `pause` None: not until asked again."""
        self._drop(watch)
        if watch.stopping:
            return
        self._tell(watch, now)
        if pause is not None:
            self._ask_in(watch, pause, now)

    def _drop(self, watch: _Watch) -> None:
        """Forget the dialog: what still comes in it gets 481."""
        self._dialogs.pop((watch.call_id, watch.tag), None)
        _cancel(watch.timer)
        _cancel(watch.guard)
        watch.timer = watch.guard = watch.dialog = None
        watch.asking = watch.resync = False
        watch.call_id = ""
        watch.content = Line()

    def _stop(self, watch: _Watch, now: float) -> None:
        flow = self._core.flow_to_trunk(watch.trunk)
        if watch.dialog is None or flow is None:
            self._drop(watch)
            return
        watch.stopping, watch.attempts = True, 1
        _cancel(watch.timer)
        _cancel(watch.guard)
        watch.guard = self._core.timers.schedule(now + TRANSACTION_LIFETIME, lambda at: self._drop(watch))
        request, flow = self._request(watch, flow, 0)
        self._send(watch, request, flow, now)

    # -- NOTIFY

    def known(self, request: Request) -> bool:
        """Whether the NOTIFY belongs to a subscription of ours; a second dialog of a fork does not."""
        watch = self._dialogs.get((request.call_id, request.to_tag))
        return watch is not None and (watch.dialog is None or watch.dialog.remote_tag == request.from_tag)

    def notified(self, request: Request, tx: ServerTransaction, flow: Flow, now: float) -> None:
        """Answer the NOTIFY and take its state in."""
        core, watch = self._core, self._dialogs[request.call_id, request.to_tag]
        number = request.cseq[0]
        if watch.dialog is not None and number <= watch.dialog.remote_cseq:
            core.refusals["cseq_out_of_order"] += 1
            core.layer.respond(tx, response_to(request, 500), now)
            return
        status, parameters = _subscription_state(request)
        if fault := self._fault(request, status):
            core.refusals[f"notify_{fault}"] += 1
            extra = [("Accept", CONTENT_TYPE)] if fault == 415 else []
            core.layer.respond(tx, response_to(request, fault, headers=extra), now)
            return
        if watch.dialog is None:
            target = request.contact or request.sender.uri.text
            Uri.parse(target)
            watch.dialog = Dialog(
                call_id=watch.call_id,
                local_tag=watch.tag,
                remote_tag=request.from_tag,
                local=watch.sender,
                remote=request.headers.get("from"),
                local_cseq=0,
                remote_cseq=number,
                target=target,
                route_set=tuple(request.headers.items("record-route")),
            )
            watch.ends_at = max(watch.ends_at, now + 30.0)
        watch.dialog.remote_cseq = number
        refresh_target(watch.dialog, request)
        core.layer.respond(tx, response_to(request, 200), now)
        if status == "terminated":
            self._terminated(watch, parameters, now)
        elif not watch.stopping:
            self._told(watch, request, status, parameters, now)

    def _fault(self, request: Request, status: str) -> int:
        if request.headers.get("event").partition(";")[0].strip().lower() != "dialog":
            return 489
        if not status:
            return 400
        return 415 if request.body and request.content_type != CONTENT_TYPE else 0

    def _told(self, watch: _Watch, request: Request, status: str, parameters: dict[str, str], now: float) -> None:
        left = _number(parameters.get("expires", ""))
        watch.ends_at = min(now + left if left else watch.ends_at, now + watch.expires)
        if not watch.asking:
            self._keep_until(watch, now)
        if status == "active" and request.body:
            verdict = watch.content.apply(request.body)
            if verdict is not Verdict.APPLIED:
                self._core.refusals[f"dialog_info_{verdict.value}"] += 1
            if verdict not in (Verdict.APPLIED, Verdict.STALE) and not watch.resync:
                at = max(now, watch.resync_at)
                watch.resync, watch.resync_at = True, at + RESYNC_PAUSE
                self._ask_in(watch, at - now, now)
        elif status != "active":
            watch.content = Line()
        self._tell(watch, now)

    def _terminated(self, watch: _Watch, parameters: dict[str, str], now: float) -> None:
        """RFC 6665 section 4.1.3: each reason says whether and when to ask again."""
        reason = parameters.get("reason", "").lower()
        if watch.stopping:
            self._drop(watch)
            return
        self._core.refusals["subscription_terminated"] += 1
        retry_after = _number(parameters.get("retry-after", ""))
        if reason in _FOR_GOOD:
            self._again(watch, None, now)
        elif reason in _AT_ONCE and now - watch.since > YOUNG:
            self._again(watch, 0.0, now)
        else:
            self._again(watch, max(retry_after, self._pause(watch)), now)

    # -- telling

    def _fact(self, watch: _Watch, now: float) -> LineStateChanged:
        left = max(0.0, watch.ends_at - now) if watch.content.known else 0.0
        return LineStateChanged(watch.trunk.name, watch.line, watch.content.state, left)

    def _tell(self, watch: _Watch, now: float, *, renewed: bool = False) -> None:
        state = watch.content.state
        if state is not watch.told or (renewed and state is not LineState.UNKNOWN):
            watch.told = state
            self._core.emit(self._fact(watch, now))


def _subscription_state(request: Request) -> tuple[str, dict[str, str]]:
    state, *rest = request.headers.get("subscription-state").split(";")
    pairs = (item.partition("=") for item in rest)
    return state.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _seconds(response: Response, name: str) -> float:
    try:
        return float(response.number(name) or 0)
    except ValueError:
        return 0.0


def _cancel(timer: Timer | None) -> None:
    if timer:
        timer.cancel()
