"""Accounts, their sessions and the browsers they were used in. Only hashes of tokens are stored."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres.account_log import note
from backend.adapters.postgres.reading import alone
from backend.adapters.sign_in.passwords import hash_password as hash_password
from backend.application.sign_in_ports import AccountRow, Device, LiveSession, Session, Visitor
from backend.domain.access.account_events import FactorKind, SessionEnd, SessionsEnded, SignedIn, Way
from backend.domain.access.directory import Source
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.locale import Locale

SEEN_AGAIN_AFTER = timedelta(seconds=30)
MOST_DEVICES = 50
"""Browsers remembered of one user; the longest unseen are forgotten."""


class Account(msgspec.Struct, frozen=True):
    id: int
    login: str
    name: str
    has_second_factor: bool
    source: Source = Source.LOCAL
    locale: Locale | None = None


class Accounts:
    def __init__(self, engine: AsyncEngine, life: timedelta, idle: timedelta) -> None:
        """``life``: of a session, whatever its use; ``idle``: without any."""
        self.engine = engine
        self._alone = alone(engine)
        self.life = life
        self.idle = idle

    # ---- whose session

    async def user(self, token: str | None, *, used: bool = True) -> UserId | None:
        """Whose session it is; None for nobody's. Also None as soon as the account is switched off. ``used``: somebody does
        something with it; otherwise it is only looked whether it still holds."""
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
                    {"hash": hash_token(token), "now": now, "idle": now - self.idle},
                )
            ).first()
            if row is None:
                return None
            if used and now - row.seen_at > SEEN_AGAIN_AFTER:
                await connection.execute(
                    text("UPDATE session SET seen_at = :now WHERE token_hash = :hash"),
                    {"now": now, "hash": hash_token(token)},
                )
        return row.user

    async def open(self, user: UserId, way: Way, factor: FactorKind | None, visitor: Visitor) -> Session:
        """A new session; its token is a new one, whatever the browser had. A browser that has no device token gets one."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        made = None if visitor.device is not None else secrets.token_urlsafe(32)
        device = visitor.device if made is None else hash_token(made)
        async with self.engine.begin() as connection:
            new = await self._seen_in(connection, user, device, visitor)
            await connection.execute(
                text(
                    'INSERT INTO session (token_hash, "user", seen_at, expires_at, address, browser, way, device)'
                    " VALUES (:hash, :user, :now, :expires, :address, :browser, :way, :device)"
                ),
                {
                    "hash": hash_token(token),
                    "user": user,
                    "now": now,
                    "expires": now + self.life,
                    "address": visitor.address,
                    "browser": visitor.browser[:300],
                    "way": way.value,
                    "device": device,
                },
            )
            await connection.execute(
                text('DELETE FROM session WHERE "user" = :user AND (expires_at < :now OR seen_at < :idle)'),
                {"user": user, "now": now, "idle": now - self.idle},
            )
            event = SignedIn(way=way, factor=factor, address=visitor.address, new_device=new)
            await note(connection, user, event, user)
        return Session(token, user, now + self.life, made)

    async def choose_locale(self, user: int, locale: Locale) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE user_account SET locale = :locale WHERE id = :id"), {"locale": locale.value, "id": user}
            )

    async def _seen_in(self, connection: AsyncConnection, user: UserId, device: bytes | None, visitor: Visitor) -> bool:
        """Whether the user was never seen in this browser. The first of all is nobody's surprise."""
        values = {
            "user": user,
            "device": device,
            "address": visitor.address,
            "browser": visitor.browser[:300],
            "most": MOST_DEVICES,
        }
        new = await connection.scalar(
            text(
                'INSERT INTO known_device AS d ("user", device, address, browser, told) VALUES (:user, :device, :address,'
                ' :browser, NOT EXISTS (SELECT 1 FROM known_device WHERE "user" = :user))'
                ' ON CONFLICT ("user", device) DO UPDATE SET seen_at = clock_timestamp(), address = :address,'
                " browser = :browser RETURNING (xmax = 0)"
            ),
            values,
        )
        await connection.execute(
            text(
                'DELETE FROM known_device WHERE "user" = :user AND device NOT IN (SELECT device FROM known_device'
                ' WHERE "user" = :user ORDER BY seen_at DESC LIMIT :most)'
            ),
            values,
        )
        return bool(new)

    async def end(self, token: str) -> None:
        async with self.engine.begin() as connection:
            user = await connection.scalar(
                text('DELETE FROM session WHERE token_hash = :hash RETURNING "user"'), {"hash": hash_token(token)}
            )
            if user is not None:
                await note(connection, user, SessionsEnded(why=SessionEnd.SIGNED_OUT, count=1), user)

    async def end_one(self, user: UserId, id: int) -> bool:
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text('DELETE FROM session WHERE id = :id AND "user" = :user'), {"id": id, "user": user}
            )
            if done.rowcount:
                await note(connection, user, SessionsEnded(why=SessionEnd.FROM_ELSEWHERE, count=1), user)
        return done.rowcount == 1

    async def end_all(self, user: UserId, why: SessionEnd, actor: UserId | None, but: str | None = None) -> int:
        """All sessions of an account, ``but`` that of this token; how many."""
        async with self.engine.begin() as connection:
            return await end_sessions(connection, user, why, actor, but)

    async def sessions(self, user: UserId, token: str | None) -> list[LiveSession]:
        """Those in force, the last seen first."""
        now = datetime.now(UTC)
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    'SELECT * FROM session WHERE "user" = :user AND expires_at > :now AND seen_at > :idle'
                    " ORDER BY seen_at DESC, id DESC"
                ),
                {"user": user, "now": now, "idle": now - self.idle},
            )
            mine = hash_token(token) if token else b""
            return [
                LiveSession(
                    id=r.id,
                    way=Way(r.way),
                    address=r.address or "",
                    browser=r.browser or "",
                    since=r.created_at,
                    seen_at=r.seen_at,
                    current=bytes(r.token_hash) == mine,
                )
                for r in rows
            ]

    # ---- browsers

    async def knows_device(self, login: str, device: bytes | None) -> bool:
        if device is None:
            return False
        async with self.engine.connect() as connection:
            return bool(
                await connection.scalar(
                    text(
                        'SELECT EXISTS (SELECT 1 FROM known_device d JOIN user_account u ON u.id = d."user"'
                        " WHERE u.login = :login AND d.device = :device)"
                    ),
                    {"login": login, "device": device},
                )
            )

    async def new_devices(self, user: UserId, device: bytes | None) -> list[Device]:
        """Where this account was used for the first time, and nobody has said "that was me". Not this browser itself."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    'SELECT address, browser, first_at FROM known_device WHERE "user" = :user AND NOT told'
                    " AND device IS DISTINCT FROM CAST(:device AS bytea) ORDER BY first_at DESC"
                ),
                {"user": user, "device": device},
            )
            return [Device(address=r.address, browser=r.browser, since=r.first_at) for r in rows]

    async def own_devices(self, user: UserId) -> None:
        """All of them are the user's."""
        async with self.engine.begin() as connection:
            await connection.execute(text('UPDATE known_device SET told = true WHERE "user" = :user'), {"user": user})

    # ---- accounts

    async def account(self, user: UserId) -> Account | None:
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT u.*, u.totp_secret IS NOT NULL OR EXISTS (SELECT 1 FROM passkey p"
                        ' WHERE p."user" = u.id) AS second FROM user_account u WHERE u.id = :id'
                    ),
                    {"id": user},
                )
            ).first()
        if row is None:
            return None
        locale = Locale(row.locale) if row.locale else None
        return Account(row.id, row.login, row.name, row.second, Source(row.source), locale)

    async def by_login(self, login: str) -> AccountRow | None:
        return await self._row("login = :value", login)

    async def by_id(self, user: UserId) -> AccountRow | None:
        return await self._row("id = :value", user)

    async def by_external(self, source: Source, external: str) -> AccountRow | None:
        return await self._row("external = :value AND source = :source", external, source)

    async def _row(self, where: str, value: object, source: Source | None = None) -> AccountRow | None:
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(f"SELECT * FROM user_account WHERE {where}"),  # noqa: S608
                    {"value": value} | ({"source": source.value} if source else {}),
                )
            ).first()
        if row is None:
            return None
        return AccountRow(
            id=row.id,
            login=row.login,
            name=row.name,
            active=row.active,
            source=Source(row.source),
            password_hash=row.password_hash,
            must_change_password=row.must_change_password,
            password_changed_at=row.password_changed_at,
        )

    async def note(self, login: str, address: str, outcome: str) -> None:
        """An attempt to sign in, for whoever looks into attacks."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO sign_in_attempt (login, address, outcome) VALUES (:login, :address, :outcome)"),
                {"login": login, "address": address, "outcome": str(outcome)},
            )


async def end_sessions(
    connection: AsyncConnection, user: UserId, why: SessionEnd, actor: UserId | None, but: str | None = None
) -> int:
    """In a transaction that does more."""
    done = await connection.execute(
        text('DELETE FROM session WHERE "user" = :user AND token_hash <> :mine'),
        {"user": user, "mine": hash_token(but) if but else b""},
    )
    if done.rowcount:
        await note(connection, user, SessionsEnded(why=why, count=done.rowcount), actor)
    return done.rowcount


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
