"""Calls of several people on the screens of those who are in them: two and three real browsers, real telephones."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.test_accessibility import findings
from tests.support import desk
from tests.support.callee import Callees
from tests.support.caller import Callers
from tests.support.desk import become_ready, expect_activity, expect_phase, leave, sign_in, start_shift, window
from tests.support.people import give_telephones
from tests.support.rtp_phone import tones_in
from tests.support.system import DIRECT, System

CALLER, OUTSIDE, MICROPHONE = 650.0, 1450.0, 700.0
NUMBER, BUSY = "+420602333444", "+420602333445"
MOBILE, LINE = "+420777888999", "4002"
CUSTOMER = "+420777123456"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=1, wrap_up_s=60, ring_timeout_s=30) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def outside(system):
    async with Callees(system.pbx_port, {NUMBER: OUTSIDE, BUSY: 486, MOBILE: 1050.0, LINE: 850.0}) as callees:
        yield callees


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def callers(system):
    async with Callers(system.sip_port) as calling:
        yield calling


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(tmp_path_factory):
    desk.page_errors.clear()
    async with desk.browser(tmp_path_factory.mktemp("desk")) as started:
        yield started
    assert desk.page_errors == []


class Office:
    """Jana has the first call; Petr and Dana come when asked for."""

    def __init__(self, system, browser, callers) -> None:
        self.system, self.browser, self.callers = system, browser, callers
        self.pages: list[Page] = []
        self.calls: list = []

    async def enter(self, login: str, *, ready: bool = True) -> Page:
        page = await window(self.browser)
        self.pages.append(page)
        await sign_in(page, self.system, login)
        if login == "dana":
            await page.get_by_role("link", name="Pracoviště").click()
        await start_shift(page)
        if ready:
            await become_ready(page)
        return page

    async def call(self, page: Page, number: str = CUSTOMER):
        """A customer who talks with the agent of ``page``."""
        call = await self.callers.call(DIRECT, number, CALLER)
        self.calls.append(call)
        await expect(page.get_by_test_id("offer")).to_be_visible(timeout=20_000)
        await page.keyboard.press("Alt+KeyA")
        await expect_phase(page, "ACTIVE")
        await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-mine", "talking")
        return call

    async def close(self) -> None:
        for call in self.calls:
            await self.callers.hang_up(call)
        for page in self.pages:
            if await page.get_by_test_id("call-bar").get_attribute("data-mine") == "talking":
                await page.keyboard.press("Alt+KeyZ")  # what a failed test left must not fail the next ones
            await expect(page.get_by_test_id("call-bar")).to_have_attribute(
                "data-mine", re.compile("wrapUp|none"), timeout=10_000
            )
            await page.keyboard.press("Alt+KeyW")
            await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-phase", "NONE", timeout=10_000)
            await page.get_by_role("link", name="Pracoviště").click()
            await page.get_by_test_id("shift-stop").click()
            await expect(page.get_by_test_id("shift-start")).to_be_visible()
            await leave(page)


@pytest_asyncio.fixture(loop_scope="module")
async def office(system, browser, callers) -> AsyncIterator[Office]:
    made = Office(system, browser, callers)
    yield made
    await made.close()


async def choose(page: Page, key: str, words: str, enter: str = "Enter") -> None:
    """In the panel, by keyboard alone."""
    await page.keyboard.press(key)
    await expect(page.get_by_test_id("transfer-search")).to_be_focused()
    await page.keyboard.type(words)
    first = page.get_by_test_id("target").first
    await expect(first).to_contain_text(words.split()[0])
    await expect(first.get_by_role("button").nth(1)).to_be_enabled()
    await page.keyboard.press(enter)


async def looks_well(page: Page) -> None:
    """axe finds nothing, light and dark, wide and narrow, and nothing scrolls sideways."""
    found: dict[str, list[str]] = {}
    for scheme, width in (("light", 1440), ("dark", 1440), ("light", 820), ("dark", 390)):
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 900})
        await page.mouse.move(0, 0)  # off the buttons: a tooltip stands outside all landmarks
        await expect(page.locator(".tooltip")).to_have_count(0)
        found[f"{scheme} {width}"] = await findings(page)
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found[f"{scheme} {width}"].append("scrolls sideways")
    await page.set_viewport_size(desk.DESKTOP)
    await page.emulate_media(color_scheme="light")
    assert {where: what for where, what in found.items() if what} == {}


async def mine(page: Page, what: str) -> None:
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-mine", what, timeout=10_000)


async def test_in_34_in_35_in_36_consultation_is_swapped_joined_and_handed_over_by_keyboard(office):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await choose(jana, "Alt+KeyT", "Petr", "Shift+Enter")
    await expect(jana.get_by_test_id("call-strip")).to_have_attribute("data-consultation", "RINGING")
    offer = petr.get_by_test_id("offer")
    await expect(offer).to_contain_text("Jana Nováková se chce poradit")
    await expect(offer).to_contain_text("777 123 456")
    await expect(petr.get_by_test_id("offer-clients")).to_contain_text("Marie Černá")
    await petr.keyboard.press("Alt+KeyA")
    await mine(petr, "guest")
    strip = jana.get_by_test_id("call-strip")
    await expect(strip).to_have_attribute("data-consultation", "WITH_COLLEAGUE")
    await expect(jana.get_by_test_id("person-customer")).to_have_attribute("data-presence", "music")
    await looks_well(jana)
    await jana.keyboard.press("Alt+KeyH")
    await expect(strip).to_have_attribute("data-consultation", "WITH_CUSTOMER")
    await expect(jana.get_by_test_id("person-customer")).to_have_attribute("data-presence", "speaking")
    await jana.keyboard.press("Alt+KeyH")
    await expect(strip).to_have_attribute("data-consultation", "WITH_COLLEAGUE")
    await jana.keyboard.press("Alt+KeyJ")
    await expect(strip).to_have_attribute("data-consultation", "")
    await expect(jana.get_by_test_id("strip-leave")).to_be_enabled()
    await jana.keyboard.press("Alt+KeyL")
    await mine(jana, "wrapUp")
    await mine(petr, "talking")
    await expect(petr.get_by_test_id("call-info")).to_contain_text("777 123 456")
    await jana.keyboard.press("Alt+KeyW")
    await expect_activity(jana, "READY")

    await choose(petr, "Alt+KeyO", "Jana")
    await expect(jana.get_by_test_id("offer")).to_contain_text("Petr Svoboda se chce poradit")
    await jana.keyboard.press("Alt+KeyA")
    await expect(petr.get_by_test_id("call-strip")).to_have_attribute("data-consultation", "WITH_COLLEAGUE")
    await petr.keyboard.press("Alt+KeyB")
    await expect(petr.get_by_test_id("call-strip")).to_have_count(0)
    await choose(petr, "Alt+KeyO", "Jana")
    await expect(jana.get_by_test_id("offer")).to_be_visible()
    await jana.keyboard.press("Alt+KeyA")
    await expect(petr.get_by_test_id("call-strip")).to_have_attribute("data-consultation", "WITH_COLLEAGUE")
    await petr.keyboard.press("Alt+KeyT")
    await mine(petr, "wrapUp")
    await mine(jana, "talking")


async def test_in_36_declined_transfer_comes_back_and_says_so(office):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await choose(jana, "Alt+KeyT", "Petr")
    await expect(petr.get_by_test_id("offer")).to_contain_text("Jana Nováková vám přepojuje hovor")
    await mine(jana, "wrapUp")
    await petr.keyboard.press("Alt+KeyX")
    await mine(jana, "talking")
    notice = jana.get_by_test_id("transfer-failed")
    await expect(notice).to_contain_text("Petr Svoboda: hovor odmítnut")
    await expect(notice).to_contain_text("Volající je zpět u vás")
    await expect_activity(petr, "READY")


async def test_in_19_transfer_to_a_busy_number_and_colleague_on_a_break(office, outside):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await petr.get_by_test_id("presence-menu").click()
    await petr.get_by_role("menuitem", name="Oběd").click()
    await expect_activity(petr, "BREAK")
    await choose(jana, "Alt+KeyO", "Petr")
    await expect(jana.get_by_test_id("transfer-away")).to_contain_text("Petr Svoboda má přestávku. Zavolat přesto?")
    await jana.keyboard.press("Enter")
    await expect(petr.get_by_test_id("offer")).to_be_visible()
    await jana.keyboard.press("Alt+KeyB")
    await expect(petr.get_by_test_id("offer")).to_have_count(0)
    await jana.keyboard.press("Alt+KeyT")
    await jana.keyboard.type("602333445")
    await jana.keyboard.press("Enter")
    await expect(jana.get_by_test_id("transfer-failed")).to_contain_text("602 333 445: obsazeno", timeout=15_000)
    await mine(jana, "talking")
    await petr.keyboard.press("Alt+KeyP")
    await expect_activity(petr, "READY")


async def test_in_37_transfer_to_a_queue(office):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await choose(jana, "Alt+KeyT", "Asistenční")
    await mine(jana, "wrapUp")
    await expect(petr.get_by_test_id("offer")).to_contain_text("Asistenční služba")
    await petr.keyboard.press("Alt+KeyA")
    await mine(petr, "talking")


async def test_agt_23_dialling_out_and_the_keypad(office, outside):
    jana = await office.enter("jana")
    await jana.keyboard.press("Alt+KeyC")
    await expect(jana.get_by_test_id("transfer-search")).to_be_focused()
    await jana.keyboard.type("602 333 445")
    await jana.keyboard.press("Enter")
    await expect(jana.get_by_test_id("notices")).to_contain_text("602 333 445: obsazeno.")
    await expect_phase(jana, "NONE")
    await jana.keyboard.press("Alt+KeyC")
    await jana.keyboard.type("602 333 444")
    await jana.keyboard.press("Enter")
    await mine(jana, "talking")
    await expect(jana.get_by_test_id("call-info")).to_contain_text("602 333 444")
    await jana.keyboard.press("Alt+KeyK")
    await expect(jana.get_by_test_id("keypad")).to_be_focused()
    await jana.keyboard.type("12#")
    await jana.get_by_test_id("key-7").click()
    await expect(jana.get_by_test_id("keypad-sent")).to_have_text("12#7")
    assert any(p.payload_type == 101 for _, p in outside.phones[NUMBER].received), "no key came"
    await looks_well(jana)
    await jana.get_by_test_id("keypad").focus()
    await jana.keyboard.press("Escape")
    await expect(jana.get_by_test_id("keypad")).to_have_count(0)
    await jana.keyboard.press("Alt+KeyZ")
    await mine(jana, "wrapUp")
    await jana.keyboard.press("Alt+KeyW")
    await expect_phase(jana, "NONE")
    again = jana.get_by_test_id("recent-history").get_by_test_id("number").first
    await again.click()
    await mine(jana, "talking")
    await jana.keyboard.press("Alt+KeyZ")


async def test_parked_call_is_on_every_desk_and_taken_by_a_colleague(office):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await jana.keyboard.press("Alt+KeyG")
    await expect(petr.get_by_test_id("parked-call")).to_contain_text("777 123 456")
    await expect(petr.get_by_test_id("parked-call")).to_contain_text("Jana Nováková")
    await expect(jana.get_by_test_id("parked-call")).to_have_count(1)
    await petr.keyboard.press("Alt+KeyV")
    await mine(petr, "talking")
    await expect(jana.get_by_test_id("parked-call")).to_have_count(0)


async def test_sup_12_in_38_supervisor_listens_whispers_and_takes_over(office):
    jana = await office.enter("jana")
    await office.call(jana)
    dana = await office.enter("dana", ready=False)
    await dana.get_by_role("link", name="Přehled").click()
    await dana.get_by_test_id("floor-listen").click()
    banner = dana.get_by_test_id("supervision")
    await expect(banner).to_have_attribute("data-role", "LISTENING")
    await expect(banner).to_contain_text("Nikdo vás neslyší.")
    await expect(jana.get_by_test_id("call-strip")).to_have_count(0)
    await dana.keyboard.press("2")
    await expect(banner).to_have_attribute("data-role", "WHISPERING")
    await expect(jana.get_by_test_id("call-strip")).to_contain_text("Dana Dvořáková")
    await expect(jana.get_by_test_id("call-strip")).to_contain_text("našeptává vám")
    await looks_well(dana)
    await dana.keyboard.press("3")
    await expect(banner).to_have_attribute("data-role", "BARGING")
    await dana.keyboard.press("1")
    await expect(jana.get_by_test_id("call-strip")).to_have_count(0)
    await dana.get_by_test_id("supervise-end").click()
    await expect(banner).to_have_count(0)
    await dana.get_by_test_id("floor-whisper").click()
    await expect(banner).to_have_attribute("data-role", "WHISPERING")
    await dana.get_by_test_id("floor-take").click()
    await mine(dana, "talking")
    await mine(jana, "wrapUp")


async def test_agt_25_agt_26_agt_27_panel_shows_states_and_favourites(office):
    jana = await office.enter("jana")
    await office.call(jana)
    petr = await office.enter("petr")
    await jana.get_by_test_id("call-transfer").click()
    row = jana.locator("[data-testid=target][data-target^=AGENT]").filter(has_text="Petr Svoboda")
    await expect(row).to_have_attribute("data-activity", "READY")
    await petr.get_by_test_id("presence-menu").click()
    await petr.get_by_role("menuitem", name="Oběd").click()
    await expect(row).to_have_attribute("data-activity", "BREAK")
    await expect(row.get_by_test_id("target-transfer")).to_be_disabled()
    await expect(row.get_by_test_id("target-consult")).to_be_enabled()
    queue = jana.get_by_test_id("target").filter(has_text="Platby").last
    await queue.hover()
    await queue.get_by_test_id("target-star").click()
    await expect(jana.get_by_test_id("target").first).to_contain_text("Platby")
    await jana.keyboard.press("Escape")
    await expect(jana.get_by_test_id("transfer-panel")).to_have_count(0)
    await jana.reload()
    await mine(jana, "talking")
    await jana.get_by_test_id("call-transfer").click()
    await expect(jana.get_by_test_id("target").first).to_contain_text("Platby")
    await looks_well(jana)
    await petr.keyboard.press("Alt+KeyP")
    await expect_activity(petr, "READY")


async def test_agt_04_agt_27_calls_ring_at_a_mobile_and_go_on_to_a_line_by_keyboard(office, system, outside):
    async with system.client() as admin:
        await admin.sign_in("spravce", system.logins["spravce"].password)
        await admin.run(
            "mutation($l: JSON!) { saveLines(lines: $l) { __typename } }",
            l={"groups": [{"name": "Přízemí", "lines": [{"name": "Revizní lékař", "number": LINE}]}]},
        )
        jana = (await system.sql("SELECT id FROM user_account WHERE login = 'jana'"))[0].id
        await give_telephones(admin, jana, ("MOBILE", MOBILE))
    page = await window(office.browser)
    office.pages.append(page)
    await sign_in(page, system, "jana")
    await own_telephone(page, "Mobil")
    await expect(page.get_by_test_id("shift")).to_have_attribute("data-phone", "own")
    await become_ready(page)
    office.calls.append(await office.callers.call(DIRECT, CUSTOMER, CALLER))
    await expect(page.get_by_test_id("offer-lift")).to_contain_text("tiskněte", timeout=20_000)
    await expect(page.get_by_test_id("call-accept")).to_be_disabled()
    await no_tooltip(page)
    await looks_well(page)
    await expect(page.get_by_test_id("offer-lift")).to_have_text("Stiskněte na mobilu 1.")
    outside.phones[MOBILE].press("1", 101)
    await expect_phase(page, "ACTIVE")
    await page.keyboard.press("Alt+KeyT")
    await expect(page.get_by_test_id("transfer-search")).to_be_focused()
    row = page.locator("[data-target^=LINE]")
    await expect(row).to_have_attribute("data-line", "UNKNOWN")
    await expect(page.get_by_test_id("transfer-rows")).to_contain_text("Linky: Přízemí")
    await row.get_by_test_id("target-star").click()
    await expect(page.get_by_test_id("transfer-rows")).not_to_contain_text("Linky: Přízemí")
    await no_tooltip(page)
    await looks_well(page)
    await page.get_by_test_id("transfer-search").focus()
    await page.keyboard.type("reviz")
    await page.keyboard.press("Enter")
    await mine(page, "wrapUp")
    await expect(page.get_by_test_id("transfer-panel")).to_have_count(0)
    assert await heard_at(outside, LINE, CALLER)
    await page.keyboard.press("Alt+KeyW")
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-phase", "NONE", timeout=10_000)
    await own_telephone(page, "Prohlížeč")
    await start_shift(page)


async def no_tooltip(page: Page) -> None:
    """The keyboard's focus shows one, and it stands outside all landmarks."""
    await page.evaluate("document.activeElement?.blur()")
    await expect(page.locator("[data-overlay-container]")).to_have_count(0)


