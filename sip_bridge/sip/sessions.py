"""The session inside a dialog: re-INVITE, UPDATE, glare, refreshes (RFC 3261 section 14, RFC 3311, RFC 4028)."""

from __future__ import annotations

from sip_bridge.sip.acks import wait_for_ack
from sip_bridge.sip.address import Uri
from sip_bridge.sip.call import Call, Dialog, IncomingOffer, OutgoingOffer, Phase, Role
from sip_bridge.sip.core import ALLOW, SUPPORTED, Core
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import Cause, SessionAnswered, SessionOffered, SessionRefused
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.hangup import hang_up
from sip_bridge.sip.message import Request, Response, response_to, sdp_of
from sip_bridge.sip.offer_answer import Move, Turn
from sip_bridge.sip.session_timer import Refresher, SessionInterval, agree_as_client, agree_as_server, too_small
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction

_BUSY_RETRY = 2.0  # seconds until a refresh that could not start is tried again
_MAX_ATTEMPTS = 6
_GUARD = 120.0  # seconds a re-INVITE may stay without a final response


def offer_session(core: Core, call: Call, method: str, sdp: bytes | None, now: float) -> Refused | None:
    """Offer a new session by re-INVITE or UPDATE; the outcome is `SessionAnswered` or `SessionRefused`."""
    dialog = call.dialog
    updating_early = method == "UPDATE" and call.phase in (Phase.PROCEEDING, Phase.OFFERED)
    if dialog is None or not dialog.remote_tag or (call.phase is not Phase.CONFIRMED and not updating_early):
        return Refused(Because.WRONG_PHASE)
    if _busy(call) or dialog.session.turn is not Turn.STABLE:
        return Refused(Because.OFFER_PENDING)
    _start_offer(core, call, dialog, OutgoingOffer(method, sdp, False, dialog), now)
    return None


def _busy(call: Call) -> bool:
    return call.outgoing is not None or call.incoming is not None or call.ack_wait is not None or call.answer_due


def _start_offer(core: Core, call: Call, dialog: Dialog, outgoing: OutgoingOffer, now: float) -> None:
    if outgoing.sdp is not None:
        dialog.session.move(Move.SEND_OFFER, outgoing.sdp)
    call.outgoing = outgoing
    headers: list[tuple[str, str]] = []
    if call.interval is not None:
        refresher = "uac" if call.interval.refresher is Refresher.US else "uas"
        headers.append(("Session-Expires", f"{max(call.interval.seconds, call.min_se)};refresher={refresher}"))
        headers.append(("Min-SE", str(call.min_se)))
    request, flow = core.request_in_dialog(call, dialog, outgoing.method, headers=headers, body=outgoing.sdp or b"")
    _send_offer(core, call, outgoing, request, flow, now)


def _send_offer(core: Core, call: Call, outgoing: OutgoingOffer, request: Request, flow: Flow, now: float) -> None:
    def answered(tx: ClientTransaction, response: Response, at: float) -> None:
        _offer_answered(core, call, outgoing, tx, response, at)

    def failed(_tx: ClientTransaction, why: str, at: float) -> None:
        if call.outgoing is outgoing:
            _offer_failed(core, call, outgoing, 408 if why == "timeout" else 503, at)

    def no_final(at: float) -> None:
        if call.outgoing is outgoing:
            _offer_failed(core, call, outgoing, 408, at)

    if outgoing.guard is not None:
        outgoing.guard.cancel()
    outgoing.guard = core.timers.schedule(now + _GUARD, no_final)
    outgoing.transaction = core.layer.start_client(request, flow, answered, failed, now)


