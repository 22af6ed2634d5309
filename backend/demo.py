"""Demo data: people, queues, a welcome menu and clients, so that a first run is a working contact centre.

Written only into a database that has no users yet. Passwords are made up for each installation and printed once by
``make run``; none is in the code.
"""

import secrets
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.accounts import hash_password
from backend.adapters.postgres.codec import to_json
from backend.adapters.postgres.transaction import PostgresTransaction
from backend.domain.access.policy import Role
from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.model import difference
from backend.domain.customer.values import Value
from backend.domain.ivr.flow import Comparison, Condition, Flow, Menu, Speak, Subject
from backend.domain.ivr.validation import World, validate
from backend.domain.kernel.working_time import Calendar, Interval
from backend.domain.routing import validation as routing
from backend.domain.routing.destination import HangUp, SkillStep, ToCallback, ToQueue, ToVoicemail
from backend.domain.routing.queue_options import (
    Announcements,
    ExitKey,
    Overflow,
    QueueOptions,
    SayExpectedWait,
    Strategy,
)

NUMBER = "+420800100200"
CALLER = "+420777123456"

WELCOME = "Dobrý den, dovolali jste se na klientskou linku zdravotní pojišťovny."
MENU = (
    "Pro informace o pojištění stiskněte jedničku. Pro asistenční službu stiskněte dvojku."
    " Pro platby a přeplatky stiskněte trojku. Pro pobočky a úřední hodiny stiskněte čtyřku."
)
INVALID = "Tuto volbu neznáme."
GOODBYE = "Omlouváme se, nepodařilo se nám rozpoznat vaši volbu. Zavolejte prosím znovu. Na shledanou."


class Login(msgspec.Struct, frozen=True):
    login: str
    password: str
    name: str
    role: str


PEOPLE = (
    ("jana", "Jana Nováková", Role.AGENT),
    ("petr", "Petr Svoboda", Role.AGENT),
    ("dana", "Dana Dvořáková", Role.SUPERVISOR),
    ("tabule", "Nástěnka KKC", Role.WALLBOARD),
    ("spravce", "Správce systému", Role.ADMIN),
    ("alena", "Alena Kučerová", Role.SUPERVISOR),
    ("artur", "Artur Beneš", Role.AGENT),
    ("ema", "Ema Horáková", Role.AGENT),
)
QUEUES = (
    ("Pojištění", "pojištění", 20),
    ("Asistenční služba", "asistence", 10),
    ("Platby", "platby", 20),
    ("Pobočky", "pobočky", 30),
)
"""The first three are open day and night, so that the demo can be called at any hour."""
BREAKS = (
    ("Oběd", "private", 30 * 60),
    ("Krátká přestávka", "private", 10 * 60),
    ("Školení", "work", None),
    ("Administrativa", "work", 60 * 60),
)
"""Name, kind, limit in seconds."""
CATEGORIES = {
    "Pojištění": ("Přihlášení k pojišťovně", "Změna údajů", "Průkaz pojištěnce", "Jiné"),
    "Asistenční služba": ("Najít lékaře", "Pohotovost", "Stížnost", "Jiné"),
    "Platby": ("Přeplatek", "Nedoplatek", "Potvrzení o platbách", "Jiné"),
    "Pobočky": ("Otevírací doba", "Objednání", "Jiné"),
}
CLOSER = {
    "Změna údajů": ("Adresa", "Příjmení", "Bankovní účet", "Kontakt"),
    "Průkaz pojištěnce": ("Ztráta nebo krádež", "Nový průkaz", "Průkaz do zahraničí"),
    "Najít lékaře": ("Praktický lékař", "Zubní lékař", "Specialista"),
}
"""What some of them are divided into."""
GROUP = "Zkušení operátoři"
WORKPLACES = (
    ("KKC", ("jana", "petr", "dana"), ("Pojištění", "Platby", "Pobočky"), False),
    ("Asistenční služba", ("alena", "artur"), ("Asistenční služba",), True),
    ("Externí call centrum", ("ema",), (), True),
)
"""People, queues, and whether they see only what is their workplace's."""
SERVED_ELSEWHERE = (("artur", "Asistenční služba"), ("ema", "Platby"))
OFFICE_HOURS = Calendar(
    name="Po–Pá 8–18",
    week=((Interval.of("8:00-18:00"),),) * 5 + ((), ()),
    holidays_closed=True,
)
CLOSED = (
    "Pobočky obsluhujeme v pracovní dny od osmi do osmnácti hodin. Zavolejte nám prosím v této době."
    " Děkujeme, na shledanou."
)
COMFORT = "Děkujeme za trpělivost. Mnoho záležitostí vyřídíte také v naší aplikaci."
CLIENTS: tuple[dict[str, Value], ...] = (
    {
        "first_name": "Marie",
        "surname": "Černá",
        "birth_date": "1975-01-23",
        "insured_number": "7551231237",
        "mobile": (CALLER,),
        "email": ("marie.cerna@example.cz",),
        "street": "Lipová 12",
        "city": "Brno",
        "postcode": "602 00",
        "language": "cs",
        "status": "standard",
        "icis_id": "ICIS-004711",
        "insured_since": "2003-07-01",
        "consent": True,
    },
    {
        "first_name": "Tomáš",
        "surname": "Černý",
        "birth_date": "1980-01-01",
        "insured_number": "8001011238",
        "mobile": (CALLER, "+420602333444"),
        "email": ("tomas.cerny@example.cz",),
        "city": "Brno",
        "language": "cs",
        "status": "standard",
    },
    {
        "first_name": "Božena",
        "surname": "Procházková",
        "birth_date": "1945-06-06",
        "insured_number": "4556060608",
        "mobile": ("+420603555666",),
        "street": "Na Nivách 3",
        "city": "Olomouc",
        "status": "vip",
        "icis_id": "ICIS-000382",
        "warning": "Hůře slyší, mluvte pomalu a nahlas.",
        "representative": "dcera Jana Procházková",
    },
    {
        "title_before": "Ing.",
        "first_name": "Řehoř",
        "surname": "Šťastný",
        "birth_date": "1991-07-15",
        "insured_number": "9107152220",
        "mobile": ("+420604777888",),
        "email": ("rehor@example.cz",),
        "city": "Praha",
        "status": "standard",
    },
    {
        "company": "Autodoprava Ďurica s. r. o.",
        "contact_person": "Milan Ďurica",
        "phone": ("+420241000111",),
        "email": ("fakturace@example.cz",),
        "city": "Zlín",
        "status": "company",
    },
)
"""By keys of ``DEFAULT_FIELDS``."""


