"""Settings of the exchange for administrators: call control, numbers we are called on, a calendar tried at a time."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access.policy import Action
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingRefused, SettingResult, refused, setting_result

EDIT_CALLS = [allowed(Action.EDIT_CALL_SETTINGS)]
EDIT_ROUTING = [allowed(Action.EDIT_ROUTING)]


@strawberry.type(
    description="What a calendar says: `closesAt` when open, `opensAt` when closed; null beyond a year."
    " `holiday` and `exception` are of that day."
)
class CalendarMoment:
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    holiday: bool
    exception: bool


CalendarResult = Annotated[CalendarMoment | SettingRefused, strawberry.union("CalendarResult")]


@strawberry.type
class SwitchboardQuery:
    @strawberry.field(
        permission_classes=EDIT_CALLS, description="Settings of call control, as they can be saved again."
    )
    async def call_settings(self, info: Info) -> JSON:
        return msgspec.to_builtins(info.context.services.desk.settings.calls)

    @strawberry.field(
        permission_classes=EDIT_ROUTING, description="A calendar, saved or not, at a time (now when null)."
    )
    async def calendar_at(self, info: Info, calendar: JSON, at: datetime | None = None) -> CalendarResult:
        found = info.context.services.switchboard.calendar_at(calendar, at)
        return refused(found) if isinstance(found, list) else CalendarMoment(**msgspec.structs.asdict(found))


@strawberry.type
class SwitchboardMutation:
    @strawberry.mutation(
        permission_classes=EDIT_CALLS, description="Refused when `base` is given and no longer in force."
    )
    async def save_call_settings(self, info: Info, calls: JSON, base: JSON | None = None) -> SettingResult:
        return setting_result(await info.context.services.switchboard.save_calls(calls, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT_ROUTING, description="A number we are called on, new or known.")
    async def save_entry_number(self, info: Info, number: JSON, new: bool) -> SettingResult:
        return setting_result(await info.context.services.switchboard.save_entry_number(number, new, info.context.user))
