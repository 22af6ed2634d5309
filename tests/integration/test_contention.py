"""Transactions that lock in different orders are broken by PostgreSQL; the use case is carried out again."""

import asyncio

import pytest

from backend.application.ports import Contention
from backend.domain.agent import machine as agents
from backend.domain.agent.model import Presence


async def test_deadlock_is_broken_and_both_use_cases_are_carried_out(api):
    desk, tries = api.kc.desk, 0
    for user in (1, 2):
        await desk.sign_in_agent(user)
    locked = [asyncio.Event(), asyncio.Event()]

    async def crossing(first: int, second: int, mine: int) -> None:
        async def do(work) -> None:
            nonlocal tries
            tries += 1
            await work.agent(first)
            locked[mine].set()
            await locked[1 - mine].wait()
            for user in (first, second):
                await work.command_agent(user, agents.SetPresence(presence=Presence.BREAK, reason=f"{mine}-{user}"))

        await desk.run(do)

    await asyncio.gather(crossing(1, 2, 0), crossing(2, 1, 1))
    assert 3 <= tries <= 4, "each waits for the other once; on a busy server both may be told so"
    found = [(await api.kc.store.signed_in_agents())]
    reasons = {a.user: a.reason for a in found[0]}
    assert len({reason[0] for reason in reasons.values()}) == 1, "the one that came last decided both"
    assert {a.version for a in found[0]} == {3}


async def test_contention_that_does_not_end_is_an_error(api):
    tries = 0

    async def do(work) -> None:
        nonlocal tries
        tries += 1
        raise Contention

    with pytest.raises(Contention):
        await api.kc.desk.run(do)
    assert tries == 5
