"""Which contacts of a person who asked to be forgotten have been"""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("ALTER TABLE interaction ADD COLUMN forgotten_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE interaction DROP COLUMN forgotten_at")
