"""Prompts for bridges."""

import hashlib
import hmac
import re
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

log = structlog.get_logger()
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_KEY = re.compile(r"^[0-9a-f]{32}$")


def media_router(prompts: Path, link_token: str) -> APIRouter:
    router = APIRouter()

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
