"""Clients with fields that administrators define, their versions, notes and search terms; erasures"""

from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = """
CREATE TABLE client_version (client INTEGER NOT NULL, version INTEGER NOT NULL, at TIMESTAMP WITH TIME ZONE NOT NULL,
  author INTEGER, changes JSONB NOT NULL, CONSTRAINT pk_client_version PRIMARY KEY (client, version),
  CONSTRAINT fk_client_version_client FOREIGN KEY (client) REFERENCES client (id) ON DELETE CASCADE);
CREATE TABLE client_term (client INTEGER NOT NULL, value TEXT COLLATE "C" NOT NULL, field TEXT NOT NULL,
  CONSTRAINT pk_client_term PRIMARY KEY (client, value, field),
  CONSTRAINT fk_client_term_client FOREIGN KEY (client) REFERENCES client (id) ON DELETE CASCADE);
CREATE INDEX ix_client_term_value ON client_term (value, field, client);
CREATE TABLE client_word (word TEXT NOT NULL, CONSTRAINT pk_client_word PRIMARY KEY (word));
CREATE INDEX ix_client_word_trigrams ON client_word USING gist (word gist_trgm_ops);
CREATE TABLE client_note (client INTEGER NOT NULL, note INTEGER NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL,
  author INTEGER NOT NULL, at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_client_note PRIMARY KEY (client, note, version),
  CONSTRAINT fk_client_note_client FOREIGN KEY (client) REFERENCES client (id) ON DELETE CASCADE);
CREATE TABLE client_distinct (one INTEGER NOT NULL, other INTEGER NOT NULL, by INTEGER NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT pk_client_distinct PRIMARY KEY (one, other),
  CONSTRAINT fk_client_distinct_one FOREIGN KEY (one) REFERENCES client (id) ON DELETE CASCADE,
  CONSTRAINT fk_client_distinct_other FOREIGN KEY (other) REFERENCES client (id) ON DELETE CASCADE);
CREATE TABLE erasure (client INTEGER NOT NULL, why TEXT NOT NULL, by INTEGER NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL, done_at TIMESTAMP WITH TIME ZONE,
  contacts INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0, CONSTRAINT pk_erasure PRIMARY KEY (client),
  CONSTRAINT fk_erasure_client FOREIGN KEY (client) REFERENCES client (id));
"""

CARDS = """
ALTER TABLE client ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN fields JSONB NOT NULL DEFAULT '{}', ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN changed_by INTEGER, ADD COLUMN erased_at TIMESTAMP WITH TIME ZONE;
UPDATE client c SET changed_at = created_at, changed_by = created_by, fields = jsonb_strip_nulls(jsonb_build_object(
  'status', nullif(c.status, ''), 'insured_number', c.insured_number,
  'email', CASE WHEN c.email IS NOT NULL THEN jsonb_build_array(lower(c.email)) END,
  'mobile', (SELECT jsonb_agg(number ORDER BY number) FROM client_number n WHERE n.client = c.id),
  'company', CASE WHEN c.status = 'company' THEN c.name END,
  'surname', CASE WHEN c.status <> 'company' THEN regexp_replace(c.name, '^.* ', '') END,
  'first_name', CASE WHEN c.status <> 'company' AND c.name LIKE '% %' THEN regexp_replace(c.name, ' [^ ]*$', '') END));
ALTER TABLE client DROP COLUMN status, DROP COLUMN insured_number, DROP COLUMN email;
ALTER TABLE client ALTER COLUMN changed_at SET NOT NULL, ALTER COLUMN changed_at SET DEFAULT clock_timestamp(),
  ADD COLUMN status TEXT NOT NULL GENERATED ALWAYS AS (coalesce(fields->>'status', '')) STORED,
  ADD COLUMN icis_id TEXT GENERATED ALWAYS AS (fields->>'icis_id') STORED;
CREATE UNIQUE INDEX uq_client_icis_id ON client (icis_id) WHERE icis_id IS NOT NULL;
INSERT INTO client_version (client, version, at, author, changes)
  SELECT id, 1, created_at, created_by, (SELECT coalesce(jsonb_agg(jsonb_build_array(key, NULL, value)), '[]')
    FROM jsonb_each(fields)) FROM client;
INSERT INTO client_term (client, value, field)
  SELECT client, number, 'mobile' FROM client_number
  UNION SELECT id, fields->>'insured_number', 'insured_number' FROM client WHERE fields ? 'insured_number'
  UNION SELECT id, fields->'email'->>0, 'email' FROM client WHERE fields ? 'email'
  UNION SELECT c.id, w, f.key FROM client c, jsonb_each_text(c.fields) f,
    regexp_split_to_table(cs_plain(f.value), '[^[:alnum:]]+') w
    WHERE f.key IN ('first_name', 'surname', 'company') AND w <> '';
INSERT INTO client_word SELECT DISTINCT value FROM client_term WHERE field IN ('first_name', 'surname', 'company');
DROP TABLE client_number;
"""

BACK = """
CREATE TABLE client_number (client INTEGER NOT NULL, number TEXT NOT NULL,
  CONSTRAINT pk_client_number PRIMARY KEY (client, number),
  CONSTRAINT fk_client_number_client FOREIGN KEY (client) REFERENCES client (id) ON DELETE CASCADE);
CREATE INDEX ix_client_number_number ON client_number (number);
INSERT INTO client_number SELECT DISTINCT client, value FROM client_term WHERE value LIKE '+%';
ALTER TABLE client DROP COLUMN icis_id, DROP COLUMN status;
ALTER TABLE client ADD COLUMN status TEXT NOT NULL DEFAULT '', ADD COLUMN insured_number TEXT, ADD COLUMN email TEXT;
UPDATE client SET status = coalesce(fields->>'status', ''), insured_number = fields->>'insured_number',
  email = fields->'email'->>0;
ALTER TABLE client DROP COLUMN version, DROP COLUMN fields, DROP COLUMN changed_at, DROP COLUMN changed_by,
  DROP COLUMN erased_at;
"""


def _all(statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement.replace(":", "\\:"))


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _all(TABLES)
    _all(CARDS)
    for column in ("client", "address"):
        op.execute(f"DROP INDEX ix_interaction_{column}")
        op.execute(f"CREATE INDEX ix_interaction_{column} ON interaction ({column}, arrived_at, id)")


def downgrade() -> None:
    for column in ("client", "address"):
        op.execute(f"DROP INDEX ix_interaction_{column}")
        op.execute(f"CREATE INDEX ix_interaction_{column} ON interaction ({column}, arrived_at)")
    for table in ("erasure", "client_distinct", "client_note", "client_word"):
        op.execute(f"DROP TABLE {table}")
    _all(BACK)
    for table in ("client_term", "client_version"):
        op.execute(f"DROP TABLE {table}")
