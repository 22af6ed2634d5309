"""Master keys: they wrap the keys of recordings and of columns. A file with a line per key, ``id base64``; the first is the
one by which new keys are wrapped.

Rotation adds a key on top and wraps all keys anew (``kc keys rotate``); recordings and rows are not touched. A key may be
taken out when nothing is wrapped by it any more (``kc keys list``).
"""

import base64
import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.adapters.recordings.sealed import Damaged

NONCE = 12
KEY_BYTES = 32


class UnknownKey(Exception):
    """A key that is needed is not there: its id, and what for."""


class Keyring:
    """Read from its file, and again whenever that has changed: rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        """Raises OSError without the file, ValueError if it is not one, PermissionError if others may read it."""
        self._path = path
        self._read_at = -1
        self._keys: dict[str, bytes] = {}
        self._refresh()

    def _refresh(self) -> None:
        found = self._path.stat()
        if found.st_mtime_ns == self._read_at:
            return
        if found.st_mode & 0o077:
            raise PermissionError(f"{self._path} may be read by others: chmod 600")
        keys: dict[str, bytes] = {}
        for n, line in enumerate(self._path.read_text().splitlines(), 1):
            if not line.strip():
                continue
            id, _, key = line.partition(" ")
            keys[id] = _decoded(key)
            if len(keys[id]) != KEY_BYTES:
                raise ValueError(f"{self._path}, line {n}: an id and {KEY_BYTES} bytes in base64 are expected")
        if not keys:
            raise ValueError(f"{self._path} has no key")
        self._keys, self._read_at = keys, found.st_mtime_ns

    @property
    def current(self) -> str:
        self._refresh()
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        """The current one first."""
        self._refresh()
        return tuple(self._keys)

    def wrap(self, key: bytes, of: str) -> tuple[str, bytes]:
        """Id of the wrapping key, and the wrapped one. ``of``: what the key opens; it opens nothing else."""
        id, nonce = self.current, os.urandom(NONCE)
        return id, nonce + AESGCM(self._keys[id]).encrypt(nonce, key, of.encode())

    def unwrap(self, id: str, wrapped: bytes, of: str) -> bytes:
        """Raises UnknownKey, Damaged."""
        if id not in self._keys:
            self._refresh()
        if id not in self._keys:
            raise UnknownKey(f"master key {id} is not in {self._path}; it wraps the key of {of}")
        try:
            return AESGCM(self._keys[id]).decrypt(wrapped[:NONCE], wrapped[NONCE:], of.encode())
        except InvalidTag:
            raise Damaged(f"key of {of}") from None


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key.strip(), validate=True)
    except ValueError:
        return b""


def add_key(path: Path) -> str:
    """Put a new key on top of the file (made if it is not there, readable by its owner only); its id."""
    id = datetime.now(UTC).strftime("%Y%m%d-") + secrets.token_hex(3)
    line = f"{id} {base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    before = path.read_text() if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(line + before)
        file.flush()
        os.fsync(file.fileno())
    Path(made).replace(path)
    return id
