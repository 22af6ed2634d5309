"""The tables. State rows beside an append-only log of events, changed in one transaction.

``state`` columns hold the whole typed state as JSON (``codec``); the columns beside it are the parts that queries need.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _at(name: str, **options) -> Column:
    return Column(name, DateTime(timezone=True), **options)


def _now(name: str) -> Column:
    return _at(name, nullable=False, server_default=text("clock_timestamp()"))


def _id() -> Column:
    return Column("id", Integer, Identity(always=False), primary_key=True)


# ---- the log

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text::bigint)")),
    Column("stream", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", JSONB, nullable=False),
    _at("at", nullable=False),
    Column("actor", Integer),
    Column("origin", JSONB),
    Index("ix_event_xid_id", "xid", "id"),
    Index("ix_event_at", "at", "id"),
    Index("uq_event_subject_version", "stream", "subject", "version", unique=True),
)

# ---- the audit: appended to and read, never changed by the application (``roles``)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=text("(pg_current_xact_id()::text::bigint)")),
    _at("at", nullable=False),
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
    _at("sealed_at", nullable=False),
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
    _at("sealed_at", nullable=False),
    _at("pruned_at", nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# ---- live state

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
    _at("queued_at"),
    Column("address", Text),
    Column("client", Integer),
    Column("category", Integer),
    _at("arrived_at", nullable=False),
    _at("ended_at"),
    Column("bridge", Text),
    Column("leg", Text),
    Column("recording", Uuid(as_uuid=False)),
    Column("state", JSONB, nullable=False),
    _at("forgotten_at"),
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
    _at("entered_at", nullable=False),
    _at("left_at"),
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
    _at("accepted_at", nullable=False),
    _at("connected_at"),
    _at("ended_at"),
    Column("held_ms", BigInteger, nullable=False),
    _at("wrapped_up_at"),
    Index("ix_segment_agent", "agent", "accepted_at"),
    Index("ix_segment_accepted_at", "accepted_at"),
)

offer = Table(
    "offer",
    metadata,
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("agent", Integer, primary_key=True),
    Column("offered_at", DateTime(timezone=True), primary_key=True),
    _at("ended_at"),
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
    _at("at", nullable=False),
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
    _at("at", nullable=False),
    Column("plain", Text, Computed("cs_plain(text)", persisted=True)),
    Index("ix_note_plain", "plain", postgresql_using="gin", postgresql_ops={"plain": "gin_trgm_ops"}),
)

recording = Table(
    "recording",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("interaction", Uuid(as_uuid=False), nullable=False),
    Column("message", Boolean, nullable=False, server_default="false"),
    _at("started_at"),
    Column("file", Text),
    Column("duration_ms", Integer),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("gaps_ms", JSONB),
    Column("failure", Text),
    # kept: compact, sealed, in the vault; ``file`` is then gone
    _at("kept_at"),
    Column("name", Text),
    Column("kept_size", BigInteger),
    Column("kept_sha256", Text),
    Column("key_id", Text),
    Column("wrapped_key", LargeBinary),
    Column("peaks", LargeBinary),
    Column("tries", Integer, nullable=False, server_default="0"),
    _at("retry_at"),
    _at("damaged_at"),
    # how long
    _at("held_at"),
    Column("held_by", Integer),
    Column("held_why", Text),
    _at("erased_at"),
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
    _now("at"),
    Index("ix_recording_access_recording", "recording", "at"),
    Index("ix_recording_access_user", "user", "at"),
)

leg_quality = Table(
    "leg_quality",
    metadata,
    Column("leg", Text, primary_key=True),
    Column("interaction", Uuid(as_uuid=False), primary_key=True),
    Column("quality", JSONB, nullable=False),
    _at("at", nullable=False),
)

# ---- machinery: the link to the bridges, timers, leases

bridge = Table(
    "bridge",
    metadata,
    Column("name", Text, primary_key=True),
    Column("boot", Text),
    Column("applied_seq", BigInteger, nullable=False, server_default="0"),
    _at("connected_at"),
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
    _at("deadline"),
    _now("created_at"),
    _at("answered_at"),
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
    _at("due_at", nullable=False),
    Column("what", JSONB, nullable=False),
    Index("ix_timer_due_at", "due_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    _at("expires_at", nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("user", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("answer", JSONB),
    _now("at"),
    Index("ix_idempotency_at", "at"),
)

# ---- accounts

wallboard = Table(
    "wallboard",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
)

location = Table("location", metadata, _id(), Column("name", Text, nullable=False, unique=True))

user = Table(
    "user_account",
    metadata,
    _id(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", LargeBinary),
    Column("totp_last_step", BigInteger),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    _now("created_at"),
    Column("chooses_queues", Boolean, nullable=False, server_default=text("true")),
    Column("location", Integer, ForeignKey("location.id", ondelete="SET NULL")),
    Column("wallboard", Integer, ForeignKey("wallboard.id", ondelete="SET NULL")),
    _at("anonymised_at"),
    Column("source", Text, nullable=False, server_default="local"),
    Column("external", Text),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    _at("password_changed_at"),
    Column("off_reason", Text),
    Column("locale", Text),
    Index("uq_user_account_external", "source", "external", unique=True),
)

# ---- rights: a role is a built-in one's value, or the number of an own role

access_role = Table(
    "access_role",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("permissions", JSONB, nullable=False),
)

access_filter = Table(
    "access_filter",
    metadata,
    _id(),
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
    _id(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("action", Text, nullable=False),
    Column("scope", Text),
    _at("until"),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_user_grant_user", "user"),
)

user_filter = Table(
    "user_filter",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("filter", Integer, ForeignKey("access_filter.id", ondelete="CASCADE"), primary_key=True),
)

push_subscription = Table(
    "push_subscription",
    metadata,
    _id(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("device", Text, nullable=False),
    _now("created_at"),
    Index("ix_push_subscription_user", "user"),
)

push_note = Table(
    "push_note",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subscription", Integer, ForeignKey("push_subscription.id", ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    _at("expires_at", nullable=False),
    _at("next_try_at", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="0"),
    _at("sent_at"),
    UniqueConstraint("subscription", "tag"),
)

push_cursor = Table(
    "push_cursor",
    metadata,
    Column("xid", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    _now("created_at"),
    _at("seen_at", nullable=False),
    _at("expires_at", nullable=False),
    Column("address", Text),
    Column("browser", Text),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("way", Text, nullable=False, server_default="password"),
    Column("device", LargeBinary),
    Index("ix_session_user", "user"),
    Index("uq_session_id", "id", unique=True),
)

alert = Table(
    "alert",
    metadata,
    Column("key", Text, primary_key=True),
    _at("raised_at", nullable=False),
    _at("ended_at"),
    Column("state", JSONB, nullable=False),
    Index("ix_alert_open", "raised_at", postgresql_where=text("ended_at IS NULL")),
)

known_operation = Table(
    "known_operation",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("text", Text, nullable=False),
    _at("built_in_at", nullable=False),
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

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    _now("at"),
    Index("ix_sign_in_attempt_login", "login", "at"),
    Index("ix_sign_in_attempt_address", "address", "at"),
)

# ---- signing in

passkey = Table(
    "passkey",
    metadata,
    _id(),
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("verifies_user", Boolean, nullable=False),
    Column("transports", JSONB, nullable=False, server_default="[]"),
    _now("created_at"),
    _at("used_at"),
    Index("ix_passkey_user", "user"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("selector", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    _at("used_at"),
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
    _now("first_at"),
    _now("seen_at"),
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
    _at("expires_at", nullable=False),
    Index("ix_sign_in_step_expires_at", "expires_at"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("counted", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    _at("failed_at", nullable=False),
    Index("ix_sign_in_failure_failed_at", "failed_at"),
)

directory_sync = Table(
    "directory_sync",
    metadata,
    _id(),
    Column("state", Text, nullable=False),
    Column("dry", Boolean, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("wanted_by", Integer),
    _at("wanted_at", nullable=False),
    _at("started_at"),
    _at("ended_at"),
    Column("read", Integer, nullable=False, server_default="0"),
    Column("failure", Text, nullable=False, server_default=""),
    Column("changes", JSONB, nullable=False, server_default="[]"),
    Index("ix_directory_sync_open", "id", postgresql_where=text("state IN ('wanted', 'running')")),
)

# ---- settings

skill = Table("skill", metadata, _id(), Column("name", Text, nullable=False, unique=True))

queue = Table(
    "queue",
    metadata,
    _id(),
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
    _at("since"),
    _at("expires_at"),
    Column("change", BigInteger, nullable=False, server_default="0"),
    Index("ix_pbx_line_change", "change"),
)

queue_turn = Table(
    "queue_turn",
    metadata,
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    Column("agent", Integer, nullable=False),
)

calendar = Table(
    "calendar",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("body", JSONB, nullable=False),
)

agent_group = Table(
    "agent_group",
    metadata,
    _id(),
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
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("limit_s", Integer),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("retired", Boolean, nullable=False, server_default="false"),
)

category = Table(
    "category",
    metadata,
    _id(),
    Column("queue", Integer, ForeignKey("queue.id", ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("parent", Integer, ForeignKey("category.id", name="fk_category_parent_category", ondelete="CASCADE")),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("retired", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("queue", "parent", "name", name="uq_category_place", postgresql_nulls_not_distinct=True),
)

flow_version = Table(
    "flow_version",
    metadata,
    Column("flow", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    _at("published_at"),
    Column("author", Integer),
    Column("note", Text, nullable=False, server_default=""),
)

flow_draft = Table(
    "flow_draft",
    metadata,
    Column("flow", Integer, primary_key=True, autoincrement=False),
    Column("body", JSONB, nullable=False),
    Column("author", Integer, nullable=False),
    _at("saved_at", nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
)

prompt_audio = Table(
    "prompt_audio",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("author", Integer, nullable=False),
    _at("at", nullable=False),
)

callback = Table(
    "callback",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("queue", Integer, nullable=False),
    Column("state", Text, nullable=False),
    _at("due_at"),
    _at("requested_at", nullable=False),
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
    _at("done_until", nullable=False),
    Column("done_by", Integer, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("prompt", Text),
    _at("on_since"),
    _at("on_until"),
    Column("switched_by", Integer),
)

dictation = Table(
    "dictation",
    metadata,
    _id(),
    Column("notice", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("author", Integer, nullable=False),
    _at("until", nullable=False),
    Column("wrong", Integer, nullable=False, server_default="0"),
    Column("recording", Uuid(as_uuid=False)),
    Column("said", Boolean, nullable=False, server_default="false"),
    _at("done_at"),
)

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
    _at("saved_at", nullable=False),
    _at("published_at"),
    Column("published_by", Integer),
)

# ---- clients

client = Table(
    "client",
    metadata,
    _id(),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("name", Text, nullable=False),
    Column("fields", JSONB, nullable=False, server_default="{}"),
    Column("status", Text, Computed("coalesce(fields->>'status', '')", persisted=True), nullable=False),
    Column("icis_id", Text, Computed("fields->>'icis_id'", persisted=True)),
    _now("created_at"),
    Column("created_by", Integer),
    _now("changed_at"),
    Column("changed_by", Integer),
    _at("erased_at"),
    Index("uq_client_icis_id", "icis_id", unique=True, postgresql_where=text("icis_id IS NOT NULL")),
)

client_version = Table(
    "client_version",
    metadata,
    Column("client", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _at("at", nullable=False),
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
    _at("at", nullable=False),
)

client_distinct = Table(
    "client_distinct",
    metadata,
    Column("one", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("other", Integer, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True),
    Column("by", Integer, nullable=False),
    _at("at", nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("client", Integer, ForeignKey("client.id"), primary_key=True),
    Column("why", Text, nullable=False),
    Column("by", Integer, nullable=False),
    _at("asked_at", nullable=False),
    _at("done_at"),
    Column("contacts", Integer, nullable=False, server_default="0"),
    Column("kept", Integer, nullable=False, server_default="0"),
)

column_key = Table(
    "column_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    _now("made_at"),
)

client_sealing = Table(
    "client_sealing",
    metadata,
    Column("field", Text, primary_key=True),
    Column("sealed", Boolean, nullable=False),
    Column("reached", Integer, nullable=False, server_default="0"),
    Column("done", Boolean, nullable=False, server_default="false"),
    _at("not_before"),
)


def table(name: str) -> Table:
    """By its name in the database."""
    return metadata.tables[name]
