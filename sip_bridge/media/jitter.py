"""Adaptive jitter buffers of all streams at once (RFC 3550 §6.4.1, A.1 and A.8 for the counts).

The buffer of a stream is a ring of units of 10 ms (80 code words), addressed by the RTP timestamp, so lost, late,
reordered and differently sized packets (10, 20, 30, 40 ms) need no special case. `play` is the unit heard next.

Delay is steered by *slack*: how many units before its playing time a packet arrives. Each window (2 s) looks at the least
slack seen: too little → one unit is inserted, too much → one is skipped, which also follows the drift of the peer's clock.
A packet that comes late stretches the delay at once. A jump of the timestamp starts the stream anew.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Columns, Layout, Slots
from sip_bridge.media.concealment import FADE, HISTORY, continue_sound, pitch_period
from sip_bridge.media.g711 import DECODE_FLOAT, FRAME, SILENCE, UNIT, encode

RING = 64  # units a ring holds: 640 ms
KEPT = HISTORY // UNIT  # played units that stay readable for concealment
AHEAD = RING - KEPT - 4  # a packet more units ahead than this is a jump
BEHIND = 50  # a packet more units late than this is a jump
START_DEPTH = 3  # units of delay given to the first packet
SLACK_LOW, SLACK_HIGH, SLACK_FAR = 1, 4, 10  # least slack wanted; above HIGH a unit is skipped, above FAR two
DEEPEST = 30  # units: the delay is never stretched beyond 300 ms
WINDOW = 100  # ticks between two looks at the slack: 2 s
FOREVER = 1 << 30

_PAIR = np.arange(2)
_BACK = np.arange(-KEPT, 0)


class JitterBuffers(Columns):
    """Receive side of every stream. `put` inserts packets, `pull` takes the frame that each stream says in this tick."""

    layout: ClassVar[Layout] = {
        "codec": (np.intp, (), 0),
        "started": (bool, (), False),
        "ring": (np.uint8, (RING, UNIT), 0xD5),
        "have": (bool, (RING,), False),
        "play": (np.int64, (), 0),
        "newest_timestamp": (np.uint32, (), 0),
        "newest": (np.int64, (), 0),  # the same, extended over wraps, in samples
        "highest_sequence": (np.uint16, (), 0),
        "cycles_sequence": (np.int64, (), 0),  # highest sequence number extended over wraps
        "first_sequence": (np.int64, (), 0),
        "seen": (np.uint64, (), 0),  # bit n: highest_sequence - n has been received
        "received": (np.int64, (), 0),
        "expected_before": (np.int64, (), 0),  # of finished numbering runs (SSRC changes, restarts)
        "received_before": (np.int64, (), 0),
        "duplicates": (np.int64, (), 0),
        "late": (np.int64, (), 0),
        "concealed": (np.int64, (), 0),  # units
        "inserted": (np.int64, (), 0),
        "skipped": (np.int64, (), 0),
        "jumps": (np.int64, (), 0),
        "jitter": (np.float64, (), 0.0),  # samples, RFC 3550 A.8
        "transit": (np.float64, (), np.nan),
        "last_arrival": (np.float64, (), 0.0),  # seconds on the caller's clock
        "least_slack": (np.int64, (), FOREVER),
        "stretch": (np.int64, (), 0),  # units still to insert
        "squeeze": (np.int64, (), 0),  # units still to skip
        "window": (np.int64, (), 0),
        "missing": (np.intp, (), RING),  # units missed in a row
        "period": (np.intp, (), UNIT),
    }

    def restart(self, slot: int) -> None:
        """Forget the numbering (new SSRC); counts go on."""
        self.expected_before[slot] += self._expected_run(slot)
        self.received_before[slot] += self.received[slot]
        self.received[slot] = 0
        self.started[slot] = False
        self.have[slot] = False

    def _expected_run(self, slot: int) -> int:
        if not self.started[slot]:
            return 0
        return int(self.cycles_sequence[slot] - self.first_sequence[slot] + 1)

    def expected(self, slot: int) -> int:
        """Packets that the sequence numbers promise so far."""
        return int(self.expected_before[slot]) + self._expected_run(slot)

    def arrived(self, slot: int) -> int:
        """Packets received so far, duplicates not counted."""
        return int(self.received_before[slot] + self.received[slot])

    def put(
        self,
        slots: Slots,
        sequence: NDArray[np.uint16],
        timestamp: NDArray[np.uint32],
        payload: NDArray[np.uint8],
        now: float,
    ) -> None:
        """Insert k packets: slots, sequence and timestamp (k,), payload (k, n*80) code words, all arrived at `now` seconds."""
        if len(slots) > 1:
            _, first = np.unique(slots, return_index=True)
            if len(first) != len(slots):
                first.sort()
                rest = np.ones(len(slots), bool)
                rest[first] = False
                self._put_once(slots[first], sequence[first], timestamp[first], payload[first], now)
                self.put(slots[rest], sequence[rest], timestamp[rest], payload[rest], now)
                return
        if len(slots):
            self._put_once(slots, sequence, timestamp, payload, now)

    def note(self, slot: int, sequence: int) -> None:
        """Count a packet of the stream that carries no audio (a key, comfort noise): not lost, and no reason to conceal."""
        if self.started[slot]:
            self._number(np.array([slot]), np.array([sequence], np.uint16))
            self.missing[slot] = RING

    def _put_once(
        self,
        slots: Slots,
        sequence: NDArray[np.uint16],
        timestamp: NDArray[np.uint32],
        payload: NDArray[np.uint8],
        now: float,
    ) -> None:
        """As `put`, each slot at most once."""
        fresh = ~self.started[slots]
        if fresh.any():
            self._begin(slots[fresh], sequence[fresh], timestamp[fresh])
        duplicate = self._number(slots, sequence)
        if duplicate.any():
            keep = ~duplicate
            slots, timestamp, payload = slots[keep], timestamp[keep], payload[keep]
            if not len(slots):
                return
        step = (timestamp - self.newest_timestamp[slots]).view(np.int32).astype(np.int64)
        extended = self.newest[slots] + step
        transit = now * 8000.0 - extended
        deviation = np.abs(transit - self.transit[slots])
        known = ~np.isnan(deviation)
        self.jitter[slots] += np.where(known, (np.minimum(deviation, 8000.0) - self.jitter[slots]) / 16.0, 0.0)
        self.transit[slots] = transit
        self.last_arrival[slots] = now
        forward = step > 0
        if forward.all():
            self.newest[slots], self.newest_timestamp[slots] = extended, timestamp
        else:
            ahead = slots[forward]
            self.newest[ahead], self.newest_timestamp[ahead] = extended[forward], timestamp[forward]

        unit = extended // UNIT
        slack = unit - self.play[slots]
        jump = (slack > AHEAD) | (slack < -BEHIND)
        if jump.any():
            who = slots[jump]
            self.jumps[who] += 1
            self._aim(who, unit[jump])
            self.newest[who], self.newest_timestamp[who] = extended[jump], timestamp[jump]
            self.jitter[who] = np.minimum(self.jitter[who], 800.0)
            slack[jump] = START_DEPTH
        self.least_slack[slots] = np.minimum(self.least_slack[slots], slack)
        late = slack < 0
        if late.any():
            who = slots[late]
            self.late[who] += 1
            room = DEEPEST - np.maximum(self.newest[who] // UNIT - self.play[who], 0)
            wanted = np.minimum(-slack[late] + SLACK_LOW, np.maximum(room, 0))
            self.stretch[who] = np.maximum(self.stretch[who], wanted)
            self.window[who] = 0
        self._store(slots, unit, payload)

    def _begin(self, slots: Slots, sequence: NDArray[np.uint16], timestamp: NDArray[np.uint32]) -> None:
        self.started[slots] = True
        self.newest_timestamp[slots] = timestamp
        self.newest[slots] = timestamp.astype(np.int64) + (1 << 32)
        self.highest_sequence[slots] = sequence
        self.cycles_sequence[slots] = sequence.astype(np.int64) + 65536
        self.first_sequence[slots] = self.cycles_sequence[slots]
        self.seen[slots] = 0
        self.transit[slots] = np.nan
        self.missing[slots] = RING
        self._aim(slots, self.newest[slots] // UNIT)

    def _aim(self, slots: Slots, unit: NDArray[np.int64]) -> None:
        """Play `unit` after the starting delay; what the ring still holds is dropped."""
        self.play[slots] = unit - START_DEPTH
        self.have[slots] = False
        self.ring[slots] = SILENCE[self.codec[slots]][:, None, None]
        self.stretch[slots] = 0
        self.squeeze[slots] = 0
        self.least_slack[slots] = FOREVER
        self.window[slots] = 0

    def _number(self, slots: Slots, sequence: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Count by sequence number; True where the packet has been here before."""
        step = (sequence - self.highest_sequence[slots]).view(np.int16).astype(np.int64)
        seen = self.seen[slots]
        age = np.clip(-step, 0, 63).astype(np.uint64)
        one = np.uint64(1)
        duplicate = (step <= 0) & (step > -64) & ((seen >> age) & one).astype(bool)
        restarted = (step > 3000) | (step < -3000)
        shift = np.clip(step, 0, 63).astype(np.uint64)
        shifted = np.where(step > 63, np.uint64(0), seen << shift)
        seen = np.where(step > 0, shifted | one, np.where(step > -64, seen | (one << age), seen))
        seen = np.where(restarted, one, seen)
        self.seen[slots] = seen
        if restarted.any():
            who = slots[restarted]
            run = self.cycles_sequence[who] - self.first_sequence[who] + 1
            self.expected_before[who] += run
            self.received_before[who] += self.received[who]
            self.received[who] = 0
            self.cycles_sequence[who] = sequence[restarted].astype(np.int64) + 65536
            self.first_sequence[who] = self.cycles_sequence[who]
            self.highest_sequence[who] = sequence[restarted]
        up = (step > 0) & ~restarted
        ahead = slots[up]
        self.cycles_sequence[ahead] += step[up]
        self.highest_sequence[ahead] = sequence[up]
        self.received[slots] += ~duplicate
        self.duplicates[slots] += duplicate
        return duplicate

    def _store(self, slots: Slots, unit: NDArray[np.int64], payload: NDArray[np.uint8]) -> None:
        count = payload.shape[1] // UNIT
        units = unit[:, None] + np.arange(count)[None, :]
        place = units % RING
        ahead = units - self.play[slots][:, None]
        fits = (ahead >= 0) & (ahead < RING - KEPT)
        blocks = payload.reshape(len(slots), count, UNIT)
        rows = np.broadcast_to(slots[:, None], place.shape)
        if fits.all():
            self.ring[rows, place] = blocks
            self.have[rows, place] = True
        else:
            self.ring[rows[fits], place[fits]] = blocks[fits]
            self.have[rows[fits], place[fits]] = True

    def pull(self, slots: Slots) -> NDArray[np.uint8]:
        """The 20 ms that each stream says now: (k, 160) code words in the stream's own law. Advances the playing time."""
        self._steer(slots)
        odd = (self.stretch[slots] > 0) | (self.squeeze[slots] > 0)
        if odd.any():
            self._bend(slots[odd])
        play = self.play[slots]
        place = (play[:, None] + _PAIR) % RING
        rows = slots[:, None]
        frames = self.ring[rows, place]  # (k, 2, 80)
        have = self.have[rows, place]
        whole = have.all(axis=1)
        if not whole.all():
            self._conceal(slots, frames, have, np.flatnonzero(~whole))
        self.missing[slots[whole]] = 0
        self.have[rows, place] = False
        self.play[slots] = play + 2
        return frames.reshape(len(slots), FRAME)

    def _steer(self, slots: Slots) -> None:
        """At the end of its window each stream decides whether to shorten or lengthen its delay by a unit."""
        self.window[slots] += 1
        done = slots[self.window[slots] >= WINDOW]
        if not len(done):
            return
        slack = self.least_slack[done]
        heard = slack < FOREVER
        self.squeeze[done] += np.where(heard & (slack > SLACK_HIGH), np.where(slack > SLACK_FAR, 2, 1), 0)
        self.stretch[done] += heard & (slack < SLACK_LOW)
        self.least_slack[done] = FOREVER
        self.window[done] = 0

    def _bend(self, slots: Slots) -> None:
        """Insert or skip one unit this tick for each of a few streams."""
        squeeze = slots[(self.squeeze[slots] > 0) & (self.stretch[slots] == 0)]
        self.have[squeeze, self.play[squeeze] % RING] = False
        self.play[squeeze] += 1
        self.squeeze[squeeze] -= 1
        self.skipped[squeeze] += 1
        stretch = slots[self.stretch[slots] > 0]
        # Playing starts one unit earlier: the unit before `play` is made anew from what was heard before it.
        many = np.minimum(self.stretch[stretch], 2)
        for units in (1, 2):
            who = stretch[many == units]
            if len(who):
                self._insert(who, units)
        self.stretch[stretch] -= many
        self.inserted[stretch] += many

    def _insert(self, slots: Slots, units: int) -> None:
        """Move the played past back by `units` so that concealment fills the hole."""
        back = (self.play[slots][:, None] + _BACK) % RING
        past = self.ring[slots[:, None], back]
        self.play[slots] -= units
        moved = (self.play[slots][:, None] + _BACK) % RING
        self.ring[slots[:, None], moved] = past
        for unit in range(units):
            self.have[slots, (self.play[slots] + unit) % RING] = False

    def _conceal(
        self, slots: Slots, frames: NDArray[np.uint8], have: NDArray[np.bool_], lacking: NDArray[np.intp]
    ) -> None:
        """Fill the units that are missing, in `frames` and in the ring (where they are the history of the next)."""
        who = slots[lacking]
        silent = self.missing[who] >= len(FADE)
        quiet = lacking[silent]
        if len(quiet):
            fill = np.broadcast_to(SILENCE[self.codec[slots[quiet]]][:, None, None], (len(quiet), 2, UNIT))
            gap = ~have[quiet]
            frames[quiet] = np.where(gap[:, :, None], fill, frames[quiet])
            rows = slots[quiet][:, None]
            place = (self.play[slots[quiet]][:, None] + _PAIR) % RING
            self.ring[rows, place] = frames[quiet]
            self._count_missing(slots[quiet], gap)
        heard = lacking[~silent]
        for half in (0, 1):
            rows = heard[~have[heard, half]]
            if len(rows):
                frames[rows, half] = self._synthesise(slots[rows], half)
            self._count_missing(slots[heard], ~have[heard, half : half + 1])

    def _count_missing(self, slots: Slots, gap: NDArray[np.bool_]) -> None:
        for column in gap.T:
            self.missing[slots] = np.where(column, np.minimum(self.missing[slots] + 1, RING), 0)
            self.concealed[slots] += column & (self.missing[slots] <= 2 * len(FADE))

    def _synthesise(self, slots: Slots, half: int) -> NDArray[np.uint8]:
        codec = self.codec[slots]
        back = (self.play[slots][:, None] + half + _BACK) % RING
        history = DECODE_FLOAT[codec[:, None], self.ring[slots[:, None], back].reshape(len(slots), HISTORY)]
        first = self.missing[slots] == 0
        if first.any():
            self.period[slots[first]] = pitch_period(history[first])
        sound = continue_sound(history, self.period[slots], self.missing[slots])
        codes = np.where(codec[:, None] == 0, encode(sound, 0), encode(sound, 1))
        self.ring[slots, (self.play[slots] + half) % RING] = codes
        return codes
