"""Push to a user's devices, and the language of the user's screens."""

import strawberry

from backend.application.notifier import Subscription
from backend.domain.access.policy import Action
from backend.domain.agent import messages as agents
from backend.domain.kernel.locale import Locale
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import live_types as lt
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.graphql.work import WORK, agent_result

OWN = [allowed(Action.RECEIVE_PUSH)]
LONGEST_DEVICE = 32


@strawberry.type
class PushQuery:
    @strawberry.field(
        permission_classes=OWN, description="The key that browsers subscribe with; null where push is off."
    )
    async def push_key(self, info: Info) -> str | None:
        return info.context.services.push.public_key


@strawberry.type
class PushMutation:
    @strawberry.mutation(
        permission_classes=OWN,
        description="Push to this browser from now on. `device` is what the names of its tabs begin with.",
    )
    async def subscribe_to_push(self, info: Info, endpoint: str, p256dh: str, auth: str, device: str) -> t.DoneResult:
        subscription = Subscription(endpoint=endpoint, p256dh=p256dh, auth=auth, device=device)
        services = info.context.services
        if not 1 <= len(device) <= LONGEST_DEVICE or not services.push.takes(subscription):
            return t.Refused(code=RefusalCode.BAD_INPUT, detail="endpoint")
        await services.notes.subscribe(info.context.user, subscription)
        return t.Done()

    @strawberry.mutation(permission_classes=OWN)
    async def unsubscribe_from_push(self, info: Info, endpoint: str) -> t.DoneResult:
        services, user = info.context.services, info.context.user
        if await services.notes.unsubscribe(user, endpoint):
            await services.desk.command_agent(user, agents.RingByPush(on=False), user)
        return t.Done()

    @strawberry.mutation(
        permission_classes=WORK,
        description="Be offered calls also while the app is closed: a push rings, and a tap connects the telephone.",
    )
    async def ring_by_push(self, info: Info, on: bool) -> lt.AgentResult:
        services, user = info.context.services, info.context.user
        if on and not await services.notes.devices(user):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND, "device"))
        return agent_result(info, await services.desk.command_agent(user, agents.RingByPush(on=on), user))

    @strawberry.mutation(permission_classes=[allowed(Action.SEE_SELF)], description="Of screens and pushes.")
    async def choose_locale(self, info: Info, locale: Locale) -> t.DoneResult:
        await info.context.services.accounts.choose_locale(info.context.user, locale)
        return t.Done()
