"""Figures of boards and overviews: what each counts, and where days and windows begin."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.application.settings import AgentSettings, QueueSettings, Settings
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.agent.model import Agent, Contact, Phone, Presence, Stage
from backend.domain.interaction.model import Channel, QueueVisit, Segment, VisitResult
from backend.domain.kernel.working_time import PRAGUE
from backend.domain.metrics import measures as m
from backend.domain.metrics.agent_figures import OfferResult
from backend.domain.metrics.offers import Offering
from backend.domain.metrics.service_level import Counters, Definition, Formula
from backend.domain.metrics.staff import Staff, staff_of
from backend.domain.metrics.windows import Window, since
from backend.projections.day import Day
from backend.projections.live import day_start_of

NOON = datetime(2026, 6, 15, 10, 0, 0, tzinfo=UTC)
DAY = datetime(2026, 6, 14, 22, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def settings() -> Settings:
    return Settings(
        queues={
            q: QueueSettings(
                id=q,
                name=f"fronta {q}",
                priority=0,
                ring_timeout=15 * SECOND,
                wrap_up=60 * SECOND,
                announce_every=30 * SECOND,
                definition=Definition(target=20 * SECOND, short_abandon=5 * SECOND),
                recorded=True,
                needs=(),
            )
            for q in (1, 2)
        },
        entry_points={},
        agents={},
        flows={},
    )


def visit(queue: int, at: datetime, waited: float | None = None, result: VisitResult | None = None) -> QueueVisit:
    return QueueVisit(queue, at, at + timedelta(seconds=waited) if waited is not None else None, result)


# ---- time


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-06-15T10:00:00+00:00", "2026-06-14T22:00:00+00:00"),
        ("2026-06-14T21:59:59+00:00", "2026-06-13T22:00:00+00:00"),
        ("2026-03-29T12:00:00+00:00", "2026-03-28T23:00:00+00:00"),  # clocks went forward at two: a day of 23 hours
        ("2026-10-25T12:00:00+00:00", "2026-10-24T22:00:00+00:00"),  # and back at three: 25 hours
        ("2026-10-25T23:00:00+00:00", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_a_day_begins_at_midnight_in_prague_also_when_the_clocks_change(now, start):
    assert day_start_of(datetime.fromisoformat(now), PRAGUE) == datetime.fromisoformat(start)


def test_a_rolling_window_is_whole_minutes_ending_with_this_one():
    now = NOON + timedelta(seconds=42)
    assert since(Window.HOUR, now, DAY) == NOON - timedelta(minutes=59)
    assert since(Window.QUARTER_HOUR, now, DAY) == NOON - timedelta(minutes=14)
    assert since(Window.TODAY, now, DAY) == DAY


def test_a_window_reaches_over_midnight_and_today_does_not():
    day = Day(settings(), DAY)
    after_midnight = DAY + timedelta(minutes=10)
    day.put_visit(("a", 0), visit(1, DAY - timedelta(minutes=20), 3, VisitResult.ANSWERED))
    day.put_visit(("b", 0), visit(1, DAY + timedelta(minutes=5), 3, VisitResult.ABANDONED))
    assert day.queue(1, Window.TODAY, after_midnight).visits.offered == 1
    assert day.queue(1, Window.HOUR, after_midnight).visits.offered == 2
    assert day.queue(1, Window.QUARTER_HOUR, after_midnight).visits.offered == 1


def test_midnight_forgets_yesterday_but_not_who_came_before_it_and_is_counted_by_the_hour():
    day = Day(settings(), DAY)
    late = DAY + timedelta(hours=23, minutes=50)
    day.put_visit(("a", 0), visit(1, late, 3, VisitResult.ANSWERED))
    day.put_segment(("a", 0), Segment(agent=7, accepted_at=late, connected_at=late))
    day.put_offer("a", Offering(agent=7, queue=1, offered_at=late, result=OfferResult.NO_ANSWER))
    assert (day.work(7).handled, day.work(7).missed) == (1, 1)
    new = day.begin(DAY + timedelta(days=1))
    assert new.queue(1, Window.TODAY, new.start).visits == Counters() and new.work(7).handled == 0
    assert new.queue(1, Window.HOUR, new.start + timedelta(minutes=5)).visits.answered == 1
    # Who entered yesterday and is answered today is yesterday's.
    new.put_visit(("c", 0), visit(1, new.start - SECOND))
    new.put_visit(("c", 0), visit(1, new.start - SECOND, 4, VisitResult.ANSWERED))
    assert new.queue(1, Window.TODAY, new.start).visits == Counters()


def test_the_newest_version_of_a_unit_replaces_the_older_one_and_repetition_changes_nothing():
    day = Day(settings(), DAY)
    for _ in range(2):
        day.put_visit(("a", 0), visit(1, NOON))
        assert day.queue(1, Window.TODAY, NOON).visits == Counters(offered=1)
    for _ in range(2):
        day.put_visit(("a", 0), visit(1, NOON, 25, VisitResult.ANSWERED))
        assert day.queue(1, Window.TODAY, NOON).visits == Counters(offered=1, answered=1)
        assert day.queue(1, Window.QUARTER_HOUR, NOON).visits == Counters(offered=1, answered=1)


def test_minutes_that_no_window_reaches_are_forgotten_and_today_is_not():
    day = Day(settings(), DAY)
    day.put_visit(("a", 0), visit(1, NOON, 3, VisitResult.ANSWERED))
    day.forget_minutes(NOON + timedelta(hours=2))
    assert day.everything()["minutes"] == {}
    assert day.queue(1, Window.TODAY, NOON).visits.answered == 1


# ---- what is whose


@pytest.mark.parametrize(
    ("result", "missed"),
    [
        (OfferResult.NO_ANSWER, 1),
        (OfferResult.DECLINED, 1),
        (OfferResult.ABANDONED, 1),
        (OfferResult.ACCEPTED, 0),
        (OfferResult.PHONE_LOST, 0),
        (OfferResult.SIGNED_OUT, 0),
        (OfferResult.ANSWERED_ELSEWHERE, 0),
        (OfferResult.WITHDRAWN, 0),
        (None, 0),
    ],
)
def test_an_offer_is_missed_by_its_agent_and_in_its_queue(result, missed):
    day = Day(settings(), DAY)
    day.put_offer("a", Offering(agent=7, queue=2, offered_at=NOON, result=result))
    assert day.work(7).missed == missed
    assert day.queue(2, Window.TODAY, NOON).missed == missed
    assert day.queue(1, Window.TODAY, NOON).missed == 0


def test_an_offer_that_went_directly_to_an_agent_is_no_queues_miss():
    day = Day(settings(), DAY)
    day.put_offer("a", Offering(agent=7, queue=None, offered_at=NOON, result=OfferResult.NO_ANSWER))
    assert day.work(7).missed == 1 and not day.everything()["queues"]


def test_a_conversation_counts_when_it_begins_not_when_it_is_accepted():
    day = Day(settings(), DAY)
    accepted = Segment(agent=7, accepted_at=NOON)
    day.put_segment(("a", 0), accepted)
    assert day.work(7).handled == 0
    day.put_segment(("a", 0), replace(accepted, connected_at=NOON + SECOND))
    assert day.work(7).handled == 1


def agent(presence: Presence, *stages: Stage, phone: bool = True) -> Agent:
    contacts = tuple(Contact(f"{n}", Channel.VOICE, stage, NOON) for n, stage in enumerate(stages))
    telephone = Phone(bridge="b", owner="t", connected=phone)
    return Agent(user=1, presence=presence, since=NOON, idle_since=NOON, contacts=contacts, phone=telephone)


def test_each_agent_is_free_busy_on_a_break_or_not_ready():
    found = staff_of(
        [
            agent(Presence.READY),
            agent(Presence.READY, phone=False),
            agent(Presence.READY, Stage.OFFERED),
            agent(Presence.READY, Stage.ACTIVE),
            agent(Presence.BREAK, Stage.ACTIVE),
            agent(Presence.READY, Stage.WRAP_UP),
            agent(Presence.BREAK),
            agent(Presence.NOT_READY),
            agent(Presence.OFFLINE),
        ]
    )
    assert found == Staff(free=1, busy=4, on_break=1, not_ready=2) and found.signed_in == 8


def test_what_an_agent_does_counts_since_the_contact_that_is_shown_began():
    a = agent(Presence.READY, Stage.WRAP_UP, Stage.ACTIVE)
    later = replace(a, contacts=(replace(a.contacts[0], since=NOON - 60 * SECOND), a.contacts[1]))
    assert later.activity_since == NOON


def test_an_agent_is_known_by_the_extension_or_the_log_in():
    a = AgentSettings(user=1, name="Jana", login="jana", queues=(), skills={})
    assert a.number == "jana"
    mobile, extension = Telephone("+420602000000", EndpointKind.MOBILE), Telephone("4101", EndpointKind.EXTENSION)
    assert replace(a, telephones=(mobile, extension)).number == "4101"


# ---- every measure by its name

PICTURE = m.Picture(
    waiting=3,
    longest_since=NOON - timedelta(seconds=90),
    visits=(
        (Counters(offered=40, answered=30, answered_in_target=24, abandoned=6, abandoned_short=2, flowed_out=1), Formula.F6),
        (Counters(offered=20, answered=18, answered_in_target=18, abandoned=0), Formula.F2),
    ),
    missed=5,
    callbacks=4,
    staff=Staff(free=7, busy=9, on_break=2, not_ready=1),
    expected_wait=timedelta(seconds=150),
)  # fmt: skip
VALUES = {
    m.Measure.WAITING: 3,
    m.Measure.LONGEST_WAIT: 90.0,
    m.Measure.EXPECTED_WAIT: 150.0,
    m.Measure.SERVICE_LEVEL: (24 + 18) / (36 - 2 + 18),
    m.Measure.SLA_INFOLINE: 6 / 48,
    m.Measure.OFFERED: 60,
    m.Measure.HANDLED: 48,
    m.Measure.IN_TARGET: 42,
    m.Measure.LOST: 6,
    m.Measure.SHORT_LOST: 2,
    m.Measure.FLOWED_OUT: 1,
    m.Measure.MISSED: 5,
    m.Measure.CALLBACKS: 4,
    m.Measure.FREE: 7,
    m.Measure.BUSY: 9,
    m.Measure.ON_BREAK: 2,
    m.Measure.NOT_READY: 1,
    m.Measure.SIGNED_IN: 19,
}


@pytest.mark.parametrize("measure", list(m.Measure))
def test_each_measure_of_a_picture(measure):
    assert m.value(measure, PICTURE, NOON) == VALUES[measure]


def test_nothing_to_judge_has_no_value_and_nobody_waiting_has_waited_nothing():
    nothing = m.Picture()
    assert m.value(m.Measure.SERVICE_LEVEL, nothing, NOON) is None
    assert m.value(m.Measure.SLA_INFOLINE, nothing, NOON) is None
    assert m.value(m.Measure.EXPECTED_WAIT, nothing, NOON) is None
    assert m.value(m.Measure.LONGEST_WAIT, nothing, NOON) == 0
    assert m.sla_infoline(lost=3, handled=0) is None
