"""Writes and reads the settings of the routing. Each change is one transaction with a line in the log of who made it."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.configuration.changes import changes_between
from backend.adapters.configuration.documents import snapshot
from backend.adapters.postgres import codec
from backend.adapters.postgres.access import load_access
from backend.adapters.postgres.reading import alone
from backend.application import origin
from backend.application.administration import (
    EntryNumber,
    GroupDraft,
    LocationDraft,
    NameTaken,
    NobodyLeft,
    PastCall,
    QueueDraft,
    RulesVersion,
)
from backend.application.settings import CallSettings
from backend.domain.access.rights import administrators
from backend.domain.customer.fields import ClientSettings
from backend.domain.interaction.events import Routed
from backend.domain.kernel.working_time import Calendar
from backend.domain.routing.entry import EntryRules

QUEUE_COLUMNS = (
    "name", "priority", "ring_timeout_s", "wrap_up_s", "announce_every_s", "target_s", "short_abandon_s", "formula",
    "recorded", "retention_days",
)  # fmt: skip


class PostgresAdmin:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._alone = alone(engine)

    async def settings_version(self) -> int:
        """Grows with every change of settings."""
        async with self._alone.connect() as connection:
            return await connection.scalar(text("SELECT version FROM settings_version"))

    @asynccontextmanager
    async def change(self, subject: str, what: object, actor: int | None) -> AsyncIterator[AsyncConnection]:
        """One change of settings: they come one after another. What it was told, and every object before and after, is kept
        with it in the log, so that it can be shown and taken back."""
        try:
            async with self.engine.begin() as connection:
                version = await connection.scalar(
                    text("UPDATE settings_version SET version = version + 1 RETURNING version")
                )
                before = await snapshot(connection)
                yield connection
                changes = changes_between(before, await snapshot(connection))
                kept = {"what": what, "changes": changes}
                if isinstance(what, dict) and "undo_of" in what:
                    kept["undo_of"] = what["undo_of"]
                await connection.execute(
                    text(
                        "INSERT INTO event (stream, subject, version, data, at, actor, origin)"
                        " VALUES ('settings', :subject, :version, CAST(:data AS jsonb), :at, :actor, CAST(:origin AS jsonb))"
                    ),
                    {
                        "subject": subject,
                        "version": version,
                        "data": codec.to_json(kept),
                        "at": datetime.now(UTC),
                        "actor": actor,
                        "origin": origin.current().to_json(),
                    },
                )
        except IntegrityError as error:
            if "uq_" in str(error.orig):
                raise NameTaken from error
            raise

    @asynccontextmanager
    async def change_of_access(self, subject: str, what: object, actor: int) -> AsyncIterator[AsyncConnection]:
        """Raises NobodyLeft, and changes nothing, where who changes it would no longer be an administrator, or nobody."""
        async with self.change(subject, what, actor) as connection:
            now = datetime.now(UTC)
            before = administrators(await load_access(connection), now)
            yield connection
            after = administrators(await load_access(connection), now)
            if (before and not after) or (actor in before and actor not in after):
                raise NobodyLeft

    async def let_choose_queues(self, user: int, allowed: bool, actor: int) -> None:
        async with self.change(f"chooses_queues:{user}", {"user": user, "allowed": allowed}, actor) as connection:
            await connection.execute(
                text("UPDATE user_account SET chooses_queues = :allowed WHERE id = :user"),
                {"user": user, "allowed": allowed},
            )

    async def set_queue_priority(self, queue: int, priority: int, actor: int) -> None:
        async with self.change(f"queue_priority:{queue}", {"queue": queue, "priority": priority}, actor) as connection:
            await connection.execute(
                text("UPDATE queue SET priority = :priority WHERE id = :queue"), {"queue": queue, "priority": priority}
            )

    async def note_refusal(self, refused: object, at: datetime, actor: int) -> None:
        """In the log, where what was done stands as well."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO event (stream, subject, version, data, at, actor, origin)"
                    " VALUES ('refused', :subject, 1, CAST(:data AS jsonb), :at, :actor, CAST(:origin AS jsonb))"
                ),
                {
                    "subject": str(uuid.uuid4()),
                    "data": codec.to_json(refused),
                    "at": at,
                    "actor": actor,
                    "origin": origin.current().to_json(),
                },
            )

    async def save_queue(self, id: int | None, draft: QueueDraft, actor: int) -> int:
        columns = {name: getattr(draft, name) for name in QUEUE_COLUMNS} | {"formula": draft.formula.value}
        async with self.change(f"queue:{draft.name}", draft, actor) as connection:
            if id is None:
                id = await connection.scalar(
                    text(
                        f"INSERT INTO queue ({', '.join(QUEUE_COLUMNS)}, options)"  # noqa: S608
                        f" VALUES ({', '.join(':' + c for c in QUEUE_COLUMNS)}, CAST(:options AS jsonb)) RETURNING id"
                    ),
                    columns | {"options": codec.to_json(draft.options)},
                )
            else:
                await connection.execute(
                    text(
                        f"UPDATE queue SET {', '.join(f'{c} = :{c}' for c in QUEUE_COLUMNS)},"  # noqa: S608
                        " options = CAST(:options AS jsonb) WHERE id = :id"
                    ),
                    columns | {"options": codec.to_json(draft.options), "id": id},
                )
            assert id is not None
            await connection.execute(text("DELETE FROM queue_skill WHERE queue = :id"), {"id": id})
            await connection.execute(text("DELETE FROM agent_queue WHERE queue = :id"), {"id": id})
            if draft.skills:
                await connection.execute(
                    text("INSERT INTO queue_skill (queue, skill, level) VALUES (:id, :skill, :level)"),
                    [{"id": id, "skill": skill, "level": level} for skill, level in draft.skills],
                )
            if draft.members:
                await connection.execute(
                    text(
                        'INSERT INTO agent_queue ("user", queue, penalty, "order", weight)'
                        " VALUES (:user, :id, :penalty, :order, :weight)"
                    ),
                    [{"id": id, **msgspec.to_builtins(member)} for member in draft.members],
                )
            return id

    async def save_calendar(self, id: int | None, calendar: Calendar, actor: int) -> int:
        async with self.change(f"calendar:{calendar.name}", calendar, actor) as connection:
            values = {"name": calendar.name, "body": codec.to_json(calendar), "id": id}
            if id is not None:
                await connection.execute(
                    text("UPDATE calendar SET name = :name, body = CAST(:body AS jsonb) WHERE id = :id"), values
                )
                return id
            return await connection.scalar(
                text("INSERT INTO calendar (name, body) VALUES (:name, CAST(:body AS jsonb)) RETURNING id"), values
            )

    async def save_group(self, id: int | None, draft: GroupDraft, actor: int) -> int:
        async with self.change_of_access(f"group:{draft.name}", draft, actor) as connection:
            rights = draft.rights
            values = {
                "name": draft.name,
                "number": draft.caller_number,
                "id": id,
                "workplace": rights.workplace,
                "closed": rights.closed,
            }
            if id is None:
                id = await connection.scalar(
                    text(
                        "INSERT INTO agent_group (name, caller_number, workplace, closed)"
                        " VALUES (:name, :number, :workplace, :closed) RETURNING id"
                    ),
                    values,
                )
            else:
                await connection.execute(
                    text(
                        "UPDATE agent_group SET name = :name, caller_number = :number, workplace = :workplace,"
                        " closed = :closed WHERE id = :id"
                    ),
                    values,
                )
            assert id is not None
            for table, column, given in (
                ("group_role", "role", rights.roles),
                ("group_queue", "queue", rights.queues),
                ("group_filter", "filter", rights.filters),
            ):
                await connection.execute(text(f'DELETE FROM {table} WHERE "group" = :id'), {"id": id})  # noqa: S608
                for each in given:
                    await connection.execute(
                        text(f'INSERT INTO {table} ("group", {column}) VALUES (:id, :each)'),  # noqa: S608
                        {"id": id, "each": each},
                    )
            await connection.execute(text('DELETE FROM agent_group_member WHERE "group" = :id'), {"id": id})
            if draft.members:
                await connection.execute(
                    text('INSERT INTO agent_group_member ("group", "user") VALUES (:id, :user)'),
                    [{"id": id, "user": user} for user in dict.fromkeys(draft.members)],
                )
            return id

    async def save_location(self, id: int | None, draft: LocationDraft, actor: int) -> int:
        async with self.change(f"location:{draft.name}", draft, actor) as connection:
            values = {"name": draft.name, "id": id, "members": list(draft.members)}
            if id is None:
                id = await connection.scalar(text("INSERT INTO location (name) VALUES (:name) RETURNING id"), values)
            else:
                await connection.execute(text("UPDATE location SET name = :name WHERE id = :id"), values)
            assert id is not None
            await connection.execute(
                text(
                    "UPDATE user_account SET location = CASE WHEN id = ANY(:members) THEN CAST(:id AS int) END"
                    " WHERE location = :id OR id = ANY(:members)"
                ),
                values | {"id": id},
            )
            return id

    async def save_calls(self, calls: CallSettings, actor: int) -> int:
        return await self.save_named("calls", calls, actor)

    async def save_clients(self, clients: ClientSettings, actor: int) -> int:
        return await self.save_named("clients", clients, actor)

    async def save_named(self, name: str, value: object, actor: int) -> int:
        """Settings that are kept whole under a name."""
        async with self.change(name, value, actor) as connection:
            await connection.execute(
                text(
                    "INSERT INTO setting (name, value) VALUES (:name, CAST(:value AS jsonb))"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                {"name": name, "value": codec.to_json(value)},
            )
        return 0

    async def save_entry_number(self, number: EntryNumber, actor: int) -> int:
        async with self.change(f"entry_number:{number.number}", number, actor) as connection:
            await connection.execute(
                text(
                    "INSERT INTO entry_point (number, name, flow, answer_after_ms)"
                    " VALUES (:number, :name, :flow, :answer_after_ms) ON CONFLICT (number) DO UPDATE"
                    " SET name = excluded.name, flow = excluded.flow, answer_after_ms = excluded.answer_after_ms"
                ),
                msgspec.to_builtins(number),
            )
        return 0

    # ---- entry rules

    async def save_rules(self, rules: EntryRules, actor: int, at: datetime) -> int:
        async with self.change(f"entry_rules:{rules.number}", rules, actor) as connection:
            return await connection.scalar(
                text(
                    "INSERT INTO entry_rules (number, version, body, author, saved_at)"
                    " SELECT :number, coalesce(max(version), 0) + 1, CAST(:body AS jsonb), :actor, :at"
                    " FROM entry_rules WHERE number = :number RETURNING version"
                ),
                {"number": rules.number, "body": codec.to_json(rules), "actor": actor, "at": at},
            )

    async def publish_rules(self, number: str, version: int, actor: int, at: datetime) -> bool:
        async with self.change(f"entry_rules:{number}", {"published": version}, actor) as connection:
            done = await connection.execute(
                text(
                    "UPDATE entry_rules SET published_at = :at, published_by = :actor"
                    " WHERE number = :number AND version = :version"
                ),
                {"number": number, "version": version, "actor": actor, "at": at},
            )
            return done.rowcount == 1

    async def rules_versions(self, number: str | None) -> list[RulesVersion]:
        """Of one number, or of all; newest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT number, version, body::text AS body, author, saved_at, published_at, published_by"
                    " FROM entry_rules WHERE number = :number OR CAST(:number AS text) IS NULL"
                    " ORDER BY number, version DESC"
                ),
                {"number": number},
            )
            return [
                RulesVersion(
                    number=r.number,
                    version=r.version,
                    rules=codec.entry_rules(r.body),
                    author=r.author,
                    saved_at=r.saved_at,
                    published_at=r.published_at,
                    published_by=r.published_by,
                )
                for r in rows
            ]

    async def past_calls(self, number: str, since: datetime, until: datetime, limit: int) -> list[PastCall]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT i.id, i.arrived_at, i.address, (SELECT e.data::text FROM event e"
                    " WHERE e.stream = 'interaction' AND e.subject = i.id::text AND e.data->>'type' = 'Routed'"
                    " AND e.data->>'reason' = 'entry' ORDER BY e.version LIMIT 1) AS routed"
                    " FROM interaction i WHERE i.arrived_at >= :since AND i.arrived_at < :until"
                    " AND i.direction = 'inbound' AND i.state->>'dialled' = :number ORDER BY i.arrived_at LIMIT :limit"
                ),
                {"number": number, "since": since, "until": until, "limit": limit},
            )
            found = []
            for id, at, address, data in rows:
                routed = codec.understood(codec.interaction_event, data) if data else None
                known = routed if isinstance(routed, Routed) else None
                found.append(
                    PastCall(
                        id=str(id),
                        at=at,
                        caller=address or "",
                        to=known.to if known else None,
                        rule=known.rule if known else None,
                    )
                )
            return found

    async def client_statuses(self, numbers: set[str]) -> Mapping[str, str]:
        """As ``PostgresTransaction.client_status``, for many numbers at once."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT n.value, min(c.status), count(DISTINCT c.status) FROM client c"
                    " JOIN client_term n ON n.client = c.id WHERE n.value = ANY(:numbers) GROUP BY 1"
                ),
                {"numbers": list(numbers)},
            )
            return {number: status if count == 1 else "ambiguous" for number, status, count in rows}
