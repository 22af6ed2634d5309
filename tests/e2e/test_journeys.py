"""Whole days in the product, in Chromium and in Firefox, on a desk, a tablet and a phone."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support import desk
from tests.support.desk import become_ready, expect_activity, expect_phase, leave, sign_in, start_shift, window, write
from tests.support.installation import System

SIZES = {"desk": (1440, 900), "tablet": (820, 1100), "phone": (390, 844)}
NOTE = "Ztratila průkaz, nový přijde poštou."
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=["chromium", "firefox"], loop_scope="module", scope="module")
async def any_browser(request, tmp_path_factory):
    desk.page_errors.clear()
    started = desk.firefox() if request.param == "firefox" else desk.browser(tmp_path_factory.mktemp("journey"))
    async with started as browser:
        yield browser
    assert desk.page_errors == []


@pytest.fixture(params=SIZES)
def size(request) -> dict[str, int]:
    width, height = SIZES[request.param]
    return {"width": width, "height": height}


async def page_of(browser: Browser, system: System, login: str, size: dict[str, int]) -> Page:
    page = await window(browser, viewport=size, has_touch=size["width"] < 1000)
    await sign_in(page, system, login)
    return page


async def nothing_sideways(page: Page) -> None:
    sideways = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, page.url


async def to(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="Stránky").get_by_role("link", name=name).click()


async def test_agt_01_inf_03_an_agents_day(system, any_browser, size):
    page = await page_of(any_browser, system, "jana", size)
    await start_shift(page)
    await expect(page.get_by_test_id("check-path")).to_be_visible(timeout=15_000)
    await become_ready(page)
    await nothing_sideways(page)

    caller = system.call(seconds=120)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await expect(page.get_by_test_id("offer-clients")).to_contain_text("Marie Černá")
    await nothing_sideways(page)
    await page.get_by_test_id("offer-accept").click()
    await expect_phase(page, "ACTIVE")
    await page.get_by_test_id("call-hold").click()
    await expect(page.get_by_test_id("hold-timer")).to_be_visible()
    await page.get_by_test_id("call-hold").click()
    await expect(page.get_by_test_id("hold-timer")).to_have_count(0)
    await write(page.get_by_test_id("note"), NOTE)
    await nothing_sideways(page)
    if size["width"] < 700:
        for tab in ("client", "history", "me", "tasks"):
            await page.get_by_test_id(f"tab-{tab}").click()
            await nothing_sideways(page)
    await page.reload()
    await expect_phase(page, "ACTIVE")
    await expect(page.get_by_test_id("note")).to_have_value(NOTE, timeout=10_000)
    await expect(page.get_by_test_id("call-transfer")).to_be_enabled(timeout=15_000)
    await page.get_by_test_id("call-transfer").click()
    await write(page.get_by_test_id("transfer-search"), "Platby")
    queue = page.get_by_test_id("target").filter(has_text="Platby").first
    await nothing_sideways(page)
    await queue.get_by_test_id("target-transfer").click()
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-mine", "wrapUp", timeout=15_000)
    caller.hang_up()
    category = page.get_by_test_id("category").get_by_role("combobox")
    await write(category, "preplat")
    await page.get_by_role("option", name="Přeplatek").first.click()
    await page.get_by_test_id("finish").click()
    await expect_phase(page, "NONE")

    await page.get_by_test_id("presence-menu").click()
    await page.get_by_role("menuitem", name="Oběd").click()
    await expect_activity(page, "BREAK")
    await to(page, "Zpětná volání")
    await expect(page.get_by_role("heading", name="Zpětná volání").first).to_be_attached()
    await nothing_sideways(page)
    await to(page, "Historie")
    await page.get_by_test_id("history-row").first.click()
    await expect(page.get_by_test_id("record")).to_contain_text("777 123 456")
    await expect(page.get_by_test_id("record").get_by_test_id("note")).to_have_value(NOTE)
    await nothing_sideways(page)
    await to(page, "Jana")
    await nothing_sideways(page)
    await page.get_by_test_id("sign-out").click()
    await expect(page.get_by_test_id("sign-in")).to_be_visible(timeout=15_000)
    await leave(page)


async def test_sup_01_inf_03_a_supervisors_hour(system, any_browser, size):
    agent = await page_of(any_browser, system, "petr", size)
    page = await page_of(any_browser, system, "dana", size)
    row = page.get_by_test_id("floor-agents").get_by_text("Petr Svoboda").first
    await expect(row).to_be_visible(timeout=15_000)
    await nothing_sideways(page)
    caller = system.call(seconds=60, press="2")
    await expect(page.get_by_test_id("floor-queues")).to_contain_text("Platby")
    for name in ("Zpětná volání", "Historie", "Pracoviště", "Přehled"):
        await to(page, name)
        await nothing_sideways(page)
    await expect(row).to_be_visible(timeout=15_000)
    caller.hang_up()
    await to(page, "Dana")
    await page.get_by_test_id("sign-out").click()
    await expect(page.get_by_test_id("sign-in")).to_be_visible(timeout=15_000)
    await leave(agent)
    await leave(page)


async def test_wb_01_inf_03_a_wallboard(system, any_browser, size):
    page = await page_of(any_browser, system, "tabule", size)
    await expect(page.locator("main, [data-testid^=wall]").first).to_be_visible(timeout=15_000)
    await expect(page.get_by_text("Platby").filter(visible=True).first).to_be_visible(timeout=15_000)
    await nothing_sideways(page)
    await page.goto(f"{system.url}/floor")
    await expect(page.get_by_test_id("floor-agents")).to_have_count(0)
    await leave(page)
