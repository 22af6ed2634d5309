"""Old picture + emitted events = freshly loaded picture, checked around any command."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from backend.adapters.postgres.log import load_live, read_log
from backend.application.desk import PRAGUE
from backend.main import Application
from backend.projections.live import Changes, day_start_of


@asynccontextmanager
async def consistent(kc: Application):
    """Takes a picture before, folds in what was logged meanwhile, compares with one taken after."""
    day = day_start_of(datetime.now(UTC), PRAGUE)
    before, cursor = await load_live(kc.engine, kc.settings, day)
    yield
    folded = before
    changes = Changes()
    for _ in range(200):
        rows, cursor = await read_log(kc.engine, cursor)
        for row in rows:
            folded.apply(row, changes)
        fresh, end = await load_live(kc.engine, kc.settings, day)
        if not rows and end <= cursor:
            break
        await asyncio.sleep(0.01)
    assert folded.everything() == fresh.everything()
