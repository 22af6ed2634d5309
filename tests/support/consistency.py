"""Old picture + emitted events = freshly loaded picture, checked around any command.

``consistent`` checks what is done inside it. ``Watch`` checks every use case of an application while a test drives it: the
picture that its subscribers see is the fold of the log, and is compared with the tables after each transaction.
"""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backend.adapters.postgres.log import Cursor, load_live, read_log
from backend.application.desk import PRAGUE, Desk
from backend.domain.agent import machine as agent_machine
from backend.domain.interaction import machine
from backend.domain.kernel.refusal import Refusal
from backend.process import Application
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


async def everything_read(kc: Application) -> None:
    """The live picture holds all that was committed: what an older transaction, still open, kept back is in it too."""
    for _ in range(400):
        await kc.feed.catch_up()
        if not await _committed_after(kc, kc.feed.cursor):
            return
        await asyncio.sleep(0.005)
    async with kc.engine.connect() as connection:
        held = await connection.execute(
            text(
                "SELECT datname, state, wait_event, now() - xact_start AS age, query FROM pg_stat_activity"
                " WHERE backend_xid IS NOT NULL ORDER BY xact_start"
            )
        )
        raise TimeoutError(f"a transaction stays open: {[tuple(row) for row in held]}")


async def _committed_after(kc: Application, cursor: Cursor) -> bool:
    """While an older transaction is open, what was committed after it is in the tables and not yet in the picture."""
    async with kc.engine.connect() as connection:
        beyond = text("SELECT EXISTS (SELECT FROM event WHERE (xid, id) > (:xid, :id))")
        return bool(await connection.scalar(beyond, {"xid": cursor[0], "id": cursor[1]}))


class Watch:
    """``differences`` after each transaction of ``kc.desk``; ``carried_out``: commands that changed something, by type."""

    def __init__(self, kc: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kc = kc
        self.differences: list[str] = []
        self.over = False
        """Set by a test that writes past the log: what comes then is not compared."""
        self.carried_out: Counter[type] = Counter()
        self._run = Desk.run
        monkeypatch.setattr(Desk, "run", _watched(self))
        for part in (machine, agent_machine):
            monkeypatch.setattr(part, "decide", self._noting(part.decide))

    def _noting(self, decide):
        def noted(state, command, now):
            decided = decide(state, command, now)
            if decided and not isinstance(decided, Refusal):
                self.carried_out[type(command)] += 1
            return decided

        return noted

    async def compare(self) -> None:
        """Waits for a moment in which the fold has read all that the tables hold."""
        feed = self.kc.feed
        for _ in range(200):
            await feed.catch_up()
            fresh, end = await load_live(self.kc.engine, self.kc.settings, day_start_of(datetime.now(UTC), PRAGUE))
            if not await _committed_after(self.kc, end) and end == feed.cursor:
                break  # nothing is folded in between this and the comparing
            await asyncio.sleep(0.005)
        else:
            return  # somebody never rests: the next transaction is compared
        if self.over:
            return
        fresh.callbacks = feed.live.callbacks  # counted by the database whenever asked, and not folded
        folded, loaded = feed.live.everything(), fresh.everything()
        self.differences += [
            f"{part} {name}: folded {folded[part].get(name)}, in the tables {loaded[part].get(name)}"
            for part in folded
            for name in folded[part].keys() | loaded[part].keys()
            if folded[part].get(name) != loaded[part].get(name)
        ]


def _watched(watch: Watch):
    async def run(desk: Desk, *arguments, **named):
        answer = await watch._run(desk, *arguments, **named)
        if desk is watch.kc.desk and not isinstance(answer, Refusal) and not watch.over:
            await watch.compare()
        return answer

    return run
