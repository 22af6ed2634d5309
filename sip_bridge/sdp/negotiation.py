"""Our side of offer/answer for one audio stream (RFC 3264): offers, answers, and what came out of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sip_bridge.sdp.audio import (
    MASTER_BYTES,
    AudioStream,
    Codec,
    Direction,
    SdesKey,
    Suite,
    audio_of,
    section,
)
from sip_bridge.sdp.model import Description, Media, Origin, SdpError, parse

PCMA = Codec(8, "PCMA")
PCMU = Codec(0, "PCMU")
TELEPHONE_EVENT = Codec(101, "telephone-event", fmtp="0-16")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a leg of ours offers: `address` and `port` of its socket, codecs in order of preference."""

    address: str
    port: int
    codecs: tuple[Codec, ...] = (PCMA, PCMU)
    dtmf: bool = True
    ptime: int = 20
    srtp_allowed: bool = False
    srtp_required: bool = False


@dataclass(frozen=True, slots=True)
class Agreed:
    """The stream both sides will use. `send_to`: the peer's RTP address; `direction` is seen from us."""

    send_to: tuple[str, int]
    rtcp_to: tuple[str, int]
    codec: Codec
    receive_payload_type: int
    dtmf_send: int | None
    dtmf_receive: int | None
    direction: Direction
    ptime: int
    held: bool
    local_key: SdesKey | None = None
    remote_key: SdesKey | None = None


@dataclass(slots=True)
class Negotiator:
    """The descriptions of one leg: one o= line whose version grows with every change (RFC 3264 section 8).

    `random_bytes` makes SRTP keys.
    """

    capabilities: Capabilities
    session_id: int
    random_bytes: Callable[[int], bytes]
    version: int = 0
    _sent: Description | None = None
    _keys: tuple[SdesKey, ...] = ()

    def offer(self, direction: Direction = Direction.SENDRECV) -> bytes:
        """An offer of everything we can; sections rejected earlier keep their place with port 0."""
        caps = self.capabilities
        secure = caps.srtp_required or (caps.srtp_allowed and bool(self._keys))
        if secure and not self._keys:
            self._keys = tuple(
                SdesKey(tag, suite, self.random_bytes(MASTER_BYTES)) for tag, suite in enumerate(Suite, start=1)
            )
        ours = section(
            port=caps.port,
            codecs=caps.codecs,
            dtmf=TELEPHONE_EVENT if caps.dtmf else None,
            direction=direction,
            ptime=caps.ptime,
            rtcp_mux=False,
            keys=self._keys if secure else (),
            secure=secure,
        )
        if self._sent is None:
            return self._send((ours,))
        place = next((i for i, media in enumerate(self._sent.media) if media.kind == "audio" and media.port), 0)
        return self._send(tuple(ours if i == place else media for i, media in enumerate(self._sent.media)))

    def answer(self, offer: bytes, wanted: Direction = Direction.SENDRECV) -> tuple[bytes, Agreed] | None:
        """Our answer and what it agrees on, None when nothing fits (488). SdpError when the offer is malformed."""
        description = parse(offer)
        stream = audio_of(self._preferred(description))
        if stream is None:
            return None
        caps = self.capabilities
        remote_key = min(stream.keys, key=lambda key: list(Suite).index(key.suite)) if stream.secure else None
        if (stream.secure and not (caps.srtp_allowed or caps.srtp_required)) or (
            caps.srtp_required and not stream.secure
        ):
            return None
        codec = _first_common(stream, caps)
        if codec is None:
            return None
        local_key = self._answer_key(remote_key) if remote_key is not None else None
        direction = stream.direction.mirrored.narrowed(wanted)
        dtmf = stream.dtmf if caps.dtmf else None
        answered_dtmf = replace(TELEPHONE_EVENT, payload_type=dtmf.payload_type) if dtmf else None
        ours = section(
            port=caps.port,
            codecs=(codec,),
            dtmf=answered_dtmf,
            direction=direction,
            ptime=stream.ptime or caps.ptime,
            rtcp_mux=stream.rtcp_mux,
            keys=(local_key,) if local_key else (),
            secure=stream.secure,
        )
        media = tuple(ours if i == stream.index else rejected(m) for i, m in enumerate(description.media))
        text = self._send(media)
        payload = dtmf.payload_type if dtmf else None
        return text, _agreed(
            stream, codec, codec.payload_type, payload, payload, direction, caps, local_key, remote_key
        )

    def expect_answer_to(self, offer: bytes) -> None:
        """An offer of ours that an earlier process sent. SdpError when it is none."""
        self._sent = parse(offer)

    def accept_answer(self, answer: bytes) -> Agreed | None:
        """What the peer's answer to our newest offer agrees on, None when it refuses our audio. SdpError when malformed."""
        stream = audio_of(parse(answer))
        if stream is None or self._sent is None:
            return None
        ours = audio_of(self._sent)
        if ours is None or stream.secure != ours.secure:
            return None
        codec = _first_common(stream, self.capabilities)
        if codec is None:
            return None
        local_key = remote_key = None
        if stream.secure:
            remote_key = stream.keys[0]
            local_key = next((key for key in self._keys if key.tag == remote_key.tag), None)
            if local_key is None or local_key.suite is not remote_key.suite:
                return None
        receive = next(c.payload_type for c in ours.codecs if c.name.upper() == codec.name.upper())
        dtmf_send = stream.dtmf.payload_type if stream.dtmf and ours.dtmf else None
        dtmf_receive = ours.dtmf.payload_type if ours.dtmf and stream.dtmf else None
        direction = ours.direction.narrowed(stream.direction.mirrored)
        return _agreed(
            stream, codec, receive, dtmf_send, dtmf_receive, direction, self.capabilities, local_key, remote_key
        )

    def _preferred(self, description: Description) -> Description:
        """Without a wish for SRTP plain audio sections come first; the order of the m= lines stays."""
        caps = self.capabilities
        allowed = {"RTP/AVP"} if not caps.srtp_allowed else {"RTP/AVP", "RTP/SAVP"}
        if caps.srtp_required:
            allowed = {"RTP/SAVP"}
        usable = any(m.protocol in allowed and m.kind == "audio" and m.port for m in description.media)
        secure_first = caps.srtp_allowed and any(m.protocol == "RTP/SAVP" for m in description.media)
        if secure_first:
            allowed = {"RTP/SAVP"}
        if not usable:
            return description
        media = tuple(m if m.protocol in allowed else rejected(m) for m in description.media)
        return replace(description, media=media)

    def _answer_key(self, remote: SdesKey) -> SdesKey:
        known = next((key for key in self._keys if (key.tag, key.suite) == (remote.tag, remote.suite)), None)
        if known is None:
            known = SdesKey(remote.tag, remote.suite, self.random_bytes(MASTER_BYTES))
            self._keys = (known,)
        return known

    def _send(self, media: tuple[Media, ...]) -> bytes:
        address = self.capabilities.address
        if self._sent is None or self._sent.media != media or self._sent.address != address:
            self.version += 1
        origin = Origin("kc", self.session_id, self.version, address)
        self._sent = Description(origin, address, media)
        return self._sent.encode()


