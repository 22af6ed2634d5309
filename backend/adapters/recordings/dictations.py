"""Makes the announcement that somebody spoke by telephone the one that callers hear, as soon as its recording is kept.

Any process may do it, and again after a death in between: the audio is stored under a name made of its content.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import soundfile
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters import prompt_audio
from backend.adapters.recordings.catalogue import Catalogue
from backend.adapters.recordings.playback import Playback
from backend.adapters.recordings.sealed import Damaged
from backend.application.flows import FlowStore, PromptAudio

log = structlog.get_logger()
LOOK_EVERY_S = 5.0


class SpokenNotices:
    """``folder`` is where prompts are; ``reload`` puts changed settings in force."""

    def __init__(
        self,
        engine: AsyncEngine,
        folder: Path,
        catalogue: Catalogue,
        playback: Playback,
        flows: FlowStore,
        reload: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self.engine, self.folder, self.catalogue, self.playback = engine, folder, catalogue, playback
        self.flows, self._reload, self.clock = flows, reload, clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            try:
                while await self.take_next():
                    pass
            except Exception:
                log.exception("spoken_notice_failed")
                await asyncio.sleep(LOOK_EVERY_S)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def take_next(self) -> bool:
        """Put one in its place; whether there was one."""
        async with self.engine.begin() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT d.id, d.notice, d.author, d.recording::text FROM dictation d"
                        " JOIN recording r ON r.id = d.recording WHERE d.said AND d.done_at IS NULL"
                        " AND r.kept_at IS NOT NULL ORDER BY d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED"
                    )
                )
            ).first()
            if row is None:
                return False
            id, notice, author, recording = row
            try:
                await self._place(notice, author, recording)
            except (prompt_audio.NoSound, Damaged) as error:
                log.warning("spoken_notice_not_usable", notice=notice, error=type(error).__name__)
            await connection.execute(
                text("UPDATE dictation SET done_at = :now WHERE id = :id"), {"now": self.clock(), "id": id}
            )
        await self._reload()
        return True

    async def _place(self, notice: int, author: int, recording: str) -> None:
        stored = await self.catalogue.stored(recording)
        known = next((n for n in await self.flows.notices() if n.id == notice), None)
        if stored is None or known is None:
            return
        data = await self.playback.audio(stored).read(0, None)
        samples, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        sound = await asyncio.to_thread(prompt_audio.to_prompt, samples[:, 0])
        key, duration = await asyncio.to_thread(prompt_audio.store, self.folder, sound)
        await self.flows.save_prompt(
            PromptAudio(
                key=key, name=f"{known.name} (telefonem)"[:100], duration_ms=duration, author=author, at=self.clock()
            )
        )
        await self.flows.save_notice(notice, known.name, known.text, key, author)
