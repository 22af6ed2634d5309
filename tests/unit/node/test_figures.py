"""An agent's leg takes call after call; each call is told its own figures."""

import msgspec
import pytest

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.node.figures import Figures
from sip_bridge.node.journal import Journal

AGENT = "agent-7"


def stats(received: int, lost: int, leg: str = AGENT) -> m.LegStatistics:
    zeros = {f.name: 0 for f in msgspec.structs.fields(m.LegStatistics)}
    return m.LegStatistics(**zeros | {"leg": leg, "packets_received": received, "packets_lost": lost, "round_trip_ms": 40.0})  # fmt: skip


class Media:
    """A worker whose legs have these figures."""

    def __init__(self) -> None:
        self.now = stats(0, 0)

    async def request(self, command: m.Statistics, within: float = 0) -> m.LegStatistics:
        assert command == m.Statistics(leg=AGENT), "a caller's leg needs no second look"
        return self.now


@pytest.fixture
def parts(tmp_path):
    journal, media, told = Journal(tmp_path / "j.sqlite"), Media(), []
    yield journal, media, told, Figures(journal, media, told.append)
    journal.close()


async def test_each_call_has_the_figures_of_its_own_time(parts):
    _, media, told, figures = parts
    media.now = stats(9000, 300)
    await figures.group_is("first", {"first", AGENT})
    assert figures.measured(stats(9500, 310)) == told_of("first", 500, 10)
    media.now = stats(10000, 310)
    await figures.group_is("first", set())
    assert told == [told_of("first", 1000, 10)]
    assert figures.measured(stats(11000, 500)) is None, "between two calls"
    media.now = stats(12000, 700)
    await figures.group_is("second", {"second", AGENT})
    media.now = stats(12100, 700)
    await figures.group_is("second", set())
    assert told[1:] == [told_of("second", 100, 0)]
    assert told[1].quality.mos > 4.3 and told[1].quality.round_trip_ms == 40.0


async def test_held_and_taken_back_is_one_call(parts):
    _, media, told, figures = parts
    await figures.group_is("call", {"call", AGENT})
    media.now = stats(50, 1)
    await figures.group_is("call", set())
    await figures.group_is("call", {"call", AGENT})
    assert figures.measured(stats(120, 2)) == told_of("call", 120, 2)
    assert told == [told_of("call", 50, 1)]


async def test_successor_of_a_killed_process_goes_on_counting(parts):
    journal, media, told, figures = parts
    media.now = stats(700, 7)
    await figures.group_is("call", {"call", AGENT})
    journal.flush()
    assert Figures(journal, media, told.append).measured(stats(800, 8)) == told_of("call", 100, 1)


async def test_leg_opened_anew_counts_from_its_opening(parts):
    _, media, _, figures = parts
    media.now = stats(700, 7)
    await figures.group_is("call", {"call", AGENT})
    assert figures.measured(stats(30, 1)) == told_of("call", 30, 1)


async def test_figures_of_a_callers_leg_are_those_of_the_whole_leg(parts):
    *_, figures = parts
    await figures.group_is("call", {"call", AGENT})
    measured = figures.measured(stats(30, 1, "call"))
    assert measured is not None and (measured.group, measured.quality.received) == (None, 30)


def told_of(group: str, received: int, lost: int) -> "Told":
    return Told(group, received, lost)


class Told:
    """Equal to a report with these figures of the agent's leg."""

    def __init__(self, group: str, received: int, lost: int) -> None:
        self.wanted = (AGENT, group, received, lost)

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, k.QualityMeasured)
        return self.wanted == (other.leg, other.group, other.quality.received, other.quality.lost)

    def __repr__(self) -> str:
        return str(self.wanted)