def _offer_answered(
    core: Core, call: Call, outgoing: OutgoingOffer, tx: ClientTransaction, response: Response, now: float
) -> None:
    status, dialog = response.status, outgoing.dialog
    if status < 200:
        return
    if status < 300:
        _offer_accepted(core, call, outgoing, tx, response, now)
        return
    if call.outgoing is not outgoing:
        return
    if status in (401, 407, 422) and outgoing.attempts < _MAX_ATTEMPTS and call.phase is not Phase.CLOSED:
        outgoing.attempts += 1
        again = _corrected(core, call, dialog, tx, response)
        if again is not None:
            core.touch(call)
            _send_offer(core, call, outgoing, again, tx.flow, now)
            return
    if status == 491 and outgoing.attempts < _MAX_ATTEMPTS:
        _back_off(core, call, outgoing, now)
        return
    if status in (405, 501) and outgoing.method == "UPDATE" and outgoing.refresh:
        call.peer_allows -= {"UPDATE"}
        call.outgoing = None
        _stop(outgoing)
        refresh(core, call, now)
        return
    _offer_failed(core, call, outgoing, status, now)


def _corrected(core: Core, call: Call, dialog: Dialog, tx: ClientTransaction, response: Response) -> Request | None:
    """The request again, with credentials (401, 407) or a longer interval (422)."""
    if response.status == 422:
        try:
            call.min_se = max(call.min_se, response.number("min-se") or 0)
        except ValueError:
            return None
        dialog.local_cseq += 1
        again = core.again(tx.request, tx.flow, dialog.local_cseq)
        asked = again.headers.get("session-expires").partition(";")[2]
        again.headers.set("session-expires", f"{call.min_se}{';' + asked if asked else ''}")
        again.headers.set("min-se", str(call.min_se))
        return again
    dialog.local_cseq += 1
    return core.with_credentials(tx.request, response, core.credentials_of(call), tx.flow, dialog.local_cseq)


def _offer_accepted(
    core: Core, call: Call, outgoing: OutgoingOffer, tx: ClientTransaction, response: Response, now: float
) -> None:
    dialog, cseq = outgoing.dialog, tx.request.cseq[0]
    if outgoing.method == "INVITE" and call.ack_cseq == cseq:
        core.layer.send(call.ack_wire, core.flow_in_dialog(call, dialog))
        return
    if outgoing.method == "INVITE":
        if call.outgoing is outgoing:
            refresh_target(dialog, response)
        ack, flow = core.request_in_dialog(call, dialog, "ACK", cseq=cseq)
        core.layer.send(ack.encode(), flow)
        if cseq > call.ack_cseq:
            call.ack_wire, call.ack_cseq = ack.encode(), cseq
    if call.outgoing is not outgoing:
        return
    if outgoing.method == "UPDATE":
        refresh_target(dialog, response)
    call.outgoing = None
    _stop(outgoing)
    sdp = sdp_of(response)
    if outgoing.sdp is not None:
        if sdp is None:
            dialog.session.move(Move.ROLL_BACK)
        else:
            dialog.session.move(Move.RECEIVE_ANSWER, sdp)
    if call.interval is not None or "session-expires" in response.headers:
        call.interval = agree_as_client(response, call.interval.seconds if call.interval else 0)
        arm_session_timer(core, call, now)
    core.touch(call)
    if not outgoing.refresh:
        core.emit(SessionAnswered(call.leg, sdp))


def _back_off(core: Core, call: Call, outgoing: OutgoingOffer, now: float) -> None:
    """Glare: the owner of the Call-ID waits 2.1–4 s, the other side up to 2 s, in steps of 10 ms (section 14.1)."""
    _stop(outgoing)
    outgoing.dialog.session.move(Move.ROLL_BACK)
    low, high = (2.1, 4.0) if call.role is Role.CALLER else (0.0, 2.0)
    delay = round(core.entropy.uniform(low, high), 2)
    outgoing.attempts += 1

    def again(at: float) -> None:
        outgoing.retry = None
        if call.phase is Phase.CLOSED or call.outgoing is not outgoing:
            return
        if call.incoming is not None or call.ack_wait is not None:
            _back_off(core, call, outgoing, at)
            return
        _start_offer(core, call, outgoing.dialog, outgoing, at)

    outgoing.retry = core.timers.schedule(now + delay, again)


