"""Strategies, penalties, stickiness, steps, weights and ageing: single cases, and what holds for all of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.routing.destination import SkillStep
from backend.domain.routing.matching import Candidate, Manner, Place, Record, Waiting, aged, match, turn
from backend.domain.routing.queue_options import Strategy

START = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Waiting("i", 1, START, 0, ())


def agent(n: int, **more) -> Candidate:
    more = {"idle_since": START, "queues": frozenset({1}), "skills": {}} | more
    return Candidate(agent=n, **more)


def order(agents: list[Candidate], chance: int = 0, **manner) -> list[int]:
    """Whom a queue would ask, one after another."""
    asked: list[int] = []
    while len(asked) < len(agents):
        left = [a for a in agents if a.agent not in asked]
        asked.append(match([CALL], left, {1: Manner(**manner)}, chance)[0].agent)
    return asked


def record(calls: int, minutes: int, ago: int) -> dict[int, Record]:
    return {1: Record(calls, timedelta(minutes=minutes), START - timedelta(minutes=ago))}


WORKED = [agent(1, records=record(3, 5, 9)), agent(2, records=record(1, 30, 2)), agent(3, records=record(2, 1, 30))]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.FEWEST_CALLS, [2, 3, 1]),
        (Strategy.LEAST_TALK_TIME, [3, 1, 2]),
        (Strategy.LEAST_RECENT, [3, 1, 2]),
    ],
)
def test_strategies_by_what_was_done_today(strategy, expected):
    assert order(WORKED, strategy=strategy) == expected
    assert order([*WORKED, agent(4)], strategy=strategy)[0] == 4, "who has done nothing yet goes first"


def test_most_skilled_by_the_skills_that_are_needed():
    call = Waiting("i", 1, START, 0, ((5, 1),))
    agents = [agent(1, skills={5: 2, 6: 9}), agent(2, skills={5: 4}), agent(3, skills={6: 9})]
    assert match([call], agents, {1: Manner(strategy=Strategy.MOST_SKILLED)})[0].agent == 2


def test_round_robin_goes_on_after_the_one_asked_last():
    agents = [agent(n) for n in (1, 2, 3)]
    for last, expected in ((None, 1), (1, 2), (2, 3), (3, 1)):
        assert match([CALL], agents, {1: Manner(strategy=Strategy.ROUND_ROBIN, asked_last=last)})[0].agent == expected


def test_linear_is_from_the_top_and_penalty_goes_before_it():
    agents = [
        agent(1, places={1: Place(order=3)}),
        agent(2, places={1: Place(order=1)}),
        agent(3, places={1: Place(1)}),
    ]
    assert order(agents, strategy=Strategy.LINEAR) == [2, 1, 3]


def test_penalty_opens_with_time():
    agents = [agent(1, places={1: Place(penalty=2)})]
    manner = {1: Manner(penalty_step_s=10)}
    early, late = (Waiting("i", 1, START, 0, (), waited=timedelta(seconds=s)) for s in (19, 20))
    assert match([early], agents, manner) == []
    assert len(match([late], agents, manner)) == 1


def test_weighted_draws_in_proportion_and_random_alike():
    agents = [agent(1, places={1: Place(weight=3)}), agent(2, places={1: Place(weight=1)})]
    drawn = Counter(match([CALL], agents, {1: Manner(strategy=Strategy.WEIGHTED)}, c)[0].agent for c in range(2000))
    assert 0.72 < drawn[1] / 2000 < 0.78
    drawn = Counter(match([CALL], agents, {1: Manner(strategy=Strategy.RANDOM)}, c)[0].agent for c in range(2000))
    assert 0.46 < drawn[1] / 2000 < 0.54


def test_ring_all_asks_everybody_who_is_free_for_one_contact():
    agents = [agent(1), agent(2), agent(3, queues=frozenset({2}))]
    pairs = match([CALL, Waiting("j", 2, START, 0, ())], agents, {1: Manner(strategy=Strategy.RING_ALL)})
    assert {(p.interaction, p.agent) for p in pairs} == {("i", 1), ("i", 2), ("j", 3)}


def test_preferred_agent_if_ready_else_at_once_another():
    call = Waiting("i", 1, START, 0, (), prefers=2)
    longest = agent(1, idle_since=START - timedelta(hours=1))
    assert match([call], [longest, agent(2)])[0].agent == 2
    assert match([call], [longest])[0].agent == 1
    assert match([call], [longest, agent(2, queues=frozenset())])[0].agent == 1


def test_agent_who_let_it_ring_is_passed_over_for_this_contact_only():
    call = Waiting("i", 1, START, 0, (), not_to=frozenset({1}))
    assert match([call], [agent(1)]) == []
    assert match([call], [agent(1), agent(2)])[0].agent == 2
    assert match([CALL], [agent(1)])[0].agent == 1


@pytest.mark.parametrize(("waited", "expected"), [(0, set()), (10, {1}), (20, {1, 2}), (30, {1, 2, 3})])
def test_steps_widen_by_time(waited, expected):
    steps = (SkillStep(after_s=10, skills=((5, 1),)), SkillStep(after_s=20, groups=(7,)), SkillStep(after_s=30))
    call = Waiting("i", 1, START, 0, ((5, 3),), waited=timedelta(seconds=waited), steps=steps)
    agents = [agent(1, skills={5: 1}), agent(2, queues=frozenset(), groups=frozenset({7})), agent(3)]
    assert {a.agent for a in agents if match([call], [a])} == expected


def test_step_of_second_zero_stands_in_place_of_the_needs():
    call = Waiting("i", 1, START, 0, (), steps=(SkillStep(groups=(7,)),))
    assert match([call], [agent(1)]) == []
    assert len(match([call], [agent(1, groups=frozenset({7}))])) == 1


def test_weight_goes_before_priority_and_ageing_overtakes():
    old = Waiting("old", 1, START, 0, (), points=aged(0, 2.0, timedelta(minutes=6)))
    new = Waiting("new", 1, START + timedelta(minutes=6), 10, (), points=aged(10, 2.0, timedelta()))
    heavy = Waiting("heavy", 1, START + timedelta(minutes=7), 0, (), weight=1)
    assert [w.interaction for w in sorted([new, old, heavy], key=turn)] == ["heavy", "old", "new"]


# ---- what holds for all

needs = st.dictionaries(st.integers(1, 3), st.integers(1, 3), max_size=2).map(lambda d: tuple(sorted(d.items())))
steps = st.lists(
    st.builds(
        SkillStep,
        after_s=st.integers(0, 60),
        skills=needs,
        groups=st.lists(st.integers(1, 2), max_size=1).map(tuple),
    ),
    max_size=2,
).map(tuple)
contacts = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 50),
        st.floats(0, 5),
        st.integers(0, 1),
        needs,
        steps,
        st.none() | st.integers(0, 5),
        st.frozensets(st.integers(0, 5), max_size=2),
    ),
    max_size=20,
).map(
    lambda rows: [
        Waiting(
            f"i{n}",
            queue,
            START + timedelta(seconds=age),
            0,
            need,
            points,
            weight,
            timedelta(seconds=50 - age),
            step,
            prefers,
            not_to,
        )
        for n, (queue, age, points, weight, need, step, prefers, not_to) in enumerate(rows)
    ]
)
places = st.dictionaries(
    st.integers(1, 3), st.builds(Place, penalty=st.integers(0, 3), order=st.integers(0, 3), weight=st.integers(1, 3))
)
candidates = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.frozensets(st.integers(1, 3)),
        st.dictionaries(st.integers(1, 3), st.integers(1, 3)),
        st.frozensets(st.integers(1, 2)),
        places,
    ),
    max_size=6,
).map(
    lambda rows: [
        Candidate(n, START + timedelta(seconds=idle), queues, skills, groups, place)
        for n, (idle, queues, skills, groups, place) in enumerate(rows)
    ]
)
manners = st.dictionaries(
    st.integers(1, 3),
    st.builds(
        Manner,
        strategy=st.sampled_from(list(Strategy)),
        asked_last=st.none() | st.integers(0, 5),
        penalty_step_s=st.sampled_from([0, 0, 10]),
    ),
)


def may(a: Candidate, w: Waiting, manner: Manner) -> bool:
    penalty = a.places.get(w.queue, Place()).penalty
    opened = not manner.penalty_step_s or penalty * manner.penalty_step_s <= w.waited.total_seconds()
    return opened and a.agent not in w.not_to and a.suits(w.queue, w.wanted())


@given(contacts, candidates, manners, st.integers(0, 9))
@settings(max_examples=400, deadline=None)
def test_under_every_strategy_nobody_is_overtaken_doubled_or_lost(waiting, agents, how, chance):
    pairs = match(waiting, agents, how, chance)
    by_id, by_agent = {w.interaction: w for w in waiting}, {a.agent: a for a in agents}
    offered = {p.interaction for p in pairs}
    assert len({p.agent for p in pairs}) == len(pairs), "no agent twice"
    for id, times in Counter(p.interaction for p in pairs).items():
        ring_all = how.get(by_id[id].queue, Manner()).strategy is Strategy.RING_ALL
        assert times == 1 or ring_all, "no contact twice, unless it rings at all"
    for pair in pairs:
        contact, given_to = by_id[pair.interaction], by_agent[pair.agent]
        assert may(given_to, contact, how.get(contact.queue, Manner()))
        for other in waiting:
            if other.interaction not in offered and turn(other) < turn(contact):
                assert not may(given_to, other, how.get(other.queue, Manner())), "nobody behind is offered before"
    for a in agents:
        if a.agent not in {p.agent for p in pairs}:
            left = [w for w in waiting if w.interaction not in offered]
            assert not any(may(a, w, how.get(w.queue, Manner())) for w in left), "nobody idle who could work"


@pytest.mark.parametrize(
    ("rung_for", "ringing", "expected"),
    [(0, (), [1]), (9, (1,), []), (10, (1,), [2]), (25, (1,), [2, 3]), (25, (1, 2), [3]), (99, (1, 2, 3), [])],
)
def test_ring_progressively_adds_one_agent_after_each_step(rung_for, ringing, expected):
    call = Waiting("i", 1, START, 0, (), ringing=frozenset(ringing), rung_for=timedelta(seconds=rung_for))
    agents = [agent(n, idle_since=START + timedelta(seconds=n)) for n in (1, 2, 3) if n not in ringing]
    manner = Manner(strategy=Strategy.RING_PROGRESSIVELY, progressive_s=10)
    assert [p.agent for p in match([call], agents, {1: manner})] == expected


def test_levels_of_agents_who_are_not_there_are_passed_over():
    call = Waiting("i", 1, START, 0, ())
    agents = [agent(1, places={1: Place(penalty=2)})]
    waits = Manner(penalty_step_s=60)
    assert match([call], agents, {1: waits}) == []
    assert [p.agent for p in match([call], agents, {1: Manner(penalty_step_s=60, lowest_penalty=2)})] == [1]
