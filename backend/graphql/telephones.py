"""Where an agent works: in the browser, at an extension of the PBX, or at an outside mobile."""

import strawberry

from backend.domain.agent.handset import EndpointKind
from backend.graphql import live_types as lt
from backend.graphql.permissions import Info
from backend.graphql.work import WORK, agent_result


@strawberry.type
class Telephone:
    kind: EndpointKind
    number: str


@strawberry.type(description="`mayType`: also a telephone that is not among them, by its number.")
class TelephonesOfMine:
    telephones: list[Telephone]
    may_type: bool


@strawberry.type
class TelephoneQuery:
    @strawberry.field(permission_classes=WORK, description="At which the user who asks may work.")
    async def my_telephones(self, info: Info) -> TelephonesOfMine:
        settings = info.context.services.desk.settings
        known = settings.agents.get(info.context.user)
        telephones = [Telephone(kind=x.kind, number=x.number) for x in known.telephones] if known is not None else []
        return TelephonesOfMine(telephones=telephones, may_type=settings.calls.own_telephones)


@strawberry.type
class TelephoneMutation:
    @strawberry.mutation(
        permission_classes=WORK,
        description=(
            "Where calls ring for the user who asks. At a telephone each call rings it: lifting accepts on an extension,"
            " the key 1 on a mobile. With `staysUp` it is rung once when the agent becomes ready, and calls are taken here or"
            " by the key 1. In mid-conversation the customer hears music until the agent is at the other telephone."
        ),
    )
    async def choose_endpoint(
        self, info: Info, kind: EndpointKind, number: str | None = None, stays_up: bool = False
    ) -> lt.AgentResult:
        services = info.context.services
        answer = await services.handsets.choose(
            info.context.user, kind, number, services.calls.bridge, stays_up=stays_up
        )
        return agent_result(info, answer)
