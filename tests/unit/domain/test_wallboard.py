"""Formulae of own figures, and what a layout may be."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.metrics.measures import Measure
from backend.domain.routing.validation import ProblemKind, World
from backend.domain.wallboard import layout as wall
from backend.domain.wallboard.formula import BadFormula, evaluate, measures, parse

VALUES = {Measure.LOST: 6.0, Measure.HANDLED: 48.0, Measure.WAITING: 0.0, Measure.SERVICE_LEVEL: None}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("lost", 6),
        ("lost / handled", 0.125),
        ("lost / (lost + handled) * 100", 6 / 54 * 100),
        ("-lost + 2 * 3.5", 1),
        ("max(lost, handled, 1)", 48),
        ("min(lost)", 6),
        ("handled / waiting", None),
        ("handled + service_level", None),
        ("1e9 * 1e9", 1e18),
    ],
)
def test_a_formula_is_computed_and_what_cannot_be_has_no_value(formula, expected):
    assert evaluate(formula, VALUES.get) == (pytest.approx(expected) if expected is not None else None)


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "lost /",
        "lost ** 9",
        "9 ** 9 ** 9",
        "__import__('os')",
        "lost.__class__",
        "[lost]",
        "lost if handled else 0",
        "lambda: 1",
        "(x := 1)",
        "max()",
        "max(lost, key=handled)",
        "abs(lost)",
        "nothing_known",
        "'a' * 9",
        "True",
        "1e300",
        "1j",
        "lost < handled",
        "(" * 150 + "1" + ")" * 50,
        "1+" * 150,
        "\x00",
        "lost\nhandled",
    ],
)
def test_what_is_not_of_the_language_is_refused(formula):
    with pytest.raises(BadFormula):
        parse(formula)


@given(st.text(max_size=220))
def test_no_text_does_anything_but_be_computed_or_refused(text):
    try:
        found = evaluate(text, VALUES.get)
    except BadFormula:
        return
    assert found is None or isinstance(found, float)


def test_a_formula_says_which_measures_it_asks_about():
    assert measures("lost / (handled + lost)") == {Measure.LOST, Measure.HANDLED}


WORLD = World(
    queues=frozenset({1, 2}),
    agents=frozenset(),
    skills=frozenset(),
    groups=frozenset(),
    flows=frozenset(),
    calendars=frozenset(),
    numbers=frozenset(),
)


def found(*tiles, **more):
    made = wall.Layout(name="Hala", pages=(wall.Page(tiles=tiles),), **more)
    return [(p.field, p.kind) for p in wall.problems(made, WORLD)]


def test_the_usual_layout_and_every_usual_tile_are_without_problems():
    assert not list(wall.problems(wall.usual("Hala"), WORLD))
    for measure in Measure:
        assert found(wall.usual_tile(measure)) == []
    assert sum(x.columns * x.rows for x in wall.usual("x").pages[0].tiles) <= wall.COLUMNS * wall.MOST_ROWS


def test_every_problem_of_a_layout_names_its_field():
    tile = wall.usual_tile(Measure.WAITING)
    change = msgspec.structs.replace
    assert found(change(tile, columns=0)) == [("pages.0.tiles.0.columns", ProblemKind.OUT_OF_RANGE)]
    assert found(change(tile, rows=9)) == [("pages.0.tiles.0.rows", ProblemKind.OUT_OF_RANGE)]
    assert found(change(tile, queues=(1, 9))) == [("pages.0.tiles.0.queues", ProblemKind.UNKNOWN)]
    assert found(change(tile, warn=5.0, bad=3.0)) == [("pages.0.tiles.0.bad", ProblemKind.ORDER)]
    assert found(change(tile, warn=5.0, bad=3.0, lower_is_worse=True)) == []
    assert found(wall.OwnTile(title="Podíl", formula="lost /")) == [("pages.0.tiles.0.formula", ProblemKind.MALFORMED)]
    assert found(wall.OwnTile(formula="lost")) == [("pages.0.tiles.0.title", ProblemKind.MISSING)]
    assert found(wall.TextTile()) == [("pages.0.tiles.0.text", ProblemKind.MISSING)]
    assert found(*[tile] * 25) == [("pages.0.tiles", ProblemKind.OUT_OF_RANGE)]
    assert found(rotate_s=2) == [("rotate_s", ProblemKind.OUT_OF_RANGE)] and found(rotate_s=0) == []
    assert [p.field for p in wall.problems(wall.Layout(name="", pages=()), WORLD)] == ["name", "pages"]
