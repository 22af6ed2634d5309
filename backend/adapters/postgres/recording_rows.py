"""Recordings and the quality of legs, as one transaction writes them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.domain.kernel.ids import InteractionId, call_of_leg, user_of_agent_leg
from sip_bridge.contract import Quality, RecordingEnded


class RecordingRows:
    connection: AsyncConnection

    async def interaction_of_recording(self, recording: str) -> InteractionId | None:
        found = await self.connection.scalar(
            text("SELECT interaction FROM recording WHERE id = CAST(:id AS uuid)"), {"id": recording}
        )
        return str(found) if found else None

    async def recording_started(self, recording: str, at: datetime) -> None:
        await self.connection.execute(
            text("UPDATE recording SET started_at = :at WHERE id = CAST(:id AS uuid)"), {"id": recording, "at": at}
        )

    async def recording_failed(self, recording: str, reason: str) -> None:
        await self.connection.execute(
            text("UPDATE recording SET failure = :reason WHERE id = CAST(:id AS uuid)"),
            {"id": recording, "reason": reason},
        )

    async def recording_ended(self, ended: RecordingEnded) -> None:
        await self.connection.execute(
            text(
                "UPDATE recording SET file = :file, duration_ms = :duration_ms, size = :size, sha256 = :sha256,"
                " gaps_ms = CAST(:gaps AS jsonb) WHERE id = CAST(:id AS uuid)"
            ),
            {
                "id": ended.recording,
                "file": ended.file,
                "duration_ms": ended.duration_ms,
                "size": ended.size,
                "sha256": ended.sha256,
                "gaps": codec.to_json(ended.gaps_ms),
            },
        )

    async def save_quality(self, leg: str, quality: Quality, at: datetime, call: InteractionId | None = None) -> None:
        """Under the call that is named, else under the one that a customer's or member's leg belongs to. An agent's leg takes
        call after call: figures of all of them together are no call's."""
        if call is None:
            if user_of_agent_leg(leg) is not None:
                return
            call, n = call_of_leg(leg)
            where = "leg = :leg" if n is None else "id = CAST(:call AS uuid)"
        else:
            where = "id = CAST(:call AS uuid)"
        await self.connection.execute(
            text(
                "INSERT INTO leg_quality (leg, interaction, quality, at)"  # noqa: S608
                f" SELECT :leg, id, CAST(:quality AS jsonb), :at FROM interaction WHERE {where}"
                " ON CONFLICT (leg, interaction) DO UPDATE SET quality = excluded.quality, at = excluded.at"
            ),
            {"leg": leg, "call": call, "quality": codec.to_json(quality), "at": at},
        )
