"""What is known of a client: fields that the administrator defines. A field is its key; everything else may be changed.

A field that is retired is shown and asked for no more and keeps its data.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import quote

import msgspec

from backend.domain.access.policy import Role
from backend.domain.routing.validation import Problem, ProblemKind

LONGEST_NAME = 80
LONGEST_URL = 500
MOST_FIELDS = 200
MOST_CHOICES = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_CHOICE = re.compile(r"[a-z0-9_-]{1,40}\Z")


class FieldType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    EMAIL = "email"
    PHONE = "phone"
    INSURED_NUMBER = "insured_number"
    COMPANY_NUMBER = "company_number"
    YES_NO = "yes_no"
    LINK = "link"


SEVERAL = frozenset({FieldType.EMAIL, FieldType.PHONE})
"""Types whose value is always a list."""
FOUND_BY = frozenset({FieldType.EMAIL, FieldType.PHONE, FieldType.INSURED_NUMBER, FieldType.COMPANY_NUMBER})
"""Types by which clients are always found: they identify."""
SEARCHABLE = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.DATE}) | FOUND_BY

FIRST_NAME, SURNAME, COMPANY = "first_name", "surname", "company"
TITLE_BEFORE, TITLE_AFTER = "title_before", "title_after"
BIRTH_DATE, STATUS, ICIS_ID = "birth_date", "status", "icis_id"
NAME_KEYS = (SURNAME, COMPANY)
"""One of them is filled in for every client."""

IN_THE_OPEN = frozenset({TITLE_BEFORE, FIRST_NAME, SURNAME, TITLE_AFTER, COMPANY, STATUS, ICIS_ID})
"""Keys that are never sensitive: names are shown and sorted by in every list, rules ask about the status."""

ALL_STAFF = (Role.AGENT.value, Role.SUPERVISOR.value, Role.ADMIN.value)


class Choice(msgspec.Struct, frozen=True):
    """``value`` is kept and asked about by rules; ``name`` is shown."""

    value: str
    name: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """``many``: several telephones or addresses. ``search``: found by its words or its date. Fields of one
    ``section`` are shown together, where its first one stands. ``sees`` and ``edits``: keys of roles (who defines fields always may)."""

    key: str
    name: str
    type: FieldType = FieldType.TEXT
    section: str = ""
    required: bool = False
    many: bool = False
    search: bool = False
    verify: bool = False
    """Asked for to make sure who is on the line."""
    sensitive: bool = False
    """Kept encrypted; found only by the whole value."""
    choices: tuple[Choice, ...] = ()
    sees: tuple[str, ...] = ALL_STAFF
    edits: tuple[str, ...] = ALL_STAFF
    retired: bool = False

    @property
    def searched(self) -> bool:
        return self.type in FOUND_BY or (self.search and self.type in SEARCHABLE)

    @property
    def in_the_open(self) -> bool:
        """Telephone numbers too: they stand in every contact, and calls are known by them."""
        return self.key in IN_THE_OPEN or self.type is FieldType.PHONE


def _field(key: str, name: str, type: FieldType, section: str, **more) -> Field:
    return Field(key=key, name=name, type=type, section=section, **more)


PERSON, FIRM, REACH, ADDRESS, INSURER = "Osoba", "Firma", "Spojení", "Adresa", "Pojištění"
LED = (Role.SUPERVISOR.value, Role.ADMIN.value)
DEFAULT_FIELDS = (
    _field(TITLE_BEFORE, "Titul před jménem", FieldType.TEXT, PERSON),
    _field(FIRST_NAME, "Jméno", FieldType.TEXT, PERSON, search=True),
    _field(SURNAME, "Příjmení", FieldType.TEXT, PERSON, search=True),
    _field(TITLE_AFTER, "Titul za jménem", FieldType.TEXT, PERSON),
    _field(BIRTH_DATE, "Datum narození", FieldType.DATE, PERSON, search=True, verify=True),
    _field("insured_number", "Číslo pojištěnce", FieldType.INSURED_NUMBER, PERSON, verify=True, sensitive=True),
    _field(COMPANY, "Název firmy", FieldType.TEXT, FIRM, search=True),
    _field("company_number", "IČO", FieldType.COMPANY_NUMBER, FIRM, verify=True),
    _field("contact_person", "Kontaktní osoba", FieldType.TEXT, FIRM),
    _field("mobile", "Mobil", FieldType.PHONE, REACH, many=True),
    _field("phone", "Telefon", FieldType.PHONE, REACH, many=True),
    _field("email", "E-mail", FieldType.EMAIL, REACH, many=True),
    _field(
        "channel",
        "Jak se ozvat",
        FieldType.CHOICE,
        REACH,
        choices=(Choice("phone", "telefonem"), Choice("email", "e-mailem"), Choice("post", "poštou")),
    ),
    _field(
        "language",
        "Jazyk",
        FieldType.CHOICE,
        REACH,
        choices=(
            Choice("cs", "čeština"),
            Choice("sk", "slovenština"),
            Choice("en", "angličtina"),
            Choice("uk", "ukrajinština"),
        ),
    ),
    _field("street", "Ulice a číslo", FieldType.TEXT, ADDRESS, verify=True),
    _field("city", "Obec", FieldType.TEXT, ADDRESS, search=True),
    _field("postcode", "PSČ", FieldType.TEXT, ADDRESS),
    _field("mailing_address", "Doručovací adresa", FieldType.LONG_TEXT, ADDRESS),
    _field(
        STATUS,
        "Stav",
        FieldType.CHOICE,
        INSURER,
        edits=LED,
        choices=(
            Choice("standard", "pojištěnec"),
            Choice("vip", "přednostní"),
            Choice("company", "zaměstnavatel"),
            Choice("former", "bývalý pojištěnec"),
        ),
    ),
    _field(ICIS_ID, "Identifikátor v ICIS", FieldType.TEXT, INSURER, search=True, edits=(Role.ADMIN.value,)),
    _field("insured_since", "Pojištěn od", FieldType.DATE, INSURER, edits=LED),
    _field("representative", "Zástupce", FieldType.TEXT, INSURER),
    _field("consent", "Souhlas s oslovením", FieldType.YES_NO, INSURER),
    _field("warning", "Upozornění", FieldType.LONG_TEXT, INSURER),
)


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``icis_url`` holds ``{id}`` where the person's identifier goes; empty for no link."""

    fields: tuple[Field, ...] = DEFAULT_FIELDS
    icis_url: str = ""

    @property
    def current(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.retired)

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)

    def of_type(self, *types: FieldType) -> tuple[str, ...]:
        return tuple(field.key for field in self.fields if field.type in types)


