"""Work that is looked for whenever somebody wakes it, and now and then should nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn

import structlog

log = structlog.get_logger()


async def rounds(
    carry_out: Callable[[], Awaitable[None]], woken: asyncio.Event, every_s: float, failed: str
) -> NoReturn:
    """``failed``: the event in the process's log when it raises; the next round tries again."""
    while True:
        woken.clear()
        try:
            await carry_out()
        except Exception:
            log.exception(failed)
        with suppress(TimeoutError):
            async with asyncio.timeout(every_s):
                await woken.wait()
