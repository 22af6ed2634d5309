"""Headless Chromium with a fake microphone that says a tone; pages come from a local HTTP server."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from tests.support.rtp_phone import tone

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


def executable() -> str:
    """Path of Chromium; its absence fails the test with the remedy."""
    found = shutil.which("chromium")
    if found is None:
        raise AssertionError("Chromium is missing: apt-get install chromium")
    return found


def microphone(path: Path, frequency: float) -> Path:
    """A WAV file of two seconds for the fake microphone."""
    samples = np.round(tone(frequency, 0, 16000, 8000)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def page_server() -> Iterator[str]:
    """Serves tests/support; yields the address of the browser page."""
    handler = functools.partial(_Quiet, directory=str(Path(__file__).parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/browser_page.html"
    server.shutdown()


@contextlib.asynccontextmanager
async def chromium(sound: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = [*ARGUMENTS, f"--use-file-for-fake-audio-capture={sound}"]
        browser = await playwright.chromium.launch(executable_path=executable(), args=arguments)
        yield browser
        await browser.close()


async def open_page(browser: Browser, address: str) -> Page:
    page = await browser.new_page()
    await page.goto(address)
    return page
