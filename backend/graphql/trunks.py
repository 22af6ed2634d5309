"""Trunks for administrators: their settings, without passwords, and what bridges find of them."""

from datetime import datetime
from typing import cast

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access.policy import Action
from backend.domain.trunks.model import BridgeNow, TrunkNow
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, setting_result
from sip_bridge.contract import TrunkHealth

strawberry.enum(TrunkHealth)
EDIT = [allowed(Action.EDIT_TRUNKS)]


@strawberry.type(
    description="What a bridge finds of one trunk. `status`: the SIP status of the last failure, 0 when nothing came back."
)
class TrunkState:
    name: str
    reachable: TrunkHealth
    registered: TrunkHealth
    status: int | None
    since: datetime
    calls: int

    @classmethod
    def of(cls, x: TrunkNow) -> "TrunkState":
        return cls(
            name=x.name, reachable=x.reachable, registered=x.registered, status=x.status, since=x.since, calls=x.calls
        )


@strawberry.type(
    description="A bridge that is connected. `given`: it uses the trunks set here, otherwise those of its own settings."
    " `wrong`: why it does not use what it was given, in English; empty when it does."
)
class BridgeTrunks:
    bridge: str
    given: bool
    wrong: str
    trunks: list[TrunkState]

    @classmethod
    def of(cls, x: BridgeNow) -> "BridgeTrunks":
        return cls(bridge=x.bridge, given=x.given, wrong=x.wrong, trunks=[TrunkState.of(each) for each in x.trunks])


@strawberry.type(
    description="A trunk as it can be saved again; passwords are null, and are left as they are when saved so."
    " `lacksPassword`: one that should be there is not, and the trunk is not used."
)
class Trunk:
    id: int
    body: JSON
    lacks_password: bool


@strawberry.type(description="In the order in which calls out try them, and the bridges as of this moment.")
class Trunks:
    trunks: list[Trunk]
    bridges: list[BridgeTrunks]


@strawberry.type
class TrunkQuery:
    @strawberry.field(permission_classes=EDIT)
    async def trunks(self, info: Info) -> Trunks:
        services = info.context.services
        known, lacking = services.desk.settings.trunks, await services.trunks.without_password()
        return Trunks(
            trunks=[
                Trunk(
                    id=id,
                    body=cast(JSON, msgspec.to_builtins(services.trunks.draft_of(id))),
                    lacks_password=id in lacking,
                )
                for id in known
            ],
            bridges=[BridgeTrunks.of(x) for x in await services.trunks.bridges()],
        )


@strawberry.type
class TrunkMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new trunk when `id` is null. Refused when `base` is given and no longer in force.",
    )
    async def save_trunk(
        self, info: Info, trunk: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        return setting_result(await info.context.services.trunks.save(id, trunk, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="Calls that are up go on; its passwords are forgotten.")
    async def remove_trunk(self, info: Info, id: int) -> SettingResult:
        return setting_result(await info.context.services.trunks.remove(id, info.context.user))
