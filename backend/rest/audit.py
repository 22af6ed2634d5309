"""The audit as a file: ``/audit/export.jsonl`` proves itself, ``/audit/export.csv`` is for a spreadsheet. Streamed, however long the time.

Who exports, and what, is written down before the first line is sent.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from backend.adapters.audit.exported import Exporter
from backend.adapters.audit.journal import Journal
from backend.adapters.audit.search import Trail
from backend.application import origin
from backend.domain.access.policy import Action, Actor, can
from backend.domain.audit.trail import Entry, Kind, Outcome, Wanted

TYPES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}
_LISTS = ("kinds", "actions")


def audit_router(
    trail: Trail,
    exporter: Exporter,
    journal: Journal,
    actor_of: Callable[[Request], Awaitable[Actor | None]],
    address_of: Callable[[Request], str],
    clock: Callable[[], datetime],
) -> APIRouter:
    router = APIRouter()

    @router.get("/audit/export.{kind}", include_in_schema=False)
    async def export(kind: str, request: Request) -> Response:
        actor = await actor_of(request)
        wanted = _wanted(request)
        if kind not in TYPES:
            wanted = f"no such format: {kind[:20]}"
        allowed = can(actor, Action.EXPORT_AUDIT)
        by = origin.current()
        await journal.note(
            Entry(
                kind=Kind.VIEW,
                action="audit.export",
                at=clock(),
                source=by.source,
                actor=actor.user if actor else None,
                session=by.session,
                address=address_of(request),
                request=by.request,
                parameters={"format": kind, **dict(request.query_params)},
                outcome=Outcome.DONE if allowed and isinstance(wanted, Wanted) else Outcome.REFUSED,
            )
        )
        if actor is None:
            return PlainTextResponse("sign in first", 401)
        if not allowed:
            return PlainTextResponse("not allowed", 403)
        if isinstance(wanted, str):
            return PlainTextResponse(wanted, 400)
        name = f"audit-{clock():%Y%m%d-%H%M%S}.{kind}"
        body = exporter.csv(wanted) if kind == "csv" else exporter.json_lines(wanted, actor.user, clock())
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-KC-Rows": str(await trail.count(wanted)),
        }
        return StreamingResponse(body, headers=headers, media_type=TYPES[kind])

    return router


def _wanted(request: Request) -> Wanted | str:
    """What the query asks for, or what is wrong with it."""
    given = {k: v for k, v in request.query_params.items() if v and k not in _LISTS}
    lists = {k: request.query_params.getlist(k) for k in _LISTS if request.query_params.getlist(k)}
    if unknown := [name for name in given if name not in Wanted.__struct_fields__]:
        return f"unknown: {', '.join(unknown)}"
    try:
        found = msgspec.convert({**given, **lists}, Wanted, strict=False)
    except msgspec.ValidationError as error:
        return str(error)
    if any(x is not None and x.tzinfo is None for x in (found.since, found.until)):
        return "times need a zone: 2026-11-27T00:00:00Z"
    return found
