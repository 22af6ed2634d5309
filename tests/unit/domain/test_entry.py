"""Entry rules: the first rule that holds, the default otherwise, and the explanation of both."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.kernel.working_time import Calendar, Interval
from backend.domain.routing.destination import HangUp, ToQueue
from backend.domain.routing.entry import (
    CallerIs,
    ClientStatusIs,
    EntryFacts,
    EntryRules,
    InCalendar,
    InTime,
    Measure,
    QueueFigures,
    QueueMeasures,
    Rule,
    decide,
    holds,
    queues_asked,
)

MONDAY_TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Prague
HOLIDAY = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
FACTS = EntryFacts(
    at=MONDAY_TEN,
    caller="+420602333444",
    client_status="vip",
    queues={1: QueueFigures(signed_in=2, ready=0, waiting=7, longest_wait_s=95, expected_wait_s=None)},
)
OFFICE = Calendar(name="x", week=((Interval.of("8-18"),),) * 5 + ((), ()))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (InTime(weekdays=(1, 2)), True),
        (InTime(weekdays=(6, 7)), False),
        (InTime(intervals=(Interval.of("8:00-10:00"),)), False),
        (InTime(intervals=(Interval.of("8:00-9:00"), Interval.of("10:00-10:01"))), True),
        (InTime(first_day=date(2026, 11, 23), last_day=date(2026, 11, 23)), True),
        (InTime(first_day=date(2026, 11, 24)), False),
        (InTime(holiday=True), False),
        (InTime(holiday=False), True),
        (InTime(), True),
        (InCalendar(calendar=1), True),
        (InCalendar(calendar=1, negated=True), False),
        (InCalendar(calendar=9), False),
        (CallerIs(prefixes=("+420602",)), True),
        (CallerIs(numbers=("+420602333444",)), True),
        (CallerIs(prefixes=("+421",), withheld=True), False),
        (ClientStatusIs(statuses=("vip", "company")), True),
        (ClientStatusIs(statuses=("",)), False),
        (QueueMeasures(queue=1, measure=Measure.SIGNED_IN, less_than=1), False),
        (QueueMeasures(queue=2, measure=Measure.SIGNED_IN, less_than=1), True),
        (QueueMeasures(queue=1, measure=Measure.READY, less_than=1), True),
        (QueueMeasures(queue=1, measure=Measure.WAITING, more_than=7), False),
        (QueueMeasures(queue=1, measure=Measure.WAITING, more_than=6), True),
        (QueueMeasures(queue=1, measure=Measure.LONGEST_WAIT_S, more_than=90), True),
        (QueueMeasures(queue=1, measure=Measure.EXPECTED_WAIT_S, more_than=600), True),
    ],
)
def test_condition(condition, expected):
    assert holds(condition, FACTS, {1: OFFICE})[0] is expected


def test_withheld_number_has_no_prefix():
    hidden = EntryFacts(at=MONDAY_TEN)
    assert not holds(CallerIs(prefixes=("+420",)), hidden, {})[0]
    assert holds(CallerIs(withheld=True), hidden, {})[0]


def test_holiday():
    assert holds(InTime(holiday=True), EntryFacts(at=HOLIDAY), {})[0]
    assert not holds(InCalendar(calendar=1), EntryFacts(at=HOLIDAY), {1: OFFICE})[0]


RULES = EntryRules(
    number="+420800100200",
    rules=(
        Rule(name="svátek", conditions=(InTime(holiday=True),), to=HangUp(text="Máme svátek.")),
        Rule(
            name="vip a fronta stojí",
            conditions=(
                ClientStatusIs(statuses=("vip",)),
                QueueMeasures(queue=1, measure=Measure.WAITING, more_than=100),
            ),
            to=ToQueue(queue=2),
        ),
        Rule(name="vip", conditions=(ClientStatusIs(statuses=("vip",)),), to=ToQueue(queue=1, priority=5)),
        Rule(name="dál", to=ToQueue(queue=3)),
    ),
    default=HangUp(),
)


def test_first_rule_that_holds_decides_and_the_explanation_says_what_failed():
    decision = decide(RULES, FACTS, {})
    assert (decision.to, decision.rule, decision.rule_name) == (ToQueue(queue=1, priority=5), 2, "vip")
    assert [(x.name, x.applied) for x in decision.looked] == [
        ("svátek", False),
        ("vip a fronta stojí", False),
        ("vip", True),
    ]
    assert [(f.condition, f.held, f.found) for f in decision.looked[1].findings] == [(0, True, "vip"), (1, False, "7")]
    assert queues_asked(RULES) == {1}


def test_default_when_nothing_holds():
    decision = decide(EntryRules(number="1", rules=RULES.rules[:1], default=ToQueue(queue=9)), FACTS, {})
    assert (decision.to, decision.rule, decision.rule_name) == (ToQueue(queue=9), None, None)


conditions = st.sampled_from(
    [InTime(holiday=True), InTime(holiday=False), CallerIs(withheld=True), ClientStatusIs(statuses=("vip",))]
)
rules = st.lists(st.lists(conditions, max_size=3), max_size=5).map(
    lambda found: tuple(Rule(name=str(n), conditions=tuple(x), to=ToQueue(queue=n)) for n, x in enumerate(found))
)


@given(rules)
def test_decision_is_the_first_rule_whose_conditions_all_hold(given_rules):
    decision = decide(EntryRules(number="1", rules=given_rules, default=HangUp()), FACTS, {})
    wanted = next((n for n, r in enumerate(given_rules) if all(holds(c, FACTS, {})[0] for c in r.conditions)), None)
    assert decision.rule == wanted
    assert decision.to == (HangUp() if wanted is None else ToQueue(queue=wanted))
    assert len(decision.looked) == (len(given_rules) if wanted is None else wanted + 1)
