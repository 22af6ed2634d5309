"""Lines of the PBX as they stand in the transfer panel: headings in order, and under each its lines in order."""

from collections.abc import Iterator, Mapping

import msgspec

from backend.domain.kernel.numbers import normalise
from backend.domain.lines.model import MOST_LINES, Line, LineId
from backend.domain.routing.validation import LONGEST_NAME, Problem, ProblemKind, name_problems
from backend.domain.voice.toll import OutsideRules, may_be_called

LONGEST_NUMBER = 64


class LineDraft(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` is None of a new one. ``number`` as people write it."""

    id: LineId | None = None
    name: str
    number: str


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` may be empty: lines without a heading."""

    name: str = ""
    lines: tuple[LineDraft, ...] = ()


class Headings(msgspec.Struct, frozen=True, kw_only=True):
    """All lines. One that is left out is removed."""

    groups: tuple[Heading, ...] = ()


def headings_of(lines: Mapping[LineId, Line]) -> Headings:
    """The lines in the order given, under their headings in the order in which these are met."""
    found: dict[str, list[LineDraft]] = {}
    for line in lines.values():
        found.setdefault(line.group, []).append(LineDraft(id=line.id, name=line.name, number=line.number))
    return Headings(groups=tuple(Heading(name=name, lines=tuple(drafts)) for name, drafts in found.items()))


def clean(headings: Headings) -> Headings:
    """Without spaces around names, numbers as the exchange knows them."""

    def line(draft: LineDraft) -> LineDraft:
        return LineDraft(id=draft.id, name=draft.name.strip(), number=normalise(draft.number).text)

    return Headings(
        groups=tuple(Heading(name=g.name.strip(), lines=tuple(map(line, g.lines))) for g in headings.groups)
    )


def heading_problems(headings: Headings, known: Mapping[LineId, Line], outside: OutsideRules) -> Iterator[Problem]:
    """What is wrong, each with the path of its field. A heading without lines would be forgotten, so it is refused. A number that
    ``outside`` does not let out is refused to whoever writes it; one that stood there before these rules stays."""
    if sum(len(group.lines) for group in headings.groups) > MOST_LINES:
        yield Problem("groups", ProblemKind.OUT_OF_RANGE)
        return
    names: set[str] = set()
    numbers: set[str] = set()
    ids: set[LineId] = set()
    stood = {line.number for line in known.values()}
    for n, group in enumerate(headings.groups):
        here = f"groups.{n}"
        folded = group.name.strip().casefold()
        if len(group.name) > LONGEST_NAME:
            yield Problem(f"{here}.name", ProblemKind.OUT_OF_RANGE)
        elif folded in names:
            yield Problem(f"{here}.name", ProblemKind.TAKEN)
        names.add(folded)
        if not group.lines:
            yield Problem(f"{here}.lines", ProblemKind.MISSING)
        for m, line in enumerate(group.lines):
            yield from _line(f"{here}.lines.{m}", line, known, ids, numbers)
            number = normalise(line.number[:LONGEST_NUMBER])
            if number.valid and number.text not in stood and not may_be_called(outside, number.text):
                yield Problem(f"{here}.lines.{m}.number", ProblemKind.NOT_LET_OUT)


def _line(
    at: str, line: LineDraft, known: Mapping[LineId, Line], ids: set[LineId], numbers: set[str]
) -> Iterator[Problem]:
    yield from name_problems(f"{at}.name", line.name)
    number = normalise(line.number[:LONGEST_NUMBER])
    if not number.valid:
        yield Problem(f"{at}.number", ProblemKind.MALFORMED)
    elif number.text in numbers:
        yield Problem(f"{at}.number", ProblemKind.TAKEN)
    numbers.add(number.text)
    if line.id is not None:
        if line.id not in known:
            yield Problem(at, ProblemKind.UNKNOWN)
        elif line.id in ids:
            yield Problem(at, ProblemKind.TAKEN)
        ids.add(line.id)
