"""Values of a client's fields: what people type, read; what is kept, put in words."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from backend.domain.customer.fields import (
    COMPANY,
    FIRST_NAME,
    NAME_KEYS,
    SEVERAL,
    SURNAME,
    TITLE_AFTER,
    TITLE_BEFORE,
    Field,
    FieldType,
)
from backend.domain.customer.numbers import is_company_number, is_insured_number
from backend.domain.kernel.numbers import normalise
from backend.domain.routing.validation import Problem, ProblemKind

Value = str | int | float | bool | tuple[str, ...]
Values = Mapping[str, Value]
"""By key of the field; what is not filled in is not there."""

LONGEST = {FieldType.TEXT: 200, FieldType.LONG_TEXT: 5000, FieldType.LINK: 2000, FieldType.EMAIL: 254}
MOST_OF_ONE = 20
EARLIEST = date(1850, 1, 1)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}\Z")
_CZECH_DATE = re.compile(r"(\d{1,2})\s*\.\s*(\d{1,2})\s*\.\s*(\d{4}|\d{2})\Z")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z")
_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,6})?\Z")


class Unreadable(Exception):
    def __init__(self, kind: ProblemKind) -> None:
        super().__init__(kind)
        self.kind = kind


def dates(text: str, today: date) -> tuple[date, ...]:
    """What a Czech means by ``1.2.1980``, ``1. 2. 80`` or ``1980-02-01``: with a short year every century that is not in
    the future, the latest first. Empty when it is no date."""
    text = text.strip()
    if iso := _ISO_DATE.match(text):
        year, month, day = map(int, iso.groups())
        return _real(year, month, day)
    if not (written := _CZECH_DATE.match(text)):
        return ()
    day, month, year = map(int, written.groups())
    if len(written[3]) == 4:
        return _real(year, month, day)
    return tuple(d for century in (2000, 1900) for d in _real(century + year, month, day) if d <= today)


def _real(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


def read(field: Field, given: object, today: date) -> Value | None:
    """The value to keep; None for an empty one. Raises Unreadable."""
    if field.type in SEVERAL:
        parts = given if isinstance(given, (list, tuple)) else [given]
        found = [one for part in parts if (one := _read_one(field, part, today)) is not None]
        if len(found) > (MOST_OF_ONE if field.many else 1):
            raise Unreadable(ProblemKind.OUT_OF_RANGE)
        return tuple(dict.fromkeys(str(one) for one in found)) or None
    return _read_one(field, given, today)


def _read_one(field: Field, given: object, today: date) -> Value | None:
    if given is None:
        return None
    if field.type is FieldType.YES_NO:
        if not isinstance(given, bool):
            raise Unreadable(ProblemKind.MALFORMED)
        return given
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise Unreadable(ProblemKind.MALFORMED)
    text = str(given).strip()
    if not text:
        return None
    if "\x00" in text:
        raise Unreadable(ProblemKind.MALFORMED)
    if len(text) > LONGEST.get(field.type, 100):
        raise Unreadable(ProblemKind.OUT_OF_RANGE)
    read = _READERS[field.type](field, text, today)
    if read is None:
        raise Unreadable(ProblemKind.MALFORMED)
    return read


def _number(_: Field, text: str, __: date) -> Value | None:
    plain = re.sub(r"[\s\u00a0]", "", text)
    if not _NUMBER.match(plain):
        return None
    number = float(plain.replace(",", "."))
    return int(number) if number.is_integer() else number


def _date(_: Field, text: str, today: date) -> Value | None:
    found = [d for d in dates(text, today) if d >= EARLIEST]
    return found[0].isoformat() if found else None


def _phone(_: Field, text: str, __: date) -> Value | None:
    number = normalise(text)
    return number.text if number.valid and not number.extension else None


def _insured(_: Field, text: str, __: date) -> Value | None:
    digits = re.sub(r"[\s/]", "", text)
    return digits if is_insured_number(digits) else None


def _company(_: Field, text: str, __: date) -> Value | None:
    digits = re.sub(r"\s", "", text)
    digits = digits.zfill(8) if digits.isascii() and digits.isdigit() and len(digits) >= 6 else digits
    return digits if is_company_number(digits) else None


def _choice(field: Field, text: str, _: date) -> Value | None:
    return text if any(choice.value == text for choice in field.choices) else None


_READERS = {
    FieldType.TEXT: lambda _, text, __: " ".join(text.split()),
    FieldType.LONG_TEXT: lambda _, text, __: text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.EMAIL: lambda _, text, __: text.lower() if _EMAIL.match(text) else None,
    FieldType.PHONE: _phone,
    FieldType.INSURED_NUMBER: _insured,
    FieldType.COMPANY_NUMBER: _company,
    FieldType.LINK: lambda _, text, __: text if re.match(r"https?://[^\s/]+\S*\Z", text) else None,
}


def missing(values: Values, asked: list[Field]) -> Iterator[Problem]:
    """Required fields among ``asked`` that are empty, and a name of any kind."""
    for field in asked:
        if field.required and field.key not in values:
            yield Problem(field.key, ProblemKind.MISSING)
    if not any(key in values for key in NAME_KEYS):
        yield Problem(SURNAME, ProblemKind.MISSING)


def display_name(values: Values) -> str:
    """A person as addressed, otherwise the company; empty when neither is known."""
    person = [str(values[key]) for key in (TITLE_BEFORE, FIRST_NAME, SURNAME) if values.get(key)]
    if SURNAME in values or FIRST_NAME in values:
        name = " ".join(person)
        return f"{name}, {values[TITLE_AFTER]}" if values.get(TITLE_AFTER) else name
    return str(values.get(COMPANY, ""))


def spoken_name(values: Values) -> str:
    """As a voice addresses them: titles are written as abbreviations, which nobody says."""
    person = [str(values[key]) for key in (FIRST_NAME, SURNAME) if values.get(key)]
    return " ".join(person) or str(values.get(COMPANY, ""))


def in_words(field: Field, value: Value | None) -> str:
    """For people to read, outside screens."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ano" if value else "ne"
    if isinstance(value, tuple):
        return ", ".join(value)
    if field.type is FieldType.CHOICE:
        return next((choice.name for choice in field.choices if choice.value == value), str(value))
    if field.type is FieldType.DATE:
        day = date.fromisoformat(str(value))
        return f"{day.day}. {day.month}. {day.year}"
    return str(value)
