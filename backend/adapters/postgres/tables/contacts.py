"""Contacts: their live state, what a day counts, recordings, and what is left to be done about them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from backend.adapters.postgres.tables.common import at, metadata, now

interaction = Table(
    "interaction",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("outcome", Text),
    Column("queue", Integer),
    Column("agent", Integer),
    Column("priority", Integer, nullable=False),
    at("queued_at"),
    Column("address", Text),
    Column("client", Integer),
    Column("category", Integer),
    at("arrived_at", nullable=False),
    at("ended_at"),
    Column("bridge", Text),
    Column("leg", Text),
    Column("recording", Uuid(as_uuid=False)),
    Column("state", JSONB, nullable=False),
    at("forgotten_at"),
    Index("ix_interaction_waiting", "queue", "queued_at", postgresql_where=text("phase = 'queued'")),
    Index("ix_interaction_open", "id", postgresql_where=text("phase <> 'closed'")),
    Index("ix_interaction_leg", "leg"),
    Index("ix_interaction_address", "address", "arrived_at", "id"),
    Index("ix_interaction_agent", "agent", "arrived_at"),
    Index("ix_interaction_client", "client", "arrived_at", "id"),
    Index("ix_interaction_arrived_at", "arrived_at"),
    Index("ix_interaction_recording", "recording"),
    Index("ix_interaction_handled", "queue", "arrived_at", postgresql_where=text("agent IS NOT NULL")),
)

queue_visit = Table(
    "queue_visit",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("queue", Integer, nullable=False),
    at("entered_at", nullable=False),
    at("left_at"),
    Column("result", Text),
    Column("agent", Integer),
    Index("ix_queue_visit_entered_at", "entered_at"),
)

segment = Table(
    "segment",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("agent", Integer, nullable=False),
    at("accepted_at", nullable=False),
    at("connected_at"),
    at("ended_at"),
    Column("held_ms", BigInteger, nullable=False),
    at("wrapped_up_at"),
    Index("ix_segment_agent", "agent", "accepted_at"),
    Index("ix_segment_accepted_at", "accepted_at"),
)

offer = Table(
    "offer",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("agent", Integer, primary_key=True),
    Column("offered_at", DateTime(timezone=True), primary_key=True),
    at("ended_at"),
    Column("result", Text),
    Column("queue", Integer),
    Index("ix_offer_agent", "agent", "offered_at"),
    Index("ix_offer_offered_at", "offered_at"),
)

outside_call = Table(
    "outside_call",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("n", Integer, primary_key=True),
    # who placed it; nobody: the routing
    Column("agent", Integer),
    at("at", nullable=False),
    Index("ix_outside_call_at", "at"),
)

agent = Table(
    "agent",
    metadata,
    Column("user", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("presence", Text, nullable=False),
    Column("state", JSONB, nullable=False),
)

note = Table(
    "note",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("author", Integer, nullable=False),
    at("at", nullable=False),
    Column("plain", Text, Computed("cs_plain(text)", persisted=True)),
    Index("ix_note_plain", "plain", postgresql_using="gin", postgresql_ops={"plain": "gin_trgm_ops"}),
)

recording = Table(
    "recording",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("interaction", Uuid(as_uuid=False), nullable=False),
    Column("message", Boolean, nullable=False, server_default="false"),
    at("started_at"),
    Column("file", Text),
    Column("duration_ms", Integer),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("gaps_ms", JSONB),
    Column("failure", Text),
    # kept: compact, sealed, in the vault; ``file`` is then gone
    at("kept_at"),
    Column("name", Text),
    Column("kept_size", BigInteger),
    Column("kept_sha256", Text),
    Column("key_id", Text),
    Column("wrapped_key", LargeBinary),
    Column("peaks", LargeBinary),
    Column("tries", Integer, nullable=False, server_default="0"),
    at("retry_at"),
    at("damaged_at"),
    # how long
    at("held_at"),
    Column("held_by", Integer),
    Column("held_why", Text),
    at("erased_at"),
    Index("ix_recording_interaction", "interaction"),
    Index("ix_recording_started_at", "started_at"),
    Index("ix_recording_to_keep", "started_at", postgresql_where=text("file IS NOT NULL")),
)

recording_access = Table(
    "recording_access",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recording", Uuid(as_uuid=False), nullable=False),
    Column("user", Integer),
    Column("action", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("address", Text, nullable=False),
    now("at"),
    Index("ix_recording_access_recording", "recording", "at"),
    Index("ix_recording_access_user", "user", "at"),
)

leg_quality = Table(
    "leg_quality",
    metadata,
    Column("leg", Text, primary_key=True),
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("quality", JSONB, nullable=False),
    at("at", nullable=False),
)

callback = Table(
    "callback",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("queue", Integer, nullable=False),
    Column("state", Text, nullable=False),
    at("due_at"),
    at("requested_at", nullable=False),
    Column("interaction", Uuid(as_uuid=False)),
    Column("origin", Uuid(as_uuid=False)),
    Column("body", JSONB, nullable=False),
    Index(
        "uq_callback_open",
        "number",
        "queue",
        unique=True,
        postgresql_where=text("state IN ('scheduled', 'waiting') AND number <> ''"),
    ),
    Index("ix_callback_due", "due_at", postgresql_where=text("state = 'scheduled'")),
    Index("ix_callback_open", "queue", postgresql_where=text("state IN ('scheduled', 'waiting')")),
    Index("ix_callback_requested_at", "requested_at"),
    Index("ix_callback_interaction", "interaction"),
)

missed_call = Table(
    "missed_call",
    metadata,
    Column("number", Text, primary_key=True),
    at("done_until", nullable=False),
    Column("done_by", Integer, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("key", Text, primary_key=True),
    at("raised_at", nullable=False),
    at("ended_at"),
    Column("state", JSONB, nullable=False),
    Index("ix_alert_open", "raised_at", postgresql_where=text("ended_at IS NULL")),
)
