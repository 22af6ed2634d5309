"""A wish to be called back: attempts, asking again, times that were chosen."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.callback.dialogue import FLOWS, at_time, possible, when_words
from backend.domain.callback.model import (
    Callback,
    CallbackKind,
    CallbackState,
    RetryRule,
    VoiceMessage,
    asked_again,
    assigned,
    begun,
    ended,
    finished,
    not_called,
    reopened,
    with_message,
)
from backend.domain.interaction.model import Outcome
from backend.domain.ivr.validation import validate
from backend.domain.kernel.working_time import PRAGUE, Calendar, Interval
from tests.unit.domain.test_ivr import world

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=PRAGUE)
HOURS = Calendar(name="x", week=((Interval.of("8:00-18:00"),),) * 5 + ((), ()), holidays_closed=True)
RULE = RetryRule(attempts=2, every=timedelta(minutes=30))


def wish(**changed) -> Callback:
    return Callback(
        **{
            "id": "c", "kind": CallbackKind.REQUEST, "number": "+420601123456", "queue": 1, "origin": "o",
            "state": CallbackState.WAITING, "requested_at": NOW, "place_since": NOW - timedelta(minutes=5), "interaction": "i",
            **changed,
        }
    )  # fmt: skip


def test_done_when_somebody_talked_otherwise_tried_again_and_given_up():
    done = ended(wish(), Outcome.HANDLED, 7, NOW, RULE)
    assert (done.state, done.done_by, done.open) == (CallbackState.DONE, 7, False)
    once = ended(wish(), Outcome.NO_ANSWER, 7, NOW, RULE)
    assert (once.state, once.due_at, once.attempts) == (CallbackState.SCHEDULED, NOW + timedelta(minutes=30), 1)
    again = begun(once, "j")
    assert (again.state, again.interaction, again.place_since) == (CallbackState.WAITING, "j", wish().place_since)
    assert ended(again, Outcome.BUSY, None, NOW, RULE).state is CallbackState.FAILED


def test_who_asks_again_keeps_one_wish_and_its_place():
    later = NOW + timedelta(hours=3)
    scheduled = wish(state=CallbackState.SCHEDULED, due_at=NOW + timedelta(hours=1))
    changed = asked_again(scheduled, later)
    assert (changed.due_at, changed.place_since, changed.kind) == (later, scheduled.place_since, CallbackKind.REQUEST)
    assert asked_again(wish(), later).due_at is None, "one that waits already is called in its turn"


def test_ivr_04_a_number_has_one_item_with_all_its_messages_each_once():
    first, second = (VoiceMessage(recording=r, interaction="i", at=NOW, duration_ms=4000) for r in ("a", "b"))
    both = with_message(with_message(with_message(wish(), first), second), second)
    assert (both.kind, both.messages) == (CallbackKind.VOICEMAIL, (first, second))
    assert both.place_since == wish().place_since


def test_ivr_04_what_is_assigned_waits_for_its_person_also_after_an_attempt():
    mine = assigned(begun(wish(), "c"), 7)
    assert (mine.state, mine.assigned_to, mine.interaction, mine.due_at) == (CallbackState.SCHEDULED, 7, None, None)
    tried = ended(begun(mine, "d"), Outcome.BUSY, 7, NOW, RULE)
    assert (tried.attempts, tried.state, tried.due_at) == (1, CallbackState.SCHEDULED, None)
    assert assigned(tried, None).assigned_to is None


def test_ivr_04_heard_and_not_called_is_no_attempt_and_done_can_be_undone():
    again = not_called(begun(wish(), "c"), NOW, RULE)
    assert (again.attempts, again.state, again.due_at) == (0, CallbackState.SCHEDULED, NOW + RULE.every)
    back = reopened(finished(again, 7, NOW))
    assert back.open and back.done_by is None and back.done_at is None


@pytest.mark.parametrize(
    "digits, expected",
    [
        ("1430", datetime(2026, 11, 23, 14, 30, tzinfo=PRAGUE)),
        ("0830", datetime(2026, 11, 24, 8, 30, tzinfo=PRAGUE)),
        ("0900", datetime(2026, 11, 24, 9, 0, tzinfo=PRAGUE)),
        ("2460", None),
        ("2400", None),
        ("", None),
        ("12a0", None),
    ],
)
def test_time_that_was_keyed_in(digits, expected):
    assert at_time(digits, NOW) == expected


@pytest.mark.parametrize(
    "wanted, expected, words",
    [
        (datetime(2026, 11, 23, 14, 30, tzinfo=PRAGUE), None, "dnes ve čtrnáct hodin třicet minut"),
        (
            datetime(2026, 11, 23, 22, 0, tzinfo=PRAGUE),
            datetime(2026, 11, 24, 8, 0, tzinfo=PRAGUE),
            "zítra v osm hodin",
        ),
        (
            datetime(2026, 11, 28, 10, 0, tzinfo=PRAGUE),
            datetime(2026, 11, 30, 8, 0, tzinfo=PRAGUE),
            "30. 11. v osm hodin",
        ),
        (
            datetime(2026, 12, 24, 10, 0, tzinfo=PRAGUE),
            datetime(2026, 12, 28, 8, 0, tzinfo=PRAGUE),
            "28. 12. v osm hodin",
        ),
    ],
)
def test_time_outside_working_hours_becomes_the_next_possible_one(wanted, expected, words):
    found = possible(wanted.astimezone(UTC), HOURS)
    assert found == (expected or wanted)
    assert when_words(found, NOW) == words
    assert possible(wanted, None) == wanted


def test_the_dialogues_that_come_with_the_product_are_right():
    for flow in FLOWS.values():
        assert validate(flow, world()) == []
