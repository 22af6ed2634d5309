"""aiortc as a second, independent WebRTC peer."""

from __future__ import annotations

import asyncio

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame

from sip_bridge.media.protocol import (
    Address,
    BrowserLegChanged,
    BrowserLegOpened,
    BrowserState,
    Done,
    Edge,
    OpenBrowserLeg,
    OpenRtpLeg,
    RtpLegOpened,
    SetTopology,
)
from sip_bridge.webrtc.sdp import LocalEnd, answer, read_offer
from tests.support.rtp_phone import tone, tones_in


class ToneTrack(MediaStreamTrack):
    kind = "audio"

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self.frequency, self.at, self.start = frequency, 0, None

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self.start = self.start or loop.time()
        await asyncio.sleep(max(0.0, self.start + self.at / 8000 - loop.time()))
        samples = tone(self.frequency, self.at, 160).astype(np.int16)[None, :]
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, self.at, __import__("fractions").Fraction(1, 8000)
        self.at += 160
        return frame


async def test_aiortc_hears_and_is_heard(control, phones):
    caller = phones(850.0)
    opened = await control.do(OpenRtpLeg(leg="caller", remote=Address(*caller.address)), RtpLegOpened)
    caller.start((opened.address, opened.port))
    peer = RTCPeerConnection()
    heard: list[np.ndarray] = []

    @peer.on("track")
    def listen(track):
        async def run():
            while True:
                frame = await track.recv()
                heard.append(frame.to_ndarray().reshape(-1).astype(float))

        peer.task = asyncio.create_task(run())

    peer.addTrack(ToneTrack(450.0))
    await peer.setLocalDescription(await peer.createOffer())
    offer = read_offer(peer.localDescription.sdp)
    leg = await control.do(
        OpenBrowserLeg(
            leg="agent",
            remote_ufrag=offer.ufrag,
            remote_password=offer.password,
            remote_fingerprint=offer.fingerprint,
            payload_type=offer.payload_type,
        ),
        BrowserLegOpened,
    )
    local = LocalEnd(leg.ufrag, leg.password, leg.fingerprint, leg.port, leg.ssrc, ["127.0.0.1"])
    await peer.setRemoteDescription(RTCSessionDescription(answer(offer, local), "answer"))
    await control.do(SetTopology(group="c", edges=(Edge("caller", "agent"), Edge("agent", "caller"))), Done)
    await control.event(BrowserLegChanged, lambda e: e.state is BrowserState.CONNECTED)
    await caller.hears(450.0)
    async with asyncio.timeout(8):
        while len(heard) < 20 or tones_in(np.concatenate(heard[-12:])) != {850.0}:
            await asyncio.sleep(0.05)
    peer.task.cancel()
    await peer.close()
    await control.event(BrowserLegChanged, lambda e: e.state is BrowserState.CLOSED)
