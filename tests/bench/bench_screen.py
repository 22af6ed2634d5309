"""The supervisor's floor in Chromium with 200 agents and 40 queues while events arrive: see README.md.

``python -m tests.bench.bench_screen [minutes] [events a second]``
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page
from sqlalchemy import text

from tests.bench.figures import goal, line, percentile, spread
from tests.support import desk
from tests.support.api import Api
from tests.support.busy_floor import BusyFloor
from tests.support.database import TestServer
from tests.support.installation import ROOT

AGENTS, QUEUES = 200, 40
WARM_UP_S = 10.0
CLICK_EVERY_S = 3.0
LANES = 6
"""Commands under way at once: one waits for the database while others are decided."""

WATCH = """
() => {
  const frames = [];
  let last = performance.now();
  const tick = (now) => { frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  const long = [];
  new PerformanceObserver((list) => { for (const e of list.getEntries()) long.push(e.duration); })
    .observe({ type: 'longtask' });
  window.bench = { frames, long, clear() { frames.length = 0; long.length = 0; } };
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


class Load:
    """Things happen on the floor, as many a second as asked for, or as many as the machine can."""

    def __init__(self, floor: BusyFloor, rate: float) -> None:
        self.floor, self.rate = floor, rate
        self.done = 0

    async def lane(self) -> None:
        begun, mine = time.monotonic(), 0
        while True:
            before = self.floor.events
            await self.floor.step()
            mine += self.floor.events - before
            ahead = mine * LANES / self.rate - (time.monotonic() - begun)
            if ahead > 0:
                await asyncio.sleep(ahead)


async def heap(page: Page) -> float:
    """MB after a collection."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return found["usedSize"] / 1e6


async def rows_in_log(api: Api) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM event"))


async def bench(url: str, logins: dict, folder: Path, minutes: float, rate: float) -> None:
    async with Api(url, pwa=ROOT / "pwa" / "dist") as api, desk.browser(folder) as browser:
        floor = BusyFloor(api.kc, seed=9, legs=False)
        await floor.people(AGENTS, QUEUES)
        await floor.open_doors()
        page = await desk.window(browser)
        page.set_default_timeout(60_000)
        await page.goto(f"http://localhost:{api.port}")
        await page.fill("[name=login]", "dana")
        await page.fill("[name=password]", logins["dana"].password)
        await page.get_by_test_id("sign-in-submit").click()
        await page.wait_for_selector("[data-testid=floor-agents]")
        await page.evaluate(f"({WATCH})()")
        await asyncio.sleep(3)
        still = await page.evaluate("window.bench.frames")
        load = Load(floor, rate)
        lanes = [asyncio.create_task(load.lane()) for _ in range(LANES)]
        try:
            await asyncio.sleep(WARM_UP_S)
            first = await heap(page)
            await page.evaluate("window.bench.clear()")
            begun, events = time.monotonic(), await rows_in_log(api)
            clicks, heaps = [], [first]
            while time.monotonic() - begun < minutes * 60:
                await asyncio.sleep(CLICK_EVERY_S)
                clicks.append(await page.evaluate(f"({CLICK})()") / 1000)
                await page.keyboard.press("Escape")
                if len(clicks) % 20 == 0:
                    heaps.append(await heap(page))
            took = time.monotonic() - begun
            events = await rows_in_log(api) - events
            frames = await page.evaluate("window.bench.frames")
            long = await page.evaluate("window.bench.long")
            heaps.append(await heap(page))
        finally:
            for lane in lanes:
                lane.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*lanes, return_exceptions=True)
    slow = sum(f > 50 for f in frames) / len(frames)
    line("events a second in the log", f"{events / took:.0f} (asked for {rate:.0f})")
    line("frames of an unmoved floor (floor)", spread(f / 1000 for f in still))
    line("frames", spread(f / 1000 for f in frames), percentile(frames, 0.95) / percentile(still, 0.95))
    line("frames over 50 ms", f"{100 * slow:.2f} %  of {len(frames)}")
    line("long tasks of the page (> 50 ms)", f"{len(long)}, worst {max(long, default=0):.0f} ms")
    line("click to its effect on the screen", spread(clicks))
    line("heap after collection", " -> ".join(f"{x:.1f}" for x in heaps) + " MB", heaps[-1] / heaps[0])
    goal("frames over 50 ms < 1 %", slow < 0.01)
    goal("click shows its effect in < 100 ms (p95)", percentile(clicks, 0.95) < 0.1)
    goal("memory flat (the last heap at most 1.2 times the first)", heaps[-1] <= 1.2 * heaps[0])
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
