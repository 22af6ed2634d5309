"""Whom a call can go to: colleagues as they are now, groups, and each user's favourites."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum

import strawberry

from backend.domain.access.policy import Action, Actor, reach
from backend.domain.agent.model import Activity, Agent
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import types as t
from backend.graphql.ids import cursor_text
from backend.graphql.lines import Line, lines_of
from backend.graphql.permissions import Info, allowed, reach_of
from backend.graphql.subscriptions import Scope, stream
from backend.projections.feed import Cursor, Feed
from backend.projections.live import Changes

_NUMBER = re.compile(r"\+?[0-9]{3,20}\Z")


@strawberry.type(description="What everybody may know of a colleague: no client, no reason of a break.")
class Colleague:
    user_id: int
    name: str
    activity: Activity
    activity_since: datetime
    queues: list[int]
    phone_connected: bool

    @classmethod
    def of(cls, a: Agent, name: str) -> "Colleague":
        return cls(
            user_id=a.user,
            name=name,
            activity=a.activity,
            activity_since=a.activity_since,
            queues=list(a.queues),
            phone_connected=a.phone_reachable,
        )


@strawberry.type(
    description=(
        "As LiveFrame: with `snapshot` everybody who is signed in and all lines of the PBX, otherwise those that changed."
        " `goneLines` are no more."
    )
)
class ColleaguesFrame:
    snapshot: bool
    cursor: str
    now: datetime
    colleagues: list[Colleague]
    lines: list[Line]
    gone_lines: list[int]


class ColleaguesScope(Scope):
    pause_s = 0.2

    def __init__(self, actor: Actor) -> None:
        self._people = reach(actor, Action.SEE_COLLEAGUES)

    def shows_agent(self, user: int) -> bool:
        return self._people.person(user)


def picture(feed: Feed, scope: Scope, changes: Changes | None, cursor: Cursor) -> ColleaguesFrame:
    users = feed.live.agents if changes is None else changes.agents
    known = feed.live.settings.agents
    shown = []
    for user in users:
        a = feed.live.agents.get(user)
        if a is None or user not in known or not scope.shows_agent(user):
            continue
        if changes is not None or a.activity is not Activity.OFFLINE:
            shown.append(Colleague.of(a, known[user].name))
    wanted = None if changes is None else changes.lines
    return ColleaguesFrame(
        snapshot=changes is None,
        cursor=cursor_text(cursor),
        now=feed.now(),
        colleagues=shown,
        lines=lines_of(feed, wanted),
        gone_lines=sorted(wanted - feed.live.settings.lines.keys()) if wanted is not None else [],
    )


def _empty(f: ColleaguesFrame) -> bool:
    return not (f.snapshot or f.colleagues or f.lines or f.gone_lines)


@strawberry.type
class ColleagueSubscription:
    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_COLLEAGUES)],
        description="Who is free, busy or away: for the transfer panel while it is open.",
    )
    async def colleagues(self, info: Info, after: str | None = None) -> AsyncIterator[ColleaguesFrame]:
        async for f in stream(info.context, Action.SEE_COLLEAGUES, ColleaguesScope, after, picture, _empty):
            yield f


@strawberry.enum
class TargetKind(Enum):
    AGENT = "agent"
    QUEUE = "queue"
    GROUP = "group"
    NUMBER = "number"
    LINE = "line"


@strawberry.type(description="`target`: the id of an agent, queue, group or line, or a number.")
class Favourite:
    kind: TargetKind
    target: str


@strawberry.type
class TargetGroup:
    id: int
    name: str
    members: list[int]


@strawberry.type(description="What of the transfer panel does not change by the second.")
class TransferTargets:
    groups: list[TargetGroup]
    favourites: list[Favourite]


@strawberry.type
class ColleagueQuery:
    @strawberry.field(permission_classes=[allowed(Action.SEE_COLLEAGUES)])
    async def transfer_targets(self, info: Info) -> TransferTargets:
        services = info.context.services
        people = reach_of(info, Action.SEE_COLLEAGUES)
        shown = {g: sorted(filter(people.person, g.members)) for g in services.desk.settings.groups.values()}
        return TransferTargets(
            groups=[
                TargetGroup(id=g.id, name=g.name, members=members)
                for g, members in sorted(shown.items(), key=lambda x: x[0].name)
                if members or people.everything
            ],
            favourites=[
                Favourite(kind=TargetKind(kind), target=target)
                for kind, target in await services.favourites.of(info.context.user)
            ],
        )


@strawberry.type
class ColleagueMutation:
    @strawberry.mutation(
        permission_classes=[allowed(Action.KEEP_FAVOURITES)],
        description="Of the user who asks. A hundred at most; taking away what is not there is no mistake.",
    )
    async def set_favourite(self, info: Info, kind: TargetKind, target: str, favourite: bool) -> t.DoneResult:
        favourites = info.context.services.favourites
        if not favourite:
            await favourites.remove(info.context.user, kind.value, target[:64])
            return t.Done()
        well_formed = _NUMBER.match(target) if kind is TargetKind.NUMBER else target.isdigit() and len(target) < 10
        if not well_formed or not await favourites.add(info.context.user, kind.value, target):
            return t.Refused.of(Refusal(RefusalCode.BAD_INPUT))
        return t.Done()
