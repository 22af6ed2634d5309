"""Puts documents in force: all of them or none, in the transaction of one change of settings.

First every new object gets its row, so that documents may point at each other in any order; then the contents are written; then
the result is judged as a whole, by the rules that the screens have. Objects keep their numbers: a call that waits in a queue
stays in it whatever becomes of the queue's settings.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.configuration.documents import OWN_ROLE, Id, Snapshot, child_columns, quoted, target_of
from backend.adapters.configuration.kinds import FLOW, KINDS, NAMES, RULES, SETTINGS, WORDS, Child, Document, Kind
from backend.adapters.configuration.references import translated
from backend.adapters.configuration.shape import fields_of, unknown_fields
from backend.adapters.postgres import codec
from backend.domain.ivr import validation as flows
from backend.domain.routing import validation as routing

_KINDS: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


class Reason(StrEnum):
    """Why a document cannot be put in force."""

    GONE = "gone"
    """It points at something that is not there."""
    IN_USE = "in_use"
    """It cannot be removed: what happened, or something else, refers to it."""
    NO_FIELD = "no_field"
    MISSING = "missing"
    MALFORMED = "malformed"
    TAKEN = "taken"
    """Something else has that name already."""
    CONFLICT = "conflict"
    """It does not go with the rest."""
    RULE = "rule"
    """A rule that the screens have, too, is broken."""


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with one field of one document. ``why`` says it in English, for the command line. ``missing``: kind and name of
    what is not there. ``rule``: the one that is broken."""

    kind: str
    name: str
    field: str
    why: str
    reason: Reason = Reason.MALFORMED
    missing: tuple[str, str] | None = None
    rule: routing.ProblemKind | flows.ProblemKind | None = None


class Given(msgspec.Struct, frozen=True):
    """A document to put in force. ``id``: of the object that it is of; None finds it by its name, or makes it."""

    kind: str
    name: str
    document: Document
    id: Id | None = None


class NotApplied(Exception):
    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__(f"{len(wrong)} problems")
        self.wrong = list(wrong)


