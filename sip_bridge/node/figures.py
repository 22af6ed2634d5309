"""What is told of how a leg sounded, call by call.

A caller's leg is as old as its call. An agent's leg lives for a shift and takes call after call: of it are told the figures since
it joined the call (the group of the topology), once more when it leaves, and none in between.
"""

from collections.abc import Callable, Set

import msgspec

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.media.client import WorkerGone
from sip_bridge.media.quality import NETWORK_DELAY_UNKNOWN, PLAY_OUT_DELAY, mean_opinion
from sip_bridge.node.journal import Journal
from sip_bridge.node.media import Media

KIND = "figures"
PATIENCE_S = 2.0


class Joined(msgspec.Struct, kw_only=True):
    """Where a leg's figures stood when it joined the group; ``inside`` until it leaves."""

    group: str
    inside: bool = True
    received: int = 0
    lost: int = 0
    late: int = 0
    concealed_ms: int = 0


class Figures:
    def __init__(self, journal: Journal, media: Media, report: Callable[[k.LegEvent], None]) -> None:
        self._journal, self._media, self._report = journal, media, report
        decoder = msgspec.json.Decoder(Joined)
        self._joined = {leg: decoder.decode(raw) for leg, raw in journal.kept(KIND).items()}

    async def group_is(self, group: str, legs: Set[str]) -> None:
        """These legs hear or are heard in the group from now on."""
        for leg in sorted(legs - {group}):
            known = self._joined.get(leg)
            if known is not None and known.group == group:
                known.inside = True
                self._keep(leg, known)
            elif (stats := await self._now(leg)) is not None:
                joined = Joined(
                    group=group,
                    received=stats.packets_received,
                    lost=stats.packets_lost,
                    late=stats.late,
                    concealed_ms=stats.concealed_ms,
                )
                self._keep(leg, joined)
        for leg, joined in list(self._joined.items()):
            if joined.group == group and joined.inside and leg not in legs:
                if (stats := await self._now(leg)) is not None and (told := self.measured(stats)) is not None:
                    self._report(told)
                joined.inside = False
                self._keep(leg, joined)

    def measured(self, stats: m.LegStatistics) -> k.QualityMeasured | None:
        """What to tell of a measurement; None for a leg that is between two calls."""
        joined = self._joined.get(stats.leg)
        if joined is None:
            return k.QualityMeasured(leg=stats.leg, quality=quality(stats))
        if not joined.inside:
            return None
        return k.QualityMeasured(leg=stats.leg, quality=quality(stats, joined), group=joined.group)

    def forget(self, leg: str) -> None:
        if self._joined.pop(leg, None) is not None:
            self._journal.forget(KIND, leg)

    def _keep(self, leg: str, joined: Joined) -> None:
        self._joined[leg] = joined
        self._journal.keep(KIND, leg, msgspec.json.encode(joined))

    async def _now(self, leg: str) -> m.LegStatistics | None:
        try:
            found = await self._media.request(m.Statistics(leg=leg), within=PATIENCE_S)
        except (TimeoutError, WorkerGone):
            return None
        return found if isinstance(found, m.LegStatistics) else None


def quality(stats: m.LegStatistics, since: Joined | None = None) -> k.Quality:
    """Of the whole leg, or since it joined. A leg that was opened anew in the meantime counts from its opening."""
    if since is None or stats.packets_received < since.received:
        since = Joined(group="")
    received, lost = stats.packets_received - since.received, max(0, stats.packets_lost - since.lost)
    late = max(0, stats.late - since.late)
    expected = received + lost
    network = NETWORK_DELAY_UNKNOWN if stats.round_trip_ms is None else stats.round_trip_ms / 2
    share = min(1.0, (lost + late) / expected) if expected else 0.0
    return k.Quality(
        received=received,
        lost=lost,
        concealed_ms=max(0, stats.concealed_ms - since.concealed_ms),
        jitter_ms=round(stats.jitter_ms, 2),
        round_trip_ms=stats.round_trip_ms,
        mos=round(mean_opinion(share, network + stats.buffer_ms + PLAY_OUT_DELAY), 2),
    )
