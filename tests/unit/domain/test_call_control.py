"""Calls of several people: who hears whom in each situation, and what holds in every state that can be reached."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.application.voice import difference
from backend.domain.agent.consequences import consequences
from backend.domain.agent.messages import Approach, BeginWrapUp, Join, Release
from backend.domain.interaction import commands as c
from backend.domain.interaction import machine
from backend.domain.interaction.deadlines import deadlines
from backend.domain.interaction.model import (
    SUPERVISING,
    Channel,
    Customer,
    Direction,
    Interaction,
    LeaveCause,
    MemberRole,
    Outcome,
    Phase,
)
from backend.domain.kernel.refusal import Refusal
from backend.domain.voice.plan import plan
from tests.unit.domain.test_interaction_machine import COMMANDS, NOW, run, states

A, B, S1, S2 = 7, 8, 20, 21
LEG = {"c": "l", "a": "agent-7", "b": "agent-8", "s": "agent-20", "t": "agent-21"}
WRAP = timedelta(seconds=60)
NUMBER = c.Whom(number="+420602333444")
COLLEAGUE = c.Whom(agent=B)
CONFERENCE, CONSULTED = MemberRole.CONFERENCE, MemberRole.CONSULTED
DIAL = (
    c.Arrive(
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        customer=Customer("+420602"),
        dialled="1",
        bridge="b",
        leg="l",
    ),
    c.Dial(agent=A, whom=NUMBER, recording="r"),
)


def invite(role: MemberRole, whom: c.Whom) -> c.Invite:
    return c.Invite(agent=A, role=role, whom=whom)


def answer(n: int) -> c.AnswerAsMember:
    return c.AnswerAsMember(n=n)


def watch(mode: MemberRole, who: int = S1) -> c.Supervise:
    return c.Supervise(supervisor=who, mode=mode)


LISTENING, WHISPERING, BARGING = MemberRole.LISTENING, MemberRole.WHISPERING, MemberRole.BARGING
CONSULTING = (invite(CONSULTED, COLLEAGUE), answer(1))
TOGETHER = (*CONSULTING, c.MakeConference(agent=A))

SITUATIONS: dict[str, tuple[tuple, str]] = {
    # what happened since the agent took the call → "listener:speakers", of c a b s t and x (a number outside)
    "conversation": ((), "c:a a:c"),
    "muted": ((c.Mute(agent=A),), "a:c"),
    "held": ((c.Hold(agent=A),), ""),
    "colleague rung": ((invite(CONSULTED, COLLEAGUE),), ""),
    "number with an announcement rung": ((invite(CONSULTED, NUMBER), c.NoteRinging(n=1, early_media=True)), "a:x"),
    "consultation": (CONSULTING, "a:b b:a"),
    "consultation swapped": ((*CONSULTING, c.Resume(agent=A)), "c:a a:c"),
    "consultation ended": ((*CONSULTING, c.EndConsultation(agent=A)), "c:a a:c"),
    "consulted one hung up": ((*CONSULTING, c.DropMember(n=1, cause=LeaveCause.HUNG_UP)), ""),
    "conference": (TOGETHER, "c:ab a:cb b:ca"),
    "conference, customer held": ((*TOGETHER, c.Hold(agent=A)), "a:b b:a"),
    "conference with a number": (
        (*TOGETHER, invite(CONFERENCE, NUMBER), answer(2)),
        "c:abx a:cbx b:cax x:cab",
    ),
    "conference that its agent left": ((*TOGETHER, c.LeaveConference(agent=A, wrap_up=WRAP)), "c:b b:c"),
    "transferred after asking": ((*CONSULTING, c.CompleteTransfer(agent=A, wrap_up=WRAP)), "c:b b:c"),
    "transfer under way": ((c.TransferTo(agent=A, whom=COLLEAGUE, wrap_up=WRAP),), ""),
    "transferred to a number": ((c.TransferTo(agent=A, whom=NUMBER, wrap_up=WRAP), answer(1)), "c:x x:c"),
    "parked": ((c.Park(agent=A, limit=WRAP),), ""),
    "listening": ((watch(LISTENING),), "c:a a:c s:ac"),
    "whispering": ((watch(WHISPERING),), "c:a a:cs s:ac"),
    "barging": ((watch(BARGING),), "c:as a:cs s:ac"),
    "whispering, customer held": ((watch(WHISPERING), c.Hold(agent=A)), "a:s s:a"),
    "barging, customer held": ((watch(BARGING), c.Hold(agent=A)), "a:s s:a"),
    "listening to a consultation": ((watch(LISTENING), invite(CONSULTED, COLLEAGUE), answer(2)), "a:b b:a s:ab"),
    "whispering in a conference": ((*TOGETHER, watch(WHISPERING)), "c:ab a:cbs b:ca s:abc"),
    "barging into a conference": ((*TOGETHER, watch(BARGING)), "c:abs a:cbs b:cas s:abc"),
    "one whispers, another listens": ((watch(WHISPERING), watch(LISTENING, S2)), "c:a a:cs s:ac t:ac"),
    "one whispers, another barges": ((watch(WHISPERING), watch(BARGING, S2)), "c:at a:cst s:act t:ac"),
    "taken over": ((watch(LISTENING), c.TakeOver(supervisor=S1, wrap_up=WRAP)), "c:s s:c"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_in_38_who_hears_whom(name):
    commands, wanted = SITUATIONS[name]
    s = run(states()["active"], *commands)
    number = next((m.leg for m in s.members if m.number), "")
    legs = LEG | {"x": number}
    pairs = {(legs[group[0]], legs[speaker]) for group in wanted.split() for speaker in group[2:]}
    assert set(plan(s).hears) == pairs


def test_in_38_whisper_and_listening_are_on_no_recording_and_barging_is():
    for mode, recorded in ((LISTENING, ("agent-7",)), (WHISPERING, ("agent-7",)), (BARGING, ("agent-7", "agent-20"))):
        assert plan(run(states()["active"], watch(mode))).recording.agents == recorded


MORE: list[c.InteractionCommand] = [
    c.TransferTo(agent=A, whom=COLLEAGUE, wrap_up=WRAP),
    c.TransferTo(agent=A, whom=NUMBER),
    c.LetGo(agent=A, wrap_up=WRAP),
    invite(CONSULTED, COLLEAGUE),
    invite(CONSULTED, NUMBER),
    invite(CONFERENCE, NUMBER),
    invite(CONFERENCE, c.Whom(agent=9)),
    *(c.AnswerAsMember(n=n, recording="r2") for n in range(1, 5)),
    *(c.DropMember(n=n, cause=LeaveCause.HUNG_UP) for n in range(1, 5)),
    c.NoteRinging(early_media=True),
    c.NoteRinging(n=1, early_media=True),
    c.EndDial(outcome=Outcome.BUSY),
    c.EndConsultation(agent=A),
    c.CompleteTransfer(agent=A, wrap_up=WRAP),
    c.MakeConference(agent=A),
    c.LeaveConference(agent=A, wrap_up=WRAP),
    c.LeaveConference(agent=B),
    c.Park(agent=A, limit=WRAP),
    c.TakeParked(agent=B),
    c.CallOut(whom=NUMBER),
    c.CallOut(whom=c.Whom(agent=A), recorded=False),
    c.GiveBack(agent=A),
    c.EndByRouting(failed=True),
    *(watch(mode, who) for mode in sorted(SUPERVISING) for who in (S1, S2)),
    c.StopSupervising(supervisor=S1),
    c.TakeOver(supervisor=S1, wrap_up=WRAP),
    c.Hold(agent=B),
    c.Resume(agent=B),
    c.HangUpAsAgent(agent=B, wrap_up=WRAP),
    c.FinishWrapUp(agent=B),
    c.FinishWrapUp(agent=None, of=A),
]
ENDS = (c.LeaveAsCustomer, c.HangUpAsAgent, c.Fail, c.EndByRouting)
STEPS = [x for x in COMMANDS[1:] + MORE if not isinstance(x, ENDS)]
"""Ends come once, at last: a walk that ends at its first step shows nothing."""


def walk(start: Interaction, steps: list[c.InteractionCommand]) -> list[tuple[Interaction, Interaction, list]]:
    """Every transition: (before, after, consequences)."""
    made, s = [], start
    for command in steps:
        decided = machine.decide(s, command, NOW)
        if isinstance(decided, Refusal):
            continue
        before, follows = s, []
        for event in decided:
            follows += list(consequences(s, event))
            s = machine.evolve(s, event)
        made.append((before, s, follows))
    return made


def starts() -> list[Interaction]:
    return [states()["active"], states()["queued"], run(None, *DIAL)]


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, 2),
    st.lists(st.sampled_from(STEPS), min_size=12, max_size=40),
    st.sampled_from([x for x in COMMANDS + MORE if isinstance(x, ENDS)]),
)
def test_in_38_in_every_state_whispers_and_held_customers_are_heard_by_nobody_else(start, steps, end):
    for before, s, _ in walk(starts()[start], [*steps, end]):
        picture = plan(s)
        customer = s.voice.leg
        agent = f"agent-{s.agent}"
        for m in s.members:
            listeners = {listener for listener, speaker in picture.hears if speaker == m.leg}
            if m.role is LISTENING:
                assert not listeners
            if m.role is WHISPERING:
                assert listeners <= {agent}
                assert picture.recording is None or m.leg not in picture.recording.agents
        if s.held_since is not None:
            assert all(customer not in pair for pair in picture.hears)
        assert all(listener != speaker for listener, speaker in picture.hears)
        dialled = {d.leg for d in picture.dials}
        assert {m.leg for m in s.members if m.number} <= dialled or picture.over
        assert sum(x.open for x in s.segments) <= 1
        if s.ended_at is not None:
            assert s.members == () and picture.hears == () and not any(x.open for x in s.segments)
            assert (s.phase is Phase.CLOSED) == (not s.wrapping_up)
        if s.phase is Phase.ACTIVE:
            assert s.segment is not None and s.segment.agent == s.agent
        assert msgspec.json.decode(msgspec.json.encode(s), type=Interaction) == s
        difference(s.id, plan(before), picture)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 2),
    st.lists(st.sampled_from(STEPS), min_size=12, max_size=40),
    st.sampled_from([x for x in COMMANDS + MORE if isinstance(x, ENDS)]),
)
def test_agt_02_whoever_has_a_part_in_a_call_is_held_by_it_and_let_go(start, steps, end):
    """The agents' side, kept by consequences alone, is what the state says: nobody stays busy with a call that is over."""
    begin = starts()[start]
    held: dict[int, str] = {A: "in"} if start != 1 else {}
    for _, s, follows in walk(begin, [*steps, end]):
        for user, command in follows:
            match command:
                case Release():
                    held.pop(user, None)
                case BeginWrapUp():
                    held[user] = "wrap_up"
                case Approach() | Join():
                    held[user] = "in"
                case _:
                    held.setdefault(user, "in")
        assert set(held) == set(s.people), (held, s)
        assert {user for user, how in held.items() if how == "wrap_up"} == set(s.wrapping_up)


