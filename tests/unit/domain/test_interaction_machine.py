"""Every phase × every command, and what each event may do."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction import machine
from backend.domain.interaction.deadlines import deadlines
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Outcome, Phase, VisitResult
from backend.domain.ivr.flow import Flow, Speak
from backend.domain.ivr.interpreter import Facts, PromptFinished, Started
from backend.domain.kernel.refusal import Refusal
from backend.domain.routing.destination import HangUp, RoutingReason, ToQueue
from backend.domain.routing.queue_options import QueueOptions

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FLOW = Flow(id=1, version=1, name="x", start="q", nodes={"q": ToQueue(queue=1)})
SURVEY = Flow(id=3, version=1, name="y", start="q", nodes={"q": Speak(text="Děkujeme.", next="e"), "e": HangUp()})
FACTS = Facts(local=NOW)
ARRIVE = c.Arrive(
    channel=Channel.VOICE,
    direction=Direction.INBOUND,
    customer=Customer("+420777123456"),
    dialled="1",
    bridge="b",
    leg="l",
)
COMMANDS: list[c.InteractionCommand] = [
    ARRIVE,
    c.BringUpLeg(),
    c.AdvanceIvr(flow=FLOW, input=Started(), facts=FACTS),
    c.AdvanceIvr(flow=FLOW, input=PromptFinished(1), facts=FACTS),
    c.Enqueue(queue=1, position=1),
    c.AnnouncePosition(position=2),
    c.PlayComfort(text="Děkujeme."),
    c.NoteRouting(to=ToQueue(queue=1), reason=RoutingReason.ENTRY),
    c.FailOverflow(),
    c.StartAnnouncement(text="Zavřeno."),
    c.FinishAnnouncement(says=1),
    c.SeekAgent(agent=7, ring_timeout=timedelta(seconds=15)),
    c.EndByRouting(),
    c.MakeOffer(agent=8, ring_timeout=timedelta(seconds=15), beside=True),
    c.MakeOffer(agent=7, ring_timeout=timedelta(seconds=15)),
    c.ReturnOffer(agent=7, reason=c.ReturnReason.NO_ANSWER),
    c.AcceptOffer(agent=7, recording="r"),
    c.StartConversation(),
    c.Hold(agent=7),
    c.Resume(agent=7),
    c.Mute(agent=7),
    c.Unmute(agent=7),
    c.LeaveAsCustomer(wrap_up=timedelta(seconds=60)),
    c.HangUpAsAgent(agent=7, wrap_up=timedelta(seconds=60)),
    c.Fail(),
    c.FinishWrapUp(agent=7),
    c.PickClient(agent=7, client=3),
    c.VerifyClient(agent=7, items=("surname", "birth_date")),
    c.Categorise(category=2),
    c.WriteNote(),
    c.SaveRecording(recording="r", duration_ms=10),
    c.AskForMessage(queue=1, recording="m", greeting="Nechte vzkaz."),
    c.FinishGreeting(recording="m"),
    c.StopMessage(recording="m"),
    c.CloseMessage(recording="m", duration_ms=5000, heard_ms=4000),
    c.CloseMessage(recording="m", duration_ms=5000, heard_ms=0),
    c.AcceptOffer(agent=7, recording="r", preview=timedelta(minutes=5)),
    c.DialBack(agent=7, whom=c.Whom(number="+420777123456")),
    c.EndPreview(),
    c.LeadAfterCall(agent=7, wrap_up=timedelta(seconds=60)),
]


def run(state: Interaction | None, *commands: c.InteractionCommand, now: datetime = NOW) -> Interaction:
    for command in commands:
        decided = machine.decide(state, command, now)
        assert not isinstance(decided, Refusal), (command, decided)
        for event in decided:
            state = machine.born("i", event) if state is None else machine.evolve(state, event)
    assert state is not None
    return state


def states() -> dict[str, Interaction]:
    arrived = run(None, ARRIVE)
    queued = run(arrived, c.BringUpLeg(), c.Enqueue(queue=1, position=1))
    offered = run(queued, c.MakeOffer(agent=7, ring_timeout=timedelta(seconds=15)))
    active = run(offered, c.AcceptOffer(agent=7, recording="r"), c.StartConversation())
    asked = run(queued, c.AskForMessage(queue=1, recording="m", greeting="Nechte vzkaz."))
    speaking = run(asked, c.FinishGreeting(recording="m"))
    return {
        "arrived": arrived,
        "queued": queued,
        "offered": offered,
        "ringing": run(offered, c.MakeOffer(agent=8, ring_timeout=timedelta(seconds=15), beside=True)),
        "announced": run(arrived, c.BringUpLeg(), c.StartAnnouncement(text="Zavřeno.")),
        "sought": run(arrived, c.BringUpLeg(), c.SeekAgent(agent=7, ring_timeout=timedelta(seconds=15))),
        "active": active,
        "held": run(active, c.Hold(agent=7)),
        "wrap_up": run(active, c.HangUpAsAgent(agent=7, wrap_up=timedelta(seconds=60))),
        "closed": run(queued, c.LeaveAsCustomer()),
        "asked_for_message": asked,
        "leaving_message": speaking,
        "message_ending": run(speaking, c.StopMessage(recording="m")),
        "preview": run(offered, c.AcceptOffer(agent=7, recording="r", preview=timedelta(minutes=5))),
        "after_call": run(active, c.LeadAfterCall(agent=7), c.AdvanceIvr(flow=SURVEY, input=Started(), facts=FACTS)),
    }


@pytest.mark.parametrize("name", list(states()))
@pytest.mark.parametrize("command", COMMANDS, ids=lambda x: type(x).__name__)
def test_every_command_in_every_state_is_events_or_a_refusal_and_evolves(name, command):
    state = states()[name]
    decided = machine.decide(state, command, NOW)
    if isinstance(decided, Refusal):
        return
    version = state.version
    for event in decided:
        state = machine.evolve(state, event)
        version += 1
        assert state.version == version


def test_event_at_a_bad_time_is_an_impossible_event():
    with pytest.raises(machine.ImpossibleEvent):
        machine.evolve(states()["queued"], e.OfferAccepted(at=NOW, agent=7, recording=None))


def test_every_event_type_stands_in_the_table_or_is_allowed_anywhere():
    import typing

    known = {kind for row in machine.TRANSITIONS.values() for kind in row} | set(machine.ANYWHERE)
    assert known | {e.Arrived} == set(typing.get_args(e.InteractionEvent))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("arrived", Outcome.ABANDONED_BEFORE_IVR),
        ("queued", Outcome.ABANDONED_IN_QUEUE),
        ("offered", Outcome.ABANDONED_RINGING),
        ("active", Outcome.HANDLED),
    ],
)
def test_customer_who_leaves_is_counted_by_where(name, outcome):
    after = run(states()[name], c.LeaveAsCustomer())
    assert (after.phase, after.outcome) == (Phase.CLOSED, outcome)


def test_offer_that_comes_back_keeps_the_place_in_the_queue():
    offered = states()["offered"]
    back = machine.evolve(
        offered, e.OfferReturned(at=NOW + timedelta(seconds=15), agent=7, reason=c.ReturnReason.NO_ANSWER)
    )
    assert (back.phase, back.queued_at, back.priority) == (Phase.QUEUED, offered.queued_at, offered.priority)
    assert len(back.visits) == 1 and back.visits[0].left_at is None


def test_second_agent_cannot_accept_what_the_first_has():
    decided = machine.decide(states()["active"], c.AcceptOffer(agent=8, recording="x"), NOW)
    assert isinstance(decided, Refusal) and decided.code.value == "offer_gone"


def test_accepting_twice_changes_nothing():
    assert machine.decide(states()["active"], c.AcceptOffer(agent=7, recording="x"), NOW) == []


def test_hold_time_is_summed_and_ends_with_the_call():
    active = states()["active"]
    held = machine.evolve(active, e.Held(at=NOW))
    ended = machine.evolve(held, e.Ended(at=NOW + timedelta(seconds=30), outcome=Outcome.HANDLED, by="customer"))
    assert ended.held_since is None and ended.held_total == timedelta(seconds=30)


def test_every_waiting_state_has_a_deadline():
    for name in ("offered", "ringing", "announced", "sought"):
        assert deadlines(states()[name], NOW), name
    options = QueueOptions(max_wait_s=60)
    assert deadlines(states()["queued"], NOW, options=options)


def test_offer_beside_others_that_comes_back_lets_the_others_ring():
    ringing = states()["ringing"]
    rest = run(ringing, c.ReturnOffer(agent=7, reason=c.ReturnReason.DECLINED))
    assert (rest.phase, [o.agent for o in rest.all_offers]) == (Phase.OFFERED, [8])
    back = run(rest, c.ReturnOffer(agent=8, reason=c.ReturnReason.NO_ANSWER, again_after_s=20))
    assert (back.phase, back.offer, back.not_to) == (Phase.QUEUED, None, ((8, NOW + timedelta(seconds=20)),))


def test_first_of_several_to_accept_wins_and_the_others_are_told_why():
    decided = machine.decide(states()["ringing"], c.AcceptOffer(agent=8, recording=None), NOW)
    assert [(type(x).__name__, x.agent) for x in decided] == [("OfferReturned", 7), ("OfferAccepted", 8)]
    assert decided[0].reason is c.ReturnReason.ANSWERED_ELSEWHERE


def test_customer_who_leaves_releases_everybody_who_is_asked():
    decided = machine.decide(states()["ringing"], c.LeaveAsCustomer(), NOW)
    assert [(type(x).__name__, getattr(x, "agent", None)) for x in decided] == [("OfferReturned", 8), ("Ended", None)]


def test_second_queue_keeps_the_arrival_time_and_closes_the_first_visit():
    later = NOW + timedelta(seconds=40)
    moved = run(states()["queued"], c.Enqueue(queue=2, position=1), now=later)
    assert (moved.queue, moved.queued_at, moved.visits[1].entered_at) == (2, NOW, later)
    assert moved.visits[0].result is VisitResult.FLOWED_OUT


def test_end_by_the_routing_is_neither_answered_nor_abandoned():
    ended = run(states()["queued"], c.EndByRouting())
    assert (ended.outcome, ended.visits[0].result) == (Outcome.ENDED_BY_IVR, VisitResult.FLOWED_OUT)
