"""Rows of the log and of the audit: how they are written, their canonical bytes, and blocks as rows."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.domain.audit.chain import Block, RowId, leaf
from backend.domain.audit.trail import Entry

ADD = text(
    "INSERT INTO audit (at, kind, action, subject, actor, session, address, source, request, parameters, outcome, reason,"
    " found) VALUES (:at, :kind, :action, :subject, :actor, :session, :address, :source, :request,"
    " CAST(:parameters AS jsonb), :outcome, :reason, CAST(:found AS jsonb))"
)

_LONGEST = 500
SECRET = frozenset({"password", "code", "secret", "token", "otp", "recovery", "offersdp", "answersdp", "credential"})
"""Parameters whose values are never written, whatever the case and wherever they stand."""


def row_of(entry: Entry) -> dict[str, Any]:
    """Whatever was asked, the database can take the row: one that it refused would stand before all that come after."""
    row = {
        "at": entry.at,
        "kind": entry.kind.value,
        "action": entry.action,
        "subject": entry.subject,
        "actor": entry.actor,
        "session": entry.session,
        "address": entry.address,
        "source": entry.source,
        "request": entry.request,
        "parameters": _json(tidy(entry.parameters)),
        "outcome": entry.outcome.value,
        "reason": entry.reason[:_LONGEST] if entry.reason else None,
        "found": _json(entry.found) if entry.found is not None else None,
    }
    return {name: writable(value) for name, value in row.items()}


def of_the_data(error: Exception) -> bool:
    """Whether trying again cannot help: the database, or whoever encodes for it, refuses the values (SQLSTATE class 22)."""
    if isinstance(error, DBAPIError):
        return str(getattr(error.orig, "sqlstate", None) or "").startswith("22") or isinstance(error.orig, ValueError)
    return isinstance(error, UnicodeError | TypeError | msgspec.MsgspecError)


def _json(value: Any) -> str:
    return msgspec.json.encode(writable(msgspec.to_builtins(value, enc_hook=str))).decode()


def writable(value: Any) -> Any:
    """Without what PostgreSQL has no place for: the character NUL, and halves of surrogate pairs."""
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        case dict():
            return {writable(k): writable(v) for k, v in value.items()}
        case list():
            return [writable(v) for v in value]
        case _:
            return value


def tidy(value: Any, name: str = "") -> Any:
    """What may be kept of parameters: no secrets; of long texts their beginning and length."""
    lowered = name.lower().replace("_", "")
    if lowered in SECRET or lowered.endswith(("password", "secret", "token")):
        return "***"
    match value:
        case dict():
            return {str(k): tidy(v, str(k)) for k, v in value.items()}
        case list() | tuple():
            return [tidy(v, name) for v in value]
        case str() if len(value) > _LONGEST:
            return f"{value[:_LONGEST]}… ({len(value)})"
        case _:
            return value


_US = "(extract(epoch FROM at) * 1000000)::bigint"
EVENTS = (
    f"SELECT xid, id, stream, subject, version, data::text, {_US} AS us, actor, origin::text FROM event"  # noqa: S608
    " WHERE xid >= :from AND xid < :to ORDER BY xid, id"
)
ENTRIES = (
    f"SELECT xid, id, {_US} AS us, kind, action, subject, actor, session, address, source, request, parameters::text,"  # noqa: S608
    " outcome, reason, found::text FROM audit WHERE xid >= :from AND xid < :to ORDER BY xid, id"
)


def event_leaf(row: Any) -> tuple[RowId, bytes]:
    return row[1], leaf(["event", *row[1:]])


def entry_leaf(row: Any) -> tuple[RowId, bytes]:
    return -row[1], leaf(["audit", *row[1:]])


async def leaves(connection: AsyncConnection, from_xid: int, to_xid: int) -> list[tuple[RowId, bytes]]:
    """Of the rows of these transactions (the last excluded): events first, then entries, each in the order of the log."""
    given = {"from": from_xid, "to": to_xid}
    events = await connection.execute(text(EVENTS), given)
    found = [event_leaf(row) for row in events]
    entries = await connection.execute(text(ENTRIES), given)
    return found + [entry_leaf(row) for row in entries]


BLOCKS = "SELECT * FROM audit_block"
PUT_BLOCK = text(
    "INSERT INTO audit_block (number, previous, root, hash, total, ids, leaves, form, from_xid, to_xid, sealed_at, key_id,"
    " signature) VALUES (:number, :previous, :root, :hash, :total, :ids, :leaves, :form, :from_xid, :to_xid, :sealed_at,"
    " :key_id, :signature)"
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A block as it stands in the database: ``hash`` is what is written there, which may not be what it should be."""

    block: Block
    hash: bytes
    from_xid: int
    to_xid: int
    key: str
    signature: bytes


def kept(row: Any) -> Kept:
    leaves_of = bytes(row.leaves)
    return Kept(
        block=Block(
            number=row.number,
            previous=bytes(row.previous),
            root=bytes(row.root),
            total=row.total,
            ids=tuple(row.ids),
            leaves=tuple(leaves_of[n : n + 32] for n in range(0, len(leaves_of), 32)),
            sealed_at=row.sealed_at,
            form=row.form,
        ),
        hash=bytes(row.hash),
        from_xid=row.from_xid,
        to_xid=row.to_xid,
        key=row.key_id,
        signature=bytes(row.signature),
    )


def block_row(block: Block, from_xid: int, to_xid: int, key: str, signature: bytes) -> dict[str, Any]:
    return {
        "number": block.number,
        "previous": block.previous,
        "root": block.root,
        "hash": block.hash,
        "total": block.total,
        "ids": list(block.ids),
        "leaves": b"".join(block.leaves),
        "form": block.form,
        "from_xid": from_xid,
        "to_xid": to_xid,
        "sealed_at": block.sealed_at,
        "key_id": key,
        "signature": signature,
    }


class RowAt(msgspec.Struct, frozen=True):
    """Where a row stands: its table, number and time (None when it is gone)."""

    table: str
    id: int
    at: datetime | None


async def row_at(connection: AsyncConnection, id: RowId) -> RowAt:
    table = "event" if id > 0 else "audit"
    at = await connection.scalar(text(f"SELECT at FROM {table} WHERE id = :id"), {"id": abs(id)})  # noqa: S608
    return RowAt(table, abs(id), at)
