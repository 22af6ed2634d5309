"""Announcements spoken by telephone"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE dictation (id SERIAL NOT NULL, notice INTEGER NOT NULL, code TEXT NOT NULL,"
        " author INTEGER NOT NULL, until TIMESTAMP WITH TIME ZONE NOT NULL, wrong INTEGER DEFAULT 0 NOT NULL,"
        " recording UUID, said BOOLEAN DEFAULT false NOT NULL, done_at TIMESTAMP WITH TIME ZONE,"
        " CONSTRAINT pk_dictation PRIMARY KEY (id))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE dictation")
