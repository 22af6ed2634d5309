"""Live views: a picture, then what changes. A subscription holds no database session."""

import asyncio
from collections.abc import AsyncIterator, Callable

import strawberry

from backend.domain.access.policy import Action
from backend.domain.agent.model import Activity
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.metrics.windows import Window
from backend.graphql import types as t
from backend.graphql.context import Context
from backend.graphql.ids import cursor_of, cursor_text
from backend.graphql.permissions import Info, allowed
from backend.projections.feed import Cursor, Feed
from backend.projections.live import Changes

RECHECK_S = 30.0
"""How soon a subscription ends after its session did."""


class Scope:
    """Which part of the picture a subscription shows."""

    agents = True
    queues = True
    overall = False
    viewer: int | None = None
    """Who looks, where that matters: an agent asked beside others sees the offer as one's own."""
    pause_s = 0.0
    """Least time between two updates: a board needs not flicker."""
    heartbeat_s: float | None = None
    """A picture is made at least this often, whether anything changed or not."""

    def shows_contact(self, s: Interaction) -> bool:
        return True

    def shows_agent(self, user: int) -> bool:
        return True


class FloorScope(Scope):
    overall = True
    pause_s = 0.2
    """Nobody reads faster, and a screen must have time to show it."""


class BoardScope(Scope):
    agents = False
    pause_s = 0.1

    def shows_contact(self, s: Interaction) -> bool:
        return False


class DeskScope(Scope):
    def __init__(self, user: int) -> None:
        self.user = self.viewer = user

    def shows_contact(self, s: Interaction) -> bool:
        """Parked calls are everybody's to take."""
        return self.user in s.people or s.phase is Phase.PARKED

    def shows_agent(self, user: int) -> bool:
        return user == self.user


def frame(feed: Feed, scope: Scope, changes: Changes | None, cursor: Cursor) -> t.LiveFrame:
    """The whole picture when ``changes`` is None, otherwise the present state of what changed up to ``cursor``."""
    live, settings = feed.live, feed.live.settings
    users = live.agents if changes is None else changes.agents
    contacts = live.interactions if changes is None else changes.interactions
    queues = settings.queues if changes is None else changes.queues
    shown = {id: s for id in contacts if (s := live.interactions.get(id)) is not None and scope.shows_contact(s)}
    agents = []
    if scope.agents:
        for user in users:
            a = live.agents.get(user)
            if (
                a is not None
                and scope.shows_agent(user)
                and (changes is not None or a.activity is not Activity.OFFLINE)
            ):
                agents.append(t.AgentNow.of(a, live))
    return t.LiveFrame(
        snapshot=changes is None,
        cursor=cursor_text(cursor),
        now=feed.now(),
        agents=agents,
        contacts=[t.Contact.of(s, scope.viewer) for s in shown.values()],
        queues=[
            t.QueueNow.of(live.queue_now(q), settings.queues[q])
            for q in queues
            if scope.queues and q in settings.queues
        ],
        gone=[] if changes is None else [strawberry.ID(id) for id in contacts if id not in shown],
        overall=t.Overall.of(live.picture(None, Window.TODAY, feed.now()), feed.now()) if scope.overall else None,
    )


def empty(f: t.LiveFrame) -> bool:
    return not (f.snapshot or f.agents or f.contacts or f.queues or f.gone)


async def stream(
    context: Context, scope: Scope, after: str | None, picture: Callable = frame, empty: Callable = empty
) -> AsyncIterator:
    """``picture`` makes the frames, as ``frame`` does; a frame that is ``empty`` is not sent."""
    feed = context.services.feed
    watcher = context.updates_only or feed.watch()
    valid_until = asyncio.get_running_loop().time() + RECHECK_S
    held: set[str] = set()
    try:
        if context.updates_only is None:
            cursor = cursor_of(after)
            first = picture(feed, scope, feed.since(cursor) if cursor else None, feed.cursor)
            if isinstance(scope, DeskScope):
                held |= {str(x.id) for x in first.contacts}
            yield first
        if context.first_frame_only:
            return
        while True:
            try:
                async with asyncio.timeout(scope.heartbeat_s or RECHECK_S):
                    await watcher.wait()
            except TimeoutError:
                pass
            if asyncio.get_running_loop().time() >= valid_until:
                if not await context.still_valid():
                    return
                valid_until = asyncio.get_running_loop().time() + RECHECK_S
            update = picture(feed, scope, *watcher.take())
            if isinstance(scope, DeskScope):
                update.gone = [id for id in update.gone if id in held]
                held = (held | {str(x.id) for x in update.contacts}) - set(update.gone)
            if not empty(update):
                yield update
            if scope.pause_s:
                await asyncio.sleep(scope.pause_s)
    finally:
        feed.unwatch(watcher)


SCOPES: dict[str, Callable[[Context], Scope]] = {
    "desk": lambda context: DeskScope(context.user),
    "floor": lambda context: FloorScope(),
    "board": lambda context: BoardScope(),
}


@strawberry.type
class Subscription:
    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_DESK)],
        description="The agent's own state and contacts, and all queues.",
    )
    async def desk(self, info: Info, after: str | None = None) -> AsyncIterator[t.LiveFrame]:
        async for f in stream(info.context, SCOPES["desk"](info.context), after):
            yield f

    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_FLOOR)], description="Everybody and everything, for supervisors."
    )
    async def floor(self, info: Info, after: str | None = None) -> AsyncIterator[t.LiveFrame]:
        async for f in stream(info.context, SCOPES["floor"](info.context), after):
            yield f

    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_BOARD)], description="Queues and their numbers: no people, no clients."
    )
    async def board(self, info: Info, after: str | None = None) -> AsyncIterator[t.LiveFrame]:
        async for f in stream(info.context, SCOPES["board"](info.context), after):
            yield f
