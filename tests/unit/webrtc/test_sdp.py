"""The answer to browsers' offers, and typed refusals."""

from __future__ import annotations

import pytest

from sip_bridge.webrtc.sdp import AudioOffer, LocalEnd, OfferProblem, OfferRefused, answer_for, read_offer

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8 0 126",
        "c=IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2113937151 4f5e-11.local 51000 typ host",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        f"a=fingerprint:{FINGERPRINT}",
        "a=setup:actpass",
        "a=mid:0",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:126 telephone-event/8000",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:1",
        "a=rtpmap:96 VP8/90000",
        "",
    ]
)
LOCAL = LocalEnd("ufrag", "password", FINGERPRINT, 40000, 7, ["192.0.2.10", "2001:db8::1"])


def test_offer_is_read():
    assert read_offer(OFFER) == AudioOffer(
        audio_index=0,
        media=(("audio", "UDP/TLS/RTP/SAVPF", "111 8 0 126"), ("video", "UDP/TLS/RTP/SAVPF", "96")),
        mids=("0", "1"),
        bundled=True,
        ufrag="abcd",
        password="abcdefghijklmnopqrstuvwx",
        fingerprint=FINGERPRINT,
        payload_type=8,
        telephone_event=126,
        direction="sendrecv",
    )


def test_answer_has_only_what_we_speak():
    lines = answer_for(OFFER, LOCAL).split("\r\n")
    assert "m=audio 40000 UDP/TLS/RTP/SAVPF 8 126" in lines and "m=video 0 UDP/TLS/RTP/SAVPF 96" in lines
    for wanted in ("a=ice-lite", "a=group:BUNDLE 0", "a=setup:passive", "a=rtcp-mux", "a=sendrecv"):
        assert wanted in lines
    candidates = [line.split() for line in lines if line.startswith("a=candidate:")]
    assert [(c[4], c[5], c[7]) for c in candidates] == [
        ("192.0.2.10", "40000", "host"),
        ("2001:db8::1", "40000", "host"),
    ]
    assert not any("opus" in line or ".local" in line for line in lines)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("v=0", "hello"), OfferProblem.NOT_SDP),
        (("m=audio 9", "m=audio 0"), OfferProblem.NO_AUDIO),
        (("111 8 0 126", "111 0 126"), OfferProblem.NO_PCMA),
        ((f"a=fingerprint:{FINGERPRINT}", "a=x"), OfferProblem.NO_DTLS),
        (("a=fingerprint:sha-256", "a=fingerprint:sha-1"), OfferProblem.NO_DTLS),
        (("a=ice-ufrag:abcd", "a=x"), OfferProblem.NO_ICE),
        (("a=rtcp-mux", "a=x"), OfferProblem.NO_RTCP_MUX),
        (("a=setup:actpass", "a=setup:passive"), OfferProblem.WRONG_SETUP),
    ],
)
def test_what_is_lacking_is_said(change, problem):
    refused = answer_for(OFFER.replace(*change), LOCAL)
    assert isinstance(refused, OfferRefused) and refused.problem is problem


@pytest.mark.parametrize(
    ("offered", "answered"), [("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")]
)
def test_direction_is_mirrored(offered, answered):
    assert f"a={answered}\r\n" in answer_for(OFFER.replace("a=sendrecv", f"a={offered}"), LOCAL)


def test_every_truncation_is_read_or_refused():
    for end in range(len(OFFER)):
        assert isinstance(answer_for(OFFER[:end], LOCAL), (str, OfferRefused))
