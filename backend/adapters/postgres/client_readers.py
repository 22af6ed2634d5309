"""Clients read for screens: candidates, search as you type, one card with its history, the timeline of contacts.

Everything is asked by the fields that the asker may see; which these are, the caller says (``fields_seen``).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres.client_rows import CLIENT_COLUMNS, clients_of, stored_values, versions_of
from backend.adapters.postgres.columns import NO_KEYS, ColumnKeys, Columns
from backend.adapters.postgres.reach import contacts_within
from backend.domain.access.policy import Reach
from backend.domain.customer.fields import BIRTH_DATE, Field, FieldType
from backend.domain.customer.model import Client, Version
from backend.domain.customer.search import LONGEST_TERM, Part, SameBecause, meant, parts, same_person, words
from backend.domain.kernel.ids import ClientId

END = "\U0010ffff"
"""After every term that begins with what stands before it."""
FEW = 3
"""With fewer found, words are taken as misspelt."""
WEIGHED = 50_000
"""How far the terms of a part are counted; what has more fits so many clients that some are soon found by trying."""
DEARER = 30
"""Trying one client costs as much as reading so many terms."""
LOOKED_AT = 20_000
"""Terms of the rarest part whose clients are tried at most: more is asked only by a few letters, and any will do."""
CANDIDATES = 120
ENOUGH = 2 * CANDIDATES
"""Terms that fit; a client may have several of them."""
ALIKE = 6
"""Known words tried for a misspelt one."""
SHORTEST_MISSPELT = 4
TELLING = frozenset({FieldType.INSURED_NUMBER, FieldType.COMPANY_NUMBER, FieldType.PHONE, FieldType.EMAIL})
MOST_DUPLICATES = 20
MOST_CANDIDATES = 50

_SEARCH = """
{read} SELECT k.client, min(k.value) AS value FROM unnest(CAST(:starts AS text[]), CAST(:ends AS text[])) r(start, stop)
CROSS JOIN LATERAL (
  SELECT t.client, t.value FROM (SELECT client, value FROM client_term WHERE value >= r.start AND value < r.stop
    AND field = ANY(:fields) ORDER BY value LIMIT :looked) t
  WHERE TRUE {others} ORDER BY t.value LIMIT :enough
) k GROUP BY k.client ORDER BY min(k.value), k.client LIMIT :limit
"""
"""Terms are taken in their order and those of enough clients end it: a common name is not read to its end."""
_TERMS = (
    "FROM unnest(CAST(:starts{n} AS text[]), CAST(:ends{n} AS text[])) o(start, stop)"
    " JOIN client_term x ON x.value >= o.start AND x.value < o.stop AND x.field = ANY(:fields)"
)
_TRIED = f" AND EXISTS (SELECT 1 {_TERMS} AND x.client = t.client)"
_READ = f"part{{n}} AS MATERIALIZED (SELECT x.client {_TERMS})"
_AMONG = " AND t.client IN (SELECT client FROM part{n})"
_WEIGHT = text(
    "SELECT count(*) FROM (SELECT 1 FROM unnest(CAST(:starts AS text[]), CAST(:ends AS text[])) r(start, stop)"
    " JOIN client_term t ON t.value >= r.start AND t.value < r.stop AND t.field = ANY(:fields) LIMIT :weighed) few"
)
_ALIKE = text("SELECT word FROM client_word WHERE word % :word ORDER BY word <-> :word LIMIT :alike")

_TIMELINE = """
SELECT i.id::text, i.channel, i.direction, i.phase, i.outcome, i.arrived_at, i.ended_at, i.queue, i.agent, i.category,
  i.address, i.client, i.recording::text,
  CASE WHEN i.state->>'connected_at' IS NULL THEN NULL ELSE
    extract(epoch FROM coalesce((i.state->>'talked_until')::timestamptz, i.ended_at)
      - (i.state->>'connected_at')::timestamptz)::float END AS talk_s,
  ARRAY(SELECT jsonb_array_elements_text(i.state->'verified')) AS verified, n.text AS note, n.author AS note_author,
  ({open}) IS TRUE AS open
