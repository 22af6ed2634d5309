"""Collections of garbage that nobody waits for.

The oldest generation is walked whole while everything else stands still: with the 290,000 objects of a started API a quarter of a
second (measured by tests/bench/bench_subscribers.py). What is there after the start stays there, and is not walked again; the rest is walked seldom.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OLDEST_EVERY = 100
"""Collections of the middle generation between two of the oldest; 10 is CPython's own."""


@contextmanager
def long_running() -> Iterator[None]:
    """Entered when everything that stays has been made."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(before[0], before[1], OLDEST_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
