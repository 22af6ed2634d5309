"""Settings of the exchange for administrators: call control, numbers we are called on, a calendar tried at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application import led_out
from backend.application.switchboard import CutsOff
from backend.domain.access.policy import Action
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingRefused, SettingResult, SettingSaved, refused, setting_result

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


@strawberry.type(
    description="A published menu, rules of entry, a queue or a line from which a number is called. `object` and `field` are named"
    " as in the history of settings; `name` is that of a menu's step or of a rule."
)
class LedOut:
    object: str
    field: str
    name: str
    number: str


@strawberry.type(
    description="Nothing was saved: from these places nobody would be called any more. Their callers would be led on, or told"
    " that it is not possible. Saved all the same with `cuttingOff`."
)
class CutOffRefused:
    places: list[LedOut]

    @classmethod
    def of(cls, places: Sequence[led_out.LedOut]) -> "CutOffRefused":
        return cls(places=[LedOut(**msgspec.structs.asdict(x)) for x in places])


CallSettingsResult = Annotated[
    SettingSaved | SettingRefused | t.Refused | CutOffRefused, strawberry.union("CallSettingsResult")
]
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
        permission_classes=EDIT_CALLS,
        description="Refused when `base` is given and no longer in force. `cuttingOff`: whoever saves knows to which numbers"
        " nobody will be led any more.",
    )
    async def save_call_settings(
        self, info: Info, calls: JSON, base: JSON | None = None, cutting_off: bool = False
    ) -> CallSettingsResult:
        user, switchboard = info.context.user, info.context.services.switchboard
        answer = await switchboard.save_calls(calls, user, base, cutting_off=cutting_off)
        if isinstance(answer, CutsOff):
            return CutOffRefused.of(answer.places)
        return setting_result(answer)

    @strawberry.mutation(permission_classes=EDIT_ROUTING, description="A number we are called on, new or known.")
    async def save_entry_number(self, info: Info, number: JSON, new: bool) -> SettingResult:
        return setting_result(await info.context.services.switchboard.save_entry_number(number, new, info.context.user))
