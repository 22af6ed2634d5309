"""Requests outside a dialog: who may ask, for what, how often (RFC 3261 section 8.2)."""

from __future__ import annotations

from sip_bridge.sip.address import Uri
from sip_bridge.sip.call import Call, Phase
from sip_bridge.sip.core import ALLOW, EXTENSIONS, METHODS, SUPPORTED, Core
from sip_bridge.sip.digest import Verdict
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.inbound import offer_call
from sip_bridge.sip.message import Request, Response, response_to
from sip_bridge.sip.session_timer import too_small
from sip_bridge.sip.transactions import ServerKey
from sip_bridge.sip.transfers import ReplacesValue
from sip_bridge.sip.trunk import Trunk

_IN_DIALOG_ONLY = frozenset(("BYE", "PRACK", "UPDATE", "INFO", "NOTIFY"))
_KNOWN_ELSEWHERE = frozenset(("REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "REFER"))


def reply_flow(request: Request, flow: Flow) -> Flow:
    """Where responses go (RFC 3261 section 18.2.2, RFC 3581); the top Via gets `received` and `rport` as a side effect."""
    via = request.via
    lines = request.headers.getlist("via")
    own, comma, rest = lines[0].partition(",") if '"' not in lines[0] else (lines[0], "", "")
    host = via.host.strip("[]").lower()
    wants_port = "rport" in via.parameters
    if wants_port and via.parameters["rport"] is None:
        head, found, tail = own.partition(";rport")
        if found:
            own = f"{head};rport={flow.remote.port}{tail}"
        own = f"{own.rstrip()};received={flow.remote.host}"
    elif host != flow.remote.host:
        own = f"{own.rstrip()};received={flow.remote.host}"
    lines[0] = own + comma + rest
    if flow.transport is not Transport.UDP or wants_port:
        return flow
    return Flow(flow.transport, flow.local, HostPort(flow.remote.host, via.port or 5060))


def admit(core: Core, request: Request, key: ServerKey, flow: Flow, now: float) -> Call | None:
    """Answer the request, or make a call of it.

    What is refused before its sender is known is answered without a transaction: it costs no memory.
    """
    answers = reply_flow(request, flow)
    trunk = core.trunks.match(flow.remote.host)
    if not core.buckets.take(flow.remote.host, now, 2 * trunk.rate if trunk else 0.0):
        if trunk is None and core.config.answer_silently:  # a stranger who floods is told no more than one who does not
            core.refusals["source_rate"] += 1
        else:
            _stateless(core, request, answers, 503, "source_rate", [_retry_after(core)])
        return None
    if trunk is None:
        core.refusals["unknown_source"] += 1
        if not core.config.answer_silently:
            _stateless(core, request, answers, 403, "")
        return None
    if core.layer.is_merged(request, key):
        _stateless(core, request, answers, 482, "merged_request")
        return None
    if request.method == "INVITE":
        return _admit_invite(core, request, key, trunk, flow, answers, now)
    tx = core.layer.start_server(request, answers, key)
    core.layer.respond(tx, _other(core, request), now)
    return None


def _other(core: Core, request: Request) -> Response:
    """OPTIONS, and everything that is not for us."""
    tag = core.entropy.token()
    fault = _common_fault(core, request)
    if fault is not None:
        return fault
    method = request.method
    if method == "OPTIONS":
        if core.draining or core.overloaded:
            # A dispatcher that pings us takes us out before a caller meets the 503.
            return response_to(request, 503, to_tag=tag, headers=[_retry_after(core)])
        headers = [("Allow", ALLOW), ("Accept", "application/sdp"), ("Supported", SUPPORTED)]
        return response_to(request, 200, to_tag=tag, headers=headers)
    if method in _IN_DIALOG_ONLY:
        return response_to(request, 481, to_tag=tag)
    status = 405 if method in METHODS or method in _KNOWN_ELSEWHERE else 501
    core.refusals["method_not_allowed"] += 1
    return response_to(request, status, to_tag=tag, headers=[("Allow", ALLOW)])


def _common_fault(core: Core, request: Request) -> Response | None:
    """What RFC 3261 sections 8.2.2 and 16.3 want checked of any request."""
    tag = core.entropy.token()
    try:
        scheme = Uri.parse(request.uri).scheme
    except ValueError:
        core.refusals["bad_request_uri"] += 1
        return response_to(request, 400, to_tag=tag)
    if scheme not in ("sip", "sips", "tel"):
        core.refusals["uri_scheme"] += 1
        return response_to(request, 416, to_tag=tag)
    try:
        hops = request.number("max-forwards")
    except ValueError:
        hops = 256
    if hops is not None and hops > 255:
        core.refusals["bad_max_forwards"] += 1
        return response_to(request, 400, to_tag=tag)
    if hops == 0 and request.method != "OPTIONS":
        core.refusals["too_many_hops"] += 1
        return response_to(request, 483, to_tag=tag)
    unknown = sorted(request.headers.tokens("require") - EXTENSIONS)
    if unknown:
        core.refusals["bad_extension"] += 1
        return response_to(request, 420, to_tag=tag, headers=[("Unsupported", ", ".join(unknown))])
    return None


def _admit_invite(
    core: Core, request: Request, key: ServerKey, trunk: Trunk, flow: Flow, answers: Flow, now: float
) -> Call | None:
    if trunk.inbound is not None and not _authenticated(core, request, trunk, answers, now):
        return None
    if full := _no_room(core, trunk, flow):
        _stateless(core, request, answers, 503, full, [_retry_after(core)])
        return None
    fault = _common_fault(core, request) or _invite_fault(core, request)
    replaced: str | None = None
    if fault is None and "replaces" in request.headers:
        replaced, status = _replaced_leg(core, request)
        if status:
            core.refusals["replaces"] += 1
            fault = response_to(request, status, to_tag=core.entropy.token())
    tx = core.layer.start_server(request, answers, key)
    if fault is not None:
        core.layer.respond(tx, fault, now)
        return None
    try:
        return offer_call(core, request, tx, trunk, flow, replaced, now)
    except ValueError:
        core.refusals["malformed_header"] += 1
        core.layer.respond(tx, response_to(request, 400, to_tag=core.entropy.token()), now)
        return None


def _no_room(core: Core, trunk: Trunk, flow: Flow) -> str:
    limits = core.config.limits
    if core.draining:
        return "draining"
    if core.overloaded or len(core.calls) >= limits.total_calls:
        return "overload"
    if core.trunk_calls[trunk.name] >= trunk.calls:
        return "trunk_full"
    if core.source_calls[flow.remote.host] >= limits.source_calls:
        return "source_full"
    return ""


def _invite_fault(core: Core, request: Request) -> Response | None:
    tag = core.entropy.token()
    kind = request.content_type
    if request.body and kind and kind != "application/sdp" and not kind.startswith("multipart/"):
        core.refusals["media_type"] += 1
        return response_to(request, 415, to_tag=tag, headers=[("Accept", "application/sdp")])
    if request.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        core.refusals["content_encoding"] += 1
        return response_to(request, 415, to_tag=tag, headers=[("Accept-Encoding", "identity")])
    if not _takes_sdp(request):
        core.refusals["not_acceptable"] += 1
        return response_to(request, 406, to_tag=tag, headers=[("Accept", "application/sdp")])
    try:
        if too_small(request, core.config.min_se) and "timer" in request.headers.tokens("supported"):
            return response_to(request, 422, to_tag=tag, headers=[("Min-SE", str(core.config.min_se))])
        request.number("min-se")
    except ValueError:
        core.refusals["malformed_header"] += 1
        return response_to(request, 400, to_tag=tag)
    return None


def _takes_sdp(request: Request) -> bool:
    """Whether our answer may be what it must be (RFC 3261 section 20.1; without an Accept it may)."""
    types = {item.partition(";")[0].strip().lower() for item in request.headers.items("accept")}
    return not types or bool(types & {"application/sdp", "application/*", "*/*"})


def _replaced_leg(core: Core, request: Request) -> tuple[str | None, int]:
    """The leg an INVITE with Replaces takes the place of, or the status to refuse it with (RFC 3891 section 3)."""
    values = request.headers.getlist("replaces")
    try:
        if len(values) != 1:
            raise ValueError("more than one Replaces")
        wanted = ReplacesValue.parse(values[0])
    except ValueError:
        return None, 400
    known = core.dialogs.get((wanted.call_id, wanted.to_tag, wanted.from_tag))
    if known is None:
        return None, 481
    call = known[0]
    if call.phase is Phase.CLOSED:
        return None, 603
    if call.phase not in (Phase.CONFIRMED, Phase.ANSWERED):
        return None, 481
    if wanted.early_only:
        return None, 486
    return call.leg, 0


def _authenticated(core: Core, request: Request, trunk: Trunk, answers: Flow, now: float) -> bool:
    """Digest (RFC 3261 section 22): right user of that trunk or a challenge, which also costs no memory but the nonce."""
    verdict, user = core.digest.check(request.headers.getlist("authorization"), request.method, request.uri, now)
    if verdict is Verdict.ACCEPTED and trunk.inbound is not None and user == trunk.inbound.user:
        return True
    core.refusals[f"digest_{verdict.value}"] += 1
    challenges = core.digest.challenges(now, stale=verdict is Verdict.STALE)
    _stateless(core, request, answers, 401, "", [("WWW-Authenticate", value) for value in challenges])
    return False


def _retry_after(core: Core) -> tuple[str, str]:
    return "Retry-After", str(core.config.limits.retry_after)


def _stateless(
    core: Core, request: Request, flow: Flow, status: int, counted: str, headers: list[tuple[str, str]] | None = None
) -> None:
    """A final response without a transaction; its ACK finds nothing and is dropped."""
    if counted:
        core.refusals[counted] += 1
    if request.method != "ACK":
        response = response_to(request, status, to_tag=core.entropy.token(), headers=headers or [])
        core.layer.send(response.encode(), flow)


def refuse_bad(core: Core, request: Request, status: int, flow: Flow) -> None:
    """Answer a message that could be addressed but not understood."""
    extra = [("Allow", ALLOW)] if status == 405 else []
    try:
        _stateless(core, request, reply_flow(request, flow), status, "", extra)
    except ValueError:
        core.refusals["unanswerable"] += 1
