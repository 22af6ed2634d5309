"""States and events as rows of the tables, and the statements that write them."""

from datetime import datetime

import msgspec
from sqlalchemy import Row, text

from backend.adapters.postgres import codec
from backend.application import origin
from backend.application.ports import WaitingContact
from backend.domain.interaction import events as e
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction, Offer, QueueVisit
from backend.domain.kernel.ids import UserId
from backend.domain.metrics.offers import offers_changed
from backend.domain.routing.destination import SkillStep
from backend.domain.voice.toll import is_outside

INTERACTION_COLUMNS = (
    "version, channel, direction, phase, outcome, queue, agent, priority, queued_at, address, client, category,"
    " arrived_at, ended_at, bridge, leg, recording, state"
)


def interaction_row(s: Interaction) -> dict:
    return {
        "id": s.id,
        "version": s.version,
        "channel": s.channel.value,
        "direction": s.direction.value,
        "phase": s.phase.value,
        "outcome": s.outcome.value if s.outcome else None,
        "queue": s.queue,
        "agent": s.agent,
        "priority": s.priority,
        "queued_at": s.queued_at,
        "address": s.customer.address,
        "client": s.client,
        "category": s.category,
        "arrived_at": s.arrived_at,
        "ended_at": s.ended_at,
        "bridge": s.voice.bridge if s.voice else None,
        "leg": s.voice.leg if s.voice else None,
        "recording": s.recording,
        "state": codec.to_json(s),
    }


def recordings(before: Interaction | None, after: Interaction) -> list[tuple[str, bool]]:
    """Those that are new, each with whether it is a message."""
    found = []
    m, old = after.message, before.message if before else None
    if (
        m is not None
        and m.began_at is not None
        and (old is None or old.began_at is None or old.recording != m.recording)
    ):
        found.append((m.recording, True))
    known = {before.recording if before else None, *(id for id, _ in found), None}
    if after.recording is not None and after.recording not in known:
        found.append((after.recording, False))
    return found


def visit_rows(before: Interaction | None, after: Interaction) -> list[dict]:
    old = before.visits if before else ()
    return [
        {
            "interaction": after.id,
            "n": n,
            "queue": v.queue,
            "entered_at": v.entered_at,
            "left_at": v.left_at,
            "result": v.result.value if v.result else None,
            "agent": v.agent,
        }
        for n, v in enumerate(after.visits)
        if n >= len(old) or old[n] != v
    ]


def segment_rows(before: Interaction | None, after: Interaction) -> list[dict]:
    old = before.segments if before else ()
    return [
        {
            "interaction": after.id,
            "n": n,
            "agent": x.agent,
            "accepted_at": x.accepted_at,
            "connected_at": x.connected_at,
            "ended_at": x.ended_at,
            "held_ms": int(x.held_total.total_seconds() * 1000),
            "wrapped_up_at": x.wrapped_up_at,
        }
        for n, x in enumerate(after.segments)
        if n >= len(old) or old[n] != x
    ]


def offer_rows(before: Interaction | None, after: Interaction, events: list[InteractionEvent]) -> list[dict]:
    """Offers that began or ended by these events, with how they ended."""
    return [
        {
            "interaction": after.id,
            "agent": x.agent,
            "queue": x.queue,
            "offered_at": x.offered_at,
            "ended_at": events[-1].at if x.result else None,
            "result": x.result.value if x.result else None,
        }
        for x in offers_changed(before, after, events)
    ]


def outside_rows(after: Interaction, events: list[InteractionEvent]) -> list[dict]:
    """Calls to the outside that these events placed: the customer's own leg is ``n`` 0, others have their member's."""
    found = []
    for event in events:
        match event:
            case e.Dialled() | e.CallbackDialled():
                n, number, by = 0, event.number, after.agent
            case e.MemberInvited(number=str(number)):
                n, by = event.n, event.by
            case _:
                continue
        if is_outside(number):
            found.append({"interaction": after.id, "n": n, "agent": by, "at": event.at})
    return found


class _Line(msgspec.Struct, frozen=True):
    """The part of an interaction's state that routing looks at."""

    skills: tuple[tuple[int, int], ...] = ()
    steps: tuple[SkillStep, ...] = ()
    prefers: UserId | None = None
    not_to: tuple[tuple[UserId, datetime], ...] = ()
    visits: tuple[QueueVisit, ...] = ()
    offer: Offer | None = None
    ring: tuple[Offer, ...] = ()


_line = msgspec.json.Decoder(_Line)


def waiting_contact(row: Row) -> WaitingContact:
    line = _line.decode(row[4])
    return WaitingContact(
        id=str(row[0]),
        queue=row[1],
        queued_at=row[2],
        priority=row[3],
        entered_at=line.visits[-1].entered_at if line.visits else row[2],
        skills=line.skills,
        steps=line.steps,
        prefers=line.prefers,
        not_to=line.not_to,
        ringing=tuple((offer.agent, offer.offered_at) for offer in (line.offer, *line.ring) if offer is not None),
    )


def event_row(stream: str, subject: str, last_version: int, i: int, events: list, actor: UserId | None) -> dict:
    event = events[i]
    return {
        "stream": stream,
        "subject": subject,
        "version": last_version - len(events) + 1 + i,
        "data": codec.to_json(event),
        "at": event.at,
        "actor": actor,
        "origin": origin.current().to_json(),
    }


def event_columns(rows: list[dict]) -> dict:
    """Of rows that one work writes, for APPEND_ALL."""
    if not rows:
        return {}
    of = {"streams": "stream", "subjects": "subject", "versions": "version", "contents": "data", "times": "at"}
    columns = {name: [row[column] for row in rows] for name, column in of.items()}
    return columns | {"by": rows[0]["actor"], "origin": rows[0]["origin"]}


