"""The audit of a time as a file that proves itself: rows with what was hashed, the blocks that sealed them, and a signature of it all.

JSON lines: ``export`` (what was asked for), then rows, each after those of its block the ``block``, at last ``end`` with a signature of
every line before. ``verify_export`` needs only the file and the public key. CSV is for spreadsheets and carries the hashes.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.audit.keys import Signer, Trusted, bytes_of, text_of
from backend.adapters.audit.rows import ENTRIES, EVENTS, Kept, kept
from backend.adapters.audit.sealer import FIRST_XID
from backend.adapters.audit.search import ENTRY_LINES, EVENT_LINES, conditions
from backend.domain.audit.chain import Block, leaf, root
from backend.domain.audit.trail import Wanted

COLUMNS = (
    "id", "table", "at", "kind", "action", "subject", "actor", "session", "address", "source", "request", "outcome",
    "reason", "parameters", "found",
)  # fmt: skip
CSV_COLUMNS = (*COLUMNS, "block", "leaf")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_decode = msgspec.json.decode


def readable(canonical: list[Any]) -> dict[str, Any]:
    """A row in words, from the very bytes that were hashed."""
    match canonical:
        case ["event", id, stream, subject, _version, data, us, actor, origin]:
            body, by = _decode(data), _decode(origin) if origin else {}
            found = {
                "id": id,
                "table": "event",
                "kind": "event",
                "action": body.get("type", stream) if isinstance(body, dict) else stream,
                "subject": f"{'contact' if stream == 'interaction' else stream}:{subject}",
                "actor": actor,
                "source": by.get("source", ""),
                **{name: by.get(name) for name in ("session", "address", "request")},
                "outcome": "refused" if stream == "refused" else "done",
                "reason": None,
                "parameters": body,
                "found": None,
            }
        case [
            "audit",
            id,
            us,
            kind,
            action,
            subject,
            actor,
            session,
            address,
            source,
            request,
            params,
            outcome,
            why,
            seen,
        ]:
            found = {
                "id": -id,
                "table": "audit",
                "kind": kind,
                "action": action,
                "subject": subject,
                "actor": actor,
                "session": session,
                "address": address,
                "source": source,
                "request": request,
                "outcome": outcome,
                "reason": why,
                "parameters": _decode(params),
                "found": _decode(seen) if seen else None,
            }
        case _:
            raise ValueError("no row of the audit")
    found["at"] = (_EPOCH + timedelta(microseconds=us)).isoformat()
    return {name: found[name] for name in COLUMNS}


class Exporter:
    """Reads block by block; no transaction stays open and nothing is held in memory but one block."""

    def __init__(self, engine: AsyncEngine, signer: Signer) -> None:
        self._engine, self._signer = engine, signer

    async def rows(self, wanted: Wanted) -> AsyncIterator[tuple[list[list[Any]], Kept | None]]:
        """Canonical rows that are wanted, with the block that sealed them; None for those not sealed yet."""
        async with self._engine.connect() as connection:
            first, last = await self._range(connection, wanted)
        if first is None or last is None:
            return
        after = 0
        end = FIRST_XID
        while True:
            async with self._engine.connect() as connection:
                row = (
                    await connection.execute(
                        text(
                            "SELECT * FROM audit_block WHERE number > :after AND to_xid > :first ORDER BY number LIMIT 1"
                        ),
                        {"after": after, "first": first},
                    )
                ).first()
                if row is None:
                    top = await connection.scalar(text("SELECT max(to_xid) FROM audit_block"))
                    found = await self._of(connection, wanted, max(first, end, top or FIRST_XID), last + 1)
                    if found:
                        yield found, None
                    return
                block = kept(row)
                after, end = block.block.number, block.to_xid
                if block.from_xid > last:
                    return
                found = await self._of(connection, wanted, block.from_xid, block.to_xid)
            if found:
                yield found, block

    async def _range(self, connection: AsyncConnection, wanted: Wanted) -> tuple[int | None, int | None]:
        """The first and last transaction that has something of the time."""
        only = Wanted(since=wanted.since, until=wanted.until)
        values: dict[str, Any] = {}
        parts = [
            f"SELECT min(xid) AS a, max(xid) AS b FROM {table} WHERE {conditions(only, values, table == 'event')}"  # noqa: S608
            for table in ("event", "audit")
        ]
        row = (
            await connection.execute(text(f"SELECT min(a), max(b) FROM ({' UNION ALL '.join(parts)}) x"), values)  # noqa: S608
        ).one()
        return row[0], row[1]

    async def _of(self, connection: AsyncConnection, wanted: Wanted, from_xid: int, to_xid: int) -> list[list[Any]]:
        found: list[list[Any]] = []
        for table, rows, source, sign in (("event", EVENTS, EVENT_LINES, ""), ("audit", ENTRIES, ENTRY_LINES, "-")):
            values: dict[str, Any] = {"from": from_xid, "to": to_xid}
            said = conditions(wanted, values, table == "event")
            if said is None:
                continue
            ids = f"SELECT {sign}id FROM ({source}) x WHERE xid >= :from AND xid < :to AND {said}"  # noqa: S608
            sql = rows.replace(" WHERE ", f" WHERE id IN ({ids}) AND ", 1)
            found += [[table, *row[1:]] for row in await connection.execute(text(sql), values)]
        return found

    async def json_lines(self, wanted: Wanted, by: int, now: datetime) -> AsyncIterator[bytes]:
        so_far = hashlib.sha256()
        rows = blocks = 0

        def out(value: dict[str, Any]) -> bytes:
            made = msgspec.json.encode(value) + b"\n"
            so_far.update(made)
            return made

        asked = msgspec.to_builtins(wanted)
        yield out({"export": {"wanted": asked, "by": by, "at": now.isoformat(), "format": 1}})
        async for found, block in self.rows(wanted):
            rows += len(found)
            blocks += block is not None
            yield b"".join(out({"row": {**readable(row), "canonical": row}}) for row in found) + out(_block(block))
        end = {"rows": rows, "blocks": blocks, "sha256": so_far.hexdigest(), "key": self._signer.id}
        signature = self._signer.sign(b"export " + so_far.digest())
        yield out({"end": {**end, "signature": text_of(signature)}})

    async def csv(self, wanted: Wanted) -> AsyncIterator[bytes]:
        yield ("\ufeff" + _csv_line(CSV_COLUMNS)).encode()
        async for found, block in self.rows(wanted):
            number = block.block.number if block else ""
            lines = []
            for row in found:
                said = readable(row)
                lines.append(_csv_line([*(_cell(said[c]) for c in COLUMNS), number, leaf(row).hex()]))
            yield "".join(lines).encode()


def _block(found: Kept | None) -> dict[str, Any]:
    if found is None:
        return {"block": None}
    b = found.block
    return {
        "block": {
            "number": b.number,
            "previous": b.previous.hex(),
            "root": b.root.hex(),
            "total": b.total,
            "ids": b.ids,
            "leaves": [x.hex() for x in b.leaves],
            "sealed_at": b.sealed_at.isoformat(),
            "form": b.form,
            "key": found.key,
            "signature": text_of(found.signature),
        }
    }


def _cell(value: Any) -> Any:
    """What begins like a formula is no formula: a caller's name must not do anything in a spreadsheet."""
    shown = msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value
    return f"'{shown}" if isinstance(shown, str) and shown[:1] in "=+-@\t\r" and shown else shown


