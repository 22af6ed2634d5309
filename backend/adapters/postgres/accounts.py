"""Accounts, roles, filters and the skills matrix as rows; each change one transaction with a line in the log."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.accounts import end_sessions
from backend.adapters.postgres import codec
from backend.adapters.postgres.account_log import note
from backend.adapters.postgres.administration import PostgresAdmin
from backend.adapters.sign_in.passwords import set_password
from backend.application.accounts import KnownUser
from backend.domain.access.account_events import PasswordChanged, SessionEnd
from backend.domain.access.directory import Source
from backend.domain.access.drafts import SkillCell, UserDraft
from backend.domain.access.rights import DataFilter, OwnRole, PersonalGrant
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.kernel.ids import UserId

NO_PASSWORD = ""
"""Nothing verifies against it."""

_USERS = """
SELECT u.id, u.login, u.name, u.active, u.location, u.source, u.totp_secret IS NOT NULL
  OR EXISTS (SELECT 1 FROM passkey p WHERE p."user" = u.id) AS second_factor, u.password_hash <> '' AS password, u.anonymised_at IS NOT NULL AS anonymised,
  ARRAY(SELECT role FROM user_role r WHERE r."user" = u.id ORDER BY role) AS roles,
  ARRAY(SELECT "group" FROM agent_group_member g WHERE g."user" = u.id ORDER BY "group") AS groups,
  ARRAY(SELECT filter FROM user_filter f WHERE f."user" = u.id ORDER BY filter) AS filters,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('action', g.action, 'scope', g.scope, 'until', g.until, 'note', g.note)
    ORDER BY g.id), '[]') FROM user_grant g WHERE g."user" = u.id)::text AS grants,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(t.number, t.kind) ORDER BY t.kind, t.number), '[]')
    FROM agent_telephone t WHERE t."user" = u.id)::text AS telephones,
  s.sessions, s.seen_at
FROM user_account u CROSS JOIN LATERAL (SELECT count(*) AS sessions, max(seen_at) AS seen_at FROM session s
  WHERE s."user" = u.id AND s.expires_at > now()) s
