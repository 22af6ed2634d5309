"""Trunks to exchanges and providers, as administrators set them, and what bridges find of them."""

from datetime import datetime

import msgspec

from sip_bridge.contract.trunks import Srtp, Transport, TrunkHealth

TrunkId = int


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """One peer. Passwords are not in it, only that there are some.

    ``priority``: calls out try the smallest first. ``allowed_prefixes``: beginnings of numbers and extensions that it may be
    called for; empty: all. ``callers``: numbers that may be shown over it; empty: all. ``networks``: where its requests come
    from; empty: the host, when that is an address. ``login``: by which we answer when challenged; ``inbound_login``: by which
    the peer answers us, empty: its network is trusted. ``ping_s`` 0: never asked whether it is there. ``bridges``: names of
    those that use it; empty: all. ``exchange``: the one whose lines the transfer panel watches. What the rest means to the
    bridge stands at ``sip_bridge.sip.trunk.Trunk``.
    """

    name: str
    enabled: bool = True
    host: str = ""
    port: int = 5060
    transport: Transport = Transport.UDP
    srtp: Srtp = Srtp.OFF
    login: str = ""
    password_set: bool = False
    register: bool = False
    register_expires_s: int = 300
    domain: str = ""
    outgoing: bool = True
    priority: int = 1
    allowed_prefixes: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    inbound_login: str = ""
    inbound_password_set: bool = False
    trusted: bool = True
    region: str = "CZ"
    calls: int = 100
    rate: int = 100
    ping_s: int = 30
    symmetric: bool = False
    tcp_if_large: bool = False
    exchange: bool = False
    bridges: tuple[str, ...] = ()

    def is_of(self, bridge: str) -> bool:
        return self.enabled and (not self.bridges or bridge in self.bridges)


class TrunkDraft(Trunk, frozen=True, kw_only=True):
    """A trunk as it is edited. A password of None is left as it is; none is ever shown."""

    password: str | None = None
    inbound_password: str | None = None


class Passwords(msgspec.Struct, frozen=True, kw_only=True):
    """Of a trunk, in the clear; None: none, or (of a draft) as it was."""

    password: str | None = None
    inbound_password: str | None = None

    def __repr__(self) -> str:
        return "Passwords(…)"


class TrunkNow(msgspec.Struct, frozen=True, kw_only=True):
    """What one bridge finds of one trunk. ``status``: the SIP status of the last failure, 0 when nothing came back."""

    name: str
    reachable: TrunkHealth
    registered: TrunkHealth
    status: int | None
    since: datetime
    calls: int


class BridgeNow(msgspec.Struct, frozen=True, kw_only=True):
    """Which trunks a bridge uses: those that were given to it, or those of its own settings. ``wrong``: why not the former."""

    bridge: str
    given: bool
    wrong: str
    trunks: tuple[TrunkNow, ...]
