"""Calls that go out: INVITE, forks, CANCEL and its races (RFC 3261 sections 9, 13.2; RFC 3262; RFC 4028).

An INVITE that may have reached somebody is never sent to another place. It is repeated to the same place only where the
peer itself asked for that: 401, 407 and 422. `CallEnded` says when it has reached nobody; another place is the owner's to
choose.
"""

from __future__ import annotations

from collections.abc import Iterable

from sip_bridge.sip.address import quote_string, sip_uri
from sip_bridge.sip.call import Call, Dialog, Happening, Phase, Role
from sip_bridge.sip.core import ALLOW, SUPPORTED, Core, Stray
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import CallAnswered, CallProgressed, Cause
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.hangup import end_call, hang_up, send_bye
from sip_bridge.sip.message import Headers, Request, Response, sdp_of
from sip_bridge.sip.offer_answer import Move, Session, Turn
from sip_bridge.sip.session_timer import agree_as_client
from sip_bridge.sip.sessions import refresh_target, send_ack, settle_interval
from sip_bridge.sip.timers import TRANSACTION_LIFETIME
from sip_bridge.sip.transactions import ClientTransaction, cancel_of
from sip_bridge.sip.trunk import Trunk

_MAX_ATTEMPTS = 4


def start_call(
    core: Core,
    trunk: Trunk,
    flow: Flow,
    to: str,
    caller: str,
    name: str,
    sdp: bytes | None,
    now: float,
    *,
    anonymous: bool,
    replaces: str,
    ring_timeout: float,
    headers: Iterable[tuple[str, str]],
) -> Call:
    """Send an INVITE whose permission has been checked."""
    domain = trunk.domain or trunk.host
    port = trunk.port if not trunk.domain and trunk.port != trunk.transport.default_port else None
    target = to if to.startswith(("sip:", "sips:", "tel:")) else sip_uri(to, domain, port)
    tag, call_id = core.entropy.token(), core.entropy.token()
    identity = sip_uri(caller or core.config.user, trunk.domain or core.host_of(flow))
    shown = f"{quote_string(name)} " if name else ""
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>' if anonymous else f"{shown}<{identity}>"
    request = Request("INVITE", target, Headers(), sdp or b"")
    ours = request.headers
    ours.set("via", core.via(flow))
    ours.set("max-forwards", "70")
    ours.set("from", f"{sender};tag={tag}")
    ours.set("to", f"<{target}>")
    ours.set("call-id", call_id)
    ours.set("cseq", "1 INVITE")
    ours.set("contact", core.contact(flow))
    ours.set("allow", ALLOW)
    # A reliable 1xx could carry an offer; without SDP of ours we leave that to the 2xx.
    ours.set("supported", SUPPORTED if sdp is not None else "replaces, timer")
    ours.set("user-agent", core.config.agent)
    if core.config.session_expires:
        ours.set("session-expires", str(core.config.session_expires))
        ours.set("min-se", str(core.config.min_se))
    if anonymous:
        ours.set("privacy", "id")
    if anonymous and caller:
        ours.set("p-asserted-identity", f"<{identity}>")
    if replaces:
        ours.set("replaces", replaces)
        ours.set("require", "replaces")
    for header, value in headers:
        ours.add(header, value)
    if sdp is not None:
        ours.set("content-type", "application/sdp")
    flow = core.sized(request, flow, trunk)
    call = Call(
        leg="out-" + core.entropy.token(),
        role=Role.CALLER,
        trunk=trunk.name,
        phase=Phase.CALLING,
        flow=flow,
        invite=request,
        started_at=now,
        offer=sdp,
        min_se=core.config.min_se,
    )
    core.add_call(call)

    def rang_out(at: float) -> None:
        call.rang_out = True
        cancel(core, call, at)

    call.ring_timer = core.timers.schedule(now + ring_timeout, rang_out)
    _send_invite(core, call, request, flow, now)
    return call


def _send_invite(core: Core, call: Call, request: Request, flow: Flow, now: float) -> None:
    call.invite = request
    call.attempts += 1
    call.client = core.layer.start_client(
        request,
        flow,
        lambda tx, response, at: response_received(core, call, tx, response, at),
        lambda tx, why, at: invite_failed(core, call, tx, why, at),
        now,
    )
    core.touch(call)


