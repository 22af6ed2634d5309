from datetime import UTC, datetime, time

import pytest

from backend.domain.alerts.limits import lets_out_again, not_let_out
from backend.domain.voice.toll import OutsideRules, Toll, Tripped, Used, refused, tripped

NOON = time(12, 0)


def why(number: str, at: time = NOON, used: Used | None = None, **rules) -> Toll | None:
    return refused(OutsideRules(**rules), number, used or Used(), at)


@pytest.mark.parametrize("number", ["112", "155", "1188", "4021", ""])
def test_short_numbers_and_extensions_are_never_refused(number):
    rules = {"allowed": ("+420",), "refused": ("+",), "day_begins_min": 1, "day_ends_min": 2, "all_at_once": 1}
    assert why(number, used=Used(all_now=9), **rules) is None


def test_premium_lines_are_refused_and_anything_else_may_be_called_when_nothing_is_set():
    assert why("+420909123456") is Toll.PREFIX
    assert why("+420601123456") is None
    assert why("+88213123456") is None


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("+420601123456", None),
        ("+421905123456", Toll.PREFIX),
        ("+421221234567", None),
        ("+420900123456", Toll.PREFIX),
        ("+420900999111", None),
        ("+441632960000", Toll.PREFIX),
    ],
)
def test_longest_beginning_decides_and_the_refusal_where_both_have_it(number, verdict):
    rules = {"allowed": ("+420", "+421", "+4212", "+420900999"), "refused": ("+420900", "+421")}
    assert why(number, **rules) is verdict


@pytest.mark.parametrize(
    ("begins", "ends", "at", "night"),
    [
        (360, 1200, time(5, 59), True),
        (360, 1200, time(6, 0), False),
        (360, 1200, time(19, 59), False),
        (360, 1200, time(20, 0), True),
        (1200, 360, time(23, 0), False),
        (1200, 360, time(12, 0), True),
        (0, 0, time(3, 0), False),
        (0, 1440, time(23, 59), False),
    ],
)
def test_night(begins, ends, at, night):
    given = {"day_begins_min": begins, "day_ends_min": ends, "night_allowed": ("+4206",)}
    assert why("+420222123456", at, **given) is (Toll.HOUR if night else None)
    assert why("+420601123456", at, **given) is None


@pytest.mark.parametrize(
    ("limit", "used", "verdict"),
    [
        ("agent_at_once", "agent_now", Toll.AGENT_AT_ONCE),
        ("all_at_once", "all_now", Toll.ALL_AT_ONCE),
        ("agent_a_day", "agent_today", Toll.AGENT_A_DAY),
        ("all_a_day", "all_today", Toll.ALL_A_DAY),
    ],
)
def test_as_many_calls_as_the_limit_says_and_no_more(limit, used, verdict):
    assert why("+420601123456", used=Used(**{used: 2}), **{limit: 3}) is None
    assert why("+420601123456", used=Used(**{used: 3}), **{limit: 3}) is verdict
    assert why("+420601123456", used=Used(**{used: 3}), **{limit: 0}) is None


@pytest.mark.parametrize("limit", [Toll.PREFIX, Toll.HOUR])
def test_a_forbidden_number_or_hour_is_no_limit_that_trips(limit):
    assert tripped(OutsideRules(), limit, "+420601123456", 7, datetime(2026, 6, 15, 10, 20, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("limit", "now", "since", "until"),
    [
        (Toll.AGENT_AT_ONCE, "2026-06-15T10:20+00:00", "2026-06-15T12:00+02:00", "2026-06-15T13:00+02:00"),
        (Toll.ALL_A_DAY, "2026-06-14T22:30+00:00", "2026-06-15T00:00+02:00", "2026-06-16T00:00+02:00"),
        # the days on which the clock is put forward and back
        (Toll.AGENT_A_DAY, "2026-03-29T12:00+00:00", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        (Toll.AGENT_A_DAY, "2026-10-25T12:00+00:00", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
    ],
)
def test_limit_is_told_once_an_hour_or_a_day_with_the_beginning_of_the_number_only(limit, now, since, until):
    rules = OutsideRules(agent_at_once=1, agent_a_day=2, all_at_once=3, all_a_day=4)
    found = tripped(rules, limit, "+420601123456", 7, datetime.fromisoformat(now))
    assert found == Tripped(
        limit=limit,
        most=rules.of(limit),
        prefix="+420601",
        agent=7,
        since=datetime.fromisoformat(since),
        until=datetime.fromisoformat(until),
    )


def of(limit: Toll, agent: int | None, at: str = "2026-06-15T10:20+00:00") -> Tripped:
    rules = OutsideRules(agent_at_once=1, agent_a_day=2, all_at_once=3, all_a_day=4)
    found = tripped(rules, limit, "+420601123456", agent, datetime.fromisoformat(at))
    assert found is not None
    return found


def test_an_agents_limit_is_an_alert_of_each_agent_and_a_limit_of_all_is_one():
    mine, other = of(Toll.AGENT_A_DAY, 7), of(Toll.AGENT_A_DAY, 8)
    assert not_let_out(mine).key != not_let_out(other).key
    assert not_let_out(mine).key == not_let_out(of(Toll.AGENT_A_DAY, 7, "2026-06-15T20:00+00:00")).key
    assert not_let_out(mine).key != not_let_out(of(Toll.AGENT_A_DAY, 7, "2026-06-16T10:00+00:00")).key
    assert not_let_out(of(Toll.ALL_A_DAY, 7)).key == not_let_out(of(Toll.ALL_A_DAY, None)).key


@pytest.mark.parametrize(
    ("at", "agent_a_day", "over"),
    [
        ("2026-06-15T21:59:59+00:00", 2, False),
        ("2026-06-15T22:00:00+00:00", 2, True),
        ("2026-06-15T12:00:00+00:00", 3, True),
        ("2026-06-15T12:00:00+00:00", 1, False),
        ("2026-06-15T12:00:00+00:00", 0, True),
    ],
)
def test_it_is_over_at_the_end_of_the_day_or_when_the_limit_is_raised_or_taken_away(at, agent_a_day, over):
    rules = OutsideRules(agent_a_day=agent_a_day)
    assert lets_out_again(of(Toll.AGENT_A_DAY, 7), rules, datetime.fromisoformat(at)) is over
