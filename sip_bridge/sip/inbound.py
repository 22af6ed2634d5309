"""Calls that come in: provisional responses, PRACK, answer, ACK, CANCEL (RFC 3261 section 13.3, RFC 3262)."""

from __future__ import annotations

from collections.abc import Iterable

from sip_bridge.sip.acks import wait_for_ack
from sip_bridge.sip.address import NameAddr, Uri
from sip_bridge.sip.call import (
    Acceptance,
    Call,
    Dialog,
    Happening,
    Phase,
    Progress,
    ReliableProvisional,
    Role,
)
from sip_bridge.sip.core import ALLOW, SUPPORTED, Core
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import CallConfirmed, CallOffered, Cause, SessionAnswered, SessionOfferWithdrawn
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.hangup import end_call, hang_up
from sip_bridge.sip.identity import caller_of, number_of
from sip_bridge.sip.message import Request, response_to, sdp_of
from sip_bridge.sip.offer_answer import Move, Turn
from sip_bridge.sip.session_timer import agree_as_server
from sip_bridge.sip.sessions import arm_session_timer
from sip_bridge.sip.timers import T1, TRANSACTION_LIFETIME
from sip_bridge.sip.transactions import ServerTransaction
from sip_bridge.sip.trunk import Trunk


def offer_call(
    core: Core, request: Request, tx: ServerTransaction, trunk: Trunk, flow: Flow, replaces: str | None, now: float
) -> Call:
    """Take an admitted INVITE: 100, a dialog, `CallOffered`. ValueError when its Contact or Record-Route is unreadable."""
    headers = request.headers
    target = request.contact or request.sender.uri.text
    Uri.parse(target)
    tag = core.entropy.token()
    dialog = Dialog(
        call_id=request.call_id,
        local_tag=tag,
        remote_tag=request.from_tag,
        local=f"{headers.get('to')};tag={tag}",
        remote=headers.get("from"),
        local_cseq=0,
        remote_cseq=request.cseq[0],
        target=target,
        route_set=tuple(headers.items("record-route")),
    )
    sdp = sdp_of(request)
    if sdp is not None:
        dialog.session.move(Move.RECEIVE_OFFER, sdp)
    call = Call(
        leg="in-" + core.entropy.token(),
        role=Role.CALLEE,
        trunk=trunk.name,
        phase=Phase.OFFERED,
        flow=flow,
        invite=request,
        started_at=now,
        source=flow.remote.host,
        dialog=dialog,
        server=tx,
        replaces=replaces,
    )
    learn_peer(call, request)
    core.add_call(call)
    core.add_dialog(call, dialog)
    core.invites[tx.key] = call
    core.layer.respond(tx, response_to(request, 100), now)
    caller = caller_of(request, trusted=trunk.trusted, region=trunk.region)
    dialled = number_of(Uri.parse(request.uri), trunk.region).text
    core.emit(
        CallOffered(
            call.leg, trunk.name, caller, dialled, sdp, replaces, request.call_id, _diverted_from(request, trunk)
        )
    )
    return call


def learn_peer(call: Call, message: Request) -> None:
    """What the peer can do, from any message of its that says so."""
    if "allow" in message.headers:
        call.peer_allows = frozenset(item.upper() for item in message.headers.items("allow"))
    if "supported" in message.headers or "require" in message.headers:
        call.peer_supports = message.headers.tokens("supported") | message.headers.tokens("require")


def _diverted_from(request: Request, trunk: Trunk) -> str:
    """The number the call was first dialled to, when the trunk says it was forwarded (RFC 5806)."""
    for item in request.headers.items("diversion"):
        try:
            return number_of(NameAddr.parse(item).uri, trunk.region).text
        except ValueError:
            return ""
    return ""


def progress(
    core: Core, call: Call, status: int, sdp: bytes | None, reliable: bool | None, now: float
) -> Refused | None:
    """Send 101–199. Reliably when the peer requires it, or supports it and there is SDP to be sure of."""
    if call.phase is not Phase.OFFERED or call.server is None or call.dialog is None:
        return Refused(Because.WRONG_PHASE)
    required = "100rel" in call.invite.headers.tokens("require")
    supported = required or "100rel" in call.peer_supports
    if reliable is None:
        reliable = required or (supported and sdp is not None)
    if reliable and supported:
        if call.reliable is not None:
            call.queued.append(Progress(status, sdp))
        else:
            _send_reliable(core, call, Progress(status, sdp), now)
        return None
    response = response_to(
        call.invite,
        status,
        to_tag=call.dialog.local_tag,
        headers=[*_dialog_headers(core, call), ("Allow", ALLOW)],
        body=sdp or b"",
    )
    core.layer.respond(call.server, response, now)
    core.touch(call)
    return None


