"""What every part of the endpoint shares: tables, queues, identifiers, and how a request of ours is built."""

from __future__ import annotations

import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sip_bridge.sip.address import Uri, bracketed, sip_uri, unbracketed
from sip_bridge.sip.call import Call, Dialog, DialogKey
from sip_bridge.sip.digest import Credentials, DigestServer, answer_challenge, choose_challenge
from sip_bridge.sip.entropy import Entropy
from sip_bridge.sip.events import Event
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.limits import Limits, SourceBuckets
from sip_bridge.sip.message import Headers, ParseLimits, Request, Response
from sip_bridge.sip.session_timer import SMALLEST_MIN_SE
from sip_bridge.sip.timers import TimerQueue
from sip_bridge.sip.transactions import MAGIC_COOKIE, ServerKey, TransactionLayer
from sip_bridge.sip.trunk import Trunk, TrunkTable

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"
SUPPORTED = "100rel, replaces, timer"
METHODS = frozenset(method.strip() for method in ALLOW.split(","))
EXTENSIONS = frozenset(tag.strip() for tag in SUPPORTED.split(","))
LARGE_REQUEST = 1_300  # bytes, RFC 3261 section 18.1.1


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Fixed facts of an endpoint.

    `listen`: our listening address by transport. `advertised`: the host for Via and Contact when the bound one is not
    what peers can reach. `session_expires`: seconds between refreshes we ask for, 0 for none. `unknown_sources`: answer
    403 or stay silent to those who belong to no trunk.
    """

    listen: Mapping[Transport, HostPort]
    trunks: tuple[Trunk, ...] = ()
    advertised: str = ""
    user: str = "kc"
    agent: str = "KC"
    realm: str = "kc"
    session_expires: int = 1_800
    min_se: int = SMALLEST_MIN_SE
    ring_timeout: float = 180.0
    answer_silently: bool = False
    limits: Limits = field(default_factory=Limits)
    parse_limits: ParseLimits = field(default_factory=ParseLimits)


@dataclass(slots=True, eq=False)
class Stray:
    """The dialog of a fork that answered second: acknowledged, hung up, remembered while its 2xx may come again."""

    dialog: Dialog
    flow: Flow
    ack: bytes


@dataclass(slots=True, eq=False)
class Core:
    """The shared state. Only `SipEndpoint` makes one."""

    config: EndpointConfig
    entropy: Entropy
    trunks: TrunkTable
    timers: TimerQueue
    layer: TransactionLayer
    buckets: SourceBuckets
    digest: DigestServer
    outbox: list[tuple[bytes, Flow]] = field(default_factory=list)
    events: deque[Event] = field(default_factory=deque)
    refusals: Counter[str] = field(default_factory=Counter)
    calls: dict[str, Call] = field(default_factory=dict)
    dialogs: dict[DialogKey, tuple[Call, Dialog]] = field(default_factory=dict)
    invites: dict[ServerKey, Call] = field(default_factory=dict)
    strays: dict[DialogKey, Stray] = field(default_factory=dict)
    dirty: dict[str, None] = field(default_factory=dict)
    trunk_calls: Counter[str] = field(default_factory=Counter)
    source_calls: Counter[str] = field(default_factory=Counter)
    on_end: Callable[[Call, float], None] = lambda _call, _now: None
    former: dict[str, Trunk] = field(default_factory=dict)
    """Trunks that are no longer ours and still have calls, which go on as they began."""
    draining: bool = False
    overloaded: bool = False

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def touch(self, call: Call) -> None:
        """The snapshot of that leg is out of date."""
        self.dirty[call.leg] = None

    # -- the table of calls

    def add_call(self, call: Call) -> None:
        self.calls[call.leg] = call
        self.trunk_calls[call.trunk] += 1
        if call.source:
            self.source_calls[call.source] += 1
        self.touch(call)

    def add_dialog(self, call: Call, dialog: Dialog) -> None:
        self.dialogs[dialog.key] = (call, dialog)

    def forget_dialogs(self, call: Call) -> None:
        for dialog in call.early_dialogs:
            if self.dialogs.get(dialog.key, (None,))[0] is call:
                del self.dialogs[dialog.key]

    def forget_call(self, call: Call) -> None:
        if self.calls.pop(call.leg, None) is None:
            return
        _decrement(self.trunk_calls, call.trunk)
        if call.trunk not in self.trunk_calls:
            self.former.pop(call.trunk, None)
        if call.source:
            _decrement(self.source_calls, call.source)
        self.touch(call)

    def trunk_named(self, name: str) -> Trunk | None:
        """Also one that only calls which are up still need."""
        return self.trunks.by_name.get(name) or self.former.get(name)

    def trunk_of(self, call: Call) -> Trunk | None:
        return self.trunk_named(call.trunk)

    def credentials_of(self, call: Call) -> Credentials | None:
        trunk = self.trunk_of(call)
        return trunk.credentials if trunk else None

    # -- addresses

    def host_of(self, flow: Flow) -> str:
        return bracketed(self.config.advertised or flow.local.host)

    def via(self, flow: Flow) -> str:
        branch = MAGIC_COOKIE + self.entropy.token()
        return f"SIP/2.0/{flow.transport.upper()} {self.host_of(flow)}:{flow.local.port};branch={branch};rport"

    def contact(self, flow: Flow) -> str:
        transport = "" if flow.transport is Transport.UDP else flow.transport.value
        uri = sip_uri(self.config.user, self.host_of(flow), flow.local.port, transport=transport)
        return f"<{uri}>"

    def flow_to_trunk(self, trunk: Trunk) -> Flow | None:
        """None when we do not listen on the trunk's transport."""
        local = self.config.listen.get(trunk.transport)
        return Flow(trunk.transport, local, trunk.address) if local else None

    def flow_in_dialog(self, call: Call, dialog: Dialog) -> Flow:
        """Where the next request of that dialog goes (RFC 3261 section 12.2.1.1)."""
        trunk = self.trunk_of(call)
        if trunk is not None and trunk.symmetric:
            return call.flow
        hop = next_hop(dialog.route_set[0] if dialog.route_set else f"<{dialog.target}>", call.flow)
        if hop.transport is call.flow.transport:
            return hop
        local = self.config.listen.get(hop.transport)
        return Flow(hop.transport, local, hop.remote) if local else call.flow

    # -- requests of ours

    def request_in_dialog(
        self,
        call: Call,
        dialog: Dialog,
        method: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "application/sdp",
        cseq: int | None = None,
    ) -> tuple[Request, Flow]:
        """A request with the next CSeq number (or `cseq`, for an ACK), and the flow it takes."""
        if cseq is None:
            dialog.local_cseq += 1
            cseq = dialog.local_cseq
            self.touch(call)
        flow = self.flow_in_dialog(call, dialog)
        uri, routes = routed(dialog)
        request = Request(method, uri, Headers(), body)
        ours = request.headers
        ours.set("via", self.via(flow))
        ours.set("max-forwards", "70")
        ours.setlist("route", routes)
        ours.set("from", dialog.local)
        ours.set("to", dialog.remote)
        ours.set("call-id", dialog.call_id)
        ours.set("cseq", f"{cseq} {method}")
        if method in ("INVITE", "UPDATE", "REFER", "NOTIFY"):
            ours.set("contact", self.contact(flow))
        if method in ("INVITE", "UPDATE"):
            ours.set("allow", ALLOW)
            ours.set("supported", SUPPORTED)
        for name, value in headers:
            ours.set(name, value)
        if body:
            ours.set("content-type", content_type)
        return request, self.sized(request, flow, self.trunk_of(call))

    def sized(self, request: Request, flow: Flow, trunk: Trunk | None) -> Flow:
        """The flow, or TCP for a request over 1300 bytes when the trunk takes it (RFC 3261 section 18.1.1)."""
        local = self.config.listen.get(Transport.TCP)
        if flow.transport is not Transport.UDP or trunk is None or not trunk.tcp_if_large or local is None:
            return flow
        if len(request.encode()) <= LARGE_REQUEST:
            return flow
        flow = Flow(Transport.TCP, local, flow.remote)
        request.headers.set("via", self.via(flow))
        request._via = None
        return flow

    def with_credentials(
        self, request: Request, response: Response, credentials: Credentials | None, flow: Flow, cseq: int
    ) -> Request | None:
        """The request again with an answer to the challenge (RFC 3261 section 22.2), None when that is hopeless."""
        proxy = response.status == 407
        answer_name = "proxy-authorization" if proxy else "authorization"
        challenge = choose_challenge(response.headers.getlist("proxy-authenticate" if proxy else "www-authenticate"))
        if credentials is None or challenge is None:
            return None
        stale = challenge.get("stale", "").lower() == "true"
        if answer_name in request.headers and not stale:
            return None
        again = self.again(request, flow, cseq)
        value = answer_challenge(challenge, credentials, request.method, request.uri, self.entropy.token())
        again.headers.set(answer_name, value)
        return again

    def again(self, request: Request, flow: Flow, cseq: int) -> Request:
        """A copy as a new transaction."""
        headers = Headers()
        for name in list(request.headers._values):
            headers.setlist(name, request.headers.getlist(name))
        headers.set("via", self.via(flow))
        headers.set("cseq", f"{cseq} {request.method}")
        return Request(request.method, request.uri, headers, request.body)


