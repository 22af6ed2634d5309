"""Wrong attempts slow down whoever makes them, and nobody else."""

from datetime import UTC, datetime, timedelta

from backend.domain.access.throttling import LIMITS, Counted, Counter, delay, failed, keys, wait

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
PAIR = LIMITS[Counted.PAIR]


def test_first_failures_cost_nothing_then_the_wait_doubles_up_to_a_limit():
    waits = [delay(PAIR, n).total_seconds() for n in (0, 4, 5, 6, 7, 8, 30)]
    assert waits == [0, 0, 2, 4, 8, 16, 900]


def test_wait_runs_from_the_last_failure_and_failures_are_forgotten():
    counter = Counter(6, NOW)
    assert wait(Counted.PAIR, counter, NOW + timedelta(seconds=1)) == timedelta(seconds=3)
    assert wait(Counted.PAIR, counter, NOW + timedelta(seconds=5)) == timedelta()
    assert wait(Counted.PAIR, Counter(30, NOW), NOW + PAIR.forgotten + timedelta(seconds=1)) == timedelta()
    assert failed(Counted.PAIR, counter, NOW + timedelta(hours=2)) == Counter(1, NOW + timedelta(hours=2))


def test_free_attempts_wait_for_nothing_though_a_later_one_was_counted_first():
    assert wait(Counted.PAIR, Counter(3, NOW + timedelta(seconds=1)), NOW) == timedelta()


def test_a_stranger_elsewhere_shares_no_counter_with_the_owner():
    owner_known = keys("jana", "198.51.100.7", inside=False, device="d1")
    owner_new = keys("jana", "198.51.100.7", inside=False, device=None)
    stranger = keys("jana", "203.0.113.9", inside=False, device=None)
    assert not set(stranger) & set(owner_known)
    assert not set(stranger) & set(owner_new)


def test_a_known_browser_behind_the_strangers_address_shares_no_counter_with_the_stranger():
    owner = keys("jana", "203.0.113.9", inside=False, device="d1")
    stranger = keys("jana", "203.0.113.9", inside=False, device=None)
    assert not set(stranger) & set(owner)
