"""Client cards in the browser: found by keyboard, edited by two at once, kept when the network is cut, in order for axe."""

import asyncio
import json
import tempfile
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.test_accessibility import findings
from tests.support.desk import become_ready, document, expect_phase, sign_in, start_shift, window
from tests.support.installation import System

ROW = "input[data-field='{}']"


@pytest.fixture(scope="module")
def system():
    """Of its own: cards that are changed here must not meet the other tests."""
    with tempfile.TemporaryDirectory(prefix="kc-clients-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


async def somebody(browser, system, login: str, path: str = "/clients", **options):
    page = await window(browser, **options)
    await sign_in(page, system, login)
    await page.goto(system.url + path)
    return page


def field(page, key: str):
    return page.locator(ROW.format(key)).first


async def shows(page, **values: str) -> None:
    """The card, as soon as it is read anew."""
    for key, value in values.items():
        await expect(page.locator(f"[data-testid=card] [data-field='{key}'] dd")).to_have_text(value, timeout=10_000)


async def test_agt_36_agt_37_a_client_is_found_and_edited_by_keyboard_alone(system, browser):
    page = await somebody(browser, system, "jana", "/")
    await expect(page.get_by_test_id("shift-start")).to_be_visible()
    await page.keyboard.press("Alt+KeyS")
    finder = page.get_by_test_id("client-finder")
    await expect(finder).to_be_visible()
    await page.keyboard.type("prochazkova boz")
    found = finder.get_by_test_id("found")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("Božena Procházková")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("card")).to_contain_text("Na Nivách 3")
    await expect(page.get_by_test_id("card-warning")).to_contain_text("Hůře slyší")
    await page.keyboard.press("Alt+KeyU")
    await expect(page.get_by_test_id("card-form")).to_be_visible()
    await field(page, "birth_date").focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("31.2.45")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("card-form")).to_have_attribute("data-state", "refused")
    await expect(field(page, "birth_date")).to_be_focused()
    await expect(field(page, "birth_date")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("7.6.1945")
    await field(page, "city").focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Šternberk")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("card-form")).to_have_count(0)
    await shows(page, birth_date="7. 6. 1945", city="Šternberk")
    await expect(page.get_by_test_id("card-edit")).to_be_focused()
    await page.get_by_test_id("card-versions").press("Enter")
    await expect(page.get_by_test_id("versions")).to_contain_text("Olomouc")
    await page.get_by_test_id("client-note-new").press("Enter")
    await page.keyboard.type("Volat po obědě")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("client-note")).to_contain_text("Volat po obědě")


async def test_what_was_saved_is_on_the_card_at_once_not_when_it_has_been_read_anew(system, browser):
    page = await somebody(browser, system, "jana", "/clients/5", service_workers="block")
    await page.get_by_test_id("card-edit").click()
    read, card = asyncio.Event(), document("ClientCard")

    async def later(route) -> None:
        if card in (route.request.post_data or ""):
            await read.wait()
        await route.continue_()

    await page.route("**/graphql", later)
    await field(page, "city").fill("Vizovice")
    await page.get_by_test_id("card-save").click()
    await expect(page.get_by_test_id("card-form")).to_have_count(0)
    assert await page.locator("[data-testid=card] [data-field='city'] dd").inner_text() == "Vizovice"
    assert not read.is_set()
    read.set()
    await shows(page, city="Vizovice")


async def test_two_who_edit_one_card_see_each_other_s_changes_and_lose_nothing(system, browser):
    first = await somebody(browser, system, "jana", "/clients/4")
    second = await somebody(browser, system, "dana", "/clients/4")
    for page in (first, second):
        await page.get_by_test_id("card-edit").click()
    await field(first, "street").fill("Dlouhá 2")
    await field(first, "postcode").fill("110 00")
    await first.get_by_test_id("card-save").click()
    await expect(first.get_by_test_id("card-form")).to_have_count(0)

    await field(second, "street").fill("Krátká 7")
    await field(second, "contact_person").fill("Petra")
    await second.keyboard.press("Control+Enter")
    conflict = second.get_by_test_id("conflict")
    await expect(conflict).to_contain_text("Jana Nováková")
    await expect(second.get_by_test_id("conflict-street")).to_contain_text("Dlouhá 2")
    await expect(second.get_by_test_id("conflict-street")).to_contain_text("Krátká 7")
    await expect(second.get_by_test_id("conflict-postcode")).to_contain_text("110 00")
    await expect(field(second, "street")).to_have_value("Krátká 7")
    await expect(field(second, "contact_person")).to_have_value("Petra")
    await second.get_by_test_id("theirs-street").click()
    await expect(field(second, "street")).to_have_value("Dlouhá 2")
    await second.get_by_test_id("conflict-save").click()
    await expect(second.get_by_test_id("card-form")).to_have_count(0)
    await shows(second, street="Dlouhá 2")
    await shows(second, postcode="110 00")
    await shows(second, contact_person="Petra")
    await first.reload()
    await expect(first.get_by_test_id("card")).to_contain_text("Petra")


