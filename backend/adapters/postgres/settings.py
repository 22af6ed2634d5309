"""Reads ``Settings`` in one snapshot."""

from collections import defaultdict
from datetime import timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.application.settings import AgentSettings, CallSettings, EntryPoint, QueueSettings, Settings
from backend.domain.metrics.service_level import Definition, Formula


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
            needs=tuple(queue_needs[r.id]),
        )
        for r in await rows("SELECT * FROM queue")
    }
    logins: dict[int, list[int]] = defaultdict(list)
    for r in await rows('SELECT "user", queue FROM agent_queue ORDER BY queue'):
        logins[r.user].append(r.queue)
    skills: dict[int, dict[int, int]] = defaultdict(dict)
    for r in await rows('SELECT "user", skill, level FROM agent_skill'):
        skills[r.user][r.skill] = r.level
    agents = {
        r.id: AgentSettings(user=r.id, name=r.name, queues=tuple(logins[r.id]), skills=skills[r.id])
        for r in await rows("SELECT id, name FROM user_account WHERE active")
    }
    entry_points = {
        r.number: EntryPoint(number=r.number, flow=r.flow, answer_after=timedelta(milliseconds=r.answer_after_ms))
        for r in await rows("SELECT * FROM entry_point")
    }
    flows = {
        r.flow: codec.flow(r.body)
        for r in await rows(
            "SELECT DISTINCT ON (flow) flow, body::text AS body FROM flow_version"
            " WHERE published_at IS NOT NULL ORDER BY flow, version DESC"
        )
    }
    callers = {
        r.user: r.caller_number
        for r in await rows(
            'SELECT DISTINCT ON (m."user") m."user", g.caller_number FROM agent_group_member m'
            ' JOIN agent_group g ON g.id = m."group" WHERE g.caller_number IS NOT NULL ORDER BY m."user", g.id'
        )
    }
    stored = await rows("SELECT value::text AS value FROM setting WHERE name = 'calls'")
    calls = msgspec.json.decode(stored[0].value, type=CallSettings) if stored else CallSettings()
    return Settings(queues=queues, entry_points=entry_points, agents=agents, flows=flows, calls=calls, callers=callers)