def flow_of(queues: dict[str, int]) -> Flow:
    return Flow(
        id=1,
        version=1,
        name="Hlavní linka",
        start="uvitani",
        nodes={
            "uvitani": Speak(text=WELCOME, next="vip"),
            "vip": Condition(
                subject=Subject.CLIENT_STATUS,
                comparison=Comparison.EQUALS,
                values=("vip",),
                then="prednost",
                otherwise="menu",
            ),
            "prednost": ToQueue(queue=queues["Pojištění"], priority=10),
            "menu": Menu(
                text=MENU,
                invalid_text=INVALID,
                choices={"1": "pojisteni", "2": "asistence", "3": "platby", "4": "pobocky"},
                otherwise="konec",
                timeout_s=6,
                attempts=3,
            ),
            "pojisteni": ToQueue(queue=queues["Pojištění"]),
            "asistence": ToQueue(queue=queues["Asistenční služba"]),
            "platby": ToQueue(queue=queues["Platby"]),
            "pobocky": ToQueue(queue=queues["Pobočky"]),
            "konec": HangUp(text=GOODBYE),
        },
    )


def _world(queues: frozenset[int]) -> World:
    nothing: frozenset = frozenset()
    return World(
        routing=routing.World(
            queues=queues,
            agents=nothing,
            skills=nothing,
            groups=nothing,
            flows=nothing,
            calendars=nothing,
            numbers=nothing,
        )
    )


def keys_of(queue: int) -> tuple[ExitKey, ...]:
    """Who does not want to wait presses 1 to be called back, 2 to leave a message."""
    return (ExitKey(key="1", to=ToCallback(queue=queue)), ExitKey(key="2", to=ToVoicemail(queue=queue)))


def options_of(queues: dict[str, int], calendar: int, group: int) -> dict[str, QueueOptions]:
    """What the demo's queues show: who was talked to last, overflow keeping the place, office hours, ways not to wait."""
    own = {
        "Pojištění": QueueOptions(
            sticky=True,
            announcements=Announcements(
                expected_wait=SayExpectedWait.YES, comfort=(COMFORT,), comfort_every_s=45, position_limit=20
            ),
        ),
        "Platby": QueueOptions(
            strategy=Strategy.MOST_SKILLED,
            widen=(SkillStep(after_s=60, groups=(group,)),),
            overflow=(Overflow(after_s=120, to=ToQueue(queue=queues["Pojištění"])),),
        ),
        "Pobočky": QueueOptions(calendar=calendar, when_closed=HangUp(text=CLOSED), max_waiting=20),
    }
    return {name: replace(own.get(name, QueueOptions()), exit_keys=keys_of(id)) for name, id in queues.items()}


async def seed(engine: AsyncEngine) -> list[Login]:
    """The log-ins made; empty when the database is in use already."""
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(5150433)"))
        if await connection.scalar(text("SELECT count(*) FROM user_account")):
            return []
        logins = [Login(login, f"{login}-{secrets.token_hex(3)}", name, role.value) for login, name, role in PEOPLE]
        await _write(connection, logins)
    return logins