def _dialog_headers(core: Core, call: Call) -> list[tuple[str, str]]:
    headers = [("Record-Route", value) for value in call.invite.headers.getlist("record-route")]
    headers.append(("Contact", core.contact(call.flow)))
    return headers


def _send_reliable(core: Core, call: Call, wanted: Progress, now: float) -> None:
    dialog, tx = call.dialog, call.server
    if dialog is None or tx is None:
        return
    sdp = wanted.sdp
    if sdp is not None:
        move = Move.SEND_ANSWER if dialog.session.turn is Turn.REMOTE_OFFER else Move.SEND_OFFER
        if dialog.session.local is not None or not dialog.session.move(move, sdp):
            sdp = None  # the answer is out already and may not change (RFC 6337 section 3.1.1)
    call.local_rseq = call.local_rseq + 1 if call.local_rseq else 1 + int(core.entropy.uniform(0, 2**16))
    headers = [*_dialog_headers(core, call), ("Require", "100rel"), ("RSeq", str(call.local_rseq)), ("Allow", ALLOW)]
    response = response_to(call.invite, wanted.status, to_tag=dialog.local_tag, headers=headers, body=sdp or b"")
    core.layer.respond(tx, response, now)
    reliable = ReliableProvisional(
        call.local_rseq, call.invite.cseq[0], tx.wire, sdp is not None, T1, now + TRANSACTION_LIFETIME
    )
    call.reliable = reliable

    def again(at: float) -> None:
        if at >= reliable.give_up_at:
            call.reliable = None
            reject(core, call, 504, "", (), at, Cause.NO_PRACK)
            return
        core.layer.send(reliable.wire, tx.flow)
        reliable.interval *= 2
        reliable.timer = core.timers.schedule(min(at + reliable.interval, reliable.give_up_at), again)

    reliable.timer = core.timers.schedule(now + T1, again)
    core.touch(call)


def prack_received(core: Core, call: Call, request: Request, tx: ServerTransaction, now: float) -> None:
    """PRACK: match RAck, take an answer it may carry, go on with what waited (RFC 3262 section 3)."""
    reliable = call.reliable
    parts = request.headers.get("rack").split()
    expected = [str(reliable.rseq), str(reliable.cseq), "INVITE"] if reliable else []
    if call.dialog is None or reliable is None or parts != expected:
        core.layer.respond(tx, response_to(request, 481), now)
        return
    if reliable.timer:
        reliable.timer.cancel()
    call.reliable = None
    session = call.dialog.session
    sdp = sdp_of(request)
    body = b""
    if sdp is not None and session.turn is Turn.LOCAL_OFFER:
        session.move(Move.RECEIVE_ANSWER, sdp)
        core.emit(SessionAnswered(call.leg, sdp))
    elif sdp is not None and session.local is not None:
        # A new offer in PRACK: we keep to the answer already given.
        body = session.local
    core.layer.respond(tx, response_to(request, 200, body=body), now)
    core.touch(call)
    if call.queued:
        _send_reliable(core, call, call.queued.popleft(), now)
    elif call.acceptance is not None:
        waiting, call.acceptance = call.acceptance, None
        accept(core, call, waiting.sdp, waiting.headers, now)


