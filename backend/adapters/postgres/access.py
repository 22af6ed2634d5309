"""Reads all rights in the snapshot of the settings."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.domain.access.policy import SCOPES, Action, Permission, Scope
from backend.domain.access.rights import AccessPicture, AccountAccess, DataFilter, GroupAccess, OwnRole, PersonalGrant

_ACTIONS = {action.value for action in Action}


def permissions(stored: Any) -> tuple[Permission, ...]:
    """As stored, without what this version of the product does not know."""
    known = [(Action(a), Scope(s)) for a, s in stored if a in _ACTIONS]
    return tuple(p for p in known if p[1] in SCOPES[p[0]])


async def load_access(connection: AsyncConnection) -> AccessPicture:
    async def rows(sql: str):
        return (await connection.execute(text(sql))).all()

    async def gathered(sql: str) -> Mapping[int, list]:
        """Second columns by the first."""
        found: dict[int, list] = defaultdict(list)
        for r in await rows(sql):
            found[r[0]].append(r[1])
        return found

    grants: dict[int, list[PersonalGrant]] = defaultdict(list)
    for r in await rows('SELECT "user", action, scope, until, note FROM user_grant ORDER BY id'):
        if r.action in _ACTIONS:
            scope = Scope(r.scope) if r.scope is not None else None
            grants[r.user].append(PersonalGrant(action=Action(r.action), scope=scope, until=r.until, note=r.note))
    roles = await gathered('SELECT "user", role FROM user_role ORDER BY role')
    filters = await gathered('SELECT "user", filter FROM user_filter ORDER BY filter')
    serves = await gathered('SELECT "user", queue FROM agent_queue')
    members = await gathered('SELECT "group", "user" FROM agent_group_member')
    group_roles = await gathered('SELECT "group", role FROM group_role ORDER BY role')
    group_queues = await gathered('SELECT "group", queue FROM group_queue')
    group_filters = await gathered('SELECT "group", filter FROM group_filter ORDER BY filter')
    return AccessPicture(
        accounts={
            r.id: AccountAccess(
                name=r.name,
                roles=tuple(roles.get(r.id, ())),
                grants=tuple(grants.get(r.id, ())),
                filters=tuple(filters.get(r.id, ())),
                serves=frozenset(serves.get(r.id, ())),
            )
            for r in await rows("SELECT id, name FROM user_account WHERE active")
        },
        groups={
            r.id: GroupAccess(
                id=r.id,
                name=r.name,
                members=frozenset(members.get(r.id, ())),
                roles=tuple(group_roles.get(r.id, ())),
                queues=frozenset(group_queues.get(r.id, ())),
                filters=tuple(group_filters.get(r.id, ())),
                workplace=r.workplace,
                closed=r.closed,
            )
            for r in await rows("SELECT id, name, workplace, closed FROM agent_group")
        },
        roles={
            str(r.id): OwnRole(name=r.name, permissions=permissions(r.permissions))
            for r in await rows("SELECT id, name, permissions FROM access_role")
        },
        filters={
            r.id: msgspec.json.decode(r.body, type=DataFilter)
            for r in await rows("SELECT id, body::text AS body FROM access_filter")
        },
    )
