"""Signing in and the directory as people see them: a real browser, a real domain, real tickets, a virtual authenticator."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page, Route, expect

from tests.directory.test_windows import token
from tests.e2e.test_accessibility import findings
from tests.support import desk, samba
from tests.support.installation import ROOT, System

SHOTS = os.environ.get("KC_SHOTS")
SIZES = {"1440": (1440, 900), "820": (820, 1100), "390": (390, 844)}


@pytest.fixture(scope="module")
def system(domain):
    set_here = {
        "KC_DIRECTORY_PASSWORD": samba.READER_PASSWORD,
        "KC_DIRECTORY_CA": str(domain.ca),
        "KC_KEYTAB": str(domain.keytab),
    }
    os.environ.update(set_here)
    with tempfile.TemporaryDirectory(prefix="kc-directory-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        try:
            started.start()
            yield started
        finally:
            started.stop()
            for name in set_here:
                del os.environ[name]


async def shoot(page: Page, name: str) -> None:
    """axe finds nothing and nothing scrolls sideways, at each width; with KC_SHOTS also a picture."""
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        assert await findings(page) == [], f"{name} {size}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {size}"
        if SHOTS:
            await page.screenshot(path=ROOT / SHOTS / f"{name}-{size}.png", full_page=True)
    await page.set_viewport_size(desk.DESKTOP)


async def test_administrator_connects_the_directory_and_people_come_in_by_ticket_and_by_password(
    system, domain, tmp_path
):
    desk.page_errors.clear()
    async with desk.browser(tmp_path) as browser:
        admin = await desk.window(browser)
        await desk.sign_in(admin, system, "spravce")
        await admin.goto(f"{system.url}/settings/roles/copy-agent")
        await admin.get_by_label("Název").fill("Noční operátor")
        await admin.get_by_test_id("save").press("Enter")
        await admin.wait_for_url(re.compile(r"/settings/roles/\d+$"))
        await admin.goto(f"{system.url}/settings/directory")
        await admin.get_by_label("Přihlašovat účty z adresáře").check()
        await admin.get_by_role("button", name="Přidat řadič").press("Enter")
        await admin.locator('input[data-field="controllers.0"]').fill(domain.url(1))
        await admin.get_by_label("Doména").fill(samba.DOMAIN)
        await admin.get_by_label("Čtecí účet").fill(samba.READER)
        await admin.get_by_label("Nabízet přihlášení účtem Windows").check()
        await saved(admin)
        await admin.get_by_test_id("check").press("Enter")
        await expect(admin.get_by_test_id("finding")).to_contain_text("Funguje")
        await admin.get_by_role("button", name="Přidat pravidlo").press("Enter")
        await admin.get_by_label("Část názvu skupiny").fill("vsichni")
        await admin.get_by_label("Část názvu skupiny").press("Enter")
        await admin.get_by_role("button", name="KC_Vsichni").press("Enter")
        await admin.get_by_label("operátor", exact=True).check()
        await admin.get_by_label("Noční operátor").check()
        await saved(admin)
        await admin.get_by_test_id("sync-dry").press("Enter")
        run = admin.get_by_test_id("sync-run").first
        await expect(run).to_have_attribute("data-state", "DONE", timeout=30_000)
        await expect(run).to_contain_text("Jan Novák")
        await expect(run).to_contain_text("Nanečisto")
        await shoot(admin, "directory")
        await admin.get_by_test_id("sync").press("Enter")
        await expect(admin.get_by_test_id("sync-run")).to_have_count(2)
        await expect(admin.get_by_test_id("sync-run").first).to_have_attribute("data-state", "DONE", timeout=30_000)

        agent = await desk.window(browser)
        await agent.goto(system.url)
        await expect(agent.get_by_test_id("sign-in-windows")).to_be_visible()
        await shoot(agent, "sign-in")
        await agent.fill("[name=login]", "novak")
        await agent.fill("[name=password]", "Novak.Heslo1")
        await agent.get_by_test_id("sign-in-submit").press("Enter")
        await expect(agent.get_by_test_id("shift-start")).to_be_visible(timeout=15_000)

        # Chromium without a screen asks no ticket of the system: a real one is put into its request.
        ticket = await asyncio.to_thread(token, domain, "dvorak", "Dvorak.Heslo1", "HTTP@localhost")
        page = await desk.window(browser)

        async def with_ticket(route: Route) -> None:
            await route.continue_(headers=route.request.headers | {"authorization": f"Negotiate {ticket}"})

        await page.route("**/sign-in/negotiate", with_ticket)
        await page.goto(system.url)
        await expect(page.get_by_test_id("shift-start")).to_be_visible(timeout=15_000)
        await page.goto(f"{system.url}/account")
        await expect(page.get_by_test_id("session").filter(has_text="účtem Windows")).to_have_count(1)
    assert desk.page_errors == []


async def saved(page: Page) -> None:
    await page.get_by_test_id("save").press("Enter")
    await expect(page.get_by_test_id("form-status")).to_contain_text("Uloženo")


async def test_person_sets_up_codes_passkey_and_recovery_codes_and_comes_in_by_the_passkey_alone(system, tmp_path):
    desk.page_errors.clear()
    async with desk.browser(tmp_path) as browser:
        page = await desk.window(browser)
        await virtual_authenticator(page)
        await desk.sign_in(page, system, "petr")
        await page.goto(f"{system.url}/account")

        await page.get_by_test_id("second-factor-propose").press("Enter")
        secret = (await page.get_by_test_id("second-factor-secret").inner_text()).replace(" ", "")
        await page.fill("[name=confirm-code]", pyotp.TOTP(secret).now())
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("second-factor-remove")).to_be_visible()

        await page.get_by_test_id("passkey-new").press("Enter")
        await page.fill("[name=passkey-name]", "Notebook v práci")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("passkey")).to_contain_text("Notebook v práci")

        await page.get_by_test_id("codes-make").press("Enter")
        await expect(page.get_by_test_id("codes").locator("li")).to_have_count(10, timeout=desk.SLOW_MS)
        await shoot(page, "account-codes")
        await page.get_by_test_id("codes-kept").press("Enter")
        await expect(page.get_by_test_id("recovery-codes")).to_contain_text("Platí ještě 10 kódů")
        await shoot(page, "account")

        other = await desk.window(browser)
        await desk.sign_in(other, system, "petr")
        await page.reload()
        await expect(page.get_by_test_id("session")).to_have_count(2)
        await expect(page.get_by_test_id("new-devices")).to_be_visible()
        await shoot(page, "account-new-device")
        await page.get_by_test_id("devices-mine").press("Enter")
        await expect(page.get_by_test_id("new-devices")).to_have_count(0)
        await page.get_by_test_id("sessions-end").press("Enter")
        await expect(page.get_by_test_id("session")).to_have_count(1)

        await page.get_by_test_id("sign-out").press("Enter")
        await page.get_by_test_id("sign-in-passkey").press("Enter")
        await expect(page.get_by_test_id("shift-start")).to_be_visible(timeout=15_000)
    assert desk.page_errors == []


async def test_password_policy_is_set_and_a_wrong_password_explained(system, tmp_path):
    desk.page_errors.clear()
    async with desk.browser(tmp_path) as browser:
        admin = await desk.window(browser)
        await desk.sign_in(admin, system, "spravce")
        await admin.goto(f"{system.url}/settings/passwords")
        await admin.get_by_label("Nejmenší délka").fill("16")
        await saved(admin)
        await shoot(admin, "passwords")
        await admin.goto(f"{system.url}/account")
        await admin.get_by_test_id("password-change").press("Enter")
        await admin.fill("[name=old-password]", system.logins["spravce"].password)
        await admin.fill("[name=new-password]", "kratke")
        await admin.fill("[name=new-password-again]", "kratke")
        await admin.get_by_test_id("password-save").press("Enter")
        await expect(admin.get_by_test_id("password")).to_contain_text("Je příliš krátké.")
        await expect(admin.get_by_test_id("password")).to_contain_text("Aspoň 16 znaků")
        await shoot(admin, "account-password")
        await admin.goto(f"{system.url}/settings/openid")
        await expect(admin.get_by_test_id("section-openid")).to_be_visible()
        await shoot(admin, "openid")
    assert desk.page_errors == []


async def virtual_authenticator(page: Page) -> None:
    """Chromium's own: a platform authenticator whose user is always verified."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
