"""Where callers go: numbers, their rules, menus and what is said there."""

from sqlalchemy import Boolean, Column, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, identity, metadata

entry_point = Table(
    "entry_point",
    metadata,
    Column("number", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("flow", Integer, nullable=False),
    Column("answer_after_ms", Integer, nullable=False, server_default="0"),
)

entry_rules = Table(
    "entry_rules",
    metadata,
    Column("number", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("author", Integer, nullable=False),
    at("saved_at", nullable=False),
    at("published_at"),
    Column("published_by", Integer),
)

flow_version = Table(
    "flow_version",
    metadata,
    Column("flow", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    at("published_at"),
    Column("author", Integer),
    Column("note", Text, nullable=False, server_default=""),
)

flow_draft = Table(
    "flow_draft",
    metadata,
    Column("flow", Integer, primary_key=True, autoincrement=False),
    Column("body", JSONB, nullable=False),
    Column("author", Integer, nullable=False),
    at("saved_at", nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
)

prompt_audio = Table(
    "prompt_audio",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("author", Integer, nullable=False),
    at("at", nullable=False),
)

notice = Table(
    "notice",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("prompt", Text),
    at("on_since"),
    at("on_until"),
    Column("switched_by", Integer),
)

dictation = Table(
    "dictation",
    metadata,
    identity(),
    Column("notice", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("author", Integer, nullable=False),
    at("until", nullable=False),
    Column("wrong", Integer, nullable=False, server_default="0"),
    Column("recording", Uuid(as_uuid=False)),
    Column("said", Boolean, nullable=False, server_default="false"),
    at("done_at"),
)
