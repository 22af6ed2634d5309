"""Pictures of calls with several people: ``python -m tests.e2e.shots_of_calls``. They lie in ``screenshots/``."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.screenshots import OUT, shoot
from tests.e2e.test_call_control_desk import BUSY, NUMBER, OUTSIDE, Office, choose, mine
from tests.support import desk
from tests.support.callee import Callees
from tests.support.caller import Callers
from tests.support.system import System


async def day(office: Office) -> None:
    jana = await office.enter("jana")
    await jana.keyboard.press("Alt+KeyC")
    await jana.keyboard.type("čern")
    await expect(jana.get_by_test_id("target").first).to_contain_text("ern")
    await shoot(jana, "dial", ("light",))
    await jana.keyboard.press("Escape")
    await office.call(jana)
    await jana.keyboard.press("Alt+KeyG")
    await expect(jana.get_by_test_id("parked-call")).to_have_count(1)
    await shoot(jana, "parked", ("light",))
    await jana.keyboard.press("Alt+KeyV")
    await mine(jana, "talking")
    petr = await office.enter("petr")
    await jana.keyboard.press("Alt+KeyT")
    await expect(jana.get_by_test_id("target").first).to_be_visible()
    await shoot(jana, "transfer")
    await jana.keyboard.press("Escape")
    await jana.keyboard.press("Alt+KeyK")
    await jana.keyboard.type("1")
    await expect(jana.get_by_test_id("keypad-sent")).to_have_text("1")
    await shoot(jana, "keypad")
    await jana.keyboard.press("Escape")
    await choose(jana, "Alt+KeyO", "Petr")
    await expect(petr.get_by_test_id("offer")).to_be_visible()
    await shoot(petr, "asked", ("light",))
    await shoot(jana, "consult-ringing", ("light",))
    await petr.keyboard.press("Alt+KeyA")
    await mine(petr, "guest")
    await shoot(jana, "consult")
    await shoot(petr, "guest", ("light",))
    await jana.keyboard.press("Alt+KeyJ")
    await expect(jana.get_by_test_id("strip-leave")).to_be_enabled()
    dana = await office.enter("dana", ready=False)
    await dana.get_by_role("link", name="Přehled").click()
    await shoot(dana, "floor-idle", ("light",))
    await dana.get_by_test_id("floor-whisper").click()
    await expect(jana.get_by_test_id("call-strip")).to_contain_text("Dana")
    await shoot(jana, "conference")
    await shoot(dana, "supervision")
    await dana.get_by_test_id("supervise-end").click()
    await jana.get_by_test_id("drop-1").or_(jana.get_by_role("button", name="Odpojit: Petr Svoboda")).click()
    await mine(petr, "none")
    await choose(jana, "Alt+KeyT", "Petr")
    await expect(petr.get_by_test_id("offer")).to_be_visible()
    await shoot(jana, "transferring", ("light",))
    await petr.keyboard.press("Alt+KeyX")
    await expect(jana.get_by_test_id("transfer-failed")).to_be_visible()
    await shoot(jana, "came-back")
    await jana.keyboard.press("?")
    await shoot(jana, "help", ("light",))
    await jana.keyboard.press("Escape")


async def main() -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kc-shots-") as folder:
        async with (
            System(agents=1, wrap_up_s=60, ring_timeout_s=60) as system,
            Callees(system.pbx_port, {NUMBER: OUTSIDE, BUSY: 486}),
            Callers(system.sip_port) as callers,
            desk.browser(Path(folder)) as browser,
        ):
            await day(Office(system, browser, callers))


if __name__ == "__main__":
    asyncio.run(main())
