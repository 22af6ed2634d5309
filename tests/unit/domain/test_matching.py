"""The router's order, as properties."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.routing.matching import Candidate, Waiting, match, turn

START = datetime(2026, 1, 1, tzinfo=UTC)
skills = st.dictionaries(st.integers(1, 3), st.integers(1, 3), max_size=3)
needs = st.dictionaries(st.integers(1, 3), st.integers(1, 3), max_size=2).map(lambda d: tuple(sorted(d.items())))
contacts = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 50), st.integers(0, 2), needs), max_size=25).map(
    lambda rows: [
        Waiting(f"i{n}", queue, START + timedelta(seconds=age), priority, need)
        for n, (queue, age, priority, need) in enumerate(rows)
    ]
)
candidates = st.lists(st.tuples(st.integers(0, 50), st.frozensets(st.integers(1, 3)), skills), max_size=12).map(
    lambda rows: [
        Candidate(n, START + timedelta(seconds=idle), queues, known) for n, (idle, queues, known) in enumerate(rows)
    ]
)


@given(contacts, candidates)
@settings(max_examples=300, deadline=None)
def test_nobody_waits_while_one_behind_is_offered_to_an_agent_who_could_take_either(waiting, agents):
    pairs = match(waiting, agents)
    by_id, by_agent = {w.interaction: w for w in waiting}, {a.agent: a for a in agents}
    offered = {p.interaction for p in pairs}
    for pair in pairs:
        given_to = by_agent[pair.agent]
        assert given_to.can_take(by_id[pair.interaction].queue, by_id[pair.interaction].needs)
        for other in waiting:
            if other.interaction not in offered and turn(other) < turn(by_id[pair.interaction]):
                assert not given_to.can_take(other.queue, other.needs)


@given(contacts, candidates)
@settings(max_examples=200, deadline=None)
def test_no_agent_twice_no_contact_twice_and_nobody_idle_who_could_work(waiting, agents):
    pairs = match(waiting, agents)
    assert len({p.agent for p in pairs}) == len(pairs) == len({p.interaction for p in pairs})
    free = [a for a in agents if a.agent not in {p.agent for p in pairs}]
    left = [w for w in waiting if w.interaction not in {p.interaction for p in pairs}]
    assert not any(a.can_take(w.queue, w.needs) for a in free for w in left)


def test_longest_idle_agent_goes_first():
    call = Waiting("i", 1, START, 0, ())
    agents = [Candidate(1, START + timedelta(seconds=9), frozenset({1}), {}), Candidate(2, START, frozenset({1}), {})]
    assert match([call], agents)[0].agent == 2


def test_skill_level_counts():
    call = Waiting("i", 1, START, 0, ((5, 3),))
    assert match([call], [Candidate(1, START, frozenset({1}), {5: 2})]) == []
    assert len(match([call], [Candidate(1, START, frozenset({1}), {5: 3})])) == 1
