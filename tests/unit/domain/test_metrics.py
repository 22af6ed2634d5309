"""One definition per number: the reference values of the field."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.interaction.model import QueueVisit, VisitResult
from backend.domain.metrics.service_level import Counters, Definition, Formula, count, count_all, service_level

ICMI = Counters(
    offered=1060, answered=1000, answered_in_target=860, abandoned=60, abandoned_in_target=20, abandoned_short=10
)
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Formula.F1, 0.8302),
        (Formula.F2, 0.86),
        (Formula.F3, 0.8113),
        (Formula.F4, 0.8269),
        (Formula.F5, 0.8208),
        (Formula.F6, 0.8190),
    ],
)
def test_service_level_of_the_common_example(formula, expected):
    assert round(service_level(ICMI, formula), 4) == expected


def test_forum_example_of_f6():
    counters = Counters(offered=400, answered=300, answered_in_target=200, abandoned=100, abandoned_short=50)
    assert round(service_level(counters, Formula.F6), 4) == 0.5714


@pytest.mark.parametrize("formula", list(Formula))
def test_nothing_offered_has_no_value(formula):
    assert service_level(Counters(), formula) is None


def visit(seconds: float | None, result: VisitResult | None) -> QueueVisit:
    left = None if seconds is None else START + timedelta(seconds=seconds)
    return QueueVisit(1, START, left, result)


def test_a_wait_equal_to_the_limit_is_within_it():
    definition = Definition()
    assert count(visit(20, VisitResult.ANSWERED), definition).answered_in_target == 1
    assert count(visit(20.001, VisitResult.ANSWERED), definition).answered_in_target == 0
    assert count(visit(5, VisitResult.ABANDONED), definition).abandoned_short == 1
    assert count(visit(5.001, VisitResult.ABANDONED), definition).abandoned_short == 0


def test_offered_is_answered_abandoned_flowed_out_and_still_waiting():
    visits = [
        visit(3, VisitResult.ANSWERED),
        visit(9, VisitResult.ABANDONED),
        visit(4, VisitResult.FLOWED_OUT),
        visit(None, None),
    ]
    total = count_all(visits, Definition())
    assert (total.offered, total.waiting) == (4, 1)
