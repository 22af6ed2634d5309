"""The link to the bridges, timers, leases, and what makes a repeated request do nothing twice."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, metadata, now

bridge = Table(
    "bridge",
    metadata,
    Column("name", Text, primary_key=True),
    Column("boot", Text),
    Column("applied_seq", BigInteger, nullable=False, server_default="0"),
    at("connected_at"),
    Column("trunks", JSONB),
    at("trunks_at"),
    at("trunks_until"),
)

bridge_report = Table(
    "bridge_report",
    metadata,
    Column("boot", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
)

bridge_command = Table(
    "bridge_command",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid(as_uuid=False), nullable=False, unique=True),
    Column("bridge", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    at("deadline"),
    now("created_at"),
    at("answered_at"),
    Column("answer", JSONB),
    Index("ix_bridge_command_pending", "bridge", "seq", postgresql_where=text("answered_at IS NULL")),
)

prompt = Table(
    "prompt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

timer = Table(
    "timer",
    metadata,
    Column("key", Text, primary_key=True),
    at("due_at", nullable=False),
    Column("what", JSONB, nullable=False),
    Index("ix_timer_due_at", "due_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    at("expires_at", nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("user", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("answer", JSONB),
    now("at"),
    Index("ix_idempotency_at", "at"),
)

known_operation = Table(
    "known_operation",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", Text, nullable=False),
    at("built_in_at", nullable=False),
)
