"""What is played to which leg, one play at a time: prompts, music, tones."""

import asyncio
from collections.abc import Callable

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.node.media import Media
from sip_bridge.node.prompts import Prompts

_TONES = {
    k.Tone.RINGBACK: m.RINGBACK,
    k.Tone.BUSY: m.BUSY,
    k.Tone.BEEP: m.ToneSource((1000.0,), (200,), duration_ms=200),
}


class Plays:
    def __init__(self, media: Media, prompts: Prompts, report: Callable[[k.LegEvent], None]) -> None:
        self._media = media
        self._prompts = prompts
        self._report = report
        self._running: dict[str, str] = {}
        self._wanted: dict[str, object] = {}
        self._stop_on_digit: set[str] = set()

    def adopt(self, leg: str, play: str) -> None:
        """One that an earlier process began."""
        self._running[leg] = play

    def leg_gone(self, leg: str) -> None:
        self._running.pop(leg, None)
        self._wanted.pop(leg, None)

    def finished(self, leg: str, play: str) -> None:
        if self._running.get(leg) == play:
            del self._running[leg]

    def digit(self, leg: str) -> None:
        """A key was pressed: what is played until then ends."""
        if leg in self._stop_on_digit:
            self._stop_on_digit.discard(leg)
            task = asyncio.create_task(self.stop(leg))
            task.add_done_callback(lambda t: t.exception())

    async def start(self, body: k.Play) -> str | None:
        """A prompt may first have to be fetched; a play that was stopped or replaced meanwhile never begins."""
        wanted = self._wanted[body.leg] = object()
        sources: list[m.Source] = []
        for source in body.sources:
            match source:
                case k.Prompt(key=key):
                    path = await self._prompts.path(key)
                    if self._wanted.get(body.leg) is not wanted:
                        return None
                    if path is None:
                        self._report(k.PlayFinished(leg=body.leg, play=body.play, outcome=k.PlayOutcome.FAILED))
                        return None
                    sources.append(m.FileSource(str(path)))
                case k.Music(name=name):
                    # Music that is gone is replaced, not a reason for silence.
                    path = await self._prompts.path(name) if name is not None else None
                    if self._wanted.get(body.leg) is not wanted:
                        return None
                    sources.append(m.MusicSource(str(path) if path is not None else None))
                case k.ToneSource(tone=tone):
                    sources.append(_TONES[tone])
        before = self._running.get(body.leg)
        self._running[body.leg] = body.play
        loop = body.loop_last and len(sources) == 1 and isinstance(body.sources[-1], k.Prompt)
        (self._stop_on_digit.add if body.stop_on_digit else self._stop_on_digit.discard)(body.leg)
        # Commands reach the worker in the order of these calls: nothing may come between a play being the one that runs
        # and its request, or a stop would overtake it.
        result = await self._media.request(m.Play(leg=body.leg, play=body.play, sources=tuple(sources), loop=loop))
        if before is not None and before != body.play:
            await self._media.request(m.StopPlay(leg=body.leg, play=before))
        return code_of(result)

    async def stop(self, leg: str) -> str | None:
        self._wanted.pop(leg, None)
        play = self._running.pop(leg, None)
        if play is not None:
            await self._media.request(m.StopPlay(leg=leg, play=play))
        return None


def code_of(result: m.Result) -> str | None:
    if not isinstance(result, m.Refused):
        return None
    return "no_such_leg" if result.reason is m.RefusalReason.UNKNOWN_LEG else f"failed {result.reason.value}"