async def own_telephone(page: Page, name: str) -> None:
    """Chosen by keyboard alone."""
    await page.get_by_test_id("endpoint-choice").get_by_role("button").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type(name)
    await page.keyboard.press("Enter")
    wanted = "BROWSER:" if name == "Prohlížeč" else f"MOBILE:{MOBILE}"
    await expect(page.get_by_test_id("endpoint")).to_have_attribute("data-endpoint", wanted, timeout=10_000)


async def heard_at(outside: Callees, number: str, tone: float, within: float = 8) -> bool:
    end = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < end:
        if number in outside.phones and tones_in(outside.phones[number].heard(200), (tone,)) == {tone}:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_agt_34_a_callback_is_dialled_from_the_list_and_the_client_is_talked_to(office, system, outside):
    page = await office.enter("jana")
    async with system.client() as jana:
        await jana.sign_in("jana", system.logins["jana"].password)
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()  # else it would ring by itself
        queue = (await system.sql("SELECT id FROM queue ORDER BY id LIMIT 1"))[0].id
        asked = "mutation($n: String!, $q: Int!, $d: DateTime!) { requestCallback(number: $n, queue: $q, dueAt: $d) { __typename ... on Refused { code } } }"
        answer = await jana.run(asked, n=NUMBER, q=queue, d=later)
        assert answer["requestCallback"]["__typename"] == "CallbackWish", answer
    await page.get_by_role("link", name="Zpětná volání").click()
    wish = page.locator(f'[data-testid=callback][data-number="{NUMBER}"]')
    await wish.get_by_test_id("callback-dial").click()
    await expect_phase(page, "ACTIVE")
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-mine", "talking")
    assert await heard_at(outside, NUMBER, MICROPHONE), "the client hears the agent"
    await page.keyboard.press("Alt+KeyZ")
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-mine", "wrapUp")
    await page.get_by_role("link", name="Zpětná volání").click()
    await expect(page.get_by_test_id("callbacks-count")).to_be_visible()
    await expect(wish).to_have_count(0)
