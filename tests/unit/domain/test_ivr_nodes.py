"""Each kind of node: entries, surveys, attributes, notices, sub-flows, look-ups, conditions on figures."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from backend.domain.ivr.flow import (
    Check,
    Collect,
    Comparison,
    Condition,
    Flow,
    Frame,
    LookUp,
    Menu,
    Notice,
    Return,
    SetAttribute,
    Speak,
    SubFlow,
    Subject,
    Survey,
)
from backend.domain.ivr.interpreter import (
    BrokenFlow,
    Facts,
    KeyPressed,
    LookUpAnswered,
    NoticeFacts,
    PromptFinished,
    QueueFacts,
    Returned,
    SilenceElapsed,
    Started,
    step,
)
from backend.domain.ivr.validation import ProblemKind, validate
from backend.domain.routing.destination import HangUp, ToNumber, ToQueue
from backend.domain.voice.toll import OutsideRules
from tests.unit.domain.test_ivr import world

FACTS = Facts(
    local=datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Prague")),
    caller="+420601123456",
    variables={"name": "Marie Černá", "debt": "1250.50"},
)


def flow(start: str = "a", id: int = 7, **nodes) -> Flow:
    return Flow(id=id, version=1, name="x", start=start, nodes={**nodes, "q": ToQueue(queue=1), "k": HangUp()})


def walk(f: Flow, *inputs, facts: Facts = FACTS):
    """The last step after Started and the inputs; each must have meant something."""
    moved = step(f, None, Started(), facts)
    for given in inputs:
        after = step(f, moved.run, given, facts)
        assert after is not None, given
        moved = after
    return moved


def keys(digits: str) -> list[KeyPressed]:
    return [KeyPressed(d) for d in digits]


ENTRY = flow(
    a=Collect(text="Zadejte číslo pojištěnce.", variable="cp", next="q", otherwise="k", least=9, most=10,
              check=Check.INSURED_NUMBER, attempts=2, invalid_text="Číslo nesouhlasí."),
)  # fmt: skip


def test_an_entry_ends_by_its_length_by_hash_or_by_silence():
    assert walk(ENTRY, *keys("7551231237")).run.variables == {"cp": "7551231237"}
    by_hash = walk(ENTRY, *keys("535231001"), KeyPressed("#"))
    assert by_hash.run.variables == {"cp": "535231001"} and isinstance(by_hash.exit, ToQueue)
    typed = walk(ENTRY, *keys("535231001"))
    assert typed.run.listening and typed.run.saying is None
    assert step(ENTRY, typed.run, SilenceElapsed(typed.run.step, 8), FACTS) is None, "a digit came meanwhile"
    assert step(ENTRY, typed.run, SilenceElapsed(typed.run.step, 9), FACTS).run.variables == {"cp": "535231001"}


def test_a_wrong_entry_is_asked_again_and_then_given_up():
    wrong = walk(ENTRY, *keys("7551231234"))
    assert wrong.run.saying == "Číslo nesouhlasí. Zadejte číslo pojištěnce." and wrong.run.digits == ""
    assert wrong.run.step == 2 and wrong.exit is None
    again = step(ENTRY, wrong.run, PromptFinished(wrong.run.step), FACTS)
    assert isinstance(step(ENTRY, again.run, SilenceElapsed(again.run.step), FACTS).exit, HangUp)


def test_star_begins_the_entry_anew():
    assert walk(ENTRY, *keys("999"), KeyPressed("*"), *keys("7551231237")).run.variables == {"cp": "7551231237"}


def test_a_survey_keeps_the_score_and_star_is_ten():
    f = flow(a=Survey(text="Doporučíte nás?", question="nps", lowest=0, highest=10, next="k", otherwise="q"))
    assert walk(f, KeyPressed("9")).run.answers == {"nps": 9}
    assert walk(f, KeyPressed("*")).run.answers == {"nps": 10}
    five = flow(a=Survey(text="Známka?", question="mark", lowest=1, highest=5, next="k", otherwise="q"))
    unclear = walk(five, KeyPressed("9"))
    assert unclear.exit is None and unclear.run.attempt == 2
    assert isinstance(step(five, unclear.run, KeyPressed("0"), FACTS).exit, ToQueue)


def test_attributes_are_set_on_the_way_and_can_be_asked_about():
    f = flow(
        a=SetAttribute(name="problem", value="dluh {debt|amount}", next="b"),
        b=Condition(subject=Subject.ATTRIBUTE, of="problem", comparison=Comparison.STARTS_WITH, values=("dluh",), then="c", otherwise="k"),
        c=Speak(text="Dlužíte {debt|amount}, {name}. {neznama}", next="q"),
    )  # fmt: skip
    moved = walk(f)
    assert moved.path == ("a", "b", "c")
    assert moved.run.attributes == {"problem": "dluh tisíc dvě stě padesát korun a padesát haléřů"}
    assert moved.run.saying == "Dlužíte tisíc dvě stě padesát korun a padesát haléřů, Marie Černá."


def test_a_notice_is_said_only_while_it_is_on():
    f = flow(a=Notice(notice=3, next="q"))
    assert isinstance(walk(f).exit, ToQueue)
    on = Facts(local=FACTS.local, notices={3: NoticeFacts(text="Nejde portál.", prompt="ab")})
    said = walk(f, facts=on)
    assert (said.run.saying, said.run.prompt, said.exit) == ("Nejde portál.", "ab", None)
    assert isinstance(step(f, said.run, PromptFinished(said.run.step), on).exit, ToQueue)


def test_a_recorded_prompt_is_played_without_a_text():
    f = flow(a=Menu(text="", prompt="0123", choices={"1": "q"}, otherwise="k"))
    asked = walk(f)
    assert (asked.run.saying, asked.run.prompt) == ("", "0123")
    heard = step(f, asked.run, PromptFinished(asked.run.step), FACTS)
    assert heard.run.listening


def test_a_sub_flow_returns_to_where_it_was_called_with_what_was_said_in_it():
    main = flow(
        id=1,
        a=Speak(text="Dobrý den.", next="s"),
        s=SubFlow(flow=2, next="b"),
        b=Menu(text="{pin}", choices={"1": "q"}, otherwise="k"),
    )
    sub = flow(id=2, a=Collect(text="PIN?", variable="pin", next="r", otherwise="k", most=2), r=Return())
    first = walk(main)
    called = step(main, first.run, PromptFinished(first.run.step), FACTS)
    assert called.exit == SubFlow(flow=2, next="b") and called.run.finished
    inside = step(sub, called.run, Started((Frame(1, 1, "b"),)), FACTS)
    assert inside.run.saying == "PIN?" and inside.run.step > called.run.step
    for key in keys("42"):
        inside = step(sub, inside.run, key, FACTS)
    assert inside.exit == Return()
    back = step(main, inside.run, Returned("b"), FACTS)
    assert (back.run.flow, back.run.saying, back.run.stack) == (1, "42", ())
    assert back.run.step > inside.run.step


def test_return_of_a_flow_that_nobody_called_lets_the_caller_go():
    assert walk(flow(a=Return())).exit == HangUp()


def test_sub_flows_that_call_each_other_for_ever_are_broken_not_endless():
    with pytest.raises(BrokenFlow, match="too deep"):
        step(flow(a=Return()), None, Started(tuple(Frame(1, 1, "a") for _ in range(11))), FACTS)


LOOK = flow(a=LookUp(url="https://icis.example/x", takes=("debt", "till"), next="b", failed="k", text="Okamžik…"),
            b=Speak(text="{debt|amount} do {till|date}", next="q"))  # fmt: skip


def test_a_look_up_brings_values_or_fails():
    asked = walk(LOOK)
    assert asked.run.looking_up and asked.run.saying == "Okamžik…"
    assert step(LOOK, asked.run, PromptFinished(asked.run.step), FACTS) is None
    answered = step(
        LOOK, asked.run, LookUpAnswered(asked.run.step, {"debt": "3", "till": "2026-12-24", "x": "1"}), FACTS
    )
    assert answered.run.saying == "tři koruny do dvacátého čtvrtého prosince dva tisíce dvacet šest"
    assert answered.run.variables == {"debt": "3", "till": "2026-12-24"}
    assert isinstance(step(LOOK, asked.run, LookUpAnswered(asked.run.step, None), FACTS).exit, HangUp)
    assert step(LOOK, answered.run, LookUpAnswered(asked.run.step, {}), FACTS) is None, "too late"


@pytest.mark.parametrize(
    "subject, comparison, values, expected",
    [
        (Subject.QUEUE_WAITING, Comparison.AT_LEAST, ("5",), True),
        (Subject.QUEUE_WAITING, Comparison.AT_LEAST, ("6",), False),
        (Subject.QUEUE_LONGEST_WAIT, Comparison.LESS_THAN, ("61",), True),
        (Subject.QUEUE_SIGNED_IN, Comparison.EQUALS, ("0",), True),
        (Subject.QUEUE_OPEN, Comparison.EQUALS, ("no",), True),
        (Subject.QUEUE_EXPECTED_WAIT, Comparison.AT_LEAST, ("1",), False),
        (Subject.VARIABLE, Comparison.AT_LEAST, ("1000",), True),
        (Subject.CALLER, Comparison.STARTS_WITH, ("+4206",), True),
    ],
)
def test_conditions_ask_about_figures_and_variables(subject, comparison, values, expected):
    of = "debt" if subject is Subject.VARIABLE else "1"
    f = flow(a=Condition(subject=subject, of=of, comparison=comparison, values=values, then="q", otherwise="k"))
    facts = Facts(
        local=FACTS.local,
        caller=FACTS.caller,
        variables=FACTS.variables,
        queues={1: QueueFacts(open=False, waiting=5, longest_s=60.0)},
    )
    assert isinstance(walk(f, facts=facts).exit, ToQueue) == expected


def test_validation_names_each_node_that_is_wrong():
    f = flow(
        a=SubFlow(flow=99, next="b"),
        b=SubFlow(flow=8, next="c"),
        c=Collect(text="{x|nesmysl}", variable="není jméno", least=3, most=2, next="d", otherwise="k"),
        d=Survey(text="?", question="nps", lowest=5, highest=5, next="e", otherwise="k"),
        e=Notice(notice=1, next="f"),
        f=LookUp(url="http://169.254.169.254/x", takes=("1x",), next="g", failed="g"),
        g=Condition(subject=Subject.QUEUE_WAITING, of="12", comparison=Comparison.AT_LEAST, values=("1",), then="h", otherwise="i"),
        h=Speak(text="", prompt="chybí", next="q"),
        i=Condition(subject=Subject.VARIABLE, of="", comparison=Comparison.EQUALS, values=("1",), then="j", otherwise="q"),
        j=ToNumber(number="policie"),
    )  # fmt: skip
    found = {(p.kind, p.node) for p in validate(f, world(1, calls={8: frozenset({9}), 9: frozenset({7})}))}
    assert found == {
        (ProblemKind.UNKNOWN_FLOW, "a"),
        (ProblemKind.UNKNOWN_FLOW, "b"),
        (ProblemKind.CALLS_ITSELF, "b"),
        (ProblemKind.UNKNOWN_KIND, "c"),
        (ProblemKind.BAD_NAME, "c"),
        (ProblemKind.BAD_LENGTH, "c"),
        (ProblemKind.BAD_VALUES, "d"),
        (ProblemKind.UNKNOWN_NOTICE, "e"),
        (ProblemKind.BAD_URL, "f"),
        (ProblemKind.BAD_NAME, "f"),
        (ProblemKind.UNKNOWN_QUEUE, "g"),
        (ProblemKind.UNKNOWN_PROMPT, "h"),
        (ProblemKind.BAD_NAME, "i"),
        (ProblemKind.BAD_DESTINATION, "j"),
    }
    good = world(1, hosts=frozenset({"icis.example", "icis.example:8443"}))
    assert validate(LOOK, good) == []


def test_validation_names_the_node_whose_number_must_not_be_called_and_the_number():
    f = flow(
        a=Condition(subject=Subject.QUEUE_WAITING, of="1", comparison=Comparison.AT_LEAST, values=("1",), then="b", otherwise="c"),
        b=ToNumber(number="900 123 456".replace(" ", "")),
        c=ToNumber(number="602333444", otherwise=ToNumber(number="+420906111222")),
    )  # fmt: skip
    known = world(1)
    strict = replace(known, routing=replace(known.routing, outside=OutsideRules()))
    found = {(p.kind, p.node, p.detail) for p in validate(f, strict) if p.kind is not ProblemKind.UNREACHABLE}
    assert found == {
        (ProblemKind.NOT_LET_OUT, "b", "900123456"),
        (ProblemKind.NOT_LET_OUT, "c", "+420906111222"),
    }
