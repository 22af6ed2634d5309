"""Lines in the log about an account, in the transaction that changes it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.application import origin
from backend.domain.access.account_events import AccountEvent


async def note(connection: AsyncConnection, user: int, event: AccountEvent, actor: int | None) -> None:
    """``actor``: who did it; None is the system. The account's row is locked, so versions follow each other."""
    await connection.execute(text("SELECT 1 FROM user_account WHERE id = :user FOR UPDATE"), {"user": user})
    await connection.execute(
        text(
            "INSERT INTO event (stream, subject, version, data, at, actor, origin) SELECT 'account', :subject,"
            " coalesce(max(version), 0) + 1, CAST(:data AS jsonb), clock_timestamp(), :actor, CAST(:origin AS jsonb) FROM event"
            " WHERE stream = 'account' AND subject = :subject"
        ),
        {"subject": f"user:{user}", "data": codec.to_json(event), "actor": actor, "origin": origin.current().to_json()},
    )
