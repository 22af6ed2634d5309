"""Settings of a process, read once from the environment (``KC_…``). No secret has a default."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Config(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="KC_")

    database_url: SecretStr
    """``postgresql+asyncpg://…``"""
    secret: SecretStr
    """Key for what is encrypted at rest (second factors)."""
    link_token: SecretStr
    """What a bridge shows to be let in."""
    files: Path = ROOT / "var" / "files"
    """Prompts and recordings."""
    recording_keys: Path
    """File of the keys that wrap those of recordings; ``python -m backend.recordings add-key`` makes it."""
    recording_vault: str = ""
    """Where sealed recordings are kept: ``file:///folder`` or ``s3://bucket/prefix``; empty for a folder of ``files``."""
    audit_folder: Path | None = None
    """The key that signs the audit and the signed checkpoints of it; empty for ``files/audit``."""
    audit_checkpoints: str = ""
    """Where checkpoints are written instead: ``s3://bucket/prefix`` that nobody may change, or ``file:///folder``."""
    audit_seal_s: float = Field(default=5.0, gt=0, le=60)
    """The audit is sealed this often: what is younger could still be changed unseen by who owns the database."""
    audit_months: int = Field(default=18, ge=6)
    """How long the audit is kept."""
    vapid_key: Path | None = None
    """File of the key by which push services know us; without one there is no push."""
    push_contact: str = "mailto:kc@localhost.localdomain"
    """Whom a push service writes to when we trouble it; an address of the installation's own."""
    push_hosts: str = ""
    """Push services beside those of the browsers: ``host:port``, separated by spaces."""
    push_proxy: str = ""
    """Address of the proxy through which push services are reached."""
    lookup_hosts: str = ""
    """Where voice menus may look things up: ``host`` or ``host:port``, separated by spaces; nowhere by default."""
    pwa: Path = ROOT / "pwa" / "dist"
    public_origins: str = ""
    """Origins, beside our own, from which browsers may call; separated by spaces."""
    trusted_networks: str = "127.0.0.0/8 ::1/128"
    """Networks from which signing in needs no second factor."""
    trusted_proxies: str = ""
    """Networks of reverse proxies whose X-Forwarded-For is believed."""
    insecure_cookies: bool = False
    """Only for tests over plain HTTP on an address other than loopback."""
    directory_password: SecretStr | None = None
    """Of the account that reads the directory."""
    directory_ca: Path | None = None
    """Certificates of the authorities that sign those of the domain controllers; otherwise those that the system trusts."""
    keytab: Path | None = None
    """Key of our service for single sign-on by Kerberos (``HTTP/kc.…``)."""
    openid_secret: SecretStr | None = None
    """Of our client at the OpenID Connect provider."""
    icis_token: Annotated[SecretStr, Field(min_length=32)] | None = None
    """What ICIS shows to be let in, 32 characters at least; without one nothing is taken from it."""
    icis_networks: str = "127.0.0.0/8 ::1/128"
    """Networks from which ICIS comes."""
    introspection: bool = False
    operations: Literal["known", "any"] = "known"
    """Which GraphQL operations are carried out: those of our own pages, or whatever is asked (for development and tests)."""
    session_hours: int = Field(default=12, ge=1)
    session_idle_minutes: int = Field(default=120, ge=1)
    default_bridge: str = "bridge-1"

    @cached_property
    def prompts(self) -> Path:
        return self.files / "prompts"

    @cached_property
    def recordings(self) -> Path:
        return self.files / "recordings"

    @property
    def audit(self) -> Path:
        return self.audit_folder or self.files / "audit"

    @property
    def vault(self) -> str:
        return self.recording_vault or f"file://{(self.files / 'kept').resolve()}"

    def trusts(self, address: str) -> bool:
        """Whether a client at ``address`` may sign in without a second factor."""
        return _within(address, self._trusted)

    def is_icis(self, address: str) -> bool:
        return _within(address, self._icis)

    def is_proxy(self, address: str) -> bool:
        return _within(address, self._proxies)

    @cached_property
    def _trusted(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(n) for n in self.trusted_networks.split()]

    @cached_property
    def _icis(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(n) for n in self.icis_networks.split()]

    @cached_property
    def _proxies(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(n) for n in self.trusted_proxies.split()]


def _within(address: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)
