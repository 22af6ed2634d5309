"""Recordings as rows: found by their data, heard by permission, held for the law. Queries only; rules are in the domain."""

import re
from datetime import UTC, datetime

import msgspec
import snowballstemmer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.audit.rows import ADD, row_of
from backend.adapters.postgres.reach import contacts_within
from backend.application import origin
from backend.domain.access.policy import Contact, Reach
from backend.domain.audit.trail import Entry, Kind, Outcome
from backend.domain.recording.search import CallType, Criteria, SortBy

MOST_WORDS = 10
SHORTEST_STEM = 3
VOWELS = frozenset("aáeéěiíoóuúůyý0123456789")
_stemmer = snowballstemmer.stemmer("czech")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One recording. ``file`` while it is plain on the bridge's disk; ``name`` and the key once it is kept."""

    id: str
    interaction: str
    agents: frozenset[int]
    """Everybody who had the call."""
    queues: frozenset[int] = frozenset()
    """All that it was in."""
    arrived_at: datetime | None = None
    message: bool = False
    """Left by a caller for whoever calls back."""
    started_at: datetime | None
    duration_ms: int | None
    gaps_ms: tuple[tuple[int, int], ...]
    sha256: str | None
    failure: str | None
    file: str | None
    name: str | None
    kept_at: datetime | None
    kept_size: int | None
    key_id: str | None
    wrapped_key: bytes | None
    peaks: bytes | None
    damaged_at: datetime | None
    held_at: datetime | None
    held_by: int | None
    held_why: str | None
    erased_at: datetime | None
    retention_days: int
    customer_number: str | None
    agent_name: str | None

    @property
    def subject(self) -> Contact:
        """As the policy sees it."""
        return Contact(self.agents, self.message, self.queues, self.arrived_at)

    @property
    def playable(self) -> bool:
        return self.erased_at is None and (self.file is not None or self.wrapped_key is not None)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a search: a call and its recording, if any."""

    interaction: str
    type: CallType
    started_at: datetime
    agent: int | None
    number: str | None
    queue: int | None
    category: int | None
    wait_s: float | None
    length_s: float | None
    note: str | None
    recording: str | None
    playable: bool
    held: bool


class Access(msgspec.Struct, frozen=True, kw_only=True):
    user: int | None
    action: str
    allowed: bool
    address: str
    at: datetime


_STORED = """
SELECT r.id::text, r.interaction::text,
  ARRAY(SELECT s.agent FROM segment s WHERE s.interaction = i.id UNION SELECT i.agent WHERE i.agent IS NOT NULL) AS agents,
  ARRAY(SELECT v.queue FROM queue_visit v WHERE v.interaction = i.id UNION SELECT i.queue WHERE i.queue IS NOT NULL) AS queues,
  i.arrived_at,
  r.message, r.started_at, r.duration_ms, r.gaps_ms, r.sha256, r.failure, r.file,
  r.name, r.kept_at, r.kept_size, r.key_id, r.wrapped_key, r.peaks, r.damaged_at, r.held_at, r.held_by, r.held_why,
  r.erased_at, coalesce(q.retention_days, 400) AS retention_days, i.address AS customer_number, u.name AS agent_name
FROM recording r JOIN interaction i ON i.id = r.interaction LEFT JOIN queue q ON q.id = i.queue
  LEFT JOIN user_account u ON u.id = i.agent
WHERE r.id = ANY(CAST(:ids AS uuid[]))
"""

_CALLS = """
SELECT i.id AS key, i.id::text AS interaction,
  CASE WHEN i.direction = 'inbound' THEN CASE WHEN t.connected THEN 'inbound' ELSE 'lost' END
       ELSE CASE WHEN t.connected THEN 'outbound' ELSE 'not_reached' END END AS type,
  i.arrived_at AS started_at, i.agent, i.address AS number, i.queue, i.category,
  extract(epoch FROM v.left_at - v.entered_at)::float AS wait_s,
  CASE WHEN t.connected THEN extract(epoch FROM coalesce((i.state->>'talked_until')::timestamptz, i.ended_at)
    - (i.state->>'connected_at')::timestamptz)::float END
    AS length_s,
  n.text AS note, r.id::text AS recording,
  coalesce(r.erased_at IS NULL AND (r.file IS NOT NULL OR r.wrapped_key IS NOT NULL), false) AS playable,
  r.held_at IS NOT NULL AS held
