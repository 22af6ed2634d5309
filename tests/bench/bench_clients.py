"""Search as one types and a client's timeline, through the API, over a large customer database.

    python -m tests.bench.bench_clients [--clients N] [--contacts N] [--words N] [--plans] [--keep FOLDER]

The database is generated (the same seed gives the same people) and loaded by COPY into a server of its own; ``--keep`` leaves
it in a folder, from which the next run takes it. See the section on clients in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import random
import string
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import asyncpg
import sqlalchemy
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.adapters.postgres import client_readers
from backend.adapters.postgres.codec import to_json
from backend.adapters.postgres.columns import DATA, Columns, Sealing
from backend.adapters.postgres.columns import SEARCH as SEARCH_KEY
from backend.adapters.postgres.embedded import EmbeddedPostgres
from backend.adapters.postgres.migrate import migrate
from backend.adapters.recordings.keyring import Keyring, add_key
from backend.demo import seed
from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.search import parts
from backend.domain.customer.values import Values, display_name
from backend.domain.interaction.model import (
    Channel,
    Customer,
    Direction,
    Interaction,
    Outcome,
    Phase,
    QueueVisit,
    Segment,
    VisitResult,
)
from tests.bench.figures import goal, line, percentile, spread
from tests.bench.population import People
from tests.support.api import Api, Client

AIM_MS = 100
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
NOTES = (
    "Chce nový průkaz.",
    "Dotaz na přeplatek.",
    "Hledá lékaře v okolí.",
    "Změna adresy, ověřeno.",
    "Volat odpoledne.",
)
SEARCH = (
    "query($t: String!) { searchClients(text: $t, first: 20) { misspelt clients { id name status numbers values } } }"
)
TIMELINE = (
    "query($c: Int, $b: String) { timeline(client: $c, before: $b, first: 20) { next contacts { id arrivedAt direction"
    " outcome queueId agentId categoryId number talkSeconds verified note noteAuthorId maySeeSteps recording { id url } } } }"
)


def copied(*columns: object) -> bytes:
    r"""A line of COPY's text format; None is \N."""
    texts = (
        "\\N" if c is None else str(c).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for c in columns
    )
    return ("\t".join(texts) + "\n").encode()


async def chunks(lines: Iterable[bytes], size: int = 1 << 20):
    made: list[bytes] = []
    length = 0
    for one in lines:
        made.append(one)
        length += len(one)
        if length >= size:
            yield b"".join(made)
            made, length = [], 0
    yield b"".join(made)


def contact(number: str, client: int, at: datetime, agent: int, queue: int) -> Interaction:
    answered = at + timedelta(seconds=12)
    return Interaction(
        id="00000000-0000-0000-0000-000000000000",
        version=9,
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        phase=Phase.CLOSED,
        customer=Customer(number),
        dialled="+420800100200",
        arrived_at=at,
        outcome=Outcome.HANDLED,
        queue=queue,
        queued_at=at,
        visits=(QueueVisit(queue, at, answered, VisitResult.ANSWERED, agent),),
        agent=agent,
        connected_at=answered,
        ended_at=answered + timedelta(minutes=3),
        closed_at=answered + timedelta(minutes=4),
        segments=(Segment(agent=agent, accepted_at=answered, connected_at=answered, ended_at=answered + timedelta(minutes=3)),),
        client=client,
    )  # fmt: skip