def icis_link(template: str, id: str) -> str | None:
    """None without an address or without an identifier. What is put in is escaped: it cannot lead elsewhere."""
    return template.replace("{id}", quote(id, safe="")) if template and id else None


def problems(new: ClientSettings, old: ClientSettings, roles: frozenset[str]) -> Iterator[Problem]:
    """What forbids saving; paths as ``fields.3.name``. ``roles``: keys of those there are."""
    if len(new.fields) > MOST_FIELDS:
        yield Problem("fields", ProblemKind.OUT_OF_RANGE)
    keys = {field.key for field in new.fields}
    if any(field.key not in keys for field in old.fields):
        yield Problem("fields", ProblemKind.MISSING)
    if new.icis_url and (
        not re.match(r"https?://[^/\s]+", new.icis_url) or "{id}" not in new.icis_url or len(new.icis_url) > LONGEST_URL
    ):
        yield Problem("icis_url", ProblemKind.MALFORMED)
    seen: set[str] = set()
    names: set[tuple[str, str]] = set()
    for n, field in enumerate(new.fields):
        at = f"fields.{n}"
        if not _KEY.match(field.key):
            yield Problem(f"{at}.key", ProblemKind.MALFORMED)
        elif field.key in seen:
            yield Problem(f"{at}.key", ProblemKind.TAKEN)
        seen.add(field.key)
        if not field.name.strip():
            yield Problem(f"{at}.name", ProblemKind.MISSING)
        elif len(field.name) > LONGEST_NAME:
            yield Problem(f"{at}.name", ProblemKind.OUT_OF_RANGE)
        elif not field.retired and (field.section, field.name.casefold()) in names:
            yield Problem(f"{at}.name", ProblemKind.TAKEN)
        if not field.retired:
            names.add((field.section, field.name.casefold()))
        if len(field.section) > LONGEST_NAME:
            yield Problem(f"{at}.section", ProblemKind.OUT_OF_RANGE)
        known = old.field(field.key)
        if known is not None and known.type is not field.type:
            yield Problem(f"{at}.type", ProblemKind.CONTRADICTS)
        if field.retired and field.key in NAME_KEYS:
            yield Problem(f"{at}.retired", ProblemKind.CONTRADICTS)
        if field.required and field.key in NAME_KEYS:
            yield Problem(f"{at}.required", ProblemKind.CONTRADICTS)
        if field.sensitive and field.in_the_open:
            yield Problem(f"{at}.sensitive", ProblemKind.CONTRADICTS)
        if not set(field.edits) <= set(field.sees):
            yield Problem(f"{at}.edits", ProblemKind.CONTRADICTS)
        if not set(field.sees) <= roles:
            yield Problem(f"{at}.sees", ProblemKind.UNKNOWN)
        yield from _choice_problems(at, field, known)


def _choice_problems(at: str, field: Field, known: Field | None) -> Iterator[Problem]:
    if field.type is not FieldType.CHOICE:
        return
    if not field.choices:
        yield Problem(f"{at}.choices", ProblemKind.MISSING)
    if len(field.choices) > MOST_CHOICES:
        yield Problem(f"{at}.choices", ProblemKind.OUT_OF_RANGE)
    values = [choice.value for choice in field.choices]
    for i, choice in enumerate(field.choices):
        if not _CHOICE.match(choice.value):
            yield Problem(f"{at}.choices.{i}.value", ProblemKind.MALFORMED)
        elif choice.value in values[:i]:
            yield Problem(f"{at}.choices.{i}.value", ProblemKind.TAKEN)
        if not choice.name.strip() or len(choice.name) > LONGEST_NAME:
            yield Problem(f"{at}.choices.{i}.name", ProblemKind.MISSING)
    if known is not None and not {choice.value for choice in known.choices} <= set(values):
        yield Problem(f"{at}.choices", ProblemKind.MISSING)
