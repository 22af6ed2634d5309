"""Two or more SIP endpoints on a simulated network with a virtual clock: loss, duplication and reordering by seed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.entropy import SeededEntropy
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.events import Event
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.trunk import Trunk

E = TypeVar("E")

OFFER = b"v=0\r\no=a 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
ANSWER = b"v=0\r\no=b 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"
HOLD = OFFER.replace(b"o=a 1 1", b"o=a 1 2") + b"a=sendonly\r\n"
HELD = ANSWER.replace(b"o=b 1 1", b"o=b 1 2") + b"a=recvonly\r\n"


@dataclass
class Peer:
    """An endpoint with an address, what it has told so far and what it journalled."""

    host: str
    endpoint: SipEndpoint
    events: list[Event] = field(default_factory=list)
    journal: dict[str, bytes] = field(default_factory=dict)
    alive: bool = True

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        found = self.of(kind)
        assert len(found) == 1, f"{kind.__name__}: {found} in {self.events}"
        return found[0]


@dataclass
class Network:
    """Carries datagrams between peers. `tap` sees each message sent and may return False to drop it."""

    seed: int = 1
    loss: float = 0.0
    duplication: float = 0.0
    jitter: float = 0.0
    delay: float = 0.01
    now: float = 1000.0
    peers: dict[str, Peer] = field(default_factory=dict)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    tap: Callable[[str, bytes], bool] | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._flying: list[tuple[float, int, str, bytes, Flow]] = []
        self._number = 0

    def add(self, host: str, *, towards: str, config: EndpointConfig | None = None, **trunk: object) -> Peer:
        config = config or config_of(host, towards, **trunk)
        peer = Peer(host, SipEndpoint(config, SeededEntropy(self.seed * 100 + len(self.peers))))
        self.peers[host] = peer
        return peer

    def restart(self, peer: Peer, config: EndpointConfig) -> None:
        """kill -9 and a new process that adopts the journal."""
        peer.endpoint = SipEndpoint(config, SeededEntropy(self.random.getrandbits(60)))
        for snapshot in peer.journal.values():
            assert not isinstance(peer.endpoint.adopt(snapshot, self.now), Refused)

    def flush(self) -> None:
        for peer in self.peers.values():
            self._flush(peer)

    def _flush(self, peer: Peer) -> None:
        for entry in peer.endpoint.take_journal():
            if entry.snapshot is None:
                peer.journal.pop(entry.leg, None)
            else:
                peer.journal[entry.leg] = entry.snapshot
        for data, flow in peer.endpoint.to_send(self.now):
            self.sent.append((peer.host, data))
            if self.tap and not self.tap(peer.host, data):
                continue
            reverse = Flow(flow.transport, flow.remote, HostPort(peer.host, flow.local.port))
            copies = 0 if self.random.random() < self.loss else 1
            copies += self.random.random() < self.duplication
            for _ in range(copies):
                self._number += 1
                at = self.now + self.delay + self.random.random() * self.jitter
                heapq.heappush(self._flying, (at, self._number, flow.remote.host, data, reverse))
        while (event := peer.endpoint.next_event()) is not None:
            peer.events.append(event)

    def step(self) -> bool:
        """Do the next thing that is due. False when nothing ever will."""
        self.flush()
        moments = [at for peer in self.peers.values() if peer.alive and (at := peer.endpoint.next_timer()) is not None]
        if self._flying:
            moments.append(self._flying[0][0])
        if not moments:
            return False
        self.now = max(self.now, min(moments))
        while self._flying and self._flying[0][0] <= self.now:
            _, _, host, data, flow = heapq.heappop(self._flying)
            if host in self.peers and self.peers[host].alive:
                self.peers[host].endpoint.receive(data, flow, self.now)
                self._flush(self.peers[host])
        for peer in self.peers.values():
            if peer.alive:
                peer.endpoint.handle_timer(self.now)
        self.flush()
        return True

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        until = self.now + seconds
        while True:
            self.flush()
            moments = [at for p in self.peers.values() if p.alive and (at := p.endpoint.next_timer()) is not None]
            if self._flying:
                moments.append(self._flying[0][0])
            if not moments or min(moments) > until:
                break
            self.step()
        self.now = until
        self.flush()

    def until(self, condition: Callable[[], bool], limit: float = 200.0) -> None:
        """Let virtual time pass until the condition holds."""
        deadline = self.now + limit
        self.flush()
        while not condition():
            assert self.step() and self.now <= deadline, (
                f"never came true; events {[p.events for p in self.peers.values()]}"
            )

    def messages(self, host: str, start: str) -> list[bytes]:
        return [data for sender, data in self.sent if sender == host and data.startswith(start.encode())]


def config_of(
    host: str, towards: str, limits: Limits | None = None, session_expires: int = 0, **trunk: object
) -> EndpointConfig:
    port = 5060
    transport = trunk.pop("transport", Transport.UDP)
    settings: dict = {"name": "pbx", "host": towards, "transport": transport, **trunk}
    return EndpointConfig(
        listen={t: HostPort(host, port) for t in Transport},
        trunks=(Trunk(**settings),),
        session_expires=session_expires,
        limits=limits or Limits(source_rate=1e6, source_burst=1e6),
    )


def pair(seed: int = 1, **options: object) -> tuple[Network, Peer, Peer]:
    """A caller at 10.0.0.1 and a callee at 10.0.0.2, one trunk between them."""
    network_options = {k: options.pop(k) for k in ("loss", "duplication", "jitter") if k in options}
    network = Network(seed=seed, **network_options)  # type: ignore[arg-type]
    caller = network.add("10.0.0.1", towards="10.0.0.2", **options)
    callee = network.add("10.0.0.2", towards="10.0.0.1", **options)
    return network, caller, callee


def call_up(network: Network, caller: Peer, callee: Peer) -> tuple[str, str]:
    """A confirmed call; the leg at the caller and the leg at the callee."""
    from sip_bridge.sip.events import CallAnswered, CallConfirmed, CallOffered

    before = len(callee.of(CallOffered))
    answered = len(caller.of(CallAnswered))
    confirmed = len(callee.of(CallConfirmed))
    out = caller.endpoint.invite("pbx", "210000001", OFFER, network.now, caller="221000000")
    assert isinstance(out, str), out
    network.until(lambda: len(callee.of(CallOffered)) > before)
    leg = callee.of(CallOffered)[-1].leg
    assert callee.endpoint.accept(leg, ANSWER, network.now) is None
    network.until(lambda: len(caller.of(CallAnswered)) > answered and len(callee.of(CallConfirmed)) > confirmed)
    return out, leg


def empty(peer: Peer) -> bool:
    return not any(peer.endpoint.load.values())


__all__ = ["ANSWER", "HELD", "HOLD", "OFFER", "Credentials", "Network", "Peer", "call_up", "config_of", "empty", "pair"]
