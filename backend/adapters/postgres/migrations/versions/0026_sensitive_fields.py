"""Keys under which values of sensitive fields are sealed, and how far that is; the version before does not notice

Where clients are already, sealing waits an hour: APIs of the version before cannot read what is sealed.
"""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE column_key (id INTEGER NOT NULL, purpose TEXT NOT NULL, key_id TEXT NOT NULL,"
        " wrapped_key BYTEA NOT NULL, made_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),"
        " CONSTRAINT pk_column_key PRIMARY KEY (id))"
    )
    op.execute(
        "CREATE TABLE client_sealing (field TEXT NOT NULL, sealed BOOLEAN NOT NULL, reached INTEGER NOT NULL DEFAULT 0,"
        " done BOOLEAN NOT NULL DEFAULT false, not_before TIMESTAMP WITH TIME ZONE,"
        " CONSTRAINT pk_client_sealing PRIMARY KEY (field))"
    )
    op.execute(
        "INSERT INTO client_sealing (field, sealed, done, not_before)"
        " SELECT 'insured_number', false, true, clock_timestamp() + interval '1 hour' WHERE EXISTS (SELECT 1 FROM client)"
    )


def downgrade() -> None:
    """Values that are sealed stay so: make the fields not sensitive and let that end before."""
    op.execute("DROP TABLE client_sealing")
    op.execute("DROP TABLE column_key")
