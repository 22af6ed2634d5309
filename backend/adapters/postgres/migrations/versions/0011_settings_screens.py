"""Numbers never recorded and numbers within the insurer become one list of the call settings; drafts have revisions"""

from alembic import op

revision = "0011"
down_revision = "0010"

UNITE = """
    INSERT INTO setting (name, value)
    SELECT 'calls', jsonb_build_object('not_recorded', found.list)
    FROM (
        SELECT coalesce(jsonb_agg(jsonb_build_object('prefix', prefix, 'note', note, 'only_to', only_to) ORDER BY prefix),
            '[]'::jsonb) AS list
        FROM (
            SELECT prefix, note, false AS only_to FROM recording_exemption
            UNION ALL
            SELECT p, '', true FROM setting, jsonb_array_elements_text(value->'own_prefixes') AS p
            WHERE name = 'calls' AND p NOT IN (SELECT prefix FROM recording_exemption)
        ) AS both_lists
    ) AS found
    WHERE jsonb_array_length(found.list) > 0
    ON CONFLICT (name) DO UPDATE SET value = (setting.value - 'own_prefixes') || excluded.value
"""
PART = """
    INSERT INTO recording_exemption (prefix, note)
    SELECT DISTINCT ON (x->>'prefix') x->>'prefix', coalesce(x->>'note', '')
    FROM setting, jsonb_array_elements(value->'not_recorded') AS x
    WHERE name = 'calls' AND NOT coalesce((x->>'only_to')::boolean, false)
"""
OWN = """
    UPDATE setting SET value = (value - 'not_recorded') || jsonb_build_object('own_prefixes', (
        SELECT coalesce(jsonb_agg(x->>'prefix'), '[]'::jsonb) FROM jsonb_array_elements(value->'not_recorded') AS x
        WHERE (x->>'only_to')::boolean))
    WHERE name = 'calls' AND value ? 'not_recorded'
"""


def upgrade() -> None:
    op.execute(UNITE)
    op.execute("DROP TABLE recording_exemption")
    op.execute("ALTER TABLE flow_draft ADD COLUMN revision INTEGER NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE flow_draft DROP COLUMN revision")
    op.execute(
        "CREATE TABLE recording_exemption (prefix TEXT NOT NULL CONSTRAINT pk_recording_exemption PRIMARY KEY,"
        " note TEXT NOT NULL DEFAULT '')"
    )
    op.execute(PART)
    op.execute(OWN)
