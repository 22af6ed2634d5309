"""Recordings as the bridge knows them: which are running, of whom, and that each is reported once."""

import hashlib
from pathlib import Path

import msgspec
import structlog

from sip_bridge.contract import RecordingEnded, RecordingFailed, RecordingStarted
from sip_bridge.media import protocol as m
from sip_bridge.media import wav
from sip_bridge.media.client import MediaClient, WorkerGone
from sip_bridge.node.journal import Journal

log = structlog.get_logger()
KIND = "recording"


class Running(msgspec.Struct):
    recording: str
    file: str
    legs: tuple[str, ...]
    """With the end of one of these the recording ends: those of the left side."""


class Recordings:
    def __init__(self, journal: Journal, media: MediaClient, folder: Path, report) -> None:
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
        running = Running(recording, f"{recording[:2]}/{recording}.wav", left)
        (self._folder / running.file).parent.mkdir(parents=True, exist_ok=True)
        self._running[recording] = running
        self._journal.keep(KIND, recording, msgspec.msgpack.encode(running))
        result = await self._media.request(
            m.StartRecording(
                recording=recording,
                path=running.file,
                left=left,
                right=right,
                only_heard=quiet_s is None,
                quiet_ms=None if quiet_s is None else int(1000 * quiet_s),
            )
        )
        if isinstance(result, m.Refused) and result.reason is not m.RefusalReason.RECORDING_EXISTS:
            self._forget(recording)
            self._report(RecordingFailed(recording=recording, reason=f"{result.reason.value} {result.detail}".strip()))
            return result.reason.value
        self._report(RecordingStarted(recording=recording))
        return None

    async def change(self, recording: str, left: tuple[str, ...], right: tuple[str, ...]) -> str | None:
        if recording not in self._running:
            return "no_such_recording"
        result = await self._media.request(m.ChangeRecording(recording=recording, left=left, right=right))
        return result.reason.value if isinstance(result, m.Refused) else None

    async def pause(self, recording: str, paused: bool) -> None:
        if recording in self._running:
            kind = m.PauseRecording if paused else m.ResumeRecording
            await self._media.request(kind(recording=recording))

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

    def repair_all(self) -> None:
        """The worker died: what is on disk is what there is."""
        for running in list(self._running.values()):
            self._repair(running)
            self._running.pop(running.recording, None)
            self._forget(running.recording)

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
