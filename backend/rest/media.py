"""Downloads: recordings for people, prompts for bridges."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

from backend.adapters.postgres.readers import Readers
from backend.domain.access.policy import Action, Actor, Contact, can

log = structlog.get_logger()
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_KEY = re.compile(r"^[0-9a-f]{32}$")


def media_router(
    readers: Readers,
    actor_of: Callable[[Request], Awaitable[Actor | None]],
    recordings: Path,
    prompts: Path,
    link_token: str,
) -> APIRouter:
    router = APIRouter()

    @router.get("/recordings/{name}.wav", include_in_schema=False)
    async def recording(name: str, request: Request) -> Response:
        """A finished recording, to be played at once; ranges are answered. 404 also for what one may not hear."""
        actor = await actor_of(request)
        if actor is None:
            return PlainTextResponse("sign in first", 401)
        found = await readers.recording(name) if _UUID.match(name) else None
        if found is None or found.file is None or not can(actor, Action.LISTEN, Contact(found.agent)):
            return PlainTextResponse("no such recording", 404)
        path = (recordings / found.file).resolve()
        if not path.is_relative_to(recordings.resolve()) or not path.exists():
            return PlainTextResponse("no such recording", 404)
        log.info("recording_played", recording=found.id, actor=actor.user)
        return FileResponse(
            path, media_type="audio/wav", headers={"Cache-Control": "private, no-store", "Accept-Ranges": "bytes"}
        )

    @router.get("/prompts/{key}.wav", include_in_schema=False)
    async def prompt(key: str, request: Request) -> Response:
        """Audio that a bridge lacks."""
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(
            hashlib.sha256(shown.encode()).digest(), hashlib.sha256(link_token.encode()).digest()
        ):
            return PlainTextResponse("not a bridge", 401)
        path = prompts / f"{key}.wav"
        if not _KEY.match(key) or not path.exists():
            return PlainTextResponse("no such prompt", 404)
        return FileResponse(path, media_type="audio/wav")

    return router