def _offer_failed(core: Core, call: Call, outgoing: OutgoingOffer, status: int, now: float) -> None:
    """The session stays as it was; 408 and 481 mean that the dialog is gone (RFC 3261 section 12.2.1.2)."""
    call.outgoing = None
    _stop(outgoing)
    if outgoing.transaction is not None:
        core.layer.abandon(outgoing.transaction, now)
    outgoing.dialog.session.move(Move.ROLL_BACK)
    core.touch(call)
    if call.phase is Phase.CLOSED:
        return
    if not outgoing.refresh:
        core.emit(SessionRefused(call.leg, status))
    if status in (408, 481) and call.phase is Phase.CONFIRMED:
        cause = Cause.SESSION_EXPIRED if outgoing.refresh else Cause.REMOTE_HANGUP
        hang_up(core, call, cause, now, status=status)
    elif outgoing.refresh:
        arm_session_timer(core, call, now)


def _stop(outgoing: OutgoingOffer) -> None:
    for timer in (outgoing.retry, outgoing.guard):
        if timer is not None:
            timer.cancel()


def refresh_target(dialog: Dialog, message: Request | Response) -> None:
    """A target refresh moves the peer's address (RFC 3261 section 12.2.1.2); an unreadable Contact changes nothing."""
    try:
        contact = message.contact
        if contact is not None and Uri.parse(contact).host:
            dialog.target = contact
    except ValueError:
        return


# -- the peer offers


def offer_received(core: Core, call: Call, dialog: Dialog, request: Request, tx: ServerTransaction, now: float) -> None:
    """A re-INVITE, or an UPDATE with or without SDP."""
    sdp, invite = sdp_of(request), request.method == "INVITE"
    session = dialog.session
    waiting_to_retry = call.outgoing is not None and call.outgoing.retry is not None
    if call.phase is Phase.CLOSED or (invite and call.phase not in (Phase.CONFIRMED, Phase.ANSWERED)):
        core.layer.respond(tx, response_to(request, 481), now)
        return
    if call.incoming is not None or (sdp is not None and session.turn is Turn.REMOTE_OFFER):
        later = str(int(core.entropy.uniform(0, 10)))
        core.layer.respond(tx, response_to(request, 500, headers=[("Retry-After", later)]), now)
        return
    ours_open = call.outgoing is not None and not waiting_to_retry
    if (invite and (ours_open or call.ack_wait is not None or call.answer_due)) or (
        (invite or sdp is not None) and session.turn is Turn.LOCAL_OFFER
    ):
        core.layer.respond(tx, response_to(request, 491), now)
        return
    if too_small(request, core.config.min_se):
        core.layer.respond(tx, response_to(request, 422, headers=[("Min-SE", str(core.config.min_se))]), now)
        return
    interval, headers = agree_as_server(request, call.interval.seconds if call.interval else 0, core.config.min_se)
    incoming = IncomingOffer(tx, request, dialog, interval, tuple(headers))
    call.incoming = incoming
    if sdp is None and not invite:
        _answer_with(core, call, incoming, b"", now)
        return
    if sdp is not None:
        session.move(Move.RECEIVE_OFFER, sdp)
        if sdp == session.remote and session.local is not None:
            session.move(Move.SEND_ANSWER, session.local)
            _answer_with(core, call, incoming, session.local or b"", now)
            return
    if invite:
        core.layer.respond(tx, response_to(request, 100), now)
        core.invites[tx.key] = call
    core.touch(call)
    core.emit(SessionOffered(call.leg, sdp))


def answer(core: Core, call: Call, sdp: bytes, now: float) -> Refused | None:
    """Answer the peer's offer, or make ours when it asked for one; also the answer that our ACK must carry."""
    if call.answer_due and call.dialog is not None:
        call.answer_due = False
        call.dialog.session.move(Move.SEND_ANSWER, sdp)
        send_ack(core, call, call.dialog, call.invite.cseq[0], sdp)
        core.touch(call)
        return None
    incoming = call.incoming
    if incoming is None:
        return Refused(Because.NO_OFFER)
    session = incoming.dialog.session
    session.move(Move.SEND_ANSWER if session.turn is Turn.REMOTE_OFFER else Move.SEND_OFFER, sdp)
    _answer_with(core, call, incoming, sdp, now)
    return None


