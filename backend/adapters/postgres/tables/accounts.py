"""Accounts and rights: a role is a built-in one's value, or the number of an own role."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, identity, metadata, now

user = Table(
    "user_account",
    metadata,
    identity(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", LargeBinary),
    Column("totp_last_step", BigInteger),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    now("created_at"),
    Column("chooses_queues", Boolean, nullable=False, server_default=text("true")),
    Column("location", Integer, ForeignKey("location.id", ondelete="SET NULL")),
    Column("wallboard", Integer, ForeignKey("wallboard.id", ondelete="SET NULL")),
    at("anonymised_at"),
    Column("source", Text, nullable=False, server_default="local"),
    Column("external", Text),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    at("password_changed_at"),
    Column("off_reason", Text),
    Column("locale", Text),
    Index("uq_user_account_external", "source", "external", unique=True),
)

access_role = Table(
    "access_role",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("permissions", JSONB, nullable=False),
)

access_filter = Table(
    "access_filter",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
)

user_role = Table(
    "user_role",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
)

user_grant = Table(
    "user_grant",
    metadata,
    identity(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("action", Text, nullable=False),
    Column("scope", Text),
    at("until"),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_user_grant_user", "user"),
)

user_filter = Table(
    "user_filter",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("filter", Integer, ForeignKey("access_filter.id", ondelete="CASCADE"), primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    now("created_at"),
    at("seen_at", nullable=False),
    at("expires_at", nullable=False),
    Column("address", Text),
    Column("browser", Text),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("way", Text, nullable=False, server_default="password"),
    Column("device", LargeBinary),
    Index("ix_session_user", "user"),
    Index("uq_session_id", "id", unique=True),
)

favourite = Table(
    "favourite",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("target", Text, primary_key=True),
)

agent_telephone = Table(
    "agent_telephone",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),
)

push_subscription = Table(
    "push_subscription",
    metadata,
    identity(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("device", Text, nullable=False),
    now("created_at"),
    Index("ix_push_subscription_user", "user"),
)

push_note = Table(
    "push_note",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subscription", Integer, ForeignKey("push_subscription.id", ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    at("expires_at", nullable=False),
    at("next_try_at", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="0"),
    at("sent_at"),
    UniqueConstraint("subscription", "tag"),
)

push_cursor = Table(
    "push_cursor",
    metadata,
    Column("xid", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
)
