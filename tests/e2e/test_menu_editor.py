"""Voice menus: built by keyboard alone, checked, walked without a telephone, published, and called; announcements; recordings."""

import io

import httpx
import numpy as np
import pytest
import soundfile
from playwright.async_api import expect

from backend.demo import NUMBER
from tests.e2e.test_accessibility import findings
from tests.support.desk import become_ready, expect_phase, sign_in, start_shift, window

RUN = """async ([query, variables]) => (await (await fetch('/graphql', {method: 'POST',
  headers: {'content-type': 'application/json'}, body: JSON.stringify({query, variables})})).json()).data"""


async def new_flow(page, system, name: str, template: str) -> int:
    await page.goto(f"{system.url}/menus")
    await page.get_by_test_id("flow-name").fill(name)
    await page.get_by_test_id("flow-template").get_by_role("button").click()
    await page.get_by_role("option", name=template).click()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("flow-new").click()
    await expect(page.get_by_test_id("editor")).to_be_visible()
    return int(page.url.rsplit("/", 1)[1])


async def tab_to(page, target) -> None:
    """By the Tab key, as who has no mouse."""
    await expect(target).to_be_visible()
    for _ in range(80):
        if await target.evaluate("(e) => e === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


async def add(page, words: str) -> None:
    """What follows the row that has the focus, by keyboard."""
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("picker")).to_be_visible()
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("picker")).to_have_count(0)


async def say(page, words: str, kind: str) -> None:
    """The text of the step just added, then back to the outline."""
    await expect(page.get_by_test_id("inspector")).to_have_attribute("data-kind", kind)
    await expect(page.get_by_test_id("inspector").locator(":focus")).to_have_count(1)
    if words:
        await page.keyboard.type(words)
    await page.keyboard.press("Escape")
    await expect(page.locator(".outline-row:focus")).to_have_count(1)


