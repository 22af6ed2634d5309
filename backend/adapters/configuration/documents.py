"""Reads the configuration in one snapshot: every object as a document that says names where the tables say numbers."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.configuration.kinds import FLOW, KINDS, RULES, SETTINGS, Child, Document, Kind
from backend.adapters.configuration.references import translated

Id = str
"""The number of an object as text, or what else its table is keyed by."""
OWN_ROLE = "own:"
"""Before the name of a role that is not a built-in one."""

_CATEGORIES = (
    "WITH RECURSIVE tree AS (SELECT id, queue, position, retired, ARRAY[name] AS path FROM category WHERE parent IS NULL"
    " UNION ALL SELECT c.id, c.queue, c.position, c.retired, t.path || c.name FROM category c JOIN tree t ON c.parent = t.id)"
    " SELECT * FROM tree"
)
_FLOWS = (
    "SELECT DISTINCT ON (flow) flow, name, body::text AS body FROM flow_version WHERE published_at IS NOT NULL"
    " ORDER BY flow, version DESC"
)
_NUMBERS = (
    "SELECT p.number, p.name, p.flow, p.answer_after_ms, (SELECT r.body::text FROM entry_rules r WHERE r.number = p.number"
    " AND r.published_at IS NOT NULL ORDER BY r.published_at DESC, r.version DESC LIMIT 1) AS rules FROM entry_point p"
)


class Thing(msgspec.Struct, frozen=True):
    """``marks`` of its secrets, by column: another one was set when the mark is another."""

    kind: str
    id: Id
    name: str
    document: Document
    marks: dict[str, str] = {}


Snapshot = dict[tuple[str, Id], Thing]


def quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def target_of(column: Column) -> str | None:
    """The kind that a column points at."""
    for key in column.foreign_keys:
        for kind in KINDS:
            if kind.table is key.column.table:
                return kind.name
    return None


def child_columns(child: Child) -> list[str]:
    return [c.name for c in child.table.columns if c.name not in ("id", child.owner)]


def normal(value: Any, kind: Any) -> Any:
    """Contents with every field that their type has now, as plain values."""
    return msgspec.json.decode(msgspec.json.encode(msgspec.convert(value, kind, strict=False)))


class Reader:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.names: dict[str, dict[Id, str]] = {}

    async def _rows(self, sql: str) -> list[Any]:
        return list((await self._connection.execute(text(sql))).mappings())

    async def snapshot(self) -> Snapshot:
        tables = {kind.name: await self._rows(f"SELECT * FROM {kind.table.name} WHERE {kind.where}") for kind in KINDS}  # noqa: S608
        flows, numbers, categories = await self._rows(_FLOWS), await self._rows(_NUMBERS), await self._rows(_CATEGORIES)
        for kind in KINDS:
            self.names[kind.name] = {_id(kind, row): str(row[kind.key]) for row in tables[kind.name]}
        self.names["flows"] = _distinct({str(row["flow"]): row["name"] for row in flows})
        found: Snapshot = {}

        def add(kind: str, id: Id, name: str, document: Document, marks: dict[str, str] | None = None) -> None:
            # As JSON has it: what is read now and what was kept with an old change are compared.
            found[kind, id] = Thing(kind, id, name, msgspec.json.decode(msgspec.json.encode(document)), marks or {})

        for kind in KINDS:
            children = {child.field: await self._children(child) for child in kind.children}
            for row in tables[kind.name]:
                id = _id(kind, row)
                document = self._document(kind, row) | {f: rows.get(id, []) for f, rows in children.items()}
                add(kind.name, id, str(row[kind.key]), document, _marks(kind, row))
        for row in categories:
            queue = self._name("queues", row["queue"])
            document = {
                "queue": queue,
                "path": list(row["path"]),
                "position": row["position"],
                "retired": row["retired"],
            }
            add("categories", str(row["id"]), " / ".join([queue or "*", *row["path"]]), document)
        for row in flows:
            id = str(row["flow"])
            body = normal(msgspec.json.decode(row["body"]), FLOW)
            shown = {k: v for k, v in self._named(body).items() if k not in ("id", "version", "name")}
            add("flows", id, self.names["flows"][id], {"name": self.names["flows"][id], **shown})
        for row in numbers:
            rules = None
            if row["rules"] is not None:
                rules = self._named(normal(msgspec.json.decode(row["rules"]), RULES))
                rules.pop("number")
            add(
                "numbers",
                row["number"],
                row["number"],
                {
                    "number": row["number"],
                    "name": row["name"],
                    "flow": self._name("flows", row["flow"]),
                    "answer_after_ms": row["answer_after_ms"],
                    "rules": rules,
                },
            )
        return found

    def _name(self, kind: str, id: Any) -> str | None:
        """A number that leads nowhere is shown as it is, ``#7``: nothing has that name, so it is not applied again."""
        return None if id is None else self.names[kind].get(str(id), f"#{id}")

    def _named(self, value: Any) -> Any:
        return translated(value, lambda kind, id, _: self._name(kind, id), int)

    def _value(self, table: Table, column: str, value: Any) -> Any:
        if column == "role" and isinstance(value, str) and value.isdigit():
            return OWN_ROLE + (self._name("roles", value) or "")
        if (kind := target_of(table.c[column])) is not None:
            return self._name(kind, value)
        return value.isoformat() if isinstance(value, datetime) else value

    def _document(self, kind: Kind, row: Any) -> Document:
        document = {c: self._value(kind.table, c, row[c]) for c in kind.columns}
        contents = dict(kind.json)
        if kind.name == "settings":
            contents = {"value": SETTINGS.get(row["name"], Any)}
        for column, shape in contents.items():
            document[column] = self._named(normal(row[column], shape))
        return document

    async def _children(self, child: Child) -> dict[Id, list[Any]]:
        columns = child_columns(child)
        found: dict[Id, list[Any]] = {}
        for row in await self._rows(f'SELECT "{child.owner}", {quoted(columns)} FROM {child.table.name}'):  # noqa: S608
            item = {c: self._value(child.table, c, row[c]) for c in columns}
            found.setdefault(str(row[child.owner]), []).append(item if len(columns) > 1 else item[columns[0]])
        return {id: sorted(items, key=lambda x: msgspec.json.encode(x, order="sorted")) for id, items in found.items()}


def _marks(kind: Kind, row: Any) -> dict[str, str]:
    """Of what is sealed: a hash of the box, which is another one each time."""
    boxes = {c: msgspec.json.encode(row[c], order="sorted") for c in kind.secrets if row[c] is not None}
    return {column: hashlib.sha256(box).hexdigest() for column, box in boxes.items()}


def _id(kind: Kind, row: Any) -> Id:
    return str(row["id"] if "id" in kind.table.c else row[kind.key])


def _distinct(names: dict[Id, str]) -> dict[Id, str]:
    """Flows may have the same name; documents may not."""
    seen: set[str] = set()
    found = {}
    for id, name in names.items():
        found[id] = name if name not in seen else f"{name} #{id}"
        seen.add(name)
    return found


async def snapshot(connection: AsyncConnection) -> Snapshot:
    return await Reader(connection).snapshot()
