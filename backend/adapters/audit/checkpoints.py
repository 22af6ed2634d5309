"""Signed checkpoints outside the database: whoever changes the tables does not change these.

In a folder they are lines of JSON, a file a month; in an object store (``s3://bucket/prefix``, best with object lock) an object
each. Several nodes may each have a folder: a checkpoint is written again from the chain where it is missing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
import obstore
from obstore.store import ObjectStore, from_url

from backend.adapters.audit.keys import Signer, Trusted, bytes_of, text_of


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """``kind``: ``block`` sealed; ``pruned``: removed up to and with this one; ``continued``: somebody said that the chain
    goes on from here although later blocks were signed (a restore to a point in time), and why."""

    kind: str
    number: int
    hash: str
    total: int
    at: datetime
    why: str = ""
    key: str = ""
    signature: str = ""

    @property
    def signed(self) -> bytes:
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return msgspec.json.encode([self.kind, self.number, self.hash, self.total, at, self.why])

    def sign(self, signer: Signer) -> "Checkpoint":
        return msgspec.structs.replace(self, key=signer.id, signature=text_of(signer.sign(self.signed)))

    def fits(self, trusted: Trusted) -> bool:
        try:
            return trusted.fits(self.key, bytes_of(self.signature), self.signed)
        except ValueError:
            return False


_decode = msgspec.json.Decoder(Checkpoint).decode


class Damaged(Exception):
    """A file of checkpoints cannot be read; the message names its line."""


class Checkpoints(Protocol):
    async def add(self, found: Iterable[Checkpoint]) -> None: ...
    async def all(self) -> list[Checkpoint]:
        """Raises Damaged."""
        ...

    async def last(self) -> Checkpoint | None: ...


class CheckpointFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("checkpoints-*.jsonl"))

    async def add(self, found: Iterable[Checkpoint]) -> None:
        """On the disk when this returns: a few hundred bytes every few seconds, so without a thread."""
        import os

        self._folder.mkdir(parents=True, exist_ok=True)
        for each in found:
            path = self._folder / f"checkpoints-{each.at.astimezone(UTC):%Y-%m}.jsonl"
            with path.open("ab") as out:
                out.write(msgspec.json.encode(each) + b"\n")
                out.flush()
                os.fsync(out.fileno())

    async def all(self) -> list[Checkpoint]:
        return [each for path in self._files() for each in read_lines(path)]

    async def last(self) -> Checkpoint | None:
        for path in reversed(self._files()):
            if found := read_lines(path):
                return found[-1]
        return None


def read_lines(path: Path) -> list[Checkpoint]:
    """Raises Damaged. A last line that was cut off by a crash is none: its block is in the chain, and is written again."""
    found = []
    lines = path.read_bytes().split(b"\n")
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_decode(line))
        except msgspec.DecodeError as error:
            if n == len(lines):
                break
            raise Damaged(f"{path}, line {n}: {error}") from None
    return found


class CheckpointBucket:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def add(self, found: Iterable[Checkpoint]) -> None:
        for each in found:
            name = f"{each.number:012}-{each.kind}-{each.hash[:12]}.json"
            await obstore.put_async(self._store, name, msgspec.json.encode(each))

    async def _names(self) -> list[str]:
        names = [entry["path"] async for page in obstore.list(self._store) for entry in page]
        return sorted(name for name in names if name.endswith(".json"))

    async def _read(self, name: str) -> Checkpoint:
        got = await obstore.get_async(self._store, name)
        try:
            return _decode(bytes(await got.bytes_async()))
        except msgspec.DecodeError as error:
            raise Damaged(f"{name}: {error}") from None

    async def all(self) -> list[Checkpoint]:
        return sorted([await self._read(name) for name in await self._names()], key=lambda x: x.at)

    async def last(self) -> Checkpoint | None:
        names = await self._names()
        return await self._read(names[-1]) if names else None


def checkpoints_at(url: str, folder: Path) -> Checkpoints:
    """``url`` empty: in the folder."""
    if url.startswith("s3://"):
        return CheckpointBucket(from_url(url))
    return CheckpointFolder(Path(url.removeprefix("file://")) if url else folder)
