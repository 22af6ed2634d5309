"""Recorded prompts: uploaded (file or microphone), played back, fetched by bridges."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from backend.adapters.prompt_audio import NoSound, to_telephone
from backend.adapters.prompt_audio import store as store_prompt
from backend.application.flows import FlowStore, PromptAudio
from backend.domain.access.policy import Action, Actor, can

MOST_BYTES = 20 * 1024 * 1024
KEY = re.compile(r"^[0-9a-f]{32}$")


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
        key, duration = await asyncio.to_thread(store_prompt, folder, sound)
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