"""
_grants = msgspec.json.Decoder(tuple[PersonalGrant, ...]).decode


class PostgresAccounts:
    def __init__(self, admin: PostgresAdmin) -> None:
        self._admin = admin

    async def users(self) -> list[KnownUser]:
        return await self._users("ORDER BY cs_key(u.name), u.id")

    async def user(self, id: UserId) -> KnownUser | None:
        return next(iter(await self._users("WHERE u.id = :id", id=id)), None)

    async def _users(self, which: str, **values) -> list[KnownUser]:
        async with self._admin.engine.connect() as connection:
            rows = await connection.execute(text(f"{_USERS} {which}"), values)
            return [
                KnownUser(
                    id=r.id,
                    draft=UserDraft(
                        login=r.login,
                        name=r.name,
                        active=r.active,
                        roles=tuple(r.roles),
                        groups=tuple(r.groups),
                        grants=_grants(r.grants),
                        filters=tuple(r.filters),
                        telephones=tuple(
                            Telephone(number, EndpointKind(kind)) for number, kind in msgspec.json.decode(r.telephones)
                        ),
                        location=r.location,
                    ),
                    source=Source(r.source),
                    has_second_factor=r.second_factor,
                    has_password=r.password,
                    sessions=r.sessions,
                    seen_at=r.seen_at,
                    anonymised=r.anonymised,
                )
                for r in rows
            ]

    async def save_user(self, id: UserId | None, draft: UserDraft, actor: UserId) -> int:
        values = {"login": draft.login, "name": draft.name, "active": draft.active, "location": draft.location}
        async with self._admin.change_of_access(f"user:{draft.login}", draft, actor) as connection:
            if id is None:
                id = await connection.scalar(
                    text(
                        "INSERT INTO user_account (login, name, active, location, password_hash)"
                        " VALUES (:login, :name, :active, :location, :no_password) RETURNING id"
                    ),
                    values | {"no_password": NO_PASSWORD},
                )
            else:
                await connection.execute(
                    text(
                        "UPDATE user_account SET login = :login, name = :name, active = :active, location = :location,"
                        " off_reason = CASE WHEN :active THEN NULL ELSE off_reason END WHERE id = :id"
                    ),
                    values | {"id": id},
                )
            assert id is not None
            await _replace(connection, "user_role", id, "role", draft.roles)
            await _replace(connection, "user_filter", id, "filter", draft.filters)
            await _replace(connection, "agent_group_member", id, "group", draft.groups)
            await _clear(connection, ("user_grant", "agent_telephone"), id)
            for grant in draft.grants:
                await connection.execute(
                    text(
                        'INSERT INTO user_grant ("user", action, scope, until, note)'
                        " VALUES (:user, :action, :scope, :until, :note)"
                    ),
                    {
                        "user": id,
                        "action": grant.action.value,
                        "scope": grant.scope.value if grant.scope is not None else None,
                        "until": grant.until,
                        "note": grant.note,
                    },
                )
            for telephone in draft.telephones:
                await connection.execute(
                    text('INSERT INTO agent_telephone ("user", number, kind) VALUES (:user, :number, :kind)'),
                    {"user": id, "number": telephone.number, "kind": telephone.kind.value},
                )
            if not draft.active:
                await end_sessions(connection, id, SessionEnd.SWITCHED_OFF, actor)
            return id

    async def anonymise(self, id: UserId, actor: UserId) -> int:
        async with self._admin.change_of_access(f"user:{id}", {"anonymised": id}, actor) as connection:
            await connection.execute(
                text(
                    "UPDATE user_account SET login = 'smazan-' || id, name = 'Smazaný uživatel ' || id,"
                    " password_hash = :none, totp_secret = NULL, location = NULL, active = false, external = NULL,"
                    " source = 'local',"
                    " anonymised_at = clock_timestamp() WHERE id = :id AND NOT active"
                ),
                {"id": id, "none": NO_PASSWORD},
            )
            await _clear(
                connection,
                ("session", "passkey", "recovery_code", "password_history", "known_device", "user_role", "user_grant", "user_filter", "agent_group_member", "agent_telephone",
                 "agent_queue", "agent_skill", "favourite"),
                id,
            )  # fmt: skip
        return id

    async def set_password(self, id: UserId, hashed: str, actor: UserId) -> int:
        async with self._admin.change_of_access(f"user:{id}", {"password": "set"}, actor) as connection:
            await set_password(connection, id, hashed, must_change=True)
            await note(connection, id, PasswordChanged(), actor)
            await end_sessions(connection, id, SessionEnd.BY_ADMINISTRATOR, actor)
        return id

    # ---- roles and filters

    async def save_role(self, id: int | None, role: OwnRole, actor: UserId) -> int:
        values = {"id": id, "name": role.name, "permissions": codec.to_json(role.permissions)}
        async with self._admin.change_of_access(f"role:{role.name}", role, actor) as connection:
            return await _stored(connection, "access_role", "permissions", values)

    async def remove_role(self, id: int, actor: UserId) -> int:
        async with self._admin.change_of_access(f"role:{id}", {"removed": id}, actor) as connection:
            await connection.execute(text("DELETE FROM access_role WHERE id = :id"), {"id": id})
            for table in ("user_role", "group_role"):
                await connection.execute(text(f"DELETE FROM {table} WHERE role = :role"), {"role": str(id)})  # noqa: S608
        return id

    async def save_filter(self, id: int | None, filter: DataFilter, actor: UserId) -> int:
        values = {"id": id, "name": filter.name, "body": codec.to_json(filter)}
        async with self._admin.change_of_access(f"filter:{filter.name}", filter, actor) as connection:
            return await _stored(connection, "access_filter", "body", values)

    async def remove_filter(self, id: int, actor: UserId) -> int:
        async with self._admin.change_of_access(f"filter:{id}", {"removed": id}, actor) as connection:
            await connection.execute(text("DELETE FROM access_filter WHERE id = :id"), {"id": id})
        return id

    # ---- the skills matrix

    async def save_cells(self, cells: list[SkillCell], actor: UserId) -> int:
        async with self._admin.change("skills", cells, actor) as connection:
            for table, column, value, chosen in (
                ("agent_queue", "queue", "penalty", [c for c in cells if c.queue is not None]),
                ("agent_skill", "skill", "level", [c for c in cells if c.skill is not None]),
            ):
                rows = [{"user": c.user, "of": getattr(c, column), "value": c.value} for c in chosen]
                gone = [{"user": r["user"], "of": r["of"]} for r in rows if r["value"] is None]
                kept = [r for r in rows if r["value"] is not None]
                if gone:
                    await connection.execute(
                        text(f'DELETE FROM {table} WHERE "user" = :user AND {column} = :of'),  # noqa: S608
                        gone,
                    )
                if kept:
                    await connection.execute(
                        text(
                            f'INSERT INTO {table} ("user", {column}, {value}) VALUES (:user, :of, :value)'  # noqa: S608
                            f' ON CONFLICT ("user", {column}) DO UPDATE SET {value} = excluded.{value}'
                        ),
                        kept,
                    )
        return len(cells)


async def _stored(connection: AsyncConnection, table: str, column: str, values: dict) -> int:
    if values["id"] is None:
        sql = f"INSERT INTO {table} (name, {column}) VALUES (:name, CAST(:{column} AS jsonb)) RETURNING id"  # noqa: S608
    else:
        sql = (
            f"UPDATE {table} SET name = :name, {column} = CAST(:{column} AS jsonb)"  # noqa: S608
            " WHERE id = :id RETURNING id"
        )
    return await connection.scalar(text(sql), values)


async def _clear(connection: AsyncConnection, tables: Iterable[str], user: UserId) -> None:
    for table in tables:
        await connection.execute(text(f'DELETE FROM {table} WHERE "user" = :user'), {"user": user})  # noqa: S608


async def _replace(connection: AsyncConnection, table: str, user: UserId, column: str, values: Iterable) -> None:
    await _clear(connection, (table,), user)
    for value in values:
        await connection.execute(
            text(f'INSERT INTO {table} ("user", "{column}") VALUES (:user, :value)'),  # noqa: S608
            {"user": user, "value": value},
        )
