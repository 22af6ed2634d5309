"""The thread that writes recordings, so that a slow disk never holds up a tick.

Each job is one write of up to a second of one recording and of its header. What waits is bounded; a recording whose
storage fails or falls behind is given up and told.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media import wav
from sip_bridge.media.g711 import FRAME, PCMA, SILENCE

MOST_WAITING = 64 << 20  # bytes not yet written, over all recordings


@dataclass(slots=True, eq=False)
class RecordingFile:
    """An open recording; owned by the storage thread after it was opened."""

    name: str
    path: Path
    descriptor: int
    size: int = 0  # bytes of audio on disk
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A finished file."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StorageFailed:
    name: str
    detail: str


@dataclass(slots=True)
class _Job:
    file: RecordingFile
    data: bytes
    last: bool = field(default=False)


class Storage:
    """`write` and `finish` return at once; `reports` is filled by the thread."""

    def __init__(self) -> None:
        self.reports: deque[Stored | StorageFailed] = deque()
        self._waiting = 0
        self._written = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._hashing: queue.SimpleQueue[RecordingFile | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._write_all, name="recordings", daemon=True),
            threading.Thread(target=self._hash_all, name="hashes", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def open(self, name: str, path: Path) -> RecordingFile:
        """Create the file with an empty header; raises OSError (also when it exists)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        os.pwrite(descriptor, wav.header(0), 0)
        return RecordingFile(name, path, descriptor)

    def take_up(self, name: str, path: Path, size: int) -> tuple[RecordingFile, int]:
        """Go on with a file whose writer was killed, silent up to ``size`` bytes of audio; and how many were there.

        Raises OSError.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        there = max(0, os.fstat(descriptor).st_size - wav.HEADER_SIZE)
        there -= there % wav.CHANNELS
        size = max(size, there)
        os.pwrite(descriptor, bytes([SILENCE[PCMA]]) * (size - there), wav.HEADER_SIZE + there)
        os.ftruncate(descriptor, wav.HEADER_SIZE + size)
        os.pwrite(descriptor, wav.header(size), 0)
        return RecordingFile(name, path, descriptor, size), there

    @staticmethod
    def written(file: RecordingFile, size: int) -> NDArray[np.uint8]:
        """The left side of its first ``size`` bytes of audio, as (ticks, 160) code words."""
        ticks = size // (wav.CHANNELS * FRAME)
        data = os.pread(file.descriptor, ticks * wav.CHANNELS * FRAME, wav.HEADER_SIZE)
        return np.frombuffer(data, np.uint8).reshape(ticks, FRAME, wav.CHANNELS)[:, :, 0]

    def write(self, file: RecordingFile, data: bytes) -> None:
        """Append audio. Beyond MOST_WAITING the recording is given up."""
        if file.failed:
            return
        if self._waiting - self._written > MOST_WAITING:
            self._fail(file, "storage is too slow")
            return
        self._waiting += len(data)
        self._jobs.put(_Job(file, data))

    def finish(self, file: RecordingFile, data: bytes) -> None:
        """Append the last audio, close, hash and report."""
        self._waiting += len(data)
        self._jobs.put(_Job(file, data, last=True))

    def close(self) -> None:
        """Write what waits and end the threads."""
        self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def _fail(self, file: RecordingFile, detail: str) -> None:
        if not file.failed:
            file.failed = True
            self.reports.append(StorageFailed(file.name, detail))

    def _write_all(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._write_one(job.file, job.data)
            except OSError as error:
                self._fail(job.file, error.strerror or "write failed")
            self._written += len(job.data)
            if job.last:
                self._hashing.put(job.file)
        self._hashing.put(None)

    def _write_one(self, file: RecordingFile, data: bytes) -> None:
        view = memoryview(data)
        while view:
            count = os.pwrite(file.descriptor, view, wav.HEADER_SIZE + file.size)
            file.size += count
            view = view[count:]
        os.pwrite(file.descriptor, wav.header(file.size), 0)

    def _hash_all(self) -> None:
        while (file := self._hashing.get()) is not None:
            try:
                digest = hashlib.sha256()
                with os.fdopen(file.descriptor, "rb") as reader:
                    reader.seek(0)
                    while piece := reader.read(1 << 18):
                        digest.update(piece)
                self.reports.append(Stored(file.name, wav.HEADER_SIZE + file.size, digest.hexdigest()))
            except OSError as error:
                self.reports.append(StorageFailed(file.name, error.strerror or "read failed"))