class Loader:
    def __init__(self, connection: asyncpg.Connection, how: Sealing, clients: int, contacts: int, words: int) -> None:
        self.how = how
        self.connection, self.clients, self.contacts, self.words = connection, clients, contacts, words
        self.numbers: list[str] = []

    async def copy(self, table: str, columns: list[str], lines: Iterable[bytes]) -> None:
        begun = time.monotonic()
        await self.connection.copy_to_table(table, source=chunks(lines), columns=columns)
        print(f"   {table}: {time.monotonic() - begun:.0f} s", flush=True)

    async def load(self) -> None:
        execute = self.connection.execute
        await execute(
            "DELETE FROM client_term; DELETE FROM client_version; DELETE FROM client; DELETE FROM client_word"
        )
        indexes = await self.connection.fetch(
            "SELECT indexdef, indexname, tablename FROM pg_indexes WHERE schemaname = 'public' AND tablename IN"
            " ('client', 'client_term', 'interaction', 'note', 'event') AND indexname NOT LIKE 'pk_%'"
        )
        for row in indexes:
            await execute(f'DROP INDEX "{row["indexname"]}"')
        await execute("ALTER TABLE client_term DROP CONSTRAINT pk_client_term, DROP CONSTRAINT fk_client_term_client")
        with tempfile.TemporaryFile() as kept:
            await self.copy("client", ["id", "name", "fields"], self.cards(kept))
            kept.seek(0)
            await self.copy("client_term", ["client", "field", "value"], kept)
        await self.copy("interaction", INTERACTION, self.interactions())
        await self.copy("note", ["interaction", "version", "text", "author", "at"], self.notes())
        begun = time.monotonic()
        await execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2")
        await execute(
            "ALTER TABLE client_term ADD CONSTRAINT pk_client_term PRIMARY KEY (client, value, field),"
            " ADD CONSTRAINT fk_client_term_client FOREIGN KEY (client) REFERENCES client (id) ON DELETE CASCADE"
        )
        for row in indexes:
            await execute(row["indexdef"])
        await execute(
            "INSERT INTO client_word SELECT DISTINCT value FROM client_term WHERE field IN"
            " ('first_name', 'surname', 'company', 'city') ON CONFLICT DO NOTHING"
        )
        await execute(f"ALTER TABLE client ALTER COLUMN id RESTART WITH {self.clients + 1}")
        print(f"   indexes: {time.monotonic() - begun:.0f} s", flush=True)
        begun = time.monotonic()
        for table in ("client", "client_term", "client_word", "interaction", "note"):
            await execute(f"VACUUM ANALYZE {table}")
        print(f"   vacuum: {time.monotonic() - begun:.0f} s", flush=True)

    def cards(self, kept) -> Iterator[bytes]:
        people = People(random.Random(1))
        for id in range(1, self.clients + 1):
            values = people.one(id)
            self.numbers.append(values["mobile"][0])  # type: ignore[index]
            for field, value in self.how.terms(values, DEFAULT_FIELDS):
                kept.write(copied(id, field, value))
            yield copied(id, display_name(values), to_json(self.how.values(id, values)))

    def _ids(self) -> Iterator[tuple[uuid.UUID, random.Random]]:
        chance = random.Random(2)
        for _ in range(self.contacts):
            yield uuid.UUID(int=chance.getrandbits(128)), chance

    def interactions(self) -> Iterator[bytes]:
        """Clients called unequally: a few hundreds of times, most a few times."""
        shape = to_json(contact("@NUMBER@", 0, NOW, 0, 0)).replace('"client":0', '"client":@CLIENT@')
        shape = shape.replace(NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), "@AT@")
        for n, (id, chance) in enumerate(self._ids()):
            client = 1 + int(self.clients * chance.random() ** 2)
            at = NOW - timedelta(seconds=40 * (self.contacts - n))
            number, agent, queue = self.numbers[client - 1], 1 + n % 5, 1 + n % 4
            state = (
                shape.replace("@NUMBER@", number)
                .replace("@CLIENT@", str(client))
                .replace("@AT@", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
                .replace("00000000-0000-0000-0000-000000000000", str(id))
            )
            yield copied(
                id, 9, "voice", "inbound", "closed", "handled", queue, agent, 0, number, client,
                1 + n % 12, at, at + timedelta(minutes=3), None, state,
            )  # fmt: skip

    def notes(self) -> Iterator[bytes]:
        for n, (id, chance) in enumerate(self._ids()):
            chance.random()
            if n % 3 == 0:
                yield copied(id, 1, NOTES[n % len(NOTES)], 1 + n % 5, NOW)


INTERACTION = [
    "id", "version", "channel", "direction", "phase", "outcome", "queue", "agent", "priority", "address", "client",
    "category", "arrived_at", "ended_at", "recording", "state",
]  # fmt: skip


# ---- what is asked


def plain(text: str) -> str:
    return " ".join(client_readers.words(text))


def typed(values: Values, chance: random.Random) -> tuple[str, str]:
    """A way to look for this person: what it is, and the whole text."""
    first, surname = str(values["first_name"]), str(values["surname"])
    mobile = values["mobile"][0][4:]  # type: ignore[index]
    born = date.fromisoformat(str(values["birth_date"]))
    ways = [
        ("name", f"{surname} {first}"),
        ("name", f"{plain(first)} {plain(surname)}"),
        ("name and town", f"{plain(surname)} {plain(str(values['city']))}"),
        ("number", f"{mobile[:3]} {mobile[3:6]} {mobile[6:]}"),
        ("birth date and name", f"{born.day}.{born.month}.{born.year} {plain(surname)}"),
        ("misspelt name", slip(plain(surname), chance)),
    ]
    if "insured_number" in values:
        ways.append(("insured number", f"{str(values['insured_number'])[:6]}/{str(values['insured_number'])[6:]}"))
    if "email" in values:
        ways.append(("e-mail", values["email"][0]))  # type: ignore[index]
    return chance.choice(ways)


def slip(word: str, chance: random.Random) -> str:
    n = chance.randrange(1, len(word))
    return word[:n] + chance.choice(string.ascii_lowercase) + word[n + 1 :]


EXACT = {"number", "insured number", "e-mail"}


async def timed(client: Client, query: str, **values) -> tuple[float, dict]:
    begun = time.perf_counter()
    answer = await client.run(query, **values)
    return time.perf_counter() - begun, answer


async def measure_search(client: Client, clients: int, rounds: int) -> dict[str, list[float]]:
    """Each keystroke from the second is a question, as the screen asks. What identifies must be found at the end."""
    chance, people = random.Random(3), {}
    wanted = sorted({chance.randrange(1, clients + 1) for _ in range(rounds)})
    made = People(random.Random(1))
    for id in range(1, wanted[-1] + 1):
        values = made.one(id)
        if id in wanted:
            people[id] = values
    took: dict[str, list[float]] = {}
    missed = []
    for id, values in people.items():
        kind, whole = typed(values, chance)
        found: list[dict] = []
        for length in range(2, len(whole) + 1):
            seconds, answer = await timed(client, SEARCH, t=whole[:length])
            took.setdefault(kind, []).append(seconds)
            found = answer["searchClients"]["clients"]
        if kind in EXACT and id not in {c["id"] for c in found}:
            missed.append((kind, whole))
    assert not missed, missed
    return took


async def measure_timeline(client: Client, clients: int, rounds: int) -> dict[str, list[float]]:
    chance = random.Random(4)
    took: dict[str, list[float]] = {"first page": [], "next page": []}
    for n in range(rounds):
        id = 1 + n if n < 20 else 1 + int(clients * chance.random() ** 2)  # the first are those who call most
        seconds, answer = await timed(client, TIMELINE, c=id, b=None)
        took["first page"].append(seconds)
        if place := answer["timeline"]["next"]:
            seconds, _ = await timed(client, TIMELINE, c=id, b=place)
            took["next page"].append(seconds)
    return took


async def floors(url: str, client: Client, clients: int, rounds: int) -> tuple[list[float], list[float]]:
    """A bare indexed SELECT of one card, and the smallest query through the same API."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    chance = random.Random(5)
    bare, small = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        await connection.fetch(
            "SELECT c.* FROM client_term t JOIN client c ON c.id = t.client WHERE t.value = $1 LIMIT 20",
            f"icis-{chance.randrange(1, clients):07}",
        )
        bare.append(time.perf_counter() - begun)
        seconds, _ = await timed(client, "{ me { id name } }")
        small.append(seconds)
    await connection.close()
    return bare, small


async def plans(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    keys = [field.key for field in DEFAULT_FIELDS if field.searched]

    async def show(what: str, sql: str, *values: object) -> None:
        print(f"\n-- {what}")
        for row in await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", *values):
            print(f"   {row[0]}")

    for text in ("no", "novak jan", "602 1"):
        asked = parts(text, NOW.date())
        sql = client_readers._SEARCH.format(
            others="".join(client_readers._OTHER.format(n=n) for n in range(len(asked) - 1))
        )
        values: dict = {"fields": keys, "looked": client_readers.LOOKED_AT, "enough": client_readers.ENOUGH}
        values["limit"] = client_readers.CANDIDATES
        values |= client_readers._ranges(asked[0])
        for n, part in enumerate(asked[1:]):
            values |= {f"{k}{n}": v for k, v in client_readers._ranges(part).items()}
        order = list(values)
        for n, name in sorted(enumerate(order, 1), key=lambda x: -len(x[1])):
            sql = sql.replace(f":{name}", f"${n}")
        await show(f"search {text!r}", sql, *values.values())
    timeline = client_readers._TIMELINE.format(whose="i.client = $1", before="", within="TRUE", open="TRUE").replace(
        ":limit", "21"
    )
    await show("timeline of who calls most", timeline, 1)
    await connection.close()


# ---- the run


def serve(url: str, keys: Path, pipe: Connection) -> None:
    """The API, a process of its own: the load generator must not be what is measured."""

    async def run() -> None:
        async with Api(url, recording_keys=keys) as api:
            pipe.send(api.url)
            await asyncio.to_thread(pipe.recv)

    uvloop.run(run())


async def answered(process: multiprocessing.process.BaseProcess, pipe: Connection) -> str:
    """Its address. Raises RuntimeError when it ends instead: a kept database of another version, say."""
    while not await asyncio.to_thread(pipe.poll, 1.0):
        if not process.is_alive():
            raise RuntimeError(f"the API did not start (status {process.exitcode}); what it said stands above")
    return pipe.recv()


def keys_of(server: EmbeddedPostgres) -> Path:
    return server.folder.parent / "recording.keys"


async def sealed(engine: AsyncEngine, keys: Path) -> Sealing:
    """The sensitive fields of a new installation, as cards are written then."""
    add_key(keys)
    columns, fields = Columns(Keyring(keys)), [field.key for field in DEFAULT_FIELDS if field.sensitive]
    async with engine.begin() as connection:
        await columns.add(connection, SEARCH_KEY, DATA)
        await connection.execute(
            sqlalchemy.text(
                "INSERT INTO client_sealing (field, sealed, done) SELECT unnest(CAST(:fields AS text[])), true, true"
            ),
            {"fields": fields},
        )
        return Sealing(frozenset(fields), await columns.keys(connection))


async def prepare(server: EmbeddedPostgres, options: argparse.Namespace) -> str:
    """The password of the agent who asks."""
    secret = server.folder / "agent-password"
    if secret.exists():
        return secret.read_text()
    engine = create_async_engine(server.url("kc_clients"))
    await migrate(engine)
    logins = {x.login: x for x in await seed(engine)}
    how = await sealed(engine, keys_of(server))
    await engine.dispose()
    connection = await asyncpg.connect(server.url("kc_clients").replace("+asyncpg", ""))
    await Loader(connection, how, options.clients, options.contacts, options.words).load()
    size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size('kc_clients'))")
    print(f"   database: {size}", flush=True)
    await connection.close()
    secret.write_text(logins["jana"].password)
    return logins["jana"].password


async def main(options: argparse.Namespace) -> None:
    folder = Path(options.keep or tempfile.mkdtemp(prefix="kc-bench-clients-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    await asyncio.to_thread(server.start)
    try:
        admin = await asyncpg.connect(server.url().replace("+asyncpg", ""))
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await admin.execute("CREATE DATABASE kc_clients")
        await admin.close()
        print(f"{options.clients:,} clients, {options.contacts:,} contacts", flush=True)
        password = await prepare(server, options)
        if options.plans:
            await plans(server.url("kc_clients"))
        ours, theirs = multiprocessing.Pipe()
        api = multiprocessing.get_context("spawn").Process(
            target=serve, args=(server.application_url("kc_clients"), keys_of(server), theirs), daemon=True
        )
        api.start()
        client = Client(await answered(api, ours))
        await client.sign_in("jana", password)
        await measure_timeline(client, options.clients, 40)
        bare, small = await floors(server.url("kc_clients"), client, options.clients, 300)
        searches = await measure_search(client, options.clients, options.words)
        timelines = await measure_timeline(client, options.clients, 10 * options.words)
        await client.http.aclose()
        ours.send(None)
        api.join(10)
        report(bare, small, searches, timelines)
    finally:
        await asyncio.to_thread(server.stop, "fast")
        if not options.keep:
            import shutil

            shutil.rmtree(folder, ignore_errors=True)


def report(bare, small, searches, timelines) -> None:
    floor = percentile(small, 0.5)
    line("floor: one card by a bare indexed SELECT", spread(bare))
    line("floor: the smallest query through the API", spread(small))
    for kind, seconds in sorted(searches.items()):
        line(f"search as you type: {kind}", spread(seconds), percentile(seconds, 0.5) / floor)
    every = [s for seconds in searches.values() for s in seconds]
    line("search as you type: every keystroke", spread(every), percentile(every, 0.5) / floor)
    for kind, seconds in timelines.items():
        if seconds:
            line(f"timeline: {kind}", spread(seconds), percentile(seconds, 0.5) / floor)
    pages = [s for seconds in timelines.values() for s in seconds]
    goal(f"search p95 < {AIM_MS} ms", 1000 * percentile(every, 0.95) < AIM_MS)
    goal(f"timeline p95 < {AIM_MS} ms", 1000 * percentile(pages, 0.95) < AIM_MS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=5_000_000)
    parser.add_argument("--words", type=int, default=60, help="how many people are looked for")
    parser.add_argument("--plans", action="store_true", help="show query plans")
    parser.add_argument("--keep", help="a folder in which the database stays")
    asyncio.run(main(parser.parse_args()))
