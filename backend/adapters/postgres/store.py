"""PostgreSQL behind the ports of ``backend.application.ports``.

Locks are taken in one order everywhere (interactions by id, then agents by id, then timers), so that commands on
different contacts never wait for each other and those on the same contact queue up.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres import rows as table_rows
from backend.adapters.postgres.lines import change_state
from backend.adapters.postgres.settings import load_settings
from backend.application.ports import Contention, WaitingContact
from backend.application.settings import Settings
from backend.domain.agent.machine import AgentEvent
from backend.domain.agent.model import Agent, Presence
from backend.domain.callback.model import Callback
from backend.domain.interaction.deadlines import Timer
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.ids import InteractionId, QueueId, UserId, call_of_leg, user_of_agent_leg
from backend.domain.lines.model import LineState
from backend.domain.routing.matching import Record
from sip_bridge.contract import LegCommand, Quality, RecordingEnded

CONTENTION = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock."""

_timer = msgspec.json.Decoder(Timer)


class PostgresStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["PostgresTransaction"]:
        try:
            async with self.engine.begin() as connection:
                yield PostgresTransaction(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in CONTENTION:
                raise Contention from error
            raise

    async def settings(self) -> Settings:
        async with self.engine.connect() as connection:
            return await load_settings(connection)

    async def waiting(self) -> list[WaitingContact]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT id, queue, queued_at, priority, state::text FROM interaction WHERE phase = 'queued'")
            )
            return [table_rows.waiting_contact(r) for r in rows if r[1] is not None]

    async def records(self, since: datetime) -> dict[UserId, dict[QueueId, Record]]:
        """What agents have done in each queue since then."""
        async with self.engine.connect() as connection:
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
        async with self.engine.connect() as connection:
            return dict((await connection.execute(text("SELECT queue, agent FROM queue_turn"))).all())  # type: ignore[arg-type]

    async def signed_in_agents(self) -> list[Agent]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT state::text FROM agent WHERE presence <> :offline"), {"offline": Presence.OFFLINE.value}
            )
            return [codec.agent_state(r[0]) for r in rows]

    async def due_timers(self, now: datetime, limit: int) -> list[tuple[str, datetime, Timer]]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT key, due_at, what::text FROM timer WHERE due_at <= :now ORDER BY due_at LIMIT :limit"),
                {"now": now, "limit": limit},
            )
            return [(r[0], r[1], _timer.decode(r[2])) for r in rows]

    async def next_timer(self) -> datetime | None:
        async with self.engine.connect() as connection:
            return await connection.scalar(text("SELECT min(due_at) FROM timer"))

    async def open_legs(self, bridge: str) -> list[tuple[InteractionId, str]]:
        """Interactions whose customer's leg should be alive on this bridge."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT id, leg FROM interaction WHERE bridge = :bridge AND ended_at IS NULL AND phase NOT IN ('closed', 'dialling')"
                    " AND NOT (direction = 'outbound' AND phase IN ('queued', 'offered') AND state->>'connected_at' IS NULL)"
                ),
                {"bridge": bridge},
            )
            return [(str(r[0]), r[1]) for r in rows]

    async def calls_on(self, bridge: str) -> list[Interaction]:
        """Open interactions with members, whose legs should be alive on this bridge."""
        async with self.engine.connect() as connection:
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
        async with self.engine.connect() as connection:
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
        async with self.engine.connect() as connection:
            return [r[0] for r in await connection.execute(text("SELECT name FROM bridge ORDER BY name"))]

    async def acquire_lease(self, name: str, holder: str, length: timedelta) -> int | None:
        """The fencing token when ``holder`` has the lease for ``length`` from now, None when somebody else does."""
        async with self.engine.begin() as connection:
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
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE lease SET expires_at = clock_timestamp() WHERE name = :name AND holder = :holder"),
                {"name": name, "holder": holder},
            )


class PostgresTransaction:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def interaction(self, id: InteractionId) -> Interaction | None:
        found = await self.connection.scalar(
            text("SELECT state::text FROM interaction WHERE id = :id FOR UPDATE"), {"id": id}
        )
        return codec.interaction_state(found) if found else None

    async def interactions(self, ids: Iterable[InteractionId], *, skip_locked: bool) -> list[Interaction]:
        skip = " SKIP LOCKED" if skip_locked else ""
        rows = await self.connection.execute(
            text(f"SELECT state::text FROM interaction WHERE id = ANY(:ids) ORDER BY id FOR UPDATE{skip}"),  # noqa: S608
            {"ids": list(ids)},
        )
        return [codec.interaction_state(r[0]) for r in rows]

    async def agent(self, user: UserId) -> Agent | None:
        found = await self.connection.scalar(
            text('SELECT state::text FROM agent WHERE "user" = :user FOR UPDATE'), {"user": user}
        )
        return codec.agent_state(found) if found else None

    async def agents(self, users: Iterable[UserId]) -> list[Agent]:
        rows = await self.connection.execute(
            text('SELECT state::text FROM agent WHERE "user" = ANY(:users) ORDER BY "user" FOR UPDATE'),
            {"users": list(users)},
        )
        return [codec.agent_state(r[0]) for r in rows]

    async def peek_agent(self, user: UserId) -> Agent | None:
        found = await self.connection.scalar(text('SELECT state::text FROM agent WHERE "user" = :user'), {"user": user})
        return codec.agent_state(found) if found else None

    async def waiting_ahead(
        self, queue: QueueId, priority: int, queued_at: datetime, ageing: float, but: InteractionId
    ) -> int:
        """How many of the queue would be served before: the order of ``matching.turn`` within one queue.

        All of a queue age alike, so the difference of two contacts' points does not depend on the time.
        """
        points = "priority - CAST(:ageing AS float8) * extract(epoch FROM queued_at)::float8 / 60"
        mine = (
            "CAST(:priority AS int) - CAST(:ageing AS float8)"
            " * extract(epoch FROM CAST(:queued_at AS timestamptz))::float8 / 60"
        )
        return await self.connection.scalar(
            text(
                "SELECT count(*) FROM interaction WHERE queue = :queue AND phase IN ('queued', 'offered')"  # noqa: S608
                f" AND id <> CAST(:but AS uuid) AND ({points} > {mine} OR ({points} = {mine}"
                " AND (queued_at, id) < (CAST(:queued_at AS timestamptz), CAST(:but AS uuid))))"
            ),
            {"queue": queue, "priority": priority, "queued_at": queued_at, "ageing": ageing, "but": but},
        )

    async def waiting_in(self, queue: QueueId) -> int:
        """How many wait in the queue; until this transaction ends nobody else is told a number for it."""
        await self.connection.execute(text("SELECT pg_advisory_xact_lock(5150434, :queue)"), {"queue": queue})
        return await self.connection.scalar(
            text("SELECT count(*) FROM interaction WHERE queue = :queue AND phase IN ('queued', 'offered')"),
            {"queue": queue},
        )

    async def last_agent(self, number: str, since: datetime) -> UserId | None:
        """Who talked with this number last."""
        return await self.connection.scalar(
            text(
                "SELECT agent FROM interaction WHERE address = :number AND agent IS NOT NULL AND arrived_at >= :since"
                " ORDER BY arrived_at DESC LIMIT 1"
            ),
            {"number": number, "since": since},
        )

    async def asked(self, queue: QueueId, agent: UserId) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO queue_turn (queue, agent) VALUES (:queue, :agent)"
                " ON CONFLICT (queue) DO UPDATE SET agent = :agent"
            ),
            {"queue": queue, "agent": agent},
        )

    async def save_interactions(
        self, changed: list[tuple[Interaction | None, Interaction, list[InteractionEvent]]], actor: UserId | None
    ) -> None:
        born = [table_rows.interaction_row(after) for before, after, _ in changed if before is None]
        moved = [table_rows.interaction_row(after) for before, after, _ in changed if before is not None]
        if born:
            await self.connection.execute(table_rows.INSERT_INTERACTION, born)
        if moved:
            await self.connection.execute(table_rows.UPDATE_INTERACTION, moved)
        visits = [row for before, after, _ in changed for row in table_rows.visit_rows(before, after)]
        if visits:
            await self.connection.execute(table_rows.PUT_VISIT, visits)
        segments = [row for before, after, _ in changed for row in table_rows.segment_rows(before, after)]
        if segments:
            await self.connection.execute(table_rows.PUT_SEGMENT, segments)
        offers = [row for part in changed for row in table_rows.offer_rows(*part)]
        if offers:
            await self.connection.execute(table_rows.PUT_OFFER, offers)
        recordings = [
            {"id": after.recording, "interaction": after.id}
            for before, after, _ in changed
            if after.recording and (before is None or before.recording != after.recording)
        ]
        if recordings:
            await self.connection.execute(table_rows.PUT_RECORDING, recordings)
        await self._append(
            [
                table_rows.event_row("interaction", after.id, after.version, i, events, actor)
                for _, after, events in changed
                for i in range(len(events))
            ]
        )

    async def save_agents(
        self, changed: list[tuple[Agent | None, Agent, list[AgentEvent]]], actor: UserId | None
    ) -> None:
        rows = [
            {"user": a.user, "version": a.version, "presence": a.presence.value, "state": codec.to_json(a)}
            for _, a, _ in changed
        ]
        await self.connection.execute(table_rows.PUT_AGENT, rows)
        await self._append(
            [
                table_rows.event_row("agent", str(a.user), a.version, i, events, actor)
                for _, a, events in changed
                for i in range(len(events))
            ]
        )

    async def _append(self, rows: list[dict]) -> None:
        if rows:
            await self.connection.execute(table_rows.APPEND, rows)

    async def add_bridge_commands(
        self, commands: list[tuple[str, str, LegCommand, datetime | None]], speech: dict[str, str]
    ) -> None:
        if speech:
            await self.connection.execute(table_rows.PUT_PROMPT, [{"key": k, "text": v} for k, v in speech.items()])
        await self.connection.execute(
            table_rows.ADD_COMMAND,
            [
                {"id": id, "bridge": bridge, "body": codec.to_json(body), "deadline": deadline}
                for id, bridge, body, deadline in commands
            ],
        )

    async def set_timers(self, due: dict[str, tuple[datetime, Timer]], gone: Iterable[str]) -> None:
        if gone := list(gone):
            await self.connection.execute(text("DELETE FROM timer WHERE key = ANY(:keys)"), {"keys": gone})
        if due:
            await self.connection.execute(
                table_rows.PUT_TIMER,
                [{"key": key, "due_at": at, "what": codec.to_json(what)} for key, (at, what) in due.items()],
            )

    async def take_timer(self, key: str, due_at: datetime) -> bool:
        """Whether the timer is still set; it is not any more. Another process that took it first wins."""
        done = await self.connection.execute(
            text("DELETE FROM timer WHERE key = :key AND due_at = :due_at"), {"key": key, "due_at": due_at}
        )
        return done.rowcount == 1

    async def first_time(self, boot: str, seq: int) -> bool:
        """Whether this report of a bridge has not been applied yet; from now on it has."""
        done = await self.connection.execute(
            text("INSERT INTO bridge_report (boot, seq) VALUES (:boot, :seq) ON CONFLICT DO NOTHING"),
            {"boot": boot, "seq": seq},
        )
        return done.rowcount == 1

    async def interaction_of_recording(self, recording: str) -> InteractionId | None:
        found = await self.connection.scalar(
            text("SELECT interaction FROM recording WHERE id = CAST(:id AS uuid)"), {"id": recording}
        )
        return str(found) if found else None

    async def recording_started(self, recording: str, at: datetime) -> None:
        await self.connection.execute(
            text("UPDATE recording SET started_at = :at WHERE id = CAST(:id AS uuid)"), {"id": recording, "at": at}
        )

    async def recording_failed(self, recording: str, reason: str) -> None:
        await self.connection.execute(
            text("UPDATE recording SET failure = :reason WHERE id = CAST(:id AS uuid)"),
            {"id": recording, "reason": reason},
        )

    async def recording_ended(self, ended: RecordingEnded) -> None:
        await self.connection.execute(
            text(
                "UPDATE recording SET file = :file, duration_ms = :duration_ms, size = :size, sha256 = :sha256,"
                " gaps_ms = CAST(:gaps AS jsonb) WHERE id = CAST(:id AS uuid)"
            ),
            {
                "id": ended.recording,
                "file": ended.file,
                "duration_ms": ended.duration_ms,
                "size": ended.size,
                "sha256": ended.sha256,
                "gaps": codec.to_json(ended.gaps_ms),
            },
        )

    async def save_quality(self, leg: str, quality: Quality, at: datetime) -> None:
        """Of a customer's or member's leg under its interaction; of an agent's leg under the one it is talking in, if any."""
        user = user_of_agent_leg(leg)
        call, n = call_of_leg(leg)
        if user is None and n is not None:
            where = "id = CAST(:call AS uuid)"
        else:
            where = "leg = :leg" if user is None else "agent = :user AND phase IN ('active', 'wrap_up')"
        await self.connection.execute(
            text(
                "INSERT INTO leg_quality (leg, interaction, quality, at)"  # noqa: S608
                f" SELECT :leg, id, CAST(:quality AS jsonb), :at FROM interaction WHERE {where}"
                " ON CONFLICT (leg, interaction) DO UPDATE SET quality = excluded.quality, at = excluded.at"
            ),
            {"leg": leg, "user": user, "call": call, "quality": codec.to_json(quality), "at": at},
        )

    # ---- paperwork

    async def first_use(self, user: UserId, key: str) -> bool:
        """Whether this request key is new; from now on it is not."""
        done = await self.connection.execute(
            text('INSERT INTO idempotency ("user", key) VALUES (:user, :key) ON CONFLICT DO NOTHING'),
            {"user": user, "key": key},
        )
        return done.rowcount == 1

    async def remember_answer(self, user: UserId, key: str, answer: int) -> None:
        await self.connection.execute(
            text('UPDATE idempotency SET answer = to_jsonb(CAST(:answer AS int)) WHERE "user" = :user AND key = :key'),
            {"user": user, "key": key, "answer": answer},
        )

    async def answer_of(self, user: UserId, key: str) -> int | None:
        return await self.connection.scalar(
            text('SELECT answer::int FROM idempotency WHERE "user" = :user AND key = :key'), {"user": user, "key": key}
        )

    async def add_note(self, id: InteractionId, version: int, words: str, author: UserId, at: datetime) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO note (interaction, version, text, author, at)"
                " VALUES (CAST(:id AS uuid), :version, :words, :author, :at)"
            ),
            {"id": id, "version": version, "words": words, "author": author, "at": at},
        )

    async def category_exists(self, category: int) -> bool:
        return await self.connection.scalar(text("SELECT 1 FROM category WHERE id = :id"), {"id": category}) == 1

    async def client_exists(self, client: int) -> bool:
        return await self.connection.scalar(text("SELECT 1 FROM client WHERE id = :id"), {"id": client}) == 1

    async def add_client(
        self, name: str, insured_number: str | None, email: str | None, number: str | None, by: UserId
    ) -> int:
        id = await self.connection.scalar(
            text(
                "INSERT INTO client (name, insured_number, email, created_by)"
                " VALUES (:name, :insured_number, :email, :by) RETURNING id"
            ),
            {"name": name, "insured_number": insured_number, "email": email, "by": by},
        )
        if number:
            await self.connection.execute(
                text("INSERT INTO client_number (client, number) VALUES (:id, :number)"), {"id": id, "number": number}
            )
        return id

    async def callback(self, id: str) -> Callback | None:
        """Locked."""
        found = await self.connection.scalar(
            text("SELECT body::text FROM callback WHERE id = CAST(:id AS uuid) FOR UPDATE"), {"id": id}
        )
        return codec.callback(found) if found else None

    async def open_callback(self, number: str, queue: QueueId) -> Callback | None:
        """Locked. Two who ask for the same number at once come one after the other."""
        await self.connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": f"{number}:{queue}"}
        )
        found = await self.connection.scalar(
            text(
                "SELECT body::text FROM callback WHERE number = :number AND queue = :queue"
                " AND state IN ('scheduled', 'waiting') FOR UPDATE"
            ),
            {"number": number, "queue": queue},
        )
        return codec.callback(found) if found else None

    async def save_callback(self, callback: Callback) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO callback (id, kind, number, queue, state, due_at, requested_at, interaction, origin, body)"
                " VALUES (CAST(:id AS uuid), :kind, :number, :queue, :state, :due_at, :requested_at,"
                " CAST(:interaction AS uuid), CAST(:origin AS uuid), CAST(:body AS jsonb))"
                " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state,"
                " due_at = excluded.due_at, interaction = excluded.interaction, body = excluded.body"
            ),
            {
                "id": callback.id,
                "kind": callback.kind.value,
                "number": callback.number,
                "queue": callback.queue,
                "state": callback.state.value,
                "due_at": callback.due_at,
                "requested_at": callback.requested_at,
                "interaction": callback.interaction,
                "origin": callback.origin,
                "body": codec.to_json(callback),
            },
        )

    async def client_values(self, number: str) -> dict[str, str]:
        """What texts and conditions may ask of the client whose number it is; of several only the status, if it is one."""
        rows = (
            (
                await self.connection.execute(
                    text(
                        "SELECT c.name, coalesce(c.insured_number, '') AS insured_number, coalesce(c.email, '') AS email,"
                        " c.status FROM client c JOIN client_number n ON n.client = c.id WHERE n.number = :number LIMIT 20"
                    ),
                    {"number": number},
                )
            )
            .mappings()
            .all()
        )
        statuses = {row["status"] for row in rows}
        status = next(iter(statuses)) if len(statuses) == 1 else "ambiguous" if statuses else ""
        return {**rows[0], "status": status} if len(rows) == 1 else {"status": status}

    async def flow(self, flow: int, version: int) -> Flow | None:
        found = await self.connection.scalar(
            text("SELECT body::text FROM flow_version WHERE flow = :flow AND version = :version"),
            {"flow": flow, "version": version},
        )
        return codec.flow(found) if found else None

    async def line_changed(self, number: str, state: LineState, at: datetime, until: datetime) -> bool:
        """Whether the line is one of ours."""
        return await change_state(self.connection, number, state, at, until)

    async def holds_lease(self, name: str, token: int) -> bool:
        """Locks the lease against being taken over before this transaction ends."""
        found = await self.connection.scalar(
            text(
                "SELECT 1 FROM lease WHERE name = :name AND token = :token AND expires_at > clock_timestamp() FOR SHARE"
            ),
            {"name": name, "token": token},
        )
        return found is not None