def accept(core: Core, call: Call, sdp: bytes | None, headers: Iterable[tuple[str, str]], now: float) -> Refused | None:
    """Answer with 200. `sdp` is our answer, or our offer when the INVITE had none."""
    dialog, tx = call.dialog, call.server
    if call.phase is not Phase.OFFERED or dialog is None or tx is None or call.acceptance is not None:
        return Refused(Because.WRONG_PHASE)
    if call.reliable is not None and call.reliable.has_sdp:
        call.acceptance = Acceptance(sdp, tuple(headers))
        return None
    session = dialog.session
    if session.turn is Turn.REMOTE_OFFER:
        if sdp is None:
            return Refused(Because.NO_OFFER)
        session.move(Move.SEND_ANSWER, sdp)
    elif session.local is None:
        if sdp is None:
            return Refused(Because.NO_OFFER)
        session.move(Move.SEND_OFFER, sdp)
    else:
        sdp = None  # agreed in a reliable provisional response
    call.happened(Happening.ACCEPT)
    interval, timer_headers = agree_as_server(call.invite, core.config.session_expires, core.config.min_se)
    response = response_to(
        call.invite,
        200,
        to_tag=dialog.local_tag,
        headers=[
            *_dialog_headers(core, call),
            ("Allow", ALLOW),
            ("Supported", SUPPORTED),
            *timer_headers,
            *headers,
        ],
        body=sdp or b"",
    )
    if call.reliable and call.reliable.timer:
        call.reliable.timer.cancel()
    call.reliable = None
    core.layer.respond(tx, response, now)
    core.invites.pop(tx.key, None)
    call.interval = interval
    wait_for_ack(core, call, call.invite.cseq[0], tx.wire, tx.flow, now)
    arm_session_timer(core, call, now)
    core.touch(call)
    replaced = core.calls.get(call.replaces) if call.replaces else None
    if replaced is not None:
        replace(core, replaced, now)
    return None


def replace(core: Core, replaced: Call, now: float) -> None:
    """The new call is up: the old one is hung up (RFC 3891 section 3)."""
    if replaced.phase is Phase.CONFIRMED:
        hang_up(core, replaced, Cause.REPLACED, now)
    elif replaced.phase is Phase.ANSWERED:
        replaced.hangup_wanted = ()


def ack_received(core: Core, call: Call, dialog: Dialog, request: Request, now: float) -> None:
    """The ACK of a 2xx, first or again."""
    wait = call.ack_wait
    if wait is None or request.cseq[0] != wait.cseq:
        return
    if wait.timer:
        wait.timer.cancel()
    call.ack_wait = None
    first = call.happened(Happening.ACK)
    core.touch(call)
    sdp = sdp_of(request)
    if dialog.session.turn is Turn.LOCAL_OFFER and call.outgoing is None:
        if sdp is None:
            hang_up(core, call, Cause.NO_MEDIA_ANSWER, now)
            return
        dialog.session.move(Move.RECEIVE_ANSWER, sdp)
        if not first:
            core.emit(SessionAnswered(call.leg, sdp))
    else:
        sdp = None
    if first:
        core.emit(CallConfirmed(call.leg, sdp))
    if call.hangup_wanted is not None:
        headers, call.hangup_wanted = call.hangup_wanted, None
        hang_up(core, call, Cause.LOCAL_HANGUP, now, headers)


def reject(
    core: Core,
    call: Call,
    status: int,
    reason: str,
    headers: Iterable[tuple[str, str]],
    now: float,
    cause: Cause = Cause.LOCAL_REJECT,
) -> Refused | None:
    """Answer with 300–699."""
    if call.server is None or call.dialog is None or not call.happened(Happening.REJECT):
        return Refused(Because.WRONG_PHASE)
    response = response_to(call.invite, status, reason, to_tag=call.dialog.local_tag, headers=headers)
    core.layer.respond(call.server, response, now)
    end_call(core, call, cause, now, status=status, reason=response.reason)
    return None


def cancel_received(core: Core, request: Request, tx: ServerTransaction, invite: ServerTransaction, now: float) -> None:
    """CANCEL: 200 for itself; 487 for the INVITE when that has no final response yet (RFC 3261 section 9.2)."""
    call = core.invites.get(invite.key)
    tag = call.dialog.local_tag if call is not None and call.dialog is not None else core.entropy.token()
    core.layer.respond(tx, response_to(request, 200, to_tag=tag), now)
    if call is None or call.dialog is None:
        return
    if call.phase is Phase.OFFERED and call.happened(Happening.CANCEL):
        core.layer.respond(invite, response_to(invite.request, 487, to_tag=tag), now)
        end_call(core, call, Cause.REMOTE_CANCEL, now, reason=request.headers.get("reason"))
    elif call.incoming is not None and call.incoming.transaction is invite:
        call.incoming.dialog.session.move(Move.ROLL_BACK)
        call.incoming = None
        core.invites.pop(invite.key, None)
        core.layer.respond(invite, response_to(invite.request, 487), now)
        core.emit(SessionOfferWithdrawn(call.leg))
