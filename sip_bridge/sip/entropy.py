"""Where identifiers and back-off come from: injected, so that a test run is the same every time."""

from __future__ import annotations

import random
import secrets
from typing import Protocol


class Entropy(Protocol):
    """A source of tags, branches, nonces and waiting times."""

    def token(self) -> str:
        """At least 64 unguessable bits as hexadecimal digits."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        ...


class SystemEntropy:
    """The operating system's random numbers."""

    def token(self) -> str:
        return secrets.token_hex(8)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * secrets.randbelow(1_000_001) / 1_000_000


class SeededEntropy:
    """The same sequence for the same seed. For tests only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self) -> str:
        return f"{self._random.getrandbits(64):016x}"

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)
