"""Trunks that are down, by bridge. The version before does not notice, and what it misses is told again in 15 seconds"""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("ALTER TABLE bridge ADD COLUMN trunks_down JSONB NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    op.execute("ALTER TABLE bridge DROP COLUMN trunks_down")
