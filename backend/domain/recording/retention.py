"""How long a recording is kept. Six months are the least the customer asks for (REC-01, REC-15)."""

from datetime import datetime, timedelta

LEAST_DAYS = 184
"""Six months, whichever they are."""
DEFAULT_DAYS = 400
MOST_DAYS = 36_500


def expires_at(started_at: datetime, days: int, hold: bool) -> datetime | None:
    """When it is to be erased; None while a legal hold lasts. Raises ValueError below the least."""
    if days < LEAST_DAYS:
        raise ValueError(f"recordings are kept {LEAST_DAYS} days at least, not {days}")
    return None if hold else started_at + timedelta(days=days)
