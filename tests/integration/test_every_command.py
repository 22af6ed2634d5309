"""For every command of contacts and agents that there is: the old live picture and what was emitted make the new picture.

A walk over a real database, led by the pure domain: from what the domain would accept it takes what it has not seen yet, until
every command was carried out.
"""

import random
import typing
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from backend.domain.agent import messages as a
from backend.domain.agent.machine import decide as decide_agent
from backend.domain.agent.model import Agent, EndpointKind, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.machine import decide
from backend.domain.interaction.model import (
    Channel,
    Customer,
    Direction,
    Interaction,
    LeaveCause,
    MemberRole,
    Outcome,
    Phase,
)
from backend.domain.ivr.interpreter import Facts, KeyPressed, Started
from backend.domain.kernel.refusal import Refusal
from backend.domain.routing.destination import RoutingReason, ToQueue
from tests.support.consistency import Watch

WRAP = timedelta(minutes=1)
RING = timedelta(seconds=15)
BRIDGE = "bridge-1"
NUMBER = c.Whom(number="+420602333444")
MOST_STEPS = 2500


def births(leg: str) -> list[c.InteractionCommand]:
    arrive = partial(c.Arrive, channel=Channel.VOICE, customer=Customer("+420777123456"), bridge=BRIDGE)
    return [
        arrive(direction=Direction.INBOUND, dialled="+420800100200", leg=leg),
        arrive(direction=Direction.OUTBOUND, dialled="+420777123456"),
    ]


def does(decide, state: object, command: object, now: datetime) -> bool:
    """Whether it would change something."""
    decided = decide(state, command, now)
    return not isinstance(decided, Refusal) and bool(decided)


def steps(s: Interaction, flow, users: list[int], now: datetime) -> Iterator[c.InteractionCommand]:
    """Every command with arguments that could fit this state."""
    recording, facts = s.recording or str(uuid.uuid4()), Facts(local=now)
    message = s.message.recording if s.message is not None else str(uuid.uuid4())
    members = [m.n for m in s.members]
    yield c.BringUpLeg()
    yield c.AdvanceIvr(flow=flow, input=Started(), facts=facts)
    yield c.AdvanceIvr(flow=flow, input=KeyPressed("1"), facts=facts)
    yield c.Enqueue(queue=1, position=1)
    yield c.AnnouncePosition(position=2)
    yield c.Reprioritise(priority=5)
    yield c.PlayComfort(text="Děkujeme za trpělivost.")
    yield c.NoteRouting(to=ToQueue(queue=1), reason=RoutingReason.ENTRY)
    yield c.FailOverflow()
    yield c.StartAnnouncement(text="Máme zavřeno.")
    yield c.FinishAnnouncement(says=s.says if hasattr(s, "says") else 1)
    yield c.EndByRouting()
    yield c.StartConversation()
    yield from (c.LeaveAsCustomer(wrap_up=WRAP), c.Fail())
    yield c.Categorise(category=1)
    yield c.WriteNote()
    yield c.SaveRecording(recording=recording, duration_ms=1000)
    yield c.RequestCallback(callback=str(uuid.uuid4()), due_at=None)
    yield c.AskForMessage(queue=1, recording=message, greeting="Nechte vzkaz.")
    yield from (c.FinishGreeting(recording=message), c.StopMessage(recording=message))
    yield c.CloseMessage(recording=message, duration_ms=5000, heard_ms=4000)
    yield c.EndPreview()
    yield c.NoteRinging(early_media=True)
    yield c.EndDial(outcome=Outcome.BUSY)
    yield c.CallOut(whom=NUMBER)
    for n in members:
        yield c.NoteRinging(n=n)
        yield c.AnswerAsMember(n=n, recording=None if s.recording else recording)
        yield c.DropMember(n=n, cause=LeaveCause.HUNG_UP)
    for user in users:
        yield c.SeekAgent(agent=user, ring_timeout=RING)
        yield c.MakeOffer(agent=user, ring_timeout=RING)
        yield c.ReturnOffer(agent=user, reason=c.ReturnReason.NO_ANSWER, autopause=False)
        yield c.AcceptOffer(agent=user, recording=recording)
        yield c.AcceptOffer(agent=user, recording=recording, preview=WRAP)
        for kind in (
            c.Hold,
            c.Resume,
            c.GoAway,
            c.ComeBack,
            c.Mute,
            c.Unmute,
            c.MakeConference,
            c.EndConsultation,
            c.TakeParked,
            c.GiveBack,
        ):
            yield kind(agent=user)
        yield c.PauseRecording(agent=user)
        yield c.ResumeRecording(agent=user)
        for kind in (c.HangUpAsAgent, c.LetGo, c.LeadAfterCall, c.CompleteTransfer, c.LeaveConference):
            yield kind(agent=user, wrap_up=WRAP)
        yield c.FinishWrapUp(agent=user)
        yield c.PickClient(agent=user, client=1)
        yield c.VerifyClient(agent=user, items=("birth_date",))
        yield c.Park(agent=user, limit=WRAP)
        yield c.DialBack(agent=user, whom=NUMBER)
        yield c.Dial(agent=user, whom=NUMBER, recording=recording)
        for mode in (MemberRole.LISTENING, MemberRole.BARGING):
            yield c.Supervise(supervisor=user, mode=mode)
        yield c.StopSupervising(supervisor=user)
        yield c.TakeOver(supervisor=user, wrap_up=WRAP)
        for other in users:
            if other != user:
                yield c.TransferTo(agent=user, whom=c.Whom(agent=other), wrap_up=WRAP)
                for role in (MemberRole.CONSULTED, MemberRole.CONFERENCE):
                    yield c.Invite(agent=user, role=role, whom=c.Whom(agent=other))
        yield c.TransferTo(agent=user, whom=NUMBER, wrap_up=WRAP)
        yield c.Invite(agent=user, role=MemberRole.CONSULTED, whom=NUMBER)


