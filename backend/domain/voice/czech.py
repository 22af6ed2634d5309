"""Values as a Czech says them: numbers with the right gender, amounts, dates, times, digits one by one. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from num2words import num2words

_MONTHS = (
    "ledna", "února", "března", "dubna", "května", "června", "července", "srpna", "září", "října", "listopadu",
    "prosince",
)  # fmt: skip
_DAYS = (
    "prvního", "druhého", "třetího", "čtvrtého", "pátého", "šestého", "sedmého", "osmého", "devátého", "desátého",
    "jedenáctého", "dvanáctého", "třináctého", "čtrnáctého", "patnáctého", "šestnáctého", "sedmnáctého",
    "osmnáctého", "devatenáctého", "dvacátého", "dvacátého prvního", "dvacátého druhého", "dvacátého třetího",
    "dvacátého čtvrtého", "dvacátého pátého", "dvacátého šestého", "dvacátého sedmého", "dvacátého osmého",
    "dvacátého devátého", "třicátého", "třicátého prvního",
)  # fmt: skip
_DIGITS = ("nula", "jedna", "dva", "tři", "čtyři", "pět", "šest", "sedm", "osm", "devět")
_PLACE = re.compile(r"\{([^{}|]*)(?:\|([^{}|]*))?\}")
_HUNDREDS = re.compile(r"\b(dvě|tři|čtyři|pět|šest|sedm|osm|devět)(stě|sta|set)\b")
_PARTS = {1: ("desetina", "desetiny", "desetin"), 2: ("setina", "setiny", "setin")}
LARGEST = 10**12

Forms = tuple[str, str, str]
"""One, two to four, five and more: koruna, koruny, korun."""


def number(n: int) -> str:
    """``dvacet jedna``; larger than LARGEST digit by digit."""
    return _HUNDREDS.sub(r"\1 \2", num2words(n, lang="cs")) if abs(n) < LARGEST else digits(str(n))


def counted(n: int, forms: Forms, *, gender: str = "f") -> str:
    """A number with what is counted: ``jedna koruna``, ``dvě koruny``, ``dvacet dva korun``; ``gender`` f, m or n."""
    words = number(n).split()
    if n == 1:
        words[-1] = {"f": "jedna", "m": "jeden", "n": "jedno"}[gender]
    elif words[-1] in ("dva", "dvě"):
        words[-1] = "dvě" if n == 2 and gender != "m" else "dva"
    return f"{' '.join(words)} {form(n, forms)}"


def form(n: int, forms: Forms) -> str:
    return forms[0] if n == 1 else forms[1] if 2 <= n <= 4 else forms[2]


def amount(text: str) -> str:
    """Czech crowns: ``1 250,50`` → tisíc dvě stě padesát korun a padesát haléřů."""
    value = _decimal(text)
    if value is None:
        return text
    sign = "minus " if value < 0 else ""
    crowns, hellers = divmod(int((abs(value) * 100).to_integral_value()), 100)
    words = sign + counted(crowns, ("koruna", "koruny", "korun"))
    return f"{words} a {counted(hellers, ('haléř', 'haléře', 'haléřů'), gender='m')}" if hellers else words


def day(text: str) -> str:
    """``2026-11-23`` or ``23. 11. 2026`` → dvacátého třetího listopadu dva tisíce dvacet šest."""
    found = _date(text)
    if found is None:
        return text
    return f"{_DAYS[found.day - 1]} {_MONTHS[found.month - 1]} {number(found.year)}"


def clock(text: str) -> str:
    """``8:30`` → osm hodin třicet minut."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?", text.strip())
    if not found:
        return text
    hours, minutes = int(found[1]), int(found[2])
    said = counted(hours, ("hodina", "hodiny", "hodin"))
    return f"{said} {counted(minutes, ('minuta', 'minuty', 'minut'))}" if minutes else said


def digits(text: str) -> str:
    """One by one: ``nula, sedm, dva``; what is no digit makes a pause."""
    return ", ".join(_DIGITS[int(c)] for c in text if c.isascii() and c.isdigit())


def integer(text: str) -> str:
    value = _decimal(text)
    if value is None:
        return text
    if value == value.to_integral_value():
        return number(int(value))
    value = value.quantize(Decimal("0.01"))
    whole, _, part = f"{abs(value).normalize():f}".partition(".")
    said = counted(int(whole), ("celá", "celé", "celých"))
    return (
        f"{'minus ' if value < 0 else ''}{said} {counted(int(part), _PARTS[len(part)])}" if part else number(int(value))
    )


KINDS = {"number": integer, "amount": amount, "date": day, "time": clock, "digits": digits}


def fill(text: str, values: Mapping[str, str]) -> str:
    """``{name}`` and ``{name|kind}`` by the caller's values; an unknown one is left out rather than read aloud."""

    def said(found: re.Match[str]) -> str:
        value = values.get(found[1].strip(), "")
        kind = KINDS.get((found[2] or "").strip())
        return kind(value) if kind and value else value

    return " ".join(_PLACE.sub(said, text).split())


def places(text: str) -> list[tuple[str, str]]:
    """Names and kinds a text asks for."""
    return [(m[1].strip(), (m[2] or "").strip()) for m in _PLACE.finditer(text)]


def _decimal(text: str) -> Decimal | None:
    cleaned = re.sub(r"[\s\u00a0]|Kč", "", text).replace(",", ".")
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < LARGEST else None


def _date(text: str) -> date | None:
    found = re.fullmatch(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
