"""A client's card and what ICIS, the insurer's system, says of the person: one of two who write the card.

ICIS rules over what it changes, agents over the rest. It sends persons again and again with values that are old news, so what
it sent last is remembered (as marks, see ``Marking``), and only what is new in it reaches the card: a number that an agent
learned from the client is not taken away by a batch that says once more what it said a week ago.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import msgspec

from backend.domain.customer.fields import ICIS_ID, SEVERAL, Field
from backend.domain.customer.values import MOST_OF_ONE, Unreadable, Value, Values, read
from backend.domain.routing.validation import Problem, ProblemKind

LONGEST_ID = 100

Marks = Mapping[str, tuple[str, ...]]
"""By key of the field: one mark of each value that was sent last; none for an empty one."""
Marking = Callable[[str, str], str]
"""Of a field and a value's text a mark by which it is known again and not read."""


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person as ICIS sends it. ``values``: of the fields that are sent, null or empty for what ICIS has not; the card keeps
    others as they are. ``gone``: ICIS has the person no more."""

    id: str
    values: dict[str, object] = {}
    gone: bool = False


class Sent(msgspec.Struct, frozen=True):
    """What could be read of a person."""

    values: dict[str, Value | None]
    problems: tuple[Problem, ...]


def as_sent(person: Person, fields: Mapping[str, Field], today: date) -> Sent:
    """What cannot be read is named and left as it stands on the card: a person with one malformed number is still to be
    known by the others. Problems name fields of the person; ``id`` for the identifier."""
    values: dict[str, Value | None] = {}
    problems: list[Problem] = []
    if not is_identifier(person.id):
        problems.append(Problem("id", ProblemKind.MALFORMED))
    for key, given in person.values.items():
        field = fields.get(key)
        if field is None or key == ICIS_ID:
            problems.append(Problem(key, ProblemKind.UNKNOWN))
        elif field.type in SEVERAL:
            read_all = [_read(field, one, today) for one in (given if isinstance(given, list) else [given])]
            problems += dict.fromkeys(Problem(key, x) for x in read_all if isinstance(x, ProblemKind))
            found = dict.fromkeys(one for x in read_all if isinstance(x, tuple) for one in x)
            most = MOST_OF_ONE if field.many else 1
            if len(found) > most:
                problems.append(Problem(key, ProblemKind.OUT_OF_RANGE))
            if found or not any(isinstance(x, ProblemKind) for x in read_all):
                values[key] = tuple(found)[:most] or None
        else:
            value = _read(field, given, today)
            if isinstance(value, ProblemKind):
                problems.append(Problem(key, value))
            else:
                values[key] = value
    return Sent(values, tuple(problems))


def is_identifier(id: str) -> bool:
    return 0 < len(id) <= LONGEST_ID and id == " ".join(id.split()) and id.isprintable()


def _read(field: Field, given: object, today: date) -> Value | ProblemKind | None:
    try:
        return read(field, given, today)
    except Unreadable as error:
        return error.kind


def merged(
    card: Values, sent: Mapping[str, Value | None], fields: Mapping[str, Field], last: Marks, mark: Marking
) -> tuple[dict[str, Value], Marks]:
    """The card after it, and what to remember.

    A field as it was sent last time says nothing new. Otherwise one value takes the place of what is there; of several
    (numbers, addresses) those go that were sent last time and are not now, and new ones are added: the agents' own stay.
    """
    values, marks = dict(card), dict(last)
    for key, value in sent.items():
        now = tuple(mark(key, str(one)) for one in _all(value))
        before = last.get(key)
        marks[key] = now
        if now == before or (before is None and value is None):
            continue
        if fields[key].type in SEVERAL and fields[key].many:
            taken = frozenset(before or ()) - frozenset(now)
            kept = [one for one in _all(card.get(key)) if mark(key, str(one)) not in taken]
            new = [one for one, m in zip(_all(value), now, strict=True) if m not in (before or ())]
            value = tuple(str(one) for one in dict.fromkeys((*new, *kept)))[:MOST_OF_ONE] or None
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return values, marks


def _all(value: Value | None) -> Iterator[Value]:
    if isinstance(value, tuple):
        yield from value
    elif value is not None:
        yield value
