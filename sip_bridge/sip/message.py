"""SIP messages: reading with limits, writing, lazily typed header values (RFC 3261 sections 7 and 25).

Headers keep the peer's text untouched, so what we echo (Via, From, To, Route) goes back byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from sip_bridge.sip.address import NameAddr, Via, is_broken, split_outside_quotes
from sip_bridge.sip.errors import PeerError

COMPACT = {
    "i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type", "f": "from",
    "s": "subject", "k": "supported", "t": "to", "v": "via", "x": "session-expires", "r": "refer-to",
    "b": "referred-by", "o": "event", "u": "allow-events", "a": "accept-contact", "j": "reject-contact",
    "d": "request-disposition", "y": "identity",
}  # fmt: skip
_DISPLAY = {
    "call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate", "rack": "RAck", "rseq": "RSeq",
    "min-se": "Min-SE", "mime-version": "MIME-Version",
}  # fmt: skip
_SINGLE = ("from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type", "rack", "rseq", "event")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+\Z")
_CSEQ = re.compile(r"([0-9]{1,10})\s+([A-Za-z0-9.!%*_+`'~-]+)\Z")
_DIGITS = re.compile(r"[0-9]{1,10}\Z")
_CONTROL = re.compile(r"[\x00\r\n]")

REASONS = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
    202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone",
    413: "Request Entity Too Large", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
    420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 600: "Busy Everywhere",
    603: "Decline",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one message may cost us."""

    message_bytes: int = 65_535
    header_lines: int = 128
    line_chars: int = 4_096


@lru_cache(maxsize=512)
def display_name(name: str) -> str:
    """`call-id` as `Call-ID`."""
    return _DISPLAY.get(name) or "-".join(part.capitalize() for part in name.split("-"))


