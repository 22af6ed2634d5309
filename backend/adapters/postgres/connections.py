"""Connections of an API process to the database: for what they are, and who gets one when many want it.

Calls have connections of their own: however many ask for screens or try to sign in, what bridges report, timers and the routing
do not stand in their line. A pool gives a connection that becomes free to whoever comes at that moment, and who has waited may
wait on for as long as others come; so transactions are begun in the order of coming (``Turns``).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

AT_ONCE = 24
"""Transactions that change something, side by side."""
OF_PEOPLE = 16
"""Those of them that people have asked for."""
SPARE = 6
"""For the statements that need no transaction beside them (``reading.alone``), and for settings."""
SCREENS = 15
JOURNAL = 2
"""Entries of the audit: views wait for them, and they wait for nobody."""
LONGEST_WAIT_S = 30.0


def connections(url: str, most: int) -> AsyncEngine:
    """No statement's values in what it raises. A connection that the server has closed meanwhile is not given out."""
    kept = (most + 1) // 2
    engine = create_async_engine(url, pool_size=kept, max_overflow=most - kept, hide_parameters=True)
    event.listen(engine.sync_engine, "checkout", _still_open)
    return engine


def _still_open(connection: Any, *_: object) -> None:
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed while nobody used it")  # the pool opens another


class Turns:
    def __init__(self, all: int = AT_ONCE, people: int = OF_PEOPLE) -> None:
        self._all, self._people = asyncio.Semaphore(all), asyncio.Semaphore(people)

    @asynccontextmanager
    async def turn(self, *, of_people: bool) -> AsyncIterator[None]:
        """Raises TimeoutError after LONGEST_WAIT_S."""
        async with AsyncExitStack() as held:
            async with asyncio.timeout(LONGEST_WAIT_S):
                if of_people:
                    await held.enter_async_context(self._people)
                await held.enter_async_context(self._all)
            yield
