"""A media worker process: the clock that drives the engine, and what it needs from outside.

One thread does everything that is heard. Every 20 ms: read, tick, encrypt, send. Between ticks it reads shared sockets each 5 ms (their
buffers hold many legs) and serves the control. Recordings are written, and files decoded, by threads that hardly hold the interpreter lock.
"""

from __future__ import annotations

import gc
import queue
import sys
import threading
import time
from collections import Counter, deque
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from sip_bridge.media import commands
from sip_bridge.media.control import ControlPort
from sip_bridge.media.engine import Engine
from sip_bridge.media.files import UnreadableSound, load
from sip_bridge.media.ports import PortRange
from sip_bridge.media.protocol import (
    PROTOCOL_VERSION,
    BrowserLegChanged,
    BrowserState,
    Command,
    FileSource,
    Gap,
    Hello,
    LateTicks,
    MusicSource,
    OpenBrowserLeg,
    OpenRtpLeg,
    PeerSaidGoodbye,
    Quality,
    RecordingFailed,
    RecordingStopped,
    RefusalReason,
    Refused,
    Result,
    RtpLegOpened,
)
from sip_bridge.media.recorder import Recorder, Recording
from sip_bridge.media.srtp import SrtpPair
from sip_bridge.media.storage import RecordingFile, Storage, StorageFailed
from sip_bridge.media.transport import LegLine, Transport
from sip_bridge.media.udp import key_of
from sip_bridge.webrtc.dtls import SrtpMaterial
from sip_bridge.webrtc.port import BrowserPort

TICK = 0.020
DRAINS = 4  # reads of the shared sockets per tick
FARTHEST_BEHIND = 10  # ticks made up for after a stall; more are given up
ALARM_PERIOD = 250  # ticks over which late ones are counted: 5 s
QUALITY_INTERVAL = 500  # ticks between two quality events of a leg
BROWSER_TIMERS = 5  # ticks
SWITCH_INTERVAL = 0.0005  # seconds another thread may hold the interpreter when the tick wants it

log = structlog.get_logger()