class Headers:
    """Header values by lower-case long name, in order; one entry per line received, commas unsplit."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        self._values.setdefault(name.lower(), []).append(value)

    def set(self, name: str, value: str) -> None:
        self._values[name.lower()] = [value]

    def setlist(self, name: str, values: Iterable[str]) -> None:
        if kept := list(values):
            self._values[name.lower()] = kept

    def get(self, name: str, default: str = "") -> str:
        values = self._values.get(name)
        return values[0] if values else default

    def getlist(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def items(self, name: str) -> list[str]:
        """The comma-separated values of all lines of that name."""
        values = self._values.get(name)
        if not values:
            return []
        return [item for line in values for piece in split_outside_quotes(line, ",") if (item := piece.strip())]

    def tokens(self, name: str) -> frozenset[str]:
        """The values as lower-case tokens: `Supported: timer, 100rel`."""
        return frozenset(item.lower() for item in self.items(name))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def remove(self, name: str) -> None:
        self._values.pop(name, None)

    def lines(self) -> list[str]:
        return [f"{display_name(name)}: {value}" for name, values in self._values.items() for value in values]


class _Message:
    """What requests and responses share. Typed values are read on demand; a bad one raises ValueError."""

    headers: Headers
    body: bytes
    _via: Via | None
    _from: NameAddr | None
    _to: NameAddr | None

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            items = self.headers.getlist("via")
            if not items:
                raise ValueError("no Via")
            self._via = Via.parse(split_outside_quotes(items[0], ",")[0])
        return self._via

    @property
    def sender(self) -> NameAddr:
        """The From value."""
        if self._from is None:
            self._from = NameAddr.parse(self.headers.get("from"))
        return self._from

    @property
    def recipient(self) -> NameAddr:
        """The To value."""
        if self._to is None:
            self._to = NameAddr.parse(self.headers.get("to"))
        return self._to

    @property
    def from_tag(self) -> str:
        return self.sender.tag or ""

    @property
    def to_tag(self) -> str:
        return self.recipient.tag or ""

    @property
    def call_id(self) -> str:
        return self.headers.get("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        match = _CSEQ.match(self.headers.get("cseq"))
        if not match or int(match[1]) >= 2**31:
            raise ValueError("CSeq is malformed")
        return int(match[1]), match[2]

    def number(self, name: str) -> int | None:
        """A header of digits, None when absent; parameters after `;` and a comment are cut off."""
        text = self.headers.get(name)
        if not text:
            return None
        text = text.partition(";")[0].partition("(")[0].strip()
        if not _DIGITS.match(text):
            raise ValueError("not a number")
        return int(text)

    @property
    def contact(self) -> str | None:
        """The URI of the first Contact, None when absent or `*`."""
        items = self.headers.items("contact")
        return NameAddr.parse(items[0]).uri.text if items and items[0] != "*" else None

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type").partition(";")[0].strip().lower()

    def _encoded(self, start_line: str) -> bytes:
        lines = [start_line, *self.headers.lines(), f"Content-Length: {len(self.body)}", "", ""]
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
            # A value from outside must not become a header of its own.
            text = "\r\n".join(line.replace("\r", "").replace("\n", "") for line in lines)
        return text.encode() + self.body


@dataclass(slots=True, eq=False)
class Request(_Message):
    """A request. `uri` is the Request-URI as text."""

    method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    _via: Via | None = None
    _from: NameAddr | None = None
    _to: NameAddr | None = None

    def encode(self) -> bytes:
        """The message on the wire; Content-Length is always ours."""
        self.headers.remove("content-length")
        return self._encoded(f"{self.method} {self.uri} SIP/2.0")


@dataclass(slots=True, eq=False)
class Response(_Message):
    """A response."""

    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    _via: Via | None = None
    _from: NameAddr | None = None
    _to: NameAddr | None = None

    def encode(self) -> bytes:
        """The message on the wire; Content-Length is always ours."""
        self.headers.remove("content-length")
        return self._encoded(f"SIP/2.0 {self.status} {self.reason}")


def response_to(
    request: Request,
    status: int,
    reason: str = "",
    *,
    to_tag: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str = "application/sdp",
) -> Response:
    """A response with the fields RFC 3261 section 8.2.6.2 copies from the request."""
    response = Response(status, reason or REASONS.get(status, "Unknown"), body=body)
    theirs, ours = request.headers, response.headers
    ours.setlist("via", theirs.getlist("via"))
    ours.set("from", theirs.get("from"))
    to = theirs.get("to")
    if to_tag and not request.to_tag:
        to += f";tag={to_tag}"
    ours.set("to", to)
    ours.set("call-id", theirs.get("call-id"))
    ours.set("cseq", theirs.get("cseq"))
    for name, value in headers:
        ours.add(name, value)
    if body:
        ours.set("content-type", content_type)
    return response


def parse_message(data: bytes, limits: ParseLimits, *, stream: bool = False) -> Request | Response:
    """Read one message; `PeerError` names what is wrong and how to answer it.

    On a datagram bytes past Content-Length are dropped and a shorter body is an error (RFC 3261 section 18.3).
    """
    if len(data) > limits.message_bytes:
        raise PeerError("message_too_large")
    head, separator, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise PeerError("no_end_of_headers")
    text = _decoded(head)
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    message, fault = _start_line(lines[0], limits)
    request = message if isinstance(message, Request) else None
    if len(lines) > limits.header_lines:
        raise PeerError("too_many_headers", 400, request)
    bad_line = False
    add = message.headers.add
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.rstrip().lower()
        if not colon or len(line) > limits.line_chars or not _TOKEN.match(name) or _CONTROL.search(value):
            bad_line = True
            continue
        add(COMPACT.get(name, name), value.strip())
    _validate(message, fault)
    if bad_line:
        raise PeerError("malformed_header", 400, request)
    try:
        length = message.number("content-length")
    except ValueError:
        raise PeerError("bad_content_length", 400, request) from None
    if length is None:
        if stream:
            raise PeerError("no_content_length", 400, request)
        message.body = body
    elif length > len(body):
        raise PeerError("body_too_short", 400, request)
    else:
        message.body = body[:length]
    return message


def _decoded(head: bytes) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1250", "replace")


_Fault = tuple[str, int]
"""Why a request is to be refused, and with which status."""


def _start_line(line: str, limits: ParseLimits) -> tuple[Request | Response, _Fault | None]:
    """The message, and what is wrong with its first line, to be told when it is known to whom."""
    first, _, rest = line.partition(" ")
    if len(line) > limits.line_chars:
        raise PeerError("start_line_too_long")
    if first == "SIP/2.0":
        code, _, reason = rest.partition(" ")
        if len(code) != 3 or not code.isascii() or not code.isdigit() or not 100 <= int(code) <= 699:
            raise PeerError("bad_status_line")
        return Response(int(code), reason), None
    uri, _, version = rest.rstrip(" ").rpartition(" ")
    if not _TOKEN.match(first) or not version.upper().startswith("SIP/"):
        raise PeerError("not_sip")
    if version.upper() != "SIP/2.0":
        return Request(first, uri), ("version_not_supported", 505)
    if rest.endswith(" ") or is_broken(uri):
        return Request(first, uri), ("bad_request_line", 400)
    return Request(first, uri), None


def _validate(message: Request | Response, fault: _Fault | None) -> None:
    """The fields every message must have (RFC 3261 section 8.1.1), each readable and single."""
    request = message if isinstance(message, Request) else None
    headers = message.headers
    for name in ("via", "from", "to", "call-id", "cseq"):
        if not headers.get(name):
            # Without Via, From, To, Call-ID and CSeq an answer cannot be addressed.
            raise PeerError("missing_header")
    try:
        message.via, message.sender, message.recipient  # noqa: B018 - reading is the check
        method = message.cseq[1]
    except ValueError:
        raise PeerError("malformed_header", 400, _addressable(request)) from None
    for name in _SINGLE:
        if len(headers.getlist(name)) > 1:
            raise PeerError("duplicate_header", 400, request)
    if request is None:
        if len(headers.items("via")) != 1:
            raise PeerError("response_not_ours")
        return
    if fault is not None:
        raise PeerError(*fault, request)
    if method != request.method:
        raise PeerError("cseq_method_mismatch", 400, request)


def _addressable(request: Request | None) -> Request | None:
    """The request when at least its Via and To can be read, so that a 400 finds its way."""
    if request is None:
        return None
    try:
        request.via, request.recipient  # noqa: B018 - reading is the check
    except ValueError:
        return None
    return request


def sdp_of(message: Request | Response) -> bytes | None:
    """The SDP body, also out of a multipart body (RFC 5621); None without one."""
    if not message.body:
        return None
    kind = message.content_type
    if kind in ("application/sdp", ""):
        return message.body
    if not kind.startswith("multipart/"):
        return None
    match = re.search(r'boundary\s*=\s*("[^"]*"|[^;\s]+)', message.headers.get("content-type"), re.IGNORECASE)
    if not match:
        return None
    boundary = b"--" + match[1].strip('"').encode()
    for part in message.body.split(boundary)[1:]:
        head, _, content = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if b"application/sdp" in head.lower():
            return content.removesuffix(b"\r\n") + b"\r\n"
    return None