_columns = [c.strip() for c in INTERACTION_COLUMNS.split(",")]


def _bind(column: str) -> str:
    return "CAST(:state AS jsonb)" if column == "state" else f":{column}"


INSERT_INTERACTION = text(
    f"INSERT INTO interaction (id, {INTERACTION_COLUMNS}) VALUES (:id, {', '.join(map(_bind, _columns))})"  # noqa: S608
)
UPDATE_INTERACTION = text(
    f"UPDATE interaction SET {', '.join(f'{c} = {_bind(c)}' for c in _columns)} WHERE id = :id"  # noqa: S608
)
PUT_VISIT = text(
    "INSERT INTO queue_visit (interaction, n, queue, entered_at, left_at, result, agent)"
    " VALUES (:interaction, :n, :queue, :entered_at, :left_at, :result, :agent)"
    " ON CONFLICT (interaction, n) DO UPDATE SET left_at = :left_at, result = :result, agent = :agent"
)
PUT_SEGMENT = text(
    "INSERT INTO segment (interaction, n, agent, accepted_at, connected_at, ended_at, held_ms, wrapped_up_at)"
    " VALUES (:interaction, :n, :agent, :accepted_at, :connected_at, :ended_at, :held_ms, :wrapped_up_at)"
    " ON CONFLICT (interaction, n) DO UPDATE SET connected_at = :connected_at, ended_at = :ended_at,"
    " held_ms = :held_ms, wrapped_up_at = :wrapped_up_at"
)
PUT_OFFER = text(
    "INSERT INTO offer (interaction, agent, queue, offered_at, ended_at, result)"
    " VALUES (:interaction, :agent, :queue, :offered_at, :ended_at, :result)"
    " ON CONFLICT (interaction, agent, offered_at) DO UPDATE SET ended_at = :ended_at, result = :result"
)
PUT_OUTSIDE_CALL = text(
    "INSERT INTO outside_call (interaction, n, agent, at) VALUES (:interaction, :n, :agent, :at)"
    " ON CONFLICT (interaction, n) DO NOTHING"
)
OUTSIDE_CALLS = text(
    # A process of a version without ``outside_call`` dials without a row of it.
    "WITH before AS (SELECT id AS interaction, 0 AS n, agent, arrived_at AS at FROM interaction i"
    " WHERE arrived_at >= :midnight AND direction = 'outbound' AND agent IS NOT NULL AND address LIKE '+%'"
    " AND NOT EXISTS (SELECT FROM outside_call x WHERE x.interaction = i.id AND x.n = 0)"
    " AND EXISTS (SELECT FROM event e WHERE e.stream = 'interaction' AND e.subject = i.id::text"
    " AND e.data->>'type' IN ('Dialled', 'CallbackDialled'))),"
    " call AS NOT MATERIALIZED (SELECT interaction, n, agent, at FROM outside_call UNION ALL SELECT * FROM before),"
    " now AS (SELECT x.agent FROM interaction i JOIN call x ON x.interaction = i.id"
    " WHERE i.phase <> 'closed' AND i.ended_at IS NULL AND (x.n = 0"
    " OR EXISTS (SELECT FROM jsonb_array_elements(i.state->'members') m WHERE (m->>'n')::int = x.n)))"
    " SELECT (SELECT count(*) FROM now WHERE agent = :user) AS agent_now, (SELECT count(*) FROM now) AS all_now,"
    " (SELECT count(*) FROM call WHERE at >= :midnight AND agent = :user) AS agent_today,"
    " (SELECT count(*) FROM call WHERE at >= :midnight) AS all_today"
)
PUT_RECORDING = text(
    "INSERT INTO recording (id, interaction, message) VALUES (:id, :interaction, :message) ON CONFLICT (id) DO NOTHING"
)
PUT_AGENT = text(
    'INSERT INTO agent ("user", version, presence, state)'
    " VALUES (:user, :version, :presence, CAST(:state AS jsonb))"
    ' ON CONFLICT ("user") DO UPDATE SET version = :version, presence = :presence, state = CAST(:state AS jsonb)'
)
APPEND = text(
    "INSERT INTO event (stream, subject, version, data, at, actor, origin)"
    " VALUES (:stream, :subject, :version, CAST(:data AS jsonb), :at, :actor, CAST(:origin AS jsonb))"
)
APPEND_ALL = text(
    "INSERT INTO event (stream, subject, version, data, at, actor, origin)"
    " SELECT stream, subject, version, data::jsonb, at, CAST(:by AS int), CAST(:origin AS jsonb) FROM"
    " unnest(CAST(:streams AS text[]), CAST(:subjects AS text[]), CAST(:versions AS int[]), CAST(:contents AS text[]),"
    " CAST(:times AS timestamptz[])) WITH ORDINALITY AS e (stream, subject, version, data, at, n) ORDER BY n"
)
"""One statement whatever happened: an entry of the audit may go with it in the same round trip."""
PUT_PROMPT = text("INSERT INTO prompt (key, text) VALUES (:key, :text) ON CONFLICT (key) DO NOTHING")
ADD_COMMAND = text(
    "INSERT INTO bridge_command (id, bridge, body, deadline) VALUES (:id, :bridge, CAST(:body AS jsonb), :deadline)"
)
PUT_TIMER = text(
    "INSERT INTO timer (key, due_at, what) VALUES (:key, :due_at, CAST(:what AS jsonb))"
    " ON CONFLICT (key) DO UPDATE SET due_at = :due_at, what = CAST(:what AS jsonb)"
)
