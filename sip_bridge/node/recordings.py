"""Recordings as the bridge knows them: which are running, of whom, and that each is reported once."""

import hashlib
import time
from pathlib import Path

import msgspec
import structlog

from sip_bridge.contract import RecordingEnded, RecordingFailed, RecordingStarted
from sip_bridge.media import protocol as m
from sip_bridge.media import wav
from sip_bridge.media.client import MediaClient, WorkerGone
from sip_bridge.node.journal import Journal
from sip_bridge.node.media import Media

log = structlog.get_logger()
KIND = "recording"


class Running(msgspec.Struct):
    recording: str
    file: str
    legs: tuple[str, ...]
    """With the end of one of these the recording ends: those of the left side."""
    right: tuple[str, ...] = ()
    only_heard: bool = True
    quiet_ms: int | None = None
    started_at: float = 0.0
    gaps_ms: tuple[tuple[int, int], ...] = ()
    paused_since_ms: int | None = None

    def elapsed_ms(self) -> int:
        """By the wall clock, which a new process can read, too."""
        return max(0, int(1000 * (time.time() - self.started_at)))

    def command(self, taken_up: m.TakenUp | None = None) -> m.StartRecording:
        return m.StartRecording(
            recording=self.recording,
            path=self.file,
            left=self.legs,
            right=self.right,
            only_heard=self.only_heard,
            quiet_ms=self.quiet_ms,
            taken_up=taken_up,
        )


class Recordings:
    def __init__(self, journal: Journal, media: Media, folder: Path, report) -> None:
        self._journal = journal
        self._media = media
        self._folder = folder
        self._report = report
        self._running = {id: msgspec.msgpack.decode(raw, type=Running) for id, raw in journal.kept(KIND).items()}

    async def start(
        self, recording: str, left: tuple[str, ...], right: tuple[str, ...], quiet_s: float | None = None
    ) -> str | None:
        """None when it runs, otherwise why not."""
        if recording in self._running:
            return None
        running = Running(
            recording,
            f"{recording[:2]}/{recording}.wav",
            left,
            right=right,
            only_heard=quiet_s is None,
            quiet_ms=None if quiet_s is None else int(1000 * quiet_s),
            started_at=time.time(),
        )
        (self._folder / running.file).parent.mkdir(parents=True, exist_ok=True)
        self._keep(running)
        result = await self._media.request(running.command())
        if isinstance(result, m.Refused) and result.reason is not m.RefusalReason.RECORDING_EXISTS:
            self._forget(recording)
            self._report(RecordingFailed(recording=recording, reason=f"{result.reason.value} {result.detail}".strip()))
            return result.reason.value
        self._report(RecordingStarted(recording=recording))
        return None

    async def change(self, recording: str, left: tuple[str, ...], right: tuple[str, ...]) -> str | None:
        running = self._running.get(recording)
        if running is None:
            return "no_such_recording"
        running.legs, running.right = left, right
        self._keep(running)
        result = await self._media.request(m.ChangeRecording(recording=recording, left=left, right=right))
        return result.reason.value if isinstance(result, m.Refused) else None

    async def pause(self, recording: str, paused: bool) -> None:
        running = self._running.get(recording)
        if running is None:
            return
        if paused and running.paused_since_ms is None:
            running.paused_since_ms = running.elapsed_ms()
        elif not paused and running.paused_since_ms is not None:
            running.gaps_ms = (*running.gaps_ms, (running.paused_since_ms, running.elapsed_ms()))
            running.paused_since_ms = None
        self._keep(running)
        await self._media.request((m.PauseRecording if paused else m.ResumeRecording)(recording=recording))

    async def stop(self, recording: str) -> None:
        """Finish it and report it; nothing when it is finished already."""
        running = self._running.pop(recording, None)
        if running is None:
            return
        try:
            result = await self._media.request(m.StopRecording(recording=recording))
        except (TimeoutError, WorkerGone):
            result = None
        if isinstance(result, m.RecordingStopped):
            self._report(
                RecordingEnded(
                    recording=recording,
                    file=running.file,
                    duration_ms=result.duration_ms,
                    size=result.size,
                    sha256=result.sha256,
                    gaps_ms=tuple((g.start_ms, g.end_ms) for g in result.gaps),
                    heard_ms=result.heard_ms,
                )
            )
        else:
            self._repair(running)
        self._forget(recording)

    async def stop_of(self, leg: str) -> None:
        """A leg is gone: what recorded it is over, whether or not the backend is there to say so."""
        for running in [r for r in self._running.values() if leg in r.legs]:
            await self.stop(running.recording)

    async def take_up(self, worker: MediaClient) -> None:
        """A new worker goes on with them in the same files; one that it cannot go on with ends with what is on disk."""
        for running in list(self._running.values()):
            gaps = tuple(m.Gap(*gap) for gap in running.gaps_ms)
            was = m.TakenUp(running.elapsed_ms(), gaps, running.paused_since_ms)
            result = await worker.request(running.command(was))
            if isinstance(result, m.Refused) and result.reason is not m.RefusalReason.RECORDING_EXISTS:
                log.error("recording_not_taken_up", recording=running.recording, reason=result.reason.value)
                self._forget(running.recording)
                self._repair(running)

    def _keep(self, running: Running) -> None:
        self._running[running.recording] = running
        self._journal.keep(KIND, running.recording, msgspec.msgpack.encode(running))

    def known(self) -> tuple[str, ...]:
        return tuple(self._running)

    def _repair(self, running: Running) -> None:
        path = self._folder / running.file
        try:
            duration = wav.repair(path)
        except (OSError, wav.Unrepairable) as error:
            log.error("recording_lost", recording=running.recording, error=type(error).__name__)
            self._report(RecordingFailed(recording=running.recording, reason=type(error).__name__))
            return
        self._report(
            RecordingEnded(
                recording=running.recording,
                file=running.file,
                duration_ms=duration,
                size=path.stat().st_size,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                repaired=True,
            )
        )

    def _forget(self, recording: str) -> None:
        self._running.pop(recording, None)
        self._journal.forget(KIND, recording)
