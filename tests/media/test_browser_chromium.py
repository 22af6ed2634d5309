"""A real Chromium as the agent's phone: tone both ways, keys, ICE restart, reload that keeps the leg."""

from __future__ import annotations

import asyncio
import time

from sip_bridge.media.protocol import (
    Address,
    BrowserLegChanged,
    BrowserLegOpened,
    BrowserState,
    DigitPressed,
    Done,
    Edge,
    LegStatistics,
    OpenBrowserLeg,
    OpenRtpLeg,
    RestartBrowserLeg,
    RtpLegOpened,
    SetTopology,
    Statistics,
)
from sip_bridge.webrtc.sdp import AudioOffer, LocalEnd, answer, read_offer
from tests.support.chromium import chromium, microphone, open_page, page_server

MICROPHONE, CALLER = 650.0, 950.0


def local_end(opened: BrowserLegOpened) -> LocalEnd:
    return LocalEnd(opened.ufrag, opened.password, opened.fingerprint, opened.port, opened.ssrc, ["127.0.0.1"])


async def sign_in(control, page, command=OpenBrowserLeg, action="offer()", version=1):
    offer = read_offer(await page.evaluate(action))
    assert isinstance(offer, AudioOffer)
    opened = await control.do(
        command(
            leg="agent",
            remote_ufrag=offer.ufrag,
            remote_password=offer.password,
            remote_fingerprint=offer.fingerprint,
            payload_type=offer.payload_type,
            telephone_event=offer.telephone_event,
        ),
        BrowserLegOpened,
    )
    await page.evaluate("sdp => accept(sdp)", answer(offer, local_end(opened), version=version))
    return offer, opened


async def page_hears(page, frequency, within=8.0):
    deadline = time.monotonic() + within
    loudest = None
    while time.monotonic() < deadline:
        loudest = await page.evaluate("loudest()")
        if abs(loudest - frequency) < 15:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the browser hears {loudest} Hz, wanted {frequency} Hz")


async def test_chromium_talks_presses_moves_and_reloads(control, phones, tmp_path):
    caller = phones(CALLER)
    opened = await control.do(OpenRtpLeg(leg="caller", remote=Address(*caller.address)), RtpLegOpened)
    caller.start((opened.address, opened.port))
    await control.do(SetTopology(group="call", edges=(Edge("caller", "agent"), Edge("agent", "caller"))), Done)
    with page_server() as address:
        async with chromium(microphone(tmp_path / "tone.wav", MICROPHONE)) as browser:
            page = await open_page(browser, address)
            await sign_in(control, page)
            await control.event(BrowserLegChanged, lambda e: e.state is BrowserState.CONNECTED)
            await caller.hears(MICROPHONE, within=8)
            await page_hears(page, CALLER)

            await page.evaluate("press('42#')")
            await control.event(DigitPressed, lambda e: e.digit == "#")
            assert [e.digit for e in control.events if isinstance(e, DigitPressed)] == ["4", "2", "#"]

            control.events.clear()
            await sign_in(control, page, RestartBrowserLeg, "restart()", version=2)
            await control.event(BrowserLegChanged, lambda e: e.address_changed or e.state is BrowserState.CONNECTED)
            await caller.hears(MICROPHONE)
            await page_hears(page, CALLER)

            before = len(caller.received)
            control.events.clear()
            await page.reload()
            await sign_in(control, page, RestartBrowserLeg)
            await caller.hears(MICROPHONE, within=8)
            await page_hears(page, CALLER)
            assert caller.missing_packets(before) == 0
            figures = await control.do(Statistics(leg="agent"), LegStatistics)
            assert figures.packets_received > 50 and figures.packets_lost <= 2

            await page.evaluate("pc.close()")
            await control.event(BrowserLegChanged, lambda e: e.state is BrowserState.CLOSED)
