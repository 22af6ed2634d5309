"""What a waiting caller hears: grammar, rounding, and what a queue's rules let be said."""

from datetime import timedelta

import pytest

from backend.domain.routing.queue_options import Announcements, SayExpectedWait, SayPosition
from backend.domain.voice.waiting_words import (
    LAST_ORDINAL,
    announcement,
    comfort_message,
    more_text,
    ordinal,
    place,
    position_text,
    usual_texts,
    wait_text,
)


@pytest.mark.parametrize(
    ("n", "first", "at"),
    [
        (1, "první", "na prvním místě"),
        (2, "druhý", "na druhém místě"),
        (3, "třetí", "na třetím místě"),
        (12, "dvanáctý", "na dvanáctém místě"),
        (20, "dvacátý", "na dvacátém místě"),
        (21, "dvacátý první", "na dvacátém prvním místě"),
        (99, "devadesátý devátý", "na devadesátém devátém místě"),
    ],
)
def test_ordinals(n, first, at):
    assert (ordinal(n), place(n)) == (first, at)


def test_every_ordinal_is_there_and_different():
    assert len({ordinal(n) for n in range(1, LAST_ORDINAL + 1)}) == LAST_ORDINAL
    assert position_text(LAST_ORDINAL + 1).startswith("Vaše pořadí ve frontě je 100.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "do jedné minuty"),
        (60, "do jedné minuty"),
        (61, "jedna až dvě minuty"),
        (120, "jedna až dvě minuty"),
        (170, "dvě až tři minuty"),
        (299, "čtyři až pět minut"),
        (301, "pět až sedm minut"),
        (601, "deset až patnáct minut"),
        (3601, "více než hodina"),
    ],
)
def test_expected_wait(seconds, words):
    assert wait_text(timedelta(seconds=seconds)) == f"Přibližná doba čekání: {words}."


@pytest.mark.parametrize(
    ("limit", "words"), [(1, "jeden volající"), (3, "3 volající"), (5, "5 volajících"), (10, "10 volajících")]
)
def test_more_than(limit, words):
    assert f"více než {words}." in more_text(limit)


def test_rules_of_the_queue_say_what_is_told():
    wait = timedelta(minutes=2.5)
    told = {
        SayPosition.YES: position_text(7),
        SayPosition.NO: None,
        SayPosition.LIMIT: None,
        SayPosition.MORE: more_text(5),
    }
    for say, words in told.items():
        assert announcement(Announcements(position=say, position_limit=5), 7, wait, first=True) == words
    assert announcement(Announcements(position=SayPosition.LIMIT, position_limit=5), 5, wait, first=False) == (
        position_text(5)
    )
    once = Announcements(position=SayPosition.NO, expected_wait=SayExpectedWait.ONCE, first_message="Vítejte.")
    assert announcement(once, 1, wait, first=True) == "Vítejte.\nPřibližná doba čekání: dvě až tři minuty."
    assert announcement(once, 1, wait, first=False) is None
    always = Announcements(expected_wait=SayExpectedWait.YES)
    assert announcement(always, 1, None, first=False) == position_text(1), "an unknown wait is not told"


def test_comfort_messages_in_order_or_by_chance():
    rules = Announcements(comfort=("a", "b"))
    assert [comfort_message(rules, n, 0) for n in range(4)] == ["a", "b", "a", "b"]
    by_chance = Announcements(comfort=("a", "b"), comfort_random=True)
    assert {comfort_message(by_chance, 0, chance) for chance in range(9)} == {"a", "b"}
    assert comfort_message(Announcements(), 0, 0) is None


def test_usual_texts_are_what_is_said():
    found = usual_texts(3)
    assert found[:3] == [position_text(n) for n in (1, 2, 3)]
    assert {wait_text(timedelta(seconds=s)) for s in range(0, 5000, 7)} == set(found[3:])
