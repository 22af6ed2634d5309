"""One transaction: states under lock, their events, timers and commands to bridges."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.audit.rows import ADD, of_the_data, row_of
from backend.adapters.postgres import codec
from backend.adapters.postgres import rows as table_rows
from backend.adapters.postgres.client_rows import ClientRows
from backend.adapters.postgres.columns import NO_COLUMNS, Columns
from backend.adapters.postgres.dictation_rows import DictationRows
from backend.adapters.postgres.lines import change_state
from backend.adapters.postgres.paper_rows import PaperRows
from backend.adapters.postgres.recording_rows import RecordingRows
from backend.application.ports import EntryUnwritable
from backend.domain.agent.messages import AgentEvent
from backend.domain.agent.model import Agent
from backend.domain.audit.trail import Entry
from backend.domain.interaction.deadlines import Timer
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction, Outcome
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.lines.model import LineState
from backend.domain.trunks.outage import outages
from backend.domain.voice.toll import Used
from sip_bridge.contract import LegCommand, TrunksChanged

_EVENTS, _ENTRY = table_rows.APPEND_ALL.text, ADD.text
_EVENTS_AND_ENTRY = text(f"WITH told AS ({_EVENTS}) {_ENTRY}")


class PostgresTransaction(RecordingRows, PaperRows, ClientRows, DictationRows):
    def __init__(self, connection: AsyncConnection, columns: Columns = NO_COLUMNS) -> None:
        """``columns``: for cards with sensitive fields."""
        self.connection, self.columns = connection, columns
        self._events: list[dict] = []

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

    async def outside_calls(self, user: UserId | None, midnight: datetime) -> Used:
        """Until this transaction ends nobody else is told how many there are."""
        await self.connection.execute(text("SELECT pg_advisory_xact_lock(5150435, 0)"))
        row = (await self.connection.execute(table_rows.OUTSIDE_CALLS, {"user": user, "midnight": midnight})).one()
        return Used(**row._mapping)

    async def abandoned_place(self, number: str, queue: QueueId, since: datetime) -> datetime | None:
        """The place of the number's newest call in the queue, if it was given up since then."""
        row = (
            await self.connection.execute(
                text(
                    "SELECT queued_at, outcome, ended_at FROM interaction WHERE address = :number AND queue = :queue"
                    " ORDER BY arrived_at DESC LIMIT 1"
                ),
                {"number": number, "queue": queue},
            )
        ).first()
        given_up = row is not None and row[1] in (Outcome.ABANDONED_IN_QUEUE, Outcome.ABANDONED_RINGING)
        return row[0] if row is not None and given_up and row[2] is not None and row[2] >= since else None

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
        outside = [row for _, after, events in changed for row in table_rows.outside_rows(after, events)]
        if outside:
            await self.connection.execute(table_rows.PUT_OUTSIDE_CALL, outside)
        recordings = [
            {"id": recording, "interaction": after.id, "message": message}
            for before, after, _ in changed
            for recording, message in table_rows.recordings(before, after)
        ]
        if recordings:
            await self.connection.execute(table_rows.PUT_RECORDING, recordings)
        self._events += [
            table_rows.event_row("interaction", after.id, after.version, i, events, actor)
            for _, after, events in changed
            for i in range(len(events))
        ]

    async def save_agents(
        self, changed: list[tuple[Agent | None, Agent, list[AgentEvent]]], actor: UserId | None
    ) -> None:
        rows = [
            {"user": a.user, "version": a.version, "presence": a.presence.value, "state": codec.to_json(a)}
            for _, a, _ in changed
        ]
        await self.connection.execute(table_rows.PUT_AGENT, rows)
        self._events += [
            table_rows.event_row("agent", str(a.user), a.version, i, events, actor)
            for _, a, events in changed
            for i in range(len(events))
        ]

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

    async def write_log(self, entry: Entry | None) -> None:
        events, self._events = table_rows.event_columns(self._events), []
        if entry is None:
            if events:
                await self.connection.execute(table_rows.APPEND_ALL, events)
            return
        try:
            await self.connection.execute(_EVENTS_AND_ENTRY if events else ADD, events | row_of(entry))
        except Exception as error:
            if of_the_data(error):
                raise EntryUnwritable from error
            raise

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

    async def flow(self, flow: int, version: int) -> Flow | None:
        found = await self.connection.scalar(
            text("SELECT body::text FROM flow_version WHERE flow = :flow AND version = :version"),
            {"flow": flow, "version": version},
        )
        return codec.flow(found) if found else None

    async def line_changed(self, number: str, state: LineState, at: datetime, until: datetime) -> bool:
        """Whether the line is one of ours."""
        return await change_state(self.connection, number, state, at, until)

    async def trunks_found(self, bridge: str, found: TrunksChanged, at: datetime) -> None:
        """A report that is older than one known already changes nothing."""
        known = await self.connection.scalar(
            text(
                "SELECT trunks_down::text FROM bridge WHERE name = :bridge AND (trunks_at IS NULL OR trunks_at <= :at)"
                " FOR UPDATE"
            ),
            {"bridge": bridge, "at": at},
        )
        if known is None:
            return
        await self.connection.execute(
            text(
                "UPDATE bridge SET trunks = CAST(:found AS jsonb), trunks_at = :at, trunks_until = :until,"
                " trunks_down = CAST(:down AS jsonb) WHERE name = :bridge"
            ),
            {
                "bridge": bridge,
                "found": codec.to_json(found),
                "at": at,
                "until": at + timedelta(seconds=found.expires_s),
                "down": codec.to_json(outages(codec.outages(known), bridge, found, at)),
            },
        )

    async def end_sessions(self, user: UserId) -> None:
        await self.connection.execute(text('DELETE FROM session WHERE "user" = :user'), {"user": user})

    async def holds_lease(self, name: str, token: int) -> bool:
        """Locks the lease against being taken over before this transaction ends."""
        found = await self.connection.scalar(
            text(
                "SELECT 1 FROM lease WHERE name = :name AND token = :token AND expires_at > clock_timestamp() FOR SHARE"
            ),
            {"name": name, "token": token},
        )
        return found is not None