def invite_failed(core: Core, call: Call, tx: ClientTransaction, why: str, now: float) -> None:
    """Nothing came back, or the flow broke."""
    silent = call.phase is Phase.CALLING and call.attempts == 1
    if call.client is not tx or not call.happened(Happening.FAILURE):
        return
    cause = Cause.NO_RESPONSE if why == "timeout" else Cause.TRANSPORT_FAILED
    if call.cancel_sent:
        cause = _given_up(call)
    end_call(core, call, cause, now, rang_nobody=silent)


def _given_up(call: Call) -> Cause:
    return Cause.NO_ANSWER if call.rang_out else Cause.LOCAL_CANCEL


def response_received(core: Core, call: Call, tx: ClientTransaction, response: Response, now: float) -> None:
    """Any response to the INVITE of that transaction."""
    status = response.status
    if call.client is not tx:
        return
    if status < 200:
        _provisional(core, call, response, now)
    elif status < 300:
        _success(core, call, response, now)
    else:
        _failure(core, call, tx, response, now)


def _provisional(core: Core, call: Call, response: Response, now: float) -> None:
    first = call.phase is Phase.CALLING
    if not call.happened(Happening.PROVISIONAL):
        return
    call.may_ring = call.may_ring or response.status != 100
    if call.phase is Phase.CANCELLING:
        _send_cancel(core, call, now)
        return
    if first:
        core.touch(call)
    if response.status == 100 or not response.to_tag:
        if response.status != 100:
            core.emit(CallProgressed(call.leg, response.status, sdp_of(response), ""))
        return
    dialog = _early_dialog(core, call, response)
    sdp = sdp_of(response)
    if "100rel" in response.headers.tokens("require"):
        try:
            rseq = response.number("rseq") or 0
        except ValueError:
            rseq = 0
        if not rseq or (dialog.remote_rseq and rseq != dialog.remote_rseq + 1):
            return  # a repetition, or one out of order: its turn will come (RFC 3262 section 4)
        dialog.remote_rseq = rseq
        if sdp is not None and dialog.session.turn is Turn.LOCAL_OFFER:
            dialog.session.move(Move.RECEIVE_ANSWER, sdp)
        _send_prack(core, call, dialog, rseq, response.cseq[0], now)
    core.touch(call)
    core.emit(CallProgressed(call.leg, response.status, sdp, dialog.remote_tag))


def _early_dialog(core: Core, call: Call, response: Response) -> Dialog:
    tag = response.to_tag
    dialog = call.forks.get(tag)
    if dialog is None:
        dialog = _dialog_of(call, response)
        call.forks[tag] = dialog
        core.add_dialog(call, dialog)
    call.dialog = dialog
    _learn(call, response)
    refresh_target(dialog, response)
    return dialog


def _dialog_of(call: Call, response: Response) -> Dialog:
    """The dialog a response to our INVITE makes (RFC 3261 section 12.1.2)."""
    invite = call.invite
    session = Session()
    if call.offer is not None:
        session.move(Move.SEND_OFFER, call.offer)
    dialog = Dialog(
        call_id=invite.call_id,
        local_tag=invite.from_tag,
        remote_tag=response.to_tag,
        local=invite.headers.get("from"),
        remote=response.headers.get("to"),
        local_cseq=invite.cseq[0],
        remote_cseq=0,
        target=invite.uri,
        route_set=tuple(reversed(response.headers.items("record-route"))),
        session=session,
    )
    refresh_target(dialog, response)
    return dialog


def _learn(call: Call, response: Response) -> None:
    if "allow" in response.headers:
        call.peer_allows = frozenset(item.upper() for item in response.headers.items("allow"))
    if "supported" in response.headers:
        call.peer_supports = response.headers.tokens("supported")