MOBILE = a.ChooseEndpoint(kind=EndpointKind.MOBILE, number="+420602000001", bridge=BRIDGE)


def stories(agent: int, other: int) -> list[list[c.InteractionCommand]]:
    """What chance seldom finds, for it lies deep in a conversation."""
    talk = [
        c.BringUpLeg(),
        c.Enqueue(queue=1, position=1),
        c.MakeOffer(agent=agent, ring_timeout=RING),
        c.AcceptOffer(agent=agent, recording=None),
        c.StartConversation(),
    ]
    over = [c.LeaveAsCustomer()]
    return [
        [
            *talk,
            c.Supervise(supervisor=other, mode=MemberRole.LISTENING),
            c.StopSupervising(supervisor=other),
            c.Invite(agent=agent, role=MemberRole.CONSULTED, whom=NUMBER),
            c.NoteRinging(n=2),
            c.AnswerAsMember(n=2),
            c.MakeConference(agent=agent),
            c.LeaveConference(agent=agent),
            *over,
        ],
        [*talk, c.Supervise(supervisor=other, mode=MemberRole.LISTENING), c.TakeOver(supervisor=other), *over],
        [
            *talk,
            c.Invite(agent=agent, role=MemberRole.CONSULTED, whom=NUMBER),
            c.AnswerAsMember(n=1),
            c.EndConsultation(agent=agent),
            c.Invite(agent=agent, role=MemberRole.CONSULTED, whom=c.Whom(agent=other)),
            c.AnswerAsMember(n=2),
            c.CompleteTransfer(agent=agent),
            *over,
        ],
        [*talk, c.LeadAfterCall(agent=agent), *over],
        [*talk, c.Park(agent=agent, limit=WRAP), c.TakeParked(agent=other), c.LetGo(agent=other), *over],
        [*talk, c.TransferTo(agent=agent, whom=NUMBER, wrap_up=WRAP), c.AnswerAsMember(n=1), *over],
    ]


