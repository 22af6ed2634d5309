"""A notifier of the dialog package in memory, for `Network`: takes SUBSCRIBE, sends NOTIFY, does what a test says."""

from __future__ import annotations

from dataclasses import dataclass

from sip_bridge.sip.errors import PeerError
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.message import Headers, ParseLimits, Request, Response, parse_message, response_to
from sip_bridge.sip.timers import TimerQueue
from sip_bridge.sip.transactions import TransactionLayer, server_key

TYPE = "application/dialog-info+xml"


def document(version: int, *dialogs: tuple[str, str, str], full: bool = True) -> bytes:
    """Each dialog: id, state, direction."""
    inner = "".join(
        f'<dialog id="{name}" direction="{direction}"><state>{state}</state></dialog>'
        for name, state, direction in dialogs
    )
    kind = "full" if full else "partial"
    return (
        '<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"'
        f' version="{version}" state="{kind}" entity="sip:1001@10.0.0.2">{inner}</dialog-info>'
    ).encode()


@dataclass
class Subscription:
    line: str
    subscribe: Request
    flow: Flow
    tag: str
    cseq: int = 0
    version: int = -1
    expires: int = 0
    refused: int = 0


class Notifier:
    """Looks like an endpoint to `Network`. `status`: what SUBSCRIBE is answered with, with `headers`."""

    def __init__(self) -> None:
        self.timers = TimerQueue()
        self.outbox: list[tuple[bytes, Flow]] = []
        self.layer = TransactionLayer(self.timers, lambda data, flow: self.outbox.append((data, flow)))
        self.subscriptions: dict[str, Subscription] = {}
        self.calls: dict[str, list[tuple[str, str, str]]] = {}
        self.requests: list[tuple[float, Request]] = []
        self.answers: list[int] = []
        self.status = 200
        self.headers: list[tuple[str, str]] = []
        self.granted: int | None = None
        self.notify_first = False
        self.silent = False
        self._n = 0

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        try:
            message = parse_message(data, ParseLimits())
        except PeerError:
            return
        if isinstance(message, Response):
            self.layer.receive_response(message, now)
            return
        key = server_key(message)
        if key in self.layer.servers:
            self.layer.repeated(self.layer.servers[key], now)
            return
        self.requests.append((now, message))
        tx = self.layer.start_server(message, flow, key)
        if self.status != 200:
            self.layer.respond(tx, response_to(message, self.status, to_tag="n", headers=self.headers), now)
            return
        known = self.subscriptions.get(message.call_id)
        if message.to_tag and known is None:
            self.layer.respond(tx, response_to(message, 481), now)
            return
        if known is None:
            self._n += 1
            line = message.uri.partition(":")[2].partition("@")[0]
            known = self.subscriptions[message.call_id] = Subscription(line, message, flow, f"n{self._n}")
        asked = message.number("expires") or 0
        known.expires = min(asked, self.granted) if self.granted else asked
        headers = [("Expires", str(known.expires)), ("Contact", "<sip:10.0.0.2:5060>")]
        answer = response_to(message, 200, to_tag=known.tag, headers=headers)
        if self.notify_first:
            self.state(known, now)
        self.layer.respond(tx, answer, now)
        if not self.notify_first and not self.silent:
            self.state(known, now)

    def of(self, line: str) -> Subscription:
        return [s for s in self.subscriptions.values() if s.line == line][-1]

    def state(self, sub: Subscription, now: float) -> None:
        """The full state, or the end when that was asked for."""
        sub.version += 1
        body = document(sub.version, *self.calls.get(sub.line, ()))
        if sub.expires:
            self.notify(sub, now, body)
        else:
            self.notify(sub, now, body, state="terminated;reason=timeout")
            del self.subscriptions[sub.subscribe.call_id]

    def change(self, line: str, now: float, *calls: tuple[str, str, str]) -> None:
        self.calls[line] = list(calls)
        self.state(self.of(line), now)

    def notify(
        self,
        sub: Subscription,
        now: float,
        body: bytes = b"",
        *,
        state: str = "",
        cseq: int | None = None,
        tag: str = "",
        event: str = "dialog",
        kind: str = TYPE,
    ) -> None:
        if cseq is None:
            sub.cseq += 1
            cseq = sub.cseq
        theirs, self._n = sub.subscribe, self._n + 1
        local = sub.flow.local
        request = Request("NOTIFY", theirs.contact or "", Headers(), body)
        for name, value in (
            ("via", f"SIP/2.0/UDP {local.host}:{local.port};branch=z9hG4bKn{self._n}"),
            ("max-forwards", "70"),
            ("from", f"{theirs.headers.get('to').partition(';tag')[0]};tag={tag or sub.tag}"),
            ("to", theirs.headers.get("from")),
            ("call-id", theirs.call_id),
            ("cseq", f"{cseq} NOTIFY"),
            ("contact", "<sip:10.0.0.2:5060>"),
            ("event", event),
            ("subscription-state", state or f"active;expires={sub.expires}"),
        ):
            request.headers.set(name, value)
        if body:
            request.headers.set("content-type", kind)

        def answered(_tx: object, response: Response, _now: float) -> None:
            self.answers.append(response.status)
            if response.status == 481:
                self.subscriptions.pop(theirs.call_id, None)

        self.layer.start_client(request, sub.flow, answered, lambda *_: None, now)

    # -- what Network asks of an endpoint

    def take_journal(self) -> list:
        return []

    def to_send(self, _now: float) -> list[tuple[bytes, Flow]]:
        sent, self.outbox[:] = list(self.outbox), []
        return sent

    def next_event(self) -> None:
        return None

    def next_timer(self) -> float | None:
        return self.timers.next_at()

    def handle_timer(self, now: float) -> None:
        self.timers.fire(now)


__all__ = ["Notifier", "Subscription", "document"]
