"""Signing in: factors, steps on the way, and what failed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, identity, metadata, now

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    now("at"),
    Index("ix_sign_in_attempt_login", "login", "at"),
    Index("ix_sign_in_attempt_address", "address", "at"),
)

passkey = Table(
    "passkey",
    metadata,
    identity(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("verifies_user", Boolean, nullable=False),
    Column("transports", JSONB, nullable=False, server_default="[]"),
    now("created_at"),
    at("used_at"),
    Index("ix_passkey_user", "user"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("selector", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    at("used_at"),
)

password_history = Table(
    "password_history",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("hash", Text, nullable=False),
)

known_device = Table(
    "known_device",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("device", LargeBinary, primary_key=True),
    now("first_at"),
    now("seen_at"),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("told", Boolean, nullable=False, server_default=text("false")),
)

sign_in_step = Table(
    "sign_in_step",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    at("expires_at", nullable=False),
    Index("ix_sign_in_step_expires_at", "expires_at"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("counted", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    at("failed_at", nullable=False),
    Index("ix_sign_in_failure_failed_at", "failed_at"),
)

directory_sync = Table(
    "directory_sync",
    metadata,
    identity(),
    Column("state", Text, nullable=False),
    Column("dry", Boolean, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("wanted_by", Integer),
    at("wanted_at", nullable=False),
    at("started_at"),
    at("ended_at"),
    Column("read", Integer, nullable=False, server_default="0"),
    Column("failure", Text, nullable=False, server_default=""),
    Column("changes", JSONB, nullable=False, server_default="[]"),
    Index("ix_directory_sync_open", "id", postgresql_where=text("state IN ('wanted', 'running')")),
)
