"""What ICIS has sent, for administrators: when it was here last, and what it should mend."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import islice

import strawberry

from backend.adapters.postgres.synchronised_rows import Batch
from backend.application.desk import PRAGUE
from backend.application.synchronisation import Became
from backend.domain.access.policy import Action
from backend.domain.routing.validation import ProblemKind
from backend.graphql.permissions import Info, allowed

DEFINE = [allowed(Action.DEFINE_CLIENT_FIELDS)]
SHOWN = timedelta(days=60)
MOST_PROBLEMS = 200


@strawberry.type(description="What ICIS sent in one day, in Prague, and what became of the persons.")
class SynchronisedDay:
    day: date
    last_at: datetime
    batches: int
    received: int
    created: int
    changed: int
    unchanged: int
    gone: int = strawberry.field(description="ICIS has them no more: their cards stay, without an identifier.")
    forgotten: int = strawberry.field(description="Asked to be forgotten here, and were not put back.")
    refused: int

    @classmethod
    def of(cls, day: date, batches: list[Batch]) -> "SynchronisedDay":
        counts = {became.value: sum(batch.counts.get(became.value, 0) for batch in batches) for became in Became}
        return cls(
            day=day,
            last_at=max(batch.at for batch in batches),
            batches=len(batches),
            received=sum(batch.received for batch in batches),
            **counts,
        )


@strawberry.type(
    description="What could not be taken of a person; `field` of the card, `id` for the identifier itself."
)
class SynchronisationProblem:
    at: datetime
    icis_id: str
    field: str
    problem: ProblemKind


@strawberry.type(
    description="`open`: ICIS is let in at all. `days`: newest first, of the last 60. `problems`: of the newest day, 200 at"
    " most of `problemCount`."
)
class Synchronisation:
    open: bool
    days: list[SynchronisedDay]
    problem_count: int
    problems: list[SynchronisationProblem]


@strawberry.type
class SynchronisationQuery:
    @strawberry.field(permission_classes=DEFINE)
    async def synchronisation(self, info: Info) -> Synchronisation:
        services = info.context.services
        by_day: defaultdict[date, list[Batch]] = defaultdict(list)
        for batch in await services.synchronised.batches(services.desk.clock() - SHOWN):
            by_day[batch.at.astimezone(PRAGUE).date()].append(batch)
        newest = next(iter(by_day.values()), [])
        problems = (
            SynchronisationProblem(at=b.at, icis_id=p["id"], field=p["field"], problem=ProblemKind(p["problem"]))
            for b in newest
            for p in b.problems
        )
        return Synchronisation(
            open=services.icis_open,
            days=[SynchronisedDay.of(day, batches) for day, batches in by_day.items()],
            problem_count=sum(len(batch.problems) for batch in newest),
            problems=list(islice(problems, MOST_PROBLEMS)),
        )
