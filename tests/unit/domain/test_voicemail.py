"""Messages, the agent who hears them, and the flow after a call: what follows from the state alone."""

from datetime import timedelta

import pytest

from backend.application.voice import difference
from backend.domain.interaction import commands as c
from backend.domain.interaction.deadlines import deadlines
from backend.domain.interaction.model import MessageStage, Outcome, Phase
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import ToCallback, ToQueue, ToVoicemail
from backend.domain.routing.queue_options import Announcements, ExitKey, SayPosition
from backend.domain.voice.plan import plan
from backend.domain.voice.waiting_words import announcement, key_texts
from sip_bridge import contract as k
from tests.unit.domain.test_interaction_machine import NOW, machine, run, states

LATER = NOW + timedelta(seconds=20)
CLOSED = c.CloseMessage(recording="m", duration_ms=5000, heard_ms=4000)


def told(before: str, after: str) -> list[k.LegCommand]:
    s = states()
    return difference("i", plan(s[before]), plan(s[after]))


def test_greeting_then_beep_and_recording_of_the_caller_alone():
    (greeting,) = told("queued", "asked_for_message")
    assert isinstance(greeting, k.Play) and not greeting.loop_last
    beep, recording = told("asked_for_message", "leaving_message")
    assert beep.sources == (k.ToneSource(k.Tone.BEEP),)
    assert (recording.left, recording.right, recording.quiet_s) == (("l",), (), 8.0)
    assert [type(x) for x in told("leaving_message", "message_ending")] == [k.StopPlay, k.StopRecording]


def test_who_says_nothing_has_left_no_message_and_who_speaks_has():
    ending = states()["message_ending"]
    assert run(ending, CLOSED).messages == ("m",)
    for nothing in (
        c.CloseMessage(recording="m", duration_ms=9000, heard_ms=200),
        c.CloseMessage(recording="m", duration_ms=400),
        c.CloseMessage(recording="m", duration_ms=9000, heard_ms=9000, failed=True),
    ):
        after = run(ending, nothing)
        assert after.messages == () and after.message.stage is MessageStage.NOTHING
    assert run(ending, c.CloseMessage(recording="m", duration_ms=1500)).messages == ("m",), "unknown is kept"


def test_message_is_left_once_and_only_by_its_own_recording():
    left = run(states()["message_ending"], CLOSED)
    assert machine.decide(left, CLOSED, NOW) == []
    other = machine.decide(left, c.CloseMessage(recording="x", duration_ms=5000), NOW)
    assert isinstance(other, Refusal) and other.code is RefusalCode.NOT_FOUND


@pytest.mark.parametrize("state", ["leaving_message", "message_ending"])
def test_hanging_up_is_a_message_as_soon_as_the_recording_is_there(state):
    gone = run(states()[state], c.LeaveAsCustomer())
    assert (gone.phase, gone.outcome) == (Phase.CLOSED, Outcome.ABANDONED_IN_VOICEMAIL)
    assert run(gone, CLOSED).outcome is Outcome.MESSAGE_LEFT
    silent = run(gone, c.CloseMessage(recording="m", duration_ms=5000, heard_ms=0))
    assert silent.outcome is Outcome.ABANDONED_IN_VOICEMAIL


def test_hanging_up_in_the_greeting_leaves_nothing_and_no_recording():
    gone = run(states()["asked_for_message"], c.LeaveAsCustomer())
    assert gone.outcome is Outcome.ABANDONED_IN_VOICEMAIL and gone.recording is None


def test_technical_end_keeps_its_outcome_and_the_message():
    failed = run(states()["leaving_message"], c.Fail(), CLOSED)
    assert failed.outcome is Outcome.FAILED and failed.messages == ("m",)


def test_end_of_the_thanks_counts_by_what_was_left():
    ending = states()["message_ending"]
    left = run(ending, CLOSED, c.StartAnnouncement(text="Děkujeme."), c.FinishAnnouncement(says=1), c.EndByRouting())
    assert left.outcome is Outcome.MESSAGE_LEFT
    nothing = run(ending, c.CloseMessage(recording="m", heard_ms=0), c.EndByRouting())
    assert nothing.outcome is Outcome.ABANDONED_IN_VOICEMAIL


def test_message_after_a_conversation_has_a_recording_of_its_own():
    talked = run(states()["active"], c.LetGo(agent=7))
    speaking = run(talked, c.AskForMessage(queue=1, recording="m", greeting="x"), c.FinishGreeting(recording="m"))
    assert speaking.recording == "r" and plan(speaking).recording.id == "m"
    thanked = run(speaking, c.StopMessage(recording="m"), CLOSED, c.StartAnnouncement(text="Děkujeme."))
    commands = difference("i", plan(speaking), plan(thanked))
    assert [x.recording for x in commands if isinstance(x, k.StopRecording)] == ["m"]
    assert not any(isinstance(x, k.StartRecording | k.ResumeRecording) for x in commands)
    assert run(thanked, c.LeaveAsCustomer()).outcome is Outcome.HANDLED


@pytest.mark.parametrize("state", ["asked_for_message", "leaving_message", "message_ending", "preview"])
def test_each_state_of_a_message_has_a_deadline(state):
    assert deadlines(states()[state], NOW)


def test_agent_hears_the_message_before_the_number_is_rung():
    preview = states()["preview"]
    assert plan(preview).hears == () and plan(preview).recording is None and plan(preview).dials == ()
    dialling = run(preview, c.DialBack(agent=7, whom=c.Whom(number="+420777123456")))
    assert dialling.phase is Phase.DIALLING and [d.number for d in plan(dialling).dials] == ["+420777123456"]
    refused = machine.decide(preview, c.DialBack(agent=8, whom=c.Whom(number="1")), NOW)
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.NOT_YOURS
    assert run(preview, c.HangUpAsAgent(agent=7)).outcome is Outcome.CANCELLED
    assert run(preview, c.EndPreview()).phase is Phase.CLOSED


def test_after_the_call_talk_ends_the_agent_wraps_up_and_the_recording_stops():
    active = states()["active"]
    led = run(active, c.LeadAfterCall(agent=7, wrap_up=timedelta(seconds=60)), now=LATER)
    assert led.wrapping_up == (7,) and led.talked_until == LATER and led.ended_at is None
    commands = difference("i", plan(active), plan(states()["after_call"]))
    assert k.StopRecording(recording="r") in commands
    gone = run(states()["after_call"], c.LeaveAsCustomer(), now=LATER + timedelta(seconds=30))
    assert gone.outcome is Outcome.HANDLED and gone.talk_time == timedelta()
    assert machine.decide(led, c.HangUpAsAgent(agent=7), NOW) == []


def test_in_27_the_place_is_told_with_the_keys_that_lead_out():
    keys = (
        ExitKey(key="1", to=ToCallback(queue=1)),
        ExitKey(key="2", to=ToVoicemail(queue=1)),
        ExitKey(key="3", to=ToQueue(queue=2)),
    )
    told = [
        "Pokud chcete, abychom vám zavolali zpět, stiskněte jedničku.",
        "Pokud chcete zanechat vzkaz, stiskněte dvojku.",
    ]
    assert key_texts(keys) == told
    said = announcement(Announcements(), 3, None, first=False, keys=keys)
    assert said is not None and said.splitlines()[1:] == told
    silent = Announcements(position=SayPosition.NO)
    assert announcement(silent, 3, None, first=False, keys=keys) is None
    assert announcement(silent, 3, None, first=True, keys=keys) == "\n".join(told)