def _answer_with(core: Core, call: Call, incoming: IncomingOffer, body: bytes, now: float) -> None:
    call.incoming = None
    tx, request = incoming.transaction, incoming.request
    core.invites.pop(tx.key, None)
    refresh_target(incoming.dialog, request)
    headers = [("Contact", core.contact(call.flow)), ("Allow", ALLOW), ("Supported", SUPPORTED), *incoming.headers]
    core.layer.respond(tx, response_to(request, 200, headers=headers, body=body), now)
    if request.method == "INVITE":
        wait_for_ack(core, call, request.cseq[0], tx.wire, tx.flow, now)
    if call.phase in (Phase.CONFIRMED, Phase.ANSWERED):
        call.interval = incoming.interval or call.interval
        arm_session_timer(core, call, now)
    core.touch(call)


def refuse_offer(core: Core, call: Call, status: int, now: float) -> Refused | None:
    """Refuse the peer's offer, normally with 488; the session stays as it was."""
    incoming = call.incoming
    if incoming is None:
        return Refused(Because.NO_OFFER)
    call.incoming = None
    incoming.dialog.session.move(Move.ROLL_BACK)
    core.invites.pop(incoming.transaction.key, None)
    core.layer.respond(incoming.transaction, response_to(incoming.request, status), now)
    core.touch(call)
    return None


def send_ack(core: Core, call: Call, dialog: Dialog, cseq: int, sdp: bytes | None) -> None:
    """The ACK of a 2xx, kept for when that comes again (RFC 3261 section 13.2.2.4)."""
    ack, flow = core.request_in_dialog(call, dialog, "ACK", cseq=cseq, body=sdp or b"")
    if "authorization" in call.invite.headers:
        ack.headers.set("authorization", call.invite.headers.get("authorization"))
    if "proxy-authorization" in call.invite.headers:
        ack.headers.set("proxy-authorization", call.invite.headers.get("proxy-authorization"))
    call.ack_wire, call.ack_cseq = ack.encode(), cseq
    core.layer.send(call.ack_wire, flow)


# -- session timers


def arm_session_timer(core: Core, call: Call, now: float, due: float | None = None) -> None:
    """Refresh at half the interval, or hang up when the peer's refresh does not come in time."""
    if call.session_timer is not None:
        call.session_timer.cancel()
        call.session_timer = None
    interval = call.interval
    if interval is None or call.phase is Phase.CLOSED:
        return
    ours = interval.refresher is Refresher.US
    call.session_due = due if due is not None else now + (interval.refresh_after if ours else interval.expires_after)

    def expired(at: float) -> None:
        hang_up(core, call, Cause.SESSION_EXPIRED, at)

    def refresh_due(at: float) -> None:
        refresh(core, call, at)

    call.session_timer = core.timers.schedule(call.session_due, refresh_due if ours else expired)


def refresh(core: Core, call: Call, now: float) -> None:
    """Keep the session alive: UPDATE when the peer knows it, else a re-INVITE with the session as it is."""
    dialog = call.dialog
    if dialog is None or call.phase is Phase.CLOSED:
        return
    if call.phase is not Phase.CONFIRMED or _busy(call) or dialog.session.turn is not Turn.STABLE:
        arm_session_timer(core, call, now, now + _BUSY_RETRY)
        return
    if "UPDATE" in call.peer_allows:
        outgoing = OutgoingOffer("UPDATE", None, True, dialog)
    else:
        outgoing = OutgoingOffer("INVITE", dialog.session.local, True, dialog)
    _start_offer(core, call, dialog, outgoing, now)


def settle_interval(core: Core, call: Call, interval: SessionInterval | None, now: float) -> None:
    """The interval that the 2xx to our INVITE settled."""
    call.interval = interval
    arm_session_timer(core, call, now)
