"""Each offer to an agent and how it ended; who may choose queues"""

from alembic import op

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE offer (interaction UUID NOT NULL, agent INTEGER NOT NULL,"
        " offered_at TIMESTAMP WITH TIME ZONE NOT NULL, ended_at TIMESTAMP WITH TIME ZONE, result TEXT,"
        " CONSTRAINT pk_offer PRIMARY KEY (interaction, agent, offered_at))"
    )
    op.execute("CREATE INDEX ix_offer_agent ON offer (agent, offered_at)")
    op.execute("ALTER TABLE user_account ADD COLUMN chooses_queues BOOLEAN NOT NULL DEFAULT true")


def downgrade() -> None:
    op.execute("ALTER TABLE user_account DROP COLUMN chooses_queues")
    op.execute("DROP TABLE offer")
