"""The browser's host gets another address in mid-call (a network namespace): the caller stays up and they talk again."""

import asyncio
import time

from tests.e2e.test_call_in_browser import AGENT_TONE, CALLER_TONE, contact_of, hears, outcome
from tests.support.agent_browser import AgentBrowser
from tests.support.baresip import Baresip, write_wav
from tests.support.netns import HERE, OtherHost
from tests.support.rtp_phone import tone
from tests.support.system import DIRECT, System


async def test_new_address_in_mid_call_talks_again_within_3_seconds(tmp_path):
    with OtherHost() as host:
        trusted = "127.0.0.0/8 10.213.7.0/24"
        async with System(agents=1, wrap_up_s=30, address=HERE, trusted=trusted, trusted_networks=trusted) as system:
            url = f"http://{HERE}:{system.port}"
            source = write_wav(tmp_path / "caller.wav", tone(CALLER_TONE, 0, 8000 * 120, 8000))
            browser = AgentBrowser(
                url,
                AGENT_TONE,
                tmp_path,
                executable=host.program("/usr/bin/chromium"),
                arguments=(f"--unsafely-treat-insecure-origin-as-secure={url}",),
            )
            async with browser as agent, Baresip(source) as phone:
                await agent.sign_in("a0", system.password)
                await agent.start_shift()
                await phone.call(DIRECT.removeprefix("+420"), system.sip_port, HERE)
                await phone.until("CALL_ESTABLISHED")
                await agent.phase("OFFERED")
                await agent.page.keyboard.press("Alt+a")
                await agent.phase("ACTIVE")
                await agent.hears(CALLER_TONE)
                await hears(phone, AGENT_TONE)
                contact = await contact_of(system)
                heard = len(phone.heard())

                host.move()
                begun = time.monotonic()
                await asyncio.sleep(0.5)  # what was buffered of before is over
                await agent.hears(CALLER_TONE, within=5)
                await hears(phone, AGENT_TONE, within=5)
                assert time.monotonic() - begun < 3.0
                assert len(phone.heard()) > heard
                await asyncio.sleep(1)
                await agent.hears(CALLER_TONE, within=1)
                await agent.page.keyboard.press("Alt+z")
                await phone.until("CALL_CLOSED")
                assert await outcome(system, contact) == ("handled", "agent")
