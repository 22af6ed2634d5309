"""Plays of one leg are carried out in the order in which they were asked for, however long a file takes to come."""

import asyncio
from pathlib import Path

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.node.plays import Plays


class SlowPrompts:
    def __init__(self) -> None:
        self.come = asyncio.Event()

    async def path(self, key: str) -> Path:
        await self.come.wait()
        return Path(key)


class Media:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def request(self, body: m.Command, within: float = 5.0) -> m.Result:
        self.asked.append(f"{type(body).__name__} {body.leg}")
        return m.Done()


async def test_a_stop_that_comes_while_the_prompt_is_fetched_stops_it():
    prompts, media = SlowPrompts(), Media()
    plays = Plays(media, prompts, lambda _: None)  # type: ignore[arg-type]
    playing = asyncio.ensure_future(plays.start(k.Play(leg="a", play="1", sources=(k.Prompt("x"),), loop_last=True)))
    await asyncio.sleep(0)
    stopping = asyncio.ensure_future(plays.stop("a"))
    other = asyncio.ensure_future(plays.start(k.Play(leg="b", play="2", sources=(k.Music(),))))
    assert await other is None
    assert media.asked == ["Play b"], "another leg does not wait"
    prompts.come.set()
    await asyncio.gather(playing, stopping)
    assert media.asked == ["Play b", "Play a", "StopPlay a"]
