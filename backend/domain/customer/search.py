"""By what clients are found: terms of a card, and the terms of what is typed. A term is looked for from its beginning.

Words without case and diacritics, numbers as digits, dates as ISO 8601. Every part of what is typed must be found on the
card, in any order and in any of the fields that the asker may see.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from backend.domain.customer.fields import BIRTH_DATE, COMPANY, FIRST_NAME, SURNAME, Field, FieldType
from backend.domain.customer.values import Unreadable, Value, Values, dates, read

LONGEST_TERM = 60
MOST_WORDS = 40
"""Of one field."""
MOST_PARTS = 6
HOME = "+420"
_STROKES = str.maketrans("łøđßæœı", "lodsaoi")
_WORD = re.compile(r"[^\W_]+")
_DATE = re.compile(r"(?<!\d)(\d{1,2}\s*\.\s*\d{1,2}\s*\.\s*(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)")
_ADDRESS = re.compile(r"\S*@\S*")
_LONG_NUMBER = re.compile(r"\d(?:\W*\d){4,}")
_DIGITS = re.compile(r"(?<!\w)\+?\d(?:[\d/().\-]|\s(?=[\d(+]))*(?!\w)")


def plain(text: str) -> str:
    """Without case and diacritics, as ``cs_plain`` in the database."""
    bare = unicodedata.normalize("NFKD", text.lower().translate(_STROKES))
    return "".join(char for char in bare if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    return [word[:LONGEST_TERM] for word in _WORD.findall(plain(text))]


def terms(values: Values, fields: Iterable[Field]) -> Iterator[tuple[str, str]]:
    """Pairs of field and term, each once."""
    for field in fields:
        value = values.get(field.key)
        if value is None or not field.searched:
            continue
        if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
            for word in dict.fromkeys(words(str(value))[:MOST_WORDS]):
                yield field.key, word
        elif isinstance(value, tuple):
            for one in value:
                yield field.key, one[:LONGEST_TERM]
        else:
            yield field.key, str(value)[:LONGEST_TERM]


def whole_terms(field: Field, value: Value) -> tuple[str, ...]:
    """What a value is found by when only the whole of it finds: a text without spaces, case and diacritics."""
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        found: tuple[str, ...] = ("".join(words(str(value))),)
    else:
        found = value if isinstance(value, tuple) else (str(value),)
    return tuple(term for term in found if term)


def meant(field: Field, typed: str, today: date) -> tuple[str, ...]:
    """Whole terms of this field that ``typed`` may be; none when it is no whole value."""
    if field.type is FieldType.DATE:
        return tuple(day.isoformat() for day in dates(typed, today))
    try:
        value = read(field, typed, today)
    except Unreadable:
        return ()
    return whole_terms(field, value) if value is not None else ()


def veiled(typed: str, fields: Iterable[Field]) -> str:
    """What was typed, for the record of who searched for what: a sensitive value, or the beginning of one as it is typed,
    cannot be read from it. Numbers keep three digits; words too are cut when a sensitive field holds words."""
    types = {field.type for field in fields if field.sensitive and field.searched}
    if not types:
        return typed
    if types <= {FieldType.INSURED_NUMBER, FieldType.COMPANY_NUMBER}:
        return _LONG_NUMBER.sub(lambda m: _cut(m[0]), typed)
    return re.sub(r"\S+", lambda m: _cut(m[0]), typed)


def _cut(text: str) -> str:
    return f"{text[:3]}…" if len(text) > 3 else text


class Part(msgspec.Struct, frozen=True):
    """One part of what is typed: a term that begins with one of ``starts``, or is one of ``whole``. ``typed``: the part
    itself; ``word``: a word, which may be misspelt."""

    starts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    word: str = ""
    typed: str = ""


def parts(text: str, today: date) -> tuple[Part, ...]:
    """Parts of a query; none for one that says nothing."""
    found: list[Part] = []
    rest = text.strip()

    def take(pattern: re.Pattern[str], part) -> None:
        nonlocal rest

        def put(match: re.Match[str]) -> str:
            made = part(match[0])
            if made is None:
                return match[0]
            found.append(made)
            return " "

        rest = pattern.sub(put, rest)

    take(_DATE, lambda typed: _born(typed, today))
    take(_ADDRESS, _address)
    take(_DIGITS, _number)
    found += [Part(starts=(word,), word=word, typed=word) for word in words(rest)]
    return tuple(found[:MOST_PARTS])


def _born(typed: str, today: date) -> Part | None:
    found = dates(typed, today)
    return Part(whole=tuple(day.isoformat() for day in found), typed=typed) if found else None


def _address(typed: str) -> Part | None:
    return Part(starts=(typed.lower()[:LONGEST_TERM],), typed=typed) if len(typed) > 1 else None


def _number(typed: str) -> Part | None:
    digits = "".join(char for char in typed if char.isdigit())
    if typed.startswith("+"):
        return Part(starts=(f"+{digits}",), typed=typed)
    if digits.startswith("00") and len(digits) > 4:
        return Part(starts=(f"+{digits[2:]}", digits), typed=typed)
    return Part(starts=(digits, f"{HOME}{digits}", f"+{digits}"), typed=typed)


class SameBecause(msgspec.Struct, frozen=True):
    """Two cards that may be of one person: the fields in which they agree."""

    fields: tuple[str, ...]


def same_person(a: Values, b: Values, fields: Iterable[Field]) -> SameBecause | None:
    """Whether two cards look like one: the same insured or company number; or the same name, and with it the same date
    of birth, telephone number or e-mail address. By ``fields`` only."""
    shown = {field.key: field for field in fields}
    alike = [key for key, field in shown.items() if _agree(a, b, field)]
    certain = [k for k in alike if shown[k].type in (FieldType.INSURED_NUMBER, FieldType.COMPANY_NUMBER)]
    if certain:
        return SameBecause(tuple(certain))
    names = [key for key in (FIRST_NAME, SURNAME, COMPANY) if key in shown and key in a and key in b]
    named = bool({SURNAME, COMPANY} & set(names)) and all(words(str(a[k])) == words(str(b[k])) for k in names)
    more = [k for k in alike if k == BIRTH_DATE or shown[k].type in (FieldType.PHONE, FieldType.EMAIL)]
    return SameBecause((*names, *more)) if named and more else None


def _agree(a: Values, b: Values, field: Field) -> bool:
    one, other = a.get(field.key), b.get(field.key)
    if one is None or other is None:
        return False
    return bool(set(one) & set(other)) if isinstance(one, tuple) and isinstance(other, tuple) else one == other
