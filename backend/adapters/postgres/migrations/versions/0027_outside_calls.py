"""Calls to the outside as rows, each leg of a contact: counted by the rules against toll fraud

Calls that agents dial in a process of the version before, while both run, have no row; they are counted by their events.
"""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE outside_call (interaction UUID NOT NULL, n INTEGER NOT NULL, agent INTEGER,"
        " at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT pk_outside_call PRIMARY KEY (interaction, n))"
    )
    op.execute("CREATE INDEX ix_outside_call_at ON outside_call (at)")
    op.execute(
        "INSERT INTO outside_call (interaction, n, agent, at) SELECT id, 0, agent, arrived_at FROM interaction"
        " WHERE direction = 'outbound' AND agent IS NOT NULL AND address LIKE '+%'"
        " AND arrived_at >= clock_timestamp() - interval '1 day'"
    )


def downgrade() -> None:
    op.execute("DROP TABLE outside_call")
