"""Reads ``Settings`` in one snapshot."""

from collections import defaultdict
from datetime import timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.adapters.postgres.access import load_access
from backend.adapters.postgres.lines import load_lines
from backend.adapters.postgres.trunks import load_trunks
from backend.adapters.postgres.wallboards import load_wallboards
from backend.application.settings import (
    AgentSettings,
    CallSettings,
    EntryPoint,
    Group,
    NoticeSettings,
    QueueSettings,
    Settings,
)
from backend.application.sign_in import SignInSettings
from backend.domain.access.directory import DirectorySettings, OpenIdSettings
from backend.domain.access.password_policy import PasswordPolicy
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.agent.model import BreakKind
from backend.domain.alerts.limits import AlertSettings
from backend.domain.customer.fields import ClientSettings
from backend.domain.metrics.service_level import Definition, Formula
from backend.domain.routing.matching import Place

S = TypeVar("S")


async def load_settings(connection: AsyncConnection) -> Settings:
    async def rows(sql: str):
        return (await connection.execute(text(sql))).all()

    queue_needs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for r in await rows("SELECT queue, skill, level FROM queue_skill ORDER BY skill"):
        queue_needs[r.queue].append((r.skill, r.level))
    queues = {
        r.id: QueueSettings(
            id=r.id,
            name=r.name,
            priority=r.priority,
            ring_timeout=timedelta(seconds=r.ring_timeout_s),
            wrap_up=timedelta(seconds=r.wrap_up_s),
            announce_every=timedelta(seconds=r.announce_every_s),
            definition=Definition(
                target=timedelta(seconds=r.target_s),
                short_abandon=timedelta(seconds=r.short_abandon_s),
                formula=Formula(r.formula),
            ),
            recorded=r.recorded,
            retention_days=r.retention_days,
            needs=tuple(queue_needs[r.id]),
            options=codec.queue_options(r.options_text),
        )
        for r in await rows("SELECT *, options::text AS options_text FROM queue")
    }
    logins: dict[int, dict[int, Place]] = defaultdict(dict)
    for r in await rows('SELECT "user", queue, penalty, "order" AS place, weight FROM agent_queue ORDER BY queue'):
        logins[r.user][r.queue] = Place(r.penalty, r.place, r.weight)
    members: dict[int, list[int]] = defaultdict(list)
    memberships: dict[int, set[int]] = defaultdict(set)
    for r in await rows('SELECT "group" AS id, "user" FROM agent_group_member ORDER BY "user"'):
        members[r.id].append(r.user)
        memberships[r.user].add(r.id)
    skills: dict[int, dict[int, int]] = defaultdict(dict)
    for r in await rows('SELECT "user", skill, level FROM agent_skill'):
        skills[r.user][r.skill] = r.level
    telephones: dict[int, list[Telephone]] = defaultdict(list)
    for r in await rows('SELECT "user", number, kind FROM agent_telephone ORDER BY kind, number'):
        telephones[r.user].append(Telephone(r.number, EndpointKind(r.kind)))
    agents = {
        r.id: AgentSettings(
            user=r.id,
            name=r.name,
            queues=tuple(logins[r.id]),
            skills=skills[r.id],
            groups=frozenset(memberships[r.id]),
            places=logins[r.id],
            chooses_queues=r.chooses_queues,
            telephones=tuple(telephones[r.id]),
            login=r.login,
            location=r.location,
        )
        for r in await rows("SELECT id, name, login, chooses_queues, location FROM user_account WHERE active")
    }
    rules = {
        r.number: (codec.entry_rules(r.body), r.version)
        for r in await rows(
            "SELECT DISTINCT ON (number) number, version, body::text AS body FROM entry_rules"
            " WHERE published_at IS NOT NULL ORDER BY number, published_at DESC, version DESC"
        )
    }
    entry_points = {
        r.number: EntryPoint(
            number=r.number,
            name=r.name,
            flow=r.flow,
            answer_after=timedelta(milliseconds=r.answer_after_ms),
            rules=rules[r.number][0] if r.number in rules else None,
            version=rules[r.number][1] if r.number in rules else 0,
        )
        for r in await rows("SELECT * FROM entry_point")
    }
    flows = {
        r.flow: codec.flow(r.body)
        for r in await rows(
            "SELECT DISTINCT ON (flow) flow, body::text AS body FROM flow_version"
            " WHERE published_at IS NOT NULL ORDER BY flow, version DESC"
        )
    }
    stored = {r.name: r.value for r in await rows("SELECT name, value::text AS value FROM setting")}
    wallboards, boards = await load_wallboards(connection)

    def named(name: str, kind: type[S]) -> S:
        return msgspec.json.decode(stored[name], type=kind) if name in stored else kind()

    return Settings(
        wallboards=wallboards,
        boards=boards,
        queues=queues,
        entry_points=entry_points,
        agents=agents,
        flows=flows,
        calls=named("calls", CallSettings),
        alerts=named("alerts", AlertSettings),
        clients=named("clients", ClientSettings),
        sign_in=SignInSettings(
            directory=named("directory", DirectorySettings),
            openid=named("openid", OpenIdSettings),
            passwords=named("passwords", PasswordPolicy),
        ),
        prompts=frozenset(r.key for r in await rows("SELECT key FROM prompt_audio")),
        notices={
            r.id: NoticeSettings(text=r.text, prompt=r.prompt, on_since=r.on_since, on_until=r.on_until)
            for r in await rows("SELECT id, text, prompt, on_since, on_until FROM notice")
        },
        calendars={r.id: codec.calendar(r.body) for r in await rows("SELECT id, body::text AS body FROM calendar")},
        groups={
            r.id: Group(id=r.id, name=r.name, caller_number=r.caller_number, members=tuple(members[r.id]))
            for r in await rows("SELECT id, name, caller_number FROM agent_group")
        },
        skills={r.id: r.name for r in await rows("SELECT id, name FROM skill")},
        lines=await load_lines(connection),
        trunks=await load_trunks(connection),
        locations={r.id: r.name for r in await rows("SELECT id, name FROM location ORDER BY name")},
        breaks={str(r.id): BreakKind(r.kind) for r in await rows("SELECT id, kind FROM break_type")},
        access=await load_access(connection),
    )
