"""Callers for tests of the whole system: our SIP core as a telephone, with an RTP phone for each call."""

from __future__ import annotations

import asyncio
import secrets
import time

from sip_bridge.sdp.negotiation import Agreed, Capabilities, Negotiator
from sip_bridge.sip import events as s
from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk
from tests.support.rtp_phone import RtpPhone


class Call:
    """One call; times are CLOCK_MONOTONIC. ``phone`` is None for a caller who only signals."""

    def __init__(self, leg: str, negotiator: Negotiator, phone: RtpPhone | None) -> None:
        self.leg, self.negotiator, self.phone = leg, negotiator, phone
        self.invited_at = time.monotonic()
        self.answered_at = 0.0
        self.agreed: Agreed | None = None
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()


class Callers:
    """``async with Callers(sip_port) as callers``: any number of calls from one address."""

    def __init__(self, sip_port: int, host: str = "127.0.0.1") -> None:
        self.host, self.sip_port = host, sip_port
        self.calls: dict[str, Call] = {}

    async def __aenter__(self) -> Callers:
        sock = udp_socket(self.host, 0)
        local = HostPort(*sock.getsockname()[:2])
        trunk = Trunk(name="kc", host="127.0.0.1", port=self.sip_port, rate=1e6, calls=100_000)
        limits = Limits(source_rate=1e6, source_burst=1e6)
        config = EndpointConfig(listen={Transport.UDP: local}, trunks=(trunk,), advertised=self.host, limits=limits)
        self.endpoint = SipEndpoint(config)
        self.app = Application(self.endpoint, self._event)
        self.app.listen_udp(sock)
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in list(self.calls.values()):
            await self.hang_up(call)
        await self.app.close()

    def place(self, number: str, caller: str, frequency: float | None = None, *, sound: bool = True) -> Call:
        """Send the INVITE."""
        phone = RtpPhone(frequency, host=self.host) if sound else None
        port = phone.address[1] if phone else 9
        negotiator = Negotiator(Capabilities(self.host, port), secrets.randbelow(2**62), secrets.token_bytes)
        begun = time.monotonic()
        leg = self.endpoint.invite("kc", number, negotiator.offer(), self.app.now(), caller=caller)
        assert not isinstance(leg, Refused), leg
        call = self.calls[leg] = Call(leg, negotiator, phone)
        call.invited_at = begun
        self.app.flush()
        return call

    async def call(self, number: str, caller: str, frequency: float | None = None, *, sound: bool = True) -> Call:
        """Place a call and wait until it is answered."""
        call = self.place(number, caller, frequency, sound=sound)
        await asyncio.wait_for(call.answered.wait(), 10)
        return call

    async def hang_up(self, call: Call) -> None:
        if not call.ended.is_set():
            self.endpoint.hang_up(call.leg, self.app.now())
            self.app.flush()
            await asyncio.wait_for(call.ended.wait(), 10)

    def _event(self, event: s.Event) -> None:
        call = self.calls.get(getattr(event, "leg", ""))
        if call is None:
            return
        match event:
            case s.CallAnswered(sdp=bytes(answer)):
                call.answered_at = time.monotonic()
                call.agreed = call.negotiator.accept_answer(answer)
                if call.phone is not None and call.agreed is not None:
                    call.phone.start(call.agreed.send_to)
                call.answered.set()
            case s.SessionOffered(sdp=bytes(offer)):
                if (answered := call.negotiator.answer(offer)) is not None:
                    self.endpoint.answer(call.leg, answered[0], self.app.now())
            case s.CallEnded():
                call.ended.set()
                call.answered.set()
                self.calls.pop(call.leg, None)
                if call.phone is not None:
                    call.phone._running = False
                    call.phone.socket.close()
