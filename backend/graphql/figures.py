"""Numbers about one's own work."""

import strawberry

from backend.domain.access.policy import Action
from backend.domain.metrics.agent_figures import Period
from backend.graphql.permissions import Info, allowed

strawberry.enum(Period, name="FiguresPeriod")


@strawberry.type(description="What I and my queues did in a period up to now.")
class MyFigures:
    period: Period
    handled: int = strawberry.field(description="My conversations.")
    lost: int = strawberry.field(description="Offers to me that I did not take, or that ended while they rang at me.")
    queues_handled: int = strawberry.field(description="Contacts answered in the queues that I am logged in to.")
    queues_lost: int = strawberry.field(description="Contacts abandoned in these queues.")
    service_level: float | None = strawberry.field(
        description="0 to 1, of these queues together, each by its own definition; null when nothing was judged."
    )


@strawberry.type
class FiguresQuery:
    @strawberry.field(permission_classes=[allowed(Action.WORK)], description="One a period, shortest first.")
    async def my_figures(self, info: Info) -> list[MyFigures]:
        services, user = info.context.services, info.context.user
        settings = services.desk.settings
        known = settings.agents.get(user)
        queues = await services.figures.queues_of(user) or (known.queues if known else ())
        definitions = {q: settings.queues[q].definition for q in queues if q in settings.queues}
        return [
            MyFigures(
                period=x.period,
                handled=x.handled,
                lost=x.lost,
                queues_handled=x.queues_handled,
                queues_lost=x.queues_lost,
                service_level=x.service_level,
            )
            for x in await services.figures.of_agent(user, definitions, services.desk.clock())
        ]
