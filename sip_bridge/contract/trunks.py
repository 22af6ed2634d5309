"""Trunks in the contract: what a bridge is to use, and what it finds of each."""

from enum import StrEnum

import msgspec


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    @property
    def reliable(self) -> bool:
        return self is not Transport.UDP

    @property
    def default_port(self) -> int:
        return 5061 if self is Transport.TLS else 5060


class Srtp(StrEnum):
    """Whether media on the trunk is encrypted (SDES, RFC 4568)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Login(msgspec.Struct, frozen=True):
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"


class TrunkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One trunk. What the fields mean stands at ``sip_bridge.sip.trunk.Trunk``."""

    name: str
    host: str
    port: int = 5060
    transport: Transport = Transport.UDP
    networks: tuple[str, ...] = ()
    credentials: Login | None = None
    inbound: Login | None = None
    register: bool = False
    register_expires: int = 300
    domain: str = ""
    allowed_prefixes: tuple[str, ...] = ("",)
    callers: tuple[str, ...] = ()
    calls: int = 1000
    rate: float = 100.0
    ping_interval: float = 30.0
    symmetric: bool = False
    tcp_if_large: bool = False
    trusted: bool = True
    region: str = "CZ"
    srtp: Srtp = Srtp.OFF


class UseTrunks(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Exactly these trunks from now on, in the order in which calls out try them; None: those of the bridge's own settings.

    A fact and no command: said when the bridge comes and whenever it changes, never kept (there are passwords in it). Calls
    that are up go on, whatever becomes of their trunk.
    """

    trunks: tuple[TrunkSpec, ...] | None


class TrunkHealth(StrEnum):
    """What OPTIONS or REGISTER say of a trunk."""

    UNKNOWN = "unknown"
    """Not asked, or no answer yet."""
    UP = "up"
    DOWN = "down"


class TrunkState(msgspec.Struct, frozen=True, kw_only=True):
    """One trunk of a bridge. ``status``: the SIP status of the last failure of either, 0 when nothing came back."""

    name: str
    reachable: TrunkHealth = TrunkHealth.UNKNOWN
    registered: TrunkHealth = TrunkHealth.UNKNOWN
    status: int | None = None
    since_s: float = 0.0
    """For how long all that has been so, in seconds."""
    calls: int = 0


class TrunksChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All trunks that the bridge uses. Believed for ``expires_s`` seconds from the report's time; said again before.

    ``given``: they were given by ``UseTrunks``. ``wrong``: why those given last are not used, empty when they are.
    """

    trunks: tuple[TrunkState, ...]
    given: bool
    expires_s: float
    wrong: str = ""