class Writer:
    """Of one transaction. Raises NotApplied."""

    def __init__(self, connection: AsyncConnection, now: Snapshot, actor: int) -> None:
        self._connection, self._now, self._actor = connection, now, actor
        self._ids: dict[str, dict[str, Id]] = {name: {} for name in NAMES}
        for thing in now.values():
            self._ids[thing.kind][thing.name] = thing.id
        self.wrong: list[Wrong] = []

    async def write(self, given: Sequence[Given], remove: Sequence[tuple[str, Id]] = ()) -> None:
        targets = [(each, await self._target(each)) for each in self._in_order(given)]
        self._stop()
        for each, id in targets:
            before = self._now.get((each.kind, id))
            if before is None or before.document != each.document:
                await self._contents(each, id)
        self._stop()
        for kind, id in remove:
            await self._remove(kind, id)
        self._stop()

    def _stop(self) -> None:
        if self.wrong:
            raise NotApplied(self.wrong)

    def _say(self, each: Given, field: str, why: str, reason: Reason = Reason.MALFORMED) -> None:
        self.wrong.append(Wrong(each.kind, each.name, field, why, reason))

    def _in_order(self, given: Sequence[Given]) -> list[Given]:
        order = [*(kind.name for kind in KINDS), "categories", "flows", "numbers"]
        return sorted(given, key=lambda x: (order.index(x.kind), len(x.document.get("path") or ()), x.name))

    # ---- every object has a row

    async def _target(self, each: Given) -> Id:
        """The object's number; a row is made for a new one, with the columns that may not be empty."""
        known = each.id if each.id is not None and (each.kind, each.id) in self._now else None
        known = known or self._ids[each.kind].get(each.name)
        if known is not None:
            self._ids[each.kind] = {n: i for n, i in self._ids[each.kind].items() if i != known} | {each.name: known}
            return known
        if not self._shape(each):
            return ""
        match each.kind:
            case "flows":
                top = await self._connection.scalar(
                    text(
                        "SELECT greatest((SELECT coalesce(max(flow), 0) FROM flow_version), (SELECT coalesce(max(flow), 0) FROM flow_draft))"
                    )
                )
                taken = [int(i) for i in self._ids["flows"].values()]
                id = str(max([top, *taken]) + 1)
            case "numbers":
                id = each.name
            case "categories":
                id = await self._make_category(each)
            case _:
                id = await self._make_row(each)
        self._ids[each.kind][each.name] = id
        return id

    def _shape(self, each: Given) -> bool:
        """Whether the document has the fields of its kind, and no others."""
        wanted = fields_of(each.kind)
        unknown = [name for name in each.document if name not in wanted]
        missing = [name for name in wanted if name not in each.document]
        for name in unknown:
            self._say(each, name, "there is no such field", Reason.NO_FIELD)
        for name in missing:
            self._say(each, name, "missing", Reason.MISSING)
        return not unknown and not missing

    async def _make_row(self, each: Given) -> Id:
        kind = _KINDS[each.kind]
        values = await self._columns(each, kind) | kind.fresh
        columns = dict(values)
        for column in kind.json if each.kind != "settings" else ("value",):
            columns[column] = "{}"
        if each.kind == "prompts":
            columns |= {"author": self._actor, "at": datetime.now(UTC)}
        if self.wrong:
            return ""
        marks = ", ".join(f"CAST(:{c} AS jsonb)" if str(kind.table.c[c].type) == "JSONB" else f":{c}" for c in columns)
        back = "id" if "id" in kind.table.c else f'"{kind.key}"'
        made = await self._connection.scalar(
            text(f"INSERT INTO {kind.table.name} ({quoted(list(columns))}) VALUES ({marks}) RETURNING {back}"),  # noqa: S608
            columns,
        )
        return str(made)

    async def _make_category(self, each: Given) -> Id:
        parent, queue = self._place_of(each)
        if self.wrong:
            return ""
        made = await self._connection.scalar(
            text("INSERT INTO category (queue, parent, name) VALUES (:queue, :parent, :name) RETURNING id"),
            {"queue": queue, "parent": parent, "name": each.document["path"][-1]},
        )
        return str(made)

    def _place_of(self, each: Given) -> tuple[int | None, int | None]:
        path, queue = each.document["path"], each.document["queue"]
        if not (isinstance(path, list) and path and all(isinstance(x, str) and x.strip() for x in path)):
            self._say(each, "path", "names from the root down are expected")
            return None, None
        found = self._reference(each, "queues", queue, "queue") if queue is not None else None
        above = " / ".join([queue or "*", *path[:-1]])
        parent = self._reference(each, "categories", above, "path") if len(path) > 1 else None
        return parent, found

    # ---- what is in it

    async def _contents(self, each: Given, id: Id) -> None:
        if not self._shape(each):
            return
        match each.kind:
            case "flows":
                await self._flow(each, id)
            case "numbers":
                await self._number(each)
            case "categories":
                self._place_of(each)
                await self._set(each, "category", {"position": int, "retired": bool}, int(id))
            case _:
                await self._row(each, id)

    async def _row(self, each: Given, id: Id) -> None:
        kind = _KINDS[each.kind]
        values = await self._columns(each, kind)
        contents = {"value": SETTINGS.get(each.name)} if each.kind == "settings" else kind.json
        for column, shape in contents.items():
            if shape is None:
                self._say(each, "name", "there is no such setting", Reason.NO_FIELD)
                continue
            values[column] = self._typed(each, column, each.document[column], shape)
        if self.wrong:
            return
        key = "id" if "id" in kind.table.c else f'"{kind.key}"'
        marks = ", ".join(f'"{c}" = CAST(:{c} AS jsonb)' if c in contents else f'"{c}" = :{c}' for c in values)
        await self._connection.execute(
            text(f"UPDATE {kind.table.name} SET {marks} WHERE {key} = :object"),  # noqa: S608
            values | {"object": int(id) if key == "id" else id},
        )
        for child in kind.children:
            await self._child(each, child, int(id))

    async def _columns(self, each: Given, kind: Kind) -> dict[str, Any]:
        found = {}
        for column in kind.columns:
            found[column] = self._column(each, kind.table.c[column], each.document[column], column)
        return found

    def _column(self, each: Given, column: Any, value: Any, field: str) -> Any:
        if column.name == "role" and isinstance(value, str) and value.startswith(OWN_ROLE):
            own = self._reference(each, "roles", value.removeprefix(OWN_ROLE), field)
            return str(own)
        if (kind := target_of(column)) is not None and value is not None:
            return self._reference(each, kind, value, field)
        if value is None:
            if not column.nullable:
                self._say(each, field, "missing", Reason.MISSING)
            return None
        wanted = column.type.python_type
        if wanted is datetime and isinstance(value, str):
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                self._say(each, field, "a time is expected")
                return None
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            self._say(each, field, f"{wanted.__name__} is expected")
        words = WORDS.get((column.table.name, column.name))
        if words is not None and value not in {word.value for word in words}:
            self._say(each, field, f"one of {', '.join(word.value for word in words)} is expected")
        return value

    def _reference(self, each: Given, kind: str, name: Any, field: str) -> int | None:
        found = self._ids[kind].get(name) if isinstance(name, str) else None
        if found is None:
            said = Wrong(each.kind, each.name, field, f"there is no {name!r} in {kind}", Reason.GONE, (kind, str(name)))
            self.wrong.append(said)
            return None
        return int(found)

    def _typed(self, each: Given, field: str, value: Any, shape: Any) -> str:
        """Contents as they are stored: names exchanged for numbers, of their type and without fields that it does not have."""
        prefix = f"{field}." if field else ""
        numbered = translated(value, lambda kind, name, path: self._reference(each, kind, name, path) or 0, str, prefix)
        try:
            typed = msgspec.convert(numbered, shape)
        except msgspec.ValidationError as error:
            said, _, place = str(error).partition(" - at `$")
            inside = place.rstrip("`").replace("[", ".").replace("]", "").lstrip(".")
            self._say(each, f"{prefix}{inside}".rstrip("."), said)
            return "null"
        for unknown in unknown_fields(numbered, msgspec.to_builtins(typed), prefix):
            self._say(each, unknown, "there is no such field", Reason.NO_FIELD)
        return codec.to_json(typed)

    async def _child(self, each: Given, child: Child, owner: int) -> None:
        items = each.document[child.field]
        if not isinstance(items, list):
            self._say(each, child.field, "a list is expected")
            return
        columns = child_columns(child)
        rows = []
        for n, item in enumerate(items):
            place = f"{child.field}.{n}"
            given = {columns[0]: item} if len(columns) == 1 else item
            if not isinstance(given, dict) or set(given) != set(columns):
                self._say(each, place, f"expected: {', '.join(columns)}")
                continue
            rows.append(
                {
                    c: self._column(each, child.table.c[c], given[c], place if len(columns) == 1 else f"{place}.{c}")
                    for c in columns
                }
            )
        if self.wrong:
            return
        await self._connection.execute(
            text(f'DELETE FROM {child.table.name} WHERE "{child.owner}" = :owner'),  # noqa: S608
            {"owner": owner},
        )
        if rows:
            await self._connection.execute(
                text(
                    f'INSERT INTO {child.table.name} ("{child.owner}", {quoted(columns)})'  # noqa: S608
                    f" VALUES (:owner_, {', '.join(f':{c}' for c in columns)})"
                ),
                [{**row, "owner_": owner} for row in rows],
            )

    async def _set(self, each: Given, table: str, columns: dict[str, type], id: int) -> None:
        for name, kind in columns.items():
            if not isinstance(each.document[name], kind) or (kind is int and isinstance(each.document[name], bool)):
                self._say(each, name, f"{kind.__name__} is expected")
        if not self.wrong:
            marks = ", ".join(f'"{c}" = :{c}' for c in columns)
            values = {c: each.document[c] for c in columns}
            await self._connection.execute(text(f"UPDATE {table} SET {marks} WHERE id = :id"), {**values, "id": id})  # noqa: S608

    async def _flow(self, each: Given, id: Id) -> None:
        """A new version, in force at once; callers who are in an older one end in it."""
        version = 1 + await self._connection.scalar(
            text("SELECT coalesce(max(version), 0) FROM flow_version WHERE flow = :flow"), {"flow": int(id)}
        )
        body = self._typed(each, "", {**each.document, "id": int(id), "version": version}, FLOW)
        if self.wrong:
            return
        await self._connection.execute(
            text(
                "INSERT INTO flow_version (flow, version, name, body, published_at, author, note)"
                " VALUES (:flow, :version, :name, CAST(:body AS jsonb), clock_timestamp(), :author, '')"
            ),
            {"flow": int(id), "version": version, "name": each.name, "body": body, "author": self._actor},
        )

    async def _number(self, each: Given) -> None:
        d = each.document
        flow = self._reference(each, "flows", d["flow"], "flow")
        for name, kind in (("name", str), ("answer_after_ms", int)):
            if not isinstance(d[name], kind):
                self._say(each, name, f"{kind.__name__} is expected")
        rules = None
        if d["rules"] is not None:
            rules = self._typed(
                each,
                "rules",
                {"number": each.name, **d["rules"]} if isinstance(d["rules"], dict) else d["rules"],
                RULES,
            )
        if self.wrong:
            return
        await self._connection.execute(
            text(
                "INSERT INTO entry_point (number, name, flow, answer_after_ms) VALUES (:number, :name, :flow, :after)"
                " ON CONFLICT (number) DO UPDATE SET name = :name, flow = :flow, answer_after_ms = :after"
            ),
            {"number": each.name, "name": d["name"], "flow": flow, "after": d["answer_after_ms"]},
        )
        before = self._now.get(("numbers", each.name))
        if rules is not None and (before is None or before.document["rules"] != d["rules"]):
            await self._connection.execute(
                text(
                    "INSERT INTO entry_rules (number, version, body, author, saved_at, published_at, published_by)"
                    " SELECT :number, coalesce(max(version), 0) + 1, CAST(:body AS jsonb), :actor, clock_timestamp(),"
                    " clock_timestamp(), :actor FROM entry_rules WHERE number = :number"
                ),
                {"number": each.name, "body": rules, "actor": self._actor},
            )
        elif rules is None:
            await self._connection.execute(
                text("UPDATE entry_rules SET published_at = NULL WHERE number = :number"), {"number": each.name}
            )

    # ---- what is no longer wanted

    async def _remove(self, kind: str, id: Id) -> None:
        """Nothing that history refers to is removed: a report of last year still has to say the name."""
        thing = self._now[kind, id]
        each = Given(kind, thing.name, thing.document, id)
        match kind:
            case "flows":
                used = "SELECT 1 FROM interaction WHERE (state->'ivr'->>'flow')::int = :id"
                number: Any = int(id)
                statements = ["DELETE FROM flow_version WHERE flow = :id", "DELETE FROM flow_draft WHERE flow = :id"]
            case "numbers":
                used = "SELECT 1 FROM interaction WHERE state->>'dialled' = :id"
                number = id
                statements = [
                    "DELETE FROM entry_rules WHERE number = :id",
                    "DELETE FROM entry_point WHERE number = :id",
                ]
            case "categories":
                used = "SELECT 1 FROM interaction WHERE category = :id"
                number = int(id)
                statements = ["DELETE FROM category WHERE id = :id"]
            case _:
                of = _KINDS[kind]
                number = int(id) if "id" in of.table.c else id
                key = "id" if "id" in of.table.c else f'"{of.key}"'
                used = f"SELECT 1 WHERE {of.in_use or 'FALSE'}"
                statements = [f"DELETE FROM {of.table.name} WHERE {key} = :id"]  # noqa: S608
        if ":id" in used and await self._connection.scalar(text(f"{used} LIMIT 1"), {"id": number}):
            self._say(each, "", "is not removed: what happened refers to it", Reason.IN_USE)
            return
        for statement in statements:
            await self._connection.execute(text(statement), {"id": number})
