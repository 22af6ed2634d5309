"""Flows, prompts and notices as rows."""

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.administration import PostgresAdmin
from backend.application.flows import Draft, FlowChanged, FlowState, FlowVersion, NoticeRow, PromptAudio
from backend.domain.ivr.flow import Flow


async def _state(connection: AsyncConnection, flow: int) -> FlowState:
    rows = await connection.execute(
        text(
            "SELECT coalesce(v.version, 0), coalesce(d.revision, 0), coalesce(d.author, v.author),"
            " coalesce(d.saved_at, v.published_at) FROM (SELECT 1) AS one"
            " LEFT JOIN (SELECT version, author, published_at FROM flow_version WHERE flow = :flow"
            " ORDER BY version DESC LIMIT 1) AS v ON true LEFT JOIN flow_draft d ON d.flow = :flow"
        ),
        {"flow": flow},
    )
    version, revision, author, at = rows.one()
    return FlowState(mark=f"{version}.{revision}", author=author, at=at)


async def _unchanged(connection: AsyncConnection, flow: int | None, base: str | None) -> None:
    """Inside of a change of settings: they come one after another, so what is read here cannot change before the commit."""
    if flow is None or base is None:
        return
    found = await _state(connection, flow)
    if found.mark != base:
        raise FlowChanged(found)


