"""Settings of a bridge, read once from the environment (``KC_BRIDGE_…``; the link token is shared: ``KC_LINK_TOKEN``)."""

from pathlib import Path

import msgspec
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sip_bridge.contract import Srtp, TrunkSpec


class Config(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="KC_BRIDGE_")

    name: str = "bridge-1"
    backend: str = "ws://127.0.0.1:8080/bridge"
    link_token: SecretStr = Field(validation_alias=AliasChoices("KC_LINK_TOKEN", "KC_BRIDGE_LINK_TOKEN"))
    folder: Path
    """Journal and sockets of this bridge. On a local disk."""
    prompts: Path
    recordings: Path
    address: str = "127.0.0.1"
    """Our address for SIP and RTP."""
    browser_addresses: str = ""
    """Addresses at which browsers reach the media port, if others than ``address``; separated by spaces."""
    sip_port: int = 5060
    sip_tls_certificate: Path | None = None
    sip_tls_key: Path | None = None
    sip_tls_port: int = 5061
    rtp_ports: str = "20000-21999"
    webrtc_port: int = 22000
    trusted: str = ""
    """Networks of the PBX for the simple case of one trunk by IP trust, named ``pbx``; separated by spaces."""
    pbx_host: str = ""
    """Where outbound calls of that trunk go; the first trusted network's address if empty."""
    pbx_port: int = 5060
    counters_every_s: float = 15.0
    """How often ``metrics.prom`` in the folder is written anew."""
    trunks: Path | None = None
    """A JSON file with all trunks, instead of ``trusted``; either counts until an administrator saves trunks."""

    @property
    def media_socket(self) -> Path:
        return self.folder / "media.sock"

    @property
    def media_addresses(self) -> tuple[str, ...]:
        return tuple(self.browser_addresses.split()) or (self.address,)

    def own_trunks(self) -> tuple[TrunkSpec, ...]:
        """Those of this bridge's own settings, used until the backend gives others."""
        if self.trunks is not None:
            return tuple(msgspec.json.decode(self.trunks.read_bytes(), type=list[TrunkRow]))
        networks = tuple(self.trusted.split())
        if not networks:
            return ()
        host = self.pbx_host or networks[0].split("/")[0]
        made = TrunkSpec(
            name="pbx",
            host=host,
            port=self.pbx_port,
            networks=networks,
            rate=1000.0,
            srtp=Srtp.OPTIONAL,
            ping_interval=0.0,
        )
        return (made,)


class TrunkRow(TrunkSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trunk in the file: a field that does not exist is refused, it is a slip."""
