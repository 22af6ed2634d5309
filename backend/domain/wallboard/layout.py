"""What a wallboard shows: pages of tiles on a grid of twelve columns, filled from the top left in their order."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import QueueId
from backend.domain.metrics.measures import Measure
from backend.domain.metrics.windows import Window
from backend.domain.routing.validation import LONGEST_NAME, Problem, ProblemKind, World, name_problems
from backend.domain.wallboard.formula import BadFormula, parse

COLUMNS = 12
MOST_ROWS = 8
MOST_PAGES = 10
MOST_TILES = 24
"""On one page: more can no longer be read from afar."""
LONGEST_TEXT = 400
LEAST_ROTATION_S, MOST_ROTATION_S = 5, 3600


class Format(StrEnum):
    NUMBER = "number"
    PERCENT = "percent"
    """Of a share: 0.5 is 50 %."""
    DURATION = "duration"
    """Of seconds."""


class _Tile(msgspec.Struct, frozen=True, kw_only=True):
    """``title`` empty: the usual name. Sizes in cells of the grid."""

    title: str = ""
    columns: int = 3
    rows: int = 2


class _Judged(_Tile, frozen=True, kw_only=True):
    """``queues`` empty: all. From ``warn`` on it is worth watching, from ``bad`` on bad; None: not judged so."""

    queues: tuple[QueueId, ...] = ()
    window: Window = Window.TODAY
    warn: float | None = None
    bad: float | None = None
    lower_is_worse: bool = False


class MeasureTile(_Judged, frozen=True, kw_only=True, tag_field="type", tag="measure"):
    measure: Measure


class OwnTile(_Judged, frozen=True, kw_only=True, tag_field="type", tag="own"):
    """A figure of one's own: see ``formula``."""

    formula: str
    format: Format = Format.NUMBER


class ClockTile(_Tile, frozen=True, kw_only=True, tag_field="type", tag="clock"):
    pass


class TextTile(_Tile, frozen=True, kw_only=True, tag_field="type", tag="text"):
    text: str = ""


class QueuesTile(_Tile, frozen=True, kw_only=True, tag_field="type", tag="queues"):
    """A table: one row a queue, today."""

    queues: tuple[QueueId, ...] = ()


class AgentsTile(_Tile, frozen=True, kw_only=True, tag_field="type", tag="agents"):
    """Who is signed in to these queues (empty: to any, or to none) and what they do."""

    queues: tuple[QueueId, ...] = ()


Tile = MeasureTile | OwnTile | ClockTile | TextTile | QueuesTile | AgentsTile


class Page(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    tiles: tuple[Tile, ...] = ()


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """``rotate_s``: how long each page is shown; 0 stays on the first."""

    name: str
    pages: tuple[Page, ...] = (Page(),)
    rotate_s: int = 20


def problems(layout: Layout, world: World) -> Iterator[Problem]:
    yield from name_problems("name", layout.name)
    if layout.rotate_s and not LEAST_ROTATION_S <= layout.rotate_s <= MOST_ROTATION_S:
        yield Problem("rotate_s", ProblemKind.OUT_OF_RANGE)
    if not 1 <= len(layout.pages) <= MOST_PAGES:
        yield Problem("pages", ProblemKind.OUT_OF_RANGE)
    for p, page in enumerate(layout.pages):
        if len(page.name) > LONGEST_NAME:
            yield Problem(f"pages.{p}.name", ProblemKind.OUT_OF_RANGE)
        if len(page.tiles) > MOST_TILES:
            yield Problem(f"pages.{p}.tiles", ProblemKind.OUT_OF_RANGE)
        for n, tile in enumerate(page.tiles):
            yield from _tile(tile, f"pages.{p}.tiles.{n}", world)


def _tile(tile: Tile, field: str, world: World) -> Iterator[Problem]:
    if len(tile.title) > LONGEST_NAME:
        yield Problem(f"{field}.title", ProblemKind.OUT_OF_RANGE)
    if not 1 <= tile.columns <= COLUMNS:
        yield Problem(f"{field}.columns", ProblemKind.OUT_OF_RANGE)
    if not 1 <= tile.rows <= MOST_ROWS:
        yield Problem(f"{field}.rows", ProblemKind.OUT_OF_RANGE)
    if any(queue not in world.queues for queue in getattr(tile, "queues", ())):
        yield Problem(f"{field}.queues", ProblemKind.UNKNOWN)
    if isinstance(tile, _Judged) and tile.warn is not None and tile.bad is not None:
        worse = tile.bad <= tile.warn if tile.lower_is_worse else tile.bad >= tile.warn
        if not worse:
            yield Problem(f"{field}.bad", ProblemKind.ORDER)
    match tile:
        case OwnTile(formula=formula, title=title):
            if not title.strip():
                yield Problem(f"{field}.title", ProblemKind.MISSING)
            try:
                parse(formula)
            except BadFormula:
                yield Problem(f"{field}.formula", ProblemKind.MALFORMED if formula.strip() else ProblemKind.MISSING)
        case TextTile(text=text):
            if not text.strip():
                yield Problem(f"{field}.text", ProblemKind.MISSING)
            if len(text) > LONGEST_TEXT:
                yield Problem(f"{field}.text", ProblemKind.OUT_OF_RANGE)


LOWER_IS_WORSE = frozenset({Measure.SERVICE_LEVEL, Measure.FREE, Measure.SIGNED_IN, Measure.HANDLED, Measure.IN_TARGET})
JUDGED: dict[Measure, tuple[float, float]] = {
    Measure.SERVICE_LEVEL: (0.8, 0.6),
    Measure.LONGEST_WAIT: (30, 60),
    Measure.EXPECTED_WAIT: (60, 180),
    Measure.SLA_INFOLINE: (0.05, 0.1),
    Measure.WAITING: (3, 8),
    Measure.FREE: (2, 0),
}
"""From when on a measure is worth watching, and bad, unless somebody says otherwise."""


def usual_tile(measure: Measure, columns: int = 3, rows: int = 2) -> MeasureTile:
    warn, bad = JUDGED.get(measure, (None, None))
    return MeasureTile(
        measure=measure,
        warn=warn,
        bad=bad,
        lower_is_worse=measure in LOWER_IS_WORSE,
        columns=columns,
        rows=rows,
    )


def usual(name: str) -> Layout:
    """What is shown where nothing was composed."""
    heroes = (Measure.WAITING, Measure.LONGEST_WAIT, Measure.SERVICE_LEVEL, Measure.SLA_INFOLINE)
    small = (Measure.HANDLED, Measure.LOST, Measure.FREE, Measure.BUSY, Measure.ON_BREAK, Measure.CALLBACKS)
    tiles: tuple[Tile, ...] = (
        *(usual_tile(measure, columns=3, rows=3) for measure in heroes),
        *(usual_tile(measure, columns=2, rows=2) for measure in small),
        QueuesTile(columns=12, rows=3),
    )
    return Layout(name=name, pages=(Page(tiles=tiles),), rotate_s=0)
