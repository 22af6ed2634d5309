"""Small rules: laws, latching, telephone events, RTCP, clips, files, frames of the protocol."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_bridge.media import g711, protocol, rtcp, rtp
from sip_bridge.media.clips import ClipsFull, ClipStore
from sip_bridge.media.files import UnreadableSound, decode_wav
from sip_bridge.media.latch import Latch, LatchState
from sip_bridge.media.protocol import FileSource, ToneSource
from sip_bridge.media.quality import mean_opinion
from sip_bridge.media.rtp import TelephoneEvent
from sip_bridge.media.telephone_events import EventReceiver, EventSender
from tests.support.rtp_phone import level, tone

PEER, OTHER, NAT = ("192.0.2.1", 4000), ("198.51.100.7", 5000), ("203.0.113.9", 6000)


@pytest.mark.parametrize("codec", [g711.PCMA, g711.PCMU])
def test_every_code_word_survives_decoding_and_encoding(codec):
    codes = np.arange(256, dtype=np.uint8)
    again = g711.encode(g711.decode(codes, codec), codec)
    same = again == codes
    assert same.sum() == (256 if codec == g711.PCMA else 255)  # µ-law has two zeros


@pytest.mark.parametrize("codec", [g711.PCMA, g711.PCMU])
def test_silence_is_the_code_word_of_zero(codec):
    assert g711.encode(np.zeros(1), codec)[0] == g711.SILENCE[codec]


def test_known_values_of_the_laws():
    assert g711.decode(bytes([0xD5, 0x55, 0xAA, 0x2A])).tolist() == [8, -8, 32256, -32256]
    assert g711.decode(bytes([0xFF, 0x80, 0x00]), g711.PCMU).tolist() == [0, 32124, -32124]


def latch(signalled=PEER, **options):
    return Latch(signalled, opened_at=0.0, **options)


def test_signalled_address_is_heard_at_once():
    made = latch()
    assert made.admit(PEER, 1, 10, 0.1) and made.state is LatchState.LATCHED


def test_other_address_is_adopted_after_three_packets_in_sequence():
    made = latch()
    assert [made.admit(NAT, 1, n, 0.1) for n in (10, 11, 12)] == [False, False, True]
    assert made.target == NAT and made.strangers == 2


def test_out_of_sequence_or_mixed_sources_are_never_adopted():
    made = latch()
    assert not any(made.admit(NAT, 1, n, 0.1) for n in (10, 20, 30, 41))
    assert not any(made.admit(each, 1, 50 + i, 0.1) for i, each in enumerate([NAT, OTHER] * 5))


def test_window_closes():
    made = latch()
    assert not any(made.admit(NAT, 1, n, 11.0) for n in range(10))


def test_signalled_address_wins_over_an_adopted_one_in_the_window():
    made = latch()
    for n in range(3):
        made.admit(NAT, 1, n, 0.1)
    assert made.admit(PEER, 2, 5, 1.0) and made.target == PEER
    assert not made.admit(NAT, 1, 3, 1.1)


def test_hijack_of_a_running_stream_is_refused_even_with_its_ssrc():
    made = latch()
    made.admit(PEER, 1, 10, 0.1)
    assert not made.admit(OTHER, 1, 11, 0.2)
    made.heard(1, 60, 1.0)
    assert not made.admit(OTHER, 1, 61, 1.5)
    assert not made.admit(OTHER, 2, 61, 5.0)


def test_rebound_nat_is_followed_by_its_ssrc_after_silence():
    made = latch()
    made.admit(PEER, 1, 65530, 0.1)
    assert made.admit(NAT, 1, 20, 2.0) and made.target == NAT and made.state is LatchState.ADOPTED


def test_authentic_packets_move_at_once():
    made = latch(proven=True)
    made.admit(PEER, 1, 10, 0.1)
    assert made.admit(OTHER, 1, 11, 20.0)


def test_new_signalling_prefers_its_address():
    made = latch()
    made.admit(PEER, 1, 10, 0.1)
    made.update(OTHER, 20.0)
    assert made.target == OTHER and made.admit(OTHER, 5, 1, 20.1)
    assert not made.admit(PEER, 1, 11, 20.2)


def reports(count, digit="5", end=True, stamp=100):
    made = [(stamp, TelephoneEvent(digit, False, 10, 160 * n)) for n in range(1, count + 1)]
    return made + [(stamp, TelephoneEvent(digit, True, 10, 160 * count))] * (3 if end else 0)


def keys(receiver, packets):
    return [key for stamp, event in packets for key in receiver.receive(stamp, event, 1.0)]


def test_key_is_told_once_with_its_duration():
    ((digit, duration),) = [(k.digit, k.duration) for k in keys(EventReceiver(), reports(5))]
    assert (digit, duration) == ("5", 800)


def test_key_whose_ends_are_lost_is_told_by_the_next_or_by_time():
    receiver = EventReceiver()
    assert keys(receiver, reports(5, end=False)) == []
    assert [k.digit for k in keys(receiver, reports(2, "6", stamp=3000))] == ["5", "6"]
    assert keys(receiver, reports(5, "7", end=False, stamp=9000)) == []
    assert receiver.poll(1.1) == [] and [k.digit for k in receiver.poll(1.3)] == ["7"]
    assert keys(receiver, reports(5, "7", stamp=9000)) == []


def test_same_key_twice_is_two_keys():
    receiver = EventReceiver()
    assert [k.digit for k in keys(receiver, reports(3) + reports(3, stamp=4000))] == ["5", "5"]


def test_sent_key_has_marker_growing_duration_and_three_ends():
    sender = EventSender()
    sender.add("1", 60, 40)
    packets = [sender.next(1000 + 160 * tick) for tick in range(9)]
    sent = [p for p in packets if p is not None]
    assert [(p.marker, p.event.end, p.event.duration) for p in sent] == [
        (True, False, 160),
        (False, False, 320),
        (False, False, 480),
        *[(False, True, 480)] * 3,
    ]
    assert {p.timestamp for p in sent} == {1000} and not sender.busy


def test_reports_survive_the_trip():
    block = rtcp.ReportBlock(7, 25, -3, 70000, 160, 0x12345678, 65536)
    report = rtcp.Report(5, rtcp.ntp_time(1_700_000_000.25), 123, 50, 8000, (block,))
    assert rtcp.parse(rtcp.build_report(report, "kc")) == [report]
    assert rtcp.parse(rtcp.build_goodbye(5, "kc"))[-1] == rtcp.Goodbye((5,))


def test_round_trip_from_a_report():
    now = 1_700_000_000.0
    sent = rtcp.middle32(rtcp.ntp_time(now - 0.150))
    assert rtcp.round_trip(now, rtcp.ReportBlock(1, 0, 0, 0, 0, sent, 65536 // 10)) == pytest.approx(0.05, abs=0.001)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data):
    for parse in (rtp.parse, rtcp.parse, rtp.parse_event):
        parse(data)


def test_opinion_falls_with_loss_and_delay():
    assert mean_opinion(0, 20) > 4.3
    assert mean_opinion(0.05, 20) < 4.0 < mean_opinion(0.01, 50)
    assert mean_opinion(0, 400) < mean_opinion(0, 100)


def test_cache_is_bounded_and_drops_the_longest_unused():
    clips = ClipStore(bound=100)
    for index in range(10):
        clips.add(FileSource(f"{index}"), np.full(160 * 20, index, np.int16))
    assert clips.find(FileSource("0")) is None and len(clips.rows) <= 100
    kept = clips.find(FileSource("9"))
    assert (clips.rows[kept.start : kept.start + kept.rows] == 9).all()


def test_cache_full_of_sounds_in_use_refuses():
    clips = ClipStore(bound=10)
    clips.add(FileSource("a"), np.zeros(1600, np.int16)).users = 1
    with pytest.raises(ClipsFull):
        clips.add(FileSource("b"), np.zeros(160, np.int16))


def test_tone_level_is_in_dbm0():
    clip = ClipStore().find(ToneSource((1250.0,), level_dbm0=-10.0))
    assert clip.rows == 50  # one second, endless without a seam


def wav_bytes(rate, channels=1, frequency=550.0):
    samples = np.repeat(tone(frequency, 0, rate).astype("<i2")[:, None], channels, axis=1)
    if rate != 8000:
        time = np.arange(rate) / rate
        samples = np.repeat((4000 * np.sin(2 * np.pi * frequency * time)).astype("<i2")[:, None], channels, axis=1)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_files_of_any_rate_sound_the_same(rate, channels):
    samples = decode_wav(wav_bytes(rate, channels)).astype(float)
    assert len(samples) == pytest.approx(8000, abs=2)
    assert level(samples[1000:7000], 550.0) == pytest.approx(4000, rel=0.02)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", wav_bytes(8000)[:30], b"\0" * 100])
def test_what_is_no_wav_is_refused(data):
    with pytest.raises(UnreadableSound):
        decode_wav(data)


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_frames_are_cut_wherever_the_stream_breaks(bodies, step):
    stream = b"".join(len(body).to_bytes(4, "big") + body for body in bodies)
    reader = protocol.FrameReader()
    cut = [body for start in range(0, len(stream), step) for body in reader.feed(stream[start : start + step])]
    assert cut == bodies


def test_absurd_frame_length_is_refused():
    with pytest.raises(protocol.FrameTooLong):
        protocol.FrameReader().feed(b"\xff\xff\xff\xff")
