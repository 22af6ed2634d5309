"""Live views: a picture, then what changes. A subscription holds no database session."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection

import strawberry

from backend.application.settings import Settings
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, can, reach
from backend.domain.agent.model import Activity
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.metrics.windows import Window
from backend.graphql import live_types as lt
from backend.graphql import types as t
from backend.graphql.context import Context
from backend.graphql.ids import cursor_of, cursor_text
from backend.graphql.permissions import Info, allowed
from backend.projections.feed import Cursor, Feed
from backend.projections.live import Changes

RECHECK_S = 30.0
"""How soon a subscription ends after its session did."""


class Scope:
    """Which part of the picture a subscription shows: as much as the policy lets its actor see."""

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

    def shows_queue(self, queue: int, settings: Settings) -> bool:
        return True

    def total(self, settings: Settings) -> Collection[int] | None:
        """The queues that the overall figures are of; None is all, with agents who serve none."""
        shown = [q for q in settings.queues if self.shows_queue(q, settings)]
        return None if len(shown) == len(settings.queues) else shown


class FloorScope(Scope):
    overall = True
    pause_s = 0.2
    """Nobody reads faster, and a screen must have time to show it."""

    def __init__(self, actor: Actor) -> None:
        self._floor, self._board = reach(actor, Action.SEE_FLOOR), reach(actor, Action.SEE_BOARD)

    def shows_contact(self, s: Interaction) -> bool:
        return self._floor.unlimited or self._floor.contact(subjects.contact(s))

    def shows_agent(self, user: int) -> bool:
        return self._floor.person(user)

    def shows_queue(self, queue: int, settings: Settings) -> bool:
        return self._floor.queue(queue) or self._board.queue(queue)


class BoardScope(Scope):
    agents = False
    pause_s = 0.1

    def __init__(self, actor: Actor) -> None:
        self._board = reach(actor, Action.SEE_BOARD)

    def shows_queue(self, queue: int, settings: Settings) -> bool:
        return self._board.queue(queue)

    def shows_contact(self, s: Interaction) -> bool:
        return False


class DeskScope(Scope):
    def __init__(self, actor: Actor) -> None:
        self.user = self.viewer = actor.user
        self._parked, self._board = reach(actor, Action.TAKE_PARKED), reach(actor, Action.SEE_BOARD)

    def shows_contact(self, s: Interaction) -> bool:
        """Parked calls are anybody's to take."""
        if self.user in s.people:
            return True
        return s.phase is Phase.PARKED and self._parked.contact(subjects.contact(s))

    def shows_queue(self, queue: int, settings: Settings) -> bool:
        if self._board.queue(queue):
            return True
        known = settings.agents.get(self.user)
        return known is not None and queue in known.queues

    def shows_agent(self, user: int) -> bool:
        return user == self.user


def frame(feed: Feed, scope: Scope, changes: Changes | None, cursor: Cursor) -> lt.LiveFrame:
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
                agents.append(lt.AgentNow.of(a, live))
    return lt.LiveFrame(
        snapshot=changes is None,
        cursor=cursor_text(cursor),
        now=feed.now(),
        agents=agents,
        contacts=[t.Contact.of(s, scope.viewer) for s in shown.values()],
        queues=[
            lt.QueueNow.of(live.queue_now(q), settings.queues[q])
            for q in queues
            if scope.queues and q in settings.queues and scope.shows_queue(q, settings)
        ],
        gone=[] if changes is None else [strawberry.ID(id) for id in contacts if id not in shown],
        overall=lt.Overall.of(live.picture(scope.total(settings), Window.TODAY, feed.now()), feed.now())
        if scope.overall
        else None,
    )


def empty(f: lt.LiveFrame) -> bool:
    return not (f.snapshot or f.agents or f.contacts or f.queues or f.gone)


async def stream(
    context: Context,
    action: Action,
    scope_of: Callable[[Actor], Scope],
    after: str | None,
    picture: Callable = frame,
    empty: Callable = empty,
) -> AsyncIterator:
    """``picture`` makes the frames, as ``frame`` does; a frame that is ``empty`` is not sent.

    Ends when the actor may no longer do ``action``; rights that change otherwise are answered with a whole new picture.
    """
    feed = context.services.feed
    actor = looked = context.actor
    if actor is None:
        return
    scope = scope_of(actor)
    watcher = context.updates_only or feed.watch()
    valid_until = asyncio.get_running_loop().time() + RECHECK_S
    held: set[str] = set()
    try:
        if context.updates_only is None:
            cursor = cursor_of(after)
            first = picture(feed, scope, feed.since(cursor) if cursor else None, feed.cursor)
            if isinstance(scope, DeskScope):
                held |= {str(x.id) for x in first.contacts}
            context.pictured = feed.cursor
            yield first
        if context.first_frame_only:
            return
        while True:
            try:
                async with asyncio.timeout(scope.heartbeat_s or RECHECK_S):
                    await watcher.wait()
            except TimeoutError:
                pass
            now = context.actor
            if now is not looked or asyncio.get_running_loop().time() >= valid_until:
                if now is None or not can(now, action) or not await context.still_valid():
                    return
                looked = now
                valid_until = asyncio.get_running_loop().time() + RECHECK_S
            changes, cursor = watcher.take()
            if now == actor:
                update = picture(feed, scope, changes, cursor)
            else:
                actor, scope, held = now, scope_of(now), set()
                update = picture(feed, scope, None, feed.cursor)
            if isinstance(scope, DeskScope):
                update.gone = [id for id in update.gone if id in held]
                held = (held | {str(x.id) for x in update.contacts}) - set(update.gone)
            if not empty(update):
                context.pictured = feed.cursor
                yield update
            if scope.pause_s:
                await asyncio.sleep(scope.pause_s)
    finally:
        feed.unwatch(watcher)


@strawberry.type
class Subscription:
    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_DESK)],
        description="The agent's own state and contacts, and all queues.",
    )
    async def desk(self, info: Info, after: str | None = None) -> AsyncIterator[lt.LiveFrame]:
        async for f in stream(info.context, Action.SEE_DESK, DeskScope, after):
            yield f

    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_FLOOR)],
        description="People, contacts and queues within one's reach, for supervisors.",
    )
    async def floor(self, info: Info, after: str | None = None) -> AsyncIterator[lt.LiveFrame]:
        async for f in stream(info.context, Action.SEE_FLOOR, FloorScope, after):
            yield f

    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_BOARD)], description="Queues and their numbers: no people, no clients."
    )
    async def board(self, info: Info, after: str | None = None) -> AsyncIterator[lt.LiveFrame]:
        async for f in stream(info.context, Action.SEE_BOARD, BoardScope, after):
            yield f
