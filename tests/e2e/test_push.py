"""A push all the way: the server encrypts, a push service carries, the browser's service worker opens it and announces.

Firefox with a push service of the tests' own; Chromium, whose push service cannot be had here, gets the message by its
developer tools.
"""

import json
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, async_playwright, expect

from tests.support import desk
from tests.support.autopush import Autopush
from tests.support.chromium import executable
from tests.support.desk import expect_activity, sign_in, start_shift, window
from tests.support.web import served

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration.getNotifications()).map((n) => ({title: n.title, body: n.body, tag: n.tag}));
}"""
WORKER_SHOWN = (
    "async () => (await self.registration.getNotifications()).map((n) => n.title + '|' + n.body + '|' + n.tag)"
)


async def shown(page: Page, count: int) -> list[dict]:
    """What the browser announces; the page is of the same origin, and no page of the app."""
    for _ in range(100):
        found = await page.evaluate(SHOWN)
        if len(found) == count:
            return found
        await page.wait_for_timeout(100)
    raise AssertionError(found)


async def test_agt_04_firefox_announces_an_offer_with_the_app_closed_and_takes_it_back_when_it_is_over(system):
    push = Autopush(system.push_port)
    async with served(push.app, system.push_port), desk.firefox(**push.preferences) as browser:
        page = await window(browser)
        await sign_in(page, system, "jana")
        await start_shift(page)
        await page.get_by_test_id("push-on").click()
        await expect(page.get_by_test_id("push")).to_have_attribute("data-push", "on", timeout=20_000)
        await expect(page.get_by_test_id("push")).to_have_attribute("data-rings", "true")
        await desk.become_ready(page)
        await page.goto("about:blank")  # the app is closed; its telephone goes, the agent stays ready
        caller = system.call(seconds=60, press="1")
        await push.taken(1)
        await page.goto(f"{system.url}/icon.svg")
        (offer,) = await shown(page, 1)
        assert offer["title"] == "Příchozí hovor" and offer["body"]
        assert "777" not in json.dumps(offer)
        caller.hang_up()
        await push.taken(2)
        assert await shown(page, 0) == []

        await page.goto(system.url)
        await expect(page.get_by_test_id("presence")).to_be_visible()
        push.gone = True
        await start_shift(page)
        await expect_activity(page, "READY")
        second = system.call(seconds=30, press="1")
        await expect(page.get_by_test_id("push")).to_have_attribute("data-rings", "false", timeout=30_000)
        second.hang_up()


async def test_agt_04_chromium_announces_what_is_pushed_in_the_language_asked_for(system, tmp_path):
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=executable(), args=[*desk.ARGUMENTS], headless=True
        )
        await context.grant_permissions(["notifications"], origin=system.url)
        page = await window(context)
        tools = await context.new_cdp_session(page)
        registrations: list[dict] = []
        tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
        await tools.send("ServiceWorker.enable")
        await page.goto(system.url)
        await expect(page.get_by_test_id("sign-in")).to_be_visible()
        await page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        worker = context.service_workers[0]
        await page.goto("about:blank")
        until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()

        async def pushed(**note: object) -> list[str]:
            data = {"tag": "t", "until": until, "queue": None, "title": None, "body": None, "path": "/", "lang": None}
            await tools.send(
                "ServiceWorker.deliverPushMessage",
                {
                    "origin": system.url,
                    "registrationId": registrations[-1]["registrationId"],
                    "data": json.dumps(data | note),
                },
            )
            await page.wait_for_timeout(500)
            return await worker.evaluate(WORKER_SHOWN)

        assert await pushed(kind="offer", queue="Platby") == ["Příchozí hovor|Platby|t"]
        assert await pushed(kind="offer", queue="Platby", lang="en") == ["Incoming call|Platby|t"], "one for one offer"
        assert await pushed(kind="cancel") == []
        assert await pushed(kind="alert", title="Dlouho čeká", body="Platby", tag="a") == ["Dlouho čeká|Platby|a"]
        past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        assert await pushed(kind="offer", tag="late", until=past) == ["Dlouho čeká|Platby|a"], "too late is not shown"
        await context.close()
