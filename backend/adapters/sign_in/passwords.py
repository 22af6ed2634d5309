"""Passwords of local accounts: argon2 hashes, their history, and what is guessed first."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from backend.adapters.postgres.account_log import note
from backend.application.sign_in_ports import Busy
from backend.domain.access.account_events import PasswordChanged
from backend.domain.access.password_policy import (
    MOST_REMEMBERED,
    PasswordPolicy,
    PasswordProblem,
    normalised,
    problems,
    used_before,
)

_hasher = PasswordHasher()
LONGEST_GIVEN = 1000
WAITING_STRANGERS = 40
"""Log-ins from unknown browsers that may wait to be compared. Beyond, the answer is that there is no time now."""


def hash_password(password: str) -> str:
    return _hasher.hash(normalised(password))


def verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, normalised(password[:LONGEST_GIVEN]))
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    """What an unknown log-in is compared with. Made at the first sign-in: it costs a tenth of a second."""
    return _hasher.hash(secrets.token_hex(16))


@cache
def common() -> frozenset[str]:
    """30,000 passwords that are guessed first."""
    return frozenset(FREQUENCY_LISTS["passwords"])


class Passwords:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        # Comparing costs 50 ms of a core on purpose. A flood of strangers gets one thread and waits in a short line; people
        # in browsers that we know never stand behind it.
        self._strangers = ThreadPoolExecutor(1, "passwords-strangers")
        self._known = ThreadPoolExecutor(1, "passwords-known")
        self._waiting = 0

    def close(self) -> None:
        for pool in (self._strangers, self._known):
            pool.shutdown(wait=False, cancel_futures=True)

    async def matches(self, hashed: str | None, password: str, *, stranger: bool) -> bool:
        """``hashed`` None: an account that is not there; it takes the same time. Raises Busy."""
        if stranger and self._waiting >= WAITING_STRANGERS:
            raise Busy
        self._waiting += stranger
        try:
            pool = self._strangers if stranger else self._known
            return await asyncio.get_running_loop().run_in_executor(pool, _matches, hashed, password)
        finally:
            self._waiting -= stranger

    async def replace(
        self, user: int, new: str, policy: PasswordPolicy, actor: int | None, *, must_change: bool = False
    ) -> list[PasswordProblem]:
        """Empty when it is in force. All other proofs and sessions stay: they are the caller's to end."""
        async with self.engine.begin() as connection:
            row = (
                await connection.execute(
                    text("SELECT login, name, password_hash FROM user_account WHERE id = :user FOR UPDATE"),
                    {"user": user},
                )
            ).one()
            found = problems(policy, new, owner=(row.login, row.name), common=common())
            old = await connection.execute(
                text('SELECT hash FROM password_history WHERE "user" = :user ORDER BY at DESC LIMIT :most'),
                {"user": user, "most": policy.history},
            )
            hashes = [row.password_hash, *(r.hash for r in old)]
            if await asyncio.to_thread(used_before, lambda hashed: verify(hashed, new), hashes):
                found.append(PasswordProblem.USED_BEFORE)
            if found:
                return found
            await set_password(connection, user, await asyncio.to_thread(hash_password, new), must_change=must_change)
            await note(connection, user, PasswordChanged(), actor)
        return []


async def set_password(connection: AsyncConnection, user: int, hashed: str, *, must_change: bool) -> None:
    """The one before goes to the history, which keeps as many as any policy may ask about."""
    values = {"user": user, "hash": hashed, "must": must_change, "now": datetime.now(UTC), "most": MOST_REMEMBERED}
    await connection.execute(
        text(
            'INSERT INTO password_history ("user", hash, at) SELECT id, password_hash, :now FROM user_account'
            " WHERE id = :user AND password_hash <> ''"
        ),
        values,
    )
    await connection.execute(
        text(
            'DELETE FROM password_history WHERE "user" = :user AND at NOT IN (SELECT at FROM password_history'
            ' WHERE "user" = :user ORDER BY at DESC LIMIT :most)'
        ),
        values,
    )
    await connection.execute(
        text(
            "UPDATE user_account SET password_hash = :hash, must_change_password = :must, password_changed_at = :now"
            " WHERE id = :user"
        ),
        values,
    )


def _matches(hashed: str | None, password: str) -> bool:
    good = verify(hashed or _dummy(), password)
    return good and bool(hashed)
