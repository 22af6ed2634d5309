"""Composition root: settings in, one ASGI application out. ``uvicorn --factory backend.main:create``."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response, WebSocket
from prometheus_client import make_asgi_app
from sqlalchemy import text
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from backend.adapters.audit.exported import Exporter
from backend.adapters.audit.journal import happened
from backend.adapters.bridge_link import REFUSED, BridgeLink
from backend.application.desk import utc_now
from backend.application.origin import Origin, begin, originating, request_of
from backend.config import Config
from backend.domain.audit.trail import Outcome
from backend.graphql.auditing import session_name
from backend.graphql.context import Context
from backend.graphql.schema import build
from backend.graphql.sharing import Router as GraphQLRouter
from backend.logs import configure
from backend.memory import long_running
from backend.process import Application
from backend.rest.audit import audit_router
from backend.rest.icis import icis_router
from backend.rest.media import media_router
from backend.rest.prompts import prompts_router
from backend.rest.pwa import Pwa
from backend.rest.recordings import recordings_router
from backend.rest.sign_in import sign_in_router


def create(config: Config | None = None) -> FastAPI:
    configure()
    config = config or Config()
    kc = Application(config)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await kc.start()
        with long_running():
            yield
        await kc.stop()

    app = FastAPI(title="KC", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.kc = kc

    async def context(connection: HTTPConnection, response: Response = None) -> Context:
        return await kc.context(connection, response)

    @app.middleware("http")
    async def guard(request: Request, call_next):
        if request.method != "GET" and not kc.same_origin(request):
            return Response("foreign origin", 403)
        if "\0" in request.url.path or "%00" in request.url.query:
            return Response("not an address", 400)
        with originating(
            request_of(session_name(kc.signing_in.token_of(request)), kc.address_of(request), request.url.path)
        ):
            return await call_next(request)

    graphql = GraphQLRouter(
        build(introspection=config.introspection),
        kc.operations,
        allowed_origins=config.public_origins.split(),
        context_getter=context,
        graphql_ide=None,
        allow_queries_via_get=False,
        subscription_protocols=["graphql-transport-ws"],
    )
    app.include_router(graphql, prefix="/graphql")
    app.include_router(media_router(config.prompts, config.link_token.get_secret_value()))
    app.include_router(prompts_router(config.prompts, kc.flows.store, kc.actor_of, utc_now, kc.reload_settings))
    exporter = Exporter(kc.screens, kc.signer)
    app.include_router(audit_router(kc.trail, exporter, kc.journal, kc.actor_of, kc.address_of, utc_now))
    app.include_router(recordings_router(kc.catalogue, kc.playback, kc.actor_of, kc.address_of, utc_now))
    app.include_router(icis_router(config, kc.synchronisation, kc.journal, kc.address_of))
    parts = kc.signing_in
    app.include_router(sign_in_router(parts.sign_in, parts.tickets, parts.openid, parts))

    @app.get("/health/live")
    async def alive() -> dict:
        return {"ok": True}

    @app.get("/health/ready")
    async def ready(response: Response) -> dict:
        try:
            async with asyncio.timeout(2), kc.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception:
            response.status_code = 503
            return {"ok": False, "database": False}
        return {"ok": True, "bridges": sorted(link.bridge for link in kc.links.connected)}

    @app.websocket("/bridge")
    async def bridge(socket: WebSocket) -> None:
        shown = socket.headers.get("authorization", "").removeprefix("Bearer ")
        wanted = config.link_token.get_secret_value()
        if not hmac.compare_digest(hashlib.sha256(shown.encode()).digest(), hashlib.sha256(wanted.encode()).digest()):
            REFUSED.labels("token").inc()
            with originating(Origin("bridge", address=kc.address_of(socket))):
                kc.journal.post(happened("bridge.connect", Outcome.REFUSED))
            await socket.close(4401)
            return
        await socket.accept()
        begin(Origin("bridge", address=kc.address_of(socket)))
        link = BridgeLink(socket, kc.engine, kc.reports, kc.speech, kc.fallback, kc.trunk_store.given_to)
        async with kc.links.attached(link):
            try:
                await link.serve()
            except WebSocketDisconnect:
                pass
            finally:
                kc.journal.post(happened("bridge.disconnect", bridge=link.bridge))

    app.mount("/metrics", _only_trusted(kc, make_asgi_app()))
    app.mount("/", Pwa(config.pwa))
    return app


def _only_trusted(kc: Application, inner):
    async def app(scope, receive, send):
        if not kc.config.trusts(kc.address_of(HTTPConnection(scope))):
            await Response("forbidden", 403)(scope, receive, send)
            return
        await inner(scope, receive, send)

    return app
