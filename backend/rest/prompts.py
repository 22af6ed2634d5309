"""Recorded prompts: uploaded (file or microphone), played back, fetched by bridges."""

import asyncio
import hashlib
import io
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import soundfile
import soxr
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from backend.application.flows import FlowStore, PromptAudio
from backend.domain.access.policy import Action, Actor, can

RATE = 8000
PEAK = 0.6 * 32767
"""The loudness of spoken prompts: a recorded one is neither louder nor quieter."""
MOST_BYTES = 20 * 1024 * 1024
LONGEST_S = 300
KEY = re.compile(r"^[0-9a-f]{32}$")


class NoSound(ValueError):
    """Not audio, empty, silent, or too long."""


def to_telephone(data: bytes) -> np.ndarray:
    """Audio of any usual format (wav, mp3, ogg, flac; webm is not one) as 8 kHz mono, 16 bit, at the usual loudness. Raises NoSound."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames > LONGEST_S * file.samplerate:
                raise NoSound(f"longer than {LONGEST_S} seconds")
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (soundfile.LibsndfileError, TypeError) as error:
        raise NoSound("no audio that can be read: wav, mp3, ogg or flac is expected") from error
    sound = soxr.resample(samples.mean(axis=1), rate, RATE)
    loudest = float(np.abs(sound).max()) if len(sound) else 0.0
    if len(sound) < RATE // 10 or loudest < 1e-3:
        raise NoSound("nothing can be heard in it")
    return (sound * (PEAK / loudest)).astype(np.int16)


def prompts_router(
    folder: Path,
    store: FlowStore,
    actor_of: Callable[[Request], Awaitable[Actor | None]],
    clock: Callable[[], datetime],
    reload: Callable[[], Awaitable[None]],
) -> APIRouter:
    router = APIRouter()

    @router.post("/prompts", include_in_schema=False)
    async def upload(request: Request, name: str = "") -> Response:
        """The body is the file. Answers ``{key, durationMs}``; the same audio twice is one prompt."""
        actor = await actor_of(request)
        if actor is None:
            return PlainTextResponse("sign in first", 401)
        if not can(actor, Action.EDIT_FLOWS) and not can(actor, Action.SWITCH_NOTICES):
            return PlainTextResponse("forbidden", 403)
        if not 1 <= len(name.strip()) <= 100:
            return PlainTextResponse("a name of 1 to 100 characters is needed", 400)
        data = bytearray()
        async for part in request.stream():
            data += part
            if len(data) > MOST_BYTES:
                return PlainTextResponse("too large", 413)
        try:
            sound = await asyncio.to_thread(to_telephone, bytes(data))
        except NoSound as error:
            return PlainTextResponse(str(error), 422)
        key = hashlib.sha256(sound.tobytes()).hexdigest()[:32]
        await asyncio.to_thread(_write, folder / f"{key}.wav", sound)
        duration = len(sound) * 1000 // RATE
        await store.save_prompt(
            PromptAudio(key=key, name=name.strip(), duration_ms=duration, author=actor.user, at=clock())
        )
        await reload()
        return JSONResponse({"key": key, "durationMs": duration})

    @router.get("/prompts/{key}/audio", include_in_schema=False)
    async def play(key: str, request: Request) -> Response:
        actor = await actor_of(request)
        if actor is None:
            return PlainTextResponse("sign in first", 401)
        allowed = can(actor, Action.EDIT_FLOWS) or can(actor, Action.SWITCH_NOTICES)
        path = folder / f"{key}.wav"
        if not allowed or not KEY.match(key) or not path.exists():
            return PlainTextResponse("no such prompt", 404)
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, max-age=86400"})

    return router


def _write(path: Path, sound: np.ndarray) -> None:
    """Whole under its name, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    soundfile.write(part, sound, RATE, format="WAV", subtype="PCM_16")
    part.replace(path)
