"""Messages that callers left: recordings of their own, also of callers whose number is withheld"""

from alembic import op

revision = "0009"
down_revision = "0008"

OPEN = "CREATE UNIQUE INDEX uq_callback_open ON callback (number, queue) WHERE state IN ('scheduled', 'waiting')"


def upgrade() -> None:
    op.execute("ALTER TABLE recording ADD COLUMN message BOOLEAN DEFAULT false NOT NULL")
    op.execute("DROP INDEX uq_callback_open")
    op.execute(f"{OPEN} AND number <> ''")


def downgrade() -> None:
    op.execute("DROP INDEX uq_callback_open")
    op.execute("DELETE FROM callback WHERE number = ''")
    op.execute(OPEN)
    op.execute("ALTER TABLE recording DROP COLUMN message")
