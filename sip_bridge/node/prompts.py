"""Prompts by key: from the shared folder, or fetched once from the backend and kept."""

import asyncio
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import structlog

log = structlog.get_logger()
FETCH_TIMEOUT_S = 5.0
LARGEST = 50 << 20


class Prompts:
    def __init__(self, folder: Path, backend: str, token: str) -> None:
        self._folder = folder
        self._base = backend.replace("ws://", "http://").replace("wss://", "https://").rsplit("/", 1)[0]
        self._token = token
        folder.mkdir(parents=True, exist_ok=True)

    async def path(self, key: str) -> Path | None:
        """Where the audio is; None when nobody has it."""
        if not key.isalnum():
            return None
        path = self._folder / f"{key}.wav"
        if path.exists():
            return path
        return await asyncio.to_thread(self._fetch, key, path)

    def _fetch(self, key: str, path: Path) -> Path | None:
        request = urllib.request.Request(
            f"{self._base}/prompts/{key}.wav", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_S) as answer:
                body = answer.read(LARGEST)
        except (OSError, urllib.error.URLError) as error:
            log.error("prompt_missing", key=key, error=type(error).__name__)
            return None
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            part.write(body)
        Path(part.name).replace(path)
        return path
