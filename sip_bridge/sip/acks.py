"""Our 2xx to an INVITE is repeated until its ACK comes, whatever the transport (RFC 3261 section 13.3.1.4)."""

from __future__ import annotations

from sip_bridge.sip.call import AckWait, Call
from sip_bridge.sip.core import Core
from sip_bridge.sip.events import Cause
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.hangup import hang_up
from sip_bridge.sip.timers import T1, T2, TRANSACTION_LIFETIME


def wait_for_ack(core: Core, call: Call, cseq: int, wire: bytes, flow: Flow, now: float) -> None:
    """Start repeating; without an ACK after 64·T1 the call is hung up."""
    wait = AckWait(cseq, wire, flow, T1, now + TRANSACTION_LIFETIME)
    call.ack_wait = wait

    def again(at: float) -> None:
        if at >= wait.give_up_at:
            call.ack_wait = None
            hang_up(core, call, Cause.NO_ACK, at)
            return
        core.layer.send(wait.wire, wait.flow)
        wait.interval = min(2 * wait.interval, T2)
        wait.timer = core.timers.schedule(min(at + wait.interval, wait.give_up_at), again)

    wait.timer = core.timers.schedule(now + T1, again)
