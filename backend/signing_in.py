"""Composition of everything that signing in is made of, and what it keeps in browsers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import HTTPConnection
from starlette.responses import Response

from backend.adapters.accounts import Accounts, hash_token
from backend.adapters.directory.active_directory import ActiveDirectory
from backend.adapters.directory.kerberos import Kerberos
from backend.adapters.postgres.administration import PostgresAdmin
from backend.adapters.postgres.directory import PostgresDirectory
from backend.adapters.postgres.store import PostgresStore
from backend.adapters.sign_in.attempts import Attempts
from backend.adapters.sign_in.factors import SecondFactors
from backend.adapters.sign_in.openid import OpenId
from backend.adapters.sign_in.passkeys import Passkeys
from backend.adapters.sign_in.passwords import Passwords
from backend.adapters.sign_in.steps import Steps
from backend.application.access import Access
from backend.application.desk import Desk, utc_now
from backend.application.directory_sync import DirectorySync
from backend.application.sign_in import SignIn, SignInSettings
from backend.application.sign_in_ports import Session, Visitor
from backend.config import Config
from backend.domain.access.policy import Action, can

log = structlog.get_logger()
DEVICE_DAYS = 400
OPENID_S = 600
FORGET_EVERY_S = 600.0


class SigningIn:
    """The parts, and the cookies: the session's (strict: no other site's page can use it), the browser's own token, and the
    one that ties an OpenID Connect answer to the browser that asked."""

    def __init__(
        self,
        config: Config,
        engine: AsyncEngine,
        store: PostgresStore,
        admin: PostgresAdmin,
        desk: Desk,
        access: Access,
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        secret = config.secret.get_secret_value()
        self.config = config
        self.desk = desk
        self.access = access
        self.accounts = Accounts(
            engine, timedelta(hours=config.session_hours), timedelta(minutes=config.session_idle_minutes)
        )
        self.steps = Steps(engine)
        self.attempts = Attempts(engine)
        self.factors = SecondFactors(engine, secret)
        self.passwords = Passwords(engine)
        self.passkeys = Passkeys(engine, self.steps, secret)
        self.directory = ActiveDirectory(
            lambda: self._settings().directory, config.directory_password, config.directory_ca
        )
        self.tickets = Kerberos(config.keytab)
        self.openid = OpenId(lambda: self._settings().openid, config.openid_secret, self.steps)
        ours = PostgresDirectory(engine, admin)
        self.sign_in = SignIn(
            accounts=self.accounts,
            passwords=self.passwords,
            factors=self.factors,
            passkeys=self.passkeys,
            attempts=self.attempts,
            steps=self.steps,
            directory=self.directory,
            ours=ours,
            settings=self._settings,
            changed=reload,
            clock=utc_now,
        )
        self.sync = DirectorySync(
            self.directory, ours, store, lambda: self._settings().directory, reload, desk.sign_out_agent, utc_now
        )

    def _settings(self) -> SignInSettings:
        return self.desk.settings.sign_in

    async def forget(self) -> None:
        """Counters and steps that nobody asks about any more."""
        while True:
            try:
                await self.attempts.forget_old()
            except Exception:
                log.exception("attempts_not_forgotten")
            await asyncio.sleep(FORGET_EVERY_S)

    def close(self) -> None:
        self.directory.close()
        self.passwords.close()

    # ---- browsers

    def _named(self, name: str) -> str:
        """Tests over plain HTTP cannot have the prefix that browsers keep for TLS."""
        return name if self.config.insecure_cookies else f"__Host-{name}"

    def token_of(self, connection: HTTPConnection) -> str | None:
        return connection.cookies.get(self._named("kc"))

    def address_of(self, connection: HTTPConnection) -> str:
        direct = connection.client.host if connection.client else ""
        if self.config.is_proxy(direct):
            forwarded = connection.headers.get("x-forwarded-for", "").split(",")[-1].strip()
            return forwarded or direct
        return direct

    def visitor_of(self, connection: HTTPConnection | Request) -> Visitor:
        address, device = self.address_of(connection), connection.cookies.get(self._named("kc-device"))
        scheme = connection.url.scheme.replace("ws", "http")
        if self.config.is_proxy(connection.client.host if connection.client else ""):
            scheme = connection.headers.get("x-forwarded-proto", scheme)
        return Visitor(
            address=address,
            trusted=self.config.trusts(address),
            browser=connection.headers.get("user-agent", "")[:300],
            device=hash_token(device) if device and len(device) <= 200 else None,
            origin=f"{scheme}://{connection.headers.get('host', '')}",
        )

    def put_session(self, response: Response, session: Session | None) -> None:
        """None: nobody is signed in in this browser any more."""
        life = self.config.session_hours * 3600 if session else 0
        self._put(response, "kc", session.token if session else "", life, "strict")
        if session is not None and session.device is not None:
            # Lax: it must be seen when a provider sends the browser back to us.
            self._put(response, "kc-device", session.device, DEVICE_DAYS * 86_400, "lax")

    def put_openid(self, response: Response, value: str | None) -> None:
        self._put(response, "kc-openid", value or "", OPENID_S if value else 0, "lax")

    def openid_of(self, request: Request) -> str:
        return request.cookies.get(self._named("kc-openid"), "")

    def _put(self, response: Response, name: str, value: str, seconds: int, same_site) -> None:
        response.set_cookie(
            self._named(name),
            value,
            max_age=seconds,
            path="/",
            secure=not self.config.insecure_cookies,
            httponly=True,
            samesite=same_site,
        )

    async def began(self, session: Session) -> None:
        """The agent is on duty."""
        if can(self.access.actor(session.user), Action.WORK):
            await self.desk.sign_in_agent(session.user)