async def test_what_is_typed_survives_a_cut_network_and_a_reload(system, browser):
    page = await somebody(browser, system, "jana", "/clients/2")
    await page.get_by_test_id("card-edit").click()
    await page.context.set_offline(True)
    await field(page, "street").fill("Za tratí 5")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("card-form")).to_have_attribute("data-state", "waiting")
    await field(page, "postcode").fill("602 00")
    await page.context.set_offline(False)
    # what was typed while it waited goes with the rest
    await expect(page.get_by_test_id("card-form")).to_have_count(0, timeout=40_000)
    await shows(page, street="Za tratí 5", postcode="602 00")

    await page.get_by_test_id("card-edit").click()
    await field(page, "city").fill("Tišnov")
    await page.reload()
    await expect(field(page, "city")).to_have_value("Tišnov", timeout=15_000)
    await expect(field(page, "street")).to_have_value("Za tratí 5")
    await page.get_by_test_id("card-save").click()
    await expect(page.get_by_test_id("card-form")).to_have_count(0)
    await shows(page, city="Tišnov")


async def test_in_28_in_29_in_30_the_caller_is_identified_verified_taken_back_and_entered_by_hand(system, browser):
    page = await somebody(browser, system, "jana", "/")
    await start_shift(page)
    await become_ready(page)
    caller = system.call(seconds=100)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=40_000)
    await page.keyboard.press("Alt+KeyA")
    await expect_phase(page, "ACTIVE")
    pane = page.get_by_test_id("client-pane")
    await expect(pane.get_by_test_id("client")).to_have_count(2)
    await pane.get_by_test_id("client").filter(has_text="Marie Černá").get_by_role("button").press("Enter")
    await expect(pane.get_by_test_id("verified")).to_contain_text("není ověřena")
    await pane.get_by_test_id("verify-birth_date").press("Space")
    await pane.get_by_test_id("verify-street").press("Space")
    await expect(pane.get_by_test_id("verified")).to_have_attribute("data-done", "2")
    await pane.get_by_test_id("client-unpick").press("Enter")
    await expect(pane.get_by_test_id("client")).to_have_count(2)
    await pane.get_by_test_id("client-new").press("Enter")
    await field(pane, "surname").fill("Neznámá")
    await expect(pane.get_by_test_id("line-mobile").first).not_to_have_value("")
    await page.keyboard.press("Control+Enter")
    await expect(pane.get_by_test_id("card")).to_contain_text("Neznámá")
    await page.get_by_test_id("note").fill("Nová klientka")
    await page.get_by_test_id("note-save").click()
    await page.keyboard.press("Alt+KeyZ")
    await expect_phase(page, "WRAP_UP")
    await page.keyboard.press("Alt+KeyW")
    await expect_phase(page, "NONE")
    caller.hang_up()
    await page.keyboard.press("Alt+KeyS")
    await expect(page.get_by_test_id("client-finder").get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("neznama")
    await expect(page.get_by_test_id("client-finder").get_by_test_id("found")).to_have_count(1)
    await page.keyboard.press("Enter")
    row = page.get_by_test_id("timeline-row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Nová klientka")
    await expect(row).to_contain_text("Jana Nováková")
    play = row.get_by_test_id("timeline-play")
    for _ in range(20):  # the recording is put away soon after the call
        if await play.count():
            break
        await asyncio.sleep(1)
        await page.reload()
        await expect(row).to_have_count(1)
    await play.press("Enter")
    await expect(row.get_by_test_id("recording-wave")).to_be_visible()
    await row.get_by_test_id("timeline-steps").press("Enter")
    await expect(row.get_by_test_id("steps")).to_contain_text("Hovor spojen")


async def test_an_administrator_adds_a_field_agents_fill_in_and_another_is_hidden_from_them(system, browser):
    boss = await somebody(browser, system, "spravce", "/settings/clients")
    await boss.get_by_test_id("add-field").press("Enter")
    await boss.locator("[data-field$='.name']").last.fill("Praktický lékař")
    street = boss.locator("[data-testid=field-open][data-key=street]")
    await street.press("Enter")
    await boss.get_by_role("group", name="Kdo ho vidí").get_by_label("operátor").uncheck()
    await boss.get_by_test_id("save").press("Enter")
    await expect(boss.get_by_test_id("summary")).to_contain_text("Kdo ho smí upravovat")
    await boss.get_by_role("group", name="Kdo ho smí upravovat").get_by_label("operátor").uncheck()
    await boss.get_by_test_id("save").press("Enter")
    await expect(boss.get_by_test_id("form-bar")).to_have_attribute("data-state", "saved")
    page = await somebody(browser, system, "petr", "/clients/1")
    await expect(page.get_by_test_id("card")).to_contain_text("Marie Černá")
    await expect(page.get_by_test_id("card")).not_to_contain_text("Lipová")
    await page.get_by_test_id("card-edit").click()
    await expect(field(page, "street")).to_have_count(0)
    await page.get_by_label("Praktický lékař").fill("MUDr. Malá")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("card")).to_contain_text("MUDr. Malá")
    await boss.goto(f"{system.url}/clients/1")
    await expect(boss.get_by_test_id("card")).to_contain_text("Lipová 12")


