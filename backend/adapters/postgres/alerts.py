"""Alerts as rows beside their events, and the limits as a setting."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres import rows as table_rows
from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.alerts.alert import Alert, AlertEvent, Raised, evolve, raised
from backend.domain.alerts.limits import AlertSettings
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.trunks.outage import FORGOTTEN, Outage

_BORN = text(
    "INSERT INTO alert (key, raised_at, state) VALUES (:key, :raised_at, CAST(:state AS jsonb))"
    " ON CONFLICT (key) DO NOTHING"
)
_MOVED = text("UPDATE alert SET ended_at = :ended_at, state = CAST(:state AS jsonb) WHERE key = :key")
_FORGET = text("UPDATE bridge SET trunks_down = '[]' WHERE trunks_down <> '[]' AND trunks_at < :before")
_OUTAGES = text("SELECT trunks_down::text FROM bridge WHERE trunks_down <> '[]' ORDER BY name")


class PostgresAlerts:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin) -> None:
        self.engine = engine
        self.admin = admin

    async def raise_(self, found: Iterable[Raised]) -> list[Alert]:
        made = []
        async with self.engine.begin() as connection:
            for event in sorted(found, key=lambda x: x.about.key):
                alert = raised(event)
                row = {"key": alert.key, "raised_at": alert.raised_at, "state": codec.to_json(alert)}
                if (await connection.execute(_BORN, row)).rowcount == 1:
                    await _append(connection, alert, [event], None)
                    made.append(alert)
        return made

    async def outages(self, now: datetime) -> list[Outage]:
        async with self.engine.begin() as connection:
            await connection.execute(_FORGET, {"before": now - FORGOTTEN})
            return [x for found in await connection.scalars(_OUTAGES) for x in codec.outages(found)]

    async def change(
        self, key: str, decide: Callable[[Alert], list[AlertEvent] | Refusal], actor: int | None
    ) -> Alert | Refusal:
        async with self.engine.begin() as connection:
            found = await connection.scalar(
                text("SELECT state::text FROM alert WHERE key = :key FOR UPDATE"), {"key": key}
            )
            if found is None:
                return Refusal(RefusalCode.NOT_FOUND, "alert")
            alert = codec.alert(found)
            events = decide(alert)
            if isinstance(events, Refusal):
                return events
            for event in events:
                alert = evolve(alert, event)
            if events:
                row = {"key": key, "ended_at": alert.ended_at, "state": codec.to_json(alert)}
                await connection.execute(_MOVED, row)
                await _append(connection, alert, events, actor)
            return alert

    async def save_settings(self, settings: AlertSettings, actor: int) -> int:
        async with self.admin.change("alerts", settings, actor) as connection:
            await connection.execute(
                text(
                    "INSERT INTO setting (name, value) VALUES ('alerts', CAST(:value AS jsonb))"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                {"value": codec.to_json(settings)},
            )
        return 0


async def _append(connection: AsyncConnection, alert: Alert, events: list, actor: int | None) -> None:
    rows = [table_rows.event_row("alert", alert.key, alert.version, n, events, actor) for n in range(len(events))]
    await connection.execute(table_rows.APPEND, rows)