async def test_ivr_01_three_levels_by_keyboard_alone_then_a_call_follows_them(system, browser):
    page = await window(browser)
    await sign_in(page, system, "spravce")
    await page.add_init_script(
        "window.pressedByMouse = 0; addEventListener('mousedown', (e) => { if (e.detail) window.pressedByMouse += 1 }, true)"
    )
    await page.goto(f"{system.url}/menus")
    await tab_to(page, page.get_by_test_id("flow-name"))
    await page.keyboard.type("Klávesnicí")
    await tab_to(page, page.get_by_test_id("flow-template").get_by_role("button"))
    await page.keyboard.press("Enter")
    await page.keyboard.type("Prázd")
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_test_id("flow-new"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("editor")).to_be_visible()
    flow = int(page.url.rsplit("/", 1)[1])
    await tab_to(page, page.locator(".outline-row").first)
    await add(page, "Menu")
    await say(page, "Pro pojisteni jedna.", "menu")
    await add(page, "Menu")
    await say(page, "Pro prukaz jedna.", "menu")
    await add(page, "Menu")
    await say(page, "Pro novy prukaz jedna.", "menu")
    await add(page, "Do fronty")
    for left in (3, 2, 1):
        await say(page, "", "queue" if left == 3 else "hang_up")
        empty = page.locator(".outline-row", has_text="zatím nikam")
        await expect(empty).to_have_count(left)
        await page.keyboard.press("Home")
        for _ in range(20):
            if await page.locator(".outline-row:focus", has_text="zatím nikam").count():
                break
            await page.keyboard.press("ArrowDown")
        await add(page, "Zavěsit")
    await say(page, "", "hang_up")
    await expect(page.get_by_test_id("problems")).to_have_count(0)
    await expect(page.get_by_test_id("saving")).to_have_attribute("data-state", "saved")

    await tab_to(page, page.get_by_test_id("try"))
    await page.keyboard.press("Enter")
    for words in ("Pro pojisteni", "Pro prukaz", "Pro novy prukaz"):
        await expect(page.get_by_test_id("heard").locator("q").last).to_contain_text(words)
        await tab_to(page, page.get_by_test_id("key-0"))
        await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("walk-exit")).to_contain_text("Do fronty")
    await expect(page.locator(".outline-row[data-walked=true]")).to_have_count(4)

    await tab_to(page, page.get_by_test_id("versions"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_test_id("publish"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("version")).to_have_count(1)
    assert await page.evaluate("window.pressedByMouse") == 0, "keyboard alone"
    await lead(page, {"type": "flow", "flow": flow})

    try:
        agent = await window(browser)
        await sign_in(agent, system, "jana")
        await start_shift(agent)
        await become_ready(agent)
        caller = system.call(seconds=60, press="111")
        await expect(agent.get_by_test_id("offer")).to_be_visible(timeout=40_000)
        await agent.keyboard.press("Alt+KeyA")
        await expect_phase(agent, "ACTIVE")
        await agent.keyboard.press("Alt+KeyZ")
        await expect_phase(agent, "WRAP_UP")
        await agent.keyboard.press("Alt+KeyW")
        caller.hang_up()
    finally:
        await lead(page, {"type": "flow", "flow": 1})


async def test_undo_redo_search_and_problems_lead_to_their_step(system, browser):
    page = await window(browser)
    await sign_in(page, system, "spravce")
    await new_flow(page, system, "Zpět a znovu", "Uvítání a menu")
    nodes = page.locator(".outline-row[data-node]:not([data-node=''])")
    await expect(nodes).to_have_count(3)
    await nodes.nth(0).focus()
    await add(page, "Promluva")
    await expect(nodes).to_have_count(4)
    await expect(page.get_by_test_id("problem")).to_contain_text("Chybí text")
    assert await page.locator(".step.wrong").count() == 1
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+z")
    await expect(nodes).to_have_count(3)
    await page.keyboard.press("Control+Shift+z")
    await expect(nodes).to_have_count(4)
    await page.keyboard.press("Control+f")
    await page.keyboard.type("na shledanou")
    await page.keyboard.press("Enter")
    await expect(page.locator(".outline-row[aria-selected=true]")).to_contain_text("Děkujeme")
    await page.get_by_test_id("problem").first.click()
    await expect(page.get_by_test_id("inspector")).to_have_attribute("data-kind", "speak")
    await expect(page.locator(".step.chosen.wrong")).to_have_count(1)
    await page.context.set_offline(True)
    await page.get_by_test_id("inspector").locator("textarea").fill("Bez spojení")
    await expect(page.get_by_test_id("saving")).to_have_attribute("data-state", "waiting")
    await page.context.set_offline(False)
    await expect(page.get_by_test_id("saving")).to_have_attribute("data-state", "saved", timeout=30_000)
    await page.reload()
    await expect(page.get_by_test_id("outline")).to_contain_text("Bez spojení")


async def test_in_08_a_supervisor_records_and_switches_an_announcement(system, browser):
    page = await window(browser)
    await sign_in(page, system, "dana")
    await page.goto(f"{system.url}/floor")
    await page.get_by_test_id("notice-new").click()
    await page.get_by_test_id("notice-name").fill("Výpadek portálu")
    await page.get_by_test_id("record").click()
    await page.wait_for_timeout(1_200)
    await page.get_by_test_id("record").click()
    await expect(page.get_by_test_id("notices-panel").locator("form audio")).to_have_count(1)
    await page.get_by_test_id("notice-save").click()
    row = page.get_by_test_id("notice-row").filter(has_text="Výpadek portálu")
    await row.get_by_test_id("notice-switch").click()
    await expect(row).to_have_attribute("data-on", "true")
    await expect(page.get_by_test_id("notice-banner")).to_contain_text("Výpadek portálu")
    await row.get_by_test_id("notice-switch").click()
    await expect(row).to_have_attribute("data-on", "false")
    await expect(page.get_by_test_id("notice-banner")).to_have_count(0)


async def lead(page, to: dict) -> None:
    """Calls to the demo's number go there."""
    rules = {"number": NUMBER, "default": to, "rules": []}
    saved = await page.evaluate(
        RUN, ["mutation($r: JSON!) { saveEntryRules(rules: $r) { ... on SettingSaved { id } } }", {"r": rules}]
    )
    publish = "mutation($n: String!, $v: Int!) { publishEntryRules(number: $n, version: $v) { __typename } }"
    await page.evaluate(RUN, [publish, {"n": NUMBER, "v": saved["saveEntryRules"]["id"]}])


async def test_in_08_a_supervisor_speaks_an_announcement_by_telephone(system, browser):
    admin = await window(browser)
    await sign_in(admin, system, "spravce")
    await lead(admin, {"type": "dictation"})
    page = await window(browser)
    await sign_in(page, system, "dana")
    await page.goto(f"{system.url}/floor")
    await page.get_by_test_id("notice-new").click()
    await page.get_by_test_id("notice-name").fill("Výpadek telefonem")
    await page.get_by_test_id("notice-text").fill("Portál nejde.")
    await page.get_by_test_id("notice-save").click()
    row = page.get_by_test_id("notice-row").filter(has_text="Výpadek telefonem")
    await expect(row.locator("audio")).to_have_count(0)
    try:
        await row.get_by_role("button", name="Upravit Výpadek telefonem").click()
        await page.get_by_test_id("notice-dictate").click()
        await expect(page.get_by_test_id("notice-dictation")).to_contain_text("800 100 200")
        code = await page.get_by_test_id("notice-code").inner_text()
        caller = system.call(seconds=40, press=code)  # three seconds a key, then it speaks
        await expect(page.get_by_test_id("notices-panel").locator("form audio")).to_have_count(1, timeout=75_000)
        await expect(page.get_by_test_id("notices-panel")).to_contain_text("Hlášení je namluvené.")
        caller.hang_up()
        await page.get_by_test_id("notice-save").click()
        await expect(row.locator("audio")).to_have_count(1)
        await row.get_by_test_id("notice-switch").click()
        await expect(page.get_by_test_id("notice-banner")).to_contain_text("Výpadek telefonem")
        await row.get_by_test_id("notice-switch").click()
    finally:
        await lead(admin, {"type": "flow", "flow": 1})


async def test_recordings_are_uploaded_recorded_and_removed(system, browser):
    page = await window(browser)
    await sign_in(page, system, "spravce")
    await page.goto(f"{system.url}/menus")
    tone = io.BytesIO()
    soundfile.write(tone, 0.2 * np.sin(np.arange(16000) / 5), 16000, format="FLAC")
    await page.get_by_test_id("prompt-name").fill("Uvítání")
    await page.get_by_test_id("prompt-file").set_input_files(
        {"name": "u.flac", "mimeType": "audio/flac", "buffer": tone.getvalue()}
    )
    row = page.get_by_test_id("prompt").filter(has_text="Uvítání")
    await expect(row).to_have_count(1)
    await page.get_by_test_id("prompt-name").fill("Z mikrofonu")
    record = page.get_by_test_id("prompts").get_by_test_id("record")
    await record.click()
    await page.wait_for_timeout(1_200)
    await record.click()
    spoken = page.get_by_test_id("prompt").filter(has_text="Z mikrofonu")
    await expect(spoken).to_have_count(1)
    url = await spoken.locator("audio").get_attribute("src")
    cookies = {c["name"]: c["value"] for c in await page.context.cookies()}
    async with httpx.AsyncClient(cookies=cookies) as http:
        samples, rate = soundfile.read(io.BytesIO((await http.get(system.url + url)).content))
    assert rate == 8000 and len(samples) > 4000 and abs(samples).max() > 0.3
    await row.get_by_role("button", name="Odstranit Uvítání").click()
    await expect(row).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_menus_have_no_accessibility_findings(system, browser, scheme):
    found = {}
    page = await window(browser, color_scheme=scheme)
    await sign_in(page, system, "spravce")
    await page.goto(f"{system.url}/menus")
    await expect(page.get_by_test_id("flow-row").first).to_be_visible()
    found["list"] = await findings(page)
    await page.goto(f"{system.url}/menus/1")
    await expect(page.get_by_test_id("inspector")).to_be_visible()
    for width in (1440, 820, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        found[width] = await findings(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_test_id("try").click()
    await expect(page.get_by_test_id("heard")).to_contain_text("Dobrý den")
    found["try"] = await findings(page)
    await page.get_by_test_id("versions").click()
    found["versions"] = await findings(page)
    assert {where: what for where, what in found.items() if what} == {}
