"""An agent's own telephone: its leg follows from what the agent has, and what comes late changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.application.voice import handset_difference
from backend.domain.agent import machine, messages
from backend.domain.agent.deadlines import deadlines
from backend.domain.agent.handset import EndpointKind, HandsetStage, keyed, read_code
from backend.domain.agent.model import Agent, Presence, Stage
from backend.domain.interaction.model import Channel
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.voice.handsets import handset_plan, invitation
from sip_bridge import contract as k

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
CHOOSE = messages.ChooseEndpoint(kind=EndpointKind.MOBILE, number="+420777888999", bridge="b")


def agent(*commands: messages.AgentCommand) -> Agent:
    a = Agent(user=7, since=AT, idle_since=AT)
    ready = (messages.SignIn(queues=(1,)), CHOOSE, messages.SetPresence(presence=Presence.READY))
    return run(a, *ready, *commands)


def run(a: Agent, *commands: messages.AgentCommand, now: datetime = AT) -> Agent:
    for command in commands:
        decided = machine.decide(a, command, now)
        assert not isinstance(decided, Refusal), (command, decided)
        for event in decided:
            a = machine.evolve(a, event)
    return a


RESERVE = messages.Reserve(interaction="i", channel=Channel.VOICE)
ANSWER, ACCEPT, END = messages.AnswerHandset(says="Přijměte"), messages.AcceptOnHandset(), messages.EndHandset()
TAKE, WRAP_UP, RELEASE = (kind(interaction="i") for kind in (messages.Take, messages.BeginWrapUp, messages.Release))


def stage(a: Agent) -> HandsetStage | None:
    assert a.handset is not None
    return a.handset.stage


def test_a_call_rings_the_telephone_a_key_accepts_and_its_end_hangs_up():
    a = agent()
    assert a.phone_reachable and not a.phone_connected and stage(a) is None
    a = run(a, RESERVE)
    assert stage(a) is HandsetStage.RINGING and not a.phone_reachable
    a = run(a, ANSWER)
    assert stage(a) is HandsetStage.ASKING and not a.phone_connected
    a = run(a, ACCEPT, TAKE)
    assert a.phone_connected
    a = run(a, WRAP_UP)
    assert stage(a) is HandsetStage.ENDING and not a.phone_reachable, "not rung before its end is told"
    assert run(a, END, RELEASE).available_for(Channel.VOICE)


def test_what_comes_late_changes_nothing():
    a = run(agent(), RESERVE, RELEASE)
    assert stage(a) is HandsetStage.ENDING
    assert run(a, ANSWER, ACCEPT, messages.PressKey(digit="*")) == a


def test_each_ring_is_a_leg_of_its_own_for_the_bridge():
    before = agent()
    rung = run(before, RESERVE)
    again = run(rung, RELEASE, END, RESERVE)

    def told(a: Agent, b: Agent) -> list[str]:
        return [type(x).__name__ for x in handset_difference(handset_plan(a), handset_plan(b), "pbx")]

    assert told(before, rung) == ["DialLeg"] == told(rung, again)
    assert told(rung, run(rung, ANSWER)) == ["Play"]
    assert told(run(rung, ANSWER), run(rung, ANSWER, ACCEPT, TAKE)) == ["StopPlay"]
    assert told(rung, run(rung, RELEASE)) == ["HangUpLeg"]
    assert isinstance(handset_difference(None, handset_plan(rung), "pbx")[0], k.DialLeg)


def test_the_endpoint_is_not_changed_while_a_call_rings_and_the_browser_is_closed_first():
    a = run(agent(), RESERVE)
    other = messages.ChooseEndpoint(kind=EndpointKind.EXTENSION, number="4021", bridge="b")
    assert machine.decide(a, other, AT) == Refusal(RefusalCode.AGENT_BUSY)
    browser = run(
        Agent(user=7, since=AT, idle_since=AT),
        messages.SignIn(queues=(1,)),
        messages.OpenPhone(bridge="b", owner="t"),
        messages.ConnectPhone(),
        other,
    )
    assert browser.phone is None and stage(browser) is HandsetStage.ENDING
    assert machine.decide(browser, messages.OpenPhone(bridge="b", owner="t"), AT) == Refusal(
        RefusalCode.TELEPHONE_CHOSEN
    )
    home = run(agent(), messages.ChooseEndpoint(kind=EndpointKind.BROWSER))
    assert home.handset is None and home.presence is Presence.NOT_READY, "no telephone, no calls"


@pytest.mark.parametrize(
    ("keys", "code"),
    [("*1", ("*1", "")), ("*2601#", ("*2", "601")), ("*2#", None), ("*2601", None), ("*6", ("*6", "")), ("*9", None)],
)
def test_codes_are_whole_or_not(keys, code):
    assert read_code(keys) == code


def test_a_star_begins_a_code_a_pause_ends_it_and_other_keys_are_forgotten():
    a = run(agent(), RESERVE, ANSWER, ACCEPT, TAKE)
    assert run(a, messages.PressKey(digit="4")) == a
    h = run(a, messages.PressKey(digit="*"), messages.PressKey(digit="2")).handset
    assert h is not None and h.keys == "*2"
    assert keyed(h, "6", AT + timedelta(seconds=5)).keys == "*26"
    assert keyed(h, "6", AT + timedelta(seconds=11)).keys == ""
    assert keyed(h, "*", AT).keys == "*"


COMMANDS = st.sampled_from(
    [
        RESERVE,
        TAKE,
        WRAP_UP,
        RELEASE,
        ANSWER,
        messages.AnswerHandset(),
        ACCEPT,
        END,
        messages.WishCall(number="112"),
        messages.EndCallWish(),
        messages.Join(interaction="j", channel=Channel.VOICE),
        messages.Release(interaction="j"),
        messages.SetPresence(presence=Presence.BREAK, reason="1"),
        messages.SetPresence(presence=Presence.READY),
        messages.SignOut(),
        messages.SignIn(queues=(1,)),
        messages.PressKey(digit="*"),
        messages.ChooseEndpoint(kind=EndpointKind.BROWSER),
        CHOOSE,
        messages.ChooseEndpoint(kind=EndpointKind.EXTENSION, number="4021", bridge="b", stays_up=True),
        messages.GiveUpPhone(),
    ]
)


@given(st.lists(COMMANDS, max_size=25))
def test_whatever_happens_the_leg_is_there_when_wanted_and_ends_by_itself(commands):
    a = agent()
    for n, command in enumerate(commands):
        decided = machine.decide(a, command, AT + timedelta(seconds=n))
        for event in [] if isinstance(decided, Refusal) else decided:
            a = machine.evolve(a, event)
        h = a.handset
        if h is None:
            continue
        assert h.living <= a.handset_wanted, "no telephone is left ringing or off the hook"
        assert a.handset_wanted <= (h.stage is not None)
        assert bool(deadlines(a)) == (h.stage not in (None, HandsetStage.UP)), "what passes has a deadline"
        assert a.available_for(Channel.VOICE) <= (h.idle or h.up)
        if any(x.stage is Stage.OFFERED for x in a.contacts):
            assert h.stage is not None


@pytest.mark.parametrize(
    ("waited", "words"),
    [(59, "méně než minutu"), (60, "jednu minutu"), (130, "dvě minuty"), (300, "pět minut"), (99_999, "šedesát minut")],
)
def test_a_mobile_is_told_the_queues_words_and_how_long_the_caller_waits(waited, words):
    assert invitation("Platby", "Ptejte se na číslo smlouvy.", timedelta(seconds=waited)) == (
        f"Příchozí hovor z fronty Platby. Ptejte se na číslo smlouvy. Volající čeká {words}. Přijměte stisknutím jedničky."
    )
    assert invitation("Platby") == "Příchozí hovor z fronty Platby, přijměte stisknutím jedničky."
