"""Sign-ins that are half done: what was proved, what is awaited. In the database, so that any process may go on with them."""

import hashlib
import secrets
from datetime import timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")


class Steps:
    """A step is known by a random token of which only a hash is stored."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def begin(self, body: msgspec.Struct, life: timedelta) -> str:
        token = secrets.token_urlsafe(32)
        await self.put(token, body, life)
        return token

    async def put(self, token: str, body: msgspec.Struct, life: timedelta) -> bool:
        """False when a step of this token is there already."""
        async with self.engine.begin() as connection:
            await connection.execute(text("DELETE FROM sign_in_step WHERE expires_at < clock_timestamp()"))
            done = await connection.execute(
                text(
                    "INSERT INTO sign_in_step (token_hash, kind, body, expires_at)"
                    " VALUES (:hash, :kind, CAST(:body AS jsonb), clock_timestamp() + :life) ON CONFLICT DO NOTHING"
                ),
                {
                    "hash": _hash(token),
                    "kind": type(body).__name__,
                    "body": msgspec.json.encode(body).decode(),
                    "life": life,
                },
            )
        return done.rowcount == 1

    async def read(self, token: str | None, kind: type[T]) -> T | None:
        """It stays. None when it is over, or of another kind."""
        return await self._one(
            "SELECT body::text AS body FROM sign_in_step"
            " WHERE token_hash = :hash AND kind = :kind AND expires_at > clock_timestamp()",
            token,
            kind,
        )

    async def take(self, token: str | None, kind: type[T]) -> T | None:
        """It is gone afterwards: only one caller gets it."""
        return await self._one(
            "DELETE FROM sign_in_step WHERE token_hash = :hash AND kind = :kind"
            " AND expires_at > clock_timestamp() RETURNING body::text AS body",
            token,
            kind,
        )

    async def _one(self, sql: str, token: str | None, kind: type[T]) -> T | None:
        if not token or len(token) > 100_000:
            return None
        async with self.engine.begin() as connection:
            body = await connection.scalar(text(sql), {"hash": _hash(token), "kind": kind.__name__})
        return msgspec.json.decode(body, type=kind) if body is not None else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
