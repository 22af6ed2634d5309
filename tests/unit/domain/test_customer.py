"""Fields of a client's card: what is typed and read, who sees and edits, what changed, by what clients are found."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backend.domain.access.fields import fields_edited, fields_seen
from backend.domain.access.policy import Action, Actor, Role
from backend.domain.access.rights import BUILT_IN
from backend.domain.customer.fields import (
    DEFAULT_FIELDS,
    Choice,
    ClientSettings,
    Field,
    FieldType,
    icis_link,
    problems,
)
from backend.domain.customer.model import Change, Version, difference, patched, since
from backend.domain.customer.numbers import is_company_number, is_insured_number
from backend.domain.customer.search import Part, parts, plain, same_person, terms
from backend.domain.customer.values import Unreadable, dates, display_name, in_words, missing, read, spoken_name
from backend.domain.routing.validation import ProblemKind

TODAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ROLES = frozenset(role.value for role in Role)
BY_KEY = {field.key: field for field in DEFAULT_FIELDS}


def field(type: FieldType, **more) -> Field:
    return Field(key="x", name="X", type=type, **more)


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        ("7551231237", True),  # a woman, month + 50
        ("8001011238", True),
        ("8001011239", False),  # check digit
        ("455606060", True),  # nine digits, born 1945
        ("545606060", False),  # nine digits were given until 1953
        ("8013011238", False),  # month 13
        ("0421010018", True),  # since 2004 month + 20
        ("755123123", False),
        ("75512312377", False),
        ("75512312a7", False),
        ("٧٥٥١٢٣١٢٣٧", False),
    ],
)
def test_insured_number_has_ten_digits_with_a_check_or_nine_of_those_born_before_1954(digits, valid):
    assert is_insured_number(digits) is valid


def test_company_number_has_a_check_digit():
    assert is_company_number("47114321") is True
    assert is_company_number("47114322") is False
    assert is_company_number("4711432") is False


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.2.1980", ["1980-02-01"]),
        ("1. 2. 80", ["1980-02-01"]),
        (" 1 . 2 . 1980 ", ["1980-02-01"]),
        ("1980-02-01", ["1980-02-01"]),
        ("1.2.10", ["2010-02-01", "1910-02-01"]),
        ("31.12.26", ["1926-12-31"]),  # 2026-12-31 is yet to come
        ("29.2.1900", []),
        ("31.2.1980", []),
        ("1.13.1980", []),
        ("2/1/1980", []),
        ("", []),
        ("1.2.", []),
    ],
)
def test_dates_as_czechs_write_them(typed, meant):
    assert [d.isoformat() for d in dates(typed, TODAY)] == meant


@pytest.mark.parametrize(
    ("type", "typed", "kept"),
    [
        (FieldType.TEXT, "  Jan   Novák ", "Jan Novák"),
        (FieldType.LONG_TEXT, " a\n b ", "a\n b"),
        (FieldType.NUMBER, "1 234,5", 1234.5),
        (FieldType.NUMBER, "12", 12),
        (FieldType.NUMBER, 7, 7),
        (FieldType.DATE, "1. 2. 80", "1980-02-01"),
        (FieldType.EMAIL, "Marie@Example.CZ", ("marie@example.cz",)),
        (FieldType.PHONE, "602 111 222", ("+420602111222",)),
        (FieldType.PHONE, "+421 2 1234 5678", ("+421212345678",)),
        (FieldType.INSURED_NUMBER, "755123/1237", "7551231237"),
        (FieldType.COMPANY_NUMBER, "471 14 321", "47114321"),
        (FieldType.YES_NO, False, False),
        (FieldType.LINK, "https://example.cz/a", "https://example.cz/a"),
        (FieldType.TEXT, "   ", None),
        (FieldType.PHONE, "", None),
        (FieldType.TEXT, None, None),
    ],
)
def test_what_is_typed_is_kept_in_one_form(type, typed, kept):
    assert read(field(type), typed, TODAY) == kept


@pytest.mark.parametrize(
    ("type", "typed", "kind"),
    [
        (FieldType.NUMBER, "dvanáct", ProblemKind.MALFORMED),
        (FieldType.DATE, "31.2.1980", ProblemKind.MALFORMED),
        (FieldType.DATE, "1.1.1700", ProblemKind.MALFORMED),
        (FieldType.EMAIL, "marie@", ProblemKind.MALFORMED),
        (FieldType.EMAIL, ["a@b.cz", "c@d.cz"], ProblemKind.OUT_OF_RANGE),
        (FieldType.PHONE, "123", ProblemKind.MALFORMED),
        (FieldType.PHONE, "nula", ProblemKind.MALFORMED),
        (FieldType.INSURED_NUMBER, "755123/1238", ProblemKind.MALFORMED),
        (FieldType.COMPANY_NUMBER, "47114322", ProblemKind.MALFORMED),
        (FieldType.YES_NO, "ano", ProblemKind.MALFORMED),
        (FieldType.LINK, "javascript:alert(1)", ProblemKind.MALFORMED),
        (FieldType.CHOICE, "nic", ProblemKind.MALFORMED),
        (FieldType.TEXT, {"a": 1}, ProblemKind.MALFORMED),
        (FieldType.TEXT, True, ProblemKind.MALFORMED),
        (FieldType.TEXT, "a\x00b", ProblemKind.MALFORMED),
        (FieldType.TEXT, "x" * 201, ProblemKind.OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_read_is_refused_by_kind(type, typed, kind):
    with pytest.raises(Unreadable) as caught:
        read(field(type, choices=(Choice("ano", "Ano"),)), typed, TODAY)
    assert caught.value.kind is kind


def test_several_numbers_are_kept_once_each():
    mobile = replace(BY_KEY["mobile"], many=True)
    assert read(mobile, ["602111222", "+420602111222", "", "603555666"], TODAY) == ("+420602111222", "+420603555666")


# ---- rights


def actor_of(role: Role) -> Actor:
    return Actor(user=1, roles=frozenset({role.value}), grants=BUILT_IN[role])


def test_every_role_sees_and_edits_what_its_field_says_and_nobody_nothing():
    fields = (
        field(FieldType.TEXT, sees=(Role.AGENT, Role.ADMIN), edits=(Role.ADMIN,)),
        Field(key="y", name="Y", sees=(Role.SUPERVISOR,), edits=(Role.AGENT, Role.SUPERVISOR)),
    )
    nothing: dict[Role, list[str]] = {role: [] for role in Role}
    seen = {role: [f.key for f in fields_seen(actor_of(role), fields)] for role in Role}
    assert seen == nothing | {Role.AGENT: ["x"], Role.SUPERVISOR: ["y"], Role.ADMIN: ["x", "y"]}
    edited = {role: [f.key for f in fields_edited(actor_of(role), fields)] for role in Role}
    assert edited == nothing | {Role.SUPERVISOR: ["y"], Role.ADMIN: ["x", "y"]}
    assert fields_seen(None, fields) == () and fields_edited(None, fields) == ()


def test_an_own_role_is_enough_for_a_field_and_a_denied_action_takes_all_fields():
    fields = (Field(key="x", name="X", sees=("12",), edits=("12",)),)
    agent = actor_of(Role.AGENT)
    assert fields_seen(agent, fields) == ()
    special = replace(agent, roles=agent.roles | {"12"})
    assert fields_seen(special, fields) == fields == fields_edited(special, fields)
    denied = replace(special, grants=frozenset(g for g in special.grants if g[0] is not Action.SEE_CLIENTS))
    assert fields_seen(denied, fields) == () == fields_edited(denied, fields)


def test_a_patch_of_a_field_that_is_not_ones_own_is_refused_and_names_it():
    values, found = patched({"surname": "Novák"}, {"status": "vip", "city": "Brno"}, {"city": BY_KEY["city"]}, TODAY)
    assert [(p.field, p.kind) for p in found] == [("status", ProblemKind.UNKNOWN)]
    assert values == {"surname": "Novák", "city": "Brno"}


def test_required_is_asked_only_of_who_may_fill_it_in():
    must = replace(BY_KEY["city"], required=True)
    _, found = patched({"surname": "Novák"}, {}, {"city": must}, TODAY)
    assert [(p.field, p.kind) for p in found] == [("city", ProblemKind.MISSING)]
    assert patched({"surname": "Novák"}, {}, {}, TODAY)[1] == []
    assert [p.field for p in missing({}, [])] == ["surname"]


# ---- versions


def test_difference_names_what_changed_and_since_gives_the_net_of_several_saves():
    one = difference({"city": "Brno", "status": "vip"}, {"city": "Praha", "email": ("a@b.cz",)})
    assert one == (Change("city", "Brno", "Praha"), Change("status", "vip", None), Change("email", None, ("a@b.cz",)))
    versions = [
        Version(version=2, at=NOW, author=1, changes=(Change("city", "Brno", "Praha"), Change("phone", None, ("1",)))),
        Version(version=3, at=NOW, author=2, changes=(Change("city", "Praha", "Zlín"), Change("phone", ("1",), None))),
    ]
    assert [(c, v.author) for c, v in since(versions)] == [(Change("city", "Brno", "Zlín"), 2)]


values = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["1", "2", ("3",), True]))


@given(st.lists(values, min_size=2, max_size=6))
def test_net_changes_carry_the_first_card_to_the_last(cards):
    versions = [
        Version(version=n, at=NOW, author=n, changes=difference(before, after))
        for n, (before, after) in enumerate(pairwise(cards))
    ]
    moved = dict(cards[0])
    for change, _ in since(versions):
        assert moved.get(change.field) == change.before
        moved.pop(change.field, None)
        if change.after is not None:
            moved[change.field] = change.after
    assert moved == cards[-1]


def test_names_and_words():
    assert display_name({"title_before": "Ing.", "first_name": "Jan", "surname": "Novák", "title_after": "CSc."}) == (
        "Ing. Jan Novák, CSc."
    )
    assert display_name({"company": "Ďurica"}) == "Ďurica"
    assert (
        spoken_name({"title_before": "Ing.", "first_name": "Jan", "surname": "Novák", "title_after": "CSc."})
        == "Jan Novák"
    )
    assert spoken_name({"company": "Ďurica"}) == "Ďurica"
    assert display_name({"surname": "Novák", "company": "X"}) == "Novák"
    assert in_words(BY_KEY["birth_date"], "1980-02-01") == "1. 2. 1980"
    assert in_words(BY_KEY["status"], "vip") == "přednostní"
    assert in_words(BY_KEY["consent"], False) == "ne"


# ---- search


def test_words_lose_case_and_diacritics():
    assert plain("Příliš ŽLUŤOUČKÝ kůň, Łódź, Müller") == "prilis zlutoucky kun, lodz, muller"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (
            "Novák Jan",
            [Part(starts=("novak",), word="novak", typed="novak"), Part(starts=("jan",), word="jan", typed="jan")],
        ),
        ("602 111 222", [Part(starts=("602111222", "+420602111222", "+602111222"), typed="602 111 222")]),
        ("00420 602", [Part(starts=("+420602", "00420602"), typed="00420 602")]),
        ("+420 602", [Part(starts=("+420602",), typed="+420 602")]),
        ("755123/1237", [Part(starts=("7551231237", "+4207551231237", "+7551231237"), typed="755123/1237")]),
        ("1. 2. 80", [Part(whole=("1980-02-01",), typed="1. 2. 80")]),
        ("Marie@", [Part(starts=("marie@",), typed="Marie@")]),
        (
            "1.2.1980 nov",
            [Part(whole=("1980-02-01",), typed="1.2.1980"), Part(starts=("nov",), word="nov", typed="nov")],
        ),
        ("  ", []),
        ("%_'\"\\", []),
    ],
)
def test_what_is_typed_is_taken_apart(typed, asked):
    assert list(parts(typed, TODAY)) == asked


def test_a_card_is_found_by_its_names_numbers_and_dates_only():
    card = {
        "first_name": "Anna Marie",
        "surname": "Nová-Černá",
        "mobile": ("+420602111222",),
        "birth_date": "1980-02-01",
        "status": "vip",
        "warning": "tajné",
    }
    assert sorted(terms(card, DEFAULT_FIELDS)) == [
        ("birth_date", "1980-02-01"),
        ("first_name", "anna"),
        ("first_name", "marie"),
        ("mobile", "+420602111222"),
        ("surname", "cerna"),
        ("surname", "nova"),
    ]


def test_two_cards_are_one_person_by_number_or_by_name_and_something_more():
    a = {"first_name": "Jan", "surname": "Novák", "birth_date": "1980-02-01", "mobile": ("+420602111222",)}
    same_number = {"surname": "Jiný", "insured_number": "8001011238"}
    assert same_person({"insured_number": "8001011238"}, same_number, DEFAULT_FIELDS).fields == ("insured_number",)
    assert same_person(a, {**a, "surname": "NOVAK"}, DEFAULT_FIELDS).fields == (
        "first_name",
        "surname",
        "birth_date",
        "mobile",
    )
    assert same_person(a, {**a, "first_name": "Petr"}, DEFAULT_FIELDS) is None
    assert same_person(a, {"first_name": "Jan", "surname": "Novák"}, DEFAULT_FIELDS) is None
    hidden = [f for f in DEFAULT_FIELDS if f.key not in ("birth_date", "mobile")]
    assert same_person(a, dict(a), hidden) is None


# ---- fields


def test_link_to_icis_needs_an_identifier_and_cannot_be_led_elsewhere():
    assert icis_link("https://icis.example/osoba?id={id}", "A 1/../x") == "https://icis.example/osoba?id=A%201%2F..%2Fx"
    assert icis_link("https://icis.example/{id}", "") is None
    assert icis_link("", "1") is None


def test_default_fields_are_at_least_fifteen_and_valid():
    assert len(DEFAULT_FIELDS) >= 15
    assert list(problems(ClientSettings(), ClientSettings(), ROLES)) == []


def changed_field(n: int, **change) -> ClientSettings:
    fields = list(DEFAULT_FIELDS)
    fields[n] = replace(fields[n], **change)
    return ClientSettings(fields=tuple(fields))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": " "}, ("fields.1.name", ProblemKind.MISSING)),
        ({"name": "x" * 81}, ("fields.1.name", ProblemKind.OUT_OF_RANGE)),
        ({"name": "PŘÍJMENÍ"}, ("fields.2.name", ProblemKind.TAKEN)),
        ({"type": FieldType.DATE}, ("fields.1.type", ProblemKind.CONTRADICTS)),
        ({"edits": (Role.AGENT,), "sees": (Role.ADMIN,)}, ("fields.1.edits", ProblemKind.CONTRADICTS)),
        ({"sees": ("99",), "edits": ()}, ("fields.1.sees", ProblemKind.UNKNOWN)),
    ],
)
def test_wrong_definition_of_a_field_names_it(change, wrong):
    found = [(p.field, p.kind) for p in problems(changed_field(1, **change), ClientSettings(), ROLES)]
    assert wrong in found


def test_a_field_in_use_is_retired_never_removed_and_a_name_is_always_asked():
    fewer = ClientSettings(fields=DEFAULT_FIELDS[:-1])
    assert [(p.field, p.kind) for p in problems(fewer, ClientSettings(), ROLES)] == [("fields", ProblemKind.MISSING)]
    retired = changed_field(2, retired=True)
    assert [(p.field, p.kind) for p in problems(retired, ClientSettings(), ROLES)] == [
        ("fields.2.retired", ProblemKind.CONTRADICTS)
    ]


def test_choices_need_values_that_stay():
    n = next(n for n, f in enumerate(DEFAULT_FIELDS) if f.key == "status")
    for choices, wrong in (
        ((), "choices"),
        ((Choice("VIP!", "x"),), "choices.0.value"),
        ((Choice("standard", "a"), Choice("standard", "b")), "choices.1.value"),
    ):
        found = [p.field for p in problems(changed_field(n, choices=choices), ClientSettings(), ROLES)]
        assert f"fields.{n}.{wrong}" in found


def test_address_of_icis_must_be_web_and_have_a_place_for_the_identifier():
    for url in ("javascript:{id}", "https://icis.example/", "icis/{id}"):
        assert [p.field for p in problems(ClientSettings(icis_url=url), ClientSettings(), ROLES)] == ["icis_url"]
