"""Values of sensitive fields: opened only where they were sealed, and unchanged; found by a hash of the whole value."""

import pytest

from backend.adapters.postgres import codec
from backend.adapters.postgres.client_rows import stored_changes, stored_values
from backend.adapters.postgres.columns import ColumnKeys, Sealed, Sealing
from backend.adapters.recordings.keyring import UnknownKey
from backend.adapters.recordings.sealed import Damaged
from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.model import Change

NUMBER = "8001011238"
KEYS = ColumnKeys({1: b"a" * 32, 2: b"b" * 32}, b"s" * 32)
FIELDS = {field.key: field for field in DEFAULT_FIELDS}


@pytest.mark.parametrize("value", [NUMBER, "", "ř" * 5000, 7, 1.5, True, ("a@example.cz", "b@example.cz")])
def test_a_value_comes_back_as_it_was_and_is_nowhere_in_what_is_stored(value):
    stored = codec.to_json({"x": KEYS.seal(5, "x", value)})
    sealed = stored_values(stored)["x"]
    assert isinstance(sealed, Sealed) and sealed.key == 2
    assert KEYS.open(5, "x", sealed) == value and type(KEYS.open(5, "x", sealed)) is type(value)
    if value in (NUMBER, "ř" * 5000):
        assert str(value) not in stored and str(value).encode() not in sealed.box


def test_the_same_value_is_never_sealed_alike():
    assert len({KEYS.seal(5, "x", NUMBER).box for _ in range(100)}) == 100


def test_every_flipped_bit_and_every_cut_is_noticed():
    sealed = KEYS.seal(5, "x", NUMBER)
    for n in range(len(sealed.box) * 8):
        box = bytearray(sealed.box)
        box[n // 8] ^= 1 << n % 8
        with pytest.raises(Damaged, match="client 5 x"):
            KEYS.open(5, "x", Sealed(sealed.key, bytes(box)))
    for length in range(len(sealed.box)):
        with pytest.raises(Damaged):
            KEYS.open(5, "x", Sealed(sealed.key, sealed.box[:length]))


@pytest.mark.parametrize(("client", "field"), [(6, "x"), (5, "y"), (51, "x"), (5, "x2")])
def test_a_value_moved_to_another_client_or_field_is_refused(client, field):
    with pytest.raises(Damaged):
        KEYS.open(client, field, KEYS.seal(5, "x", NUMBER))


def test_a_key_that_is_not_there_is_named():
    with pytest.raises(UnknownKey, match="key 9 of columns is not in column_key; it seals client 5 x"):
        KEYS.open(5, "x", Sealed(9, KEYS.seal(5, "x", NUMBER).box))
    with pytest.raises(Damaged):
        KEYS.open(5, "x", Sealed(1, KEYS.seal(5, "x", NUMBER).box))  # there, but another


def test_old_values_are_opened_by_their_key_and_new_ones_sealed_by_the_newest():
    old = ColumnKeys({1: b"a" * 32}, b"s" * 32).seal(5, "x", NUMBER)
    assert old.key == 1 and KEYS.open(5, "x", old) == NUMBER
    assert KEYS.seal(5, "x", NUMBER).key == 2


def test_the_hash_depends_on_the_field_and_the_search_key_only():
    term = KEYS.term("x", NUMBER)
    assert term.startswith("#") and NUMBER not in term and len(term) == 23
    assert ColumnKeys({9: b"z" * 32}, b"s" * 32).term("x", NUMBER) == term
    assert (
        len({term, KEYS.term("y", NUMBER), KEYS.term("x", NUMBER[:-1]), ColumnKeys({}, b"t" * 32).term("x", NUMBER)})
        == 4
    )


def test_a_card_is_written_with_its_sensitive_fields_sealed_and_the_others_as_they_are():
    how = Sealing(frozenset({"insured_number"}), KEYS)
    values = {"surname": "Nová", "insured_number": NUMBER, "mobile": ("+420602111222",)}
    stored = codec.to_json(how.values(5, values))
    assert NUMBER not in stored and "Nová" in stored and "+420602111222" in stored
    changes = codec.to_json(how.changes(5, [Change("insured_number", NUMBER, None), Change("surname", None, "Nová")]))
    assert NUMBER not in changes
    (field, before, after), other = stored_changes(changes)
    assert isinstance(before, Sealed) and KEYS.open(5, field, before) == NUMBER and after is None
    assert other == ("surname", None, "Nová")
    found = how.terms(values, [FIELDS[key] for key in values])
    assert found == {
        ("surname", "nova"),
        ("mobile", "+420602111222"),
        ("insured_number", KEYS.term("insured_number", NUMBER)),
    }
