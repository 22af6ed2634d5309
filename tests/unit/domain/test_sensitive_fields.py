"""Fields that are kept encrypted: which may be, by what they are found, what is written down of a search for them."""

from datetime import date

import pytest
from msgspec.structs import replace

from backend.domain.access.policy import Role
from backend.domain.customer.fields import DEFAULT_FIELDS, ClientSettings, Field, FieldType, problems
from backend.domain.customer.search import meant, parts, veiled, whole_terms
from backend.domain.routing.validation import Problem, ProblemKind

TODAY = date(2026, 11, 27)
ROLES = frozenset(role.value for role in Role)


def sensitive(type: FieldType, **more) -> Field:
    return Field(key="x", name="X", type=type, sensitive=True, search=True, **more)


def test_of_the_default_fields_the_insured_number_is_sensitive():
    assert [field.key for field in DEFAULT_FIELDS if field.sensitive] == ["insured_number"]


@pytest.mark.parametrize("key", [field.key for field in DEFAULT_FIELDS])
def test_names_status_identifier_and_telephones_are_never_sensitive(key):
    fields = tuple(replace(f, sensitive=f.key == key) for f in DEFAULT_FIELDS)
    n = [f.key for f in fields].index(key)
    found = list(problems(ClientSettings(fields=fields), ClientSettings(), ROLES))
    open_ones = {
        "title_before",
        "first_name",
        "surname",
        "title_after",
        "company",
        "status",
        "icis_id",
        "mobile",
        "phone",
    }
    assert found == ([Problem(f"fields.{n}.sensitive", ProblemKind.CONTRADICTS)] if key in open_ones else [])


@pytest.mark.parametrize(
    ("type", "value", "typed", "near"),
    [
        (FieldType.INSURED_NUMBER, "8001011238", "800101/1238", ["800101", "800101123", "8001011239", "1238"]),
        (FieldType.DATE, "1980-02-01", "1. 2. 1980", ["1. 2.", "2. 2. 1980", "1980"]),
        (FieldType.EMAIL, ("jan@example.cz",), "Jan@Example.cz", ["jan@", "jan@example.c"]),
        (FieldType.TEXT, "OP 123 456 Žď", "op 123456ZD", ["op 123", "op 123456 z", "123456"]),
        (FieldType.COMPANY_NUMBER, "25596641", "255 96 641", ["255", "2559664"]),
    ],
)
def test_a_sensitive_field_is_found_by_the_whole_value_however_it_is_written(type, value, typed, near):
    field = sensitive(type)
    (term,) = whole_terms(field, value)
    assert meant(field, typed, TODAY) == (term,)
    assert all(term not in meant(field, part, TODAY) for part in near)


def test_each_part_of_what_is_typed_is_asked_for_as_it_was_typed():
    assert [part.typed for part in parts("Nováková 800101/1238", TODAY)] == ["800101/1238", "novakova"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("800101/1238", "800…"),
        ("800101 / 1238 Nováková", "800… Nováková"),
        ("Nováková 80010112", "Nováková 800…"),
        ("RČ8001011238", "RČ800…"),
        ("602 1", "602 1"),
        ("Nováková Jana", "Nováková Jana"),
        ("", ""),
    ],
)
def test_a_number_is_not_written_down_with_a_search_while_a_field_of_numbers_is_sensitive(typed, written):
    assert veiled(typed, DEFAULT_FIELDS) == written


def test_words_are_cut_too_when_a_sensitive_field_is_found_by_words_and_nothing_when_no_field_is():
    assert veiled("AB123456 Nováková", [sensitive(FieldType.TEXT)]) == "AB1… Nov…"
    assert veiled("jan@example.cz", [sensitive(FieldType.EMAIL)]) == "jan…"
    assert veiled("800101/1238", [replace(f, sensitive=False) for f in DEFAULT_FIELDS]) == "800101/1238"
