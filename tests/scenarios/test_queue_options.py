"""Options of queues that contact centres know from app_queue and mod_callcenter: each as the caller and the agent notice it."""

import asyncio
from datetime import timedelta

import pytest

from backend.application.destinations import RESUMED_TEXT, UNSTAFFED_TEXT
from backend.domain.voice.handsets import invitation
from backend.domain.voice.waiting_words import position_text
from sip_bridge import contract as k
from tests.scenarios.test_call_control import ended, me
from tests.scenarios.test_handsets import EXTENSION, MOBILE, expire_not_to, on_telephone
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.scenarios.test_lines import administrator, heading, saved, tell
from tests.scenarios.test_routing import OTHER, call, contact, said, says, to_queue
from tests.support.consistency import everything_read


async def gives_up(api, bridge, leg: str) -> None:
    bridge.report(ended(leg))
    await bridge.settled()
    assert (await contact(api, leg)).outcome is not None


async def test_who_hangs_up_and_calls_again_has_the_old_place(api, bridge, admin):
    """abandoned-resume-allowed, discard-abandoned-after"""
    queue = await admin.change("Platby", exit_keys=[], resume_abandoned_s=60)
    await admin.rules(to_queue(queue))
    first, _ = await call(bridge)
    second, _ = await call(bridge, OTHER)
    await gives_up(api, bridge, first)
    again, play = await call(bridge)
    assert said(play) == says(RESUMED_TEXT, position_text(1))
    assert (await contact(api, again)).queued_at == (await contact(api, first)).queued_at
    beside, play = await call(bridge)  # the place is taken: who calls once more stands at the end
    assert said(play) == says(position_text(3))
    await gives_up(api, bridge, second)
    await gives_up(api, bridge, beside)


async def test_who_calls_again_too_late_or_where_it_is_not_allowed_stands_at_the_end(api, bridge, admin):
    queue = await admin.change("Platby", exit_keys=[], resume_abandoned_s=1)
    await admin.rules(to_queue(queue))
    first, _ = await call(bridge)
    await call(bridge, OTHER)
    await gives_up(api, bridge, first)
    await asyncio.sleep(1.1)
    _, play = await call(bridge)
    assert said(play) == says(position_text(2))


async def test_the_place_counts_from_the_arrival_with_the_time_in_menus(api, bridge, admin):
    """time-base-score system"""
    queue = await admin.change("Pojištění", since_arrival=True)
    early = await walk_to_queue(bridge)
    waiting = await contact(api, early)
    assert waiting.queue == queue and waiting.queued_at == waiting.arrived_at


async def test_a_place_that_is_no_better_is_not_told_again(api, bridge, admin, watch):
    """announce-position-only-up"""
    rules = {"min_every_s": 1, "only_up": True}
    queue = await admin.change("Platby", top={"announce_every_s": 3}, exit_keys=[], announcements=rules)
    await admin.rules(to_queue(queue))
    first, _ = await call(bridge)
    second, _ = await call(bridge, OTHER)
    watch.over = True
    async with api.kc.engine.begin() as connection:  # the time has long come
        await connection.exec_driver_sql(
            "UPDATE interaction SET state = state || jsonb_build_object('said_at', now() - interval '60 s',"
            " 'announced_at', now() - interval '60 s')"
        )
        await connection.exec_driver_sql("UPDATE timer SET due_at = now() WHERE key LIKE 'announce:%'")
    api.kc.bell.ring()
    await asyncio.sleep(1.5)
    assert (await contact(api, second)).announcements == 0
    await gives_up(api, bridge, first)
    play = await bridge.command(k.Play, second, timeout=15)
    assert said(play) == says(position_text(1))


async def test_those_who_wait_leave_an_empty_queue_only_after_a_while(api, server, bridge, admin):
    """max-wait-time-with-no-agent"""
    queue = await admin.change("Platby", exit_keys=[], leave_when_empty="nobody_signed_in", empty_grace_s=3)
    await admin.rules(to_queue(queue))
    agent = await ready_agent(api, server)
    await agent.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    leg, _ = await call(bridge)
    await agent.run("mutation { signOut { __typename } }")
    signed_out = api.kc.desk.clock()
    play = await bridge.command(k.Play, leg, timeout=20)
    assert said(play) == says(UNSTAFFED_TEXT)
    left = (await contact(api, leg)).visits[0].left_at
    assert left is not None and left - signed_out >= timedelta(seconds=2.5)