async def test_a_person_is_exported_and_erased_with_a_reason(system, browser):
    boss = await somebody(browser, system, "spravce", "/clients/5")
    await expect(boss.get_by_test_id("card")).to_contain_text("Ďurica")
    await boss.get_by_test_id("person-export").click()
    await expect(boss.get_by_test_id("person-go")).to_be_disabled()
    await boss.get_by_test_id("person-reason").fill("žádost o výpis")
    async with boss.expect_download() as waiting:
        await boss.get_by_test_id("person-go").click()
    assert (await waiting.value).suggested_filename.startswith("klient-5-")
    await boss.get_by_test_id("person-erase").click()
    await boss.get_by_test_id("person-reason").fill("žádost o výmaz")
    await expect(boss.get_by_test_id("person-go")).to_be_disabled()
    await boss.get_by_test_id("person-confirm").fill("VYMAZAT")
    await boss.get_by_test_id("person-go").click()
    await expect(boss.get_by_test_id("erasure")).to_have_attribute("data-done", "true", timeout=20_000)
    await expect(boss.get_by_test_id("card")).not_to_contain_text("Ďurica")
    agent = await somebody(browser, system, "jana", "/clients/5")
    await expect(agent.get_by_test_id("card")).to_contain_text("vymazány")
    await expect(agent.get_by_test_id("person-data")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_cards_have_no_accessibility_findings_and_fit_narrow_screens(system, browser, scheme):
    page = await somebody(browser, system, "spravce", "/clients/3", color_scheme=scheme)
    found = {}
    for state in ("card", "form", "search", "settings"):
        if state == "card":
            await expect(page.get_by_test_id("card")).to_be_visible()
        elif state == "form":
            await page.get_by_test_id("card-edit").click()
        elif state == "search":
            await page.goto(f"{system.url}/clients")
            await page.get_by_test_id("client-search").fill("cern")
            await expect(page.get_by_test_id("found").first).to_be_visible()
        else:
            await page.goto(f"{system.url}/settings/clients")
            await page.get_by_test_id("field-open").first.click()
        for width in (1440, 820, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            found[state, width] = await findings(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (state, width)
        await page.set_viewport_size({"width": 1440, "height": 900})
    assert {where: what for where, what in found.items() if what} == {}


async def test_cdb_03_what_icis_sent_is_shown_to_administrators_and_found_by_agents(browser, system):
    page = await somebody(browser, system, "spravce", "/settings/clients")
    icis = page.get_by_test_id("icis")
    await expect(icis).to_contain_text("zatím neposlal nic")
    token = json.loads((system.folder / "secrets.json").read_text())["icis_token"]
    people = [
        {"id": "I-501", "values": {"first_name": "Vilemína", "surname": "Synková", "mobile": "601 555 501"}},
        {"id": "I-502", "values": {"surname": "Synek", "mobile": "nemá"}},
        {"id": "I-503", "values": {"city": "Kolín"}},
    ]
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"http://127.0.0.1:{system.port}/icis/v1/clients",
            json={"clients": people},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert (answer.json()["created"], answer.json()["refused"]) == (2, 1)
    await page.reload()
    await expect(icis).to_contain_text("Poslední dávka přišla")
    cells = page.get_by_test_id("icis-day").locator("td")
    assert await cells.all_inner_texts() == ["3", "2", "0", "0", "0", "0", "1"]
    problems = page.get_by_test_id("icis-problems")
    await expect(problems).to_contain_text("Co má ICIS opravit: 2")
    await problems.locator("summary").press("Enter")
    await expect(problems).to_contain_text("I-502")
    await expect(problems).to_contain_text("Mobil")
    await expect(problems).to_contain_text("Chybí příjmení i název firmy.")
    for width in (1440, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    agent = await somebody(browser, system, "jana")
    await agent.get_by_role("combobox", name="Hledat klienta").fill("vilem synk")
    await expect(agent.get_by_text("Vilemína Synková").first).to_be_visible()
