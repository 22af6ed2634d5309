"""What accounts do not need: an extension is one of the telephones, an initial password is told once"""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("DROP TABLE password_link")
    op.execute("ALTER TABLE user_account DROP COLUMN extension")


def downgrade() -> None:
    op.execute("ALTER TABLE user_account ADD COLUMN extension TEXT")
    op.execute(
        "CREATE TABLE password_link (token_hash BYTEA NOT NULL,"
        ' "user" INTEGER NOT NULL REFERENCES user_account (id) ON DELETE CASCADE, expires_at TIMESTAMPTZ NOT NULL,'
        " CONSTRAINT pk_password_link PRIMARY KEY (token_hash))"
    )
