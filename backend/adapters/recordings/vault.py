"""Where sealed recordings lie: a local folder (``file:///…``) or an S3-compatible store (``s3://bucket/prefix``).

Credentials of S3 come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION).
"""

from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, from_url


class Vault:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, url: str) -> "Vault":
        """Raises ValueError on an address of no known kind."""
        if url.startswith("file://"):
            return cls(LocalStore(Path(url.removeprefix("file://")), mkdir=True))
        if url.startswith("s3://"):
            return cls(from_url(url))
        raise ValueError(f"recordings can be kept at file:// or s3://, not at {url}")

    async def put(self, name: str, data: bytes) -> None:
        """Whole or not at all."""
        await obstore.put_async(self._store, name, data)

    async def read(self, name: str, start: int, end: int) -> bytes:
        """Raises FileNotFoundError; shorter than asked when the file is."""
        return bytes(await obstore.get_range_async(self._store, name, start=start, end=end))

    async def size(self, name: str) -> int:
        return (await obstore.head_async(self._store, name))["size"]

    async def delete(self, name: str) -> None:
        """A file that is gone already is a success."""
        try:
            await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            pass
