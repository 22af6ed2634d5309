"""OpenID Connect providers for tests: a real one (oidc-provider-mock, on authlib), and one that lies as it is told to."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.web import served


@contextmanager
def provider() -> Iterator[str]:
    """Its issuer. People are made by PUT /users/{sub} with their claims, and sign in by naming themselves."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


class Liar:
    """A provider whose tokens say whatever ``lie`` changes. It hands out one code for whatever is asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.signed_by = self.key
        self.lie: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.verifiers: list[str] = []
        self.issuer = ""

    def claims(self) -> dict[str, Any]:
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": "kc",
            "sub": "abc-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked.get("nonce", ""),
            "preferred_username": "federovany",
            "name": "Federovaný Člověk",
            "groups": ["operatori"],
        }
        return {k: v for k, v in (said | self.lie).items() if v is not None}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def discovery() -> dict:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/end",
            }

        @app.get("/jwks")
        async def jwks() -> dict:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.post("/token")
        async def token(request: Request) -> dict:
            form = parse_qs((await request.body()).decode())
            self.verifiers.append(form["code_verifier"][0])
            algorithm = "none" if self.signed_by is None else "RS256"
            signed = jwt.encode({"alg": algorithm, "kid": "k1"}, self.claims(), self.signed_by or self.key)
            return {"access_token": "a", "token_type": "Bearer", "id_token": signed, "expires_in": 300}

        return app

    def answer_to(self, location: str) -> dict[str, str]:
        """What the browser brings back from ``location``, where we sent it."""
        self.asked = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
        return {"state": self.asked["state"], "code": "code-1"}


@asynccontextmanager
async def lying() -> AsyncIterator[Liar]:
    liar = Liar()
    async with served(liar.app()) as port:
        liar.issuer = f"http://localhost:{port}"
        yield liar
