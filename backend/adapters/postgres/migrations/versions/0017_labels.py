"""Breaks with a limit, categories as trees, notes found by parts of words"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(
        "ALTER TABLE break_type ADD COLUMN limit_s INTEGER, ADD COLUMN position INTEGER NOT NULL DEFAULT 0,"
        " ADD COLUMN retired BOOLEAN NOT NULL DEFAULT false"
    )
    op.execute(
        "ALTER TABLE category ADD COLUMN parent INTEGER, ADD COLUMN position INTEGER NOT NULL DEFAULT 0,"
        " ADD COLUMN retired BOOLEAN NOT NULL DEFAULT false,"
        " ADD CONSTRAINT fk_category_parent_category FOREIGN KEY (parent) REFERENCES category (id) ON DELETE CASCADE"
    )
    op.execute("ALTER TABLE category DROP CONSTRAINT uq_category_queue")
    op.execute("ALTER TABLE category ADD CONSTRAINT uq_category_place UNIQUE NULLS NOT DISTINCT (queue, parent, name)")
    op.execute("ALTER TABLE note ADD COLUMN plain TEXT GENERATED ALWAYS AS (cs_plain(text)) STORED")
    op.execute("CREATE INDEX ix_note_plain ON note USING gin (plain gin_trgm_ops)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_note_plain")
    op.execute("ALTER TABLE note DROP COLUMN plain")
    op.execute("ALTER TABLE category DROP CONSTRAINT uq_category_place")
    op.execute("ALTER TABLE category ADD CONSTRAINT uq_category_queue UNIQUE (queue, name)")
    op.execute("ALTER TABLE category DROP COLUMN parent, DROP COLUMN position, DROP COLUMN retired")
    op.execute("ALTER TABLE break_type DROP COLUMN limit_s, DROP COLUMN position, DROP COLUMN retired")
