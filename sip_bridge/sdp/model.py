"""SDP as data, and its text form (RFC 8866). Generic lines here; what audio needs is read by `audio`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_BYTES = 32_768
MAX_MEDIA = 32
_MEDIA = re.compile(r"([A-Za-z0-9-]+) ([0-9]{1,5})(?:/[0-9]+)? ([A-Za-z0-9/-]+)((?: [^ ]+)+)\Z")
_ORIGIN = re.compile(r"([^ ]+) ([0-9]{1,20}) ([0-9]{1,20}) IN (IP4|IP6) ([^ ]+)\Z")
_CONNECTION = re.compile(r"IN (IP4|IP6) ([^ /]+)(?:/[0-9/]+)?\Z")


class SdpError(ValueError):
    """The peer's description cannot be used."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line: who describes which session in which version."""

    user: str
    session_id: int
    version: int
    address: str

    def next(self) -> Origin:
        return Origin(self.user, self.session_id, self.version + 1, self.address)


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """One m= section. `address` None: the session's."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str | None = None
    attributes: tuple[Attribute, ...] = ()

    def values(self, name: str) -> list[str]:
        return [attribute.value or "" for attribute in self.attributes if attribute.name == name]

    def has(self, name: str) -> bool:
        return any(attribute.name == name for attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class Description:
    """A whole session description."""

    origin: Origin
    address: str | None
    media: tuple[Media, ...]
    attributes: tuple[Attribute, ...] = ()
    name: str = "-"

    def has(self, name: str) -> bool:
        return any(attribute.name == name for attribute in self.attributes)

    def encode(self) -> bytes:
        o = self.origin
        lines = ["v=0", f"o={o.user} {o.session_id} {o.version} IN {_family(o.address)} {o.address}", f"s={self.name}"]
        if self.address is not None:
            lines.append(f"c=IN {_family(self.address)} {self.address}")
        lines.append("t=0 0")
        lines += [_attribute_line(attribute) for attribute in self.attributes]
        for media in self.media:
            lines.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
            if media.address is not None:
                lines.append(f"c=IN {_family(media.address)} {media.address}")
            lines += [_attribute_line(attribute) for attribute in media.attributes]
        return ("\r\n".join(lines) + "\r\n").encode()


@dataclass(slots=True)
class _Section:
    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str | None = None
    attributes: list[Attribute] = field(default_factory=list)


def parse(data: bytes) -> Description:
    """Read a description; bare LF and unknown lines are tolerated. SdpError when it cannot be used."""
    if len(data) > MAX_BYTES:
        raise SdpError("description is too long")
    lines = [line.rstrip("\r") for line in data.decode("utf-8", "replace").split("\n")]
    if not lines or lines[0].strip() != "v=0":
        raise SdpError("no v=0 line")
    origin: Origin | None = None
    name, address = "-", None
    attributes: list[Attribute] = []
    sections: list[_Section] = []
    for line in lines[1:]:
        letter, equals, value = line.partition("=")
        if not line.strip():
            continue
        if not equals or len(letter) != 1:
            raise SdpError("malformed line")
        if letter == "m":
            sections.append(_section(value))
            if len(sections) > MAX_MEDIA:
                raise SdpError("too many media sections")
        elif letter == "c":
            if sections:
                sections[-1].address = _address(value)
            else:
                address = _address(value)
        elif letter == "a":
            key, colon, rest = value.strip().partition(":")
            (sections[-1].attributes if sections else attributes).append(Attribute(key, rest if colon else None))
        elif letter == "o" and origin is None and not sections:
            origin = _origin(value)
        elif letter == "s" and not sections:
            name = value or "-"
    if origin is None:
        raise SdpError("no o= line")
    media = tuple(Media(s.kind, s.port, s.protocol, s.formats, s.address, tuple(s.attributes)) for s in sections)
    if any(m.port and m.address is None for m in media) and address is None:
        raise SdpError("no c= line")
    return Description(origin, address, media, tuple(attributes), name)


def _section(value: str) -> _Section:
    match = _MEDIA.match(value.strip())
    if not match or int(match[2]) > 65_535:
        raise SdpError("malformed m= line")
    return _Section(match[1].lower(), int(match[2]), match[3], tuple(match[4].split()))


def _origin(value: str) -> Origin:
    match = _ORIGIN.match(value.strip())
    if not match:
        raise SdpError("malformed o= line")
    return Origin(match[1], int(match[2]), int(match[3]), match[5])


def _address(value: str) -> str:
    match = _CONNECTION.match(value.strip())
    if not match:
        raise SdpError("malformed c= line")
    return match[2]


def _family(address: str) -> str:
    return "IP6" if ":" in address else "IP4"


def _attribute_line(attribute: Attribute) -> str:
    return f"a={attribute.name}" if attribute.value is None else f"a={attribute.name}:{attribute.value}"
