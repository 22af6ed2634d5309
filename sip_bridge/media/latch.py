"""Where a peer's audio may come from and where ours goes: symmetric RTP that resists hijack.

The address of the signalling is preferred. Behind a NAT the audio may come from elsewhere: such a source is adopted only
in a window after the leg was opened or updated, only when nothing came from the signalled address, and only after
`PROOF` packets in sequence from one SSRC. Later a new source must carry on the same SSRC and sequence while the old
address is silent (a rebinding NAT). Everything else is a stranger, dropped and counted.

| state    | signalled address | other address                                   |
|----------|-------------------|-------------------------------------------------|
| waiting  | latch             | candidate → latch after PROOF packets in window |
| adopted  | latch (in window) | same SSRC in sequence after SILENCE → re-latch  |
| latched  | accept            | same SSRC in sequence after SILENCE → re-latch  |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

WINDOW = 10.0  # seconds after opening or updating in which an unsignalled source can be adopted
SILENCE = 1.0  # seconds without audio from the latched address before a rebinding is believed
PROOF = 3  # packets in sequence from an unsignalled source
SEQUENCE_SPAN = 3000  # a continued stream is at most so many packets further on

SocketAddress = tuple[str, int]


class LatchState(StrEnum):
    WAITING = auto()
    ADOPTED = auto()  # audio comes from an address that was not signalled
    LATCHED = auto()


@dataclass(slots=True)
class Latch:
    """The rule for one leg. `now` is in seconds on any steady clock."""

    signalled: SocketAddress | None
    opened_at: float
    proven: bool = False  # packets are authenticated (SRTP): a packet that reaches us is proof by itself
    state: LatchState = LatchState.WAITING
    source: SocketAddress | None = None
    strangers: int = 0
    _heard_at: float = 0.0
    _ssrc: int | None = None
    _sequence: int = 0
    _candidate: tuple[SocketAddress, int] | None = None
    _candidate_sequence: int = 0
    _candidate_count: int = 0

    @property
    def target(self) -> SocketAddress | None:
        """Where our own packets go: where the peer's come from, else where the signalling said."""
        return self.source or self.signalled

    def update(self, signalled: SocketAddress | None, now: float) -> None:
        """New signalling (re-INVITE, answer): prefer its address from now on; the old source is heard until then."""
        if signalled == self.signalled:
            return
        self.signalled, self.opened_at, self._candidate = signalled, now, None
        if signalled == self.source:
            self.state = LatchState.LATCHED
        else:
            self.state, self.source = LatchState.WAITING, None

    def admit(self, source: SocketAddress, ssrc: int, sequence: int, now: float) -> bool:
        """May this RTP packet be heard? Changes the latch where the rules say so."""
        if source == self.source or source == self.signalled:
            in_window = now - self.opened_at <= WINDOW
            if source == self.source or self.state is LatchState.WAITING or in_window:
                self._take(source, ssrc, sequence, now)
                return True
        if self.proven or self._continues(ssrc, sequence, now) or self._adoptable(source, ssrc, sequence, now):
            self._take(source, ssrc, sequence, now)
            return True
        self.strangers += 1
        return False

    def heard(self, ssrc: int, sequence: int, now: float) -> None:
        """Note a packet that arrived from the latched source on the fast path."""
        self._heard_at, self._ssrc, self._sequence = now, ssrc, sequence

    def _take(self, source: SocketAddress, ssrc: int, sequence: int, now: float) -> None:
        self.source, self._candidate = source, None
        self.state = LatchState.LATCHED if source == self.signalled else LatchState.ADOPTED
        self.heard(ssrc, sequence, now)

    def _continues(self, ssrc: int, sequence: int, now: float) -> bool:
        if self._ssrc is None or ssrc != self._ssrc or self.source is None or now - self._heard_at < SILENCE:
            return False
        return 0 < (sequence - self._sequence) & 0xFFFF <= SEQUENCE_SPAN

    def _adoptable(self, source: SocketAddress, ssrc: int, sequence: int, now: float) -> bool:
        if self.state is not LatchState.WAITING or now - self.opened_at > WINDOW:
            return False
        if self._candidate == (source, ssrc) and (sequence - self._candidate_sequence) & 0xFFFF == 1:
            self._candidate_count += 1
        else:
            self._candidate, self._candidate_count = (source, ssrc), 1
        self._candidate_sequence = sequence
        return self._candidate_count >= PROOF
