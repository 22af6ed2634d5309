"""The end of a leg: BYE of either side, and the one `CallEnded`."""

from __future__ import annotations

from collections.abc import Iterable

from sip_bridge.sip.call import Call, Dialog, Happening, Phase
from sip_bridge.sip.core import Core
from sip_bridge.sip.events import CallEnded, Cause
from sip_bridge.sip.message import Request, Response, response_to
from sip_bridge.sip.timers import Timer
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction


def end_call(
    core: Core,
    call: Call,
    cause: Cause,
    now: float,
    *,
    status: int = 0,
    reason: str = "",
    retry_after: int | None = None,
    keep_dialogs: bool = False,
    rang_nobody: bool = False,
) -> None:
    """Close the leg, stop its timers, tell the owner. The phase must already be `CLOSED`."""
    if call.leg not in core.calls:
        return
    call.phase = Phase.CLOSED
    if call.outgoing is not None and call.outgoing.transaction is not None:
        core.layer.abandon(call.outgoing.transaction, now)
    stop_timers(call)
    if call.incoming is not None:
        incoming, call.incoming = call.incoming, None
        core.invites.pop(incoming.transaction.key, None)
        core.layer.respond(incoming.transaction, response_to(incoming.request, 487), now)
    if call.server is not None:
        core.invites.pop(call.server.key, None)
    core.forget_call(call)
    if not keep_dialogs:
        core.forget_dialogs(call)
    core.on_end(call, now)
    core.emit(CallEnded(call.leg, cause, status, reason, retry_after, rang_nobody))


def stop_timers(call: Call) -> None:
    outgoing = call.outgoing
    timers: list[Timer | None] = [call.ring_timer, call.cancel_timer, call.session_timer]
    if call.ack_wait:
        timers.append(call.ack_wait.timer)
    if call.reliable:
        timers.append(call.reliable.timer)
    if outgoing:
        timers += [outgoing.retry, outgoing.guard]
    for timer in timers:
        if timer is not None:
            timer.cancel()
    call.ack_wait = call.reliable = call.outgoing = None


def hang_up(
    core: Core, call: Call, cause: Cause, now: float, headers: Iterable[tuple[str, str]] = (), *, status: int = 0
) -> None:
    """BYE a confirmed leg, or an answered one whose ACK will not come any more."""
    dialog = call.dialog
    if dialog is None or not call.happened(Happening.HANGUP):
        return
    call.bye_pending = True
    send_bye(core, call, dialog, now, headers)
    end_call(core, call, cause, now, status=status, keep_dialogs=True)


def send_bye(core: Core, call: Call, dialog: Dialog, now: float, headers: Iterable[tuple[str, str]] = ()) -> None:
    """BYE that dialog; it stays known until the BYE is answered or given up, so that a crossing BYE gets its 200."""
    request, flow = core.request_in_dialog(call, dialog, "BYE", headers=headers)

    def answered(tx: ClientTransaction, response: Response, at: float) -> None:
        if response.status in (401, 407):
            dialog.local_cseq += 1
            again = core.with_credentials(tx.request, response, core.credentials_of(call), tx.flow, dialog.local_cseq)
            if again is not None:
                core.layer.start_client(again, tx.flow, answered, failed, at)
                return
        if response.status >= 200:
            finished()

    def failed(_tx: ClientTransaction, _why: str, _at: float) -> None:
        finished()

    def finished() -> None:
        call.bye_pending = False
        known = core.dialogs.get(dialog.key)
        if known is not None and known[1] is dialog:
            del core.dialogs[dialog.key]
        core.strays.pop(dialog.key, None)
        if call.phase is Phase.CLOSED:
            core.forget_dialogs(call)

    core.layer.start_client(request, flow, answered, failed, now)


def bye_received(core: Core, call: Call, request: Request, tx: ServerTransaction, now: float) -> None:
    """BYE from the peer: 200, always; an INVITE of theirs that is still open ends with 487 (section 15.1.2)."""
    core.layer.respond(tx, response_to(request, 200), now)
    if call.phase is Phase.CLOSED:
        return
    if call.phase is Phase.OFFERED and call.server is not None:
        tag = call.dialog.local_tag if call.dialog else ""
        core.layer.respond(call.server, response_to(call.server.request, 487, to_tag=tag), now)
    if call.happened(Happening.HANGUP):
        end_call(core, call, Cause.REMOTE_HANGUP, now, reason=request.headers.get("reason"))
