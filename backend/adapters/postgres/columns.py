"""Values of sensitive fields at rest: AES-256-GCM (NIST SP 800-38D), bound to the client and the field; found by a keyed hash.

Data keys and the search key are random, stand in ``column_key``, and are wrapped by the master keys of the recordings. New
values are sealed by the newest data key. The search key is never changed: hashes of it are all over the index. See decision 0025.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.recordings.keyring import KEY_BYTES, NONCE, Keyring, UnknownKey
from backend.adapters.recordings.sealed import Damaged
from backend.domain.customer.fields import Field
from backend.domain.customer.model import Change
from backend.domain.customer.search import terms, whole_terms
from backend.domain.customer.values import Value, Values
from backend.domain.kernel.ids import ClientId

DATA, SEARCH = "data", "search"
MARK = "#"
"""Begins the hashes among the terms: nothing that is typed begins with it, so no beginning of one is ever found."""
HASH_BYTES = 16
WRITING = 5_150_441
"""Advisory lock: shared by who writes a card, taken alone when a field begins to be sealed or opened."""


class Sealed(msgspec.Struct, frozen=True):
    """Stands in the JSON where the value would. ``key``: number of the data key; ``box``: nonce, encrypted value, tag."""

    key: int
    box: bytes


Stored = Value | Sealed
_value = msgspec.json.Decoder(Value)


class ColumnKeys(msgspec.Struct, frozen=True, dict=True):
    """``data`` by number; the newest seals."""

    data: Mapping[int, bytes]
    search: bytes

    @cached_property
    def current(self) -> int:
        return max(self.data)

    def seal(self, client: ClientId, field: str, value: Value) -> Sealed:
        return self.seal_at(f"client {client} {field}", msgspec.json.encode(value))

    def open(self, client: ClientId, field: str, sealed: Sealed) -> Value:
        """Raises UnknownKey, Damaged: also for what was sealed for another client or field."""
        return _value.decode(self.open_at(f"client {client} {field}", sealed))

    def seal_at(self, place: str, value: bytes) -> Sealed:
        """Bound to the place: put elsewhere, it cannot be opened."""
        nonce = os.urandom(NONCE)
        box = AESGCM(self.data[self.current]).encrypt(nonce, value, f"kc {place}".encode())
        return Sealed(self.current, nonce + box)

    def open_at(self, place: str, sealed: Sealed) -> bytes:
        """Raises UnknownKey, Damaged."""
        if sealed.key not in self.data:
            raise UnknownKey(f"key {sealed.key} of columns is not in column_key; it seals {place}")
        try:
            return AESGCM(self.data[sealed.key]).decrypt(sealed.box[:NONCE], sealed.box[NONCE:], f"kc {place}".encode())
        except (InvalidTag, ValueError):
            raise Damaged(place) from None

    @cached_property
    def _by_field(self) -> dict[str, bytes]:
        return {}

    def term(self, field: str, whole: str) -> str:
        """HMAC-SHA-256 of a whole term, by a key of the field's own (HKDF, RFC 5869), cut to 128 bits."""
        key = self._by_field.get(field)
        if key is None:
            info = f"kc client_term {field}".encode()
            key = self._by_field[field] = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self.search)
        digest = hmac.digest(key, whole.encode(), "sha256")[:HASH_BYTES]
        return MARK + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


NO_KEYS = ColumnKeys({}, b"")


