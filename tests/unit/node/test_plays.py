"""Plays whose prompts have to be fetched first: what came after them wins."""

import asyncio
from pathlib import Path

import pytest

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.node.plays import Plays

LEG = "leg"


class Media:
    """Keeps what the worker was asked."""

    def __init__(self) -> None:
        self.asked: list[m.Play | m.StopPlay] = []

    async def request(self, command: m.Play | m.StopPlay) -> m.Done:
        self.asked.append(command)
        await asyncio.sleep(0)
        return m.Done()


class SlowPrompts:
    """Every prompt is fetched until `arrive` is called with its key."""

    def __init__(self) -> None:
        self._arrived: dict[str, asyncio.Event] = {}

    async def path(self, key: str) -> Path | None:
        await self._arrived.setdefault(key, asyncio.Event()).wait()
        return Path(f"/{key}.wav")

    def arrive(self, key: str) -> None:
        self._arrived.setdefault(key, asyncio.Event()).set()


@pytest.fixture
def parts():
    media, prompts, reported = Media(), SlowPrompts(), []
    return Plays(media, prompts, reported.append), media, prompts, reported


def play(name: str, *keys: str) -> k.Play:
    return k.Play(leg=LEG, play=name, sources=(*(k.Prompt(key=key) for key in keys), k.Music()), loop_last=True)


async def begun(plays: Plays, body: k.Play) -> asyncio.Task[str | None]:
    task = asyncio.create_task(plays.start(body))
    await asyncio.sleep(0.01)
    return task


async def test_play_stopped_while_its_prompt_is_fetched_never_begins(parts):
    plays, media, prompts, reported = parts
    starting = await begun(plays, play("a", "one", "two"))
    prompts.arrive("one")
    await asyncio.sleep(0.01)
    assert await plays.stop(LEG) is None
    prompts.arrive("two")
    assert await starting is None
    assert media.asked == [] and reported == []


async def test_stop_never_overtakes_the_play_that_it_stops(parts):
    plays, media, _, _ = parts
    await asyncio.gather(plays.start(play("a")), plays.stop(LEG))
    assert [type(x) for x in media.asked] == [m.Play, m.StopPlay]


async def test_new_play_begins_before_the_old_one_ends(parts):
    plays, media, _, _ = parts
    await plays.start(play("a"))
    await plays.start(play("b"))
    assert media.asked[1:] == [m.Play(leg=LEG, play="b", sources=(m.MusicSource(),)), m.StopPlay(leg=LEG, play="a")]


async def test_later_play_wins_over_one_whose_prompt_comes_after_it(parts):
    plays, media, prompts, _ = parts
    first = await begun(plays, play("a", "slow"))
    prompts.arrive("quick")
    await plays.start(play("b", "quick"))
    prompts.arrive("slow")
    await first
    assert [type(x).__name__ + x.play for x in media.asked] == ["Playb"]


async def test_prompt_that_comes_after_the_leg_is_gone_is_dropped(parts):
    plays, media, prompts, _ = parts
    starting = await begun(plays, play("a", "slow"))
    plays.leg_gone(LEG)
    prompts.arrive("slow")
    await starting
    assert media.asked == []
