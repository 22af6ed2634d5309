"""A client's card: its values, versioned; what changed between versions; two who edit it at once."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import msgspec

from backend.domain.customer.fields import Field
from backend.domain.customer.values import Unreadable, Value, missing, read
from backend.domain.kernel.ids import ClientId, UserId
from backend.domain.routing.validation import Problem, ProblemKind


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """``erased_at``: the person asked to be forgotten; nothing of the person is left."""

    id: ClientId
    version: int
    values: dict[str, Value]
    created_at: datetime
    changed_at: datetime
    changed_by: UserId | None = None
    erased_at: datetime | None = None


class Change(msgspec.Struct, frozen=True):
    """One field; None for empty."""

    field: str
    before: Value | None
    after: Value | None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What one save changed. ``author`` None: the synchronisation."""

    version: int
    at: datetime
    author: UserId | None
    changes: tuple[Change, ...]


def difference(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Change, ...]:
    keys = dict.fromkeys((*before, *after))
    return tuple(Change(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def patched(
    values: Mapping[str, Value], given: Mapping[str, object], editable: Mapping[str, Field], today: date
) -> tuple[dict[str, Value], list[Problem]]:
    """``values`` with what was typed, and what is wrong with it. Required is what the author may fill in."""
    made = dict(values)
    found: list[Problem] = []
    for key, typed in given.items():
        field = editable.get(key)
        if field is None:
            found.append(Problem(key, ProblemKind.UNKNOWN))
            continue
        try:
            value = read(field, typed, today)
        except Unreadable as error:
            found.append(Problem(key, error.kind))
            continue
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value
    wrong = {problem.field for problem in found}
    found += [p for p in missing(made, list(editable.values())) if p.field not in wrong]
    return made, found


def since(versions: list[Version]) -> Iterator[tuple[Change, Version]]:
    """What changed over several versions, one line a field: from the first value to the last, by whom last."""
    net: dict[str, tuple[Change, Version]] = {}
    for version in versions:
        for change in version.changes:
            first = net[change.field][0].before if change.field in net else change.before
            net[change.field] = (Change(change.field, first, change.after), version)
    return (line for line in net.values() if line[0].before != line[0].after)
