"""The answer to a browser's offer (RFC 8829, RFC 8839, RFC 8842): one bundled audio section, PCMA and telephone-event.

Pure text work. What the offer lacks is said as an `OfferRefused`, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from ipaddress import ip_address

from sip_bridge.webrtc.dtls import is_known_fingerprint

MOST_OFFER = 64 << 10


class OfferProblem(StrEnum):
    NOT_SDP = auto()
    NO_AUDIO = auto()
    NO_PCMA = auto()
    NO_DTLS = auto()
    NO_ICE = auto()
    NO_RTCP_MUX = auto()
    WRONG_SETUP = auto()  # the browser insists on being the DTLS server


@dataclass(frozen=True, slots=True)
class OfferRefused:
    problem: OfferProblem
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AudioOffer:
    """What we need of an offer. `mids` and `kinds` are all its media sections, in order; `audio_index` is ours."""

    audio_index: int
    media: tuple[tuple[str, str, str], ...]  # (kind, protocol, formats) of each m= line
    mids: tuple[str, ...]
    bundled: bool
    ufrag: str
    password: str
    fingerprint: str
    payload_type: int
    telephone_event: int | None
    direction: str


@dataclass(frozen=True, slots=True)
class LocalEnd:
    """Our side of the answer: from `BrowserLegOpened`, and the addresses at which browsers reach the worker."""

    ufrag: str
    password: str
    fingerprint: str
    port: int
    ssrc: int
    addresses: Sequence[str]


_DIRECTIONS = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


def read_offer(offer: str) -> AudioOffer | OfferRefused:
    """Find the audio section of an offer and what the worker must know of it."""
    sections = _sections(offer)
    if sections is None:
        return OfferRefused(OfferProblem.NOT_SDP)
    session, media = sections[0], sections[1:]
    live = [
        index
        for index, section in enumerate(media)
        if section[0].startswith("m=audio ") and section[0].split()[1] != "0"
    ]
    if not live:
        return OfferRefused(OfferProblem.NO_AUDIO)
    index = live[0]
    lines = media[index]
    types = _payload_types(lines)
    pcma = types.get("PCMA/8000")
    if pcma is None and "8" in lines[0].split()[3:]:
        pcma = 8  # static type without rtpmap
    if pcma is None:
        return OfferRefused(OfferProblem.NO_PCMA, ", ".join(sorted(types)))
    fingerprints = [value for value in _values(lines, session, "fingerprint") if is_known_fingerprint(value)]
    if not fingerprints or "UDP/TLS/RTP/SAVP" not in lines[0]:
        return OfferRefused(OfferProblem.NO_DTLS)
    ufrag, password = _values(lines, session, "ice-ufrag"), _values(lines, session, "ice-pwd")
    if not ufrag or not password:
        return OfferRefused(OfferProblem.NO_ICE)
    if "a=rtcp-mux" not in lines:
        return OfferRefused(OfferProblem.NO_RTCP_MUX)
    setup = _values(lines, session, "setup")
    if setup and setup[0] not in ("actpass", "active"):
        return OfferRefused(OfferProblem.WRONG_SETUP, setup[0])
    heads = [section[0][2:].split(" ", 3) for section in media]
    if any(len(head) != 4 for head in heads):
        return OfferRefused(OfferProblem.NOT_SDP)
    mids = tuple((_values(section, [], "mid") or [""])[0] for section in media)
    groups = [value.split()[1:] for value in _values(session, [], "group") if value.startswith("BUNDLE")]
    direction = next((name for name in _DIRECTIONS if f"a={name}" in lines), "sendrecv")
    return AudioOffer(
        audio_index=index,
        media=tuple((head[0], head[2], head[3]) for head in heads),
        mids=mids,
        bundled=any(mids[index] in group for group in groups),
        ufrag=ufrag[0],
        password=password[0],
        fingerprint=fingerprints[0],
        payload_type=pcma,
        telephone_event=types.get("telephone-event/8000"),
        direction=direction,
    )


def answer_for(offer: str, local: LocalEnd, session_id: int = 1, version: int = 1) -> str | OfferRefused:
    """The SDP answer to an offer, or why there is none. Give a higher `version` when a session is negotiated anew."""
    read = read_offer(offer)
    return read if isinstance(read, OfferRefused) else answer(read, local, session_id, version)


def answer(offer: AudioOffer, local: LocalEnd, session_id: int = 1, version: int = 1) -> str:
    """The SDP answer to an offer that was read."""
    first = local.addresses[0]
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN {_family(first)} {first}",
        "s=-",
        "t=0 0",
        "a=ice-lite",
    ]
    if offer.bundled:
        lines.append(f"a=group:BUNDLE {offer.mids[offer.audio_index]}")
    lines.append("a=msid-semantic: WMS kc")
    for index, (kind, protocol, formats) in enumerate(offer.media):
        if index == offer.audio_index:
            lines += _audio(offer, local)
        else:  # a section that we do not take (RFC 3264 §6)
            lines += [f"m={kind} 0 {protocol} {formats}", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{offer.mids[index]}"] if offer.mids[index] else []
            lines.append("a=inactive")
    return "\r\n".join(lines) + "\r\n"


def _audio(offer: AudioOffer, local: LocalEnd) -> list[str]:
    first = local.addresses[0]
    types = [offer.payload_type] + ([offer.telephone_event] if offer.telephone_event is not None else [])
    lines = [
        f"m=audio {local.port} UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        f"c=IN {_family(first)} {first}",
        f"a=rtcp:{local.port} IN {_family(first)} {first}",
    ]
    lines += [f"a=mid:{offer.mids[offer.audio_index]}"] if offer.mids[offer.audio_index] else []
    lines += [
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint}",
        "a=setup:passive",
        "a=rtcp-mux",
        f"a={_DIRECTIONS[offer.direction]}",
        f"a=rtpmap:{offer.payload_type} PCMA/8000",
    ]
    if offer.telephone_event is not None:
        lines += [
            f"a=rtpmap:{offer.telephone_event} telephone-event/8000",
            f"a=fmtp:{offer.telephone_event} 0-15",
        ]
    lines += ["a=ptime:20", "a=msid:kc audio", f"a=ssrc:{local.ssrc} cname:kc"]
    for index, address in enumerate(local.addresses):
        priority = (126 << 24) | ((65535 - index) << 8) | 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {address} {local.port} typ host")
    return [*lines, "a=end-of-candidates"]


def _family(address: str) -> str:
    return f"IP{ip_address(address).version}"


def _sections(text: str) -> list[list[str]] | None:
    """Lines of the session part and of each media section; None when this is no SDP."""
    if len(text) > MOST_OFFER or not text.startswith("v=0"):
        return None
    sections: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line.strip()
        if line.startswith("m="):
            if len(line.split()) < 4:
                return None
            sections.append([])
        if line:
            sections[-1].append(line)
    return sections


def _values(lines: Sequence[str], session: Sequence[str], name: str) -> list[str]:
    """Values of an attribute in the section, else in the session part."""
    start = f"a={name}:"
    for part in (lines, session):
        found = [line[len(start) :].strip() for line in part if line.startswith(start)]
        if found:
            return found
    return []


def _payload_types(lines: Sequence[str]) -> dict[str, int]:
    """Payload type of each `encoding/clock` of a media section, as far as its m= line offers it."""
    offered = set(lines[0].split()[3:])
    types: dict[str, int] = {}
    for value in _values(lines, [], "rtpmap"):
        number, _, encoding = value.partition(" ")
        if number in offered and number.isdigit() and int(number) < 128:
            name, _, clock = encoding.strip().partition("/")
            key = name if name == "telephone-event" else name.upper()
            types.setdefault(f"{key}/{clock.split('/')[0]}", int(number))
    return types
