"""Clients: cards, their versions, the words they are found by, and what is sealed."""

from sqlalchemy import Boolean, Column, Computed, ForeignKey, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, identity, metadata, now

client = Table(
    "client",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name", Text, nullable=False),
    Column("fields", JSONB, nullable=False, server_default="{}"),
    Column("status", Text, Computed("coalesce(fields->>'status', '')", persisted=True), nullable=False),
    Column("icis_id", Text, Computed("fields->>'icis_id'", persisted=True)),
    now("created_at"),
    Column("created_by", Integer),
    now("changed_at"),
    Column("changed_by", Integer),
    at("erased_at"),
    Index("uq_client_icis_id", "icis_id", unique=True, postgresql_where=text("icis_id IS NOT NULL")),
)

client_version = Table(
    "client_version",
    metadata,
    Column("client", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    at("at", nullable=False),
    Column("author", Integer),
    Column("changes", JSONB, nullable=False),
)

client_term = Table(
    "client_term",
    metadata,
    Column("client", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("value", Text(collation="C"), primary_key=True),
    Column("field", Text, primary_key=True),
    Index("ix_client_term_value", "value", "field", "client"),
)

client_word = Table(
    "client_word",
    metadata,
    Column("word", Text, primary_key=True),
    Index("ix_client_word_trigrams", "word", postgresql_using="gist", postgresql_ops={"word": "gist_trgm_ops"}),
)

client_note = Table(
    "client_note",
    metadata,
    Column("client", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("note", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("author", Integer, nullable=False),
    at("at", nullable=False),
)

client_distinct = Table(
    "client_distinct",
    metadata,
    Column("one", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("other", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("by", Integer, nullable=False),
    at("at", nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("client", Integer, ForeignKey("client.id"), primary_key=True),
    Column("why", Text, nullable=False),
    Column("by", Integer, nullable=False),
    at("asked_at", nullable=False),
    at("done_at"),
    Column("contacts", Integer, nullable=False, server_default="0"),
    Column("kept", Integer, nullable=False, server_default="0"),
)

client_icis = Table(
    "client_icis",
    metadata,
    Column("client", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("marks", JSONB, nullable=False),
)

icis_forgotten = Table(
    "icis_forgotten",
    metadata,
    Column("mark", Text, primary_key=True),
    at("at", nullable=False),
)

synchronisation = Table(
    "synchronisation",
    metadata,
    identity(),
    at("at", nullable=False),
    Column("received", Integer, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("problems", JSONB, nullable=False),
    Index("ix_synchronisation_at", "at"),
)

column_key = Table(
    "column_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    now("made_at"),
)

client_sealing = Table(
    "client_sealing",
    metadata,
    Column("field", Text, primary_key=True),
    Column("sealed", Boolean, nullable=False),
    Column("reached", Integer, nullable=False, server_default="0"),
    Column("done", Boolean, nullable=False, server_default="false"),
    at("not_before"),
)
