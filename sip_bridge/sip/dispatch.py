"""From bytes to the part that knows what to do with them (RFC 3261 sections 8.2, 12.2.2, 17, 18)."""

from __future__ import annotations

from sip_bridge.sip import admission, hangup, inbound, info, outbound, sessions
from sip_bridge.sip.call import Call, Dialog, Phase
from sip_bridge.sip.core import ALLOW, EXTENSIONS, SUPPORTED, Core
from sip_bridge.sip.errors import PeerError
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.machines import State
from sip_bridge.sip.message import Request, Response, parse_message, response_to
from sip_bridge.sip.subscriptions import Subscriptions
from sip_bridge.sip.transactions import ServerTransaction, server_key
from sip_bridge.sip.transfers import Transfers


def receive(
    core: Core, transfers: Transfers, subscriptions: Subscriptions, data: bytes, flow: Flow, now: float
) -> None:
    """One message from the wire. What cannot be read is counted, and answered where that is possible."""
    if not data.strip(b"\r\n\x00 "):
        return  # keep-alive
    try:
        message = parse_message(data, core.config.parse_limits, stream=flow.transport.reliable)
        if isinstance(message, Response):
            _response(core, message, now)
        else:
            _request(core, transfers, subscriptions, message, flow, now)
    except PeerError as error:
        core.refusals[error.reason] += 1
        known = core.trunks.match(flow.remote.host) is not None
        # Junk from strangers is not answered at all: that would make us an amplifier.
        if error.status and error.request is not None and known:
            admission.refuse_bad(core, error.request, error.status, flow)
    except ValueError:
        # A header that was no business of the parser and that a part of the core could not read.
        core.refusals["malformed_header"] += 1


def _response(core: Core, response: Response, now: float) -> None:
    if core.layer.receive_response(response, now):
        return
    late_success = response.cseq[1] == "INVITE" and 200 <= response.status < 300
    if not (late_success and outbound.success_without_transaction(core, response)):
        core.refusals["stray_response"] += 1


def _request(
    core: Core, transfers: Transfers, subscriptions: Subscriptions, request: Request, flow: Flow, now: float
) -> None:
    key = server_key(request)
    tx = core.layer.servers.get(key)
    method = request.method
    if method == "ACK":
        _ack(core, request, tx, now)
    elif tx is not None:
        core.layer.repeated(tx, now)
    elif method == "CANCEL":
        _cancel(core, request, flow, now)
    elif method == "NOTIFY" and subscriptions.known(request):
        _notified(core, subscriptions, request, flow, now)
    elif request.to_tag:
        _in_dialog(core, transfers, request, flow, now)
    else:
        admission.admit(core, request, key, flow, now)


def _ack(core: Core, request: Request, tx: ServerTransaction | None, now: float) -> None:
    if tx is not None and tx.state is not State.ACCEPTED:
        core.layer.acknowledged(tx, now)
        return
    known = core.dialogs.get((request.call_id, request.to_tag, request.from_tag))
    if known is None:
        core.refusals["stray_ack"] += 1
        return
    call, dialog = known
    inbound.ack_received(core, call, dialog, request, now)


def _cancel(core: Core, request: Request, flow: Flow, now: float) -> None:
    key = server_key(request)
    invite = core.layer.servers.get((*key[:-1], "INVITE"))
    answers = admission.reply_flow(request, flow)
    if invite is None:
        if not core.buckets.take(flow.remote.host, now) or core.trunks.match(flow.remote.host) is None:
            core.refusals["unknown_source"] += 1
            return
        tx = core.layer.start_server(request, answers, key)
        core.layer.respond(tx, response_to(request, 481, to_tag=core.entropy.token()), now)
        return
    tx = core.layer.start_server(request, answers, key)
    inbound.cancel_received(core, request, tx, invite, now)


def _notified(core: Core, subscriptions: Subscriptions, request: Request, flow: Flow, now: float) -> None:
    tx = core.layer.start_server(request, admission.reply_flow(request, flow), server_key(request))
    try:
        subscriptions.notified(request, tx, flow, now)
    except ValueError:
        core.refusals["malformed_header"] += 1
        core.layer.respond(tx, response_to(request, 400), now)


def _in_dialog(core: Core, transfers: Transfers, request: Request, flow: Flow, now: float) -> None:
    known = core.dialogs.get((request.call_id, request.to_tag, request.from_tag))
    if known is None:
        if not core.buckets.take(flow.remote.host, now) or core.trunks.match(flow.remote.host) is None:
            core.refusals["unknown_source"] += 1
            return
        core.refusals["no_such_dialog"] += 1
    tx = core.layer.start_server(request, admission.reply_flow(request, flow), server_key(request))
    if known is None:
        core.layer.respond(tx, response_to(request, 481), now)
        return
    call, dialog = known
    number = request.cseq[0]
    if dialog.remote_cseq and number <= dialog.remote_cseq:
        core.refusals["cseq_out_of_order"] += 1
        core.layer.respond(tx, response_to(request, 500), now)
        return
    dialog.remote_cseq = number
    core.touch(call)
    unknown = sorted(request.headers.tokens("require") - EXTENSIONS)
    if unknown:
        headers = [("Unsupported", ", ".join(unknown))]
        core.layer.respond(tx, response_to(request, 420, headers=headers), now)
        return
    try:
        _to_part(core, transfers, call, dialog, request, tx, now)
    except ValueError:
        core.refusals["malformed_header"] += 1
        core.layer.respond(tx, response_to(request, 400), now)


def _to_part(
    core: Core, transfers: Transfers, call: Call, dialog: Dialog, request: Request, tx: ServerTransaction, now: float
) -> None:
    method = request.method
    if method == "BYE":
        hangup.bye_received(core, call, request, tx, now)
    elif call.phase is Phase.CLOSED:
        core.layer.respond(tx, response_to(request, 481), now)
    elif method in ("INVITE", "UPDATE"):
        inbound.learn_peer(call, request)
        sessions.offer_received(core, call, dialog, request, tx, now)
    elif method == "PRACK":
        inbound.prack_received(core, call, request, tx, now)
    elif method == "INFO":
        info.info_received(core, call, request, tx, now)
    elif method == "REFER":
        transfers.refer_received(call, dialog, request, tx, now)
    elif method == "NOTIFY":
        transfers.notified(call, request, tx, now)
    elif method == "OPTIONS":
        headers = [("Allow", ALLOW), ("Accept", "application/sdp"), ("Supported", SUPPORTED)]
        core.layer.respond(tx, response_to(request, 200, headers=headers), now)
    else:
        core.layer.respond(tx, response_to(request, 501, headers=[("Allow", ALLOW)]), now)
