"""Transactions at work: matching, retransmission, timers A to M (RFC 3261 section 17, RFC 6026)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sip_bridge.sip.address import Uri
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.machines import (
    CLIENT_INVITE,
    CLIENT_OTHER,
    SERVER_INVITE,
    SERVER_OTHER,
    Do,
    Input,
    State,
    Table,
    classify,
    step,
)
from sip_bridge.sip.message import Headers, Request, Response
from sip_bridge.sip.timers import T1, T2, T4, TRANSACTION_LIFETIME, Timer, TimerQueue

MAGIC_COOKIE = "z9hG4bK"
ServerKey = tuple[str, ...]
ClientKey = tuple[str, str]
OnResponse = Callable[["ClientTransaction", Response, float], None]
OnFailure = Callable[["ClientTransaction", str, float], None]


@dataclass(slots=True, eq=False)
class ClientTransaction:
    """A request of ours and what came of it. `on_failure` gets `timeout` or `transport`."""

    key: ClientKey
    request: Request
    wire: bytes
    flow: Flow
    table: Table
    state: State
    on_response: OnResponse
    on_failure: OnFailure
    interval: float = T1
    ack: bytes = b""
    resend: Timer | None = None
    deadline: Timer | None = None

    @property
    def is_invite(self) -> bool:
        return self.table is CLIENT_INVITE


@dataclass(slots=True, eq=False)
class ServerTransaction:
    """A request of the peer and our newest response to it."""

    key: ServerKey
    request: Request
    flow: Flow
    table: Table
    state: State
    wire: bytes = b""
    interval: float = T1
    resend: Timer | None = None
    deadline: Timer | None = None
    on_no_ack: Callable[[float], None] | None = None
    answered: int = 0

    @property
    def is_invite(self) -> bool:
        return self.table is SERVER_INVITE


def server_key(request: Request) -> ServerKey:
    """RFC 3261 section 17.2.3; without the magic cookie the RFC 2543 rule."""
    via = request.via
    method = "INVITE" if request.method == "ACK" else request.method
    if via.branch.startswith(MAGIC_COOKIE) and len(via.branch) > len(MAGIC_COOKIE):
        return via.branch, via.sent_by, method
    return "", request.uri, request.from_tag, request.call_id, str(request.cseq[0]), via.text, method


def merge_key(request: Request) -> ServerKey:
    """What two copies of one request have in common that came by two paths (RFC 3261 section 8.2.2.2)."""
    return request.from_tag, request.call_id, str(request.cseq[0]), request.method


@dataclass(slots=True)
class TransactionLayer:
    """Every transaction of the endpoint. `send` puts bytes on a flow."""

    timers: TimerQueue
    send: Callable[[bytes, Flow], None]
    clients: dict[ClientKey, ClientTransaction] = field(default_factory=dict)
    servers: dict[ServerKey, ServerTransaction] = field(default_factory=dict)
    merged: dict[ServerKey, ServerKey] = field(default_factory=dict)

    # -- client

    def start_client(
        self, request: Request, flow: Flow, on_response: OnResponse, on_failure: OnFailure, now: float
    ) -> ClientTransaction:
        """Send the request and keep at it until answered or timed out."""
        invite = request.method == "INVITE"
        transaction = ClientTransaction(
            key=(request.via.branch, request.method),
            request=request,
            wire=request.encode(),
            flow=flow,
            table=CLIENT_INVITE if invite else CLIENT_OTHER,
            state=State.CALLING if invite else State.TRYING,
            on_response=on_response,
            on_failure=on_failure,
        )
        self.clients[transaction.key] = transaction
        self.send(transaction.wire, flow)
        if not flow.transport.reliable:
            self._arm_resend(transaction, now)
        self._arm_deadline(transaction, now + TRANSACTION_LIFETIME, Input.TIMED_OUT)
        return transaction

    def adopt_client(
        self, request: Request, flow: Flow, on_response: OnResponse, on_failure: OnFailure
    ) -> ClientTransaction:
        """An INVITE that an earlier process sent and that has had a provisional answer."""
        key = (request.via.branch, request.method)
        transaction = ClientTransaction(
            key, request, request.encode(), flow, CLIENT_INVITE, State.PROCEEDING, on_response, on_failure
        )
        self.clients[key] = transaction
        return transaction

    def abandon(self, tx: ClientTransaction, now: float) -> None:
        """Nobody waits for this INVITE any more: a final response is still acknowledged, for 64·T1."""
        if tx.state is State.PROCEEDING and tx.key in self.clients:
            self._arm_deadline(tx, now + TRANSACTION_LIFETIME, Input.LINGER_OVER)

    def receive_response(self, response: Response, now: float) -> bool:
        """False when no transaction of ours asked for it."""
        transaction = self.clients.get((response.via.branch, response.cseq[1]))
        if transaction is None:
            return False
        self._client(transaction, classify(response.status), now, response)
        return True

    def flow_failed(self, flow: Flow, now: float) -> None:
        """The driver could not deliver on that flow."""
        where = flow.transport, flow.remote
        for client in [c for c in self.clients.values() if (c.flow.transport, c.flow.remote) == where]:
            self._client(client, Input.TRANSPORT_FAILED, now)

    def _client(self, tx: ClientTransaction, event: Input, now: float, response: Response | None = None) -> None:
        found = step(tx.table, tx.state, event)
        if found is None:
            return
        entered = found.next is not tx.state
        tx.state = found.next
        if entered:
            self._enter_client(tx, now)
        for action in found.do:
            if action is Do.SEND:
                self.send(tx.wire, tx.flow)
                tx.interval = 2 * tx.interval if tx.is_invite else min(2 * tx.interval, T2)
                self._arm_resend(tx, now)
            elif action is Do.STOP_RESENDING:
                _cancel(tx.resend)
            elif action is Do.SLOW_RESENDING:
                tx.interval = T2
            elif action is Do.ACK and response is not None:
                tx.ack = ack_of_failure(tx.request, response).encode()
                self.send(tx.ack, tx.flow)
            elif action is Do.RESEND_ACK:
                self.send(tx.ack, tx.flow)
            elif action is Do.DELIVER and response is not None:
                tx.on_response(tx, response, now)
            elif action is Do.REPORT_TIMEOUT:
                tx.on_failure(tx, "timeout", now)
            elif action is Do.REPORT_TRANSPORT:
                tx.on_failure(tx, "transport", now)

    def _enter_client(self, tx: ClientTransaction, now: float) -> None:
        reliable = tx.flow.transport.reliable
        if tx.state is State.TERMINATED:
            _cancel(tx.resend)
            _cancel(tx.deadline)
            self.clients.pop(tx.key, None)
        elif tx.state is State.PROCEEDING and tx.is_invite:
            _cancel(tx.deadline)  # timer B stops; the transaction user decides how long it lets it ring
        elif tx.state is State.ACCEPTED:
            self._arm_deadline(tx, now + TRANSACTION_LIFETIME, Input.LINGER_OVER)  # timer M
        elif tx.state is State.COMPLETED:
            linger = 0.0 if reliable else (TRANSACTION_LIFETIME if tx.is_invite else T4)  # timers D, K
            self._arm_deadline(tx, now + linger, Input.LINGER_OVER)

    # -- server

    def find_server(self, request: Request) -> ServerTransaction | None:
        """The transaction this request, ACK or CANCELled INVITE belongs to."""
        return self.servers.get(server_key(request))

    def repeated(self, tx: ServerTransaction, now: float) -> None:
        """The request came again."""
        self._server(tx, Input.REQUEST, now)

    def start_server(self, request: Request, flow: Flow, key: ServerKey) -> ServerTransaction:
        invite = request.method == "INVITE"
        transaction = ServerTransaction(
            key,
            request,
            flow,
            SERVER_INVITE if invite else SERVER_OTHER,
            State.PROCEEDING if invite else State.TRYING,
        )
        self.servers[key] = transaction
        if not request.to_tag:
            self.merged[merge_key(request)] = key
        return transaction

    def adopt_server(
        self, request: Request, flow: Flow, key: ServerKey, wire: bytes, now: float, *, accepted: bool
    ) -> ServerTransaction:
        """An INVITE that an earlier process received; `wire` is its newest response."""
        transaction = self.start_server(request, flow, key)
        transaction.wire = wire
        if accepted:
            transaction.state = State.ACCEPTED
            self._enter_server(transaction, now)
        return transaction

    def is_merged(self, request: Request, key: ServerKey) -> bool:
        """The same request by another path (482)."""
        known = self.merged.get(merge_key(request))
        return known is not None and known != key

    def respond(self, tx: ServerTransaction, response: Response, now: float) -> None:
        """Send the response; a second final response is ignored."""
        event = classify(response.status)
        if step(tx.table, tx.state, event) is None:
            return
        tx.wire = response.encode()
        tx.answered = response.status
        self._server(tx, event, now)

    def acknowledged(self, tx: ServerTransaction, now: float) -> None:
        """The ACK of a 3xx–6xx came."""
        self._server(tx, Input.ACK, now)

    def _server(self, tx: ServerTransaction, event: Input, now: float) -> None:
        found = step(tx.table, tx.state, event)
        if found is None:
            return
        entered = found.next is not tx.state
        tx.state = found.next
        for action in found.do:
            if action is Do.SEND and tx.wire:
                self.send(tx.wire, tx.flow)
                if event is Input.RESEND_DUE:
                    tx.interval = min(2 * tx.interval, T2)
                    self._arm_resend(tx, now)
            elif action is Do.STOP_RESENDING:
                _cancel(tx.resend)
            elif action is Do.REPORT_TIMEOUT and tx.on_no_ack:
                tx.on_no_ack(now)
        if entered:
            self._enter_server(tx, now)

    def _enter_server(self, tx: ServerTransaction, now: float) -> None:
        reliable = tx.flow.transport.reliable
        if tx.state is State.TERMINATED:
            _cancel(tx.resend)
            _cancel(tx.deadline)
            self.servers.pop(tx.key, None)
            merge = merge_key(tx.request)
            if self.merged.get(merge) == tx.key:
                del self.merged[merge]
        elif tx.state is State.COMPLETED and tx.is_invite:
            if not reliable:
                self._arm_resend(tx, now)  # timer G
            self._arm_deadline(tx, now + TRANSACTION_LIFETIME, Input.TIMED_OUT)  # timer H
        elif tx.state is State.COMPLETED:
            self._arm_deadline(tx, now + (0.0 if reliable else TRANSACTION_LIFETIME), Input.LINGER_OVER)  # timer J
        elif tx.state is State.CONFIRMED:
            self._arm_deadline(tx, now + (0.0 if reliable else T4), Input.LINGER_OVER)  # timer I
        elif tx.state is State.ACCEPTED:
            self._arm_deadline(tx, now + TRANSACTION_LIFETIME, Input.LINGER_OVER)  # timer L

    # -- timers

    def _arm_resend(self, tx: ClientTransaction | ServerTransaction, now: float) -> None:
        _cancel(tx.resend)
        tx.resend = self.timers.schedule(now + tx.interval, lambda at: self._feed(tx, Input.RESEND_DUE, at))

    def _arm_deadline(self, tx: ClientTransaction | ServerTransaction, at: float, event: Input) -> None:
        _cancel(tx.deadline)
        tx.deadline = self.timers.schedule(at, lambda moment: self._feed(tx, event, moment))

    def _feed(self, tx: ClientTransaction | ServerTransaction, event: Input, now: float) -> None:
        if isinstance(tx, ClientTransaction):
            self._client(tx, event, now)
        else:
            self._server(tx, event, now)


def _cancel(timer: Timer | None) -> None:
    if timer is not None:
        timer.cancel()


def ack_of_failure(invite: Request, response: Response) -> Request:
    """The ACK of a 3xx–6xx, part of the INVITE's transaction (RFC 3261 section 17.1.1.3)."""
    theirs = invite.headers
    headers = Headers(
        [
            ("Via", theirs.getlist("via")[0]),
            ("Max-Forwards", "70"),
            ("From", theirs.get("from")),
            ("To", response.headers.get("to")),
            ("Call-ID", theirs.get("call-id")),
            ("CSeq", f"{invite.cseq[0]} ACK"),
        ]
    )
    headers.setlist("route", theirs.getlist("route"))
    return Request("ACK", invite.uri, headers)


def cancel_of(invite: Request) -> Request:
    """The CANCEL of an INVITE: its Request-URI, Via, Route and CSeq number (RFC 3261 section 9.1)."""
    theirs = invite.headers
    headers = Headers(
        [
            ("Via", theirs.getlist("via")[0]),
            ("Max-Forwards", "70"),
            ("From", theirs.get("from")),
            ("To", theirs.get("to")),
            ("Call-ID", theirs.get("call-id")),
            ("CSeq", f"{invite.cseq[0]} CANCEL"),
        ]
    )
    headers.setlist("route", theirs.getlist("route"))
    return Request("CANCEL", invite.uri, headers)


def request_scheme(request: Request) -> str:
    """The scheme of the Request-URI; ValueError when it is no URI."""
    return Uri.parse(request.uri).scheme
