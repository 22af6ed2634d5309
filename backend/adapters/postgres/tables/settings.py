"""Settings of queues, people, and what they choose from."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, identity, metadata

skill = Table("skill", metadata, identity(), Column("name", Text, nullable=False, unique=True))

queue = Table(
    "queue",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("ring_timeout_s", Integer, nullable=False, server_default="15"),
    Column("wrap_up_s", Integer, nullable=False, server_default="60"),
    Column("announce_every_s", Integer, nullable=False, server_default="30"),
    Column("target_s", Integer, nullable=False, server_default="20"),
    Column("short_abandon_s", Integer, nullable=False, server_default="5"),
    Column("formula", Text, nullable=False, server_default="f6"),
    Column("recorded", Boolean, nullable=False, server_default=text("true")),
    Column("retention_days", Integer, nullable=False, server_default="400"),
    Column("options", JSONB, nullable=False, server_default="{}"),
)

settings_version = Table(
    "settings_version",
    metadata,
    Column("id", Integer, primary_key=True, server_default="1"),
    Column("version", BigInteger, nullable=False, server_default="0"),
)

pbx_line = Table(
    "pbx_line",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("group", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="unknown"),
    at("since"),
    at("expires_at"),
    Column("change", BigInteger, nullable=False, server_default="0"),
    Index("ix_pbx_line_change", "change"),
)

trunk = Table(
    "trunk",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
    Column("password", JSONB),
    Column("inbound_password", JSONB),
)
"""Passwords are sealed (``columns.Sealed``)."""

queue_turn = Table(
    "queue_turn",
    metadata,
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    Column("agent", Integer, nullable=False),
)

calendar = Table(
    "calendar",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
)

location = Table("location", metadata, identity(), Column("name", Text, nullable=False, unique=True))

agent_group = Table(
    "agent_group",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("caller_number", Text),
    Column("workplace", Boolean, nullable=False, server_default=text("false")),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
)

group_role = Table(
    "group_role",
    metadata,
    Column("group", Integer, ForeignKey("agent_group.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
)

group_queue = Table(
    "group_queue",
    metadata,
    Column("group", Integer, ForeignKey("agent_group.id", ondelete="CASCADE"), primary_key=True),
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
)

group_filter = Table(
    "group_filter",
    metadata,
    Column("group", Integer, ForeignKey("agent_group.id", ondelete="CASCADE"), primary_key=True),
    Column("filter", Integer, ForeignKey("access_filter.id", ondelete="CASCADE"), primary_key=True),
)

agent_group_member = Table(
    "agent_group_member",
    metadata,
    Column("group", Integer, ForeignKey("agent_group.id", ondelete="CASCADE"), primary_key=True),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
)

queue_skill = Table(
    "queue_skill",
    metadata,
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    Column("skill", Integer, ForeignKey("skill.id", ondelete="CASCADE"), primary_key=True),
    Column("level", Integer, nullable=False),
)

agent_queue = Table(
    "agent_queue",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    Column("penalty", Integer, nullable=False, server_default="0"),
    Column("order", Integer, nullable=False, server_default="0"),
    Column("weight", Integer, nullable=False, server_default="1"),
)

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("skill", Integer, ForeignKey("skill.id", ondelete="CASCADE"), primary_key=True),
    Column("level", Integer, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
)

break_type = Table(
    "break_type",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("limit_s", Integer),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("retired", Boolean, nullable=False, server_default="false"),
)

category = Table(
    "category",
    metadata,
    identity(),
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("parent", Integer, ForeignKey("category.id", name="fk_category_parent_category", ondelete="CASCADE")),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("retired", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("queue", "parent", "name", name="uq_category_place", postgresql_nulls_not_distinct=True),
)

wallboard = Table(
    "wallboard",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
)
