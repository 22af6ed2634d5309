"""What lasts, from when on it lasts too long, and what becomes of an alert."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.domain.agent.model import Agent, BreakKind, Contact, Presence, Stage
from backend.domain.alerts import alert as al
from backend.domain.alerts.limits import (
    AlertKind,
    AlertSettings,
    Lasting,
    Limit,
    lasting_of_agent,
    lasting_of_contact,
    too_long,
)
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Offer, Phase, Segment
from backend.domain.kernel.refusal import Refusal, RefusalCode

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BREAKS = {"1": BreakKind.PRIVATE, "3": BreakKind.WORK}


def contact(phase: Phase, **more) -> Interaction:
    return Interaction(
        id="c1",
        version=1,
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        phase=phase,
        customer=Customer("+420777123456"),
        dialled="+420800100200",
        arrived_at=NOW,
        queue=1,
        **more,
    )


def kinds(found) -> list[tuple[AlertKind, datetime, int | None]]:
    return [(x.kind, x.since, x.agent) for x in found]


def test_who_waits_lasts_since_the_place_and_who_is_rung_since_the_offer():
    ringing = contact(Phase.OFFERED, queued_at=NOW, offer=Offer(7, NOW + MINUTE, NOW + 2 * MINUTE))
    assert kinds(lasting_of_contact(ringing)) == [
        (AlertKind.WAITING, NOW, None),
        (AlertKind.RINGING, NOW + MINUTE, 7),
    ]


def test_a_call_lasts_and_so_does_its_hold():
    talking = contact(
        Phase.ACTIVE, queued_at=NOW, segments=(Segment(agent=7, accepted_at=NOW),), held_since=NOW + MINUTE
    )  # fmt: skip
    assert kinds(lasting_of_contact(talking)) == [(AlertKind.CALL, NOW, 7), (AlertKind.HOLD, NOW + MINUTE, 7)]


def test_wrap_up_lasts_since_the_end_of_the_agents_part_also_when_another_talks():
    first = Segment(agent=7, accepted_at=NOW, ended_at=NOW + MINUTE)
    both = contact(Phase.ACTIVE, segments=(first, Segment(agent=8, accepted_at=NOW + MINUTE)))
    assert kinds(lasting_of_contact(both)) == [
        (AlertKind.CALL, NOW + MINUTE, 8),
        (AlertKind.WRAP_UP, NOW + MINUTE, 7),
    ]


def test_nothing_of_a_contact_in_the_menu_or_parked_is_watched():
    assert not list(lasting_of_contact(contact(Phase.IN_IVR)))
    assert not list(lasting_of_contact(contact(Phase.PARKED, segments=(Segment(agent=7, accepted_at=NOW, ended_at=NOW, wrapped_up_at=NOW),))))  # fmt: skip


@pytest.mark.parametrize(
    ("presence", "reason", "expected"),
    [
        (Presence.BREAK, "1", AlertKind.BREAK_PRIVATE),
        (Presence.BREAK, "3", AlertKind.BREAK_WORK),
        (Presence.BREAK, "99", AlertKind.BREAK_PRIVATE),
        (Presence.NOT_READY, "missed_offer", AlertKind.NOT_READY),
        (Presence.READY, None, None),
        (Presence.OFFLINE, None, None),
    ],
)
def test_breaks_by_their_kind_and_not_being_ready(presence, reason, expected):
    a = Agent(user=7, presence=presence, reason=reason, since=NOW, idle_since=NOW)
    assert [x.kind for x in lasting_of_agent(a, BREAKS)] == ([expected] if expected else [])


def test_a_break_that_was_asked_for_during_a_call_begins_after_it():
    call = Contact("c1", Channel.VOICE, Stage.ACTIVE, NOW)
    a = Agent(user=7, presence=Presence.BREAK, reason="1", since=NOW, idle_since=NOW, contacts=(call,))
    assert not list(lasting_of_agent(a, BREAKS))
    after = replace(a, contacts=(), idle_since=NOW + 5 * MINUTE)
    assert [x.since for x in lasting_of_agent(after, BREAKS)] == [NOW + 5 * MINUTE]


WAITING = Lasting(kind=AlertKind.WAITING, since=NOW, queue=1, interaction="c1")
LIMITS = AlertSettings(
    limits=(
        Limit(kind=AlertKind.WAITING, after_s=60),
        Limit(kind=AlertKind.WAITING, after_s=10, queue=1),
        Limit(kind=AlertKind.WAITING, after_s=None, queue=3),
        Limit(kind=AlertKind.HOLD, after_s=None),
    )
)


@pytest.mark.parametrize(
    ("queue", "seconds", "passed"),
    [(1, 10, None), (1, 10.001, 10), (2, 60, None), (2, 61, 60), (None, 61, 60), (3, 9999, None)],
)
def test_the_limit_of_a_queue_goes_before_the_general_one_and_the_limit_itself_is_not_too_long(queue, seconds, passed):
    found = too_long(replace(WAITING, queue=queue), LIMITS, NOW + timedelta(seconds=seconds))
    assert found == (timedelta(seconds=passed) if passed else None)


def test_a_kind_that_is_off_or_not_named_has_no_alert():
    later = NOW + timedelta(days=1)
    assert too_long(replace(WAITING, kind=AlertKind.HOLD), LIMITS, later) is None
    assert too_long(replace(WAITING, kind=AlertKind.CALL), LIMITS, later) is None


def test_an_event_has_one_name_as_long_as_it_is_the_same_event():
    assert WAITING.key == replace(WAITING, queue=2).key, "moved to another queue it is still the same wait"
    assert WAITING.key != replace(WAITING, since=NOW + MINUTE).key
    assert WAITING.key != replace(WAITING, interaction="c2").key


ALERT = al.raised(al.Raised(at=NOW, about=WAITING, limit=MINUTE))


def after(alert, events):
    for event in events:
        alert = al.evolve(alert, event)
    return alert


def test_an_alert_calls_until_it_is_acknowledged_and_the_first_one_counts():
    assert ALERT.calls(NOW)
    known = after(ALERT, al.acknowledge(ALERT, 5, NOW + MINUTE))
    assert not known.calls(NOW + MINUTE) and known.acknowledged_by == 5 and known.version == 2
    assert al.acknowledge(known, 6, NOW + 2 * MINUTE) == []


def test_an_alert_that_is_put_off_calls_again_afterwards():
    later = after(ALERT, al.snooze(ALERT, 5, 5 * MINUTE, NOW))
    assert not later.calls(NOW + 4 * MINUTE) and later.calls(NOW + 5 * MINUTE)


@pytest.mark.parametrize("length", [timedelta(), timedelta(minutes=-1), timedelta(hours=3)])
def test_putting_off_for_no_time_or_for_ever_is_refused(length):
    assert al.snooze(ALERT, 5, length, NOW) == Refusal(RefusalCode.BAD_INPUT, "minutes")


def test_what_is_over_cannot_be_acknowledged_any_more():
    over = after(ALERT, al.end(ALERT, NOW))
    assert al.end(over, NOW) == [] and not over.calls(NOW)
    assert al.acknowledge(over, 5, NOW) == Refusal(RefusalCode.WRONG_PHASE, "over")
