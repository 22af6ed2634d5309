"""Segments of contacts, settings of call control"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("interaction", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("agent", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_ms", sa.BigInteger(), nullable=False),
        sa.Column("wrapped_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("interaction", "n", name=op.f("pk_segment")),
    )
    op.create_index("ix_segment_agent", "segment", ["agent", "accepted_at"])
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )


def downgrade() -> None:
    for table in ("setting", "segment"):
        op.drop_table(table)
