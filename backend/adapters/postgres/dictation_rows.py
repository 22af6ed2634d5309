"""Codes for announcements spoken by telephone, as one transaction reads and writes them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.domain.ivr.dictation import Dictation
from backend.domain.kernel.ids import UserId


class DictationRows:
    connection: AsyncConnection

    async def add_dictation(self, notice: int, code: str, author: UserId, until: datetime) -> None:
        await self.connection.execute(
            text("DELETE FROM dictation WHERE notice = :notice AND recording IS NULL"), {"notice": notice}
        )
        await self.connection.execute(
            text("INSERT INTO dictation (notice, code, author, until) VALUES (:notice, :code, :author, :until)"),
            {"notice": notice, "code": code, "author": author, "until": until},
        )

    async def take_dictation(self, code: str, at: datetime, most_wrong: int) -> Dictation | None:
        """Used up from now on. None, and one more wrong code for all that are out, when there is no such."""
        live = "recording IS NULL AND until > :at AND wrong < :most"
        row = (
            await self.connection.execute(
                text(f"SELECT id, notice, author FROM dictation WHERE code = :code AND {live} FOR UPDATE"),  # noqa: S608
                {"code": code, "at": at, "most": most_wrong},
            )
        ).first()
        if row is None:
            await self.connection.execute(text("UPDATE dictation SET wrong = wrong + 1 WHERE recording IS NULL"))
            return None
        return Dictation(id=row[0], notice=row[1], author=row[2])

    async def dictating(self, id: int, recording: str) -> None:
        await self.connection.execute(
            text("UPDATE dictation SET recording = CAST(:recording AS uuid) WHERE id = :id"),
            {"id": id, "recording": recording},
        )

    async def dictated(self, recording: str) -> None:
        await self.connection.execute(
            text("UPDATE dictation SET said = true WHERE recording = CAST(:recording AS uuid)"),
            {"recording": recording},
        )