def routed(dialog: Dialog) -> tuple[str, list[str]]:
    """Request-URI and Route values for loose and strict first hops (RFC 3261 section 12.2.1.1)."""
    if not dialog.route_set:
        return dialog.target, []
    first = dialog.route_set[0]
    if ";lr" in first.lower():
        return dialog.target, list(dialog.route_set)
    uri = first[first.find("<") + 1 : first.rfind(">")]
    return uri, [*dialog.route_set[1:], f"<{dialog.target}>"]


@lru_cache(maxsize=8_192)
def next_hop(name_addr: str, flow: Flow) -> Flow:
    """The flow to a Route or target. A host name cannot be looked up here: then it is the address the peer speaks from."""
    start, end = name_addr.find("<"), name_addr.rfind(">")
    try:
        uri = Uri.parse(name_addr[start + 1 : end])
        host = str(ipaddress.ip_address(unbracketed(uri.host)))
    except ValueError:
        return flow
    asked = (uri.parameters.get("transport") or "").lower()
    if uri.scheme == "sips":
        transport = Transport.TLS
    elif asked in ("udp", "tcp", "tls"):
        transport = Transport(asked)
    else:
        transport = flow.transport
    return Flow(transport, flow.local, HostPort(host, uri.port or transport.default_port))


def _decrement(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