async def test_further_agents_are_rung_one_after_another(api, server, bridge, admin):
    """ring-progressively"""
    queue = await admin.change("Pojištění", strategy="ring_progressively", progressive_s=2)
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server, "jana")
    petr = await ready_agent(api, server, "petr")
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    assert leg not in petr.desk.contacts, "the longest idle alone at first"
    await petr.desk.until(lambda v: v.contacts.get(leg))
    waiting = await contact(api, leg)
    first, second = waiting.all_offers
    assert second.offered_at - first.offered_at >= timedelta(seconds=2)
    await petr.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    await jana.desk.until(lambda v: leg not in v.contacts)
    assert next(iter(jana.desk.agents.values()))["presence"] == "READY", "and has missed nothing"


async def test_an_agent_is_paused_after_so_many_calls_in_a_row(api, server, bridge, admin):
    """max-no-answer"""
    delays = {"no_answer_s": 1}
    queue = await admin.change("Platby", top={"ring_timeout_s": 3}, exit_keys=[], max_no_answer=2, delays=delays)
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server)
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    await jana.desk.until(lambda v: leg not in v.contacts, timeout=15)
    assert jana.desk.agents[me(jana)]["presence"] == "READY", "one is forgiven"
    await jana.desk.until(lambda v: v.contacts.get(leg), timeout=15)
    await jana.desk.until(lambda v: v.agents[me(jana)]["reason"] == "missed_offer", timeout=15)


async def test_an_engaged_telephone_pauses_nobody_and_is_asked_again(api, server, bridge, admin, watch):
    """busy-delay-time"""
    await admin.change("Pojištění", delays={"busy_s": 30})
    jana = await on_telephone(api, server, "EXTENSION", EXTENSION)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    await bridge.command(k.DialLeg, mine)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    bridge.report(ended(mine, k.EndCause.BUSY))
    await jana.desk.until(lambda v: leg not in v.contacts)
    back = await contact(api, leg)
    assert back.phase.value == "queued" and [agent for agent, _ in back.not_to] == [me(jana)]
    assert jana.desk.agents[me(jana)]["presence"] == "READY"
    steps = [event for event, _ in await api.kc.readers.steps(leg)]
    assert [e.reason.value for e in steps if type(e).__name__ == "OfferReturned"] == ["busy"]
    watch.over = True
    await expire_not_to(api, leg)
    await bridge.command(k.DialLeg, mine, timeout=20)


async def test_an_agent_whose_own_line_is_in_use_is_not_rung(api, server, bridge):
    """skip-agents-with-external-calls"""
    boss = await administrator(api, server)
    await saved(boss, heading("", ("Jana", EXTENSION)))
    jana = await on_telephone(api, server, "EXTENSION", EXTENSION)
    tell(bridge, EXTENSION, k.LineState.BUSY)
    await bridge.settled()
    await everything_read(api.kc)
    leg = await walk_to_queue(bridge)
    await api.kc.router.route()
    assert (await contact(api, leg)).phase.value == "queued"
    tell(bridge, EXTENSION, k.LineState.FREE)
    assert (await bridge.command(k.DialLeg, f"agent-{me(jana)}", timeout=15)).to == EXTENSION


@pytest.mark.parametrize(("no_wait", "phase"), [(True, "offered"), (False, "queued")])
async def test_nobody_waits_for_agents_of_a_lower_penalty_who_are_not_there(api, server, bridge, admin, no_wait, phase):
    """tier-rule-no-agent-no-wait"""
    jana = await ready_agent(api, server)
    members = [{"user": me(jana), "penalty": 3, "order": 0, "weight": 1}]
    top = {"members": members, "skills": []}
    queue = await admin.change("Platby", top=top, exit_keys=[], penalty_step_s=300, penalty_no_wait=no_wait)
    await jana.run(f"mutation {{ setMyQueues(queues: [{queue}]) {{ __typename }} }}")
    await admin.rules(to_queue(queue))
    leg, _ = await call(bridge)
    await everything_read(api.kc)
    await api.kc.router.route()
    assert (await contact(api, leg)).phase.value == phase


async def test_an_agent_at_a_mobile_hears_the_queues_words_and_how_long_the_caller_waits(api, server, bridge, admin):
    """announce, reportholdtime"""
    queue = await admin.change("Pojištění", agent_announcement="Ptejte se na číslo.", report_hold_time=True)
    jana = await on_telephone(api, server, "MOBILE", MOBILE)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    await bridge.command(k.DialLeg, mine)
    assert (await contact(api, leg)).queue == queue
    bridge.report(k.LegAnswered(leg=mine))
    play = await bridge.command(k.Play, mine)
    assert said(play) == says(invitation("Pojištění", "Ptejte se na číslo.", timedelta(seconds=1)))
