"""Flows for administrators: drafts, publishing, roll-back, walking without a telephone; prompts; announcements of problems.

A flow travels whole, as JSON in the shape of ``backend.domain.ivr.flow.Flow``: what it may hold is checked there.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application.dictation import numbers
from backend.application.flows import FlowState, Simulated
from backend.domain.access.policy import Action
from backend.domain.ivr.validation import Problem, ProblemKind
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed

strawberry.enum(ProblemKind, name="FlowProblemKind")
EDIT = [allowed(Action.EDIT_FLOWS)]
LONGEST_NAME = 100


@strawberry.type(description="What is wrong with one node.")
class FlowProblem:
    kind: ProblemKind
    node: str
    detail: str


@strawberry.type(description="A flow in the list; `version` is the one in force, null before the first publishing.")
class FlowLine:
    id: int
    name: str
    version: int | None
    draft_saved_at: datetime | None
    draft_author_id: int | None
    problems: int


@strawberry.type
class FlowVersionLine:
    version: int
    name: str
    published_at: datetime | None
    author_id: int | None
    note: str


@strawberry.type(
    description="A flow with its history. `draft` is null when nothing is being changed. `mark` goes back with a save:"
    " it is refused when somebody has saved or published since."
)
class FlowDetail:
    id: int
    mark: str
    draft: JSON | None
    published: JSON | None
    versions: list[FlowVersionLine]
    problems: list[FlowProblem]


@strawberry.type(description="Saved. `problems` are what would stop its publishing.")
class FlowSaved:
    id: int
    problems: list[FlowProblem]
    mark: str = ""


@strawberry.type(description="Nothing was saved: somebody else has changed the flow since it was read.")
class FlowConflict:
    by_id: int | None
    at: datetime | None
    mark: str


@strawberry.type(description="In force for every caller who comes from now on.")
class FlowPublished:
    id: int
    version: int


@strawberry.type(description="Nothing was done.")
class FlowRefused:
    problems: list[FlowProblem]


@strawberry.type(
    description="After one input: the nodes walked, what the caller hears, and what is awaited: prompt, key, digits,"
    " look_up or end. `step` numbers it for the next input; `listening`: the prompt has ended and the time-out runs."
    " `exit` is the destination to which the flow led."
)
class SimulatedStep:
    flow: int
    given: str
    path: list[str]
    node: str
    says: str | None
    prompt: str | None
    awaits: str
    step: int
    listening: bool
    digits: str
    variables: JSON
    attributes: JSON
    answers: JSON
    exit: JSON | None

    @classmethod
    def of(cls, s: Simulated) -> "SimulatedStep":
        return cls(**{**msgspec.structs.asdict(s), "path": list(s.path)})


@strawberry.type
class Simulation:
    steps: list[SimulatedStep]


@strawberry.type(description="Audio that somebody recorded or uploaded; `url` plays it.")
class PromptLine:
    key: str
    name: str
    duration_ms: int
    author_id: int
    at: datetime
    url: str


@strawberry.type(description="An announcement of a general problem. `on` says whether callers hear it now.")
class NoticeLine:
    id: int
    name: str
    text: str
    prompt: str | None
    on: bool
    on_since: datetime | None
    on_until: datetime | None
    switched_by_id: int | None


@strawberry.type(
    description="A code that is good once: whoever calls one of `numbers` and keys it in speaks the announcement."
)
class Dictation:
    one_time_code: str
    until: datetime
    numbers: list[str]


SaveFlowResult = Annotated[FlowSaved | FlowConflict | t.Refused, strawberry.union("SaveFlowResult")]
CheckFlowResult = Annotated[FlowSaved | t.Refused, strawberry.union("CheckFlowResult")]
PublishFlowResult = Annotated[FlowPublished | FlowRefused | t.Refused, strawberry.union("PublishFlowResult")]
SimulationResult = Annotated[Simulation | t.Refused, strawberry.union("SimulationResult")]
DictationResult = Annotated[Dictation | t.Refused, strawberry.union("DictationResult")]
NoticeResult = Annotated[FlowSaved | FlowRefused | t.Refused, strawberry.union("NoticeResult")]


def _problems(found: list[Problem]) -> list[FlowProblem]:
    return [FlowProblem(kind=p.kind, node=p.node, detail=p.detail) for p in found]


def _published(flow: int, answer: int | list[Problem] | Refusal) -> PublishFlowResult:
    match answer:
        case Refusal():
            return t.Refused.of(answer)
        case list():
            return FlowRefused(problems=_problems(answer))
        case _:
            return FlowPublished(id=flow, version=answer)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


@strawberry.type
class FlowQuery:
    @strawberry.field(permission_classes=EDIT)
    async def flows(self, info: Info) -> list[FlowLine]:
        services = info.context.services
        published = services.desk.settings.flows
        drafts = {d.flow: d for d in await services.flows.store.drafts()}
        problems = await services.flows.problems(published | {id: d.body for id, d in drafts.items()})
        return [
            FlowLine(
                id=id,
                name=drafts[id].body.name if id in drafts else published[id].name,
                version=published[id].version if id in published else None,
                draft_saved_at=drafts[id].saved_at if id in drafts else None,
                draft_author_id=drafts[id].author if id in drafts else None,
                problems=len(problems[id]),
            )
            for id in sorted(published.keys() | drafts.keys())
        ]

    @strawberry.field(permission_classes=EDIT)
    async def flow(self, info: Info, id: int) -> FlowDetail | None:
        services = info.context.services
        mark = (
            await services.flows.store.state(id)
        ).mark  # before the draft: a late mark would hide a save between them
        draft = await services.flows.store.draft(id)
        published = services.desk.settings.flows.get(id)
        shown = draft.body if draft else published
        if shown is None:
            return None
        problems = await services.flows.check(id, _plain(shown))
        return FlowDetail(
            id=id,
            mark=mark,
            draft=_plain(draft.body) if draft else None,
            published=_plain(published) if published else None,
            versions=[
                FlowVersionLine(
                    version=v.version, name=v.name, published_at=v.published_at, author_id=v.author, note=v.note
                )
                for v in await services.flows.store.versions(id)
            ],
            problems=[] if isinstance(problems, Refusal) else _problems(problems),
        )

    @strawberry.field(permission_classes=EDIT, description="An older version, as it was published.")
    async def flow_version(self, info: Info, id: int, version: int) -> JSON | None:
        found = await info.context.services.flows.store.version(id, version)
        return _plain(found) if found else None

    @strawberry.field(permission_classes=EDIT, description="What would stop a flow from being published.")
    async def check_flow(self, info: Info, body: JSON, id: int | None = None) -> CheckFlowResult:
        found = await info.context.services.flows.check(id, body)
        if isinstance(found, Refusal):
            return t.Refused.of(found)
        return FlowSaved(id=id or 0, problems=_problems(found))

    @strawberry.field(
        permission_classes=EDIT,
        description="Walk a flow as a caller would, step by step. `inputs`: `{type: KeyPressed, key}`,"
        " `{type: PromptFinished, step}`, `{type: SilenceElapsed, step}`, `{type: LookUpAnswered, step, values}`.",
    )
    async def simulate_flow(
        self,
        info: Info,
        body: JSON,
        inputs: JSON,
        id: int | None = None,
        caller: str = "",
        client_status: str = "",
        at: datetime | None = None,
    ) -> SimulationResult:
        found = info.context.services.flows.simulate(
            id, body, inputs, caller=caller[:40], at=at, client_status=client_status[:40]
        )
        if isinstance(found, Refusal):
            return t.Refused.of(found)
        return Simulation(steps=[SimulatedStep.of(s) for s in found])

    @strawberry.field(permission_classes=EDIT)
    async def prompts(self, info: Info) -> list[PromptLine]:
        return [
            PromptLine(
                key=p.key,
                name=p.name,
                duration_ms=p.duration_ms,
                author_id=p.author,
                at=p.at,
                url=f"/prompts/{p.key}/audio",
            )
            for p in await info.context.services.flows.store.prompts()
        ]

    @strawberry.field(permission_classes=[allowed(Action.SWITCH_NOTICES)])
    async def notices(self, info: Info) -> list[NoticeLine]:
        services = info.context.services
        settings, now = services.desk.settings, services.desk.clock()
        return [
            NoticeLine(
                id=n.id,
                name=n.name,
                text=n.text,
                prompt=n.prompt,
                on=n.id in settings.notices and settings.notices[n.id].on_at(now),
                on_since=n.on_since,
                on_until=n.on_until,
                switched_by_id=n.switched_by,
            )
            for n in await services.flows.store.notices()
        ]


@strawberry.type
class FlowMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A draft; a new flow when `id` is null. Wrong ones are kept too. `base` is the mark it began with.",
    )
    async def save_flow(self, info: Info, body: JSON, id: int | None = None, base: str | None = None) -> SaveFlowResult:
        answer = await info.context.services.flows.save_draft(id, body, info.context.user, base)
        match answer:
            case Refusal():
                return t.Refused.of(answer)
            case FlowState():
                return FlowConflict(by_id=answer.author, at=answer.at, mark=answer.mark)
            case saved, mark, problems:
                return FlowSaved(id=saved, mark=mark, problems=_problems(problems))

    @strawberry.mutation(permission_classes=EDIT, description="Forget the draft; what is published stays.")
    async def drop_flow_draft(self, info: Info, id: int) -> t.DoneResult:
        if not await info.context.services.flows.store.drop_draft(id, info.context.user):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND))
        return t.Done()

    @strawberry.mutation(permission_classes=EDIT, description="Put the draft in force, if nothing is wrong with it.")
    async def publish_flow(self, info: Info, id: int, note: str = "", base: str | None = None) -> PublishFlowResult:
        return _published(id, await info.context.services.flows.publish(id, note, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="Publish an older version anew.")
    async def roll_back_flow(self, info: Info, id: int, version: int) -> PublishFlowResult:
        return _published(id, await info.context.services.flows.roll_back(id, version, info.context.user))

    @strawberry.mutation(permission_classes=EDIT, description="From the list; versions that play it go on playing it.")
    async def drop_prompt(self, info: Info, key: str) -> t.DoneResult:
        if not await info.context.services.flows.store.drop_prompt(key, info.context.user):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND))
        return t.Done()

    @strawberry.mutation(
        permission_classes=[allowed(Action.SWITCH_NOTICES)], description="A new one when `id` is null."
    )
    async def save_notice(
        self, info: Info, name: str, text: str = "", prompt: str | None = None, id: int | None = None
    ) -> NoticeResult:
        answer = await info.context.services.flows.save_notice(id, name, text, prompt, info.context.user)
        match answer:
            case Refusal():
                return t.Refused.of(answer)
            case list():
                return FlowRefused(problems=_problems(answer))
            case _:
                return FlowSaved(id=answer, problems=[])

    @strawberry.mutation(
        permission_classes=[allowed(Action.SWITCH_NOTICES)],
        description="Draw a code with which this announcement can be spoken by telephone within ten minutes.",
    )
    async def dictate_notice(self, info: Info, id: int) -> DictationResult:
        desk, user = info.context.services.desk, info.context.user
        answer = await desk.run(lambda work: desk.dictations.begin(work, id, user), user)
        if isinstance(answer, Refusal):
            return t.Refused.of(answer)
        return Dictation(one_time_code=answer[0], until=answer[1], numbers=numbers(desk.settings))

    @strawberry.mutation(
        permission_classes=[allowed(Action.SWITCH_NOTICES)],
        description="On from now, until a time or until switched off; heard by the next caller who comes to it.",
    )
    async def switch_notice(self, info: Info, id: int, on: bool, until: datetime | None = None) -> t.DoneResult:
        answer = await info.context.services.flows.switch_notice(id, on, until, info.context.user)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()
