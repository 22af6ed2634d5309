"""Settings of the routing for administrators: queues, calendars, groups, entry rules, and trying the rules out.

Settings travel whole, as JSON in the shapes of ``backend.domain.routing``: what they may hold is checked there, and every
problem names its field.
"""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application.administration import Answer, EntryNumber, GroupDraft, Replayed
from backend.domain.access.policy import Action, Queue
from backend.domain.customer.fields import STATUS
from backend.domain.kernel.refusal import Refusal
from backend.domain.routing.entry import Decision
from backend.domain.routing.validation import Problem, ProblemKind
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed, require

strawberry.enum(ProblemKind, name="SettingProblemKind")
EDIT = [allowed(Action.EDIT_ROUTING)]


@strawberry.type(description="What is wrong with one field; `field` is its path, `overflow.0.to.queue`.")
class SettingProblem:
    field: str
    kind: ProblemKind


@strawberry.type(description="Nothing was saved.")
class SettingRefused:
    problems: list[SettingProblem]


@strawberry.type(description="Saved: the id, or the version of entry rules.")
class SettingSaved:
    id: int


@strawberry.type(description="One rule that was looked at; `findings` end with the first condition that failed.")
class RuleLooked:
    rule: int
    name: str
    applied: bool
    findings: JSON


@strawberry.type(description="Where a call goes and why. `rule` is null when the default was taken.")
class EntryDecision:
    to: JSON
    rule: int | None
    looked: list[RuleLooked]


@strawberry.type(description="`certain` is false when a rule asked about live figures, which nobody remembers.")
class ReplayedCall:
    contact: strawberry.ID
    at: datetime
    caller: str
    old_to: JSON | None
    old_rule: str | None
    new: EntryDecision
    changed: bool
    certain: bool


@strawberry.type
class EntryReplay:
    calls: list[ReplayedCall]
    changed: int
    uncertain: int


@strawberry.type
class EntryRulesVersion:
    number: str
    version: int
    rules: JSON
    author_id: int
    saved_at: datetime
    published_at: datetime | None
    published_by: int | None
    in_force: bool


@strawberry.type
class StoredSetting:
    id: int
    body: JSON


@strawberry.type(description="Everything that the routing is told, as it can be saved again.")
class RoutingSettings:
    queues: list[StoredSetting]
    calendars: list[StoredSetting]
    groups: list[StoredSetting]
    locations: list[StoredSetting]
    entry_rules: list[EntryRulesVersion]
    entry_numbers: list[JSON]
    skills: list[t.Named]
    client_statuses: list[str]


@strawberry.type(description="A contact that waits: its place among those of its queue, 1 = next.")
class WaitingContact:
    contact: t.Contact
    position: int
    expected_wait_seconds: float | None


SettingResult = Annotated[SettingSaved | SettingRefused | t.Refused, strawberry.union("SettingResult")]
TryResult = Annotated[EntryDecision | SettingRefused, strawberry.union("TryResult")]
ReplayResult = Annotated[EntryReplay | SettingRefused, strawberry.union("ReplayResult")]


def refused(problems: list[Problem]) -> SettingRefused:
    return SettingRefused(problems=[SettingProblem(field=p.field, kind=p.kind) for p in problems])


def setting_result(answer: Answer) -> SettingResult:
    match answer:
        case Refusal():
            return t.Refused.of(answer)
        case list():
            return refused(answer)
        case _:
            return SettingSaved(id=answer)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


def _decision(decision: Decision) -> EntryDecision:
    return EntryDecision(
        to=_plain(decision.to),
        rule=decision.rule,
        looked=[
            RuleLooked(rule=x.rule, name=x.name, applied=x.applied, findings=_plain(x.findings))
            for x in decision.looked
        ],
    )


def _replayed(x: Replayed) -> ReplayedCall:
    return ReplayedCall(
        contact=strawberry.ID(x.call.id),
        at=x.call.at,
        caller=x.call.caller,
        old_to=_plain(x.call.to) if x.call.to is not None else None,
        old_rule=x.call.rule,
        new=_decision(x.decision),
        changed=x.changed,
        certain=x.certain,
    )


