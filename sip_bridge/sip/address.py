"""SIP URIs, name-addr and Via values (RFC 3261 section 25.1), read without backtracking.

Hand-written scanners, linear in the input: these run on whatever the internet sends before anybody is authenticated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

_HOSTPORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)(?:\s*:\s*([0-9]{1,5}))?\s*\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_VIA = re.compile(r"SIP\s*/\s*\d\.\d\s*/\s*([A-Za-z0-9-]+)\s+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)")
_VIA_PORT = re.compile(r"\s*:\s*([0-9]{1,5})")
_BAD_IN_URI = re.compile(r'[\s<>"]')
_USER_SAFE = "-_.!~*'()&=+$,;?/"

Parameters = dict[str, str | None]


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at `separator` outside double quotes and angle brackets; empty pieces stay."""
    if '"' not in text and "<" not in text:
        return text.split(separator)
    pieces: list[str] = []
    start = 0
    quoted = angled = escaped = False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            if char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char == "<":
            angled = True
        elif char == ">":
            angled = False
        elif char == separator and not angled:
            pieces.append(text[start:index])
            start = index + 1
    pieces.append(text[start:])
    return pieces


def unquote_string(text: str) -> str:
    """The content of a quoted-string, or the text itself."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def quote_string(text: str) -> str:
    """A quoted-string; control characters, which could break the header line, are dropped."""
    clean = "".join(char for char in text if char >= " " and char != "\x7f")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_parameters(text: str) -> Parameters:
    """`;a=b;c` to a dict with lower-case names; ValueError on an empty or nameless parameter."""
    parameters: Parameters = {}
    text = text.strip()
    if not text:
        return parameters
    if text[0] != ";":
        raise ValueError("parameters do not start with a semicolon")
    for piece in split_outside_quotes(text[1:], ";"):
        name, equals, value = piece.partition("=")
        name = name.strip().lower()
        if not name:
            raise ValueError("parameter without a name")
        parameters[name] = unquote_string(value.strip()) if equals else None
    return parameters


def is_broken(uri: str) -> bool:
    """White space or delimiters stand where a bare URI should be."""
    return not uri or _BAD_IN_URI.search(uri) is not None


@dataclass(frozen=True, slots=True)
class Uri:
    """A sip, sips or tel URI. Of another scheme only `scheme` and `text` are known.

    `headers` is the raw part after `?`; `text` is the URI as received.
    """

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    parameters: Parameters = field(default_factory=dict)
    headers: str = ""
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Uri:
        """ValueError when it is no URI at all."""
        if _BAD_IN_URI.search(text):
            raise ValueError("URI holds white space or delimiters")
        scheme, colon, rest = text.partition(":")
        if not colon or not _SCHEME.match(scheme) or not rest:
            raise ValueError("URI has no scheme")
        scheme = scheme.lower()
        if scheme == "tel":
            number, semicolon, tail = rest.partition(";")
            return cls(scheme, number, "", None, parse_parameters(semicolon + tail), "", text)
        if scheme not in ("sip", "sips"):
            return cls(scheme, None, "", None, {}, "", text)
        userinfo, at, hostpart = rest.partition("@")
        if not at:
            userinfo, hostpart = "", rest
        hostpart, _, headers = hostpart.partition("?")
        hostport, semicolon, tail = hostpart.partition(";")
        match = _HOSTPORT.match(hostport)
        if not match:
            raise ValueError("URI has no valid host")
        port = int(match[2]) if match[2] else None
        if port is not None and not 0 < port < 65536:
            raise ValueError("URI port is out of range")
        user = unquote(userinfo.partition(":")[0]) if at else None
        return cls(scheme, user, match[1], port, parse_parameters(semicolon + tail), headers, text)

    @property
    def header_fields(self) -> dict[str, str]:
        """The `?a=b&c=d` part, unescaped, names in lower case."""
        fields = {}
        for piece in self.headers.split("&"):
            name, equals, value = piece.partition("=")
            if equals:
                fields[unquote(name).lower()] = unquote(value)
        return fields

    def without_headers(self) -> str:
        """The URI as it may stand in a Request-Line (RFC 3261 section 19.1.5)."""
        return self.text.partition("?")[0] if self.headers else self.text


def sip_uri(user: str | None, host: str, port: int | None = None, *, transport: str = "", secure: bool = False) -> str:
    """A sip or sips URI; the user part is escaped, an IPv6 host gets its brackets."""
    text = "sips:" if secure else "sip:"
    if user is not None:
        text += quote(user, safe=_USER_SAFE) + "@"
    text += bracketed(host)
    if port is not None:
        text += f":{port}"
    return f"{text};transport={transport}" if transport else text


def bracketed(host: str) -> str:
    """An IPv6 address in brackets, anything else as it is."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def unbracketed(host: str) -> str:
    """An address as the socket layer wants it."""
    return host[1:-1] if host.startswith("[") else host


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A From, To, Contact, Route or P-Asserted-Identity value."""

    uri: Uri
    name: str = ""
    parameters: Parameters = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """ValueError when it is neither name-addr nor addr-spec."""
        text = text.strip()
        name = ""
        if text.startswith('"'):
            end = _closing_quote(text)
            name = unquote_string(text[: end + 1])
            text = text[end + 1 :].lstrip()
            if not text.startswith("<"):
                raise ValueError("display name without an address")
        if "<" in text:
            before, _, rest = text.partition("<")
            uri_text, closing, tail = rest.partition(">")
            if not closing:
                raise ValueError("address is not closed")
            name = name or before.strip()
            return cls(Uri.parse(uri_text.strip()), name, parse_parameters(tail))
        uri_text, semicolon, tail = text.partition(";")
        return cls(Uri.parse(uri_text.strip()), name, parse_parameters(semicolon + tail))

    @property
    def tag(self) -> str | None:
        return self.parameters.get("tag")


def _closing_quote(text: str) -> int:
    index = 1
    while index < len(text):
        if text[index] == "\\":
            index += 2
            continue
        if text[index] == '"':
            return index
        index += 1
    raise ValueError("quoted string is not closed")


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value (RFC 3261 section 20.42, rport from RFC 3581)."""

    transport: str
    host: str
    port: int | None
    parameters: Parameters
    text: str

    @classmethod
    def parse(cls, text: str) -> Via:
        """ValueError when malformed."""
        text = text.strip()
        match = _VIA.match(text)
        if not match:
            raise ValueError("Via is malformed")
        rest = text[match.end() :]
        port = None
        if port_match := _VIA_PORT.match(rest):
            port = int(port_match[1])
            if not 0 < port < 65536:
                raise ValueError("Via port is out of range")
            rest = rest[port_match.end() :]
        return cls(match[1].upper(), match[2], port, parse_parameters(rest), text)

    @property
    def branch(self) -> str:
        return self.parameters.get("branch") or ""

    @property
    def sent_by(self) -> str:
        return f"{self.host.lower()}:{self.port or 5060}"
