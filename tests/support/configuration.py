"""A configuration that has something of every kind, and what empties a database of it."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.adapters.configuration import files
from backend.adapters.configuration.kinds import KINDS, SPECIAL_TABLES
from backend.adapters.configuration.store import Configuration
from backend.adapters.postgres.administration import PostgresAdmin

MORE = (
    "INSERT INTO location (name) VALUES ('Brno'), ('Praha')",
    "INSERT INTO access_role (name, permissions) VALUES ('Přehledář', '[[\"see_floor\", \"everything\"]]')",
    "INSERT INTO access_filter (name, body) SELECT 'Jen platby', jsonb_build_object('name', 'Jen platby', 'queues', jsonb_build_array(id), 'days', 30) FROM queue WHERE name = 'Platby'",
    "INSERT INTO user_role (\"user\", role) SELECT u.id, r.id::text FROM user_account u, access_role r WHERE u.login = 'dana'",
    "INSERT INTO user_grant (\"user\", action, scope, until, note) SELECT id, 'download', 'everything', '2027-01-01T00:00:00Z', 'kontrola' FROM user_account WHERE login = 'petr'",
    "INSERT INTO user_filter (\"user\", filter) SELECT u.id, f.id FROM user_account u, access_filter f WHERE u.login = 'dana'",
    "INSERT INTO agent_telephone (\"user\", number, kind) SELECT id, '+420777000111', 'mobile' FROM user_account WHERE login = 'jana'",
    "UPDATE user_account SET location = (SELECT id FROM location WHERE name = 'Brno'), email = 'jana@example.cz' WHERE login = 'jana'",
    "INSERT INTO wallboard (name, body) SELECT 'Velká', jsonb_build_object('name', 'Velká', 'pages', jsonb_build_array(jsonb_build_object('name', '', 'tiles', jsonb_build_array(jsonb_build_object('type', 'queues', 'queues', jsonb_build_array(q.id)))))) FROM queue q WHERE q.name = 'Platby'",
    "UPDATE user_account SET wallboard = (SELECT id FROM wallboard) WHERE login = 'tabule'",
    "INSERT INTO pbx_line (name, number, \"group\", position) VALUES ('Vrátnice', '201', 'Budova A', 1)",
    "INSERT INTO trunk (name, body, password) VALUES ('Operátor', '{\"name\": \"Operátor\", \"host\": \"sip.operator.cz\", \"login\": \"kc\", \"password_set\": true}', '{\"key\": 1, \"box\": \"AAAA\"}')",
    "INSERT INTO notice (name, text) VALUES ('Výpadek', 'Omlouváme se.')",
    "INSERT INTO setting (name, value) VALUES ('calls', '{\"park_limit_s\": 90, \"not_recorded\": [{\"prefix\": \"+4202\", \"note\": \"Uvnitř\"}]}')",
    "INSERT INTO setting (name, value) SELECT 'alerts', jsonb_build_object('limits', jsonb_build_array(jsonb_build_object('kind', 'waiting', 'after_s', 60, 'queue', id))) FROM queue WHERE name = 'Platby'",
    "INSERT INTO category (queue, parent, name, position) SELECT queue, id, 'Podkategorie: „a/b“', 1 FROM category WHERE name = 'Přeplatek'",
    "INSERT INTO category (name) VALUES ('Společná')",
    "INSERT INTO prompt_audio (key, name, duration_ms, author, at) VALUES ('abc', 'Uvítání', 1000, 1, now())",
    "INSERT INTO agent_group (name, workplace, closed) VALUES ('Externí', true, true)",
    "INSERT INTO group_role (\"group\", role) SELECT id, 'callbacks' FROM agent_group WHERE name = 'Externí'",
    "INSERT INTO group_queue (\"group\", queue) SELECT g.id, q.id FROM agent_group g, queue q WHERE q.name = 'Platby' AND g.name = 'Externí'",
    "INSERT INTO flow_version (flow, version, name, body, published_at) SELECT 2, 1, 'Rovnou', jsonb_build_object('id', 2, 'version', 1, 'name', 'Rovnou', 'start', 'queue', 'nodes', jsonb_build_object('queue', jsonb_build_object('type', 'queue', 'queue', q.id, 'skills', jsonb_build_array(jsonb_build_array(s.id, 2))))), now() FROM queue q, skill s WHERE q.name = 'Platby' AND s.name = 'platby'",
    "INSERT INTO entry_rules (number, version, body, author, saved_at, published_at, published_by) SELECT '+420800100200', 1, jsonb_build_object('number', '+420800100200', 'default', jsonb_build_object('type', 'flow', 'flow', 2), 'rules', jsonb_build_array(jsonb_build_object('name', 'V noci', 'conditions', jsonb_build_array(jsonb_build_object('type', 'calendar', 'calendar', c.id, 'negated', true)), 'to', jsonb_build_object('type', 'hang_up', 'text', E'Zavřeno.\\nZítra.')))), 1, now(), now(), 1 FROM calendar c",
)  # fmt: skip


class Configured:
    """``async with Configured(server, url)``: the demo's settings and something of every other kind."""

    def __init__(self, server, database_url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(database_url)
        self.configuration = Configuration(self.engine, PostgresAdmin(self.engine))

    async def __aenter__(self) -> "Configured":
        async with self.engine.begin() as connection:
            for statement in MORE:
                assert (await connection.execute(text(statement))).rowcount > 0, statement
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.dispose()

    async def sql(self, statement: str, **values: object):
        async with self.engine.begin() as connection:
            done = await connection.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else done.rowcount

    async def wipe(self) -> None:
        """No setting is left."""
        tables = [child.table.name for kind in KINDS for child in kind.children]
        tables += [*SPECIAL_TABLES, *(kind.table.name for kind in reversed(KINDS))]
        for table in tables:
            await self.sql(f"DELETE FROM {table}")
        assert await self.configuration.now() == {}

    async def export(self, folder: Path) -> dict[str, bytes]:
        files.write(folder, await self.configuration.now())
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
