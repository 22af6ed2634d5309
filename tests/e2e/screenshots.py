"""Pictures of every screen with real calls: ``python -m tests.e2e.screenshots``. They lie in ``screenshots/``."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.test_accessibility import ROUTES, sections
from tests.support import desk
from tests.support.installation import ROOT, System

OUT = ROOT / "screenshots"
SIZES = {"1440": (1440, 900), "820": (820, 1100), "390": (390, 844)}


async def shoot(page: Page, name: str, schemes: tuple[str, ...] = ("light", "dark")) -> None:
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme)
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_timeout(200)
            await page.screenshot(path=OUT / f"{name}-{size}-{scheme}.png")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(desk.DESKTOP)


async def loaded(page: Page) -> None:
    """Nothing is on its way any more: also not what a part asks for that has only just come itself."""
    calm = 0
    while calm < 3:
        await expect(page.get_by_text("Načítá se…")).to_have_count(0, timeout=15_000)
        await page.wait_for_timeout(250)
        calm = calm + 1 if await page.get_by_text("Načítá se…").count() == 0 else 0


async def day(system: System, browser) -> None:
    page = await desk.window(browser)
    await page.goto(system.url)
    await expect(page.get_by_test_id("sign-in")).to_be_visible()
    await shoot(page, "sign-in")
    await desk.sign_in(page, system, "jana")
    await expect(page.get_by_test_id("shift-start")).to_be_visible()
    await shoot(page, "start", ("light",))
    await desk.start_shift(page)
    await shoot(page, "shift")
    await desk.become_ready(page)
    await shoot(page, "ready", ("light",))

    lost = system.call(seconds=40, press="3", caller="+420604777888")
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Alt+KeyA")
    await desk.expect_phase(page, "ACTIVE")
    await page.wait_for_timeout(3_000)
    await page.keyboard.press("Alt+KeyZ")
    await page.get_by_test_id("finish").click()
    await desk.expect_activity(page, "READY")
    lost.hang_up()

    caller = system.call(seconds=180)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await shoot(page, "offer")
    await page.keyboard.press("Alt+KeyA")
    await desk.expect_phase(page, "ACTIVE")
    waiting = [
        system.call(seconds=150, press=key, caller=number) for key, number in (("1", None), ("2", "+420241000111"))
    ]

    leader = await desk.window(browser)
    await desk.sign_in(leader, system, "dana")
    wall = await desk.window(browser, viewport={"width": 1920, "height": 1080})
    await desk.sign_in(wall, system, "tabule")

    await page.get_by_test_id("client").filter(has_text="Marie Černá").get_by_role("button").click()
    await page.get_by_test_id("note").fill("Ztratila průkaz pojištěnce, chce vědět, kdy přijde nový.")
    await page.get_by_test_id("note-save").click()
    await page.get_by_test_id("note").fill("Ověřeno číslem pojištěnce. Adresa se nemění, nový průkaz přijde do 14 dnů.")
    await page.wait_for_timeout(6_000)
    await shoot(page, "call")
    await page.set_viewport_size({"width": 390, "height": 844})
    for tab in ("client", "history", "me"):
        await page.get_by_test_id(f"tab-{tab}").click()
        await page.screenshot(path=OUT / f"call-{tab}-390-light.png")
    await page.get_by_test_id("tab-tasks").click()
    await page.set_viewport_size(desk.DESKTOP)
    await page.keyboard.press("Alt+KeyH")
    await expect(page.get_by_test_id("hold-timer")).to_be_visible()
    await shoot(page, "hold")
    await page.keyboard.press("Alt+KeyH")
    await shoot(leader, "floor")
    await leader.locator("[data-testid^=manage-]").first.click()
    await leader.wait_for_timeout(800)
    await shoot(leader, "floor-agent")
    await leader.keyboard.press("Escape")
    await wall.screenshot(path=OUT / "wall-1920.png")
    await shoot(wall, "wall", ("light",))
    await page.keyboard.press("Alt+KeyZ")
    await desk.expect_phase(page, "WRAP_UP")
    await shoot(page, "wrap-up")
    for each in (caller, *waiting):
        each.hang_up()
    await page.get_by_test_id("finish").click()
    await page.goto(f"{system.url}/history")
    await page.get_by_test_id("history-row").nth(1).click()
    await expect(page.get_by_test_id("record")).to_be_visible()
    await page.wait_for_timeout(500)
    await shoot(page, "history")
    await page.goto(f"{system.url}/account")
    await page.get_by_test_id("second-factor-propose").click()
    await page.wait_for_timeout(500)
    await shoot(page, "account")
    await page.keyboard.press("?")
    await page.wait_for_timeout(300)
    await shoot(page, "help")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+KeyK")
    await page.wait_for_timeout(300)
    await shoot(page, "palette")


async def every_screen(system: System, browser) -> None:
    """Those of the list that the accessibility tests visit: a new screen is in both."""
    visits = [visit for each in ROUTES.values() for visit in each]
    visits += [("spravce", f"/settings/{section}") for section in sections()]
    for login in dict.fromkeys(login for login, _ in visits):
        page = await desk.window(browser)
        await desk.sign_in(page, system, login)
        for path in [path for who, path in visits if who == login]:
            await page.goto(system.url + path)
            await loaded(page)
            await shoot(page, f"screen{path.rstrip('/').replace('/', '-') or '-desk'}-{login}")
        if login == "spravce":
            await what_is_set(system, page)
        if login != "tabule":  # a wallboard has the colours of its layout
            await page.goto(f"{system.url}/account")
            await page.get_by_test_id("contrast").check()
            await page.goto(system.url)
            await page.wait_for_timeout(500)
            await shoot(page, f"contrast-{login}")
        await page.context.close()


async def what_is_set(system: System, page: Page) -> None:
    """One of each kind of settings, open in its form."""
    for section in ("users", "roles", "groups", "calendars", "numbers", "categories"):
        await page.goto(f"{system.url}/settings/{section}")
        await page.locator(".setting-line").first.click()
        await loaded(page)
        await shoot(page, f"form-{section}")
    for section in ("trunks", "filters"):
        await page.goto(f"{system.url}/settings/{section}/new")
        await loaded(page)
        await shoot(page, f"form-{section}")


async def main() -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kc-shots-", ignore_cleanup_errors=True) as folder:
        system = System(Path(folder) / "var")
        await asyncio.to_thread(system.start)
        try:
            async with desk.browser(Path(folder)) as browser:
                await day(system, browser)
                await every_screen(system, browser)
        finally:
            await asyncio.to_thread(system.stop)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}/")


if __name__ == "__main__":
    asyncio.run(main())
