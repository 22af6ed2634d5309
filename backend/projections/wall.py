"""The values of a wallboard's tiles, each by the one function of its measure."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import msgspec

from backend.domain.agent.model import Activity, Agent
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.metrics.measures import Measure, Picture, value
from backend.domain.metrics.windows import Window
from backend.domain.wallboard.formula import evaluate
from backend.domain.wallboard.layout import AgentsTile, Layout, MeasureTile, OwnTile, QueuesTile
from backend.projections.live import Live


class TileValue(msgspec.Struct, frozen=True, kw_only=True):
    """``tile`` is its place in the layout, ``page.number`` from 0. ``since``: of what grows with time, since when it does.
    ``ratio``: the two that a ratio is of."""

    tile: str
    value: float | None = None
    since: datetime | None = None
    ratio: tuple[int, int] | None = None
    queues: tuple[QueueId, ...] = ()
    agents: tuple[Agent, ...] = ()


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """Of what may be shown to somebody; None is everything."""

    queues: frozenset[QueueId] | None = None
    people: frozenset[UserId] | None = None

    def only(self, queues: tuple[QueueId, ...]) -> tuple[QueueId, ...] | None:
        """Of these queues (none named: of all) those that may be shown; None is all."""
        if self.queues is None:
            return queues or None
        return tuple(q for q in queues if q in self.queues) if queues else tuple(sorted(self.queues))


ALL = Within()


def values(live: Live, layout: Layout, now: datetime, within: Within = ALL) -> Iterator[TileValue]:
    """Of those tiles that show a value."""
    pictures: dict[tuple[tuple[QueueId, ...], Window], Picture] = {}

    def picture(queues: tuple[QueueId, ...], window: Window) -> Picture:
        if (queues, window) not in pictures:
            pictures[queues, window] = live.picture(within.only(queues), window, now)
        return pictures[queues, window]

    for p, page in enumerate(layout.pages):
        for n, tile in enumerate(page.tiles):
            name = f"{p}.{n}"
            match tile:
                case MeasureTile(measure=measure):
                    yield _measured(name, measure, picture(tile.queues, tile.window), now)
                case OwnTile(formula=formula):
                    seen = partial(value, picture=picture(tile.queues, tile.window), now=now)
                    yield TileValue(tile=name, value=evaluate(formula, seen))
                case QueuesTile(queues=queues):
                    wanted = within.only(queues)
                    wanted = tuple(live.settings.queues) if wanted is None else wanted
                    yield TileValue(tile=name, queues=tuple(q for q in wanted if q in live.settings.queues))
                case AgentsTile(queues=queues):
                    yield TileValue(tile=name, agents=tuple(_agents(live, frozenset(queues), within)))


def _measured(name: str, measure: Measure, seen: Picture, now: datetime) -> TileValue:
    since = seen.longest_since if measure is Measure.LONGEST_WAIT else None
    total = seen.total
    ratio = (total.abandoned, total.answered) if measure is Measure.SLA_INFOLINE else None
    return TileValue(tile=name, value=value(measure, seen, now), since=since, ratio=ratio)


def _agents(live: Live, queues: frozenset[QueueId], within: Within) -> Iterator[Agent]:
    for a in live.agents.values():
        known = a.user in live.settings.agents and (within.people is None or a.user in within.people)
        if known and a.activity is not Activity.OFFLINE and (not queues or queues & set(a.queues)):
            yield a
