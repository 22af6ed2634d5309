"""Accounts, roles and the skills matrix on screens: an administrator lets somebody in, says what they may, and fills the
matrix from a spreadsheet."""

import asyncio
import re
import tempfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.test_accessibility import findings
from tests.e2e.test_settings import administrator, field, line, saved
from tests.support.desk import window
from tests.support.installation import System

AGENTS, QUEUES = 200, 40


@pytest.fixture(scope="module")
def system():
    """Of its own: hundreds of accounts and queues must not meet the other tests."""
    with tempfile.TemporaryDirectory(prefix="kc-access-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


async def test_adm_02_04_an_account_with_a_role_of_its_own_signs_in_and_sees_what_it_may(system, browser):
    page = await administrator(browser, system, "roles/agent")
    await page.get_by_test_id("copy-role").press("Enter")
    await field(page, "name").fill("Operátor bez vytáčení")
    await page.get_by_role("checkbox", name="Volat ven: vše").uncheck()
    await saved(page)
    await page.get_by_role("link", name="Uživatelé").press("Enter")
    await expect(page.get_by_role("heading", name="Uživatelé")).to_be_visible()
    await page.get_by_test_id("setting-new").press("Enter")
    await field(page, "name").fill("Klára Nová")
    await field(page, "login").fill("dana")
    await page.get_by_label("Operátor bez vytáčení").check()
    await page.get_by_test_id("save").press("Enter")
    await expect(field(page, "login")).to_have_attribute("aria-invalid", "true")
    await field(page, "login").fill("klara")
    await saved(page)
    await page.get_by_test_id("initial-password").press("Enter")
    await page.get_by_test_id("sure").press("Enter")
    password = await page.get_by_test_id("password").inner_text()
    why = page.get_by_test_id("explain")
    await expect(why.get_by_test_id("verdict")).to_have_attribute("data-allowed", "true")
    await why.get_by_test_id("why-action").get_by_role("button").press("Enter")
    await page.get_by_role("option", name="Volat ven").press("Enter")
    await expect(why.get_by_test_id("verdict")).to_have_attribute("data-allowed", "false")
    assert await findings(page) == []

    hers = await window(browser)
    await hers.goto(system.url)
    await hers.fill("[name=login]", "klara")
    await hers.fill("[name=password]", password)
    await hers.get_by_test_id("sign-in-submit").press("Enter")
    for name in ("new-password", "new-password-again"):
        await hers.fill(f"[name={name}]", "čtyři modré židle")
    await hers.get_by_test_id("new-password-form").locator("button[type=submit]").press("Enter")
    await expect(hers.get_by_role("link", name="Pracoviště")).to_be_visible()
    await expect(hers.get_by_role("link", name="Nastavení")).to_have_count(0)

    await page.locator('[data-field="active"]').first.uncheck()
    await saved(page)
    await expect(hers.get_by_test_id("sign-in")).to_be_visible(timeout=40_000)


async def test_adm_21_a_matrix_of_200_by_40_is_pasted_and_three_bad_cells_are_named(system, browser):
    await system.sql(
        "INSERT INTO user_account (login, name, password_hash)"
        " SELECT 'm' || n, 'Agent ' || to_char(n, 'FM000'), '' FROM generate_series(1, :n) n",
        n=AGENTS,
    )
    await system.sql(
        "INSERT INTO queue (name) SELECT 'A' || to_char(n, 'FM00') FROM generate_series(1, :n) n", n=QUEUES
    )
    await system.sql("UPDATE settings_version SET version = version + 1")
    page = await administrator(browser, system, "skills")
    grid = page.get_by_test_id("matrix")
    async with asyncio.timeout(60):
        while int(await grid.get_attribute("aria-rowcount") or 0) < AGENTS:  # the settings are not yet read anew
            await page.wait_for_timeout(1_000)
            await page.reload()
    await page.get_by_label("Hledat operátora").fill("Agent ")
    await expect(grid).to_have_attribute("aria-rowcount", str(AGENTS + 1))

    block = [[str((r + c) % 10) for c in range(QUEUES)] for r in range(AGENTS)]
    spoiled = [list(row) for row in block]
    spoiled[0][17], spoiled[99][3], spoiled[199][39] = "abc", "1000", "1,5"
    await paste(page, spoiled)
    wrong = page.get_by_test_id("matrix-wrong")
    await expect(wrong.get_by_role("button")).to_have_text(
        [
            "Agent 001 × A18: „abc“ není celé číslo",
            "Agent 100 × A04: „1000“ není od 0 do 99",
            "Agent 200 × A40: „1,5“ není celé číslo",
        ]
    )
    await expect(page.get_by_test_id("save")).to_be_disabled()
    await page.keyboard.press("Control+s")
    assert await count(system) == 0
    # to the second of them by its button, mended by typing over it
    await wrong.get_by_role("button").nth(1).click()
    await page.keyboard.type("7")
    await page.keyboard.press("Enter")
    await expect(wrong.get_by_role("button")).to_have_count(2)
    # one step back for what was typed, one for the paste
    await grid.press("Control+z")
    await expect(wrong.get_by_role("button")).to_have_count(3)
    await grid.press("Control+z")
    await expect(wrong).to_have_count(0)
    await expect(page.get_by_test_id("form-status")).to_have_text("")

    await page.get_by_label("Hledat operátora").fill("Agent ")
    await paste(page, block)
    await expect(page.get_by_test_id("form-status")).to_have_text(re.compile(r"8\s000 změněných políček"))
    await page.keyboard.press("Control+s")
    await expect(page.get_by_test_id("form-status")).to_have_text("Uloženo, platí hned.", timeout=30_000)
    assert await count(system) == AGENTS * QUEUES
    assert await findings(page) == []


async def paste(page, block: list[list[str]]) -> None:
    """As a spreadsheet puts it on the clipboard, at the first cell."""
    grid = page.get_by_test_id("matrix")
    await grid.focus()
    await page.keyboard.press("Control+Home")
    text = "\r\n".join("\t".join(row) for row in block) + "\r\n"
    await grid.evaluate(
        "(grid, text) => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " grid.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }",
        text,
    )


