"""All browser legs behind one UDP port: STUN by ufrag, DTLS and SRTP by authenticated address. No sockets here.

A stranger makes no state: STUN is answered only when it carries a leg's ufrag and password, everything else only from an
address that such a check came from. What goes out is handed to `Outside.send`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from sip_bridge.media.protocol import BrowserState
from sip_bridge.webrtc import stun
from sip_bridge.webrtc.dtls import DtlsAssociation, DtlsServer, DtlsState, SrtpMaterial, is_client_hello
from sip_bridge.webrtc.ice import Credentials, IceAgent, IceState, SocketAddress


class Outside(Protocol):
    """What the worker does for the browser legs."""

    def send(self, data: bytes, target: SocketAddress) -> None: ...

    def keys_agreed(self, slot: int, material: SrtpMaterial) -> None: ...

    def moved(self, slot: int, target: SocketAddress) -> None: ...

    def route(self, source: SocketAddress, slot: int | None) -> None: ...

    def changed(self, leg: str, state: BrowserState, address_changed: bool, detail: str) -> None: ...


@dataclass(slots=True, eq=False)
class BrowserLeg:
    """`association` carries the media; `successor` is a handshake that will replace it (reload, other tab)."""

    name: str
    slot: int
    remote_fingerprint: str
    ice: IceAgent
    association: DtlsAssociation
    association_generation: int = 0
    successor: DtlsAssociation | None = None
    state: BrowserState = BrowserState.NEW
    routed: set[SocketAddress] = field(default_factory=set)


_BY_ICE = {
    IceState.NEW: BrowserState.NEW,
    IceState.CHECKED: BrowserState.CONNECTING,
    IceState.SILENT: BrowserState.DISCONNECTED,
    IceState.FAILED: BrowserState.FAILED,
}


class BrowserPort:
    """`receive_stun` and `receive_dtls` take datagrams; `poll` runs timers."""

    def __init__(self, outside: Outside) -> None:
        self.server = DtlsServer()
        self.legs: dict[str, BrowserLeg] = {}
        self.counters: Counter[str] = Counter()
        self._outside = outside
        self._by_ufrag: dict[str, BrowserLeg] = {}
        self._by_address: dict[SocketAddress, BrowserLeg] = {}
        self._by_slot: dict[int, BrowserLeg] = {}

    def open(self, name: str, slot: int, remote_ufrag: str, remote_fingerprint: str, now: float) -> Credentials:
        leg = BrowserLeg(name, slot, remote_fingerprint, IceAgent(), self.server.associate(remote_fingerprint))
        leg.ice.heard_at = now
        self.legs[name] = self._by_slot[slot] = leg
        return self._new_generation(leg, remote_ufrag)

    def restart(self, name: str, remote_ufrag: str, remote_fingerprint: str) -> Credentials:
        """New credentials; with another fingerprint (or a failed association) also a new DTLS association."""
        leg = self.legs[name]
        fresh = leg.association.state is DtlsState.HANDSHAKE
        if remote_fingerprint != leg.remote_fingerprint or leg.association.state is not DtlsState.CONNECTED:
            leg.remote_fingerprint = remote_fingerprint
            if fresh or leg.association.state is not DtlsState.CONNECTED:
                leg.association = self.server.associate(remote_fingerprint)
                leg.association_generation = leg.ice.generations[-1].number + 1
            else:
                leg.successor = self.server.associate(remote_fingerprint)
        return self._new_generation(leg, remote_ufrag)

    def close(self, name: str) -> None:
        leg = self.legs.pop(name)
        for association in (leg.association, leg.successor):
            if association is not None:
                association.close()
                self._flush(leg, association)
        for credentials in leg.ice.generations:
            self._by_ufrag.pop(credentials.ufrag, None)
        leg.ice.addresses.clear()
        self._reroute(leg)
        del self._by_slot[leg.slot]

    def heard(self, slot: int, now: float) -> None:
        """Authenticated media of a leg arrived."""
        leg = self._by_slot.get(slot)
        if leg is not None:
            leg.ice.heard(now)

    def receive_stun(self, data: bytes, source: SocketAddress, now: float) -> None:
        message = stun.parse(data)
        if message is None:
            self.counters["stun_malformed"] += 1
            return
        ufrag = message.attributes.get(stun.USERNAME, b"").partition(b":")[0].decode("ascii", "replace")
        leg = self._by_ufrag.get(ufrag)
        if leg is None:
            self.counters["stun_unknown"] += 1
            return
        before = leg.ice.selected
        answer = leg.ice.receive(message, source, now)
        if answer is None:
            self.counters["stun_refused"] += 1
            return
        self._outside.send(answer, source)
        self._forget_old_ufrags(leg)
        self._reroute(leg)
        if leg.ice.selected is not None and leg.ice.selected != before:
            self._outside.moved(leg.slot, leg.ice.selected)
        self._tell(leg, address_changed=before is not None and leg.ice.selected != before)

    def receive_dtls(self, data: bytes, source: SocketAddress, now: float) -> None:
        leg = self._by_address.get(source)
        if leg is None:
            self.counters["dtls_unknown"] += 1
            return
        association = self._association_for(leg, data, source)
        was = association.state
        association.receive(data)
        self._flush(leg, association, source)
        if association.state is not was:
            self._association_changed(leg, association)

    def poll(self, now: float) -> None:
        """Retransmission timers and silence; call some ten times a second."""
        for leg in list(self.legs.values()):
            for association in (leg.association, leg.successor):
                if association is not None and association.state is DtlsState.HANDSHAKE:
                    due = association.next_timer()
                    if due is not None and due <= 0:
                        association.handle_timer()
                        self._flush(leg, association)
            leg.ice.poll(now)
            self._tell(leg)

    def _new_generation(self, leg: BrowserLeg, remote_ufrag: str) -> Credentials:
        credentials = leg.ice.restart(remote_ufrag)
        self._forget_old_ufrags(leg)
        self._by_ufrag[credentials.ufrag] = leg
        return credentials

    def _forget_old_ufrags(self, leg: BrowserLeg) -> None:
        good = {credentials.ufrag for credentials in leg.ice.generations}
        if len(self._by_ufrag) > len(self.legs):
            for ufrag in [u for u, owner in self._by_ufrag.items() if owner is leg and u not in good]:
                del self._by_ufrag[ufrag]

    def _reroute(self, leg: BrowserLeg) -> None:
        """Make the address look-ups agree with the agent's authenticated addresses."""
        wanted = set(leg.ice.addresses)
        for address in leg.routed - wanted:
            if self._by_address.get(address) is leg:
                del self._by_address[address]
                self._outside.route(address, None)
        for address in wanted - leg.routed:
            former = self._by_address.get(address)
            if former is not None:
                former.routed.discard(address)
            self._by_address[address] = leg
            self._outside.route(address, leg.slot)
        leg.routed = wanted

    def _association_for(self, leg: BrowserLeg, data: bytes, source: SocketAddress) -> DtlsAssociation:
        """Which handshake a datagram belongs to: addresses of a newer ICE generation speak to the successor."""
        newer = leg.ice.addresses.get(source, 0) > leg.association_generation
        if leg.successor is not None and newer:
            return leg.successor
        if newer and leg.association.state is DtlsState.CONNECTED and is_client_hello(data):
            leg.successor = self.server.associate(leg.remote_fingerprint)  # reload with a kept certificate
            return leg.successor
        return leg.association

    def _association_changed(self, leg: BrowserLeg, association: DtlsAssociation) -> None:
        if association.state is DtlsState.CONNECTED:
            if association is leg.successor:
                leg.association.close()
                leg.association, leg.successor = association, None
                leg.association_generation = leg.ice.generations[-1].number
            assert association.material is not None
            self._outside.keys_agreed(leg.slot, association.material)
        elif association is leg.successor:
            leg.successor = None
            self.counters["dtls_failed"] += 1
            self._outside.changed(leg.name, leg.state, False, f"take-over refused: {association.problem}")
        elif association.state is DtlsState.FAILED:
            self.counters["dtls_failed"] += 1
        self._tell(leg)

    def _flush(self, leg: BrowserLeg, association: DtlsAssociation, source: SocketAddress | None = None) -> None:
        target = source or leg.ice.selected or next(reversed(leg.ice.addresses), None)
        for datagram in association.to_send():
            if target is not None:
                self._outside.send(datagram, target)

    def _tell(self, leg: BrowserLeg, address_changed: bool = False) -> None:
        state = self._state(leg)
        if state is not leg.state or (address_changed and state is BrowserState.CONNECTED):
            leg.state = state
            self._outside.changed(leg.name, state, address_changed, leg.association.problem)

    @staticmethod
    def _state(leg: BrowserLeg) -> BrowserState:
        if leg.association.state is DtlsState.FAILED:
            return BrowserState.FAILED
        if leg.association.state is DtlsState.CLOSED:
            return BrowserState.CLOSED
        if leg.ice.state is IceState.READY:
            connected = leg.association.state is DtlsState.CONNECTED
            return BrowserState.CONNECTED if connected else BrowserState.CONNECTING
        return _BY_ICE[leg.ice.state]