OF_AGENTS: list[a.AgentCommand] = [
    a.SignIn(queues=(1, 2)),
    a.SignOut(),
    a.SetPresence(presence=Presence.READY),
    a.SetPresence(presence=Presence.BREAK, reason="1"),
    a.SetQueues(queues=(1, 3)),
    a.OpenPhone(bridge=BRIDGE, owner="tab"),
    a.ConnectPhone(),
    a.LosePhone(),
    a.ClosePhone(),
    a.GiveUpPhone(),
    MOBILE,
    a.ChooseEndpoint(kind=EndpointKind.BROWSER),
    a.AnswerHandset(says="Stiskněte jedničku."),
    a.AcceptOnHandset(),
    a.EndHandset(),
    a.WishCall(number="+420602333444"),
    a.EndCallWish(),
    a.PressKey(digit="*"),
    a.RingByPush(on=True),
    a.RingByPush(on=False),
]
"""Those that come from outside; the others follow from what happens to contacts."""
ENDS = (c.LeaveAsCustomer, c.Fail, c.EndByRouting, c.HangUpAsAgent, c.LeadAfterCall, c.LetGo)


def to_work(known: Agent | None, mobile: bool) -> a.AgentCommand | None:
    """The next step to an agent who may be offered calls, in the browser or at a mobile; None for one who may."""
    if known is None or known.presence is Presence.OFFLINE:
        return a.SignIn(queues=(1, 2))
    if mobile and known.handset is None and known.phone is None and not known.contacts:
        return MOBILE
    if known.handset is None and known.phone is None:
        return a.OpenPhone(bridge=BRIDGE, owner="tab")
    if known.handset is None and known.phone is not None and not known.phone.connected:
        return a.ConnectPhone()
    if known.handset is not None and not known.contacts and not mobile:
        return a.ChooseEndpoint(kind=EndpointKind.BROWSER)
    return a.SetPresence(presence=Presence.READY) if known.presence is not Presence.READY else None


@pytest.mark.timeout(400)
async def test_old_picture_and_events_make_the_new_picture_for_every_command(api, monkeypatch):
    kc, rng = api.kc, random.Random(11)
    for task in kc._tasks[1:]:  # no router and no timers: the walk decides what happens
        task.cancel()
    watch = Watch(kc, monkeypatch)
    flow = next(iter(kc.settings.flows.values()))
    users = [x.id for x in await accounts(kc) if x.login in ("jana", "petr", "dana")]
    wanted = {*typing.get_args(c.InteractionCommand), *typing.get_args(a.AgentCommand)}

    def best(commands: list) -> object:
        """Mostly what was carried out least."""
        least = min(watch.carried_out[type(x)] for x in commands)
        rare = [x for x in commands if watch.carried_out[type(x)] == least]
        return rng.choice(rare if rng.random() < 0.6 else commands)

    for user in users:
        while (step := to_work(kc.feed.live.agents.get(user), False)) is not None:
            assert not isinstance(await kc.desk.command_agent(user, step), Refusal)
    for deep in stories(*users[:2]):
        id = str(uuid.uuid4())
        for step in (births(id)[0], *deep):
            assert not isinstance(await kc.desk.command(id, step), Refusal), step

    for _ in range(MOST_STEPS):
        if wanted <= watch.carried_out.keys():
            break
        now, live, turn = datetime.now(UTC), kc.feed.live, rng.random()
        if turn < 0.4:
            user = rng.choice(users)
            known = live.agents.get(user)
            step = to_work(known, user == users[0])
            if step is None or turn < 0.06:
                possible = [x for x in OF_AGENTS if known is not None and does(decide_agent, known, x, now)]
                step = best(possible) if possible and turn < 0.12 else None
            if step is not None:
                await kc.desk.command_agent(user, step)
        elif len(live.interactions) < 4:
            id = str(uuid.uuid4())
            await kc.desk.command(id, rng.choice(births(id)))
        else:
            talking = [x for x in live.interactions.values() if x.phase is Phase.ACTIVE]
            s = rng.choice(talking if talking and rng.random() < 0.6 else list(live.interactions.values()))
            possible = [x for x in steps(s, flow, users, now) if does(decide, s, x, now)]
            if rng.random() < 0.85:
                possible = [x for x in possible if not isinstance(x, ENDS)]
            if possible:
                await kc.desk.command(s.id, best(possible))
    assert {x.__name__ for x in wanted - watch.carried_out.keys()} == set(), "no way to these was found"
    assert watch.differences == []


async def accounts(kc) -> list:
    async with kc.engine.connect() as connection:
        return list((await connection.execute(text("SELECT id, login FROM user_account"))).all())
