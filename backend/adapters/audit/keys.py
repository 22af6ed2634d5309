"""The key that signs blocks (Ed25519, RFC 8032), and the public keys by which they are checked.

The private key is a file that only its owner may read, made at the first start. The public one lies beside it; whoever is to
check keeps a copy elsewhere, for who can write the folder can put another pair there.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE = "signing.key"
_CONTEXT = b"kc audit\n"
"""Before everything that is signed: a signature made for another purpose is none here."""


def _id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)).hexdigest()[:16]


class Signer:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = _id(key.public_key())

    @classmethod
    def of(cls, folder: Path) -> "Signer":
        """Of the folder, made there when it has none. Raises PermissionError if others may read the key."""
        path = folder / PRIVATE
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            kept = made.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
            try:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    out.write(kept)
            except FileExistsError:
                pass  # another process made it meanwhile
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} may be read by others: chmod 600")
        key = s.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} is no Ed25519 key")
        signer = cls(key)
        public = folder / f"public-{signer.id}.pem"
        if not public.exists():
            public.write_bytes(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
        return signer

    def sign(self, what: bytes) -> bytes:
        return self._key.sign(_CONTEXT + what)


class Trusted:
    """Public keys whose signatures count."""

    def __init__(self, keys: dict[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    @classmethod
    def of(cls, *paths: Path) -> "Trusted":
        """Of PEM files, and of the ``*.pem`` of folders."""
        files = [f for path in paths for f in (sorted(path.glob("*.pem")) if path.is_dir() else [path])]
        found = {}
        for file in files:
            key = s.load_pem_public_key(file.read_bytes())
            if isinstance(key, Ed25519PublicKey):
                found[_id(key)] = key
        return cls(found)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def fits(self, id: str, signature: bytes, what: bytes) -> bool:
        try:
            self._keys[id].verify(signature, _CONTEXT + what)
        except (KeyError, InvalidSignature):
            return False
        return True


def text_of(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def bytes_of(signature: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(signature, validate=True)