def rejected(media: Media) -> Media:
    """The section with port 0 (RFC 3264 section 6)."""
    return Media(media.kind, 0, media.protocol, media.formats)


def _first_common(stream: AudioStream, caps: Capabilities) -> Codec | None:
    """The peer's first codec that we know too; it sends what it likes best, and so do we."""
    ours = {(codec.name.upper(), codec.clock_rate) for codec in caps.codecs}
    return next((c for c in stream.codecs if (c.name.upper(), c.clock_rate) in ours and c.channels == 1), None)


def _agreed(
    stream: AudioStream,
    codec: Codec,
    receive: int,
    dtmf_send: int | None,
    dtmf_receive: int | None,
    direction: Direction,
    caps: Capabilities,
    local_key: SdesKey | None,
    remote_key: SdesKey | None,
) -> Agreed:
    return Agreed(
        send_to=(stream.address, stream.port),
        rtcp_to=(stream.address, stream.rtcp_port),
        codec=codec,
        receive_payload_type=receive,
        dtmf_send=dtmf_send,
        dtmf_receive=dtmf_receive,
        direction=direction,
        ptime=stream.ptime or caps.ptime,
        held=stream.held,
        local_key=local_key,
        remote_key=remote_key,
    )


__all__ = ["PCMA", "PCMU", "TELEPHONE_EVENT", "Agreed", "Capabilities", "Negotiator", "SdpError", "rejected"]
