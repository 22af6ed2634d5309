"""What stands beside a password: time-based codes (RFC 6238) and recovery codes. Passkeys have a file of their own."""

import asyncio
import base64
import hashlib
import secrets
from datetime import UTC, datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres.account_log import note
from backend.application.sign_in_ports import Factors
from backend.domain.access.account_events import FactorAdded, FactorKind, FactorRemoved, FactorsReset, FactorUsed

ISSUER = "KC"
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that looks like another."""
SELECTOR, SECRET = 4, 12
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Lighter than for passwords: nobody chose these 60 bits."""


class SecondFactors:
    def __init__(self, engine: AsyncEngine, secret: str) -> None:
        self.engine = engine
        key = hashlib.scrypt(secret.encode(), salt=b"kc second factors", n=2**12, r=8, p=1, dklen=32)
        self._vault = Fernet(base64.urlsafe_b64encode(key))

    async def of(self, user: int) -> Factors:
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT totp_secret IS NOT NULL AS totp,"
                        ' (SELECT count(*) FROM passkey WHERE "user" = :user) AS passkeys,'
                        ' (SELECT count(*) FROM recovery_code WHERE "user" = :user AND used_at IS NULL) AS codes'
                        " FROM user_account WHERE id = :user"
                    ),
                    {"user": user},
                )
            ).first()
        return Factors(row.totp, row.passkeys, row.codes) if row is not None else Factors()

    async def use_code(self, user: int, code: str) -> FactorKind | None:
        """What the code was: one of the authenticator's, or a recovery code. Each is good once. None: neither."""
        plain = code.replace(" ", "").replace("-", "").upper()
        if plain.isdecimal():
            return FactorKind.TOTP if await self._use_totp(user, plain) else None
        return FactorKind.RECOVERY_CODE if await self._use_recovery_code(user, plain) else None

    # ---- time-based codes

    def propose_totp(self, login: str) -> tuple[str, str]:
        """A new secret and its otpauth URI for the authenticator app; nothing is stored until it is confirmed."""
        secret = pyotp.random_base32()
        return secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)

    async def confirm_totp(self, user: int, secret: str, code: str) -> bool:
        """Whether the code fits; from then on the account has this second factor. An existing one is not replaced."""
        try:
            good = len(secret) >= 32 and pyotp.TOTP(secret).verify(code.strip(), valid_window=1)
        except ValueError:
            return False
        if not good:
            return False
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text(
                    "UPDATE user_account SET totp_secret = :secret, totp_last_step = NULL"
                    " WHERE id = :id AND totp_secret IS NULL"
                ),
                {"secret": self.seal(secret), "id": user},
            )
            if done.rowcount == 1:
                await note(connection, user, FactorAdded(kind=FactorKind.TOTP), user)
        return done.rowcount == 1

    async def remove_totp(self, user: int) -> bool:
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text("UPDATE user_account SET totp_secret = NULL WHERE id = :id AND totp_secret IS NOT NULL"),
                {"id": user},
            )
            if done.rowcount == 1:
                await note(connection, user, FactorRemoved(kind=FactorKind.TOTP), user)
        return done.rowcount == 1

    def seal(self, secret: str) -> bytes:
        return self._vault.encrypt(secret.encode())

    async def _use_totp(self, user: int, code: str) -> bool:
        async with self.engine.connect() as connection:
            sealed = await connection.scalar(text("SELECT totp_secret FROM user_account WHERE id = :id"), {"id": user})
        if sealed is None:
            return False
        try:
            totp = pyotp.TOTP(self._vault.decrypt(bytes(sealed)).decode())
        except InvalidToken:
            return False
        now = datetime.now(UTC)
        for offset in (0, -1, 1):
            step = totp.timecode(now) + offset
            if secrets.compare_digest(totp.generate_otp(step), code):
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

    # ---- recovery codes: a selector by which the row is found, and a secret of 60 bits that only a hash of is kept

    async def new_recovery_codes(self, user: int) -> list[str]:
        """Ten new ones, shown this once; those before are good no more."""
        made = [(_random(SELECTOR), _random(SECRET)) for _ in range(RECOVERY_CODES)]
        while len({selector for selector, _ in made}) < RECOVERY_CODES:
            made = [(_random(SELECTOR), _random(SECRET)) for _ in range(RECOVERY_CODES)]
        hashes = await asyncio.to_thread(lambda: [_hasher.hash(secret) for _, secret in made])
        async with self.engine.begin() as connection:
            await connection.execute(text('DELETE FROM recovery_code WHERE "user" = :user'), {"user": user})
            await connection.execute(
                text('INSERT INTO recovery_code ("user", selector, hash) VALUES (:user, :selector, :hash)'),
                [
                    {"user": user, "selector": selector, "hash": hashed}
                    for (selector, _), hashed in zip(made, hashes, strict=True)
                ],
            )
            await note(connection, user, FactorAdded(kind=FactorKind.RECOVERY_CODE), user)
        return ["-".join(f"{selector}{secret}"[n : n + 4] for n in range(0, 16, 4)) for selector, secret in made]

    async def _use_recovery_code(self, user: int, code: str) -> bool:
        if len(code) != SELECTOR + SECRET:
            return False
        selector, secret = code[:SELECTOR], code[SELECTOR:]
        async with self.engine.connect() as connection:
            hashed = await connection.scalar(
                text('SELECT hash FROM recovery_code WHERE "user" = :user AND selector = :s AND used_at IS NULL'),
                {"user": user, "s": selector},
            )
        if hashed is None or not await asyncio.to_thread(_is, hashed, secret):
            return False
        async with self.engine.begin() as connection:
            used = await connection.execute(
                text(
                    "UPDATE recovery_code SET used_at = clock_timestamp()"
                    ' WHERE "user" = :user AND selector = :s AND used_at IS NULL'
                ),
                {"user": user, "s": selector},
            )
            if used.rowcount == 1:
                await note(connection, user, FactorUsed(kind=FactorKind.RECOVERY_CODE), user)
        return used.rowcount == 1

    async def reset(self, user: int, actor: int) -> bool:
        """All of them: for somebody who has lost everything. An administrator does it, and the log says who."""
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text("UPDATE user_account SET totp_secret = NULL WHERE id = :user"), {"user": user}
            )
            if done.rowcount != 1:
                return False
            await connection.execute(text('DELETE FROM passkey WHERE "user" = :user'), {"user": user})
            await connection.execute(text('DELETE FROM recovery_code WHERE "user" = :user'), {"user": user})
            await note(connection, user, FactorsReset(), actor)
        return True


def _is(hashed: str, secret: str) -> bool:
    try:
        return _hasher.verify(hashed, secret)
    except VerifyMismatchError:
        return False


def _random(letters: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))
