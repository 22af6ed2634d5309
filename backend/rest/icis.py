"""What ICIS, the insurer's information system, asks of us: it is always ICIS that begins (API-04).

``POST /icis/v1/clients`` takes a batch of persons (API-02); the interface is described in docs/icis.md. ICIS shows a token and comes from
its own network; certificates of both sides are the proxy's (deploy/proxy). Without a token in the settings there is no such address.
"""

import hashlib
import hmac
from collections.abc import Callable

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from backend.adapters.audit.journal import Journal, happened
from backend.application.origin import Origin, originating
from backend.application.synchronisation import Report, Synchronisation
from backend.config import Config
from backend.domain.audit.trail import Outcome
from backend.domain.customer.synchronised import Person

MOST_BYTES = 5 * 1024 * 1024
MOST_AT_ONCE = 1000
SOURCE = "icis"


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clients: list[Person]


def icis_router(
    config: Config, synchronisation: Synchronisation, journal: Journal, address_of: Callable[[Request], str]
) -> APIRouter:
    router = APIRouter(prefix="/icis/v1")

    @router.post("/clients", include_in_schema=False)
    async def clients(request: Request) -> Response:
        address = address_of(request)
        with originating(Origin(SOURCE, address=address, action=request.url.path)):
            if (refused := _door(config, request, address)) is not None:
                if config.icis_token is not None:
                    journal.post(happened("icis.clients", Outcome.REFUSED, status=refused.status_code))
                return refused
            batch = await _batch(request)
            if isinstance(batch, Response):
                return batch
            report = await synchronisation.take(batch)
            entry = happened("icis.clients", received=report.received, **{k.value: n for k, n in report.counts.items()})
            await journal.note(entry)
            return JSONResponse(_answer(report))

    return router


def _door(config: Config, request: Request, address: str) -> Response | None:
    if config.icis_token is None:
        return Response(status_code=404)
    if not config.is_icis(address):
        return _problem(403, "not from this network")
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    wanted = config.icis_token.get_secret_value()
    if not hmac.compare_digest(hashlib.sha256(shown.encode()).digest(), hashlib.sha256(wanted.encode()).digest()):
        return _problem(401, "the token is missing or wrong")
    return None


async def _batch(request: Request) -> list[Person] | Response:
    """Read whole before anything is done: what is cut off in the middle changes nothing."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return _problem(413, f"more than {MOST_BYTES} bytes; send smaller batches")
    try:
        batch = msgspec.json.decode(body, type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _problem(400, str(error)[:500])
    if len(batch.clients) > MOST_AT_ONCE:
        return _problem(413, f"more than {MOST_AT_ONCE} persons; send smaller batches")
    return batch.clients


def _problem(status: int, detail: str) -> Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": detail, "status": status}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _answer(report: Report) -> dict:
    return {
        "received": report.received,
        **{became.value: n for became, n in report.counts.items()},
        "problems": [msgspec.to_builtins(problem) for problem in report.problems],
    }
