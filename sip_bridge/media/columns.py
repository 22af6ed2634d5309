"""State of many streams as columns: one numpy array per field, one row per slot, grown by doubling.

A row number (slot) is stable while its leg lives, so I/O, mixer and recorder address the same leg by the same integer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Slots = NDArray[np.intp]
Layout = dict[str, tuple[Any, tuple[int, ...], Any]]


class Columns:
    """Base of the per-stream tables. A subclass declares its arrays in `layout`: name → (dtype, shape of a row, fill)."""

    layout: ClassVar[Layout] = {}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> NDArray[Any]: ...

    def __init__(self, capacity: int) -> None:
        self.capacity = 0
        self.grow(capacity)

    def grow(self, capacity: int) -> None:
        """Make room for `capacity` rows; contents stay, addresses of the arrays change."""
        for name, (dtype, shape, fill) in self.layout.items():
            new = np.full((capacity, *shape), fill, dtype)
            if self.capacity:
                new[: self.capacity] = getattr(self, name)
            setattr(self, name, new)
        self.capacity = capacity
        self.grown()

    def grown(self) -> None:
        """Called after each growth; subclasses refresh what points into the arrays."""

    def reset(self, slot: int) -> None:
        """Give one row the values of a fresh one."""
        for name, (_, _, fill) in self.layout.items():
            getattr(self, name)[slot] = fill


class SlotPool:
    """Hands out row numbers, lowest first, so that the used part of every table stays dense."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._free = list(range(capacity - 1, -1, -1))
        self._used: set[int] = set()
        self._array: Slots | None = np.empty(0, np.intp)

    def take(self) -> int | None:
        """A free slot, or None when the tables must grow first."""
        if not self._free:
            return None
        slot = self._free.pop()
        self._used.add(slot)
        self._array = None
        return slot

    def give(self, slot: int) -> None:
        self._used.discard(slot)
        self._free.append(slot)
        self._free.sort(reverse=True)
        self._array = None

    def grow(self, capacity: int) -> None:
        self._free = list(range(capacity - 1, self.capacity - 1, -1)) + self._free
        self.capacity = capacity

    @property
    def used(self) -> Slots:
        """All used slots in ascending order."""
        if self._array is None:
            self._array = np.array(sorted(self._used), np.intp)
        return self._array
