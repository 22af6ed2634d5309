"""The PBX as calls of ours meet it: numbers that answer and say a tone, are busy, reject, or only ring."""

from __future__ import annotations

import secrets

from sip_bridge.sdp.negotiation import Capabilities, Negotiator
from sip_bridge.sip import events as s
from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk
from tests.support.rtp_phone import RtpPhone


class Callees:
    """``answers``: number (E.164) → the frequency said after answering, a status to refuse with, two: ringing and then that one, or None: it
    rings."""

    def __init__(self, port: int, answers: dict[str, float | int | tuple[int, int] | None]) -> None:
        self.port, self.answers = port, answers
        self.phones: dict[str, RtpPhone] = {}
        """Of answered calls, by number."""
        self.shown: dict[str, str] = {}
        self.ended: list[str] = []
        self.transferred: list[int] = []
        """How transfers ended that a telephone asked for."""
        self._numbers: dict[str, str] = {}

    async def __aenter__(self) -> Callees:
        local = HostPort("127.0.0.1", self.port)
        trunk = Trunk(name="kc", host="127.0.0.1", networks=("127.0.0.0/8",), rate=1e6, calls=1000)
        limits = Limits(source_rate=1e6, source_burst=1e6)
        self.endpoint = SipEndpoint(
            EndpointConfig(listen={Transport.UDP: local}, trunks=(trunk,), advertised="127.0.0.1", limits=limits)
        )
        self.app = Application(self.endpoint, self._event)
        self.app.listen_udp(udp_socket("127.0.0.1", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for phone in self.phones.values():
            phone.stop()
        await self.app.close()

    def _event(self, event: s.Event) -> None:
        match event:
            case s.CallOffered():
                self._offered(event)
            case s.TransferEnded(status=status):
                self.transferred.append(status)
            case s.CallEnded(leg=leg):
                number = self._numbers.pop(leg, "")
                self.ended.append(number)
                if (phone := self.phones.pop(number, None)) is not None:
                    phone._running = False
                    phone.socket.close()

    def _offered(self, event: s.CallOffered) -> None:
        number, now = event.dialled, self.app.now()
        self._numbers[event.leg] = number
        self.shown[number] = event.caller.number
        how = self.answers.get(number, 404)
        if isinstance(how, tuple):
            self.endpoint.progress(event.leg, now, how[0])
            how = how[1]
        if isinstance(how, int):
            self.endpoint.reject(event.leg, how, now)
        else:
            self.endpoint.progress(event.leg, now, 180)
        if isinstance(how, float):
            phone = RtpPhone(how)
            negotiator = Negotiator(
                Capabilities("127.0.0.1", phone.address[1]), secrets.randbelow(2**62), secrets.token_bytes
            )
            answered = negotiator.answer(event.sdp or b"")
            assert answered is not None
            self.endpoint.accept(event.leg, answered[0], now)
            phone.start(answered[1].send_to)
            self.phones[number] = phone

    def transfer(self, number: str, to: str) -> None:
        """The telephone's own transfer key (REFER)."""
        asked = self.endpoint.refer(self._leg(number), to, self.app.now())
        assert isinstance(asked, str), asked
        self.app.flush()

    def _leg(self, number: str) -> str:
        return next(leg for leg, known in self._numbers.items() if known == number)

    def hang_up(self, number: str) -> None:
        leg = self._leg(number)
        self.endpoint.hang_up(leg, self.app.now())
        self.app.flush()
