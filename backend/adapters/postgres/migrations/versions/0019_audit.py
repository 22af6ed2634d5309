"""The audit: what was asked, shown and refused, where events come from, and the chain that seals both.

Nothing is rewritten: one column without a default, new tables, and indexes that a large installation builds beforehand
with CREATE INDEX CONCURRENTLY (deploy/RUNBOOK.md).
"""

from alembic import op

revision = "0019"
down_revision = "0018"

AUDIT = """
    CREATE TABLE audit (
        id BIGINT GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit PRIMARY KEY,
        xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        kind TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT,
        actor INTEGER,
        session TEXT,
        address TEXT,
        source TEXT NOT NULL,
        request TEXT,
        parameters JSONB NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT,
        found JSONB
    )
"""
BLOCK = """
    CREATE TABLE audit_block (
        number BIGINT CONSTRAINT pk_audit_block PRIMARY KEY,
        previous BYTEA NOT NULL,
        root BYTEA NOT NULL,
        hash BYTEA NOT NULL,
        total BIGINT NOT NULL,
        ids BIGINT[] NOT NULL,
        leaves BYTEA NOT NULL,
        form INTEGER NOT NULL,
        from_xid BIGINT NOT NULL,
        to_xid BIGINT NOT NULL,
        sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        key_id TEXT NOT NULL,
        signature BYTEA NOT NULL
    )
"""
PRUNED = """
    CREATE TABLE audit_pruned (
        number BIGINT CONSTRAINT pk_audit_pruned PRIMARY KEY,
        hash BYTEA NOT NULL,
        total BIGINT NOT NULL,
        sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        pruned_at TIMESTAMP WITH TIME ZONE NOT NULL,
        key_id TEXT NOT NULL,
        signature BYTEA NOT NULL
    )
"""


def upgrade() -> None:
    op.execute("ALTER TABLE event ADD COLUMN IF NOT EXISTS origin JSONB")
    op.execute("CREATE INDEX IF NOT EXISTS ix_event_at ON event (at, id)")
    op.execute(AUDIT)
    op.execute("CREATE INDEX ix_audit_xid_id ON audit (xid, id)")
    op.execute("CREATE INDEX ix_audit_at ON audit (at, id)")
    op.execute("CREATE INDEX ix_audit_actor ON audit (actor, at)")
    op.execute("CREATE INDEX ix_audit_subject ON audit (subject, at)")
    op.execute(BLOCK)
    op.execute("CREATE INDEX ix_audit_block_to_xid ON audit_block (to_xid)")
    op.execute(PRUNED)


def downgrade() -> None:
    op.execute("DROP TABLE audit_pruned")
    op.execute("DROP TABLE audit_block")
    op.execute("DROP TABLE audit")
    op.execute("DROP INDEX ix_event_at")
    op.execute("ALTER TABLE event DROP COLUMN origin")
