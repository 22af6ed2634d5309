"""Alerts of what lasts too long"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE alert (key TEXT NOT NULL, raised_at TIMESTAMP WITH TIME ZONE NOT NULL,"
        " ended_at TIMESTAMP WITH TIME ZONE, state JSONB NOT NULL, CONSTRAINT pk_alert PRIMARY KEY (key))"
    )
    op.execute("CREATE INDEX ix_alert_open ON alert (raised_at) WHERE ended_at IS NULL")


def downgrade() -> None:
    op.execute("DROP TABLE alert")
