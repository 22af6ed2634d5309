"""The log of events, and the audit: appended to and read, never changed by the application (``roles``)."""

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, metadata

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text::bigint)")),
    Column("stream", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", JSONB, nullable=False),
    at("at", nullable=False),
    Column("actor", Integer),
    Column("origin", JSONB),
    Index("ix_event_xid_id", "xid", "id"),
    Index("ix_event_at", "at", "id"),
    Index("uq_event_subject_version", "stream", "subject", "version", unique=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text::bigint)")),
    at("at", nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text),
    Column("actor", Integer),
    Column("session", Text),
    Column("address", Text),
    Column("source", Text, nullable=False),
    Column("request", Text),
    Column("parameters", JSONB, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("found", JSONB),
    Index("ix_audit_xid_id", "xid", "id"),
    Index("ix_audit_at", "at", "id"),
    Index("ix_audit_actor", "actor", "at"),
    Index("ix_audit_subject", "subject", "at"),
)

audit_block = Table(
    "audit_block",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("previous", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("form", Integer, nullable=False),
    Column("from_xid", BigInteger, nullable=False),
    Column("to_xid", BigInteger, nullable=False),
    at("sealed_at", nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("ix_audit_block_to_xid", "to_xid"),
)

audit_pruned = Table(
    "audit_pruned",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("total", BigInteger, nullable=False),
    at("sealed_at", nullable=False),
    at("pruned_at", nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
