"""How benches measure and print: percentiles in milliseconds, and a ratio against a floor of the same run."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from backend.adapters.postgres.embedded import EmbeddedPostgres


def percentile(values: Iterable[float], share: float) -> float:
    """Nearest rank; ``share`` 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(seconds: Iterable[float]) -> str:
    """``p50 1.2 ms  p95 3.4 ms  worst 5.6 ms  (n=30)``"""
    all_ = [1000 * s for s in seconds]
    return (
        f"p50 {percentile(all_, 0.5):.1f} ms  p95 {percentile(all_, 0.95):.1f} ms  worst {max(all_):.1f} ms"
        f"  (n={len(all_)})"
    )


def line(what: str, figure: str, ratio: float | None = None) -> None:
    shown = f"   {ratio:.1f} x floor" if ratio is not None else ""
    print(f"{what:<58} {figure}{shown}", flush=True)


def goal(what: str, met: bool) -> None:
    print(f"  {'met' if met else 'NOT MET'}: {what}", flush=True)


@asynccontextmanager
async def postgres(*, durable: bool) -> AsyncIterator[EmbeddedPostgres]:
    """A server of its own. ``durable``: commits wait for the disk, as in production."""
    with tempfile.TemporaryDirectory(prefix="kc-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=durable)
        await asyncio.to_thread(server.start)
        try:
            yield server
        finally:
            await asyncio.to_thread(server.stop, "immediate")