async def count(system) -> int:
    rows = await system.sql(
        'SELECT count(*) FROM agent_queue a JOIN queue q ON q.id = a.queue JOIN user_account u ON u.id = a."user"'
        " WHERE q.name ~ '^A[0-9]' AND u.login ~ '^m[0-9]'"
    )
    return rows[0][0]


async def test_adm_16_17_a_filter_and_the_rights_of_a_group_are_set(system, browser):
    page = await administrator(browser, system, "filters/new")
    await field(page, "name").fill("Platby, měsíc")
    await field(page, "queues").check()
    await page.get_by_label("Platby", exact=True).check()
    await field(page, "days").fill("31")
    await saved(page)
    await page.goto(f"{system.url}/settings/groups")
    await (await line(page, "Externí call centrum")).press("Enter")
    await expect(field(page, "rights.closed")).to_be_checked()
    await page.get_by_test_id("section-rights").get_by_label("Platby, měsíc").check()
    await saved(page)
    rows = await system.sql("SELECT count(*) FROM group_filter")
    assert rows[0][0] == 1


@pytest.mark.parametrize("width", [1440, 820, 390])
async def test_screens_of_access_fit(system, browser, width):
    page = await administrator(browser, system, "users", viewport={"width": width, "height": 900})
    for path in ("users", "users/1", "roles/supervisor", "roles/new", "filters/new", "skills"):
        await page.goto(f"{system.url}/settings/{path}")
        await expect(page.get_by_test_id("settings")).to_be_visible()
        shown = page.locator(".setting-line, .role-grid, .matrix-view, .setting-form").filter(visible=True)
        await expect(shown.first).to_be_visible()
        assert await findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
