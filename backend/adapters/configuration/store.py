"""The configuration in PostgreSQL: read whole, applied whole, its history, and undoing."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.configuration.changes import Change, SettingsChange, changes_between
from backend.adapters.configuration.documents import Id, Snapshot, snapshot
from backend.adapters.configuration.writing import Given, NotApplied, Reason, Writer, Wrong
from backend.adapters.postgres.administration import PostgresAdmin
from backend.adapters.postgres.settings import load_settings
from backend.application.configuration import judge
from backend.application.led_out import LedOut, cut_off
from backend.application.settings import Settings
from backend.domain.ivr import validation as flows
from backend.domain.routing import validation as routing

NOT_LET_OUT = (routing.ProblemKind.NOT_LET_OUT, flows.ProblemKind.NOT_LET_OUT)

_HISTORY = (
    "SELECT version, at, actor, subject, data->'changes' AS changes, (data->>'undo_of')::int AS undo_of FROM event"
    " WHERE stream = 'settings' AND jsonb_array_length(data->'changes') > 0"
)


_OF_STATES = {"23505": Reason.TAKEN, "23503": Reason.IN_USE}
"""SQLSTATE: unique_violation, foreign_key_violation."""


class Changed(Exception):
    """What is to be undone has been changed again since."""


class CutOff(Exception):
    """Nothing was changed: from these places nobody would be called any more, and whoever changes it has not said that they know."""

    def __init__(self, places: Sequence[LedOut]) -> None:
        super().__init__(f"{len(places)} places")
        self.places = places


class _OnlyTried(Exception):
    """Rolls back what was only to be tried."""


class Configuration:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin, hosts: frozenset[str] = frozenset()) -> None:
        self._engine, self._admin, self._hosts = engine, admin, hosts

    async def now(self) -> Snapshot:
        async with self._engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            return await snapshot(connection)

    async def apply(
        self,
        given: Sequence[Given],
        actor: int,
        *,
        remove: Sequence[tuple[str, Id]] = (),
        dry: bool = False,
        subject: str = "configuration",
        undo_of: int | None = None,
        unless_changed: Sequence[Change] = (),
        cutting_off: bool = False,
    ) -> list[Change]:
        """What it changed, or would. Raises NotApplied, with every problem of the first step that has any; Changed; CutOff unless
        ``cutting_off``: whoever applies knows what rules of calls going out cut off by that."""
        changed: list[Change] = []
        try:
            what = {"undo_of": undo_of} if undo_of is not None else {}
            async with self._admin.change(subject, what, actor) as connection:
                before = await snapshot(connection)
                for each in unless_changed:
                    found = before.get((each.kind, each.id))
                    if (found.document if found else None) != (each.after.document if each.after else None):
                        raise Changed
                in_force = await _in_force(connection)
                await Writer(connection, before, actor).write(given, remove)
                after = await snapshot(connection)
                changed = changes_between(before, after)
                places = await self._judge(connection, in_force, after, changed)
                if places and not cutting_off:
                    raise CutOff(places)
                if dry:
                    raise _OnlyTried
        except _OnlyTried:
            pass
        except IntegrityError as error:
            said = str(error.orig).split("DETAIL:")[-1].strip()
            reason = _OF_STATES.get(getattr(error.orig, "sqlstate", None) or "", Reason.CONFLICT)
            raise NotApplied([Wrong("", "", "", said, reason)]) from error
        return changed

    async def _judge(
        self, connection: Any, before: Settings | None, after: Snapshot, changed: Sequence[Change]
    ) -> list[LedOut]:
        """What is cut off. A number that rules of calls going out refuse is the fault of whoever leads there anew, and cut off when
        the rules are changed as well. What led there before the rules were tightened is left alone: it is not carried out, and
        its administrators were told."""
        touched = {(x.kind, x.id) for x in changed}
        try:
            settings = await load_settings(connection)
        except (ValueError, msgspec.ValidationError) as error:
            raise NotApplied([Wrong("", "", "", str(error), Reason.CONFLICT)]) from error
        with_rules = before is None or before.calls.outside != settings.calls.outside
        wrong = [
            Wrong(kind, after[kind, id].name if (kind, id) in after else id, field, why, Reason.RULE, rule=rule)
            for kind, id, field, why, rule in judge(settings, self._hosts)
            if rule not in NOT_LET_OUT or ((kind, id) in touched and not with_rules)
        ]
        if wrong:
            raise NotApplied(wrong)
        return cut_off(before, settings) if before is not None else []

    # ---- history

    async def history(
        self, kind: str | None = None, id: Id | None = None, *, first: int = 50, before: int | None = None
    ) -> list[SettingsChange]:
        """Newest first: all changes, or those of an object."""
        said, values = "", {"first": first}
        if kind is not None:
            wanted = [{"kind": kind} | ({"id": id} if id is not None else {})]
            said += " AND data->'changes' @> CAST(:wanted AS jsonb)"
            values["wanted"] = msgspec.json.encode(wanted).decode()
        if before is not None:
            said += " AND version < :before"
            values["before"] = before
        async with self._engine.connect() as connection:
            rows = await connection.execute(text(f"{_HISTORY}{said} ORDER BY version DESC LIMIT :first"), values)
            return [_change(row) for row in rows]

    async def change(self, version: int) -> SettingsChange | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(text(f"{_HISTORY} AND version = :version"), {"version": version})).first()
        return _change(row) if row is not None else None

    async def undo(
        self, version: int, actor: int, *, force: bool = False, cutting_off: bool = False, dry: bool = False
    ) -> list[Change] | None:
        """A new version that puts back what was before; None when there is no such change. Raises what ``apply`` does."""
        found = await self.change(version)
        if found is None:
            return None
        return await self.apply(
            [Given(x.kind, x.before.name, x.before.document, x.id) for x in found.changes if x.before is not None],
            actor,
            remove=[(x.kind, x.id) for x in found.changes if x.before is None and await self._is_there(x)],
            subject=f"undo:{version}",
            undo_of=version,
            dry=dry,
            unless_changed=() if force else found.changes,
            cutting_off=cutting_off,
        )

    async def _is_there(self, change: Change) -> bool:
        return (change.kind, change.id) in await self.now()


async def _in_force(connection: AsyncConnection) -> Settings | None:
    """None: it cannot be read, and something else is to take its place."""
    try:
        return await load_settings(connection)
    except (ValueError, msgspec.ValidationError):
        return None


def _change(row: Any) -> SettingsChange:
    return SettingsChange(
        version=row.version,
        at=row.at,
        author=row.actor,
        subject=row.subject,
        changes=tuple(msgspec.convert(row.changes, list[Change])),
        undo_of=row.undo_of,
    )
