"""What strangers and trunks may cost us: token buckets and counts, bounded in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Admission of requests outside a dialog.

    `source_rate` and `source_burst`: new requests per second and at once from one IP address (a trunk may send at least
    twice its own rate); `source_calls`: calls at
    once from one address; `total_calls`: calls at once in the whole endpoint; `retry_after`: seconds told with a 503.
    """

    source_rate: float = 50.0
    source_burst: float = 100.0
    source_calls: int = 2_000
    total_calls: int = 4_000
    retry_after: int = 5
    sources: int = 10_000


@dataclass(slots=True)
class TokenBucket:
    """`rate` tokens a second, at most `burst` at once; starts full."""

    rate: float
    burst: float
    level: float
    filled_at: float

    def has_any(self, now: float) -> bool:
        """Whether `take` would succeed."""
        return min(self.burst, self.level + max(0.0, now - self.filled_at) * self.rate) >= 1.0

    def take(self, now: float) -> bool:
        elapsed = max(0.0, now - self.filled_at)
        self.level = min(self.burst, self.level + elapsed * self.rate)
        self.filled_at = now
        if self.level < 1.0:
            return False
        self.level -= 1.0
        return True


class SourceBuckets:
    """One bucket per IP address; the longest unseen addresses are forgotten first."""

    def __init__(self, rate: float, burst: float, capacity: int) -> None:
        self._rate = rate
        self._burst = burst
        self._capacity = capacity
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def forget(self) -> None:
        """Every source begins anew."""
        self._buckets.clear()

    def take(self, source: str, now: float, least_rate: float = 0.0) -> bool:
        """`least_rate`: what a known source may send in any case."""
        bucket = self._buckets.get(source)
        if bucket is None:
            rate, burst = max(self._rate, least_rate), max(self._burst, least_rate)
            bucket = self._buckets[source] = TokenBucket(rate, burst, burst, now)
            if len(self._buckets) > self._capacity:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
        return bucket.take(now)
