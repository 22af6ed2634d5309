"""The driver with a dialplan for tests: it keeps the events and lets a test wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sip_bridge.sdp.negotiation import Capabilities, Negotiator
from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.events import CallOffered, Event
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk
from tests.support.ports import free_port

E = TypeVar("E")


class Phone:
    """`on_offer` is called for every incoming call."""

    def __init__(
        self,
        peer_port: int,
        *,
        on_offer: Callable[[Phone, CallOffered], None] | None = None,
        session_expires: int = 1800,
        tcp: bool = False,
        **trunk: object,
    ) -> None:
        self.port = free_port()
        local = HostPort("127.0.0.1", self.port)
        transport = Transport.TCP if tcp else Transport.UDP
        settings: dict = {"name": "pbx", "host": "127.0.0.1", "port": peer_port, "transport": transport, **trunk}
        config = EndpointConfig(
            listen={Transport.UDP: local, Transport.TCP: local},
            trunks=(Trunk(**settings),),
            session_expires=session_expires,
            limits=Limits(source_rate=1e6, source_burst=1e6),
        )
        self.endpoint = SipEndpoint(config)
        self.app = Application(self.endpoint, self._dialplan)
        self.events: list[Event] = []
        self.negotiators: dict[str, Negotiator] = {}
        self._on_offer = on_offer
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Phone:
        self.app.listen_udp(udp_socket("127.0.0.1", self.port))
        await self.app.listen_stream("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.app.close()

    def _dialplan(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()
        if isinstance(event, CallOffered) and self._on_offer:
            self._on_offer(self, event)

    @property
    def now(self) -> float:
        return self.app.now()

    def media(self, leg: str) -> Negotiator:
        if leg not in self.negotiators:
            self.negotiators[leg] = Negotiator(Capabilities("127.0.0.1", 40_000), 1, lambda n: bytes(n))
        return self.negotiators[leg]

    def answer_to(self, leg: str, offer: bytes | None) -> bytes:
        """Our answer to an offer, or our offer when there is none."""
        if offer is None:
            return self.media(leg).offer()
        answered = self.media(leg).answer(offer)
        assert answered is not None
        return answered[0]

    def accept(self, event: CallOffered) -> None:
        assert self.endpoint.accept(event.leg, self.answer_to(event.leg, event.sdp), self.now) is None

    def call(self) -> str:
        media = Negotiator(Capabilities("127.0.0.1", 40_000), 1, lambda n: bytes(n))
        leg = self.endpoint.invite("pbx", "210000001", media.offer(), self.now, caller="221000000")
        assert isinstance(leg, str)
        self.negotiators[leg] = media
        self.app.flush()
        return leg

    async def wait_for(self, kind: type[E], count: int = 1, limit: float = 15.0) -> E:
        """The count-th event of that kind."""
        async with asyncio.timeout(limit):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]
