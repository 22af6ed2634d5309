"""Wishes to be called back, and messages that callers left"""

from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    for statement in (
        "CREATE TABLE callback (id UUID NOT NULL CONSTRAINT pk_callback PRIMARY KEY, kind TEXT NOT NULL,"
        " number TEXT NOT NULL, queue INTEGER NOT NULL, state TEXT NOT NULL, due_at TIMESTAMP WITH TIME ZONE,"
        " requested_at TIMESTAMP WITH TIME ZONE NOT NULL, interaction UUID, origin UUID, body JSONB NOT NULL)",
        "CREATE UNIQUE INDEX uq_callback_open ON callback (number, queue) WHERE state IN ('scheduled', 'waiting')",
        "CREATE INDEX ix_callback_due ON callback (due_at) WHERE state = 'scheduled'",
        "CREATE INDEX ix_callback_requested_at ON callback (requested_at)",
        "CREATE INDEX ix_callback_interaction ON callback (interaction)",
        "CREATE TABLE missed_call (number TEXT NOT NULL CONSTRAINT pk_missed_call PRIMARY KEY,"
        " done_until TIMESTAMP WITH TIME ZONE NOT NULL, done_by INTEGER NOT NULL)",
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE missed_call")
    op.execute("DROP TABLE callback")