def _csv_line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()


class Checked(msgspec.Struct, frozen=True):
    """``broken`` names the first wrong line."""

    broken: str | None
    rows: int = 0
    unsealed: int = 0


def verify_export(lines: Iterable[bytes], trusted: Trusted) -> Checked:
    so_far = hashlib.sha256()
    waiting: list[tuple[int, list[Any]]] = []
    rows = unsealed = 0
    ended = False
    previous: Block | None = None
    for n, raw in enumerate(lines, 1):
        try:
            if ended:
                return Checked(f"line {n}: something after the end")
            match _decode(raw):
                case {"export": _} if n == 1:
                    pass
                case {"row": {"canonical": canonical, **said}}:
                    if said != readable(canonical):
                        return Checked(f"line {n}: the row does not say what was hashed")
                    waiting.append((n, canonical))
                    rows += 1
                case {"block": None}:
                    unsealed += len(waiting)
                    waiting.clear()
                case {"block": given}:
                    block, wrong = _read_block(given, trusted, previous)
                    if wrong:
                        return Checked(f"line {n}: block {given.get('number')}: {wrong}")
                    known = dict(zip(block.ids, block.leaves, strict=True))
                    for at, canonical in waiting:
                        id = canonical[1] if canonical[0] == "event" else -canonical[1]
                        if known.get(id) != leaf(canonical):
                            return Checked(
                                f"line {at}: {canonical[0]} {canonical[1]} is not what block {block.number} sealed"
                            )
                    previous = block
                    waiting.clear()
                case {"end": {"rows": count, "signature": signature, "key": key}}:
                    if count != rows or waiting:
                        return Checked(f"line {n}: {rows} rows instead of {count}")
                    if not trusted.fits(key, bytes_of(signature), b"export " + so_far.digest()):
                        return Checked(
                            f"line {n}: the signature of the export does not fit: a line was changed, added or removed"
                        )
                    ended = True
                case _:
                    return Checked(f"line {n}: unknown")
        except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
            return Checked(f"line {n}: {error}")
        so_far.update(raw)
    return Checked(None if ended else "the end is missing: the file was cut off", rows, unsealed)


def _read_block(given: dict[str, Any], trusted: Trusted, previous: Block | None) -> tuple[Block, str | None]:
    block = Block(
        number=given["number"],
        previous=bytes.fromhex(given["previous"]),
        root=bytes.fromhex(given["root"]),
        total=given["total"],
        ids=tuple(given["ids"]),
        leaves=tuple(bytes.fromhex(x) for x in given["leaves"]),
        sealed_at=datetime.fromisoformat(given["sealed_at"]),
        form=given["form"],
    )
    if block.root != root(block.leaves):
        return block, "its leaves do not make its root"
    if not trusted.fits(given["key"], bytes_of(given["signature"]), block.hash):
        return block, "it is signed by no trusted key"
    if previous is not None and block.number == previous.number + 1 and block.previous != previous.hash:
        return block, "it does not follow the one before it"
    return block, None
