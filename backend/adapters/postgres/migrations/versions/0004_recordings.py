"""Recordings kept sealed, found, heard by permission, and erased in time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


_LETTERS = (
    "áàâäãåăąćčçďđéèêëęěíìîïľĺłňńñóòôöõőøŕřśšşťţúùûüůűýÿźžż",
    "aaaaaaaacccddeeeeeeiiiilllnnnooooooorrsssttuuuuuuyyzzz",
)

CS_PLAIN = f"""
CREATE OR REPLACE FUNCTION cs_plain(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS
$$ SELECT translate(lower(t), '{_LETTERS[0]}', '{_LETTERS[1]}') $$
"""
"""A text without case and diacritics: what a search compares."""

CS_KEY = """
CREATE OR REPLACE FUNCTION cs_key(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS
$$ SELECT (replace(cs_plain(replace(replace(replace(replace(lower(t),
     'č', 'c~'), 'ř', 'r~'), 'š', 's~'), 'ž', 'z~')), 'ch', 'h~') || chr(1) || lower(t)) COLLATE "C" $$
"""
"""Czech alphabetical order (ČSN 97 6030): č, ř, š, ž are letters of their own, ch stands after h, other diacritics only
decide between words that are otherwise alike."""


def upgrade() -> None:
    op.execute(CS_PLAIN)
    op.execute(CS_KEY)
    at = sa.DateTime(timezone=True)
    for column in (
        sa.Column("kept_at", at),
        sa.Column("name", sa.Text),
        sa.Column("kept_size", sa.BigInteger),
        sa.Column("kept_sha256", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("peaks", sa.LargeBinary),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("retry_at", at),
        sa.Column("damaged_at", at),
        sa.Column("held_at", at),
        sa.Column("held_by", sa.Integer),
        sa.Column("held_why", sa.Text),
        sa.Column("erased_at", at),
    ):
        op.add_column("recording", column)
    op.create_index("ix_recording_started_at", "recording", ["started_at"])
    op.create_index("ix_recording_to_keep", "recording", ["started_at"], postgresql_where=text("file IS NOT NULL"))
    op.create_table(
        "recording_access",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("recording", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user", sa.Integer),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("at", at, nullable=False, server_default=text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("id", name="pk_recording_access"),
    )
    op.create_index("ix_recording_access_recording", "recording_access", ["recording", "at"])
    op.create_index("ix_recording_access_user", "recording_access", ["user", "at"])
    op.create_table(
        "recording_exemption",
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("prefix", name="pk_recording_exemption"),
    )
    op.add_column("queue", sa.Column("retention_days", sa.Integer, nullable=False, server_default="400"))


def downgrade() -> None:
    op.execute("DROP FUNCTION cs_key(text)")
    op.execute("DROP FUNCTION cs_plain(text)")
    op.drop_column("queue", "retention_days")
    op.drop_table("recording_exemption")
    op.drop_table("recording_access")
    op.drop_index("ix_recording_to_keep", "recording")
    op.drop_index("ix_recording_started_at", "recording")
    for name in [
        "erased_at",
        "held_why",
        "held_by",
        "held_at",
        "damaged_at",
        "retry_at",
        "tries",
        "peaks",
        "wrapped_key",
        "key_id",
        "kept_sha256",
        "kept_size",
        "name",
        "kept_at",
    ]:
        op.drop_column("recording", name)
