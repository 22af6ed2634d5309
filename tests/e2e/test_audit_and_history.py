"""What administrators can prove and take back: the audit is searched, the history of the settings shows and undoes a slip."""

import re
import tempfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.test_accessibility import findings
from tests.e2e.test_settings import administrator, field, line, saved
from tests.support.desk import sign_in, window
from tests.support.installation import System


@pytest.fixture(scope="module")
def system():
    """Of its own: its audit and its versions of the settings are counted."""
    with tempfile.TemporaryDirectory(prefix="kc-audit-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


def row(page, action: str):
    return page.locator(f'[data-testid=audit-row][data-action="{action}"]')


async def pick(page, test_id: str, words: str, option: str) -> None:
    """By keyboard: typed until only what is wanted is left."""
    box = page.get_by_test_id(test_id).get_by_role("combobox")
    await box.fill(words)
    await expect(page.get_by_role("option")).to_have_count(1)
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(box).to_have_value(re.compile(option))


async def test_sec_11_who_looked_at_a_client_is_found_and_shown_whole(system, browser):
    agent = await window(browser)
    await sign_in(agent, system, "jana")
    for client in (1, 2):
        await agent.goto(f"{system.url}/clients/{client}")
        await expect(agent.locator("main")).to_contain_text("Upravit")

    page = await administrator(browser, system, "audit")
    # with the service worker in charge, which must leave the files to the server
    await page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    await page.reload()
    assert await page.evaluate("navigator.serviceWorker.controller !== null")
    await expect(page.get_by_test_id("audit-seal")).to_have_attribute("data-state", "good")
    await expect(row(page, "signIn").first).to_be_visible()
    await pick(page, "audit-action", "zobrazení karty klienta", "Zobrazení karty klienta")
    await expect(page.get_by_test_id("audit-row")).to_have_count(2)
    await page.get_by_text("Další podmínky").press("Enter")
    await page.get_by_test_id("audit-subject").fill("client:1")
    await expect(page.get_by_test_id("audit-row")).to_have_count(1)
    await expect(page.get_by_test_id("audit-total")).to_have_text("1 řádek")
    found = row(page, "clientCard")
    await expect(found).to_contain_text("Jana Nováková")
    await expect(found).to_contain_text("klient 1")
    await expect(found).to_contain_text("provedeno")
    await found.press("Enter")
    record = page.get_by_test_id("audit-record")
    for said in ("Jana Nováková (jana)", "127.0.0.1", "clientCard", "client:1"):
        await expect(record).to_contain_text(said)
    await expect(page.get_by_test_id("audit-parameters")).to_contain_text("id")
    await expect(page.get_by_test_id("audit-found")).to_contain_text("count")

    # the file has what the list has, and both files are in the audit themselves
    for kind in ("csv", "jsonl"):
        async with page.expect_download() as given:
            await page.get_by_test_id(f"audit-{kind}").click()
        text = Path(await (await given.value).path()).read_text()
        assert "clientCard" in text and "client:2" not in text
    await page.get_by_test_id("audit-clear").press("Enter")
    await page.get_by_test_id("audit-reload").press("Enter")
    await expect(row(page, "audit.export")).to_have_count(2)

    # nothing of that kind, then nothing asked any more
    await page.get_by_test_id("audit-words").fill("tohle nikdo nikdy nenapsal")
    await expect(page.get_by_text("Nic takového tu není.")).to_be_visible()
    await page.get_by_test_id("audit-clear").press("Enter")
    await expect(page.get_by_test_id("audit-words")).to_have_value("")
    first = page.get_by_test_id("audit-row").first
    await first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("audit-row").nth(1)).to_be_focused()

    # a command and what came of it stand together
    await pick(page, "audit-person", "jana", "Jana Nováková")
    await expect(page.get_by_test_id("audit-row").first).to_be_visible()
    await row(page, "signIn").first.press("Enter")
    await expect(record).to_contain_text("Přihlášení")
    await expect(page.get_by_text("Týž požadavek také")).to_be_visible()


async def test_sec_11_audit_that_cannot_be_read_says_so_and_is_read_again(system, browser):
    page = await administrator(browser, system, "queues")
    await page.route(
        "**/graphql", lambda route: route.abort() if '"after":null' in route.request.post_data else route.continue_()
    )
    await page.goto(f"{system.url}/settings/audit")
    await expect(page.get_by_role("alert")).to_contain_text("Záznam se nepodařilo načíst")
    await page.unroute("**/graphql")
    await page.get_by_test_id("audit-more").press("Enter")
    await expect(page.get_by_test_id("audit-row").first).to_be_visible()


