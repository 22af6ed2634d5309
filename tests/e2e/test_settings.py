"""Settings on screens: an administrator builds working time, a queue and the rules of a number, and a call goes there."""

import contextlib
import re
import tempfile
from pathlib import Path

import pytest
from playwright.async_api import TimeoutError, expect

from backend.demo import NUMBER
from tests.e2e.test_accessibility import findings
from tests.support.desk import become_ready, expect_phase, sign_in, start_shift, window
from tests.support.installation import System

CALLER = "+420777123456"


@pytest.fixture(scope="module")
def system():
    """Of its own: what is set here must not meet the other tests."""
    with tempfile.TemporaryDirectory(prefix="kc-settings-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


async def administrator(browser, system, path: str, **options):
    page = await window(browser, **options)
    await sign_in(page, system, "spravce")
    await page.goto(f"{system.url}/settings/{path}")
    await expect(page.get_by_test_id("settings")).to_be_visible()
    return page


def field(page, path: str):
    return page.locator(f'[data-field="{path}"]').first


async def choose(page, path: str, option: str) -> None:
    """By keyboard: open, find by its letters, take."""
    button = field(page, path).locator("button").first
    chosen = page.get_by_role("option", name=option, exact=True)
    for _ in range(5):  # a list that opens while the page still scrolls to its field closes again
        if await button.get_attribute("aria-expanded") != "true":
            await button.press("Enter")
        with contextlib.suppress(TimeoutError, AssertionError):
            await chosen.press("Enter", timeout=3_000)
            await expect(button).to_contain_text(option, timeout=3_000)
            break
    await expect(button).to_contain_text(option)
    await expect(chosen).to_have_count(0)


async def saved(page) -> None:
    await page.get_by_test_id("save").press("Enter")
    await expect(page.get_by_test_id("form-bar")).to_have_attribute(
        "data-state", re.compile("saved|same"), timeout=15_000
    )


async def line(page, name: str):
    found = page.get_by_test_id("setting-line").filter(has_text=name)
    await expect(found).to_have_count(1)
    return found


async def test_in_01_an_administrator_builds_the_way_of_a_call_and_the_call_takes_it(system, browser):
    page = await administrator(browser, system, "calendars/new")
    await field(page, "name").fill("Nepřetržitě")
    await field(page, "holidays_closed").uncheck()
    await page.get_by_test_id("add-week.0").press("Enter")
    await field(page, "week.0.0.start").fill("12")
    await field(page, "week.0.0.end").fill("8:30")
    await page.get_by_test_id("save").press("Enter")
    await expect(field(page, "week.0").get_by_test_id("wrong")).to_contain_text("nesmějí se překrývat")
    await expect(page.get_by_test_id("check")).to_contain_text("Nejdřív opravte hodiny")
    await field(page, "week.0.0.start").fill("0:00")
    await field(page, "week.0.0.end").fill("24:00")
    await page.get_by_test_id("copy-monday").press("Enter")
    for day in (5, 6):
        await page.get_by_test_id(f"add-week.{day}").press("Enter")
        await field(page, f"week.{day}.0.start").fill("0")
        await field(page, f"week.{day}.0.end").fill("24")
    await expect(page.get_by_test_id("check")).to_have_attribute("data-state", "open")
    await saved(page)
    await expect(await line(page, "Nepřetržitě")).to_contain_text("Po–Ne 0:00–24:00")

    await page.get_by_role("link", name="Fronty").press("Enter")
    await expect(await line(page, "Pobočky")).to_be_visible()
    await page.get_by_test_id("setting-new").press("Enter")
    await field(page, "name").fill("Zkušební")
    await choose(page, "options.calendar", "Nepřetržitě")
    await page.get_by_test_id("add-members").press("Enter")
    await choose(page, "members.0.user", "Jana Nováková")
    await field(page, "ring_timeout_s").fill("1")
    await page.get_by_test_id("save").press("Enter")
    await expect(page.get_by_test_id("summary")).to_contain_text("Jak dlouho zvonit")
    wrong = page.locator(".field", has=field(page, "ring_timeout_s")).get_by_test_id("wrong")
    await expect(wrong).to_have_text("Zadejte číslo od 3 do 300.")
    await page.get_by_test_id("problem").press("Enter")
    await expect(field(page, "ring_timeout_s")).to_be_focused()
    await field(page, "ring_timeout_s").fill("40")
    await expect(page.get_by_test_id("summary")).to_have_count(0)
    await saved(page)
    await expect(await line(page, "Zkušební")).to_contain_text("Nepřetržitě · nejdéle volný · 1 operátor")

    await page.get_by_role("link", name="Vstupní čísla").press("Enter")
    await (await line(page, "bez pravidel")).first.press("Enter")
    await page.get_by_test_id("add-rule").press("Enter")
    await field(page, "rules.0.name").fill("Zkouška")
    await page.get_by_test_id("add-rules.0.conditions").press("Enter")
    await choose(page, "rules.0.conditions.0.type", "číslo volajícího")
    await field(page, "rules.0.conditions.0.prefixes").fill("+420 777")
    await page.get_by_test_id("add-rules.0.conditions").press("Enter")
    await choose(page, "rules.0.conditions.1.type", "kalendář")
    await choose(page, "rules.0.conditions.1.calendar", "Nepřetržitě")
    await choose(page, "rules.0.to", "fronta")
    await choose(page, "rules.0.to.queue", "Zkušební")
    await page.get_by_test_id("try-caller").fill("602 111 222")
    await page.get_by_test_id("try-go").press("Enter")
    looked = page.get_by_test_id("looked-rule")
    await expect(looked).to_have_attribute("data-applied", "false")
    await expect(looked).to_contain_text("✗ volá +420777… (602 111 222)")
    await expect(page.get_by_test_id("decision")).to_contain_text("žádné pravidlo neplatí: hlasové menu")
    await page.get_by_test_id("try-caller").fill("777123456")
    await page.get_by_test_id("try-go").press("Enter")
    await expect(looked).to_have_attribute("data-applied", "true")
    await expect(looked).to_contain_text("otevřeno")
    await expect(page.get_by_test_id("decision")).to_contain_text("fronta „Zkušební“")
    await page.get_by_test_id("publish").press("Enter")
    await expect(page.get_by_test_id("replay")).to_contain_text("nikdo nevolal")
    await page.get_by_test_id("publish-now").press("Enter")
    await expect(page.get_by_test_id("in-force")).to_have_text("v provozu verze 1")

    agent = await window(browser)
    await sign_in(agent, system, "jana")
    await start_shift(agent)
    await become_ready(agent)
    caller = system.call(seconds=60, caller=CALLER)
    await expect(agent.get_by_test_id("offer")).to_contain_text("Zkušební", timeout=40_000)
    await agent.keyboard.press("Alt+KeyA")
    await expect_phase(agent, "ACTIVE")
    await agent.keyboard.press("Alt+KeyZ")
    caller.hang_up()

    await page.get_by_test_id("replay-open").press("Enter")
    today = await page.evaluate("new Date().toLocaleDateString('sv-SE', {timeZone: 'Europe/Prague'})")
    await page.get_by_test_id("replay").get_by_label("Hovory ze dne").fill(today)
    await expect(page.get_by_test_id("replay-total")).to_contain_text("1 hovor, všechny by šly stejně")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("rule-open").press("Enter")
    await page.get_by_role("button", name="Odebrat pravidlo Zkouška").press("Enter")
    await expect(page.get_by_test_id("form-status")).to_contain_text("Odebráno: Zkouška")
    await saved(page)
    await page.get_by_test_id("replay-open").press("Enter")
    await page.get_by_test_id("replay").get_by_label("Hovory ze dne").fill(today)
    await expect(page.get_by_test_id("replay-total")).to_contain_text("1 by šel jinam")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("publish").press("Enter")
    await page.get_by_test_id("publish-now").press("Enter")
    await expect(page.get_by_test_id("in-force")).to_have_text("v provozu verze 2")
    await page.get_by_test_id("put-1").press("Enter")
    await expect(page.get_by_test_id("in-force")).to_have_text("v provozu verze 1")


async def test_changes_are_kept_undone_and_never_lost_unasked(system, browser):
    page = await administrator(browser, system, f"numbers/{NUMBER}")
    for name in ("první", "druhé"):
        await page.get_by_test_id("add-rule").press("Enter")
        await page.locator(".rule-fields input").first.fill(name)
    names = page.locator("[data-testid=rule] .rule-open strong")
    count = await names.count()
    await page.get_by_test_id("rule-open").last.focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(names.nth(count - 2)).to_have_text("druhé")
    await expect(page.locator(".rule-open:focus strong")).to_have_text("druhé")
    await page.get_by_role("button", name="Odebrat pravidlo druhé").press("Enter")
    await expect(names).to_have_count(count - 1)
    await page.get_by_test_id("undo").press("Enter")
    await expect(names).to_have_count(count)
    await page.get_by_role("link", name="Skupiny").press("Enter")
    await expect(page.get_by_test_id("leaving")).to_be_visible()
    await page.get_by_test_id("stay").press("Enter")
    await expect(names).to_have_count(count)
    await page.get_by_role("link", name="Skupiny").press("Enter")
    await page.get_by_test_id("drop").press("Enter")
    await expect(page.get_by_role("heading", name="Skupiny")).to_be_visible()

    await page.get_by_test_id("setting-new").press("Enter")
    await field(page, "name").fill("Brno")
    await field(page, "caller_number").fill("nula")
    await page.get_by_test_id("save").press("Enter")
    await expect(page.locator(".field", has=field(page, "caller_number")).get_by_test_id("wrong")).to_be_visible()
    await field(page, "caller_number").fill("+420 541 000 111")
    await saved(page)
    await expect(await line(page, "Brno")).to_contain_text("541\u00a0000\u00a0111")


async def test_in_10_two_administrators_and_numbers_never_recorded(system, browser):
    first = await administrator(browser, system, "calls")
    second = await administrator(browser, system, "calls")
    for page, prefix in ((first, "+420601"), (second, "+420602")):
        await page.get_by_test_id("add-not_recorded").press("Enter")
        await field(page, "not_recorded.0.prefix").fill(prefix)
    await saved(first)
    await second.get_by_test_id("save").press("Enter")
    await second.get_by_test_id("reload").press("Enter")
    await expect(field(second, "not_recorded.0.prefix")).to_have_value("+420601")
    await field(second, "not_recorded.0.only_to").check()
    await saved(second)
    await first.reload()
    await expect(field(first, "not_recorded.0.only_to")).to_be_checked()


async def test_stricter_rules_of_calls_out_first_name_what_they_cut_off(system, browser):
    page = await administrator(browser, system, "queues")
    await (await line(page, "Pobočky")).first.press("Enter")
    await choose(page, "options.when_full", "linka nebo vnější číslo")
    await field(page, "options.when_full.number").fill("602 333 444")
    await saved(page)
    await page.goto(f"{system.url}/settings/calls")
    await page.get_by_test_id("add-outside.refused").press("Enter")
    added = page.locator('[data-field^="outside.refused."]').last
    await added.fill("+420602")
    asked, save = page.get_by_test_id("cut-off"), page.get_by_test_id("save")
    await save.press("Enter")
    await expect(page.get_by_test_id("cut-off-places").get_by_role("listitem")).to_have_text(
        [re.compile("^Fronty „Pobočky“, .+: 602\u00a0333\u00a0444$")]
    )
    assert await findings(page) == []
    for width in (1440, 820, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.keyboard.press("Escape")
    await expect(asked).to_have_count(0)
    await expect(page.get_by_test_id("form-status")).to_have_text("Neuložené změny")
    await save.press("Enter")
    await page.get_by_test_id("cut-off-sure").press("Enter")
    await expect(page.get_by_test_id("form-status")).to_contain_text("Uloženo v", timeout=15_000)
    await page.reload()
    await expect(added).to_have_value("+420602")


async def test_two_administrators_in_one_menu_and_an_older_version(system, browser):
    pages = []
    for _ in range(2):
        page = await window(browser)
        await sign_in(page, system, "spravce")
        await page.goto(f"{system.url}/menus/1")
        await expect(page.get_by_test_id("editor")).to_be_visible()
        pages.append(page)
    first, second = pages
    await first.get_by_label("Název menu").fill("První")
    await expect(first.get_by_test_id("saving")).to_have_attribute("data-state", "saved")
    await second.get_by_label("Název menu").fill("Druhý")
    await expect(second.get_by_test_id("conflict")).to_contain_text("Správce systému")
    await expect(second.get_by_test_id("saving")).to_have_attribute("data-state", "conflict")
    await second.get_by_test_id("conflict-mine").press("Enter")
    await expect(second.get_by_test_id("saving")).to_have_attribute("data-state", "saved")
    await first.get_by_label("Název menu").fill("Zase já")
    await first.get_by_test_id("conflict-reload").press("Enter")
    await expect(first.get_by_label("Název menu")).to_have_value("Druhý")

    await first.get_by_test_id("versions").press("Enter")
    await first.get_by_test_id("view-version").first.press("Enter")
    await expect(first.get_by_test_id("old-version")).to_contain_text("jen k prohlédnutí")
    await expect(first.get_by_test_id("inspector").get_by_role("textbox").first).to_be_disabled()
    await first.get_by_test_id("close-version").press("Enter")
    await expect(first.get_by_label("Název menu")).to_have_value("Druhý")
    await first.get_by_test_id("view-version").first.press("Enter")
    await first.get_by_test_id("take-version").press("Enter")
    await expect(first.get_by_label("Název menu")).not_to_have_value("Druhý")
    await expect(first.get_by_test_id("saving")).to_have_attribute("data-state", "saved")
    await first.set_viewport_size({"width": 820, "height": 900})
    box = await first.locator(".canvas").bounding_box()
    assert box is not None and box["y"] + box["height"] <= 900 and box["height"] > 200
    await first.locator(".outline-row").first.press("Enter")
    await first.keyboard.type("Promluva")
    await first.keyboard.press("Enter")
    await expect(first.get_by_test_id("problem")).to_have_count(1)
    await expect(first.get_by_test_id("saving")).to_have_attribute("data-state", "saved")
    await first.goto(f"{system.url}/menus")
    await expect(first.get_by_test_id("flow-problems")).to_have_text("1 chyba")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_settings_have_no_accessibility_findings(system, browser, scheme):
    found = {}
    page = await administrator(browser, system, "queues", color_scheme=scheme)
    for path in ("queues", "queues/1", "queues/new", "calendars/1", f"numbers/{NUMBER}", "groups/new", "calls"):
        await page.goto(f"{system.url}/settings/{path}")
        await expect(page.locator(".setting-form" if path != "queues" else ".setting-line").first).to_be_visible()
        if path == f"numbers/{NUMBER}":
            await page.get_by_test_id("add-rule").click()
            await page.locator("[data-testid^='add-rules.'][data-testid$='.conditions']").click()
        for width in (1440, 820, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            found[path, width] = await findings(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        if path == f"numbers/{NUMBER}":
            await page.evaluate("window.onbeforeunload = null")
            await page.get_by_role("button", name="Zahodit změny").click()
    assert {where: what for where, what in found.items() if what} == {}


async def test_navigation_has_names_and_presence_is_not_cut(system, browser):
    page = await window(browser)
    await sign_in(page, system, "dana")
    await page.goto(system.url)
    for width in (1920, 1440, 1024, 820, 390, 320):
        await page.set_viewport_size({"width": width, "height": 844})
        for name in ("Přehled", "Zpětná volání", "Historie"):
            link = page.get_by_role("navigation", name="Stránky").get_by_role("link", name=name)
            await expect(link).to_have_count(1)
            words = await link.locator("span").bounding_box()
            assert (words is not None and words["width"] > 20) == (width >= 1024), (width, name)
        for part in (".presence-text strong", "[data-testid=phone-state]"):
            cut = await page.locator(part).evaluate(
                "e => { let at = e; const right = e.getBoundingClientRect().right;"
                " while ((at = at.parentElement)) { const box = at.getBoundingClientRect();"
                " if (getComputedStyle(at).overflowX !== 'visible' && box.right < right - 1) return true; }"
                " return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0; }"
            )
            assert not cut, (width, part)


async def test_adm_20_an_administrator_arranges_the_lines_of_the_transfer_panel_by_keyboard(system, browser):
    page = await administrator(browser, system, "lines")
    await page.get_by_test_id("add-groups").press("Enter")
    group = page.get_by_test_id("groups-item").last
    await expect(group.get_by_label("Nadpis")).to_be_focused()
    await page.keyboard.type("Přízemí")
    await group.get_by_label("Jméno").fill("Recepce")
    await group.get_by_label("Číslo").fill("linka")
    await page.keyboard.press("Control+KeyS")
    wrong = page.get_by_text("Tohle nemá správný tvar.", exact=True)
    await expect(wrong).to_be_visible()
    await group.get_by_label("Číslo").fill("40 01")
    await group.get_by_role("button", name="Přidat linku").press("Enter")
    await expect(group.get_by_label("Jméno").last).to_be_focused()
    await page.keyboard.type("Revizní lékař")
    await group.get_by_label("Číslo").last.fill("4002")
    await saved(page)
    assert await findings(page) == []
    shown = await system.sql('SELECT name, number, "group" FROM pbx_line ORDER BY position')
    assert [tuple(row) for row in shown] == [("Recepce", "4001", "Přízemí"), ("Revizní lékař", "4002", "Přízemí")]

    await group.get_by_role("button", name="Odebrat: Recepce").click()
    await saved(page)
    assert [row.number for row in await system.sql("SELECT number FROM pbx_line")] == ["4002"]
    for size in (1440, 820, 390):
        await page.set_viewport_size({"width": size, "height": 900})
        sideways = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, size
        assert (await group.get_by_label("Jméno").bounding_box())["width"] >= 150, size
