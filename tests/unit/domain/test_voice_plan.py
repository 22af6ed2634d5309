"""What a call should sound like follows from its state; what the bridge is told is the difference."""

from backend.application.voice import difference
from backend.domain.interaction import commands as c
from backend.domain.voice.plan import plan
from backend.domain.voice.waiting_words import position_text
from sip_bridge import contract as k
from tests.unit.domain.test_interaction_machine import run, states


def told(before: str, after: str) -> list[str]:
    s = states()
    return [type(x).__name__ for x in difference("i", plan(s[before]), plan(s[after]))]


def test_accepting_stops_the_music_connects_and_records():
    assert told("offered", "active") == ["StopPlay", "SetTopology", "StartRecording"]


def test_hold_separates_plays_music_and_pauses_the_recording():
    assert told("active", "held") == ["SetTopology", "Play", "PauseRecording"]
    assert told("held", "active") == ["StopPlay", "SetTopology", "ResumeRecording"]


def test_end_stops_recording_separates_and_hangs_up():
    assert told("active", "wrap_up") == ["StopRecording", "SetTopology", "HangUpLeg"]


def test_offer_changes_nothing_for_the_caller():
    assert told("queued", "offered") == []


def test_muted_agent_hears_but_is_not_heard():
    muted = run(states()["active"], c.Mute(agent=7))
    assert plan(muted).hears == (("agent-7", "l"),)


def test_new_announcement_is_a_new_play():
    queued = states()["queued"]
    again = run(queued, c.AnnouncePosition(position=2))
    commands = difference("i", plan(queued), plan(again))
    assert [type(x) for x in commands] == [k.Play] and commands[0].loop_last


def test_position_is_said_as_a_czech_says_it():
    assert position_text(1).startswith("Jste první v pořadí")
    assert position_text(12).startswith("V pořadí jste na dvanáctém místě")
    assert position_text(35).startswith("V pořadí jste na třicátém pátém místě")
    assert position_text(135) == "Vaše pořadí ve frontě je 135. Prosíme, vyčkejte."
