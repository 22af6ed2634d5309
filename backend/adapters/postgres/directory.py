"""Accounts that came from the directory or from a provider, and the synchronisations, in PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.accounts import end_sessions
from backend.adapters.postgres import codec
from backend.adapters.postgres.account_log import note
from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.access.account_events import FromDirectory, SessionEnd
from backend.domain.access.directory import (
    Change,
    ChangeKind,
    Inactive,
    KnownAccount,
    Rights,
    Source,
    SyncRun,
    SyncState,
)

LISTED = 20
_ACCOUNTS = (
    "SELECT u.*, coalesce((SELECT array_agg(role) FROM user_role r WHERE r.\"user\" = u.id), '{}') AS roles,"
    ' coalesce((SELECT array_agg("group") FROM agent_group_member m WHERE m."user" = u.id), \'{}\') AS groups'
    " FROM user_account u"
)


class LostLease(Exception):
    """Another process synchronises now; nothing of this one's work was written."""


class PostgresDirectory:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin) -> None:
        self.engine = engine
        self.admin = admin

    # ---- accounts

    async def known(
        self, logins: set[str], externals: set[str], source: Source = Source.DIRECTORY
    ) -> list[KnownAccount]:
        """Accounts of these log-ins, whatever their source, and those of these external names."""
        return await self._accounts(
            " WHERE u.login = ANY(:logins) OR (u.source = :source AND u.external = ANY(:externals))",
            {"logins": list(logins), "externals": list(externals), "source": source.value},
        )

    async def all(self) -> list[KnownAccount]:
        return await self._accounts("", {})

    async def _accounts(self, where: str, values: dict[str, Any]) -> list[KnownAccount]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(text(_ACCOUNTS + where), values)
            return [
                KnownAccount(
                    user=r.id,
                    login=r.login,
                    name=r.name,
                    email=r.email or "",
                    source=Source(r.source),
                    external=r.external,
                    active=r.active,
                    switched_off_by_directory=r.off_reason is not None,
                    rights=Rights(frozenset(r.roles), frozenset(r.groups)),
                )
                for r in rows
            ]

    async def apply(
        self,
        changes: list[Change],
        actor: int | None,
        source: Source = Source.DIRECTORY,
        lease: tuple[str, int] | None = None,
    ) -> None:
        """All of them or none. ``lease``: name and token that must still be held. Raises LostLease."""
        async with self.admin.change("directory", {"changes": len(changes)}, actor) as connection:
            if lease is not None and not await _held(connection, *lease):
                raise LostLease
            for change in changes:
                await self._apply(connection, change, actor, source)

    async def _apply(self, connection: AsyncConnection, change: Change, actor: int | None, source: Source) -> None:
        if change.kind is ChangeKind.CONFLICT:
            return
        user = change.user
        if change.kind is ChangeKind.DISABLED:
            assert user is not None and change.inactive is not None
            await switch_off(connection, user, change.inactive)
        elif user is None:
            user = await connection.scalar(
                text(
                    "INSERT INTO user_account (login, name, email, password_hash, source, external)"
                    " VALUES (:login, :name, :email, '', :source, :external) RETURNING id"
                ),
                _values(change) | {"source": source.value},
            )
        else:
            await connection.execute(
                text(
                    "UPDATE user_account SET login = :login, name = :name, email = :email, active = true,"
                    " off_reason = NULL WHERE id = :user"
                ),
                _values(change) | {"user": user},
            )
        assert user is not None
        if change.kind is not ChangeKind.DISABLED:
            await _set_rights(connection, user, change.rights)
        await note(connection, user, FromDirectory(change=change), actor)

    async def with_sessions(self) -> dict[str, int]:
        """External names of directory accounts that are switched on, and who they are."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT id, external FROM user_account WHERE source = 'directory' AND active")
            )
            return {r.external: r.id for r in rows}

    # ---- synchronisations

    async def want(self, dry: bool, forced: bool, actor: int | None, at: datetime) -> int:
        """The id of a new run; of the one that waits already, if it is the same."""
        async with self.engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('directory_sync'))"))
            values = {"dry": dry, "forced": forced, "by": actor, "at": at}
            waiting = await connection.scalar(
                text(
                    "SELECT id FROM directory_sync WHERE state = 'wanted' AND dry = :dry AND forced = :forced LIMIT 1"
                ),
                values,
            )
            if waiting is not None:
                return waiting
            return await connection.scalar(
                text(
                    "INSERT INTO directory_sync (state, dry, forced, wanted_by, wanted_at)"
                    " VALUES ('wanted', :dry, :forced, :by, :at) RETURNING id"
                ),
                values,
            )

    async def runs(self) -> list[SyncRun]:
        """The last ones, newest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT *, changes::text AS changes_text FROM directory_sync ORDER BY id DESC LIMIT :most"),
                {"most": LISTED},
            )
            return [_run(r) for r in rows]

    async def next_run(self) -> SyncRun | None:
        """The oldest that is not over. One that is running already was left by a process that died: it begins anew."""
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT *, changes::text AS changes_text FROM directory_sync"
                        " WHERE state IN ('wanted', 'running') ORDER BY id LIMIT 1"
                    )
                )
            ).first()
        return _run(row) if row is not None else None

    async def last_started(self) -> datetime | None:
        """When something was last changed, or tried to be."""
        async with self.engine.connect() as connection:
            return await connection.scalar(text("SELECT max(started_at) FROM directory_sync WHERE NOT dry"))

    async def started(self, run: int, at: datetime) -> None:
        await self._set(run, "state = 'running', started_at = :value, read = 0", at)

    async def progress(self, run: int, read: int) -> None:
        await self._set(run, "read = :value", read)

    async def ended(self, run: int, state: SyncState, changes: list[Change], failure: str, at: datetime) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE directory_sync SET state = :state, changes = CAST(:changes AS jsonb), failure = :failure,"
                    " ended_at = :at WHERE id = :id"
                ),
                {
                    "id": run,
                    "state": state.value,
                    "changes": codec.to_json(changes),
                    "failure": failure[:500],
                    "at": at,
                },
            )

    async def _set(self, run: int, what: str, value: object) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(f"UPDATE directory_sync SET {what} WHERE id = :id"),  # noqa: S608
                {"id": run, "value": value},
            )