class Sealing(msgspec.Struct, frozen=True):
    """How cards are written now: which fields are sealed, and by what."""

    fields: frozenset[str]
    keys: ColumnKeys = NO_KEYS

    def values(self, client: ClientId, values: Values) -> dict[str, Stored]:
        return {key: self.value(client, key, value) for key, value in values.items()}

    def changes(self, client: ClientId, changes: Iterable[Change]) -> list[list]:
        return [
            [c.field, *(None if v is None else self.value(client, c.field, v) for v in (c.before, c.after))]
            for c in changes
        ]

    def value(self, client: ClientId, field: str, value: Value) -> Stored:
        return self.keys.seal(client, field, value) if field in self.fields else value

    def terms(self, values: Values, fields: Iterable[Field]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for field in fields:
            if field.key not in self.fields:
                found.update(terms(values, (field,)))
            elif field.searched and field.key in values:
                found.update((field.key, self.keys.term(field.key, w)) for w in whole_terms(field, values[field.key]))
        return found


class Columns:
    """Keys of columns as they are in the database; those once unwrapped stay in memory."""

    def __init__(self, keyring: Keyring | None) -> None:
        """Without a ring there is nothing sealed that may be met: otherwise UnknownKey is raised."""
        self._ring = keyring
        self._known, self._made = NO_KEYS, frozenset[object]()

    @property
    def keyring(self) -> Keyring:
        if self._ring is None:
            raise UnknownKey("values of sensitive fields are met, and there are no master keys here")
        return self._ring

    async def keys(self, connection: AsyncConnection) -> ColumnKeys:
        """All of them, also those made a moment ago. Raises UnknownKey, Damaged."""
        rows = (
            await connection.execute(text("SELECT id, purpose, key_id, wrapped_key, made_at FROM column_key"))
        ).all()
        if (made := frozenset((row.id, row.made_at) for row in rows)) != self._made:
            plain = {row.id: (row.purpose, self._unwrapped(row)) for row in rows}
            self._known = ColumnKeys(
                {id: key for id, (purpose, key) in plain.items() if purpose == DATA},
                next((key for purpose, key in plain.values() if purpose == SEARCH), b""),
            )
            self._made = made
        return self._known

    async def ready(self, connection: AsyncConnection) -> ColumnKeys:
        """All of them, made first when there are none yet. Raises UnknownKey, Damaged."""
        if not (await self.keys(connection)).data:
            await connection.execute(text("LOCK TABLE column_key IN SHARE ROW EXCLUSIVE MODE"))
            if not (await self.keys(connection)).data:
                await self.add(connection, SEARCH, DATA)
        return await self.keys(connection)

    async def hashing(self, connection: AsyncConnection) -> ColumnKeys:
        """For terms only: the search key never changes. Raises UnknownKey, Damaged."""
        return self._known if self._known.search else await self.keys(connection)

    def _unwrapped(self, row) -> bytes:
        return self.keyring.unwrap(row.key_id, row.wrapped_key, _name(row.id, row.purpose))

    async def opened(
        self, connection: AsyncConnection, client: ClientId, values: Mapping[str, Stored]
    ) -> dict[str, Value]:
        """Raises UnknownKey, Damaged."""
        keys = await self._for(connection, values.values())
        return {k: keys.open(client, k, v) if isinstance(v, Sealed) else v for k, v in values.items()}

    async def opened_changes(
        self, connection: AsyncConnection, client: ClientId, changes: Iterable[tuple[str, Stored | None, Stored | None]]
    ) -> tuple[Change, ...]:
        changes = tuple(changes)
        keys = await self._for(connection, (v for change in changes for v in change[1:]))
        return tuple(
            Change(field, *(keys.open(client, field, v) if isinstance(v, Sealed) else v for v in (before, after)))
            for field, before, after in changes
        )

    async def _for(self, connection: AsyncConnection, values: Iterable[object]) -> ColumnKeys:
        needed = {value.key for value in values if isinstance(value, Sealed)}
        return self._known if needed <= self._known.data.keys() else await self.keys(connection)

    async def add(self, connection: AsyncConnection, *purposes: str) -> None:
        """New keys, wrapped by the current master key, in a transaction."""
        await connection.execute(text("LOCK TABLE column_key IN SHARE ROW EXCLUSIVE MODE"))
        last = await connection.scalar(text("SELECT coalesce(max(id), 0) FROM column_key"))
        for id, purpose in enumerate(purposes, last + 1):
            key_id, wrapped = self.keyring.wrap(secrets.token_bytes(KEY_BYTES), _name(id, purpose))
            await connection.execute(
                text(
                    "INSERT INTO column_key (id, purpose, key_id, wrapped_key) VALUES (:id, :purpose, :key_id, :wrapped)"
                ),
                {"id": id, "purpose": purpose, "key_id": key_id, "wrapped": wrapped},
            )

    async def rewrap(self, connection: AsyncConnection) -> int:
        """Wrap all keys of columns by the current master key, in a transaction; when there were any to wrap, new values are
        sealed by a new data key from then on. How many were wrapped."""
        await connection.execute(text("LOCK TABLE column_key IN SHARE ROW EXCLUSIVE MODE"))
        rows = (
            await connection.execute(
                text("SELECT id, purpose, key_id, wrapped_key FROM column_key WHERE key_id <> :current"),
                {"current": self.keyring.current},
            )
        ).all()
        for row in rows:
            key_id, wrapped = self.keyring.wrap(self._unwrapped(row), _name(row.id, row.purpose))
            await connection.execute(
                text("UPDATE column_key SET key_id = :key_id, wrapped_key = :wrapped WHERE id = :id"),
                {"key_id": key_id, "wrapped": wrapped, "id": row.id},
            )
        if rows:
            await self.add(connection, DATA)
        return len(rows)


def _name(id: int, purpose: str) -> str:
    """What a master key wraps, as the recordings' by their ids."""
    return f"{purpose} key {id} of columns"


NO_COLUMNS = Columns(None)


async def sealing(connection: AsyncConnection, columns: Columns) -> Sealing:
    """How this transaction writes cards. No field begins to be sealed or opened before it has ended.

    Raises UnknownKey, Damaged.
    """
    await connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": WRITING})
    fields = frozenset(await connection.scalars(text("SELECT field FROM client_sealing WHERE sealed")))
    return Sealing(fields, await columns.keys(connection)) if fields else Sealing(fields)
