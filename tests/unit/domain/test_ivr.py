"""The interpreter: menus, silences, keys that come early, conditions, and what validation finds."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.domain.ivr.flow import Comparison, Condition, Flow, Menu, Speak, Subject
from backend.domain.ivr.interpreter import (
    BrokenFlow,
    Facts,
    KeyPressed,
    PromptFinished,
    SilenceElapsed,
    Started,
    step,
)
from backend.domain.ivr.validation import ProblemKind, World, validate
from backend.domain.routing import validation as routing
from backend.domain.routing.destination import HangUp, ToQueue
from backend.domain.voice.czech import fill

LOCAL = datetime(2026, 11, 2, 14, 30, tzinfo=ZoneInfo("Europe/Prague"))
FACTS = Facts(local=LOCAL, caller="+420777123456", client_status="vip", variables={"jmeno": "Marie"})
MENU = Menu(
    text="Stiskněte jedničku.", choices={"1": "fronta", "*": "menu"}, otherwise="konec", invalid_text="Neznámá volba."
)
FLOW = Flow(
    id=1,
    version=4,
    name="Linka",
    start="uvod",
    nodes={
        "uvod": Speak(text="Dobrý den, {jmeno}.", next="menu"),
        "menu": MENU,
        "fronta": ToQueue(queue=3, priority=2),
        "konec": HangUp(text="Na shledanou."),
    },
)


def walk(*inputs):
    result, run = None, None
    for given in inputs:
        result = step(FLOW, run, given, FACTS)
        assert result is not None, given
        run = result.run
    return result


def world(*queues: int, **more) -> World:
    nothing: frozenset = frozenset()
    exists = routing.World(
        queues=frozenset(queues), agents=nothing, skills=nothing, groups=nothing, flows=frozenset({7}),
        calendars=nothing, numbers=nothing,
    )  # fmt: skip
    return World(routing=exists, **more)


def test_welcome_menu_and_choice_lead_to_the_queue():
    start = walk(Started())
    assert (start.run.saying, start.path) == ("Dobrý den, Marie.", ("uvod",))
    menu = walk(Started(), PromptFinished(start.run.step))
    assert menu.run.saying == "Stiskněte jedničku." and menu.run.awaiting_key
    done = walk(Started(), PromptFinished(start.run.step), KeyPressed("1"))
    assert done.exit == FLOW.nodes["fronta"] and done.run.finished


def test_key_during_the_welcome_is_kept_for_the_menu():
    done = walk(Started(), KeyPressed("1"))
    assert done.exit == FLOW.nodes["fronta"] and done.path == ("menu", "fronta")


def test_wrong_keys_and_silences_use_up_the_attempts_then_otherwise():
    run = walk(Started(), KeyPressed("5")).run
    assert run.node == "menu" and run.attempt == 1
    again = step(FLOW, run, KeyPressed("9"), FACTS).run
    assert again.attempt == 2 and again.saying == "Neznámá volba. Stiskněte jedničku."
    ended = step(FLOW, again, PromptFinished(again.step), FACTS).run
    silent = step(FLOW, ended, SilenceElapsed(ended.step), FACTS).run
    assert silent.attempt == 3 and silent.saying == "Stiskněte jedničku."
    goodbye = step(FLOW, silent, KeyPressed("0"), FACTS)
    assert goodbye.run.node == "konec" and goodbye.exit is None
    over = step(FLOW, goodbye.run, PromptFinished(goodbye.run.step), FACTS)
    assert over.exit == FLOW.nodes["konec"]


def test_late_reports_about_an_earlier_prompt_mean_nothing():
    start = walk(Started()).run
    menu = step(FLOW, start, PromptFinished(start.step), FACTS).run
    assert step(FLOW, menu, PromptFinished(start.step), FACTS) is None
    assert step(FLOW, menu, SilenceElapsed(menu.step), FACTS) is None
    assert step(FLOW, start, Started(), FACTS) is None


@pytest.mark.parametrize(
    ("subject", "comparison", "values", "holds"),
    [
        (Subject.HOUR, Comparison.BETWEEN, ("08:00", "16:00"), True),
        (Subject.HOUR, Comparison.BETWEEN, ("15:00", "16:00"), False),
        (Subject.WEEKDAY, Comparison.ONE_OF, ("1", "2"), True),
        (Subject.DATE, Comparison.EQUALS, ("2026-11-02",), True),
        (Subject.CALLER, Comparison.STARTS_WITH, ("+420",), True),
        (Subject.CLIENT_STATUS, Comparison.EQUALS, ("standard",), False),
    ],
)
def test_conditions_on_time_number_and_status(subject, comparison, values, holds):
    flow = Flow(
        id=1,
        version=1,
        name="x",
        start="c",
        nodes={
            "c": Condition(subject=subject, comparison=comparison, values=values, then="a", otherwise="n"),
            "a": ToQueue(queue=1),
            "n": ToQueue(queue=2),
        },
    )
    assert step(flow, None, Started(), FACTS).exit.queue == (1 if holds else 2)


def test_unknown_names_in_a_text_are_left_out():
    assert fill("Vážený {pan} kliente {x}", {}) == "Vážený kliente"


def test_validation_names_the_node_of_every_problem():
    flow = Flow(
        id=1,
        version=1,
        name="x",
        start="a",
        nodes={
            "a": Condition(
                subject=Subject.HOUR, comparison=Comparison.BETWEEN, values=("8",), then="b", otherwise="chybí"
            ),
            "b": Condition(subject=Subject.HOUR, comparison=Comparison.EQUALS, values=("8",), then="a", otherwise="m"),
            "m": Menu(text=" ", choices={"12": "q"}, otherwise="q", timeout_s=0),
            "q": ToQueue(queue=99),
            "sirotek": HangUp(),
        },
    )
    found = {(p.kind, p.node) for p in validate(flow, world(1))}
    assert found == {
        (ProblemKind.BAD_VALUES, "a"),
        (ProblemKind.MISSING_NODE, "a"),
        (ProblemKind.SILENT_CIRCLE, "a"),
        (ProblemKind.SILENT_CIRCLE, "b"),
        (ProblemKind.EMPTY_TEXT, "m"),
        (ProblemKind.BAD_KEY, "m"),
        (ProblemKind.BAD_TIMEOUT, "m"),
        (ProblemKind.UNKNOWN_QUEUE, "q"),
        (ProblemKind.UNREACHABLE, "sirotek"),
    }
    assert validate(FLOW, world(3)) == []


def test_broken_flow_is_said_loudly():
    with pytest.raises(BrokenFlow):
        step(Flow(id=1, version=1, name="x", start="nikde", nodes={}), None, Started(), FACTS)