async def switch_off(connection: AsyncConnection, user: int, why: Inactive) -> None:
    """The account and its sessions."""
    await connection.execute(
        text("UPDATE user_account SET active = false, off_reason = :why WHERE id = :user AND active"),
        {"user": user, "why": why.value},
    )
    await end_sessions(connection, user, SessionEnd.SWITCHED_OFF, None)


async def _set_rights(connection: AsyncConnection, user: int, rights: Rights) -> None:
    await connection.execute(text('DELETE FROM user_role WHERE "user" = :user'), {"user": user})
    await connection.execute(text('DELETE FROM agent_group_member WHERE "user" = :user'), {"user": user})
    if rights.roles:
        await connection.execute(
            text('INSERT INTO user_role ("user", role) VALUES (:user, :role)'),
            [{"user": user, "role": role} for role in sorted(rights.roles)],
        )
    if rights.groups:
        await connection.execute(
            text(
                'INSERT INTO agent_group_member ("group", "user") SELECT id, :user FROM agent_group WHERE id = :group'
            ),
            [{"user": user, "group": group} for group in sorted(rights.groups)],
        )


async def _held(connection: AsyncConnection, name: str, token: int) -> bool:
    return bool(
        await connection.scalar(
            text(
                "SELECT EXISTS (SELECT 1 FROM lease WHERE name = :name AND token = :token"
                " AND expires_at > clock_timestamp() FOR UPDATE)"
            ),
            {"name": name, "token": token},
        )
    )


def _values(change: Change) -> dict[str, Any]:
    return {"login": change.login, "name": change.name, "email": change.email or None, "external": change.external}


def _run(r: Any) -> SyncRun:
    return SyncRun(
        id=r.id,
        dry=r.dry,
        forced=r.forced,
        wanted_by=r.wanted_by,
        wanted_at=r.wanted_at.astimezone(UTC),
        started_at=r.started_at,
        ended_at=r.ended_at,
        state=SyncState(r.state),
        read=r.read,
        failure=r.failure,
        changes=tuple(msgspec.json.decode(r.changes_text, type=list[Change])),
    )
