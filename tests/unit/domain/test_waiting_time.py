"""Place and expected wait: right at two thousand waiting, against contacts served one by one."""

import random
from datetime import UTC, datetime, timedelta
from heapq import heapify, heapreplace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.routing.matching import Waiting, aged, turn
from backend.domain.routing.waiting_time import (
    USUAL_HANDLING,
    WINDOW,
    Load,
    expected_wait,
    mean_handling,
    positions,
    serving,
    waits,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def line(count: int, seed: int) -> list[Waiting]:
    draw = random.Random(seed)
    return [
        Waiting(f"i{n:05}", draw.randrange(4), START + timedelta(seconds=draw.randrange(9000)), draw.randrange(3), ())
        for n in range(count)
    ]


def test_places_of_two_thousand_are_those_of_a_direct_count():
    contacts = line(2000, 1)
    place = positions(contacts)
    for contact in contacts[::37]:
        ahead = sum(other.queue == contact.queue and turn(other) < turn(contact) for other in contacts)
        assert place[contact.interaction] == ahead + 1
    assert sorted(place.values()) == sorted(
        n + 1 for queue in range(4) for n in range(sum(c.queue == queue for c in contacts))
    )


def simulated(count: int, agents: int, handling: float, seed: int) -> list[float]:
    """Waits of ``count`` contacts in a row before agents who are all in the middle of a call, in seconds."""
    draw = random.Random(seed)
    free_at = [draw.uniform(0, handling) for _ in range(agents)]
    heapify(free_at)
    found = []
    for _ in range(count):
        at = free_at[0]
        found.append(at)
        heapreplace(free_at, at + handling)
    return found


@pytest.mark.parametrize(("agents", "handling"), [(200, 240.0), (20, 180.0), (7, 300.0)])
def test_expected_wait_of_two_thousand_is_that_of_serving_them_one_by_one(agents, handling):
    load = Load(ready=0, serving=float(agents), handling=timedelta(seconds=handling))
    runs = [simulated(2000, agents, handling, seed) for seed in range(30)]
    for position in (1, 2, 10, 100, 500, 1000, 2000):
        direct = sum(run[position - 1] for run in runs) / len(runs)
        estimate = expected_wait(position, load)
        assert estimate is not None
        assert abs(estimate.total_seconds() - direct) <= 0.05 * direct + handling / agents


def test_all_at_once_are_the_same_as_one_by_one():
    contacts = line(2000, 2)
    loads = {q: Load(ready=q, serving=float(q), handling=3 * MINUTE) for q in range(4)}
    place, found = positions(contacts), waits(contacts, loads)
    assert all(found[c.interaction] == expected_wait(place[c.interaction], loads[c.queue]) for c in contacts)
    assert all(found[c.interaction] is None for c in contacts if c.queue == 0), "nobody serves it: nobody knows"


def test_somebody_free_means_no_wait():
    load = Load(ready=2, serving=3.0, handling=3 * MINUTE)
    assert [expected_wait(n, load) for n in (1, 2, 3)] == [timedelta(), timedelta(), MINUTE]


def test_agent_of_several_queues_in_demand_is_shared():
    agents = [(1,), (1, 2), (1, 2, 3)]
    assert serving(1, agents, frozenset({1})) == 3
    assert serving(1, agents, frozenset({1, 2})) == 2
    assert serving(3, agents, frozenset({1, 2})) == pytest.approx(1 / 3)
    assert serving(9, agents, frozenset({1})) == 0


def test_handling_begins_usual_and_follows_the_last_ones():
    assert mean_handling([]) == USUAL_HANDLING
    assert mean_handling([MINUTE] * 5) == (USUAL_HANDLING + MINUTE) / 2
    assert mean_handling([60 * MINUTE] * 100 + [MINUTE] * WINDOW) < 2 * MINUTE


@given(st.integers(1, 3000), st.integers(0, 50), st.floats(0.1, 300), st.integers(1, 3600))
def test_later_place_never_waits_less(position, ready, agents, handling):
    load = Load(ready=ready, serving=agents, handling=timedelta(seconds=handling))
    first, second = expected_wait(position, load), expected_wait(position + 1, load)
    assert first is not None and second is not None and timedelta() <= first <= second


@given(st.integers(-5, 5), st.floats(0, 50), st.integers(0, 7200))
def test_ageing_adds_points_by_the_minute(priority, ageing, seconds):
    assert aged(priority, ageing, timedelta(seconds=seconds)) == pytest.approx(priority + ageing * seconds / 60)