@strawberry.type
class RoutingQuery:
    @strawberry.field(permission_classes=EDIT)
    async def routing_settings(self, info: Info) -> RoutingSettings:
        administration = info.context.services.administration
        settings = info.context.services.desk.settings
        return RoutingSettings(
            queues=[StoredSetting(id=id, body=_plain(administration.draft_of(id))) for id in sorted(settings.queues)],
            calendars=[StoredSetting(id=id, body=_plain(x)) for id, x in sorted(settings.calendars.items())],
            groups=[StoredSetting(id=id, body=_plain(administration.group_of(id))) for id in sorted(settings.groups)],
            locations=[
                StoredSetting(id=id, body=_plain(administration.location_of(id))) for id in sorted(settings.locations)
            ],
            entry_rules=[
                EntryRulesVersion(
                    number=x.number,
                    version=x.version,
                    rules=_plain(x.rules),
                    author_id=x.author,
                    saved_at=x.saved_at,
                    published_at=x.published_at,
                    published_by=x.published_by,
                    in_force=(p := settings.entry_points.get(x.number)) is not None and p.version == x.version,
                )
                for x in await administration.store.rules_versions(None)
            ],
            entry_numbers=[
                _plain(
                    EntryNumber(
                        number=x.number,
                        name=x.name,
                        flow=x.flow,
                        answer_after_ms=int(x.answer_after.total_seconds() * 1000),
                    )
                )
                for _, x in sorted(settings.entry_points.items())
            ],
            skills=[t.Named(id=id, name=name) for id, name in sorted(settings.skills.items())],
            client_statuses=[choice.value for choice in field.choices]
            if (field := settings.clients.field(STATUS))
            else [],
        )

    @strawberry.field(
        permission_classes=EDIT, description="Where a call would go at that time (now when null), and why."
    )
    async def try_entry_rules(self, info: Info, draft: JSON, at: datetime | None = None, caller: str = "") -> TryResult:
        answer = await info.context.services.administration.try_rules(draft, at, caller[:40])
        return refused(answer) if isinstance(answer, list) else _decision(answer)

    @strawberry.field(permission_classes=EDIT, description="The calls of a day: where they went, and would go now.")
    async def replay_entry_rules(self, info: Info, draft: JSON, day: date) -> ReplayResult:
        answer = await info.context.services.administration.replay_rules(draft, day)
        if isinstance(answer, list) and answer and isinstance(answer[0], Problem):
            return refused([x for x in answer if isinstance(x, Problem)])
        calls = [_replayed(x) for x in answer if isinstance(x, Replayed)]
        return EntryReplay(
            calls=calls,
            changed=sum(x.changed for x in calls),
            uncertain=sum(not x.certain for x in calls),
        )

    @strawberry.field(permission_classes=[allowed(Action.SEE_LINE)], description="Who waits in a queue, in order.")
    async def waiting_line(self, info: Info, queue: int) -> list[WaitingContact]:
        require(info, Action.SEE_LINE, Queue(queue))
        return [
            WaitingContact(
                contact=t.Contact.of(s),
                position=position,
                expected_wait_seconds=wait.total_seconds() if wait is not None else None,
            )
            for s, position, wait in info.context.services.feed.live.line(queue)
        ]


@strawberry.type
class RoutingMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new queue when `id` is null. Refused when `base` is given and no longer in force.",
    )
    async def save_queue(
        self, info: Info, queue: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        return setting_result(await info.context.services.administration.save_queue(id, queue, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="A new calendar when `id` is null.")
    async def save_calendar(
        self, info: Info, calendar: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        administration = info.context.services.administration
        return setting_result(await administration.save_calendar(id, calendar, info.context.user, base))

    @strawberry.mutation(
        permission_classes=EDIT, description="A new group when `id` is null. Without `rights` they stay as they are."
    )
    async def save_group(
        self,
        info: Info,
        name: str,
        members: list[int],
        caller_number: str | None = None,
        rights: JSON | None = None,
        id: int | None = None,
        base: JSON | None = None,
    ) -> SettingResult:
        administration = info.context.services.administration
        draft = GroupDraft(name=name, caller_number=caller_number, members=tuple(members))
        return setting_result(await administration.save_group(id, draft, info.context.asking, base, rights))

    @strawberry.mutation(
        permission_classes=EDIT, description="Where agents sit; a new place when `id` is null. An agent has one place."
    )
    async def save_location(
        self, info: Info, location: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        administration = info.context.services.administration
        return setting_result(await administration.save_location(id, location, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="A new version of a number's rules, not yet in force.")
    async def save_entry_rules(self, info: Info, rules: JSON) -> SettingResult:
        return setting_result(await info.context.services.administration.save_rules(rules, info.context.user))

    @strawberry.mutation(permission_classes=EDIT, description="Put a version in force; an older one is a roll-back.")
    async def publish_entry_rules(self, info: Info, number: str, version: int) -> SettingResult:
        return setting_result(
            await info.context.services.administration.publish_rules(number, version, info.context.user)
        )
