"""Values as a Czech says them, and Czech identification numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.customer.numbers import is_company_number, is_insured_number
from backend.domain.voice.czech import amount, clock, day, digits, fill, form, integer


@pytest.mark.parametrize(
    "said, words",
    [
        (amount("1"), "jedna koruna"),
        (amount("2"), "dvě koruny"),
        (amount("21"), "dvacet jedna korun"),
        (amount("102"), "sto dva korun"),
        (amount("1 250,50 Kč"), "tisíc dvě stě padesát korun a padesát haléřů"),
        (amount("-0,02"), "minus nula korun a dva haléře"),
        (amount("zdarma"), "zdarma"),
        (day("2026-11-23"), "dvacátého třetího listopadu dva tisíce dvacet šest"),
        (day("1. 1. 1954"), "prvního ledna tisíc devět set padesát čtyři"),
        (day("31. 2. 2026"), "31. 2. 2026"),
        (clock("8:30"), "osm hodin třicet minut"),
        (clock("1:02"), "jedna hodina dvě minuty"),
        (clock("15:00"), "patnáct hodin"),
        (digits("75 51/23"), "sedm, pět, pět, jedna, dva, tři"),
        (integer("3,25"), "tři celé dvacet pět setin"),
        (integer("7"), "sedm"),
        (fill("Máte {n|number} z {m}.", {"n": "2", "m": "{n}"}), "Máte dva z {n}."),
    ],
)
def test_said(said, words):
    assert said == words


@given(st.text(max_size=40))
def test_whatever_stands_in_a_record_is_said_somehow(text):
    for kind in (amount, day, clock, digits, integer):
        assert isinstance(kind(text), str)
    assert isinstance(fill(text, {text: text}), str)


@pytest.mark.parametrize("n, expected", [(0, "c"), (1, "a"), (2, "b"), (4, "b"), (5, "c"), (22, "c"), (101, "c")])
def test_counted_form(n, expected):
    assert form(n, ("a", "b", "c")) == expected


@given(st.integers(0, 999_999_999))
def test_no_birth_number_with_a_changed_check_digit_is_right(nine):
    first = f"{nine:09}"
    right = [d for d in "0123456789" if is_insured_number(first + d)]
    assert len(right) <= 1


@pytest.mark.parametrize(
    "number, right",
    [("7551231237", True), ("7551231234", False), ("535231001", True), ("545231001", False), ("7513451237", False),
     ("", False), ("٧٥٥١٢٣١٢٣٧", False), ("75512312371", False)],
)  # fmt: skip
def test_insured_number(number, right):
    assert is_insured_number(number) is right


@pytest.mark.parametrize(
    "number, right", [("25596641", True), ("27082440", True), ("27082441", False), ("2708244", False)]
)
def test_company_number(number, right):
    assert is_company_number(number) is right
