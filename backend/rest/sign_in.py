"""Ways in that are not GraphQL, because browsers speak them by HTTP itself: Negotiate and the redirects of OpenID Connect."""

import base64
import binascii
from typing import Protocol
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from backend.adapters.directory.kerberos import Kerberos, NotAccepted, Unavailable
from backend.adapters.sign_in.openid import OpenId
from backend.application.sign_in import SignIn, SignInRefusal, Stop
from backend.application.sign_in_ports import ProviderFailed, Session, Visitor

log = structlog.get_logger()
NO_STORE = {"Cache-Control": "no-store"}
BACK = "/sign-in/openid/back"


class Browsers(Protocol):
    """What only the composition root knows: addresses, cookies, the desk."""

    def visitor_of(self, request: Request) -> Visitor: ...
    def put_session(self, response: Response, session: Session) -> None: ...
    def put_openid(self, response: Response, value: str | None) -> None: ...
    def openid_of(self, request: Request) -> str: ...
    async def began(self, session: Session) -> None: ...


def sign_in_router(sign_in: SignIn, tickets: Kerberos, openid: OpenId, browsers: Browsers) -> APIRouter:
    router = APIRouter()

    @router.post("/sign-in/negotiate", include_in_schema=False)
    async def negotiate(request: Request) -> Response:
        """RFC 4559. Only from trusted networks. 401 asks for a ticket; 200: the session is in the cookie."""
        visitor, s = browsers.visitor_of(request), sign_in.settings().directory
        if not (s.enabled and s.windows and visitor.trusted):
            return PlainTextResponse("not offered here", 404, headers=NO_STORE)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "negotiate":
            return _refused(None, challenge=True)
        try:
            token = base64.b64decode(text.strip(), validate=True)
            principal, reply = await tickets.accept(token)
        except (NotAccepted, binascii.Error) as why:
            log.info("ticket_refused", why=str(why)[:200])
            return _refused(SignInRefusal.NOT_ACCEPTED)
        except Unavailable as why:
            log.error("tickets_unavailable", why=str(why)[:200])
            return PlainTextResponse("not available", 503, headers=NO_STORE)
        answer = await sign_in.by_ticket(principal, token, visitor)
        if isinstance(answer, Stop):
            return _refused(answer.reason)
        mutual = {"WWW-Authenticate": f"Negotiate {base64.b64encode(reply).decode()}"} if reply else {}
        response = JSONResponse({"ok": True}, headers=NO_STORE | mutual)
        browsers.put_session(response, answer)
        await browsers.began(answer)
        return response

    @router.get("/sign-in/openid", include_in_schema=False)
    async def begin(request: Request) -> Response:
        if not sign_in.settings().openid.enabled:
            return PlainTextResponse("not offered here", 404, headers=NO_STORE)
        try:
            url, browser = await openid.begin(browsers.visitor_of(request).origin + BACK)
        except ProviderFailed as why:
            log.warning("openid_failed", why=str(why))
            return _home("refused", "provider_down")
        response = RedirectResponse(url, 303, headers=NO_STORE)
        browsers.put_openid(response, browser)
        return response

    @router.get(BACK, include_in_schema=False)
    async def back(
        request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
    ) -> Response:
        """Where the provider sends the browser afterwards. What is missing is asked on our own page, with a step."""
        visitor = browsers.visitor_of(request)
        if not sign_in.settings().openid.enabled:
            return PlainTextResponse("not offered here", 404, headers=NO_STORE)
        try:
            if error or not code:
                raise ProviderFailed(f"answer: {error[:100]}")
            identity = await openid.finish(state, code, browsers.openid_of(request), iss)
        except ProviderFailed as why:
            log.warning("openid_failed", why=str(why))
            return _home("refused", SignInRefusal.NOT_ACCEPTED)
        answer = await sign_in.by_openid(identity, visitor)
        if isinstance(answer, Stop):
            return _home("step", answer.step) if answer.step else _home("refused", answer.reason)
        response = _home()
        browsers.put_session(response, answer)
        await browsers.began(answer)
        return response

    @router.get("/sign-in/openid/end", include_in_schema=False)
    async def end(request: Request) -> Response:
        """After signing out here: the provider's own session, if it can end it."""
        return RedirectResponse(
            await openid.end_url(f"{browsers.visitor_of(request).origin}/") or "/", 303, headers=NO_STORE
        )

    def _home(name: str = "", value: str = "") -> Response:
        """The fragment stays in the browser: no server, no log sees a step."""
        response = RedirectResponse(f"/#sign-in-{name}={quote(value)}" if name else "/", 303, headers=NO_STORE)
        browsers.put_openid(response, None)
        return response

    return router


def _refused(reason: SignInRefusal | None, *, challenge: bool = False) -> Response:
    headers = NO_STORE | ({"WWW-Authenticate": "Negotiate"} if challenge else {})
    return JSONResponse({"reason": reason.name if reason else None}, 401, headers=headers)
