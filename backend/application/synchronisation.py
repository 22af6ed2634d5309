"""Persons as ICIS sends them: filled in once, then what has changed, every week. Sent again, they change nothing.

A batch is taken in parts, each in a transaction of its own; when the process dies in the middle, ICIS has no answer and sends
the batch again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Protocol

import msgspec

from backend.application.desk import PRAGUE
from backend.application.ports import Contention
from backend.domain.customer.fields import ICIS_ID, ClientSettings, Field, FieldType
from backend.domain.customer.model import Client
from backend.domain.customer.synchronised import LONGEST_ID, Marks, Person, Sent, as_sent, is_identifier, merged
from backend.domain.customer.values import Values, missing
from backend.domain.routing.validation import Problem, ProblemKind

AT_ONCE = 100
"""Persons of one transaction: their cards are locked, and the event loop held, for some tens of milliseconds."""
MOST_TRIES = 5


class Became(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    """ICIS has the person no more: the card stays, without an identifier."""
    FORGOTTEN = "forgotten"
    """Asked to be forgotten here, and is not put back."""
    REFUSED = "refused"


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a person; ``index`` in the batch, ``field`` of the person."""

    index: int
    id: str
    field: str
    problem: ProblemKind


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Of one batch. ``problems`` are also of persons who were taken without the field that is named."""

    received: int
    counts: dict[Became, int]
    problems: tuple[Noted, ...]


class Known(msgspec.Struct, frozen=True):
    """A card, locked, with the marks of what ICIS sent last."""

    card: Client
    marks: Marks


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A card to write. ``before`` None: a new one. ``values`` are all of it."""

    before: Client | None
    values: Values
    marks: Marks


class Rows(Protocol):
    """One transaction; others that synchronise wait."""

    def mark(self, field: str, text: str) -> str: ...
    async def known(self, ids: Iterable[str]) -> dict[str, Known]:
        """By identifier."""
        ...

    async def forgotten(self, ids: Iterable[str]) -> set[str]: ...
    async def without_identifier(self, field: Field, numbers: Iterable[str]) -> dict[str, Known]:
        """Of the only card that has the number, when ICIS does not know it yet."""
        ...

    async def write(self, cards: Sequence[Written], fields: tuple[Field, ...], at: datetime) -> None: ...


class Store(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Rows]:
        """Raises Contention."""
        ...

    async def keep(self, report: Report, at: datetime) -> None: ...


class Synchronisation:
    def __init__(self, store: Store, settings: Callable[[], ClientSettings], clock: Callable[[], datetime]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._one_at_a_time = asyncio.Lock()
        """Batches that come together wait here, not with a connection to the database in hand."""

    async def take(self, batch: Sequence[Person]) -> Report:
        """Raises Contention."""
        async with self._one_at_a_time:
            return await self._take_all(batch)

    async def _take_all(self, batch: Sequence[Person]) -> Report:
        counts: Counter[Became] = Counter()
        problems: list[Noted] = []
        rest = iter(enumerate(batch))
        seen: set[str] = set()
        while part := list(islice(rest, AT_ONCE)):
            for (index, person), (became, found) in zip(part, await self._take(part, frozenset(seen)), strict=True):
                counts[became] += 1
                problems += (_noted(index, person, problem) for problem in found)
            seen.update(person.id for _, person in part)
        report = Report(received=len(batch), counts={b: counts[b] for b in Became}, problems=tuple(problems))
        await self._store.keep(report, self._clock())
        return report

    async def _take(
        self, part: list[tuple[int, Person]], seen: frozenset[str]
    ) -> list[tuple[Became, tuple[Problem, ...]]]:
        for last in (*[False] * (MOST_TRIES - 1), True):
            try:
                async with self._store.begin() as rows:
                    taking = _Part(rows, self._settings(), self._clock(), set(seen))
                    await taking.look_up([person for _, person in part])
                    found = [taking.one(person) for _, person in part]
                    await rows.write(taking.writes, taking.settings.fields, taking.now)
                    return found
            except Contention:
                if last:
                    raise
        raise AssertionError("unreachable")


def _noted(index: int, person: Person, problem: Problem) -> Noted:
    return Noted(index=index, id=_shown(person.id), field=_shown(problem.field), problem=problem.kind)


def _shown(sent: str) -> str:
    """What was sent, for people to read: whatever it was, it can be kept."""
    return "".join(char if char.isprintable() else "�" for char in sent[:LONGEST_ID])


class _Part:
    """The persons of one transaction."""

    def __init__(self, rows: Rows, settings: ClientSettings, now: datetime, seen: set[str]) -> None:
        self.rows, self.settings, self.now, self.seen = rows, settings, now, seen
        self.writes: list[Written] = []
        self._fields = {field.key: field for field in settings.current}
        self._insured = next((f for f in settings.current if f.type is FieldType.INSURED_NUMBER), None)
        self._today: date = now.astimezone(PRAGUE).date()

    async def look_up(self, people: list[Person]) -> None:
        ids = {person.id for person in people if is_identifier(person.id)}
        self._sent = {id(person): as_sent(person, self._fields, self._today) for person in people}
        self._known = await self.rows.known(ids)
        self._forgotten = await self.rows.forgotten(ids - self._known.keys())
        self._by_number: dict[str, Known] = {}
        if self._insured is not None:
            numbers = {
                str(number)
                for person in people
                if person.id in ids - self._known.keys() and (number := self._number(self._sent[id(person)]))
            }
            self._by_number = await self.rows.without_identifier(self._insured, numbers)

    def _number(self, sent: Sent) -> str | None:
        value = sent.values.get(self._insured.key) if self._insured else None
        return str(value) if value is not None else None

    def one(self, person: Person) -> tuple[Became, tuple[Problem, ...]]:
        sent = self._sent[id(person)]
        if any(problem.field == "id" for problem in sent.problems):
            return Became.REFUSED, sent.problems
        if person.id in self.seen:
            return Became.REFUSED, (Problem("id", ProblemKind.TAKEN),)
        self.seen.add(person.id)
        if person.id in self._forgotten:
            return Became.FORGOTTEN, ()
        known = self._known.get(person.id)
        if person.gone:
            return self._gone(known), ()
        # The first of two who claim one number has it.
        known = known or self._by_number.pop(self._number(sent) or "", None)
        card: Values = known.card.values if known else {}
        values, marks = merged(card, sent.values, self._fields, known.marks if known else {}, self.rows.mark)
        values[ICIS_ID] = person.id
        if without_name := tuple(missing(values, [])):
            return Became.REFUSED, (*sent.problems, *without_name)
        if known is not None and values == card and marks == known.marks:
            return Became.UNCHANGED, sent.problems
        self.writes.append(Written(before=known.card if known else None, values=values, marks=marks))
        became = Became.CREATED if known is None else Became.UNCHANGED if values == card else Became.CHANGED
        return became, sent.problems

    def _gone(self, known: Known | None) -> Became:
        if known is None:
            return Became.UNCHANGED
        values = {key: value for key, value in known.card.values.items() if key != ICIS_ID}
        self.writes.append(Written(before=known.card, values=values, marks={}))
        return Became.GONE
