"""Timers without a clock: a heap of moments, asked and fired by whoever knows the time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

T1 = 0.5  # RFC 3261 section 17.1.1.1: round-trip estimate, seconds
T2 = 4.0
T4 = 5.0
TRANSACTION_LIFETIME = 64 * T1  # timers B, F, H, J, L, M; D on unreliable transports

Callback = Callable[[float], None]


@dataclass(slots=True, eq=False)
class Timer:
    """A scheduled moment; `cancel` may be called any number of times."""

    at: float
    callback: Callback | None

    def cancel(self) -> None:
        self.callback = None


class TimerQueue:
    """Timers in order of time, then of scheduling."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._sequence = 0

    def schedule(self, at: float, callback: Callback) -> Timer:
        timer = Timer(at, callback)
        self._sequence += 1
        heapq.heappush(self._heap, (at, self._sequence, timer))
        if self._sequence % 4096 == 0:
            self._compact()
        return timer

    def next_at(self) -> float | None:
        """The next moment at which `fire` has something to do."""
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> None:
        """Run what is due, including what that schedules for the same moment."""
        while (at := self.next_at()) is not None and at <= now:
            timer = heapq.heappop(self._heap)[2]
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback(now)

    def __len__(self) -> int:
        return sum(1 for _, _, timer in self._heap if timer.callback is not None)

    def _compact(self) -> None:
        """Drop cancelled timers, which would otherwise wait out their time in the heap."""
        self._heap = [entry for entry in self._heap if entry[2].callback is not None]
        heapq.heapify(self._heap)