def _send_prack(core: Core, call: Call, dialog: Dialog, rseq: int, cseq: int, now: float) -> None:
    request, flow = core.request_in_dialog(call, dialog, "PRACK", headers=[("RAck", f"{rseq} {cseq} INVITE")])

    def answered(tx: ClientTransaction, response: Response, at: float) -> None:
        if response.status in (401, 407):
            dialog.local_cseq += 1
            credentials = core.credentials_of(call)
            again = core.with_credentials(tx.request, response, credentials, tx.flow, dialog.local_cseq)
            if again is not None:
                core.layer.start_client(again, tx.flow, answered, ignored, at)

    def ignored(_tx: ClientTransaction, _why: str, _at: float) -> None:
        return None  # the peer repeats its 1xx, or gives the call up

    core.layer.start_client(request, flow, answered, ignored, now)


def _success(core: Core, call: Call, response: Response, now: float) -> None:
    tag = response.to_tag
    if call.dialog is not None and call.dialog.remote_tag == tag and call.ack_cseq == response.cseq[0]:
        core.layer.send(call.ack_wire, core.flow_in_dialog(call, call.dialog))
        return
    if call.answer_due and call.dialog is not None and call.dialog.remote_tag == tag:
        return  # the ACK follows with the owner's answer
    if call.dialog is not None and call.dialog.remote_tag == tag and call.ack_cseq > response.cseq[0]:
        ack, flow = core.request_in_dialog(call, call.dialog, "ACK", cseq=response.cseq[0])
        core.layer.send(ack.encode(), flow)  # a straggler from before a re-INVITE
        return
    was_cancelled = call.phase is Phase.CANCELLING
    if not call.happened(Happening.SUCCESS):
        _hang_up_stray(core, call, response, now)
        return
    _stop_setup_timers(call)
    _learn(call, response)
    dialog = call.forks.get(tag) or _dialog_of(call, response)
    for fork in call.forks.values():
        if fork is not dialog:
            core.dialogs.pop(fork.key, None)
    call.forks.clear()
    dialog.remote = response.headers.get("to")
    dialog.route_set = tuple(reversed(response.headers.items("record-route")))
    refresh_target(dialog, response)
    call.dialog = dialog
    core.add_dialog(call, dialog)
    if was_cancelled:
        # The 2xx crossed our CANCEL (RFC 3261 section 15): it is up, so it is hung up.
        send_ack(core, call, dialog, call.invite.cseq[0], None)
        call.bye_pending = True
        send_bye(core, call, dialog, now)
        cause = _given_up(call)
        end_call(core, call, cause, now, status=response.status, keep_dialogs=True)
        return
    _take_answer(core, call, dialog, response, now)


def _take_answer(core: Core, call: Call, dialog: Dialog, response: Response, now: float) -> None:
    sdp, session = sdp_of(response), dialog.session
    if call.offer is None:
        if sdp is None:
            send_ack(core, call, dialog, call.invite.cseq[0], None)
            hang_up(core, call, Cause.NO_MEDIA_ANSWER, now)
            return
        session.move(Move.RECEIVE_OFFER, sdp)
        call.answer_due = True
    elif session.turn is Turn.LOCAL_OFFER:
        if sdp is None:
            send_ack(core, call, dialog, call.invite.cseq[0], None)
            hang_up(core, call, Cause.NO_MEDIA_ANSWER, now)
            return
        session.move(Move.RECEIVE_ANSWER, sdp)
    else:
        sdp = session.remote  # agreed in a reliable provisional response
    if not call.answer_due:
        send_ack(core, call, dialog, call.invite.cseq[0], None)
    settle_interval(core, call, agree_as_client(response, core.config.session_expires), now)
    core.touch(call)
    core.emit(CallAnswered(call.leg, sdp, call.answer_due))


def _hang_up_stray(core: Core, call: Call, response: Response, now: float) -> None:
    """Another branch of the fork answered too: acknowledge it and hang it up (RFC 3261 section 13.2.2.4)."""
    dialog = _dialog_of(call, response)
    stray = core.strays.get(dialog.key)
    if stray is not None:
        core.layer.send(stray.ack, stray.flow)
        return
    ack, flow = core.request_in_dialog(call, dialog, "ACK", cseq=call.invite.cseq[0])
    wire = ack.encode()
    core.layer.send(wire, flow)
    core.strays[dialog.key] = Stray(dialog, flow, wire)
    core.add_dialog(call, dialog)
    core.refusals["fork_answered_second"] += 1
    send_bye(core, call, dialog, now)


