"""A recording from the agent's key to the supervisor's ears: paused, found, drawn, played, taken away, and found damaged."""

import io
import re
from pathlib import Path

import soundfile
from playwright.async_api import expect

from tests.support.desk import become_ready, expect_activity, expect_phase, sign_in, start_shift, window

NOTE = "Diktovala číslo karty, řeší přeplatek na pojistném."


async def test_recording_is_paused_found_drawn_played_taken_away_and_found_damaged(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    await become_ready(page)
    caller = system.call(seconds=100, caller="+420605111222")
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Enter")
    await expect_phase(page, "ACTIVE")
    lamp = page.get_by_test_id("call-lamp")
    await expect(lamp).to_have_attribute("data-recording", "true")
    await page.wait_for_timeout(600)
    await page.keyboard.press("Alt+KeyR")
    await expect(lamp).to_have_attribute("data-recording", "false")
    await expect(page.get_by_test_id("call-recording")).to_have_attribute("aria-pressed", "true")
    await page.wait_for_timeout(1_200)
    await page.keyboard.press("Alt+KeyR")
    await expect(lamp).to_have_attribute("data-recording", "true")
    await page.wait_for_timeout(600)
    await page.keyboard.press("Alt+KeyN")
    await page.keyboard.type(NOTE)
    await page.keyboard.press("Alt+KeyZ")
    await expect_phase(page, "WRAP_UP")
    await page.keyboard.press("Alt+KeyW")
    await expect_phase(page, "NONE")
    await expect_activity(page, "READY")
    caller.hang_up()

    await page.goto(f"{system.url}/history")
    await page.get_by_test_id("history-words").fill("cislo KARTY")
    await expect(page.get_by_test_id("history-total")).to_have_attribute("data-total", "1")
    await page.get_by_test_id("history-words").fill("605 111 222")
    await expect(page.get_by_test_id("history-row")).to_contain_text("605 111 222")
    await page.get_by_test_id("history-row").click()
    await expect(page.get_by_test_id("record")).to_contain_text("Nahrávání pozastaveno")
    await expect(page.get_by_test_id("recording-gap")).to_have_count(1)
    wave = page.get_by_test_id("recording-wave")
    await expect(wave).to_contain_text("nenahráváno")
    await wave.focus()
    await page.keyboard.press("Space")
    recording = page.get_by_test_id("recording")
    await page.wait_for_timeout(700)
    assert await recording.evaluate("audio => audio.currentTime") > 0.2
    await page.keyboard.press("Space")
    assert await recording.evaluate("audio => audio.paused")
    await page.keyboard.press("Home")
    await expect(wave).to_have_attribute("aria-valuenow", "0")
    await expect(page.get_by_role("link", name="mp3")).to_have_count(0)
    await page.get_by_test_id("history-words").fill("nic takového")
    await expect(page.get_by_text("Zkuste ubrat podmínky")).to_be_visible()
    await page.get_by_test_id("history-clear").click()
    await expect(page.get_by_test_id("history-row").first).to_be_visible()

    boss = await window(browser)
    await sign_in(boss, system, "dana")
    await boss.goto(f"{system.url}/history")
    await boss.get_by_test_id("history-words").fill("přeplatek")
    await expect(boss.get_by_test_id("history-total")).to_have_attribute("data-total", "1")
    await boss.get_by_test_id("history-row").click()
    async with boss.expect_download() as download:
        await boss.get_by_role("link", name="mp3").click()
    taken = Path(await (await download.value).path())
    assert soundfile.info(io.BytesIO(taken.read_bytes())).format == "MP3"
    source = await boss.get_by_test_id("recording").get_attribute("src")
    id = re.search(r"/recordings/(.+)/audio", source).group(1)
    stored = Path(system.folder) / "files" / "kept" / id[:2] / f"{id}.kcr"
    await boss.wait_for_timeout(100)
    for _ in range(100):
        if stored.exists():
            break
        await boss.wait_for_timeout(100)
    whole = bytearray(stored.read_bytes())
    whole[300] ^= 1
    stored.write_bytes(whole)
    await boss.reload()
    await boss.get_by_test_id("history-words").fill("přeplatek")
    await boss.get_by_test_id("history-row").first.click()
    await expect(boss.get_by_test_id("recording-failed")).to_be_visible()
