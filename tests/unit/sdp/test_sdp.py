"""Descriptions, offers and answers of the audio leg."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_bridge.sdp.audio import Codec, Direction, SdesKey, Suite, audio_of
from sip_bridge.sdp.model import SdpError, parse
from sip_bridge.sdp.negotiation import PCMA, PCMU, Capabilities, Negotiator

KEY = base64.b64encode(bytes(range(30))).decode()


def sdp(*media: str, session: str = "c=IN IP4 192.0.2.1\r\n") -> bytes:
    return (
        "v=0\r\no=- 5 7 IN IP4 192.0.2.1\r\ns=call\r\n"
        + session
        + "t=0 0\r\n"
        + "".join(f"{line}\r\n" for line in media)
    ).encode()


def negotiator(**changes) -> Negotiator:
    return Negotiator(Capabilities("198.51.100.9", 30_000, **changes), 42, lambda size: b"\x07" * size)


def test_offer_is_exactly_this():
    assert negotiator().offer() == (
        b"v=0\r\no=kc 42 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\n"
        b"m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_answer_takes_the_peers_first_codec_its_dtmf_type_and_ptime():
    offer = sdp(
        "m=audio 4000 RTP/AVP 18 0 8 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
        "a=rtcp:4009",
    )
    text, agreed = negotiator().answer(offer)
    assert (agreed.codec, agreed.send_to, agreed.rtcp_to) == (PCMU, ("192.0.2.1", 4000), ("192.0.2.1", 4009))
    assert (agreed.dtmf_send, agreed.dtmf_receive, agreed.ptime, agreed.direction) == (96, 96, 30, Direction.SENDRECV)
    assert b"m=audio 30000 RTP/AVP 0 96\r\n" in text and b"a=ptime:30\r\n" in text


def test_other_sections_are_rejected_in_their_place():
    offer = sdp(
        "m=video 5000 RTP/AVP 31",
        "m=audio 0 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8",
        "m=audio 4002 RTP/AVP 8",
        "m=image 6000 udptl t38",
    )
    text, agreed = negotiator().answer(offer)
    assert [(m.kind, m.port) for m in parse(text).media] == [
        ("video", 0),
        ("audio", 0),
        ("audio", 30000),
        ("audio", 0),
        ("image", 0),
    ]
    assert agreed.send_to == ("192.0.2.1", 4000)


@pytest.mark.parametrize(
    ("line", "held", "ours"),
    [("a=sendrecv", False, Direction.SENDRECV), ("a=sendonly", True, Direction.RECVONLY),
     ("a=recvonly", False, Direction.SENDONLY), ("a=inactive", True, Direction.INACTIVE)],
)  # fmt: skip
def test_hold_is_seen_and_mirrored(line, held, ours):
    _, agreed = negotiator().answer(sdp("m=audio 4000 RTP/AVP 8", line))
    assert (agreed.held, agreed.direction) == (held, ours)
    _, agreed = negotiator().answer(sdp("m=audio 4000 RTP/AVP 8", session=f"c=IN IP4 192.0.2.1\r\n{line}\r\n"))
    assert (agreed.held, agreed.direction) == (held, ours)


def test_old_hold_by_zero_address():
    _, agreed = negotiator().answer(sdp("m=audio 4000 RTP/AVP 8", session="c=IN IP4 0.0.0.0\r\n"))
    assert agreed.held and agreed.direction is Direction.SENDRECV


@pytest.mark.parametrize("offered", Direction)
@pytest.mark.parametrize("wanted", Direction)
def test_answer_never_claims_more_than_the_offer_leaves(offered, wanted):
    direction = offered.mirrored.narrowed(wanted)
    assert direction.sends == (offered.receives and wanted.sends)
    assert direction.receives == (offered.sends and wanted.receives)


def test_nothing_in_common_is_refused():
    assert negotiator().answer(sdp("m=audio 4000 RTP/AVP 18 9")) is None
    assert negotiator().answer(sdp("m=video 4000 RTP/AVP 31")) is None
    assert negotiator().answer(sdp("m=audio 0 RTP/AVP 8")) is None
    assert (
        negotiator().answer(sdp("m=audio 4000 RTP/SAVP 8", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}")) is None
    )
    assert negotiator(srtp_allowed=True, srtp_required=True).answer(sdp("m=audio 4000 RTP/AVP 8")) is None


def test_version_grows_only_when_something_changes():
    ours = negotiator()
    versions = [parse(ours.offer(direction)).origin.version for direction in
                (Direction.SENDRECV, Direction.SENDRECV, Direction.SENDONLY, Direction.SENDRECV)]  # fmt: skip
    assert versions == [1, 1, 2, 3]
    assert {parse(ours.offer()).origin.session_id} == {42}


def test_offer_after_an_answer_keeps_the_sections():
    ours = negotiator()
    ours.answer(sdp("m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8"))
    again = parse(ours.offer(Direction.SENDONLY))
    assert [(m.kind, m.port) for m in again.media] == [("video", 0), ("audio", 30000)]
    assert again.origin.version == 2 and again.media[1].has("sendonly")


def test_sdes_keys_both_ways():
    secure = negotiator(srtp_allowed=True, srtp_required=True)
    offer = secure.offer()
    assert offer.count(b"a=crypto:") == 2 and b"RTP/SAVP" in offer
    peer = Negotiator(Capabilities("192.0.2.1", 4000, srtp_allowed=True), 1, lambda size: b"\x09" * size)
    answer, at_peer = peer.answer(offer)
    agreed = secure.accept_answer(answer)
    assert at_peer.remote_key == agreed.local_key == SdesKey(1, Suite.AES_CM_128_HMAC_SHA1_80, b"\x07" * 30)
    assert at_peer.local_key == agreed.remote_key == SdesKey(1, Suite.AES_CM_128_HMAC_SHA1_80, b"\x09" * 30)
    assert "\\x07" not in repr(agreed)


def test_secure_section_is_preferred_when_allowed_and_plain_when_not():
    offer = sdp("m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/SAVP 8", f"a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}")
    _, plain = negotiator().answer(offer)
    _, secure = negotiator(srtp_allowed=True).answer(offer)
    assert (plain.send_to[1], plain.remote_key) == (4000, None)
    assert (secure.send_to[1], secure.remote_key.suite) == (4002, Suite.AES_CM_128_HMAC_SHA1_32)


@pytest.mark.parametrize(
    "crypto",
    ["1 AES_CM_128_HMAC_SHA1_80 inline:short", "1 F8_128_HMAC_SHA1_80 inline:" + KEY, "x", "1 AES_CM_128_HMAC_SHA1_80",
     f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4", f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"],
)  # fmt: skip
def test_key_we_cannot_use_makes_no_secure_stream(crypto):
    assert audio_of(parse(sdp("m=audio 4000 RTP/SAVP 8", f"a=crypto:{crypto}"))) is None


def test_lifetime_of_a_key_is_tolerated():
    stream = audio_of(parse(sdp("m=audio 4000 RTP/SAVP 8", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31")))
    assert stream.keys[0].master == bytes(range(30))


def test_answer_to_our_offer():
    ours = negotiator()
    ours.offer()
    agreed = ours.accept_answer(
        sdp("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", "a=rtcp-mux", "a=recvonly")
    )
    assert (agreed.codec.name, agreed.receive_payload_type, agreed.dtmf_send, agreed.rtcp_to) == (
        "PCMU",
        0,
        101,
        ("192.0.2.1", 4000),
    )
    assert agreed.direction is Direction.SENDONLY
    assert ours.accept_answer(sdp("m=audio 0 RTP/AVP 8")) is None


def test_ipv6():
    _, agreed = Negotiator(Capabilities("2001:db8::9", 30_000), 1, bytes).answer(
        sdp("m=audio 4000 RTP/AVP 8", session="c=IN IP6 2001:db8::1\r\n"))  # fmt: skip
    assert agreed.send_to == ("2001:db8::1", 4000)
    assert b"c=IN IP6 2001:db8::9\r\n" in Negotiator(Capabilities("2001:db8::9", 30_000), 1, bytes).offer()


def test_dynamic_payload_types_and_address_per_section():
    stream = audio_of(
        parse(
            sdp(
                "m=audio 4000 RTP/AVP 97 98 8",
                "c=IN IP4 192.0.2.99",
                "a=rtpmap:97 opus/48000/2",
                "a=rtpmap:98 PCMA/8000",
                session="",
            )
        )
    )
    assert stream.address == "192.0.2.99"
    assert stream.codecs == (Codec(97, "opus", 48_000, 2), Codec(98, "PCMA"), Codec(8, "PCMA"))


@pytest.mark.parametrize(
    "data",
    [b"", b"v=1\r\n", b"v=0\r\n", sdp("m=audio 4000 RTP/AVP 8", session=""), sdp("m=audio 99999 RTP/AVP 8"), sdp("m=audio RTP/AVP 8"),
     sdp("x"), sdp("m=audio 4000 RTP/AVP 8", "c=IN IP4"), sdp("m=audio 4000 RTP/AVP 8", "a=rtcp:0"), sdp(*["m=audio 0 RTP/AVP 8"] * 40),
     b"v=0\r\n" + b"a=x\r\n" * 10_000],
)  # fmt: skip
def test_description_that_cannot_be_used_is_an_sdp_error(data):
    with pytest.raises(SdpError):
        negotiator().answer(data)


def test_bare_line_feeds_are_tolerated():
    assert negotiator().answer(sdp("m=audio 4000 RTP/AVP 8").replace(b"\r\n", b"\n")) is not None


@given(st.binary(max_size=400), st.integers(0, 200))
def test_parser_fails_only_as_promised(junk, at):
    whole = sdp("m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", f"a=crypto:1 X inline:{KEY}")
    for data in (junk, b"v=0\r\n" + junk, whole[:at] + junk + whole[at:]):
        try:
            negotiator(srtp_allowed=True).answer(data)
        except SdpError:
            pass


@given(
    offered=st.lists(
        st.sampled_from([PCMA, PCMU, Codec(9, "G722"), Codec(18, "G729")]), min_size=1, max_size=4, unique=True
    ),
    direction=st.sampled_from(Direction),
    wanted=st.sampled_from(Direction),
)
def test_both_ends_agree_on_the_same_stream(offered, direction, wanted):
    a = Negotiator(Capabilities("192.0.2.1", 4000, codecs=tuple(offered)), 1, bytes)
    b = negotiator()
    answered = b.answer(a.offer(direction), wanted)
    if not {PCMA, PCMU} & set(offered):
        assert answered is None
        return
    text, at_b = answered
    at_a = a.accept_answer(text)
    assert at_a.codec.name == at_b.codec.name
    assert at_a.direction.sends == at_b.direction.receives and at_a.direction.receives == at_b.direction.sends
    assert at_a.send_to == ("198.51.100.9", 30_000) and at_b.send_to == ("192.0.2.1", 4000)
