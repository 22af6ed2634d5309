"""What ICIS sends, and the card that agents write too: what is new in it is taken, what is old news is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.synchronised import Person, as_sent, is_identifier, merged
from backend.domain.routing.validation import Problem, ProblemKind

TODAY = date(2026, 11, 27)
FIELDS = {field.key: field for field in DEFAULT_FIELDS}


def mark(field: str, value: str) -> str:
    return f"{field}={value}"


def sent(**values):
    return as_sent(Person(id="I-1", values=values), FIELDS, TODAY)


def test_values_are_read_as_a_person_would_type_them():
    found = sent(
        surname=" Novák ", birth_date="1. 2. 1980", mobile="601 000 001", email=["A@b.cz", "a@b.cz"], city=None
    )
    assert found.problems == ()
    assert found.values == {
        "surname": "Novák",
        "birth_date": "1980-02-01",
        "mobile": ("+420601000001",),
        "email": ("a@b.cz",),
        "city": None,
    }


def test_what_cannot_be_read_is_named_and_the_rest_is_taken():
    found = sent(surname="Novák", mobile=["601000001", "nemá", "??"], insured_number="123", shoe_size=42, icis_id="I-2")
    assert found.values == {"surname": "Novák", "mobile": ("+420601000001",)}
    assert found.problems == (
        Problem("mobile", ProblemKind.MALFORMED),
        Problem("insured_number", ProblemKind.MALFORMED),
        Problem("shoe_size", ProblemKind.UNKNOWN),
        Problem("icis_id", ProblemKind.UNKNOWN),
    )


def test_a_field_of_which_nothing_can_be_read_is_left_as_it_is():
    assert sent(mobile=["nemá"], phone="x", city={"a": 1}).values == {}


def test_more_values_than_a_field_takes_are_cut_and_named():
    found = sent(mobile=[f"60100{n:04}" for n in range(25)])
    assert len(found.values["mobile"]) == 20
    assert found.problems == (Problem("mobile", ProblemKind.OUT_OF_RANGE),)


@pytest.mark.parametrize(
    ("id", "good"),
    [("1", True), ("A/2-x", True), ("", False), (" 1", False), ("a  b", False), ("a\x00", False), ("x" * 101, False)],
)
def test_identifiers(id, good):
    assert is_identifier(id) is good


def test_new_value_takes_the_place_of_what_an_agent_wrote_and_old_news_does_not():
    card, marks = merged({}, {"city": "Praha"}, FIELDS, {}, mark)
    assert card == {"city": "Praha"}
    card["city"] = "Brno"  # by an agent
    card, marks = merged(card, {"city": "Praha"}, FIELDS, marks, mark)
    assert card == {"city": "Brno"}, "ICIS says what it said before"
    card, marks = merged(card, {"city": "Plzeň"}, FIELDS, marks, mark)
    assert card == {"city": "Plzeň"}
    card, _ = merged(card, {"city": None}, FIELDS, marks, mark)
    assert card == {}


def test_numbers_that_agents_added_stay_beside_those_of_icis():
    card, marks = merged({"mobile": ("1",)}, {"mobile": ("2", "3")}, FIELDS, {}, mark)
    assert card == {"mobile": ("2", "3", "1")}, "first seen on a card that was written by hand"
    card["mobile"] = (*card["mobile"], "9")
    card, marks = merged(card, {"mobile": ("3", "4")}, FIELDS, marks, mark)
    assert card == {"mobile": ("4", "3", "1", "9")}, "2 is gone in ICIS"
    card["mobile"] = ("4", "1", "9")  # an agent takes 3 away
    card, marks = merged(card, {"mobile": ("3", "4")}, FIELDS, marks, mark)
    assert card == {"mobile": ("4", "1", "9")}, "nothing new"
    card, _ = merged(card, {"mobile": None}, FIELDS, marks, mark)
    assert card == {"mobile": ("1", "9")}, "4 was from ICIS, the others are the agents'"


def test_fields_that_are_not_sent_stay_and_are_remembered():
    card, marks = merged({"city": "Brno", "warning": "!"}, {"city": "Brno"}, FIELDS, {}, mark)
    assert (card, marks) == ({"city": "Brno", "warning": "!"}, {"city": ("city=Brno",)})
    again, kept = merged(card, {}, FIELDS, marks, mark)
    assert (again, kept) == (card, marks)


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "city": st.none() | st.sampled_from(["Praha", "Brno"]),
        "mobile": st.none() | st.lists(st.sampled_from("12345"), min_size=1, max_size=4, unique=True).map(tuple),
    },
)


@given(card=VALUES, batches=st.lists(VALUES, min_size=1, max_size=5))
def test_a_batch_sent_twice_changes_nothing_the_second_time(card, batches):
    values = {k: v for k, v in card.items() if v is not None}
    marks: dict = {}
    for batch in batches:
        values, marks = merged(values, batch, FIELDS, marks, mark)
        assert merged(values, batch, FIELDS, marks, mark) == (values, marks)


@given(batches=st.lists(VALUES, min_size=1, max_size=5))
def test_a_card_that_only_icis_writes_says_what_icis_said_last(batches):
    values, marks, last = {}, {}, {}
    for batch in batches:
        values, marks = merged(values, batch, FIELDS, marks, mark)
        last |= batch
    assert {k: set(v) for k, v in values.items()} == {k: set(v) for k, v in last.items() if v is not None}