FROM interaction i
  CROSS JOIN LATERAL (SELECT i.state->>'connected_at' IS NOT NULL AS connected) t
  LEFT JOIN recording r ON r.id = i.recording
  LEFT JOIN LATERAL (SELECT * FROM queue_visit v WHERE v.interaction = i.id ORDER BY v.n LIMIT 1) v ON true
  LEFT JOIN LATERAL (SELECT * FROM note n WHERE n.interaction = i.id ORDER BY n.version DESC LIMIT 1) n ON true
WHERE i.channel = 'voice' AND i.ended_at IS NOT NULL
"""

_ORDER = {
    SortBy.STARTED: "started_at",
    SortBy.TIME_OF_DAY: "(started_at AT TIME ZONE 'Europe/Prague')::time",
    SortBy.AGENT: "(SELECT cs_key(name) FROM user_account WHERE id = agent)",
    SortBy.NUMBER: "number",
    SortBy.LENGTH: "length_s",
    SortBy.WAIT: "wait_s",
    SortBy.CATEGORY: "(SELECT cs_key(name) FROM category WHERE id = calls.category)",
    SortBy.QUEUE: "(SELECT cs_key(name) FROM queue WHERE id = calls.queue)",
    SortBy.NOTE: "cs_key(note)",
}


_HAD = "(agent {0} OR EXISTS (SELECT 1 FROM segment s WHERE s.interaction = calls.key AND s.agent {0}))"
"""Of calls that one of these agents had, the last one or one before."""


class Catalogue:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def stored(self, id: str) -> Stored | None:
        return (await self.several([id])).get(id)

    async def several(self, ids: list[str]) -> dict[str, Stored]:
        """Those that are there, by id."""
        if not ids:
            return {}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(text(_STORED), {"ids": ids})).mappings().all()
        return {
            row["id"]: Stored(
                **{
                    **row,
                    "gaps_ms": tuple((a, b) for a, b in row["gaps_ms"] or ()),
                    "agents": frozenset(row["agents"]),
                    "queues": frozenset(row["queues"]),
                }
            )
            for row in rows
        }

    async def search(
        self, criteria: Criteria, sort: SortBy, descending: bool, limit: int, offset: int, within: Reach
    ) -> tuple[list[Found], int]:
        """A page, and how many there are in all. Ties are broken by time, newest first."""
        conditions, values = _conditions(criteria)
        scope, more = contacts_within(within)
        direction = "DESC" if descending else "ASC"
        async with self.engine.connect() as connection:
            rows = (
                (
                    await connection.execute(
                        text(
                            f"SELECT *, count(*) OVER () AS total FROM ({_CALLS} AND {scope}) calls WHERE {conditions}"  # noqa: S608
                            f" ORDER BY {_ORDER[sort]} {direction} NULLS LAST, started_at DESC, interaction"
                            " LIMIT :limit OFFSET :offset"
                        ),
                        {**values, **more, "limit": limit, "offset": offset},
                    )
                )
                .mappings()
                .all()
            )
        found = [
            Found(**{k: CallType(v) if k == "type" else v for k, v in row.items() if k not in ("total", "key")})
            for row in rows
        ]
        return found, rows[0]["total"] if rows else 0

    # ---- who heard what

    async def note_access(self, recording: str, user: int | None, action: str, allowed: bool, address: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    'INSERT INTO recording_access (recording, "user", action, allowed, address)'
                    " VALUES (CAST(:recording AS uuid), :user, :action, :allowed, :address)"
                ),
                {"recording": recording, "user": user, "action": action, "allowed": allowed, "address": address},
            )
            by = origin.current()
            heard = Entry(
                kind=Kind.VIEW,
                action=f"recording.{action}",
                at=datetime.now(UTC),
                source=by.source,
                actor=user,
                session=by.session,
                address=address,
                request=by.request,
                subject=f"recording:{recording}",
                outcome=Outcome.DONE if allowed else Outcome.REFUSED,
            )
            await connection.execute(ADD, row_of(heard))

    async def accesses(self, recording: str) -> list[Access]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    'SELECT "user", action, allowed, address, at FROM recording_access'
                    " WHERE recording = CAST(:id AS uuid) ORDER BY id DESC LIMIT 500"
                ),
                {"id": recording},
            )
            return [Access(user=r[0], action=r[1], allowed=r[2], address=r[3], at=r[4]) for r in rows]

    # ---- states

    async def hold(self, recording: str, user: int, why: str | None, now: datetime) -> bool:
        """Set a legal hold, or release it with ``why`` None. False for a recording that is not there or erased."""
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text(
                    "UPDATE recording SET held_at = CASE WHEN CAST(:why AS text) IS NULL THEN NULL"
                    " ELSE CAST(:now AS timestamptz) END,"
                    " held_by = :user, held_why = :why WHERE id = CAST(:id AS uuid) AND erased_at IS NULL"
                ),
                {"why": why, "now": now, "user": user, "id": recording},
            )
        return done.rowcount == 1

    async def damaged(self, recording: str, now: datetime) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE recording SET damaged_at = coalesce(damaged_at, :now) WHERE id = CAST(:id AS uuid)"),
                {"now": now, "id": recording},
            )


def forms(words: str) -> list[tuple[str, ...]]:
    """What to look for in notes: of each word, ten at most, the beginnings that its forms share.

    Snowball's Czech stems; a stem that ends in two consonants is also looked for with the fleeting e (přeplatk-u,
    přeplatek).
    """
    found = []
    for word in re.findall(r"[^\W_]+", words.lower())[:MOST_WORDS]:
        stem = _stemmer.stemWord(word)
        if len(stem) < SHORTEST_STEM:
            found.append((word,))
        elif stem[-1] in VOWELS or stem[-2] in VOWELS:
            found.append((stem,))
        else:
            found.append((stem, f"{stem[:-1]}e{stem[-1]}"))
    return found


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _conditions(c: Criteria) -> tuple[str, dict]:
    said: list[str] = ["TRUE"]
    values: dict = {}

    def where(sql: str, **given) -> None:
        said.append(sql)
        values.update(given)

    if c.since is not None:
        where("started_at >= :since", since=c.since)
    if c.until is not None:
        where("started_at < :until", until=c.until)
    if c.agents:
        where(_HAD.format("= ANY(:agents)"), agents=list(c.agents))
    for column, chosen in (("queue", c.queues), ("category", c.categories)):
        if chosen:
            where(f"{column} = ANY(:{column}s)", **{f"{column}s": list(chosen)})
    if c.types:
        where("type = ANY(:types)", types=[t.value for t in c.types])
    if c.number:
        where("number LIKE :number", number=f"%{''.join(x for x in c.number if x.isdigit())}%")
    if c.client is not None:
        where(
            "key IN (SELECT x.id FROM interaction x WHERE x.client = :client)",
            client=c.client,
        )
    if c.words:
        alike, parts = [], {}
        for n, word in enumerate(forms(c.words)):
            names = {f"word_{n}_{m}": f"%{_escaped(form)}%" for m, form in enumerate(word)}
            parts |= names
            alike.append("(" + " OR ".join(f"n.plain LIKE cs_plain(:{name})" for name in names) + ")")
        said_so = " AND ".join(alike) or "FALSE"
        where(f"key IN (SELECT n.interaction FROM note n WHERE {said_so})", **parts)  # noqa: S608
    for column in ("length", "wait"):
        if (least := getattr(c, f"{column}_from")) is not None:
            where(f"{column}_s >= :{column}_from", **{f"{column}_from": least})
        if (most := getattr(c, f"{column}_to")) is not None:
            where(f"{column}_s <= :{column}_to", **{f"{column}_to": most})
    if c.recorded is not None:
        where("(recording IS NOT NULL) = :recorded", recorded=c.recorded)
    if c.held is not None:
        where("held = :held", held=c.held)
    return " AND ".join(said), values