async def _write(connection: AsyncConnection, logins: list[Login]) -> None:
    async def insert(sql: str, **values) -> int:
        return await connection.scalar(text(sql), values)

    users = {
        x.login: await insert(
            "INSERT INTO user_account (login, name, password_hash) VALUES (:login, :name, :hash) RETURNING id",
            login=x.login,
            name=x.name,
            hash=hash_password(x.password),
        )
        for x in logins
    }
    for x in logins:
        await insert(
            'INSERT INTO user_role ("user", role) VALUES (:u, :role) RETURNING "user"', u=users[x.login], role=x.role
        )
    queues: dict[str, int] = {}
    for name, skill_name, target in QUEUES:
        skill = await insert("INSERT INTO skill (name) VALUES (:name) RETURNING id", name=skill_name)
        queue = await insert(
            "INSERT INTO queue (name, target_s) VALUES (:name, :target) RETURNING id", name=name, target=target
        )
        queues[name] = queue
        await insert(
            "INSERT INTO queue_skill (queue, skill, level) VALUES (:q, :s, 1) RETURNING queue", q=queue, s=skill
        )
        for login, level in (("jana", 3), ("petr", 2), ("dana", 5)):
            if (login, name) == ("petr", "Platby"):
                continue
            await insert(
                'INSERT INTO agent_skill ("user", skill, level) VALUES (:u, :s, :level) RETURNING skill',
                u=users[login],
                s=skill,
                level=level,
            )
        for login in ("jana", "petr"):
            await insert(
                'INSERT INTO agent_queue ("user", queue) VALUES (:u, :q) RETURNING queue', u=users[login], q=queue
            )
        for n, category in enumerate(CATEGORIES[name]):
            parent = await insert(
                "INSERT INTO category (queue, name, position) VALUES (:q, :name, :n) RETURNING id",
                q=queue,
                name=category,
                n=n,
            )
            for m, closer in enumerate(CLOSER.get(category, ())):
                await insert(
                    "INSERT INTO category (queue, parent, name, position) VALUES (:q, :parent, :name, :m) RETURNING id",
                    q=queue,
                    parent=parent,
                    name=closer,
                    m=m,
                )
    for n, (name, kind, limit) in enumerate(BREAKS):
        await insert(
            "INSERT INTO break_type (name, kind, limit_s, position) VALUES (:name, :kind, :limit, :n) RETURNING id",
            name=name,
            kind=kind,
            limit=limit,
            n=n,
        )
    rows, now = PostgresTransaction(connection), datetime.now(UTC)
    for values in CLIENTS:
        await rows.add_client(values, DEFAULT_FIELDS, None, now, difference({}, values))
    group = await insert("INSERT INTO agent_group (name) VALUES (:name) RETURNING id", name=GROUP)
    await insert(
        'INSERT INTO agent_group_member ("group", "user") VALUES (:g, :u) RETURNING "user"', g=group, u=users["jana"]
    )
    for name, people, served, closed in WORKPLACES:
        workplace = await insert(
            "INSERT INTO agent_group (name, workplace, closed) VALUES (:name, true, :closed) RETURNING id",
            name=name,
            closed=closed,
        )
        for login in people:
            await insert(
                'INSERT INTO agent_group_member ("group", "user") VALUES (:g, :u) RETURNING "user"',
                g=workplace,
                u=users[login],
            )
        for queue_name in served:
            await insert(
                'INSERT INTO group_queue ("group", queue) VALUES (:g, :q) RETURNING queue',
                g=workplace,
                q=queues[queue_name],
            )
    for login, queue_name in SERVED_ELSEWHERE:
        await insert(
            'INSERT INTO agent_queue ("user", queue) VALUES (:u, :q) RETURNING queue',
            u=users[login],
            q=queues[queue_name],
        )
        await insert(
            'INSERT INTO agent_skill ("user", skill, level) SELECT :u, skill, 3 FROM queue_skill WHERE queue = :q'
            " RETURNING skill",
            u=users[login],
            q=queues[queue_name],
        )
    calendar = await insert(
        "INSERT INTO calendar (name, body) VALUES (:name, CAST(:body AS jsonb)) RETURNING id",
        name=OFFICE_HOURS.name,
        body=to_json(OFFICE_HOURS),
    )
    for name, options in options_of(queues, calendar, group).items():
        await insert(
            "UPDATE queue SET options = CAST(:options AS jsonb) WHERE id = :id RETURNING id",
            options=to_json(options),
            id=queues[name],
        )
    flow = flow_of(queues)
    problems = validate(flow, _world(frozenset(queues.values())))
    if problems:
        raise ValueError(f"the demo flow is broken: {problems}")
    await insert(
        "INSERT INTO flow_version (flow, version, name, body, published_at)"
        " VALUES (:flow, :version, :name, CAST(:body AS jsonb), clock_timestamp()) RETURNING flow",
        flow=flow.id,
        version=flow.version,
        name=flow.name,
        body=to_json(flow),
    )
    await insert(
        "INSERT INTO entry_point (number, name, flow, answer_after_ms) VALUES (:n, :name, :flow, 800) RETURNING flow",
        n=NUMBER,
        name="Klientská linka",
        flow=flow.id,
    )
