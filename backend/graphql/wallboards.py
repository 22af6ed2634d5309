"""Wallboards: live values of a layout's tiles, and the layouts as supervisors compose them."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application.wallboards import layout_for
from backend.domain.access.policy import Action, Actor, can, reach
from backend.domain.wallboard.layout import Layout
from backend.graphql import live_types as lt
from backend.graphql.colleagues import Colleague
from backend.graphql.ids import cursor_text
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingRefused, SettingResult, StoredSetting, refused, setting_result
from backend.graphql.subscriptions import Scope, stream
from backend.projections.feed import Cursor, Feed
from backend.projections.live import Changes, Live
from backend.projections.wall import ALL, TileValue, Within, values

EDIT = [allowed(Action.EDIT_WALLBOARDS)]


@strawberry.type(
    description="What a tile shows; `tile` is `page.number` from 0. `since`: of what grows, since when it does. `lost` and"
    " `handled`: the two of a ratio."
)
class WallTile:
    tile: str
    value: float | None
    since: datetime | None
    lost: int | None
    handled: int | None
    queues: list[lt.QueueNow]
    agents: list[Colleague]

    @classmethod
    def of(cls, v: TileValue, live: Live) -> "WallTile":
        settings = live.settings
        return cls(
            tile=v.tile,
            value=v.value,
            since=v.since,
            lost=v.ratio[0] if v.ratio else None,
            handled=v.ratio[1] if v.ratio else None,
            queues=[lt.QueueNow.of(live.queue_now(q), settings.queues[q]) for q in v.queues],
            agents=[Colleague.of(a, settings.agents[a.user].name) for a in v.agents],
        )


@strawberry.type(
    description="Every tile's value. `asOf`: up to when the log had been read, so that a board knows how old its figures"
    " are; one comes at least every two seconds. `layout` where it is new to this subscriber."
)
class WallFrame:
    snapshot: bool
    cursor: str
    now: datetime
    as_of: datetime
    layout_id: int | None
    layout: JSON | None
    values: list[WallTile]


@strawberry.type(description="Values of a layout that is not saved.")
class WallPreview:
    values: list[WallTile]


@strawberry.type(description="An account of a screen on a wall. `layoutId` null: the usual layout.")
class WallAccount:
    user_id: int
    name: str
    layout_id: int | None


PreviewResult = Annotated[WallPreview | SettingRefused, strawberry.union("WallPreviewResult")]


class WallScope(Scope):
    pause_s = 0.5
    heartbeat_s = 1.0

    def __init__(self, actor: Actor, asked: int | None) -> None:
        self.user, self.asked = actor.user, asked
        self.may_choose = can(actor, Action.EDIT_WALLBOARDS)
        self.within = _within(actor)
        self.told: Layout | None = None


def _within(actor: Actor) -> Within:
    """A layout is composed by whoever sees all; whom it is shown to sees no more of it than the queues within reach."""
    board = reach(actor, Action.SEE_BOARD)
    return ALL if board.everything else Within(queues=board.queues, people=actor.people)


def picture(feed: Feed, scope: WallScope, changes: Changes | None, cursor: Cursor) -> WallFrame:
    live, now = feed.live, feed.now()
    id, layout = layout_for(live.settings, scope.user, scope.asked, may_choose=scope.may_choose)
    new = layout != scope.told
    scope.told = layout
    return WallFrame(
        snapshot=changes is None,
        cursor=cursor_text(cursor),
        now=now,
        as_of=feed.read_at,
        layout_id=id,
        layout=msgspec.to_builtins(layout) if new else None,
        values=[WallTile.of(v, live) for v in values(live, layout, now, scope.within)],
    )


def _never_empty(_: WallFrame) -> bool:
    return False


@strawberry.type
class WallSubscription:
    @strawberry.subscription(
        permission_classes=[allowed(Action.SEE_BOARD)],
        description="The layout assigned to the account, or the one asked for by who may choose.",
    )
    async def wallboard(
        self, info: Info, layout: int | None = None, after: str | None = None
    ) -> AsyncIterator[WallFrame]:
        async for f in stream(
            info.context, Action.SEE_BOARD, lambda actor: WallScope(actor, layout), None, picture, _never_empty
        ):
            yield f


@strawberry.type
class WallQuery:
    @strawberry.field(permission_classes=EDIT, description="All layouts, as they can be saved again.")
    async def wallboards(self, info: Info) -> list[StoredSetting]:
        known = info.context.services.desk.settings.wallboards
        return [StoredSetting(id=id, body=msgspec.to_builtins(layout)) for id, layout in known.items()]

    @strawberry.field(permission_classes=EDIT, description="Accounts of screens, with the layout each shows.")
    async def wall_accounts(self, info: Info) -> list[WallAccount]:
        services = info.context.services
        shown = services.desk.settings.boards
        return [
            WallAccount(user_id=x.id, name=x.name, layout_id=shown.get(x.id))
            for x in await services.readers.wall_accounts()
        ]

    @strawberry.field(permission_classes=EDIT, description="What a layout would show now, saved or not.")
    async def wall_preview(self, info: Info, layout: JSON) -> PreviewResult:
        services = info.context.services
        found = services.wallboards.checked(layout)
        if isinstance(found, list):
            return refused(found)
        live = services.feed.live
        return WallPreview(
            values=[
                WallTile.of(v, live) for v in values(live, found, services.feed.now(), _within(info.context.asking))
            ]
        )


@strawberry.type
class WallMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new layout when `id` is null. Refused when `base` is given and no longer in force.",
    )
    async def save_wallboard(
        self, info: Info, layout: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        return setting_result(await info.context.services.wallboards.save(id, layout, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="Screens that showed it show the usual one.")
    async def remove_wallboard(self, info: Info, id: int) -> SettingResult:
        return setting_result(await info.context.services.wallboards.remove(id, info.context.user))

    @strawberry.mutation(permission_classes=EDIT, description="Without `layout` the account shows the usual one.")
    async def assign_wallboard(self, info: Info, user: int, layout: int | None = None) -> SettingResult:
        return setting_result(await info.context.services.wallboards.assign(user, layout, info.context.user))