def _failure(core: Core, call: Call, tx: ClientTransaction, response: Response, now: float) -> None:
    status = response.status
    retriable = call.phase in (Phase.CALLING, Phase.PROCEEDING) and call.attempts < _MAX_ATTEMPTS
    if status in (401, 407, 422) and retriable:
        again = _corrected(core, call, tx, response)
        if again is not None:
            core.forget_dialogs(call)
            call.forks.clear()
            call.dialog = None
            call.phase = Phase.CALLING
            _send_invite(core, call, again, tx.flow, now)
            return
    was_cancelled = call.phase is Phase.CANCELLING
    if not call.happened(Happening.FAILURE):
        return
    if was_cancelled and status == 487:
        cause = _given_up(call)
    elif status in (401, 407):
        cause = Cause.AUTHENTICATION_FAILED
    else:
        cause = Cause.REMOTE_REJECT
    try:
        retry_after = response.number("retry-after")
    except ValueError:
        retry_after = None
    # A 503 is the next hop's own word: one from farther on it would not have passed on (RFC 3261 sections 16.7, 21.5.4). Of
    # other 5xx nobody knows whom they have rung before.
    nobody = status == 503 and not was_cancelled and not call.may_ring
    end_call(
        core, call, cause, now,
        status=status, reason=response.reason, retry_after=retry_after, rang_nobody=nobody,
    )  # fmt: skip


def _corrected(core: Core, call: Call, tx: ClientTransaction, response: Response) -> Request | None:
    cseq = tx.request.cseq[0] + 1
    if response.status != 422:
        return core.with_credentials(tx.request, response, core.credentials_of(call), tx.flow, cseq)
    try:
        asked = response.number("min-se") or 0
    except ValueError:
        return None
    if asked <= call.min_se:
        return None
    call.min_se = asked
    again = core.again(tx.request, tx.flow, cseq)
    again.headers.set("session-expires", str(max(asked, core.config.session_expires)))
    again.headers.set("min-se", str(asked))
    return again


def cancel(core: Core, call: Call, now: float) -> Refused | None:
    """Give the call up. Before any provisional response the CANCEL waits for one (RFC 3261 section 9.1)."""
    reached = call.phase is Phase.PROCEEDING
    if call.role is not Role.CALLER or not call.happened(Happening.CANCEL):
        return Refused(Because.WRONG_PHASE)
    core.touch(call)
    if call.ring_timer is not None:
        call.ring_timer.cancel()
    if reached:
        _send_cancel(core, call, now)
    return None


def _send_cancel(core: Core, call: Call, now: float) -> None:
    if call.cancel_sent or call.client is None:
        return
    call.cancel_sent = True
    invite_tx = call.client

    def answered(_tx: ClientTransaction, _response: Response, _at: float) -> None:
        return None  # what counts is the final response to the INVITE

    def failed(_tx: ClientTransaction, _why: str, _at: float) -> None:
        return None

    def never_answered(at: float) -> None:
        if call.happened(Happening.FAILURE):
            core.layer.clients.pop(invite_tx.key, None)
            end_call(core, call, _given_up(call), at)

    core.layer.start_client(cancel_of(call.invite), invite_tx.flow, answered, failed, now)
    call.cancel_timer = core.timers.schedule(now + TRANSACTION_LIFETIME, never_answered)


def _stop_setup_timers(call: Call) -> None:
    for timer in (call.ring_timer, call.cancel_timer):
        if timer is not None:
            timer.cancel()


def success_without_transaction(core: Core, response: Response) -> bool:
    """A late 2xx after timer M: acknowledge it again if the dialog is known."""
    key = (response.call_id, response.from_tag, response.to_tag)
    stray = core.strays.get(key)
    if stray is not None:
        core.layer.send(stray.ack, stray.flow)
        return True
    known = core.dialogs.get(key)
    if known is None or known[0].ack_cseq != response.cseq[0] or not known[0].ack_wire:
        return False
    call, dialog = known
    core.layer.send(call.ack_wire, core.flow_in_dialog(call, dialog))
    return True