FROM interaction i
  LEFT JOIN LATERAL (SELECT text, author FROM note n WHERE n.interaction = i.id ORDER BY n.version DESC LIMIT 1) n ON true
WHERE {whose} {before} AND {within} ORDER BY i.arrived_at DESC, i.id DESC LIMIT :limit
"""


class ClientNote(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one note. An empty text: the note was taken down."""

    note: int
    version: int
    text: str
    author: int
    at: datetime


class Duplicate(msgspec.Struct, frozen=True):
    client: Client
    because: SameBecause


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One contact on a timeline."""

    id: str
    channel: str
    direction: str
    phase: str
    outcome: str | None
    arrived_at: datetime
    ended_at: datetime | None
    queue: int | None
    agent: int | None
    category: int | None
    address: str | None
    client: int | None
    recording: str | None
    talk_s: float | None
    verified: tuple[str, ...]
    note: str | None
    note_author: int | None
    open: bool
    """Whether it may be looked into."""


class Found(msgspec.Struct, frozen=True):
    """``misspelt``: nothing fits exactly; these are close."""

    clients: tuple[Client, ...]
    misspelt: bool = False


class Hidden(msgspec.Struct, frozen=True):
    """Fields whose terms are hashes, by key."""

    fields: dict[str, Field] = {}
    keys: ColumnKeys = NO_KEYS

    def term(self, key: str, whole: str) -> str:
        return self.keys.term(key, whole)

    def meant(self, typed: str, today: date) -> tuple[str, ...]:
        return tuple(self.term(key, whole) for key, f in self.fields.items() for whole in meant(f, typed, today))


class ClientReaders:
    def __init__(self, engine: AsyncEngine, columns: Columns) -> None:
        self.engine, self.columns = engine, columns

    # ---- who is it

    async def client(self, id: ClientId) -> Client | None:
        async with self.engine.connect() as connection:
            found = await self._clients(connection, [id])
        return found[0] if found else None

    async def by_term(self, term: str, fields: Iterable[Field]) -> list[Client]:
        """All who have this number or address, by name: never merged, the agent picks."""
        fields = tuple(fields)
        async with self.engine.connect() as connection:
            hidden = await self._hidden(connection, fields)
            ids = await connection.scalars(
                text(
                    "SELECT DISTINCT client FROM client_term WHERE value = ANY(:terms) AND field = ANY(:fields) LIMIT :limit"
                ),
                {
                    "terms": [term[:LONGEST_TERM], *(hidden.term(key, term) for key in hidden.fields)],
                    "fields": [field.key for field in fields],
                    "limit": MOST_CANDIDATES,
                },
            )
            return await self._clients(connection, list(ids))

    async def search(self, typed: str, fields: Iterable[Field], today: date, limit: int) -> Found:
        """Those on whose card every part of what was typed begins a term; whole terms first, then by name. Sensitive fields
        are found by their whole value; only of those who are returned anything is decrypted."""
        asked, fields = parts(typed, today), tuple(field for field in fields if field.searched)
        keys = [field.key for field in fields]
        if not asked or not keys:
            return Found(())
        async with self.engine.connect() as connection:
            hidden = await self._hidden(connection, fields)
            at_once = hidden.meant(typed, today) if len(asked) > 1 else ()
            asked = tuple(replace(part, whole=(*part.whole, *hidden.meant(part.typed, today))) for part in asked)
            ids = await self._search(connection, asked, keys)
            if at_once:
                ids = [*await self._search(connection, (Part(whole=at_once),), keys), *ids]
            exact = _ranked(await self._rows(connection, ids), asked)[:limit]
            guessed: list = []
            if len(ids) < FEW and (close := await self._misspelt(connection, asked)) is not None:
                more = [id for id in await self._search(connection, close, keys) if id not in ids]
                guessed = await self._rows(connection, more)
            clients = await clients_of(connection, self.columns, [*exact, *guessed][:limit])
        return Found(tuple(clients), misspelt=not exact and bool(guessed))

    async def _hidden(self, connection: AsyncConnection, fields: tuple[Field, ...]) -> Hidden:
        """Those of the fields that are found by hashes, or were until a moment ago."""
        if all(field.in_the_open for field in fields):
            return Hidden()
        sealed = frozenset(await connection.scalars(text("SELECT field FROM client_sealing WHERE sealed OR NOT done")))
        found = {field.key: field for field in fields if field.key in sealed}
        return Hidden(found, await self.columns.hashing(connection)) if found else Hidden()

    async def _search(self, connection: AsyncConnection, asked: tuple[Part, ...], keys: list[str]) -> list[ClientId]:
        weights = [0] if len(asked) == 1 else [await self._weight(connection, part, keys) for part in asked]
        if len(asked) > 1 and min(weights) == 0:
            return []
        (rarest, first), *others = sorted(zip(weights, asked, strict=True), key=lambda x: (x[0], -_length(x[1])))
        values: dict = {**_ranges(first), "fields": keys, "enough": ENOUGH, "limit": CANDIDATES}
        read, fits = [], ""
        for n, (weight, part) in enumerate(others):
            values |= {f"{name}{n}": ends for name, ends in _ranges(part).items()}
            if weight < WEIGHED and weight < DEARER * rarest:
                read.append(_READ.format(n=n))
                fits += _AMONG.format(n=n)
            else:
                fits += _TRIED.format(n=n)
        values["looked"] = LOOKED_AT if len(read) < len(others) else WEIGHED
        sql = _SEARCH.format(read=f"WITH {', '.join(read)}" if read else "", others=fits)
        return [row.client for row in await connection.execute(text(sql), values)]

    async def _weight(self, connection: AsyncConnection, part: Part, keys: list[str]) -> int:
        return await connection.scalar(_WEIGHT, {**_ranges(part), "fields": keys, "weighed": WEIGHED})

    async def _misspelt(self, connection: AsyncConnection, asked: tuple[Part, ...]) -> tuple[Part, ...] | None:
        """The same with known words that are like those typed; None when there is nothing to try."""
        tried = [part for part in asked if len(part.word) >= SHORTEST_MISSPELT]
        if not tried:
            return None
        made = []
        for part in asked:
            alike = (
                tuple(await connection.scalars(_ALIKE, {"word": part.word, "alike": ALIKE})) if part in tried else ()
            )
            made.append(replace(part, whole=(*part.whole, *alike)) if alike else part)
        return tuple(made) if made != list(asked) else None

    async def _clients(self, connection: AsyncConnection, ids: list[ClientId]) -> list[Client]:
        """By name."""
        return await clients_of(connection, self.columns, await self._rows(connection, ids))

    async def _rows(self, connection: AsyncConnection, ids: list[ClientId]) -> list:
        """By name."""
        if not ids:
            return []
        rows = await connection.execute(
            text(
                f"SELECT {CLIENT_COLUMNS} FROM client WHERE id = ANY(:ids) ORDER BY cs_key(name), id"  # noqa: S608
            ),
            {"ids": ids},
        )
        return list(rows)

    # ---- the card

    async def versions(self, id: ClientId, before: int | None, limit: int) -> list[Version]:
        """Newest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT version, at, author, changes::text AS changes FROM client_version WHERE client = :id"
                    " AND (CAST(:before AS int) IS NULL OR version < :before) ORDER BY version DESC LIMIT :limit"
                ),
                {"id": id, "before": before, "limit": limit},
            )
            return await versions_of(connection, self.columns, id, rows)

    async def notes(self, id: ClientId) -> list[ClientNote]:
        """Every version of every note; the note begun last comes first, its versions oldest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT note, version, text, author, at FROM client_note WHERE client = :id"
                    " ORDER BY note DESC, version"
                ),
                {"id": id},
            )
            return [ClientNote(**row) for row in rows.mappings()]

    async def duplicates(self, client: Client, fields: tuple[Field, ...]) -> list[Duplicate]:
        """Cards that look like the same person, without those of whom somebody has said that they are not."""
        telling = [f for f in fields if f.key == BIRTH_DATE or f.type in TELLING]
        shared = [
            (key, term)
            for field in telling
            if (value := client.values.get(key := field.key)) is not None
            for term in (value if isinstance(value, tuple) else (str(value),))
        ]
        if not shared:
            return []
        async with self.engine.connect() as connection:
            hidden = await self._hidden(connection, tuple(telling))
            shared += [(key, hidden.term(key, term)) for key, term in shared if key in hidden.fields]
            rows = await connection.execute(
                text(
                    f"SELECT {CLIENT_COLUMNS} FROM client WHERE erased_at IS NULL AND id IN ("  # noqa: S608
                    "SELECT t.client FROM unnest(CAST(:keys AS text[]), CAST(:terms AS text[])) s(key, term)"
                    " CROSS JOIN LATERAL (SELECT client FROM client_term WHERE value = s.term AND field = s.key"
                    "  AND client <> :id LIMIT 500) t) AND NOT EXISTS (SELECT 1 FROM client_distinct d"
                    " WHERE d.one = least(client.id, :id) AND d.other = greatest(client.id, :id)) ORDER BY id"
                ),
                {"id": client.id, "keys": [k for k, _ in shared], "terms": [t for _, t in shared]},
            )
            others = await clients_of(connection, self.columns, rows)
        found = [
            Duplicate(other, because)
            for other in others
            if (because := same_person(client.values, other.values, fields)) is not None
        ]
        return found[:MOST_DUPLICATES]

    async def told_apart(self, id: ClientId) -> list[Client]:
        """Those of whom somebody has said that they are not the same person."""
        async with self.engine.connect() as connection:
            ids = await connection.scalars(
                text(
                    "SELECT CASE WHEN one = :id THEN other ELSE one END FROM client_distinct"
                    " WHERE one = :id OR other = :id LIMIT 50"
                ),
                {"id": id},
            )
            return await self._clients(connection, list(ids))

    # ---- what happened

    async def timeline(
        self,
        client: ClientId | None,
        number: str | None,
        before: tuple[datetime, str] | None,
        limit: int,
        *,
        within: Reach,
        open_to: Reach,
    ) -> list[Happened]:
        """Contacts of a client, or else of a number, newest first, older than ``before`` (time and id of one): those
        within one reach, each saying whether it is within the other."""
        whose = "i.client = :client" if client is not None else "i.address = :number"
        older = "AND (i.arrived_at, i.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))" if before else ""
        at, id = before or (None, None)
        scope, values = contacts_within(within)
        opening, more = contacts_within(open_to)
        values |= {f"open_{name}": value for name, value in more.items()}
        opening = re.sub(r"(?<!:):(\w+)", r":open_\1", opening)
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(_TIMELINE.format(whose=whose, before=older, within=scope, open=opening)),
                {"client": client, "number": number, "at": at, "id": id, "limit": limit, **values},
            )
            return [Happened(**{**row, "verified": tuple(row["verified"])}) for row in rows.mappings()]


def _ranges(part: Part) -> dict[str, list[str]]:
    ends = [(start, start + END) for start in part.starts] + [(whole, whole + "\x01") for whole in part.whole]
    return {"starts": [start for start, _ in ends], "ends": [stop for _, stop in ends]}


def _length(part: Part) -> int:
    """How much a part says."""
    return max(len(term) for term in (*part.starts, *part.whole))


def _ranked(rows: list, asked: tuple[Part, ...]) -> list:
    """The more parts are whole words of the name or whole values, the earlier; otherwise in the order given."""

    def score(row) -> int:
        terms: set[str] = set()
        for value in stored_values(row.fields).values():
            if isinstance(value, tuple):
                terms |= set(value)
            elif isinstance(value, str):
                terms |= {value, *words(value)}
        return -sum(bool(terms & {*part.starts, *part.whole}) for part in asked)

    return sorted(rows, key=score)