class Worker:
    """State of the process. `run` returns after `stop` was called (from a signal handler)."""

    def __init__(
        self, control: Path, ports: PortRange, addresses: list[str], webrtc_port: int, recordings: Path
    ) -> None:
        self.addresses = addresses
        self.recordings = recordings.resolve()
        self.control = ControlPort(control, self._execute, self._hello)
        self.storage = Storage()
        self.files: dict[str, RecordingFile] = {}
        self.stopping: dict[str, tuple[str, Recording]] = {}
        self.rtp_legs: dict[str, tuple[OpenRtpLeg, RtpLegOpened]] = {}
        self.browser_legs: dict[str, OpenBrowserLeg] = {}
        self.engine = Engine(Recorder(self._write))
        self.transport = Transport(self.engine, ports)
        wall_offset = time.time() - time.monotonic()
        self.transport.wall = lambda now: now + wall_offset
        self.browsers = BrowserPort(self)
        self.transport.on_stun = self.browsers.receive_stun
        self.transport.on_dtls = self.browsers.receive_dtls
        self.transport.on_browser_media = self.browsers.heard
        self.transport.on_goodbye = lambda line: self.control.emit(PeerSaidGoodbye(leg=line.name))
        self.webrtc_port = webrtc_port
        for address in addresses:
            self.webrtc_port = self.transport.add_browser_socket(address, self.webrtc_port).port
        self._loader = Loader()
        self._stopped = False
        self._ticks = self._late = self._late_total = 0
        self._given_up = 0
        self._worst = 0.0

    now = staticmethod(time.monotonic)

    # --- the clock ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        gc.collect()
        gc.freeze()
        gc.disable()
        due = self.now() + TICK
        while not self._stopped:
            for part in range(1, DRAINS + 1):
                self._wait_until(due - TICK + TICK * part / DRAINS)
                if part < DRAINS:
                    self.transport.drain(self.now(), own=False)
            self._tick(due)
            due += TICK
            behind = self.now() - due
            if behind > FARTHEST_BEHIND * TICK:
                given_up = int(behind / TICK)
                self._given_up += given_up
                due += given_up * TICK
        self._shut_down()

    def stop(self) -> None:
        """End after the present tick."""
        self._stopped = True

    def _wait_until(self, moment: float) -> None:
        """Sleep, and serve the control meanwhile."""
        while (left := moment - self.now()) > 0:
            if self.control.wait(left):
                self.control.serve()

    def _tick(self, due: float) -> None:
        now = self.now()
        self.transport.drain(now)
        sending = self.engine.tick(now)
        self._ticks += 1
        self.transport.send(sending, self._ticks, now)
        self._chores(now)
        finished = self.now() - due
        self._worst = max(self._worst, finished)
        if finished > TICK:
            self._late += 1
        if self._ticks % ALARM_PERIOD == 0:
            self._judge_lateness()
        self.control.flush()

    def _chores(self, now: float) -> None:
        for event in self.engine.take_events():
            self.control.emit(event)
        self._storage_reports()
        for source in self.engine.player.wanted:
            self._loader.want(source)
        self.engine.player.wanted.clear()
        while self._loader.loaded:
            source, samples = self._loader.loaded.popleft()
            self.engine.sound_loaded(source, samples)
        if self._ticks % BROWSER_TIMERS == 0 and self.browsers.legs:
            self.browsers.poll(now)
        for slot in range(self._ticks % QUALITY_INTERVAL, self.engine.pool.capacity, QUALITY_INTERVAL):
            line = self.transport.lines.get(slot)
            if line is not None:
                self.control.emit(Quality(statistics=line.reports.statistics(line.name, self.engine)))
        if self._ticks % 3000 == 0:
            gc.collect(0)

    def _judge_lateness(self) -> None:
        if self._late * 100 > ALARM_PERIOD:
            self.control.emit(LateTicks(late=self._late, ticks=ALARM_PERIOD, worst_ms=round(1000 * self._worst, 1)))
        self._late_total += self._late
        self._late, self._worst = 0, 0.0

    # --- commands -----------------------------------------------------------------------------------------------------

    def _execute(self, id_: str, command: Command) -> Result | None:
        try:
            result = commands.COMMANDS[type(command)](self, id_, command)
        except Exception as error:  # a bug here must not silence the calls of everybody else
            log.exception("command failed", command=type(command).__name__)
            return Refused(reason=RefusalReason.INTERNAL, detail=type(error).__name__)
        return result

    def _hello(self) -> Hello:
        return Hello(
            version=PROTOCOL_VERSION,
            instance=self.control.instance,
            webrtc_port=self.webrtc_port,
            fingerprint=self.browsers.server.fingerprint,
            dropped_events=self.control.counters["events_dropped"],
        )

    def line(self, leg: str) -> LegLine:
        return self.transport.lines[self.engine.slots[leg]]

    def counters(self) -> dict[str, int]:
        """Everything that was counted since the start."""
        total: Counter[str] = Counter()
        for part in (self.engine, self.transport, self.browsers, self.control):
            total += part.counters
        total["ticks"], total["late_ticks"] = self._ticks, self._late_total + self._late
        total["ticks_given_up"] = self._given_up
        total["cpu_ms"] = int(1000 * time.process_time())
        return dict(total)

    # --- recordings ---------------------------------------------------------------------------------------------------

    def _write(self, recording: Recording, audio: bytes) -> None:
        self.storage.write(self.files[recording.command.recording], audio)

    def _storage_reports(self) -> None:
        while self.storage.reports:
            report = self.storage.reports.popleft()
            id_, recording = self.stopping.pop(report.name, (None, None))
            if isinstance(report, StorageFailed):
                self.control.emit(RecordingFailed(recording=report.name, detail=report.detail))
                if id_ is not None:
                    self.control.answer(id_, Refused(reason=RefusalReason.STORAGE, detail=report.detail))
            elif id_ is not None and recording is not None:
                self.control.answer(
                    id_,
                    RecordingStopped(
                        path=recording.command.path,
                        duration_ms=recording.duration_ms,
                        size=report.size,
                        sha256=report.sha256,
                        gaps=tuple(Gap(gap.start_ms, gap.end_ms) for gap in recording.gaps),
                    ),
                )

    # --- what browser legs ask for (webrtc.port.Outside) --------------------------------------------------------------

    def send(self, data: bytes, target: tuple[str, int]) -> None:
        self.transport.send_browser(data, target)

    def keys_agreed(self, slot: int, material: SrtpMaterial) -> None:
        line = self.transport.lines[slot]
        line.srtp = SrtpPair(material.profile, material.receive, material.send)
        self.transport.settle(line)

    def moved(self, slot: int, target: tuple[str, int]) -> None:
        self.transport.aim(self.transport.lines[slot], target, target)

    def route(self, source: tuple[str, int], slot: int | None) -> None:
        if slot is None:
            self.transport.browser_routes.pop(key_of(source), None)
        else:
            self.transport.browser_routes[key_of(source)] = slot

    def changed(self, leg: str, state: BrowserState, address_changed: bool, detail: str) -> None:
        self.control.emit(BrowserLegChanged(leg=leg, state=state, address_changed=address_changed, detail=detail))

    def _shut_down(self) -> None:
        for recording in list(self.engine.recorder.recordings.values()):
            tail = self.engine.recorder.stop(recording)
            self.storage.finish(self.files.pop(recording.command.recording), tail)
        for leg in list(self.browsers.legs):
            self.browsers.close(leg)
        self.transport.close()
        self.storage.close()
        self.control.close()


Sound = FileSource | MusicSource


class Loader:
    """Decodes wanted files in a thread; `loaded` has (source, samples or None)."""

    def __init__(self) -> None:
        self.loaded: deque[tuple[Sound, NDArray[np.int16] | None]] = deque()
        self._wanted: queue.SimpleQueue[Sound] = queue.SimpleQueue()
        self._underway: set[Sound] = set()
        threading.Thread(target=self._run, name="sounds", daemon=True).start()

    def want(self, source: Sound) -> None:
        if source not in self._underway:
            self._underway.add(source)
            self._wanted.put(source)

    def _run(self) -> None:
        while True:
            source = self._wanted.get()
            samples: NDArray[np.int16] | None
            try:
                samples = load(Path(source.path or ""))
            except UnreadableSound as error:
                log.warning("sound cannot be played", reason=str(error))
                samples = None
            self._underway.discard(source)
            self.loaded.append((source, samples))
