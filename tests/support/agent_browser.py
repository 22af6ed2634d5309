"""An agent in headless Chromium: signs in, starts the shift, and measures what the browser hears."""

import asyncio
import contextlib
import shutil
import time
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright, TimeoutError, async_playwright

from tests.support.baresip import write_wav
from tests.support.chromium import ARGUMENTS
from tests.support.rtp_phone import PALETTE, tone

HEARD = """async (palette) => {
  const audio = document.getElementById('call-audio');
  if (!audio || !audio.srcObject) return {level: 0, tones: []};
  if (window.kcProbe?.stream !== audio.srcObject) {
    const context = window.kcProbe?.context ?? new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 16384; analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    window.kcProbe = {stream: audio.srcObject, context, analyser};
    await context.resume();
  }
  const {context, analyser} = window.kcProbe;
  const time = new Float32Array(4800); analyser.getFloatTimeDomainData(time);
  const level = Math.sqrt(time.reduce((a, x) => a + x * x, 0) / time.length);
  const tones = palette.map((f) => {
    let re = 0, im = 0, w = 0;
    time.forEach((x, n) => {
      const h = 0.5 - 0.5 * Math.cos(2 * Math.PI * n / time.length), p = 2 * Math.PI * f * n / context.sampleRate;
      re += h * x * Math.cos(p); im += h * x * Math.sin(p); w += h;
    });
    return [f, 2 * Math.hypot(re, im) / w];
  });
  return {level, tones};
}"""
FLOOR = 0.02
"""Amplitude of full scale below which a tone is not there."""


class AgentBrowser:
    """``async with AgentBrowser(url, frequency, folder) as agent``: the microphone says a tone."""

    def __init__(
        self, url: str, frequency: float, folder: Path, *, executable: str = "", arguments: tuple[str, ...] = ()
    ) -> None:
        self.url = url
        self.executable = executable or shutil.which("chromium") or ""
        assert self.executable, "Chromium is missing: apt-get install chromium"
        microphone = write_wav(folder / f"microphone-{frequency:.0f}.wav", tone(frequency, 0, 8000 * 30, 8000))
        self.arguments = [*ARGUMENTS, f"--use-file-for-fake-audio-capture={microphone}", *arguments]
        self.size = {"width": 1440, "height": 900}

    async def __aenter__(self) -> "AgentBrowser":
        self._playwright: Playwright = await async_playwright().start()
        self.browser: Browser = await self._playwright.chromium.launch(
            executable_path=self.executable, args=self.arguments, headless=True
        )
        self.context: BrowserContext = await self.browser.new_context(viewport=self.size, locale="cs-CZ")
        # A steady tone is noise to the browser's noise suppression: the levels are measured without it.
        await self.context.add_init_script("localStorage.setItem('kc.audio', JSON.stringify({processing: false}))")
        self.page: Page = await self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.browser.close()
        await self._playwright.stop()

    async def sign_in(self, login: str, password: str) -> None:
        await self.page.goto(self.url)
        await self.page.fill("[name=login]", login)
        await self.page.fill("[name=password]", password)
        await self.page.press("[name=password]", "Enter")
        await self.page.get_by_test_id("sign-in").wait_for(state="detached", timeout=15000)

    async def start_shift(self) -> None:
        """To a ready agent whose telephone is connected."""
        await self.page.get_by_role("button", name="Spustit směnu").first.click()
        await self._take_over_if_asked()
        await self.phone_connected()
        for _ in range(3):  # the server may hear of the telephone later than the page: then one presses again
            await self.page.keyboard.press("Alt+p")
            with contextlib.suppress(TimeoutError):
                return await self.activity("READY", 5)
        await self.activity("READY")

    async def _take_over_if_asked(self) -> None:
        """The browser of an earlier test may still hold the telephone: it was closed without a word."""
        until = time.monotonic() + 15
        take_over = self.page.get_by_test_id("take-over")
        while time.monotonic() < until and not await self.page.evaluate(
            "() => window.kcPhone?.state() === 'connected'"
        ):
            if await take_over.is_visible():
                await take_over.click()
                return
            await asyncio.sleep(0.05)

    async def phone_connected(self, within: float = 15) -> None:
        await self.until("() => window.kcPhone?.state() === 'connected'", within)

    async def activity(self, wanted: str, within: float = 15) -> None:
        await self.page.locator(f'[data-testid=presence][data-activity="{wanted}"]').wait_for(timeout=within * 1000)

    async def phase(self, wanted: str, within: float = 15) -> None:
        await self.page.locator(f'[data-testid=call-bar][data-phase="{wanted}"]').wait_for(timeout=within * 1000)

    async def until(self, condition: str, within: float = 10) -> None:
        until = time.monotonic() + within
        while not await self.page.evaluate(condition):
            assert time.monotonic() < until, f"not so after {within} s: {condition}"
            await asyncio.sleep(0.05)

    async def heard(self) -> dict[float, float]:
        """Amplitude (1 = full scale) of each tone of the palette that is there."""
        found = await self.page.evaluate(HEARD, list(PALETTE))
        return {f: a for f, a in found["tones"] if a > FLOOR}

    async def hears(self, *frequencies: float, within: float = 8) -> dict[float, float]:
        """Waits until exactly these tones are heard; their amplitudes."""
        until = time.monotonic() + within
        while True:
            found = await self.heard()
            if set(found) == set(frequencies):
                return found
            assert time.monotonic() < until, f"heard {found}, not {frequencies}"
            await asyncio.sleep(0.1)
