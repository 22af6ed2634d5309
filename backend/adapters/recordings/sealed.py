"""A recording at rest: AES-256-GCM in frames, under a key of its own (NIST SP 800-38D; the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015).

File: frames of ``FRAME`` plain bytes (the last one shorter, never left out), each followed by its 16-byte tag. The nonce
of frame n is ``prefix (7) | n (4, big-endian) | last (1)``: frames cannot be changed, swapped, dropped or appended, and
the file cannot be cut short without being found out. The recording's id is authenticated too, so that one file cannot
stand for another. Any frame can be opened by itself, so a player may seek.
"""

import os
import struct
from collections.abc import Awaitable, Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME = 64 * 1024
TAG = 16
PREFIX = 7
KEY = 32


class Damaged(Exception):
    """What is stored is not what was sealed."""


def new_key() -> bytes:
    """Key and nonce prefix of one file; never used for another."""
    return os.urandom(KEY + PREFIX)


def frames(size: int) -> int:
    """Frames of ``size`` plain bytes; an empty file has one."""
    return max(1, -(-size // FRAME))


def sealed_size(size: int) -> int:
    return size + TAG * frames(size)


def _nonce(key: bytes, n: int, last: bool) -> bytes:
    return key[KEY:] + struct.pack(">IB", n, last)


def seal(plain: bytes, key: bytes, recording: str) -> Iterator[bytes]:
    cipher, about, count = AESGCM(key[:KEY]), recording.encode(), frames(len(plain))
    for n in range(count):
        yield cipher.encrypt(_nonce(key, n, n == count - 1), plain[n * FRAME : (n + 1) * FRAME], about)


def open_frame(sealed: bytes, n: int, size: int, key: bytes, recording: str) -> bytes:
    """Plain bytes of frame ``n`` of a file of ``size`` plain bytes. Raises Damaged."""
    try:
        return AESGCM(key[:KEY]).decrypt(_nonce(key, n, n == frames(size) - 1), sealed, recording.encode())
    except InvalidTag:
        raise Damaged(f"frame {n} of recording {recording}") from None


Fetch = Callable[[int, int], Awaitable[bytes]]
"""``await fetch(start, end)``: that part of the stored file."""


class SealedFile:
    """Reading of one sealed file, by ranges of its plain bytes."""

    def __init__(self, fetch: Fetch, size: int, key: bytes, recording: str) -> None:
        self._fetch, self.size, self._key, self._recording = fetch, size, key, recording

    async def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Plain bytes ``start`` to ``end`` (excluded). Raises Damaged, before anything of a bad frame is given out."""
        end = self.size if end is None else min(end, self.size)
        first, last = start // FRAME, max(start, end - 1) // FRAME
        sealed = await self._fetch(first * (FRAME + TAG), min((last + 1) * (FRAME + TAG), sealed_size(self.size)))
        plain = b"".join(
            open_frame(
                sealed[i * (FRAME + TAG) : (i + 1) * (FRAME + TAG)], first + i, self.size, self._key, self._recording
            )
            for i in range(last - first + 1)
        )
        return plain[start - first * FRAME : end - first * FRAME]
