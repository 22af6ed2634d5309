"""PostgreSQL behind the ports of ``backend.application.ports``.

Locks are taken in one order everywhere (interactions by id, then agents by id, then timers), so that commands on
different contacts never wait for each other and those on the same contact queue up.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import get_args

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres import rows as table_rows
from backend.adapters.postgres.columns import NO_COLUMNS, Columns
from backend.adapters.postgres.connections import Turns
from backend.adapters.postgres.reading import alone
from backend.adapters.postgres.settings import load_settings
from backend.adapters.postgres.transaction import PostgresTransaction
from backend.application import origin
from backend.application.origin import USER
from backend.application.ports import Contention, WaitingContact
from backend.application.settings import Settings
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction.deadlines import Timer
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.routing.matching import Record

CONTENTION = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock."""

_timer = msgspec.json.Decoder(Timer).decode
_KNOWN_TIMERS = [kind.__struct_config__.tag for kind in get_args(Timer)]
"""Others are left to the newer process that set them."""


class PostgresStore:
    def __init__(self, engine: AsyncEngine, columns: Columns = NO_COLUMNS) -> None:
        """``columns``: for cards with sensitive fields."""
        self.engine, self.columns = engine, columns
        self._alone = alone(engine)
        self._turns = Turns()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        try:
            async with self._turns.turn(of_people=origin.current().source == USER), self.engine.begin() as connection:
                yield PostgresTransaction(connection, self.columns)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in CONTENTION:
                raise Contention from error
            raise

    async def settings(self) -> Settings:
        async with self.engine.connect() as connection:
            return await load_settings(connection)

    async def waiting(self) -> list[WaitingContact]:
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT id, queue, queued_at, priority, state::text FROM interaction"
                    " WHERE phase IN ('queued', 'offered')"
                )
            )
            return [table_rows.waiting_contact(r) for r in rows if r[1] is not None]

    async def records(self, since: datetime) -> dict[UserId, dict[QueueId, Record]]:
        """What agents have done in each queue since then."""
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT v.agent, v.queue, count(*), max(v.left_at),"
                    " sum(coalesce(i.ended_at, v.left_at) - v.left_at) FROM queue_visit v"
                    " JOIN interaction i ON i.id = v.interaction"
                    " WHERE v.result = 'answered' AND v.entered_at >= :since GROUP BY 1, 2"
                ),
                {"since": since},
            )
            found: dict[UserId, dict[QueueId, Record]] = {}
            for agent, queue, calls, last_at, talk in rows:
                found.setdefault(agent, {})[queue] = Record(calls, talk, last_at)
            return found

    async def asked_last(self) -> dict[QueueId, UserId]:
        """Whom each round-robin queue asked last."""
        async with self._alone.connect() as connection:
            return dict((await connection.execute(text("SELECT queue, agent FROM queue_turn"))).all())  # type: ignore[arg-type]

    async def signed_in_agents(self) -> list[Agent]:
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text("SELECT state::text FROM agent WHERE presence <> :offline"), {"offline": Presence.OFFLINE.value}
            )
            return [codec.agent_state(r[0]) for r in rows]

    async def due_timers(self, now: datetime, limit: int) -> list[tuple[str, datetime, Timer]]:
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT key, due_at, what::text FROM timer WHERE due_at <= :now AND what->>'type' = ANY(:known)"
                    " ORDER BY due_at LIMIT :limit"
                ),
                {"now": now, "limit": limit, "known": _KNOWN_TIMERS},
            )
            found = [(key, due_at, codec.understood(_timer, what)) for key, due_at, what in rows]
            return [(key, due_at, timer) for key, due_at, timer in found if timer is not None]

    async def next_timer(self) -> datetime | None:
        async with self._alone.connect() as connection:
            known = {"known": _KNOWN_TIMERS}
            return await connection.scalar(
                text("SELECT min(due_at) FROM timer WHERE what->>'type' = ANY(:known)"), known
            )

    async def open_legs(self, bridge: str) -> list[tuple[InteractionId, str]]:
        """Interactions whose customer's leg should be alive on this bridge."""
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT id, leg FROM interaction WHERE bridge = :bridge AND ended_at IS NULL AND phase NOT IN ('closed', 'dialling', 'preview')"
                    " AND NOT (direction = 'outbound' AND phase IN ('queued', 'offered') AND state->>'connected_at' IS NULL)"
                ),
                {"bridge": bridge},
            )
            return [(str(r[0]), r[1]) for r in rows]

    async def calls_on(self, bridge: str) -> list[Interaction]:
        """Open interactions with members, whose legs should be alive on this bridge."""
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT state::text FROM interaction WHERE bridge = :bridge AND ended_at IS NULL"
                    " AND phase <> 'closed' AND jsonb_array_length(state->'members') > 0"
                ),
                {"bridge": bridge},
            )
            return [codec.interaction_state(r[0]) for r in rows]

    async def phones_on(self, bridge: str) -> list[UserId]:
        return [a.user for a in await self.signed_in_agents() if a.phone and a.phone.bridge == bridge]

    async def handsets_on(self, bridge: str) -> list[UserId]:
        """Agents whose handset was answered, or is being hung up, on this bridge."""
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT \"user\" FROM agent WHERE state->'handset'->>'bridge' = :bridge"
                    " AND state->'handset'->>'stage' IN ('asking', 'up', 'ending')"
                ),
                {"bridge": bridge},
            )
            return [r[0] for r in rows]

    async def bridges(self) -> list[str]:
        """All that ever connected."""
        async with self._alone.connect() as connection:
            return [r[0] for r in await connection.execute(text("SELECT name FROM bridge ORDER BY name"))]

    async def acquire_lease(self, name: str, holder: str, length: timedelta) -> int | None:
        """The fencing token when ``holder`` has the lease for ``length`` from now, None when somebody else does."""
        async with self._alone.connect() as connection:
            return await connection.scalar(
                text(
                    "INSERT INTO lease AS l (name, holder, token, expires_at)"
                    " VALUES (:name, :holder, 1, clock_timestamp() + :length)"
                    " ON CONFLICT (name) DO UPDATE SET holder = :holder, expires_at = clock_timestamp() + :length,"
                    " token = l.token + CASE WHEN l.holder = :holder THEN 0 ELSE 1 END"
                    " WHERE l.holder = :holder OR l.expires_at < clock_timestamp() RETURNING token"
                ),
                {"name": name, "holder": holder, "length": length},
            )

    async def release_lease(self, name: str, holder: str) -> None:
        async with self._alone.connect() as connection:
            await connection.execute(
                text("UPDATE lease SET expires_at = clock_timestamp() WHERE name = :name AND holder = :holder"),
                {"name": name, "holder": holder},
            )
