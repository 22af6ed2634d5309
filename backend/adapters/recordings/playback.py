"""The bytes of a recording, wherever they lie: plain while it is being kept, sealed afterwards."""

import asyncio
from pathlib import Path

import obstore.exceptions

from backend.adapters.recordings.catalogue import Stored
from backend.adapters.recordings.keyring import Keyring, UnknownKey
from backend.adapters.recordings.sealed import Damaged, SealedFile
from backend.adapters.recordings.vault import Vault

UNREADABLE = (Damaged, UnknownKey, FileNotFoundError, obstore.exceptions.BaseError)


class Audio:
    """``await read(start, end)`` gives plain bytes of a file of ``size`` bytes of ``media_type``.

    Raises one of UNREADABLE when what is stored is not what was written; nothing doubtful is ever given out.
    """

    def __init__(self, size: int, media_type: str, read) -> None:
        self.size, self.media_type, self.read = size, media_type, read


class Playback:
    def __init__(self, folder: Path, vault: Vault, keyring: Keyring) -> None:
        self.folder, self.vault, self.keyring = folder, vault, keyring

    def audio(self, stored: Stored) -> Audio:
        """Raises one of UNREADABLE."""
        if stored.wrapped_key is not None and stored.name is not None and stored.kept_size is not None:
            name = stored.name
            key = self.keyring.unwrap(stored.key_id or "", stored.wrapped_key, stored.id)

            async def fetch(start: int, end: int) -> bytes:
                return await self.vault.read(name, start, end)

            sealed = SealedFile(fetch, stored.kept_size, key, stored.id)
            return Audio(stored.kept_size, "audio/flac", sealed.read)
        path = (self.folder / (stored.file or "")).resolve()
        if stored.file is None or not path.is_relative_to(self.folder.resolve()):
            raise FileNotFoundError(stored.id)

        async def read(start: int = 0, end: int | None = None) -> bytes:
            return await asyncio.to_thread(_part, path, start, end)

        return Audio(path.stat().st_size, "audio/wav", read)


def _part(path: Path, start: int, end: int | None) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(None if end is None else end - start)
