"""The supervisor's floor in Chromium with 200 agents and 40 queues while events arrive: see README.md.

``python -m tests.bench.bench_screen [minutes] [events a second]``
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.async_api import Page
from sqlalchemy import text

from tests.bench.figures import goal, line, percentile, spread
from tests.support import desk
from tests.support.api import Api
from tests.support.busy_floor import BusyFloor
from tests.support.crowd import crowd_at
from tests.support.database import TestServer
from tests.support.installation import ROOT

AGENTS, QUEUES = 200, 40
WARM_UP_S, LONG_WARM_UP_S = 20.0, 300.0
"""Code is compiled and optimised, styles are cached, as many contacts are open as will be: only then memory may be compared."""
LONG_MIN = 5.0
CLICK_EVERY_S = 3.0
FLAT, TOGETHER = 1.2, 5
"""One reading tells little (half a megabyte up or down): medians of so many are compared, where there are as many."""

WATCH = """
() => {
  // Counts by whole milliseconds: what is measured must not grow by being measured.
  const frames = new Uint32Array(2001), long = new Uint32Array(2001);
  const count = (into, ms) => { into[Math.min(2000, Math.max(0, Math.round(ms)))] += 1; };
  let last = 0;
  const tick = (now) => {
    if (last && !window.bench.paused) count(frames, now - last);
    last = window.bench.paused ? 0 : now;
    requestAnimationFrame(tick);
  };
  new PerformanceObserver((list) => {
    if (!window.bench.paused) for (const e of list.getEntries()) count(long, e.duration);
  }).observe({ type: 'longtask' });
  window.bench = {
    paused: false,
    clear() { frames.fill(0); long.fill(0); },
    read() {
      const of = (from) => [...from].flatMap((n, ms) => (n ? [[ms, n]] : []));
      return { frames: of(frames), long: of(long) };
    },
  };
  requestAnimationFrame(tick);
}
"""
CLICK = """
() => new Promise((resolve) => {
  const selects = document.querySelectorAll('[data-testid=agents-sort] button');
  const begun = performance.now();
  const seen = new MutationObserver(() => {
    if (!document.querySelector('[role=listbox]')) return;
    seen.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - begun));
  });
  seen.observe(document.body, { childList: true, subtree: true });
  for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'])
    selects[0].dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: 'mouse', button: 0, pointerId: 1 }));
})
"""


class Counted:
    """How often each whole millisecond occurred."""

    def __init__(self, counts: list[list[int]]) -> None:
        self.counts = counts
        self.total = sum(n for _, n in counts)

    def over(self, ms: float) -> float:
        return sum(n for at, n in self.counts if at > ms) / max(1, self.total)

    def at(self, share: float) -> int:
        seen = 0
        for at, n in self.counts:
            seen += n
            if seen > share * self.total:
                return at
        return self.counts[-1][0] if self.counts else 0

    def __str__(self) -> str:
        return f"p50 {self.at(0.5)} ms  p95 {self.at(0.95)} ms  p99 {self.at(0.99)} ms  worst {self.at(1)} ms  (n={self.total})"


async def heap(page: Page) -> float:
    """MB after a collection, which is no frame of the page's."""
    session = await page.context.new_cdp_session(page)
    await page.evaluate("window.bench.paused = true")
    for _ in range(2):  # what the first one only frees the second one takes
        await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Runtime.getHeapUsage")
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await page.evaluate("window.bench.paused = false")
    await session.detach()
    return found["usedSize"] / 1e6


async def rows_in_log(api: Api) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM event"))


async def opened(browser, api: Api, logins: dict) -> Page:
    page = await desk.window(browser)
    page.set_default_timeout(60_000)
    await page.goto(f"http://localhost:{api.port}")
    await page.fill("[name=login]", "dana")
    await page.fill("[name=password]", logins["dana"].password)
    await page.get_by_test_id("sign-in-submit").click()
    await page.wait_for_selector("[data-testid=floor-agents]")
    await page.evaluate(f"({WATCH})()")
    return page


