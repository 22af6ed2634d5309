"""Local accounts: argon2 passwords, time-based codes (RFC 6238), sessions in PostgreSQL.

A wrong password, an unknown login and a switched-off account get the same answer after the same work. Codes are accepted
once. Only a hash of a session's token is stored, second-factor secrets are encrypted.
"""

import asyncio
import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache

import msgspec
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres.reading import alone
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.locale import Locale

ISSUER = "KC"
ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_LOGIN = 8
ATTEMPTS_PER_ADDRESS = 50
SHORTEST_PASSWORD = 10

_hasher = PasswordHasher()


@cache
def _dummy() -> str:
    """What an unknown log-in is compared with. Made at the first sign-in: it costs a tenth of a second."""
    return _hasher.hash(secrets.token_hex(16))


class SignInRefusal(StrEnum):
    WRONG = "wrong"
    """Login or password; which of them is not told."""
    CODE_REQUIRED = "code_required"
    CODE_WRONG = "code_wrong"
    SECOND_FACTOR_MISSING = "second_factor_missing"
    """Outside the trusted networks, and the account has no second factor yet: set it up from inside."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"


class Session(msgspec.Struct, frozen=True):
    token: str
    user: UserId
    expires_at: datetime


class Account(msgspec.Struct, frozen=True):
    id: int
    login: str
    name: str
    has_second_factor: bool
    locale: Locale | None


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Accounts:
    def __init__(self, engine: AsyncEngine, secret: str, life: timedelta, idle: timedelta) -> None:
        self.engine = engine
        self._alone = alone(engine)
        self.life = life
        self.idle = idle
        key = hashlib.scrypt(secret.encode(), salt=b"kc second factors", n=2**12, r=8, p=1, dklen=32)
        self._vault = Fernet(base64.urlsafe_b64encode(key))

    async def sign_in(
        self, login: str, password: str, code: str | None, *, address: str, browser: str, trusted: bool
    ) -> Session | SignInRefusal:
        """``trusted``: the client is in a network where no second factor is asked (it is checked when given)."""
        login = login.strip().lower()[:100]
        if await self._too_many(login, address):
            await self._note(login, address, SignInRefusal.TOO_MANY_ATTEMPTS)
            return SignInRefusal.TOO_MANY_ATTEMPTS
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(text("SELECT * FROM user_account WHERE login = :login"), {"login": login})
            ).first()
        known = row if row is not None and row.active else None
        dummy = await asyncio.to_thread(_dummy)
        good = await asyncio.to_thread(_verify, row.password_hash if known else dummy, password[:1000])
        if known is None or not good:
            await self._note(login, address, SignInRefusal.WRONG)
            return SignInRefusal.WRONG
        if known.totp_secret is None:
            if not trusted:
                await self._note(login, address, SignInRefusal.SECOND_FACTOR_MISSING)
                return SignInRefusal.SECOND_FACTOR_MISSING
        elif code:
            if not await self._use_code(known.id, known.totp_secret, code):
                await self._note(login, address, SignInRefusal.CODE_WRONG)
                return SignInRefusal.CODE_WRONG
        elif not trusted:
            return SignInRefusal.CODE_REQUIRED
        await self._note(login, address, "ok")
        return await self._open(known.id, address, browser)

    async def _open(self, user: UserId, address: str, browser: str) -> Session:
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    'INSERT INTO session (token_hash, "user", seen_at, expires_at, address, browser)'
                    " VALUES (:hash, :user, :now, :expires, :address, :browser)"
                ),
                {
                    "hash": _hash(token),
                    "user": user,
                    "now": now,
                    "expires": now + self.life,
                    "address": address,
                    "browser": browser[:200],
                },
            )
        return Session(token, user, now + self.life)

    async def user(self, token: str | None) -> UserId | None:
        """Whose session it is; None for nobody's. Also None as soon as the account is switched off."""
        if not token or len(token) > 200:
            return None
        now = datetime.now(UTC)
        async with self._alone.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        'SELECT s."user", s.seen_at FROM session s JOIN user_account u ON u.id = s."user"'
                        " WHERE s.token_hash = :hash AND s.expires_at > :now AND s.seen_at > :idle AND u.active"
                    ),
                    {"hash": _hash(token), "now": now, "idle": now - self.idle},
                )
            ).first()
            if row is None:
                return None
            if now - row.seen_at > timedelta(seconds=30):
                await connection.execute(
                    text("UPDATE session SET seen_at = :now WHERE token_hash = :hash"),
                    {"now": now, "hash": _hash(token)},
                )
        return row.user

    async def sign_out(self, token: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text("DELETE FROM session WHERE token_hash = :hash"), {"hash": _hash(token)})

    async def account(self, user: int) -> Account | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(text("SELECT * FROM user_account WHERE id = :id"), {"id": user})).first()
        if row is None:
            return None
        locale = Locale(row.locale) if row.locale else None
        return Account(row.id, row.login, row.name, row.totp_secret is not None, locale)

    async def choose_locale(self, user: int, locale: Locale) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE user_account SET locale = :locale WHERE id = :id"), {"locale": locale.value, "id": user}
            )

    # ---- second factor

    async def propose_second_factor(self, login: str) -> tuple[str, str]:
        """A new secret and its otpauth URI for the authenticator app; nothing is stored until it is confirmed."""
        secret = pyotp.random_base32()
        return secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)

    async def confirm_second_factor(self, user: int, secret: str, code: str) -> bool:
        """Whether the code fits; from then on the account has this second factor. An existing one is not replaced."""
        try:
            good = pyotp.TOTP(secret).verify(code.strip(), valid_window=1)
        except ValueError:
            return False
        if not good or len(secret) < 32:
            return False
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text("UPDATE user_account SET totp_secret = :secret WHERE id = :id AND totp_secret IS NULL"),
                {"secret": self._vault.encrypt(secret.encode()), "id": user},
            )
        return done.rowcount == 1

    async def _use_code(self, user: int, sealed: bytes, code: str) -> bool:
        totp = pyotp.TOTP(self._vault.decrypt(bytes(sealed)).decode())
        now = datetime.now(UTC)
        for offset in (0, -1, 1):
            step = totp.timecode(now) + offset
            if secrets.compare_digest(totp.generate_otp(step), code.strip()):
                async with self.engine.begin() as connection:
                    used = await connection.execute(
                        text(
                            "UPDATE user_account SET totp_last_step = :step"
                            " WHERE id = :id AND coalesce(totp_last_step, 0) < :step"
                        ),
                        {"step": step, "id": user},
                    )
                return used.rowcount == 1
        return False

    # ---- attempts

    async def _too_many(self, login: str, address: str) -> bool:
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT count(*) FILTER (WHERE login = :login AND at > coalesce((SELECT max(at) FROM"
                        " sign_in_attempt WHERE login = :login AND outcome = 'ok'), '-infinity')) AS by_login,"
                        " count(*) FILTER (WHERE address = :address) AS by_address FROM sign_in_attempt"
                        " WHERE at > :since AND outcome <> 'ok' AND (login = :login OR address = :address)"
                    ),
                    {"login": login, "address": address, "since": datetime.now(UTC) - ATTEMPT_WINDOW},
                )
            ).one()
        return row.by_login >= ATTEMPTS_PER_LOGIN or row.by_address >= ATTEMPTS_PER_ADDRESS

    async def _note(self, login: str, address: str, outcome: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO sign_in_attempt (login, address, outcome) VALUES (:login, :address, :outcome)"),
                {"login": login, "address": address, "outcome": str(outcome)},
            )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
