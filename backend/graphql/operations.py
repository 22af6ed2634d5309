"""Persisted operations: our own pages send the hash of an operation, and in production nothing else is carried out.

An operation comes as ``documentId`` (GraphQL over HTTP, appendix A) or, where the installation accepts any, as ``query``.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from backend.adapters.postgres.operations import KnownOperations, hash_of

log = structlog.get_logger()
FILE = ".operations.json"
"""In the folder of the built PWA; never served."""
LOOK_AGAIN_S = 1.0
UNKNOWN = {"message": "unknown operation", "extensions": {"code": "UNKNOWN_OPERATION"}}


class Operations:
    """``any_text``: texts that are no operation of ours are carried out, too."""

    def __init__(
        self, store: KnownOperations, folder: Path, *, any_text: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._path, self.any_text, self._clock = store, folder / FILE, any_text, clock
        self._texts: dict[str, str] = {}
        self._looked_at = -LOOK_AGAIN_S

    async def start(self) -> None:
        await self._store.remember(built(self._path))
        await self._look()
        if not self._texts and not self.any_text:
            log.warning("no_operations_known", path=str(self._path))

    async def _look(self) -> None:
        self._looked_at = self._clock()
        self._texts = await self._store.all()

    async def ready(self, body: object) -> None:
        """Before ``resolve``: an operation that this process does not know may have come with another's build."""
        if isinstance(body, Mapping) and self.resolve(body) is None and self._clock() - self._looked_at >= LOOK_AGAIN_S:
            await self._look()

    def resolve(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body with the operation's text; None for an operation that is not carried out here."""
        id = body.get("documentId")
        if id is not None:
            found = self._texts.get(id) if isinstance(id, str) else None
            return None if found is None else {**_without_id(body), "query": found}
        query = body.get("query")
        if self.any_text or (isinstance(query, str) and hash_of(query) in self._texts):
            return dict(body)
        return None


def _without_id(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "documentId"}


def built(path: Path) -> dict[str, str]:
    """The operations of a build; none where there is no build. A text that is not what its hash says is left out."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        log.error("operations_unreadable", path=str(path))
        return {}
    given = found.items() if isinstance(found, dict) else ()
    return {hash: text for hash, text in given if isinstance(text, str) and hash_of(text) == hash}
