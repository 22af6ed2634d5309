"""The PWA can be installed: manifest, icons and service worker are what Chromium asks for, and the shell opens without the API."""

import asyncio
import os
import signal

from tests.support.agent_browser import AgentBrowser
from tests.support.system import System


async def test_chromium_finds_nothing_against_installing(tmp_path):
    async with System(agents=1) as system, AgentBrowser(system.url, 650.0, tmp_path) as agent:
        await agent.sign_in("a0", system.password)
        await agent.until("async () => !!(await navigator.serviceWorker.getRegistration())?.active", 15)
        devtools = await agent.context.new_cdp_session(agent.page)
        manifest = await devtools.send("Page.getAppManifest")
        assert manifest["errors"] == [] and manifest["url"].endswith("/manifest.webmanifest")
        found = await devtools.send("Page.getInstallabilityErrors")
        # A private window, which each test has, cannot install anything.
        assert [e["errorId"] for e in found["installabilityErrors"] if e["errorId"] != "in-incognito"] == []

        os.kill(system.services[0].process.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(10):
                await agent.page.reload(wait_until="commit")
                await agent.page.locator("#root > *").first.wait_for()
        finally:
            os.kill(system.services[0].process.pid, signal.SIGCONT)
        assert agent.problems == []
