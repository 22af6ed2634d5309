"""The contract as committed: each frame type once, byte for byte. A change here is a change of the contract."""

import json
import typing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sip_bridge import contract as k
from sip_bridge.contract.frames import FallbackPlan, LegStatus
from sip_bridge.contract.reports import Quality

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 2, 9, 30, 0, 250000, tzinfo=UTC)
FIGURES = Quality(received=500, lost=2, concealed_ms=40, jitter_ms=1.5, round_trip_ms=12.0, mos=4.3)
EVENTS: list[k.LegEvent] = [
    k.LegOffered(
        leg="l", trunk="pbx", caller="+420777123456", caller_name="Marie", dialled="+420800100200", sip_call_id="c"
    ),
    k.LegRinging(leg="l", early_media=True),
    k.LegAnswered(leg="l"),
    k.LegEnded(leg="l", by=k.EndedBy.PEER, cause=k.EndCause.NORMAL, sip_status=None, quality=FIGURES),
    k.LegHeldByPeer(leg="l", held=True),
    k.DigitPressed(leg="l", digit="5", source=k.DigitSource.INBAND, duration_ms=80),
    k.PlayFinished(leg="l", play="p", outcome=k.PlayOutcome.COMPLETED),
    k.Connected(group="g"),
    k.RecordingStarted(recording="r"),
    k.RecordingEnded(recording="r", file="r.wav", duration_ms=9, size=8, sha256="ab", gaps_ms=((1, 2),), repaired=True),
    k.RecordingFailed(recording="r", reason="storage"),
    k.BrowserLegChanged(leg="agent-1", state=k.LegState.UP),
    k.MediaLost(leg="l"),
    k.MediaResumed(leg="l"),
    k.QualityMeasured(leg="agent-1", quality=FIGURES, group="g"),
    k.LineChanged(trunk="pbx", line="1001", state=k.LineState.RINGING, expires_s=480.5),
    k.TransferAsked(leg="agent-1", transfer="t", to="4022"),
    k.TrunksChanged(
        trunks=(
            k.TrunkState(
                name="pbx", reachable=k.TrunkHealth.UP, registered=k.TrunkHealth.DOWN, status=403, since_s=12.5, calls=3
            ),
        ),
        given=True,
        expires_s=45.0,
    ),
]
COMMANDS: list[k.LegCommand] = [
    k.AnswerLeg(leg="l"),
    k.RingLeg(leg="l"),
    k.RejectLeg(leg="l", sip_status=404),
    k.HangUpLeg(leg="l"),
    k.DialLeg(leg="l", trunk="pbx", to="+420602333444", caller="+420800100200", ring_timeout_s=25.0),
    k.SetTopology(group="g", edges=(k.Edge("l", "agent-1"), k.Edge("agent-1", "l"))),
    k.Play(leg="l", play="p", sources=(k.Prompt("key"), k.Music(), k.ToneSource(k.Tone.BUSY)), loop_last=True),
    k.StopPlay(leg="l"),
    k.StartRecording(recording="r", group="g", left=("l",), right=("agent-1",)),
    k.ChangeRecording(recording="r", left=("l",), right=("agent-1", "agent-2")),
    k.PauseRecording(recording="r"),
    k.ResumeRecording(recording="r"),
    k.StopRecording(recording="r"),
    k.OpenBrowserLeg(leg="agent-1", owner="tab", offer_sdp="v=0\r\n"),
    k.CloseBrowserLeg(leg="agent-1"),
    k.SendDigits(leg="l", digits="12#"),
    k.WatchLines(trunk="pbx", lines=("1001", "1002")),
    k.AnswerTransfer(leg="agent-1", transfer="t", accepted=True),
]
BRIDGE: list[k.BridgeFrame] = [
    k.Hello(
        version=1, bridge="b", boot="o", next_seq=3, legs=(LegStatus(leg="l", kind=k.LegKind.SIP, state=k.LegState.UP),)
    ),
    *(k.Report(seq=n, at=AT, event=event) for n, event in enumerate(EVENTS, 1)),
    k.CommandDone(command="c", answer_sdp="v=0\r\n"),
    k.CommandRefused(command="c", code="no_such_leg", detail="AnswerLeg"),
]
BACKEND: list[k.BackendFrame] = [
    k.Welcome(version=1, acknowledged=2, fallback=FallbackPlan(sources=(k.Prompt("key"),), overflow="+420602333444")),
    k.Acknowledge(seq=7),
    k.UseTrunks(
        trunks=(
            k.TrunkSpec(
                name="pbx",
                host="sip.example.cz",
                transport=k.Transport.TLS,
                credentials=k.Login("kc", "s"),
                register=True,
            ),
        )
    ),
    *(k.Command(id=str(n), body=body, deadline=AT if n == 14 else None) for n, body in enumerate(COMMANDS, 1)),
]


@pytest.mark.parametrize(("name", "frames"), [("bridge", BRIDGE), ("backend", BACKEND)])
def test_frames_are_the_golden_ones(name, frames):
    lines = (GOLDEN / f"{name}.jsonl").read_text().splitlines()
    assert [k.encode(f) for f in frames] == lines
    decode = k.decode_bridge_frame if name == "bridge" else k.decode_backend_frame
    assert [decode(line) for line in lines] == frames


def test_every_event_and_command_of_the_contract_is_golden():
    assert {type(x) for x in EVENTS} == set(typing.get_args(k.LegEvent))
    assert {type(x) for x in COMMANDS} == set(typing.get_args(k.LegCommand))


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '"x"', '{"type": 1}', "\x00", '{"type":"Report"}', "9" * 5000])
def test_malformed_frames_are_contract_errors(line):
    for decode in (k.decode_bridge_frame, k.decode_backend_frame):
        with pytest.raises(k.ContractError):
            decode(line)


def test_unknown_frames_keep_what_is_needed_to_answer_them():
    with pytest.raises(k.UnknownFrame) as report:
        k.decode_bridge_frame(
            json.dumps({"type": "Report", "seq": 9, "at": AT.isoformat(), "event": {"type": "LegFlew"}})
        )
    assert report.value.seq == 9
    with pytest.raises(k.UnknownFrame) as command:
        k.decode_backend_frame(json.dumps({"type": "Command", "id": "c9", "body": {"type": "Fly"}}))
    assert command.value.command == "c9"
