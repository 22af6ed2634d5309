"""Reading for screens: history, one contact whole, settings. No rules here, only queries."""

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.reach import callbacks_within, contacts_within
from backend.domain.access.policy import Reach
from backend.domain.callback.model import Callback
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction


class Note(msgspec.Struct, frozen=True):
    version: int
    text: str
    author: int
    at: datetime


class NewerEvent(msgspec.Struct, frozen=True):
    """What only a newer version understands: when it was, and its name."""

    at: datetime
    type: str


_newer = msgspec.json.Decoder(NewerEvent).decode


class Named(msgspec.Struct, frozen=True):
    id: int
    name: str


class MissedCall(msgspec.Struct, frozen=True):
    number: str
    last_at: datetime
    calls: int
    queue: int | None
    interaction: str
    outcome: str


class Readers:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def _rows(self, sql: str, **values):
        async with self.engine.connect() as connection:
            return (await connection.execute(text(sql), values)).all()

    # ---- contacts

    async def contact(self, id: str) -> Interaction | None:
        rows = await self._rows("SELECT state::text FROM interaction WHERE id = CAST(:id AS uuid)", id=id)
        return codec.interaction_state(rows[0][0]) if rows else None

    async def contacts(self, ids: list[str]) -> dict[str, Interaction]:
        rows = await self._rows(
            "SELECT id::text, state::text FROM interaction WHERE id = ANY(CAST(:ids AS uuid[]))", ids=ids
        )
        return {r[0]: codec.interaction_state(r[1]) for r in rows}

    async def history(
        self,
        *,
        within: Reach,
        client: int | None,
        number: str | None,
        before: datetime | None,
        limit: int,
    ) -> list[Interaction]:
        """Newest first, older than ``before``; filters that are None do not filter."""
        scope, values = contacts_within(within)
        conditions = [scope]
        if client is not None:
            conditions.append("client = :client")
        if number is not None:
            conditions.append("address = :number")
        if before is not None:
            conditions.append("arrived_at < :before")
        rows = await self._rows(
            f"SELECT state::text FROM interaction i WHERE {' AND '.join(conditions)}"  # noqa: S608
            " ORDER BY arrived_at DESC LIMIT :limit",
            client=client,
            number=number,
            before=before,
            limit=limit,
            **values,
        )
        return [codec.interaction_state(r[0]) for r in rows]

    async def steps(self, id: str) -> list[tuple[InteractionEvent | NewerEvent, int | None]]:
        """Everything that happened to a contact, in order, and who did it."""
        rows = await self._rows(
            "SELECT data::text, actor FROM event WHERE stream = 'interaction' AND subject = :id ORDER BY version", id=id
        )
        return [(codec.understood(codec.interaction_event, r[0]) or _newer(r[0]), r[1]) for r in rows]

    async def notes(self, id: str) -> list[Note]:
        rows = await self._rows(
            "SELECT version, text, author, at FROM note WHERE interaction = CAST(:id AS uuid) ORDER BY version", id=id
        )
        return [Note(*r) for r in rows]

    async def latest_notes(self, ids: list[str]) -> dict[str, Note]:
        """Of each of these contacts that has one."""
        rows = await self._rows(
            "SELECT DISTINCT ON (interaction) interaction::text, version, text, author, at FROM note"
            " WHERE interaction = ANY(CAST(:ids AS uuid[])) ORDER BY interaction, version DESC",
            ids=ids,
        )
        return {r[0]: Note(*r[1:]) for r in rows}

    async def qualities(self, id: str) -> list[tuple[str, dict]]:
        rows = await self._rows(
            "SELECT leg, quality FROM leg_quality WHERE interaction = CAST(:id AS uuid) ORDER BY leg", id=id
        )
        return [(r[0], r[1]) for r in rows]

    # ---- callbacks and missed calls

    async def callbacks(self, states: list[str], limit: int, within: Reach) -> list[Callback]:
        """Of these states; those that are open in the order of their turn, others newest first."""
        scope, values = callbacks_within(within)
        rows = await self._rows(
            f"SELECT body::text FROM callback c WHERE state = ANY(:states) AND {scope}"  # noqa: S608
            " ORDER BY state IN ('scheduled', 'waiting') DESC, CASE WHEN state IN ('scheduled', 'waiting')"
            " THEN coalesce(due_at, requested_at) END, requested_at DESC LIMIT :limit",
            states=states,
            limit=limit,
            **values,
        )
        return [codec.callback(r[0]) for r in rows]

    async def open_callbacks(self) -> dict[int, int]:
        """How many of each queue."""
        rows = await self._rows(
            "SELECT queue, count(*) FROM callback WHERE state IN ('scheduled', 'waiting') GROUP BY queue"
        )
        return {r[0]: r[1] for r in rows}

    async def callback(self, id: str) -> Callback | None:
        rows = await self._rows("SELECT body::text FROM callback WHERE id = CAST(:id AS uuid)", id=id)
        return codec.callback(rows[0][0]) if rows else None

    async def missed_calls(self, since: datetime, limit: int, within: Reach) -> list[MissedCall]:
        """Numbers whose last call nobody took, once each: not those whom somebody talked with since, who wait to be
        called back, or whom somebody has marked as done."""
        scope, values = contacts_within(within)
        rows = await self._rows(
            "SELECT m.address, m.last_at, m.calls, i.queue, i.id::text, i.outcome FROM ("  # noqa: S608
            " SELECT address, max(arrived_at) AS last_at, count(*) AS calls FROM interaction"
            " WHERE direction = 'inbound' AND ended_at IS NOT NULL AND outcome LIKE 'abandoned%'"
            " AND arrived_at >= :since AND address IS NOT NULL GROUP BY address) m"
            " JOIN LATERAL (SELECT id, queue, outcome, agent, arrived_at FROM interaction WHERE address = m.address"
            " AND arrived_at = m.last_at LIMIT 1) i ON true"
            " WHERE NOT EXISTS (SELECT 1 FROM interaction x WHERE x.address = m.address AND x.arrived_at > m.last_at"
            " AND (x.ended_at IS NULL OR x.state->>'connected_at' IS NOT NULL))"
            " AND NOT EXISTS (SELECT 1 FROM callback c WHERE c.number = m.address"
            " AND c.state IN ('scheduled', 'waiting'))"
            " AND NOT EXISTS (SELECT 1 FROM missed_call d WHERE d.number = m.address AND d.done_until >= m.last_at)"
            f" AND {scope} ORDER BY m.last_at DESC LIMIT :limit",
            since=since,
            limit=limit,
            **values,
        )
        return [MissedCall(*r) for r in rows]

    async def last_call_of(self, number: str) -> Interaction | None:
        """The last call of a number."""
        rows = await self._rows(
            "SELECT state::text FROM interaction WHERE address = :number AND direction = 'inbound'"
            " ORDER BY arrived_at DESC LIMIT 1",
            number=number,
        )
        return codec.interaction_state(rows[0][0]) if rows else None

    async def finish_missed_call(self, number: str, user: int, now: datetime) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO missed_call (number, done_until, done_by) VALUES (:number, :now, :user)"
                    " ON CONFLICT (number) DO UPDATE SET done_until = :now, done_by = :user"
                ),
                {"number": number, "now": now, "user": user},
            )

    # ---- settings as desks show them

    async def wall_accounts(self) -> list[Named]:
        rows = await self._rows(
            "SELECT id, name FROM user_account u WHERE active AND EXISTS (SELECT 1 FROM user_role r"
            " WHERE r.\"user\" = u.id AND r.role = 'wallboard') ORDER BY name"
        )
        return [Named(*r) for r in rows]

    async def staff(self) -> list[Named]:
        return [Named(*r) for r in await self._rows("SELECT id, name FROM user_account ORDER BY name")]
