"""Lines of the PBX: what each does now, for whoever may transfer a call, and their settings for administrators."""

from datetime import datetime

import strawberry

from backend.application.lines import LineDraft
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


@strawberry.type
class LineMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new line when `id` is null. Lines stand under the heading `group`, in it by `position`.",
    )
    async def save_line(
        self, info: Info, name: str, number: str, group: str = "", position: int = 0, id: int | None = None
    ) -> SettingResult:
        draft = LineDraft(name=name, number=number, group=group, position=position)
        return setting_result(await info.context.services.lines.save(id, draft, info.context.user))

    @strawberry.mutation(permission_classes=EDIT)
    async def remove_line(self, info: Info, id: int) -> SettingResult:
        return setting_result(await info.context.services.lines.remove(id, info.context.user))
