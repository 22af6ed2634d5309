from datetime import time

import pytest

from backend.domain.voice.toll import OutsideRules, Toll, Used, refused

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
