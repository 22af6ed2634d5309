"""Lines of the PBX: what each does now, for whoever may transfer a call, and their settings for administrators."""

from datetime import datetime
from typing import cast

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access.policy import Action
from backend.domain.lines.model import LineState
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, setting_result
from backend.projections.feed import Feed

strawberry.enum(LineState)
EDIT = [allowed(Action.EDIT_ROUTING)]


@strawberry.type(description="A line of the PBX as it is now. `since` is null of one that was never heard of.")
class Line:
    id: int
    name: str
    number: str
    group: str
    position: int
    state: LineState
    since: datetime | None


def lines_of(feed: Feed, wanted: set[int] | None) -> list[Line]:
    """Those wanted, or all, in the order in which they are shown."""
    found, now = [], feed.now()
    for line in feed.live.settings.lines.values():
        if wanted is None or line.id in wanted:
            state, since = feed.lines.state(line.id, now)
            found.append(
                Line(
                    id=line.id,
                    name=line.name,
                    number=line.number,
                    group=line.group,
                    position=line.position,
                    state=state,
                    since=since,
                )
            )
    return found


@strawberry.type
class LineQuery:
    @strawberry.field(permission_classes=[allowed(Action.SEE_COLLEAGUES)], description="As they are at this moment.")
    async def lines(self, info: Info) -> list[Line]:
        return lines_of(info.context.services.feed, None)

    @strawberry.field(
        permission_classes=EDIT, description="All lines under their headings, as they can be saved again."
    )
    async def line_settings(self, info: Info) -> JSON:
        return cast(JSON, msgspec.to_builtins(info.context.services.lines.headings()))


@strawberry.type
class LineMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="All lines at once, in order, under their headings. A line that is left out is removed.",
    )
    async def save_lines(self, info: Info, lines: JSON, base: JSON | None = None) -> SettingResult:
        return setting_result(await info.context.services.lines.save(lines, info.context.user, base))
