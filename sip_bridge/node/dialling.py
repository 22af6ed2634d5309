"""Calls out: by which trunk, and by which one next when the call has rung nobody.

The leg stays what it is; only the SIP call behind it is another one. A new process does not go on so: it adopts the call
that is out, whatever becomes of that.
"""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from sip_bridge.contract import LegState
from sip_bridge.node.legs import LegRecord, Legs
from sip_bridge.node.sessions import Sessions
from sip_bridge.sdp.negotiation import Negotiator
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.transport import Application

log = structlog.get_logger()
SILENCE_S = 8.0
"""So long a trunk may say nothing at all to an INVITE, which has been sent five times by then; a 100 is due within 0.2 s (RFC
3261 section 17.2.1). Timer B, 32 s, is longer than most calls ring."""
LEAST_RING_S = 5.0
"""With less time left no other trunk is tried."""


class Outgoing(msgspec.Struct, kw_only=True):
    """``until``: when it has rung long enough, on the application's clock. ``tried``: trunks that rang nobody."""

    to: str
    caller: str
    until: float
    tried: set[str] = msgspec.field(default_factory=set)


class Dialling:
    def __init__(
        self, application: Application, sessions: Sessions, legs: Legs, not_placed: Callable[[LegRecord], None]
    ) -> None:
        """``not_placed`` ends a leg behind which there is no call any more."""
        self.application = application
        self.endpoint = application.endpoint
        self.sessions = sessions
        self.legs = legs
        self._not_placed = not_placed
        self._calls: dict[str, Outgoing] = {}

    def choose(self, record: LegRecord, call: Outgoing) -> str | None:
        """Name the first trunk that can. None, or why there is none."""
        way = self.endpoint.way_out(call.to, call.caller, self.application.now())
        if isinstance(way, Refused):
            return way.because.value
        record.trunk = way
        self._calls[record.leg] = call
        return None

    def place(self, record: LegRecord, negotiator: Negotiator, call: Outgoing) -> str | None:
        """Send the INVITE; the record gets its SIP name. None, or why it could not be sent."""
        now = self.application.now()
        record.our_offer = negotiator.offer()
        made = self.endpoint.invite(
            record.trunk, call.to, record.our_offer, now, caller=call.caller, ring_timeout=max(0.0, call.until - now)
        )
        if isinstance(made, Refused):
            return made.because.value
        record.sip = made
        self.sessions.remember(record)
        asyncio.get_running_loop().call_later(SILENCE_S, self._listen, record, made)
        return None

    def go_on(self, record: LegRecord) -> bool:
        """Place the call by the next trunk, for the one before has rung nobody. False: there is none, or no time; nothing has
        changed."""
        call, now = self._calls.get(record.leg), self.application.now()
        if call is None or record.state is not LegState.DIALLING or call.until - now < LEAST_RING_S:
            return False
        call.tried.add(record.trunk)
        way = self.endpoint.way_out(call.to, call.caller, now, tried=call.tried)
        if isinstance(way, Refused):
            return False
        log.info("call_goes_on", trunk=way, after=record.trunk)
        self.endpoint.cancel(record.sip, now)  # should it be heard of yet, it is cancelled or hung up
        self.legs.part(record)
        record.trunk = way
        if self.place(record, self.sessions.anew(record), call) is not None:
            self._not_placed(record)
        return True

    def _listen(self, record: LegRecord, sip: str) -> None:
        if record.sip == sip and self.endpoint.is_unheard(sip) and self.go_on(record):
            self.application.flush()

    def forget(self, record: LegRecord) -> None:
        self._calls.pop(record.leg, None)