async def counted(page: Page) -> tuple[Counted, Counted]:
    found = await page.evaluate("window.bench.read()")
    return Counted(found["frames"]), Counted(found["long"])


async def bench(url: str, logins: dict, folder: Path, minutes: float, rate: float) -> None:
    async with Api(url, pwa=ROOT / "pwa" / "dist") as api, desk.browser(folder) as browser:
        floor = BusyFloor(api.kc, seed=9, legs=False)
        await floor.people(AGENTS, QUEUES)
        await floor.open_doors()
        page = await opened(browser, api, logins)
        await asyncio.sleep(3)
        still, _ = await counted(page)
        load_before = os.getloadavg()[0]
        with crowd_at(url, floor.users, floor.queues, rate):
            await asyncio.sleep(LONG_WARM_UP_S if minutes >= LONG_MIN else WARM_UP_S)
            heaps = [await heap(page)]
            print(f"  start: heap {heaps[0]:.1f} MB, {len(api.kc.feed.live.interactions)} contacts", flush=True)
            await page.evaluate("window.bench.clear()")
            begun, first = time.monotonic(), await rows_in_log(api)
            clicks: list[float] = []
            length = minutes * 60
            every = 60.0 if minutes >= LONG_MIN else length / 3
            while len(heaps) * every <= length + 1:
                due = begun + len(heaps) * every
                while time.monotonic() < due - CLICK_EVERY_S:
                    await asyncio.sleep(CLICK_EVERY_S)
                    clicks.append(await page.evaluate(f"({CLICK})()") / 1000)
                    await page.keyboard.press("Escape")
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                heaps.append(await heap(page))
                took, events = time.monotonic() - begun, await rows_in_log(api) - first
                frames, long = await counted(page)
                print(
                    f"  {took / 60:5.1f} min: heap {heaps[-1]:.1f} MB, {len(api.kc.feed.live.interactions)} contacts,"
                    f" {events / took:.0f} events/s,"
                    f" frames over 50 ms {100 * frames.over(50):.2f} %",
                    flush=True,
                )
    line(
        "load of the machine before and after", f"{load_before:.1f}  {os.getloadavg()[0]:.1f}  ({os.cpu_count()} cores)"
    )
    line("events a second in the log", f"{events / took:.0f} (asked for {rate:.0f})")
    line("frames of an unmoved floor (floor)", str(still))
    line("frames", str(frames), frames.at(0.95) / max(1, still.at(0.95)))
    line("frames over 50 ms", f"{100 * frames.over(50):.2f} %  of {frames.total}")
    line("long tasks of the page (> 50 ms)", f"{long.total}, worst {long.at(1)} ms")
    line("click to its effect on the screen", spread(clicks))
    few = len(heaps) <= 2 * TOGETHER
    first_heap, last_heap = (
        (heaps[0], heaps[-1]) if few else (median(heaps[1 : TOGETHER + 1]), median(heaps[-TOGETHER:]))
    )
    line("heap after collection", " -> ".join(f"{x:.1f}" for x in heaps) + " MB", last_heap / first_heap)
    goal("frames over 50 ms < 1 %", frames.over(50) < 0.01)
    goal("click shows its effect in < 100 ms (p95)", percentile(clicks, 0.95) < 0.1)
    goal(
        f"memory flat over {minutes:g} min (heap at the end at most {FLAT} times that at the beginning)",
        last_heap <= FLAT * first_heap,
    )
    goal(f"{rate:.0f} events a second arrived", events / took >= 0.95 * rate)


def main(minutes: float = 0.5, rate: float = 500) -> None:
    server = TestServer()
    try:
        with tempfile.TemporaryDirectory(prefix="kc-bench-screen-") as folder:
            asyncio.run(_on(server, Path(folder), minutes, rate))
    finally:
        server.close()


async def _on(server: TestServer, folder: Path, minutes: float, rate: float) -> None:
    await bench(await server.fresh(), server.logins, folder, minutes, rate)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:3]))