async def test_a_slip_in_a_queue_is_found_in_the_history_and_undone(system, browser):
    page = await administrator(browser, system, "queues")
    await (await line(page, "Platby")).press("Enter")
    ring = field(page, "ring_timeout_s")
    before = await ring.input_value()
    await ring.fill("150")
    await saved(page)
    await page.get_by_test_id("history-here").press("Enter")
    changes = page.get_by_test_id("change")
    await expect(changes).to_have_count(1)
    change = changes.first
    await expect(change).to_contain_text(system.logins["spravce"].name)
    difference = change.locator('[data-field="ring_timeout_s"]')
    await expect(difference.get_by_role("cell")).to_have_text([before, "150"])

    await change.get_by_test_id("change-undo").press("Enter")
    dialog = page.get_by_test_id("undo-dialog")
    await expect(dialog.locator('[data-field="ring_timeout_s"]').get_by_role("cell")).to_have_text(["150", before])
    assert await findings(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(changes).to_have_count(1)
    await change.get_by_test_id("change-undo").press("Enter")
    await dialog.get_by_test_id("undo-sure").press("Enter")
    await expect(page.get_by_test_id("changes-status")).to_contain_text("je vrácená")
    await expect(changes).to_have_count(2)
    await expect(changes.first).to_contain_text("vrátila")
    await changes.first.get_by_role("link", name="otevřít").press("Enter")
    await expect(ring).to_have_value(before)

    # the old change is no longer what is in force: nothing is put back, and it is said
    await page.go_back()
    await changes.last.get_by_test_id("change-undo").press("Enter")
    await expect(dialog).to_have_attribute("data-state", "would")
    await expect(dialog).to_contain_text("Od té doby se to měnilo znovu")


async def test_a_change_that_cannot_be_put_back_is_refused_with_the_reason(system, browser):
    """A queue lost its calendar, then the calendar went: the queue cannot have it again, and nothing changes."""
    page = await administrator(browser, system, "calendars/new")
    await field(page, "name").fill("Jen letos")
    await saved(page)
    calendar = (await system.sql("SELECT id FROM calendar WHERE name = 'Jen letos'"))[0][0]
    queue = (await system.sql("SELECT id FROM queue WHERE name = 'Platby'"))[0][0]
    for put in (calendar, None):
        await page.evaluate(SAVE_QUEUE, {"id": queue, "calendar": put})
    await page.goto(f"{system.url}/settings/history/calendars")
    await page.get_by_test_id("change").first.get_by_test_id("change-undo").press("Enter")
    await page.get_by_test_id("undo-sure").press("Enter")
    await expect(page.get_by_test_id("changes-status")).to_contain_text("je vrácená")
    await page.goto(f"{system.url}/settings/history/queues")
    await page.get_by_test_id("change").first.get_by_test_id("change-undo").press("Enter")
    problems = page.get_by_test_id("undo-problems")
    await expect(problems).to_contain_text("nezměnilo se nic")
    await expect(problems).to_contain_text("Fronty „Platby“, Provozní doba: „Jen letos“ už není (Provozní doba)")
    await expect(page.get_by_test_id("undo-sure")).to_have_count(0)
    rows = await system.sql("SELECT options->>'calendar' FROM queue WHERE id = :q", q=queue)
    assert rows[0][0] is None


async def test_taking_back_looser_rules_of_calls_out_first_names_what_it_cuts_off(system, browser):
    page = await administrator(browser, system, "lines")
    await page.evaluate(SAVE_RULES, ["+420602"])
    await page.evaluate(SAVE_RULES, [])
    await page.get_by_test_id("add-groups").press("Enter")
    await field(page, "groups.0.lines.0.name").fill("Posudkový lékař")
    await field(page, "groups.0.lines.0.number").fill("602 333 444")
    await saved(page)
    await page.goto(f"{system.url}/settings/history/settings:calls")
    changes = page.get_by_test_id("change")
    await changes.first.get_by_test_id("change-undo").press("Enter")
    dialog, named = page.get_by_test_id("undo-dialog"), page.get_by_test_id("undo-cut-off").get_by_role("listitem")
    await expect(named).to_have_text([re.compile("„Posudkový lékař“: 602\u00a0333\u00a0444$")])
    assert await findings(page) == []
    for width in (1440, 820, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    await page.get_by_test_id("undo-close").press("Enter")
    await expect(dialog).to_have_count(0)
    kept = await system.sql("SELECT value->'outside'->'refused' FROM setting WHERE name = 'calls'")
    assert kept[0][0] == []
    await changes.first.get_by_test_id("change-undo").press("Enter")
    await expect(page.get_by_test_id("undo-sure")).to_have_text("Přesto vrátit")
    await page.get_by_test_id("undo-sure").press("Enter")
    await expect(page.get_by_test_id("changes-status")).to_contain_text("je vrácená")
    kept = await system.sql("SELECT value->'outside'->'refused' FROM setting WHERE name = 'calls'")
    assert kept[0][0] == ["+420602"]


SAVE_RULES = """async refused => {
  const ask = (query, variables) => fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({query, variables})}).then(answer => answer.json());
  const {data} = await ask('{ callSettings }');
  const {outside} = data.callSettings;
  const {data: done} = await ask('mutation($c: JSON!) { saveCallSettings(calls: $c) { __typename } }',
    {c: {...data.callSettings, outside: {...outside, refused}}});
  if (done.saveCallSettings.__typename !== 'SettingSaved') throw new Error(done.saveCallSettings.__typename);
}"""

SAVE_QUEUE = """async ({id, calendar}) => {
  const ask = (query, variables) => fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({query, variables})}).then(answer => answer.json());
  const {data} = await ask('{ routingSettings { queues { id body } } }');
  const {body} = data.routingSettings.queues.find(each => each.id === id);
  const queue = {...body, options: {...body.options, calendar}};
  const {data: done} = await ask('mutation($q: JSON!, $i: Int) { saveQueue(queue: $q, id: $i) { __typename } }',
    {q: queue, i: id});
  if (done.saveQueue.__typename !== 'SettingSaved') throw new Error(done.saveQueue.__typename);
}"""


async def test_every_section_leads_to_its_history(system, browser):
    page = await administrator(browser, system, "users")
    for section, heading in (
        ("users", "accounts"), ("roles", "roles"), ("filters", "filters"), ("groups", "groups"), ("locations", "locations"),
        ("queues", "queues"), ("calendars", "calendars"), ("numbers", "numbers"), ("categories", "categories"),
    ):  # fmt: skip
        await page.goto(f"{system.url}/settings/{section}")
        await page.get_by_test_id("history-section").press("Enter")
        await page.wait_for_url(f"**/settings/history/{heading}")
    for section in ("clients", "calls", "directory", "openid", "passwords"):
        await page.goto(f"{system.url}/settings/{section}")
        await page.get_by_test_id("history-here").press("Enter")
        await page.wait_for_url(re.compile(f"/settings/history/settings(:|%3A){section}$"))
    for section, kind in (("breaks", "breaks"), ("skills", "queues"), ("lines", "lines")):
        await page.goto(f"{system.url}/settings/{section}")
        await page.get_by_test_id("history-here").press("Enter")
        await page.wait_for_url(f"**/settings/history/{kind}")


async def test_screens_beside_the_settings_lead_to_the_history_of_what_they_show(system, browser):
    page = await administrator(browser, system, "users")
    for n, kind in enumerate(("flows", "notices", "prompts")):
        await page.goto(f"{system.url}/menus")
        await page.get_by_test_id("history-section").nth(n).press("Enter")
        await page.wait_for_url(f"**/settings/history/{kind}")
    for path, link, wanted in (
        ("menus/1", "history-section", "flows(:|%3A)1"),
        ("walls", "history-section", "wallboards"),
        ("floor/limits", "history-here", "settings(:|%3A)alerts"),
    ):
        await page.goto(f"{system.url}/{path}")
        await page.get_by_test_id(link).press("Enter")
        await page.wait_for_url(re.compile(f"/settings/history/{wanted}$"))
    await expect(page.get_by_test_id("changes")).to_have_attribute("data-state", "idle")


async def test_sec_09_an_administrator_signs_somebody_out_and_takes_a_lost_second_factor_away(system, browser):
    hers = await window(browser)
    await sign_in(hers, system, "ema")
    await system.sql("UPDATE user_account SET totp_secret = 'x' WHERE login = 'ema'")
    page = await administrator(browser, system, "users")
    await (await line(page, "Ema")).press("Enter")
    await page.get_by_test_id("end-sessions").press("Enter")
    await page.get_by_role("button", name="Ne", exact=True).press("Enter")
    await expect(page.get_by_test_id("end-sessions")).to_be_enabled()
    await page.get_by_test_id("end-sessions").press("Enter")
    await page.get_by_test_id("sure").press("Enter")
    await expect(hers.get_by_test_id("sign-in")).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("teď není přihlášen")).to_be_visible()
    await page.get_by_test_id("reset-factors").press("Enter")
    await page.get_by_test_id("sure").press("Enter")
    await expect(page.get_by_text("nemá druhý faktor")).to_be_visible()
    await expect(page.get_by_test_id("reset-factors")).to_be_disabled()
    rows = await system.sql("SELECT totp_secret FROM user_account WHERE login = 'ema'")
    assert rows[0][0] is None


@pytest.mark.parametrize("width", [1440, 820, 390, 320])
async def test_audit_and_history_fit(system, browser, width):
    page = await administrator(browser, system, "audit", viewport={"width": width, "height": 900})
    first = page.get_by_test_id("audit-row").first
    await first.press("Enter")
    await expect(page.get_by_test_id("audit-record")).to_be_visible()
    assert await findings(page) == []
    if width < 1100:
        back = page.get_by_role("button", name="Zpět na seznam")
        await expect(back).to_be_focused()
        await back.press("Enter")
        await expect(first).to_be_focused()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.goto(f"{system.url}/settings/history")
    await expect(page.get_by_test_id("changes")).to_have_attribute("data-state", "idle")
    assert await findings(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
