"""What each user wants first in the transfer panel."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "favourite",
        sa.Column("user", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user", "kind", "target", name="pk_favourite"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_favourite_user", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("favourite")
