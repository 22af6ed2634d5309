"""Devices that want pushes, and the notes that are on their way to them."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.log import read_log
from backend.application.notifier import Parcel, Subscription
from backend.domain.agent.notes import Note, NoteKind, note_of
from backend.domain.alerts.limits import AlertKind
from backend.domain.kernel.ids import UserId

CLAIMED_FOR = timedelta(seconds=6)
"""Longer than a delivery takes; after it somebody else tries, for the first is dead."""
MOST_DEVICES = 10
"""Of one user; the oldest goes when another comes."""
_note = msgspec.json.Decoder(Note).decode
_KNOWN = "(body->>'kind' = ANY(:kinds) AND (body->>'alert' IS NULL OR body->>'alert' = ANY(:alerts)))"
"""Others are left to the newer process that wrote them."""
_KINDS = {"kinds": [kind.value for kind in NoteKind], "alerts": [kind.value for kind in AlertKind]}

_PUT = text(
    "INSERT INTO push_note (subscription, tag, body, expires_at, next_try_at)"
    " SELECT s.id, CAST(:tag AS text), CAST(:body AS jsonb), CAST(:until AS timestamptz), now()"
    ' FROM push_subscription s WHERE s."user" = :user AND (CAST(:device AS text) IS NULL OR s.device = :device)'
    " ON CONFLICT (subscription, tag) DO UPDATE SET body = excluded.body, expires_at = excluded.expires_at,"
    " next_try_at = excluded.next_try_at, attempts = 0, sent_at = NULL, revision = push_note.revision + 1"
)
_OF_USER = 'subscription IN (SELECT id FROM push_subscription WHERE "user" = :user)'
_UNSENT = text(f"DELETE FROM push_note WHERE tag = :tag AND attempts = 0 AND sent_at IS NULL AND {_OF_USER}")  # noqa: S608
_CANCEL = text(
    "UPDATE push_note SET body = CAST(:body AS jsonb), expires_at = :until, next_try_at = now(), attempts = 0,"  # noqa: S608
    f" sent_at = NULL, revision = revision + 1 WHERE tag = :tag AND body->>'kind' <> 'cancel' AND {_OF_USER}"
)
_CLAIM = text(
    "UPDATE push_note n SET attempts = n.attempts + 1, next_try_at = :until FROM push_subscription s, user_account u"  # noqa: S608
    " WHERE n.id IN (SELECT id FROM push_note WHERE sent_at IS NULL AND next_try_at <= :now AND expires_at > :now"
    f" AND {_KNOWN}"
    " ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)"
    ' AND s.id = n.subscription AND u.id = s."user"'
    ' RETURNING n.id, n.revision, n.attempts, n.body::text AS body, s."user", s.endpoint, s.p256dh, s.auth, s.device,'
    " u.locale, (SELECT q.name FROM interaction i JOIN queue q ON q.id = i.queue"
    " WHERE i.id = CAST(n.body->>'contact' AS uuid)) AS queue"
)


class PostgresNotes:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    # ---- devices

    async def subscribe(self, user: UserId, s: Subscription) -> None:
        """A device belongs to who subscribed there last."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    'INSERT INTO push_subscription ("user", endpoint, p256dh, auth, device)'
                    " VALUES (:user, :endpoint, :p256dh, :auth, :device) ON CONFLICT (endpoint) DO UPDATE SET"
                    ' "user" = excluded."user", p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device'
                ),
                {"user": user, **msgspec.structs.asdict(s)},
            )
            await connection.execute(
                text(
                    "DELETE FROM push_subscription WHERE id IN (SELECT id FROM push_subscription"
                    ' WHERE "user" = :user ORDER BY id DESC OFFSET :most)'
                ),
                {"user": user, "most": MOST_DEVICES},
            )

    async def unsubscribe(self, user: UserId, endpoint: str) -> bool:
        """Whether it was the user's last device."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text('DELETE FROM push_subscription WHERE endpoint = :endpoint AND "user" = :user'),
                {"endpoint": endpoint, "user": user},
            )
            return await _devices(connection, user) == 0

    async def forget(self, endpoint: str) -> bool:
        """The device is gone; whether it was its user's last."""
        async with self.engine.begin() as connection:
            user = await connection.scalar(
                text('DELETE FROM push_subscription WHERE endpoint = :endpoint RETURNING "user"'),
                {"endpoint": endpoint},
            )
            return user is not None and await _devices(connection, user) == 0

    async def listeners(self) -> list[UserId]:
        """Everybody who has a device that is pushed to."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(text('SELECT DISTINCT "user" FROM push_subscription ORDER BY "user"'))
            return [UserId(r[0]) for r in rows]

    async def devices(self, user: UserId) -> int:
        async with self.engine.connect() as connection:
            return await _devices(connection, user)

    # ---- notes

    async def put(self, user: UserId, note: Note) -> None:
        async with self.engine.begin() as connection:
            await _put(connection, user, note, None)

    async def follow(self) -> bool:
        """Write down what the log says since last time; whether there may be more. Somebody else may be at it: then no."""
        async with self.engine.begin() as connection:
            at = (await connection.execute(text("SELECT xid, id FROM push_cursor FOR UPDATE SKIP LOCKED"))).first()
            if at is None:
                return False
            rows, cursor = await read_log(self.engine, (at.xid, at.id))
            if not rows and cursor == (at.xid, at.id):
                return False
            for row in rows:
                if row.agent is None or (note := note_of(row.agent)) is None:
                    continue
                user = UserId(int(row.subject))
                await _put(connection, user, note, await _device_at_work(connection, user, note))
            await connection.execute(
                text("UPDATE push_cursor SET xid = :xid, id = :id"), {"xid": cursor[0], "id": cursor[1]}
            )
            await connection.execute(text("DELETE FROM push_note WHERE expires_at < now()"))
        return True

    async def claim(self, now: datetime, most: int) -> list[Parcel]:
        async with self.engine.begin() as connection:
            rows = await connection.execute(_CLAIM, {"now": now, "until": now + CLAIMED_FOR, "most": most, **_KINDS})
            return [
                Parcel(
                    id=r.id,
                    revision=r.revision,
                    attempts=r.attempts,
                    user=r.user,
                    subscription=Subscription(endpoint=r.endpoint, p256dh=r.p256dh, auth=r.auth, device=r.device),
                    note=_note(r.body),
                    queue=r.queue,
                    locale=r.locale,
                )
                for r in rows
            ]

    async def sent(self, parcel: Parcel, now: datetime) -> None:
        await self._mark(parcel, "sent_at = :at", now)

    async def again(self, parcel: Parcel, at: datetime) -> None:
        await self._mark(parcel, "next_try_at = :at", at)

    async def next_due(self) -> datetime | None:
        async with self.engine.connect() as connection:
            return await connection.scalar(
                text(
                    "SELECT min(next_try_at) FROM push_note WHERE sent_at IS NULL AND expires_at > next_try_at"  # noqa: S608
                    f" AND {_KNOWN}"
                ),
                _KINDS,
            )

    async def _mark(self, parcel: Parcel, what: str, at: datetime) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(f"UPDATE push_note SET {what} WHERE id = :id AND revision = :revision"),  # noqa: S608
                {"at": at, "id": parcel.id, "revision": parcel.revision},
            )


async def _put(connection: AsyncConnection, user: UserId, note: Note, device: str | None) -> None:
    """A cancellation goes only where the note may have been shown."""
    values = {"user": user, "tag": note.tag, "until": note.until}
    body = codec.to_json(note)
    if note.kind is NoteKind.CANCEL:
        await connection.execute(_UNSENT, {"user": user, "tag": note.tag})
        await connection.execute(_CANCEL, {**values, "body": body})
        return
    await connection.execute(_PUT, {**values, "body": body, "device": device})


async def _device_at_work(connection: AsyncConnection, user: UserId, note: Note) -> str | None:
    """Whose telephone in the browser is connected is rung there: other devices of the same person keep still."""
    if note.kind is not NoteKind.OFFER:
        return None
    found = await connection.scalar(text('SELECT state::text FROM agent WHERE "user" = :user'), {"user": user})
    a = codec.agent_state(found) if found else None
    if a is None or a.phone is None or not a.phone.connected:
        return None
    return a.phone.owner.partition(".")[0]


async def _devices(connection: AsyncConnection, user: UserId) -> int:
    return await connection.scalar(text('SELECT count(*) FROM push_subscription WHERE "user" = :user'), {"user": user})
