"""Recordings over HTTP: played in parts (``/recordings/<id>/audio``), taken away whole (``/recordings/<id>.wav``, ``.mp3``).

Listening and taking away are two rights. Every answer, and every refusal to somebody signed in, is noted with who asked.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import soundfile
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from backend.adapters.recordings import audio as formats
from backend.adapters.recordings.catalogue import Catalogue, Stored
from backend.adapters.recordings.playback import UNREADABLE, Playback
from backend.domain.access.policy import Action, Actor, can

log = structlog.get_logger()
PRAGUE = ZoneInfo("Europe/Prague")
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
PART = 512 * 1024
"""Most bytes in one answer to a range without an end: a player asks again."""
TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def recordings_router(
    catalogue: Catalogue,
    playback: Playback,
    actor_of: Callable[[Request], Awaitable[Actor | None]],
    address_of: Callable[[Request], str],
    clock: Callable[[], datetime],
) -> APIRouter:
    router = APIRouter()

    async def asked(id: str, request: Request, action: Action) -> Stored | Response:
        """The recording, if it may be given out for this; who asks is noted (parts after the first are not)."""
        actor = await actor_of(request)
        if actor is None:
            return PlainTextResponse("sign in first", 401)
        stored = await catalogue.stored(id) if UUID.match(id) else None
        if stored is None:
            return PlainTextResponse("no such recording", 404)
        allowed = can(actor, action, stored.subject)
        given = RANGE.match(request.headers.get("range", ""))
        if not allowed or given is None or given[1] in ("", "0"):
            await catalogue.note_access(id, actor.user, action.value, allowed, address_of(request))
            log.info("recording_asked_for", recording=id, actor=actor.user, action=action.value, allowed=allowed)
        if not allowed:
            return PlainTextResponse("no such recording", 404)
        if stored.erased_at is not None:
            return PlainTextResponse("erased", 410)
        if not stored.playable:
            return PlainTextResponse("no such recording", 404)
        return stored

    async def unreadable(stored: Stored, error: Exception) -> Response:
        log.error("recording_damaged", recording=stored.id, error=repr(error))
        await catalogue.damaged(stored.id, clock())
        return PlainTextResponse("the recording is damaged", 500)

    @router.get("/recordings/{id}/audio", include_in_schema=False)
    async def play(id: str, request: Request) -> Response:
        stored = await asked(id, request, Action.LISTEN)
        if isinstance(stored, Response):
            return stored
        try:
            audio = playback.audio(stored)
            wanted = byte_range(request.headers.get("range"), audio.size)
            if wanted is None:
                return Response(status_code=416, headers={"Content-Range": f"bytes */{audio.size}"})
            start, end = wanted
            body = await audio.read(start, end)
        except UNREADABLE as error:
            return await unreadable(stored, error)
        headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
        if "range" in request.headers:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{audio.size}"
        return Response(body, 206 if "range" in request.headers else 200, headers, audio.media_type)

    @router.get("/recordings/{id}.{kind}", include_in_schema=False)
    async def take(id: str, kind: str, request: Request) -> Response:
        if kind not in TYPES:
            return PlainTextResponse("no such format", 404)
        stored = await asked(id, request, Action.DOWNLOAD)
        if isinstance(stored, Response):
            return stored
        try:
            audio = playback.audio(stored)
            whole = await audio.read(0, audio.size)
            body = await asyncio.to_thread(formats.export, whole, kind)
        except (*UNREADABLE, soundfile.LibsndfileError) as error:
            return await unreadable(stored, error)
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{file_name(stored, kind)}"',
        }
        return Response(body, headers=headers, media_type=TYPES[kind])

    return router


def file_name(stored: Stored, kind: str) -> str:
    """When and with whom, so that a folder of them sorts itself: ``2026-11-23 14.05.09 +420601123456.mp3``."""
    at = stored.started_at.astimezone(PRAGUE).strftime("%Y-%m-%d %H.%M.%S ") if stored.started_at else ""
    return f"{at}{stored.customer_number or 'anonym'}.{kind}"


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (excluded) of what is asked (RFC 9110, 14.2); None when there is nothing of it."""
    if header is None:
        return 0, size
    given = RANGE.match(header)
    if given is None or given[0] == "bytes=-":
        return 0, size
    if given[1] == "":
        return max(0, size - int(given[2])), size
    start = int(given[1])
    end = int(given[2]) + 1 if given[2] else start + PART
    return (start, min(end, size)) if start < size and end > start else None
