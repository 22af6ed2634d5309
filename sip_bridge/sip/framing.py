"""SIP over a byte stream: messages cut by Content-Length, keep-alives in between (RFC 3261 section 18.3, RFC 5626)."""

from __future__ import annotations

import re

from sip_bridge.sip.errors import PeerError

PING = b"\r\n\r\n"
PONG = b"\r\n"
_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,8})[ \t]*(?=\r\n)", re.IGNORECASE)


class StreamFramer:
    """Cuts one connection's bytes into messages. After a `PeerError` the connection must be closed."""

    def __init__(self, max_head: int = 32_768, max_body: int = 65_535) -> None:
        self._buffer = bytearray()
        self._max_head = max_head
        self._max_body = max_body
        self._searched = 0
        self.pings = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Complete messages in order. `pings` counts the double CRLF to answer with a single one."""
        self._buffer += data
        messages = []
        while (message := self._take()) is not None:
            messages.append(message)
        return messages

    def _take(self) -> bytes | None:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):
            if buffer.startswith(PING):
                self.pings += 1
                del buffer[:4]
            elif len(buffer) == 2 or buffer == b"\r\n\r":
                return None
            else:
                del buffer[:2]
            self._searched = 0
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > self._max_head:
                raise PeerError("stream_head_too_long")
            return None
        if end > self._max_head:
            raise PeerError("stream_head_too_long")
        lengths = {int(value) for value in _LENGTH.findall(buffer[: end + 2])}
        if len(lengths) != 1:
            raise PeerError("stream_without_content_length" if not lengths else "stream_lengths_differ")
        length = lengths.pop()
        if length > self._max_body:
            raise PeerError("stream_body_too_long")
        total = end + 4 + length
        if len(buffer) < total:
            return None
        message = bytes(buffer[:total])
        del buffer[:total]
        self._searched = 0
        return message
