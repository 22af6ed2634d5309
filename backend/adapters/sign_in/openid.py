"""Signing in through a foreign provider: OpenID Connect, authorization code flow with PKCE (RFC 7636), state and nonce.

authlib speaks OAuth, joserfc checks the token's signature; which claims must hold is written here (OpenID Connect Core 3.1.3.7).
"""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
import structlog
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from backend.adapters.sign_in.steps import Steps
from backend.application.sign_in_ports import Identity, ProviderFailed
from backend.domain.access.directory import OpenIdSettings

log = structlog.get_logger()
PATIENCE = timedelta(minutes=10)
TIMEOUT_S = 8.0
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
KNOWN_FOR_S = 600.0
LEEWAY_S = 60
SEVERAL_FACTORS = {"mfa", "otp", "hwk", "swk", "fido", "pop", "sc"}


class Begun(msgspec.Struct, frozen=True):
    """What only the browser that began may go on with."""

    verifier: str
    nonce: str
    redirect: str
    browser: str


class OpenId:
    def __init__(self, settings: Callable[[], OpenIdSettings], secret: SecretStr | None, steps: Steps) -> None:
        self._settings = settings
        self._secret = secret
        self._steps = steps
        self._found: tuple[str, float, dict[str, Any]] | None = None

    async def begin(self, redirect: str) -> tuple[str, str]:
        """Where to send the browser, and a token for its cookie. Raises ProviderFailed."""
        s, provider = self._settings(), await self._provider()
        begun = Begun(generate_token(64), secrets.token_urlsafe(24), redirect, secrets.token_urlsafe(24))
        state = await self._steps.begin(begun, PATIENCE)
        async with self._client(s, redirect) as client:
            url, _ = client.create_authorization_url(
                provider["authorization_endpoint"],
                state=state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                scope=" ".join(s.scopes),
            )
        return url, begun.browser

    async def finish(self, state: str, code: str, browser: str, issuer: str | None) -> Identity:
        """``issuer``: as the answer names it (RFC 9207), where it does. Raises ProviderFailed; a state is good once."""
        s, provider = self._settings(), await self._provider()
        begun = await self._steps.take(state, Begun)
        if begun is None or not secrets.compare_digest(begun.browser, browser):
            raise ProviderFailed("state")
        if issuer is not None and issuer != provider["issuer"]:
            raise ProviderFailed("issuer of the answer")
        try:
            async with self._client(s, begun.redirect) as client:
                tokens = await client.fetch_token(
                    provider["token_endpoint"], code=code, code_verifier=begun.verifier, grant_type="authorization_code"
                )
            claims = await self._claims(tokens.get("id_token") or "", begun.nonce)
            if "userinfo_endpoint" in provider and s.groups_claim not in claims and tokens.get("access_token"):
                claims = await self._with_user_info(provider["userinfo_endpoint"], tokens["access_token"], claims)
        except ProviderFailed:
            raise
        except Exception as error:
            # authlib raises errors of its own, httpx its own, broken JSON others: all mean the same here.
            raise ProviderFailed(f"token: {type(error).__name__} {str(error)[:200]}") from error
        return self._identity(claims, s)

    async def end_url(self, back: str) -> str | None:
        """Where the provider ends its own session (RP-initiated logout), if it can."""
        if not self._settings().enabled:
            return None
        try:
            provider = await self._provider()
        except ProviderFailed:
            return None
        if "end_session_endpoint" not in provider:
            return None
        query = urlencode({"client_id": self._settings().client, "post_logout_redirect_uri": back})
        return f"{provider['end_session_endpoint']}?{query}"

    async def check(self) -> str | None:
        """Why the provider cannot be used, or None."""
        self._found = None
        if self._secret is None:
            return "KC_OPENID_SECRET"
        try:
            await self._keys(await self._provider())
        except ProviderFailed as why:
            return str(why)
        return None

    # ----

    def _client(self, s: OpenIdSettings, redirect: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=s.client,
            client_secret=self._secret.get_secret_value() if self._secret else None,
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def _get(self, url: str, **options: Any) -> Any:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                answer = await client.get(url, **options)
                answer.raise_for_status()
                return answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderFailed(f"{url}: {type(error).__name__} {str(error)[:150]}") from error

    async def _provider(self) -> dict[str, Any]:
        """Its discovery document (OpenID Connect Discovery 4)."""
        issuer = self._settings().issuer.rstrip("/")
        if self._found and self._found[0] == issuer and time.monotonic() - self._found[1] < KNOWN_FOR_S:
            return self._found[2]
        found = await self._get(f"{issuer}/.well-known/openid-configuration")
        if not isinstance(found, dict) or str(found.get("issuer", "")).rstrip("/") != issuer:
            raise ProviderFailed("issuer: the provider calls itself something else")
        missing = [n for n in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not found.get(n)]
        if missing:
            raise ProviderFailed(f"discovery: {', '.join(missing)}")
        self._found = (issuer, time.monotonic(), found)
        return found

    async def _keys(self, provider: dict[str, Any]) -> KeySet:
        try:
            return KeySet.import_key_set(await self._get(provider["jwks_uri"]))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderFailed(f"keys: {str(error)[:150]}") from error

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        provider, s = await self._provider(), self._settings()
        try:
            decoded = jwt.decode(token, await self._keys(provider), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise ProviderFailed(f"signature: {str(error)[:150]}") from error
        claims, now = decoded.claims, time.time()
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else list(audience or ())
        wrong = [
            name
            for name, holds in (
                ("iss", claims.get("iss") == provider["issuer"]),
                ("aud", s.client in audiences),
                ("azp", len(audiences) == 1 or claims.get("azp") == s.client),
                ("exp", _number(claims.get("exp")) > now - LEEWAY_S),
                ("iat", _number(claims.get("iat")) < now + LEEWAY_S),
                ("nonce", secrets.compare_digest(str(claims.get("nonce") or ""), nonce)),
                ("sub", bool(claims.get("sub"))),
            )
            if not holds
        ]
        if wrong:
            raise ProviderFailed(f"claims: {', '.join(wrong)}")
        return dict(claims)

    async def _with_user_info(self, url: str, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        more = await self._get(url, headers={"Authorization": f"Bearer {access_token}"})
        # Of another person than the token: a substituted answer (OpenID Connect Core 5.3.2).
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise ProviderFailed("userinfo: sub")
        return more | claims

    def _identity(self, claims: dict[str, Any], s: OpenIdSettings) -> Identity:
        groups = claims.get(s.groups_claim) or ()
        login = str(claims.get(s.login_claim) or claims.get("email") or claims["sub"])
        methods = claims.get("amr") or ()
        return Identity(
            external=f"{claims['iss']}|{claims['sub']}",
            login=login.strip().lower()[:100],
            name=str(claims.get("name") or login)[:200],
            email=str(claims.get("email") or "")[:200],
            groups=frozenset([groups] if isinstance(groups, str) else map(str, groups)),
            several_factors=bool(SEVERAL_FACTORS & set(map(str, methods if isinstance(methods, list) else ()))),
        )


def _number(value: Any) -> float:
    """What is no number is smaller and greater than nothing."""
    return float(value) if isinstance(value, int | float) else float("nan")
