"""The audio stream of a telephone leg: codecs, DTMF, direction, hold, RTCP, SDES keys (RFC 3264, 3551, 4568, 4733, 5761)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum

from sip_bridge.sdp.model import Attribute, Description, Media, SdpError

_STATIC = {"0": ("PCMU", 8_000, 1), "8": ("PCMA", 8_000, 1), "9": ("G722", 8_000, 1), "3": ("GSM", 8_000, 1),
           "18": ("G729", 8_000, 1), "13": ("CN", 8_000, 1)}  # fmt: skip
_RTPMAP = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9_.-]+)/([0-9]{1,6})(?:/([0-9]{1,2}))?\s*\Z")
_RTCP = re.compile(r"([0-9]{1,5})(?: IN IP[46] ([^ ]+))?\s*\Z")
_CRYPTO = re.compile(r"([0-9]{1,9}) ([A-Za-z0-9_]+) inline:([A-Za-z0-9+/=]+)(\|[^ ;]*)?(;[^ ]*)?((?: [^ ]+)*)\s*\Z")
MASTER_BYTES = 30  # 128-bit key and 112-bit salt (RFC 4568 section 6.1)


class Direction(StrEnum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def mirrored(self) -> Direction:
        """The same stream seen by the other side."""
        return _MIRROR.get(self, self)

    def narrowed(self, wanted: Direction) -> Direction:
        """What we may answer when this is what the peer's offer leaves us and `wanted` is our wish."""
        send = self.sends and wanted.sends
        receive = self.receives and wanted.receives
        if send:
            return Direction.SENDRECV if receive else Direction.SENDONLY
        return Direction.RECVONLY if receive else Direction.INACTIVE

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)


_MIRROR = {Direction.SENDONLY: Direction.RECVONLY, Direction.RECVONLY: Direction.SENDONLY}


class Suite(StrEnum):
    """SRTP crypto suites in our order of preference."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"


@dataclass(frozen=True, slots=True)
class Codec:
    """A payload type and what it stands for."""

    payload_type: int
    name: str
    clock_rate: int = 8_000
    channels: int = 1
    fmtp: str = ""


@dataclass(frozen=True, slots=True)
class SdesKey:
    """One a=crypto line with a key we can use. `master`: key and salt, 30 bytes."""

    tag: int
    suite: Suite
    master: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return f"{self.tag} {self.suite} inline:{base64.b64encode(self.master).decode()}"


@dataclass(frozen=True, slots=True)
class AudioStream:
    """The usable audio section of a description. `index`: its place among the m= lines."""

    index: int
    address: str
    port: int
    codecs: tuple[Codec, ...]
    dtmf: Codec | None
    direction: Direction
    ptime: int | None = None
    rtcp_port: int = 0
    rtcp_mux: bool = False
    secure: bool = False
    keys: tuple[SdesKey, ...] = ()

    @property
    def held(self) -> bool:
        """The peer does not listen: sendonly, inactive, or the old 0.0.0.0."""
        return not self.direction.receives or self.address in ("0.0.0.0", "::")


def audio_of(description: Description) -> AudioStream | None:
    """The first audio section that is not switched off and whose transport we speak; None without one.

    SdpError when that section is contradictory.
    """
    for index, media in enumerate(description.media):
        if media.kind == "audio" and media.port and media.protocol in ("RTP/AVP", "RTP/SAVP"):
            keys = _keys(media)
            if media.protocol == "RTP/SAVP" and not keys:
                continue
            return _stream(description, index, media, keys)
    return None


def _stream(description: Description, index: int, media: Media, keys: tuple[SdesKey, ...]) -> AudioStream:
    codecs = codecs_of(media)
    dtmf = next(
        (codec for codec in codecs if codec.name.lower() == "telephone-event" and codec.clock_rate == 8_000), None
    )
    rtcp_port, mux = media.port + 1, media.has("rtcp-mux")
    for value in media.values("rtcp"):
        match = _RTCP.match(value)
        if not match or not 0 < int(match[1]) < 65_536:
            raise SdpError("malformed a=rtcp")
        rtcp_port = int(match[1])
    ptime = None
    for value in media.values("ptime"):
        digits = value.strip().partition(".")[0]
        if digits.isascii() and digits.isdigit() and 0 < int(digits) <= 200:
            ptime = int(digits)
    return AudioStream(
        index=index,
        address=media.address or description.address or "",
        port=media.port,
        codecs=tuple(codec for codec in codecs if codec.name.lower() != "telephone-event"),
        dtmf=dtmf,
        direction=_direction(description, media),
        ptime=ptime,
        rtcp_port=media.port if mux else rtcp_port,
        rtcp_mux=mux,
        secure=media.protocol == "RTP/SAVP",
        keys=keys,
    )


def codecs_of(media: Media) -> list[Codec]:
    """The formats of an m= line with their rtpmap and fmtp, in the peer's order; dynamic ones without rtpmap are left out."""
    maps: dict[str, tuple[str, int, int]] = dict(_STATIC)
    for value in media.values("rtpmap"):
        match = _RTPMAP.match(value)
        if match:
            maps[match[1]] = (match[2], int(match[3]), int(match[4] or 1))
    parameters = {}
    for value in media.values("fmtp"):
        payload_type, _, rest = value.partition(" ")
        parameters[payload_type] = rest.strip()
    codecs = []
    for payload_type in media.formats:
        if payload_type in maps and payload_type.isdigit() and int(payload_type) < 128:
            name, rate, channels = maps[payload_type]
            codecs.append(Codec(int(payload_type), name, rate, channels, parameters.get(payload_type, "")))
    return codecs


def _direction(description: Description, media: Media) -> Direction:
    for holder in (media, description):
        for direction in Direction:
            if holder.has(direction.value):
                return direction
    return Direction.SENDRECV


def _keys(media: Media) -> tuple[SdesKey, ...]:
    keys = []
    for value in media.values("crypto"):
        match = _CRYPTO.match(value)
        # Session parameters (UNENCRYPTED_SRTP, KDR, WSH…) and an MKI would change the packets: not ours.
        if not match or match[5] or match[6].strip() or ":" in (match[4] or ""):
            continue
        try:
            suite, master = Suite(match[2]), base64.b64decode(match[3], validate=True)
        except (ValueError, binascii.Error):
            continue
        if len(master) == MASTER_BYTES:
            keys.append(SdesKey(int(match[1]), suite, master))
    return tuple(keys)


def section(
    *,
    port: int,
    codecs: tuple[Codec, ...],
    dtmf: Codec | None,
    direction: Direction,
    ptime: int | None,
    rtcp_mux: bool,
    keys: tuple[SdesKey, ...] = (),
    secure: bool = False,
) -> Media:
    """An m= section of ours."""
    listed = (*codecs, dtmf) if dtmf is not None else codecs
    attributes = []
    for codec in listed:
        attributes.append(Attribute("rtpmap", f"{codec.payload_type} {codec.name}/{codec.clock_rate}"))
        if codec.fmtp:
            attributes.append(Attribute("fmtp", f"{codec.payload_type} {codec.fmtp}"))
    if ptime:
        attributes.append(Attribute("ptime", str(ptime)))
    if rtcp_mux:
        attributes.append(Attribute("rtcp-mux"))
    attributes += [Attribute("crypto", key.text) for key in keys]
    attributes.append(Attribute(direction.value))
    protocol = "RTP/SAVP" if secure else "RTP/AVP"
    return Media("audio", port, protocol, tuple(str(c.payload_type) for c in listed), None, tuple(attributes))
