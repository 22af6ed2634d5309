"""Breaks and categories: what desks choose from, and their settings."""

from typing import Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access.policy import Action
from backend.domain.labels.model import BreakKind
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, setting_result

strawberry.enum(BreakKind)
EDIT_BREAKS = [allowed(Action.EDIT_BREAKS)]
EDIT_CATEGORIES = [allowed(Action.EDIT_CATEGORIES)]


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


@strawberry.type
class LabelQuery:
    @strawberry.field(permission_classes=EDIT_BREAKS, description="All breaks in order, as they can be saved again.")
    async def break_settings(self, info: Info) -> JSON:
        return _plain(await info.context.services.labels.breaks())

    @strawberry.field(
        permission_classes=EDIT_CATEGORIES,
        description="Trees of categories as they can be saved again: for every queue first, then each queue's own.",
    )
    async def category_settings(self, info: Info) -> list[JSON]:
        return [_plain(tree) for tree in await info.context.services.labels.trees()]


@strawberry.type
class LabelMutation:
    @strawberry.mutation(
        permission_classes=EDIT_BREAKS,
        description="All breaks at once. None is ever deleted: one that is left out is a refusal, `retired` hides it.",
    )
    async def save_breaks(self, info: Info, breaks: JSON, base: JSON | None = None) -> SettingResult:
        return setting_result(await info.context.services.labels.save_breaks(breaks, info.context.user, base))

    @strawberry.mutation(
        permission_classes=EDIT_CATEGORIES,
        description="The tree of one queue at once, or of those for every queue. `retired` hides a category.",
    )
    async def save_categories(self, info: Info, tree: JSON, base: JSON | None = None) -> SettingResult:
        return setting_result(await info.context.services.labels.save_categories(tree, info.context.user, base))
