"""Lines of the PBX, and telephones that agents may work at"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for statement in (
        "CREATE SEQUENCE pbx_line_change",
        "CREATE TABLE pbx_line (id INTEGER NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_pbx_line PRIMARY KEY,"
        " name TEXT NOT NULL, number TEXT NOT NULL CONSTRAINT uq_pbx_line_number UNIQUE,"
        " \"group\" TEXT NOT NULL DEFAULT '', position INTEGER NOT NULL DEFAULT 0,"
        " state TEXT NOT NULL DEFAULT 'unknown', since TIMESTAMP WITH TIME ZONE, expires_at TIMESTAMP WITH TIME ZONE,"
        " change BIGINT NOT NULL DEFAULT 0)",
        "CREATE INDEX ix_pbx_line_change ON pbx_line (change)",
        'CREATE TABLE agent_telephone ("user" INTEGER NOT NULL CONSTRAINT fk_agent_telephone_user'
        " REFERENCES user_account (id) ON DELETE CASCADE, number TEXT NOT NULL, kind TEXT NOT NULL,"
        ' CONSTRAINT pk_agent_telephone PRIMARY KEY ("user", number))',
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE agent_telephone")
    op.execute("DROP TABLE pbx_line")
    op.execute("DROP SEQUENCE pbx_line_change")
