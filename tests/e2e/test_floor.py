"""The supervisor's floor and the wallboard in Chromium, before an API at work: a busy floor without telephones."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from backend.application.desk import utc_now
from backend.domain.agent.model import Presence
from backend.domain.kernel.working_time import PRAGUE
from sip_bridge import contract as k
from tests.e2e.test_accessibility import findings
from tests.support.api import Api
from tests.support.busy_floor import BusyFloor
from tests.support.consistency import everything_read
from tests.support.desk import SLOW_MS, leave, window
from tests.support.installation import ROOT
from tests.support.scripted_bridge import ScriptedBridge

SIZES = {"desktop": (1440, 900), "tablet": (820, 1100), "phone": (390, 844)}


@pytest.fixture
async def busy(database_url):
    """Twelve agents and five queues after some work; then nothing moves unless a test moves it."""
    async with Api(database_url, pwa=ROOT / "pwa" / "dist") as api:
        keep = {task for task in api.kc._tasks if task.get_name() in ("Feed.run", "Alerts.run")}
        for task in set(api.kc._tasks) - keep:
            task.cancel()
        await asyncio.gather(*(set(api.kc._tasks) - keep), return_exceptions=True)
        floor = BusyFloor(api.kc, seed=5)
        floor.api = api
        await floor.people(12, 5)
        await floor.open_doors()
        await floor.day(120, route=True)
        await everything_read(api.kc)
        yield floor


async def enter(browser, busy, server, login="dana", path="/floor", viewport=None, **options):
    page = await window(browser, viewport=viewport, **options)
    page.set_default_timeout(2 * SLOW_MS)
    url = f"http://localhost:{busy.api.port}"
    await page.goto(url)
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", server.logins[login].password)
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("sign-in")).to_have_count(0, timeout=2 * SLOW_MS)
    if path:
        await page.goto(url + path)
    return page


async def limit(busy, dana_id: int, **seconds) -> None:
    from backend.domain.alerts.limits import AlertKind, AlertSettings, Limit

    limits = tuple(Limit(kind=AlertKind(kind), after_s=after) for kind, after in seconds.items())
    await busy.kc.alerts.store.save_settings(AlertSettings(limits=limits), dana_id)
    await busy.kc.reload_settings()


async def test_sup_floor_figures_open_exactly_the_contacts_behind_them(busy, browser, server):
    page = await enter(browser, busy, server)
    figures = page.locator("[data-behind]")
    await expect(figures.first).to_be_visible()
    seen = 0
    for n in range(min(await figures.count(), 12)):
        figure = figures.nth(n)
        number = int((await figure.inner_text()).split()[0])
        await figure.click()
        await expect(page.get_by_test_id("behind-total")).to_have_attribute("data-total", str(number))
        await expect(page.get_by_test_id("behind-row")).to_have_count(min(number, 50))
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("behind")).to_have_count(0)
        seen += number
    assert seen > 20
    lost = page.get_by_test_id("behind-lost-all")
    await lost.focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("behind-row").first.get_by_role("button").first.press("Enter")
    await expect(page.get_by_test_id("record")).to_be_visible()


async def test_sup_01_02_03_06_07_agents_are_found_sorted_and_grouped(busy, browser, server):
    page = await enter(browser, busy, server)
    table = page.get_by_test_id("floor-agents")
    await expect(table).to_be_visible()
    present = [
        a for a in busy.kc.feed.live.agents.values() if a.presence is not Presence.OFFLINE and a.user in busy.users
    ]
    assert await table.locator("[data-agent]").count() >= len(present)
    one = present[0]
    known = busy.kc.settings.agents[one.user]
    row = page.get_by_test_id(f"agent-{one.user}")
    work = busy.kc.feed.live.work(one.user)
    await expect(row).to_contain_text(known.name)
    await expect(row).to_contain_text(known.number)
    await expect(row.locator("td").nth(4)).to_have_text(str(work.handled))
    await expect(row.locator("td").nth(5)).to_have_text(str(work.missed))
    for queue in one.queues:
        await expect(row).to_contain_text(busy.kc.settings.queues[queue].name)
    await page.get_by_test_id("agents-search").fill(known.number)
    await expect(table.locator("[data-agent]")).to_have_count(1)
    await page.get_by_test_id("agents-search").fill("")
    await page.get_by_test_id("agents-by").get_by_role("button").click()
    await page.get_by_role("option", name="lokality").click()
    await expect(table.locator(".floor-heading").first).to_be_visible()


async def test_sup_11_alert_is_seen_heard_acknowledged_and_goes_with_what_lasted(busy, browser, server):
    page = await enter(browser, busy, server)
    await expect(page.get_by_test_id("alerts")).to_have_attribute("data-calling", "0")
    async with busy.kc.engine.connect() as connection:
        dana = await connection.scalar(text("SELECT id FROM user_account WHERE login = 'dana'"))
    await page.wait_for_function("window.kcAlerts")  # what sounds comes after the page
    before = await page.evaluate("window.kcAlerts.times")
    await limit(busy, dana, waiting=1)
    quiet = busy.queues[-1]
    await busy.call(quiet)
    alert = page.get_by_test_id("alert").filter(has_text=busy.kc.settings.queues[quiet].name).first
    await expect(alert).to_be_visible(timeout=2 * SLOW_MS)
    assert await page.evaluate("window.kcAlerts.times") > before
    await alert.get_by_test_id("alert-snooze").click()
    await expect(alert).to_have_attribute("data-calling", "false")
    await alert.get_by_test_id("alert-seen").click()
    await expect(alert).to_contain_text("Dana Dvořáková")
    for open_ in [x for x, s in busy.kc.feed.live.interactions.items() if s.waiting]:
        await busy.desk.leave(open_)
    await expect(page.get_by_test_id("alert")).to_have_count(0, timeout=2 * SLOW_MS)


async def test_trunk_that_is_down_is_said_on_every_page_and_on_the_floor_until_it_is_back(busy, browser, server):
    page = await enter(browser, busy, server, login="spravce", path="/history")
    found = k.TrunkState(name="Operátor Praha", reachable=k.TrunkHealth.DOWN, since_s=120.0, status=0)
    down = k.TrunksChanged(trunks=(found,), given=True, expires_s=45.0)
    at = datetime.now(UTC)
    async with ScriptedBridge(busy.api.bridge_url, busy.api.link_token) as bridge:
        bridge.report(down, at)
        said = "Hovory ven a dovnitř přes svazek Operátor Praha neprojdou."
        await expect(page.get_by_test_id("alerts-banner")).to_contain_text(said, timeout=2 * SLOW_MS)
        await page.get_by_test_id("alerts-banner").get_by_role("link").click()
        alert = page.get_by_test_id("alert")
        await expect(alert).to_contain_text(said)
        since = (at - timedelta(seconds=120)).astimezone(PRAGUE)
        await expect(alert).to_contain_text(f"od {since.hour}:{since:%M} · bridge-1")
        await expect(page.get_by_test_id("alerts")).to_have_attribute("data-calling", "1")
        for width, height in SIZES.values():
            await page.set_viewport_size({"width": width, "height": height})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        up = k.TrunksChanged(trunks=(), given=True, expires_s=45.0)
        busy.kc.desk.clock = lambda: utc_now() + timedelta(seconds=100)
        for seconds in (10, 56):
            bridge.report(up, at + timedelta(seconds=seconds))
        await expect(page.get_by_test_id("alert")).to_have_count(0, timeout=2 * SLOW_MS)


async def test_sup_limits_are_set_on_a_screen_by_keyboard(busy, browser, server):
    page = await enter(browser, busy, server, path="/floor/limits")
    field = page.locator("[data-field='limits.0.after_s']")
    await field.fill("45")
    await page.get_by_test_id("limit-add").click()
    await page.keyboard.press("Control+s")
    await expect(page.get_by_test_id("form-bar")).to_have_attribute("data-state", "saved")
    limits = busy.kc.settings.alerts
    assert [(x.after_s, x.queue is None) for x in limits.limits if x.kind.value == "waiting"] == [
        (45, True),
        (60, False),
    ]
    await field.fill("0")
    await page.get_by_test_id("save").click()
    await expect(page.get_by_test_id("wrong").first).to_be_visible()


async def test_sup_tablet_by_touch_signs_out_puts_first_and_hands_on(busy, browser, server):
    kc = busy.kc
    page = await enter(browser, busy, server, viewport={"width": 820, "height": 1100}, has_touch=True)
    user = busy.users[0]
    if kc.feed.live.agents[user].contacts:
        user = next(a.user for a in kc.feed.live.agents.values() if not a.contacts and a.user in busy.users and a.presence is Presence.READY)  # fmt: skip
    menu = page.get_by_test_id(f"manage-{user}")
    await menu.scroll_into_view_if_needed()
    await menu.tap()
    await page.get_by_role("menuitem", name="Odhlásit", exact=True).tap()
    await expect(page.get_by_test_id(f"agent-{user}")).to_have_count(0)
    id = await busy.call(busy.queues[0])
    waiting = page.get_by_test_id(f"waiting-menu-{id}")
    await waiting.scroll_into_view_if_needed()
    await waiting.tap()
    await page.get_by_role("menuitem", name="Nejvyšší").tap()
    await expect(page.get_by_test_id(f"contact-{id}")).to_contain_text("priorita 100")
    await waiting.tap()
    await page.get_by_role("menuitem", name=kc.settings.queues[busy.queues[1]].name, exact=True).tap()
    await expect(page.get_by_test_id(f"contact-{id}")).to_contain_text(kc.settings.queues[busy.queues[1]].name)
    small = await page.evaluate(
        "[...document.querySelectorAll('.floor button, .floor a')].filter((e) => e.checkVisibility())"
        ".map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])"
        ".filter(([r]) => r.height < 43.5 || r.width < 43.5).map(([, html]) => html)"
    )
    assert small == []


async def test_a_supervisor_ends_a_shift_and_the_agent_sees_it_at_once(busy, browser, server):
    jana = await enter(browser, busy, server, "jana", path=None)
    await expect(jana.get_by_test_id("presence")).to_be_visible()
    async with busy.kc.engine.connect() as connection:
        user = await connection.scalar(text("SELECT id FROM user_account WHERE login = 'jana'"))
    await busy.kc.services.supervision.sign_out(user, user)
    await expect(jana.get_by_test_id("sign-in")).to_be_visible()


async def test_the_totals_fill_their_panel_at_every_width(busy, browser, server):
    page = await enter(browser, busy, server)
    await expect(page.get_by_test_id("floor-totals")).to_be_visible()
    empty = {}
    for width in (1920, 1440, 1180, 1024, 820, 390, 320):
        await page.set_viewport_size({"width": width, "height": 900})
        empty[width] = await page.evaluate(
            "() => { const box = document.querySelector('.floor-totals dl'); const rows = new Map();"
            " for (const e of box.children) { const at = e.getBoundingClientRect(); rows.set(Math.round(at.top), at.right); }"
            " const right = box.getBoundingClientRect().right; return [...rows.values()].filter((each) => right - each > 2).length; }"
        )
    assert empty == dict.fromkeys(empty, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_floor_and_wallboard_pages_have_no_findings(busy, browser, server, size, scheme):
    width, height = SIZES[size]
    page = await enter(
        browser, busy, server, viewport={"width": width, "height": height}, color_scheme=scheme, path=None
    )
    url, found = f"http://localhost:{busy.api.port}", {}
    for path, ready in (
        ("/floor", "floor-agents"),
        ("/floor/limits", "limits"),
        ("/walls", "walls"),
        ("/walls/new", "layout"),
        ("/wall", "wall"),
    ):
        await page.goto(url + path)
        await expect(page.get_by_test_id(ready)).to_be_visible()
        found[path] = await findings(page)
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found[path].append("scrolls sideways")
    await page.goto(url + "/floor")
    await page.locator("[data-behind]").first.click()
    await expect(page.get_by_test_id("behind-row").first).to_be_visible()
    found["behind"] = await findings(page)
    assert {where: what for where, what in found.items() if what} == {}


# ---- the wallboard

WALL = {"width": 1920, "height": 1080}


async def test_wb_02_text_is_large_enough_for_five_metres_and_nothing_is_cut(busy, browser, server):
    page = await enter(browser, busy, server, "tabule", path=None, viewport=WALL)
    await expect(page.get_by_test_id("tile-0.0")).to_be_visible()
    sizes = await page.evaluate(
        "[...document.querySelectorAll('.wall-grid h2, .wall-grid p span, .wall-grid td, .wall-grid th')]"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    heroes = await page.evaluate(
        "[...document.querySelectorAll('.wall-value')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    # x-height of system fonts is over 0.52 of the size; 10' of arc at 5 m are 23 px, 20' are 46 px.
    assert min(sizes) * 0.52 >= 22.5, min(sizes)
    assert min(heroes) * 0.52 >= 46, min(heroes)
    cut = await page.evaluate(
        "[...document.querySelectorAll('.wall-tile')].filter((e) => e.scrollHeight > e.clientHeight + 2"
        " || e.scrollWidth > e.clientWidth + 2).map((e) => e.innerText)"
    )
    assert cut == []
    assert not await page.evaluate("document.documentElement.scrollHeight > innerHeight")


async def test_wb_02_no_title_is_broken_within_a_word_on_a_smaller_screen(busy, browser, server):
    for width, height in ((1440, 900), (1280, 720), (1024, 768)):
        page = await enter(browser, busy, server, "tabule", path=None, viewport={"width": width, "height": height})
        await expect(page.get_by_test_id("tile-0.0")).to_be_visible()
        broken = await page.evaluate(
            "() => [...document.querySelectorAll('.wall-tile h2')].filter((e) => {"
            " const at = document.createRange(); const text = e.firstChild; let from = 0;"
            " return text.data.split(/\\s+/).some((word) => { from = text.data.indexOf(word, from);"
            " at.setStart(text, from); at.setEnd(text, from += word.length);"
            " return at.getClientRects().length > 1; }); }).map((e) => e.innerText)"
        )
        assert broken == [], width
        await leave(page)


async def test_wb_composed_by_keyboard_previewed_assigned_and_shown(busy, browser, server):
    page = await enter(browser, busy, server, path="/walls/new")
    await expect(page.get_by_test_id("layout-preview").get_by_test_id("tile-0.0")).to_be_visible()
    await page.locator("[data-field='name']").fill("Hala Brno")
    await page.get_by_test_id("page-add").focus()
    await page.keyboard.press("Enter")
    await page.locator("[data-field='pages.1.name']").fill("Vlastní")
    await page.get_by_test_id("tile-kind").get_by_role("button").click()
    await page.get_by_role("option", name="Vlastní ukazatel").click()
    await page.get_by_test_id("tile-add").focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("tile-open").last.focus()
    await page.keyboard.press("Enter")
    await page.locator("[data-field='pages.1.tiles.0.title']").fill("Ztracené z příchozích")
    await page.locator("[data-field='pages.1.tiles.0.formula']").fill("lost / offered")
    lost, offered = (sum(getattr(busy.kc.feed.live.queue_now(q).today, x) for q in busy.kc.settings.queues) for x in ("abandoned", "offered"))  # fmt: skip
    shown = page.get_by_test_id("layout-preview").get_by_test_id("value-1.0")
    await expect(shown).to_have_text(f"{round(100 * lost / offered)}\u00a0%")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_test_id("form-bar")).to_have_attribute("data-state", "same")
    assert [x.name for x in busy.kc.settings.wallboards.values()] == ["Hala Brno"]
    await page.goto(f"http://localhost:{busy.api.port}/walls")
    await page.get_by_test_id("wall-account").get_by_role("button").click()
    await page.get_by_role("option", name="Hala Brno").click()
    screen = await enter(browser, busy, server, "tabule", path=None, viewport=WALL)
    await expect(screen.get_by_test_id("wall-next")).to_be_visible()
    await screen.keyboard.press("ArrowRight")
    await expect(screen.get_by_test_id("value-1.0")).to_be_visible()
    await screen.goto(f"http://localhost:{busy.api.port}/floor")
    await expect(screen.get_by_test_id("wall")).to_be_visible()


async def test_wb_11_age_alarms_when_the_figures_are_older_than_ten_seconds_and_calms_down(busy, browser, server):
    page = await enter(browser, busy, server, "tabule", path=None, viewport=WALL)
    await expect(page.get_by_test_id("tile-0.0")).to_be_visible()
    read = busy.kc.feed._read

    async def away(_cursor):
        raise ConnectionError("the database is away")

    busy.kc.feed._read = away
    await expect(page.get_by_test_id("wall")).to_have_attribute("data-stale", "true", timeout=30_000)
    await expect(page.get_by_role("alert")).to_contain_text("Údaje jsou staré")
    busy.kc.feed._read = read
    await expect(page.get_by_test_id("wall")).to_have_attribute("data-stale", "false", timeout=30_000)


async def test_wallboard_floor_and_desk_show_the_same_number_in_browsers_while_calls_run(busy, browser, server):
    """Each figure of a queue on three screens, again and again while contacts come and go."""
    queue = 1
    boss = await enter(browser, busy, server)
    screen = await enter(browser, busy, server, "tabule", path=None, viewport=WALL)
    await expect(screen.get_by_test_id("tile-0.0")).to_be_visible()
    cells = boss.get_by_test_id("floor-queues").locator(f"[data-queue='{queue}'] td")
    for _ in range(3):
        await busy.day(25, route=True)
        await everything_read(busy.kc)
        live = busy.kc.feed.live
        now = live.queue_now(queue)
        totals = {q: live.queue_now(q) for q in busy.kc.settings.queues}
        handled = sum(x.today.answered for x in totals.values())
        lost = sum(x.today.abandoned for x in totals.values())
        waiting = sum(x.waiting for x in totals.values())
        await expect(cells.nth(0)).to_contain_text(str(now.waiting))
        await expect(cells.nth(5)).to_have_text(str(now.today.answered))
        await expect(cells.nth(6)).to_have_text(str(now.today.abandoned))
        await expect(boss.get_by_test_id("total-handled").locator("dd")).to_have_text(str(handled))
        await expect(boss.get_by_test_id("total-lost").locator("dd")).to_have_text(str(lost))
        await expect(screen.get_by_test_id("value-0.0")).to_have_text(str(waiting))
        await expect(screen.get_by_test_id("value-0.4")).to_have_text(str(handled))
        await expect(screen.get_by_test_id("value-0.5")).to_have_text(str(lost))
