"""A registrar of a provider: REGISTER by digest (RFC 3261 section 10.3, RFC 2617), OPTIONS, nothing else. Not our SIP core."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable

REALM = "provider"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Registrar(asyncio.DatagramProtocol):
    """``bound``: seconds by contact. ``answered``: the final answers to REGISTER, in order: user, Expires asked, status."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.bound: dict[str, int] = {}
        self.answered: list[tuple[str, int, int]] = []
        self.options = 0
        self._nonces: set[str] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Registrar:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    async def until(self, so: Callable[[Registrar], object], timeout: float = 15) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not so(self):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"bound {self.bound}, answered {self.answered}") from None

    def datagram_received(self, data: bytes, address: tuple) -> None:
        request = data.decode()
        method = request.split(" ", 1)[0]
        if method == "OPTIONS":
            self.options += 1
            self._answer(request, "200 OK", address)
        elif method == "REGISTER":
            self._register(request, address)
        self._changed.set()

    def _register(self, request: str, address: tuple) -> None:
        shown = _header(request, "Authorization")
        asked = int(_header(request, "Expires") or 3600)
        if not shown:
            nonce = secrets.token_hex(8)
            self._nonces.add(nonce)
            challenge = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5, qop="auth"'
            self._answer(request, "401 Unauthorized", address, challenge)
            return
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', shown.removeprefix("Digest ")))
        ha1 = _md5(f"{self.user}:{REALM}:{self.password}")
        ha2 = _md5(f"REGISTER:{given['uri']}")
        wanted = _md5(f"{ha1}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}:{ha2}")
        right = given["username"] == self.user and given["response"] == wanted and given["nonce"] in self._nonces
        contact = _header(request, "Contact").strip("<>").split(">")[0]
        if right:
            self.bound[contact] = asked
            if asked == 0:
                del self.bound[contact]
        status = "200 OK" if right else "403 Forbidden"
        self.answered.append((given["username"], asked, int(status[:3])))
        self._answer(request, status, address, f"Expires: {asked}" if right else "")

    def _answer(self, request: str, status: str, address: tuple, more: str = "") -> None:
        copied = [f"{name}: {_header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        to = f"To: {_header(request, 'To')};tag={secrets.token_hex(4)}"
        lines = [f"SIP/2.0 {status}", *copied, to, *([more] if more else []), "Content-Length: 0", "", ""]
        self._transport.sendto("\r\n".join(lines).encode(), address)


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else ""