class PostgresFlows:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin) -> None:
        self.engine = engine
        self._change = admin.change

    async def _rows(self, sql: str, **values):
        async with self.engine.connect() as connection:
            return (await connection.execute(text(sql), values)).all()

    # ---- drafts and versions

    async def drafts(self) -> list[Draft]:
        rows = await self._rows("SELECT flow, body::text, author, saved_at, revision FROM flow_draft ORDER BY flow")
        return [Draft(flow=r[0], body=codec.flow(r[1]), author=r[2], saved_at=r[3], revision=r[4]) for r in rows]

    async def draft(self, flow: int) -> Draft | None:
        return next((d for d in await self.drafts() if d.flow == flow), None)

    async def versions(self, flow: int) -> list[FlowVersion]:
        rows = await self._rows(
            "SELECT flow, version, name, published_at, author, note FROM flow_version WHERE flow = :flow"
            " ORDER BY version DESC",
            flow=flow,
        )
        return [
            FlowVersion(flow=r[0], version=r[1], name=r[2], published_at=r[3], author=r[4], note=r[5]) for r in rows
        ]

    async def version(self, flow: int, version: int) -> Flow | None:
        rows = await self._rows(
            "SELECT body::text FROM flow_version WHERE flow = :flow AND version = :version", flow=flow, version=version
        )
        return codec.flow(rows[0][0]) if rows else None

    async def state(self, flow: int) -> FlowState:
        async with self.engine.connect() as connection:
            return await _state(connection, flow)

    async def save_draft(
        self, flow: int | None, body: Flow, actor: int, at: datetime, base: str | None
    ) -> tuple[int, str]:
        async with self._change(f"flow_draft:{body.name}", body, actor) as connection:
            await _unchanged(connection, flow, base)
            id = flow or await connection.scalar(
                text(
                    "SELECT 1 + greatest(coalesce((SELECT max(flow) FROM flow_version), 0),"
                    " coalesce((SELECT max(flow) FROM flow_draft), 0))"
                )
            )
            await connection.execute(
                text(
                    "INSERT INTO flow_draft (flow, body, author, saved_at, revision)"
                    " SELECT :flow, CAST(:body AS jsonb), :author, :at, version FROM settings_version"
                    " ON CONFLICT (flow) DO UPDATE SET body = excluded.body, author = excluded.author,"
                    " saved_at = excluded.saved_at, revision = excluded.revision"
                ),
                {"flow": id, "body": codec.to_json(replace(body, id=id)), "author": actor, "at": at},
            )
            return id, (await _state(connection, id)).mark

    async def drop_draft(self, flow: int, actor: int) -> bool:
        async with self._change(f"flow_draft_dropped:{flow}", {"flow": flow}, actor) as connection:
            done = await connection.execute(text("DELETE FROM flow_draft WHERE flow = :flow"), {"flow": flow})
        return done.rowcount == 1

    async def publish(self, body: Flow, note: str, actor: int, at: datetime, base: str | None = None) -> int:
        """A new version, in force at once; the draft it was is gone."""
        async with self._change(f"flow:{body.id}", body, actor) as connection:
            await _unchanged(connection, body.id, base)
            version = await connection.scalar(
                text("SELECT 1 + coalesce(max(version), 0) FROM flow_version WHERE flow = :flow"), {"flow": body.id}
            )
            await connection.execute(
                text(
                    "INSERT INTO flow_version (flow, version, name, body, published_at, author, note)"
                    " VALUES (:flow, :version, :name, CAST(:body AS jsonb), :at, :author, :note)"
                ),
                {
                    "flow": body.id,
                    "version": version,
                    "name": body.name,
                    "body": codec.to_json(replace(body, version=version)),
                    "at": at,
                    "author": actor,
                    "note": note[:500],
                },
            )
            await connection.execute(text("DELETE FROM flow_draft WHERE flow = :flow"), {"flow": body.id})
        return version

    # ---- prompts

    async def prompts(self) -> list[PromptAudio]:
        rows = await self._rows(
            "SELECT key, name, duration_ms, author, at FROM prompt_audio ORDER BY cs_key(name), key"
        )
        return [PromptAudio(key=r[0], name=r[1], duration_ms=r[2], author=r[3], at=r[4]) for r in rows]

    async def save_prompt(self, prompt: PromptAudio) -> None:
        async with self._change(f"prompt:{prompt.key}", prompt, prompt.author) as connection:
            await connection.execute(
                text(
                    "INSERT INTO prompt_audio (key, name, duration_ms, author, at)"
                    " VALUES (:key, :name, :duration_ms, :author, :at)"
                    " ON CONFLICT (key) DO UPDATE SET name = excluded.name"
                ),
                {
                    "key": prompt.key,
                    "name": prompt.name,
                    "duration_ms": prompt.duration_ms,
                    "author": prompt.author,
                    "at": prompt.at,
                },
            )

    async def drop_prompt(self, key: str, actor: int) -> bool:
        """From the list; the audio stays for versions that play it."""
        async with self._change(f"prompt_dropped:{key}", {"key": key}, actor) as connection:
            done = await connection.execute(text("DELETE FROM prompt_audio WHERE key = :key"), {"key": key})
        return done.rowcount == 1

    # ---- notices

    async def notices(self) -> list[NoticeRow]:
        rows = await self._rows(
            "SELECT id, name, text, prompt, on_since, on_until, switched_by FROM notice ORDER BY cs_key(name)"
        )
        names = ("id", "name", "text", "prompt", "on_since", "on_until", "switched_by")
        return [NoticeRow(**dict(zip(names, r, strict=True))) for r in rows]

    async def save_notice(self, id: int | None, name: str, words: str, prompt: str | None, actor: int) -> int:
        values = {"id": id, "name": name, "text": words, "prompt": prompt}
        async with self._change(f"notice:{name}", values, actor) as connection:
            if id is None:
                return await connection.scalar(
                    text("INSERT INTO notice (name, text, prompt) VALUES (:name, :text, :prompt) RETURNING id"), values
                )
            await connection.execute(
                text("UPDATE notice SET name = :name, text = :text, prompt = :prompt WHERE id = :id"), values
            )
        return id

    async def switch_notice(
        self, id: int, since: datetime | None, until: datetime | None, actor: int, at: datetime
    ) -> bool:
        values = {"id": id, "since": since, "until": until, "actor": actor}
        async with self._change(f"notice_switched:{id}", values, actor) as connection:
            done = await connection.execute(
                text("UPDATE notice SET on_since = :since, on_until = :until, switched_by = :actor WHERE id = :id"),
                values,
            )
        return done.rowcount == 1