def test_every_one_who_rings_and_every_parked_call_has_a_deadline():
    active = states()["active"]
    for commands, key in (
        ((invite(CONSULTED, COLLEAGUE),), "member:i:1"),
        ((c.TransferTo(agent=A, whom=NUMBER),), "member:i:1"),
        ((c.Park(agent=A, limit=WRAP),), "parked:i:"),
        ((c.TransferTo(agent=A, whom=COLLEAGUE, wrap_up=WRAP),), "wrap_up:i:0"),
    ):
        assert any(k.startswith(key) for k in deadlines(run(active, *commands), NOW))
    assert "dial:i" in deadlines(run(None, *DIAL), NOW)


def test_hold_time_is_counted_for_the_agent_who_held():
    s = run(states()["active"], c.Hold(agent=A))
    later = NOW + timedelta(seconds=30)
    s = run(s, c.Resume(agent=A), now=later)
    s = run(s, c.TransferTo(agent=A, whom=COLLEAGUE), c.AnswerAsMember(n=1), c.Hold(agent=B), now=later)
    s = run(s, c.HangUpAsAgent(agent=B), now=later + timedelta(seconds=5))
    assert [x.held_total.total_seconds() for x in s.segments] == [30, 5]


def test_contact_from_before_there_were_segments_is_wrapped_up():
    old = msgspec.structs.replace(states()["wrap_up"], segments=())
    assert "wrap_up:i" in deadlines(old, NOW)
    assert run(old, c.FinishWrapUp(agent=A)).phase is Phase.CLOSED


def test_colleague_who_still_rings_is_let_go_when_the_agent_leaves_the_customer_with_a_number():
    ringing = c.Whom(agent=9)
    before = run(states()["active"], invite(CONFERENCE, NUMBER), answer(1), invite(CONFERENCE, ringing))
    decided = machine.decide(before, c.LeaveConference(agent=A), NOW)
    assert not isinstance(decided, Refusal)
    assert (9, Release(interaction="i")) in [x for event in decided for x in consequences(before, event)]


def test_call_that_was_parked_before_the_bridge_could_say_that_both_heard_each_other_was_a_conversation():
    fresh = msgspec.structs.replace(states()["active"], connected_at=None)
    for early in (c.Park(agent=A, limit=WRAP), c.TransferTo(agent=A, whom=COLLEAGUE)):
        s = run(fresh, early, c.StartConversation())
        assert s.connected_at == NOW
        assert run(s, c.StartConversation(), now=NOW + WRAP).connected_at == NOW
