"""Pictures of the floor and wallboards with forty agents at work: ``python -m tests.e2e.shots_of_floor``."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from backend.domain.alerts.limits import AlertKind, AlertSettings, Limit
from tests.e2e.screenshots import OUT, shoot
from tests.support import desk
from tests.support.api import Api
from tests.support.busy_floor import BusyFloor
from tests.support.database import TestServer
from tests.support.installation import ROOT

LIMITS = AlertSettings(
    limits=(Limit(kind=AlertKind.WAITING, after_s=1), Limit(kind=AlertKind.BREAK_PRIVATE, after_s=5))
)


async def day(url: str, logins: dict, folder: Path) -> None:
    async with Api(url, pwa=ROOT / "pwa" / "dist") as api, desk.browser(folder) as browser:
        floor = BusyFloor(api.kc, seed=3)
        await floor.people(40, 12)
        await floor.open_doors()
        await floor.day(400)
        for queue in floor.queues[:4]:
            await floor.ask_for_callback(queue)
        await api.kc.alerts.store.save_settings(LIMITS, 3)
        await api.kc.reload_settings()
        page = await desk.window(browser)
        page.set_default_timeout(40_000)
        home = f"http://localhost:{api.port}"

        async def sign_in(page, login: str) -> None:
            await page.goto(home)
            await page.fill("[name=login]", login)
            await page.fill("[name=password]", logins[login].password)
            await page.get_by_test_id("sign-in-submit").click()
            await expect(page.get_by_test_id("sign-in")).to_have_count(0, timeout=30_000)

        await sign_in(page, "dana")
        for path, ready in (("/floor", "floor-agents"), ("/floor/limits", "limits"), ("/walls/new", "layout")):
            await page.goto(home + path)
            await expect(page.get_by_test_id(ready)).to_be_visible()
            await page.wait_for_timeout(2500)
            await shoot(
                page, path.strip("/").replace("/", "-") + "-busy", ("light", "dark") if path == "/floor" else ("light",)
            )
        await page.goto(home + "/floor")
        for size, (width, height) in {"820": (820, 1100), "390": (390, 844)}.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.get_by_test_id("floor-agents").scroll_into_view_if_needed()
            await page.wait_for_timeout(600)  # rows far from the eye go
            await page.locator("[data-agent]").first.scroll_into_view_if_needed()
            await page.wait_for_timeout(400)
            await page.screenshot(path=OUT / f"floor-agents-busy-{size}.png")
        await page.set_viewport_size(desk.DESKTOP)
        await page.get_by_test_id("behind-lost-all").click()
        await page.wait_for_timeout(1500)
        await page.get_by_test_id("behind-row").first.click()
        await page.wait_for_timeout(1500)
        await page.screenshot(path=OUT / "floor-behind.png")
        wall = await desk.window(browser, viewport={"width": 1920, "height": 1080})
        await sign_in(wall, "tabule")
        await expect(wall.get_by_test_id("tile-0.0")).to_be_visible()
        await wall.wait_for_timeout(2000)
        await wall.screenshot(path=OUT / "wall-busy-1920.png")
        await wall.set_viewport_size({"width": 390, "height": 844})
        await wall.wait_for_timeout(600)
        await wall.screenshot(path=OUT / "wall-busy-390.png")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    server = TestServer()
    try:
        with tempfile.TemporaryDirectory(prefix="kc-shots-") as folder:
            asyncio.run(_day(server, Path(folder)))
    finally:
        server.close()


async def _day(server: TestServer, folder: Path) -> None:
    await day(await server.fresh(), server.logins, folder)


if __name__ == "__main__":
    main()
