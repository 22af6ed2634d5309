"""Operations of our own pages, so that every API knows those of every build that is still open somewhere"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE known_operation (hash TEXT NOT NULL, text TEXT NOT NULL, built_in_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_known_operation PRIMARY KEY (hash))"
    )


def downgrade() -> None:
    op.execute("DROP TABLE known_operation")
