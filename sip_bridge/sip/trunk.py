"""Trunks as data: where calls come from and go to, and what each may do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from sip_bridge.contract.trunks import Srtp as Srtp
from sip_bridge.contract.trunks import TrunkSpec
from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.flow import HostPort, Transport


@dataclass(frozen=True, slots=True)
class Trunk:
    """One peer: a PBX, a session border controller or a provider.

    `networks`: source networks whose requests belong to this trunk; without any, the host itself when it is an address.
    `credentials`: what we present when challenged. `inbound`: what the peer must present to us; None trusts the network.
    `register`: keep a binding at the host. `allowed_prefixes`: what may be dialled, as prefixes of the E.164 number or
    extension; empty: nothing. `callers`: numbers we may show; empty: any. `calls`: at once. `rate`: calls per second.
    `ping_interval`: seconds between OPTIONS, 0: never. `symmetric`: requests inside a call go to where the call came
    from, whatever Contact says (peers behind NAT). `tcp_if_large`: requests over 1300 bytes leave by TCP (RFC 3261 18.1.1).
    `trusted`: P-Asserted-Identity is believed.
    """

    name: str
    host: str
    port: int = 5060
    transport: Transport = Transport.UDP
    networks: tuple[str, ...] = ()
    credentials: Credentials | None = None
    inbound: Credentials | None = None
    register: bool = False
    register_expires: int = 300
    domain: str = ""
    allowed_prefixes: tuple[str, ...] = ("",)
    callers: tuple[str, ...] = ()
    calls: int = 1_000
    rate: float = 100.0
    ping_interval: float = 0.0
    symmetric: bool = False
    tcp_if_large: bool = False
    trusted: bool = True
    region: str = "CZ"
    srtp: Srtp = Srtp.OFF

    @classmethod
    def of(cls, spec: TrunkSpec) -> Trunk:
        """As the contract, or the file of a bridge, says it."""
        values = {name: getattr(spec, name) for name in spec.__struct_fields__}
        for name in ("credentials", "inbound"):
            if values[name] is not None:
                values[name] = Credentials(values[name].user, values[name].password)
        return cls(**values)

    @property
    def address(self) -> HostPort:
        return HostPort(self.host, self.port)

    @property
    def binding(self) -> tuple:
        """What names our registration at the peer: another one of these is another registration."""
        user = self.credentials.user if self.credentials else ""
        return self.host, self.port, self.transport, self.domain, user

    @property
    def watched(self) -> tuple:
        """What registrations and pings depend on."""
        return *self.binding, self.credentials, self.register, self.register_expires, self.ping_interval

    def may_dial(self, number: str) -> bool:
        return any(number.startswith(prefix) for prefix in self.allowed_prefixes)

    def may_show(self, caller: str) -> bool:
        return not self.callers or caller in self.callers


@dataclass(slots=True)
class TrunkTable:
    """The trunks by name and by source address."""

    by_name: dict[str, Trunk] = field(default_factory=dict)
    _networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]] = field(default_factory=list)
    _known: dict[str, Trunk | None] = field(default_factory=dict)

    @classmethod
    def of(cls, trunks: Iterable[Trunk]) -> TrunkTable:
        """ValueError for a network that is none, or a name used twice."""
        table = cls()
        for trunk in trunks:
            if trunk.name in table.by_name:
                raise ValueError("trunk name is used twice")
            table.by_name[trunk.name] = trunk
            for network in trunk.networks or _own_address(trunk.host):
                table._networks.append((ipaddress.ip_network(network, strict=False), trunk.name))
        table._networks.sort(key=lambda entry: -entry[0].prefixlen)
        return table

    def match(self, source: str) -> Trunk | None:
        """The trunk with the narrowest network that holds the address."""
        if source in self._known:
            return self._known[source]
        found = None
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            return None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        for network, name in self._networks:
            if address.version == network.version and address in network:
                found = self.by_name[name]
                break
        if len(self._known) > 4_096:
            self._known.clear()
        self._known[source] = found
        return found

    def password_of(self, user: str) -> str | None:
        """What the peers of trunks present to us."""
        return next((x.inbound.password for x in self.by_name.values() if x.inbound and x.inbound.user == user), None)


def _own_address(host: str) -> tuple[str, ...]:
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()
