"""Settings of the routing as administrators edit them: checked whole, saved whole, in force in every process at once."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import msgspec

from backend.application.desk import Desk
from backend.application.settings import CallSettings, Settings
from backend.domain.access.drafts import GroupRights, group_problems
from backend.domain.access.policy import Action, Actor, can
from backend.domain.customer.fields import ClientSettings
from backend.domain.kernel.ids import FlowId, QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE, Calendar
from backend.domain.kernel.working_time import problems as calendar_fields
from backend.domain.metrics.service_level import Formula
from backend.domain.recording.retention import DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS
from backend.domain.routing import validation as v
from backend.domain.routing.destination import Destination
from backend.domain.routing.entry import Decision, EntryFacts, EntryRules, QueueMeasures, decide, queues_asked
from backend.domain.routing.queue_options import QueueOptions
from backend.domain.routing.validation import Problem, ProblemKind

MOST_REPLAYED = 5000


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An agent of a queue. ``penalty`` 0 is asked first; ``order`` from the top; ``weight`` for chance."""

    user: UserId
    penalty: int = 0
    order: int = 0
    weight: int = 1


class QueueDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A queue with all its settings; times in seconds."""

    name: str
    priority: int = 0
    ring_timeout_s: int = 15
    wrap_up_s: int = 60
    announce_every_s: int = 30
    target_s: int = 20
    short_abandon_s: int = 5
    formula: Formula = Formula.F6
    recorded: bool = True
    retention_days: int = DEFAULT_DAYS
    skills: tuple[tuple[int, int], ...] = ()
    members: tuple[Member, ...] = ()
    options: QueueOptions = QueueOptions()


class GroupDraft(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    caller_number: str | None = None
    members: tuple[UserId, ...] = ()
    rights: GroupRights = GroupRights()


class LocationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A place where agents sit. Who is put here leaves the place before."""

    name: str
    members: tuple[UserId, ...] = ()


class RulesVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version of a number's rules. In force is the one published last."""

    number: str
    version: int
    rules: EntryRules
    author: UserId
    saved_at: datetime
    published_at: datetime | None
    published_by: UserId | None


class PastCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that came: where the rules of its day sent it, None when nobody knows."""

    id: str
    at: datetime
    caller: str
    to: Destination | None
    rule: str | None


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """``certain`` is False when a rule asked about live figures, which nobody remembers."""

    call: PastCall
    decision: Decision
    changed: bool
    certain: bool


class EntryNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number on which the contact centre is called. Without rules in force its calls go to ``flow``."""

    number: str
    name: str
    flow: FlowId
    answer_after_ms: int = 0


class AdminStore(Protocol):
    """Writes return None, or the id where something is made; a name that is taken raises NameTaken."""

    async def save_queue(self, id: QueueId | None, draft: QueueDraft, actor: UserId) -> int: ...
    async def save_calendar(self, id: int | None, calendar: Calendar, actor: UserId) -> int: ...
    async def save_group(self, id: int | None, draft: GroupDraft, actor: UserId) -> int: ...
    async def save_location(self, id: int | None, draft: LocationDraft, actor: UserId) -> int: ...
    async def save_rules(self, rules: EntryRules, actor: UserId, at: datetime) -> int: ...
    async def publish_rules(self, number: str, version: int, actor: UserId, at: datetime) -> bool: ...
    async def save_calls(self, calls: CallSettings, actor: UserId) -> int: ...
    async def save_clients(self, clients: ClientSettings, actor: UserId) -> int: ...
    async def save_entry_number(self, number: EntryNumber, actor: UserId) -> int: ...
    async def rules_versions(self, number: str | None) -> list[RulesVersion]: ...
    async def past_calls(self, number: str, since: datetime, until: datetime, limit: int) -> list[PastCall]: ...
    async def client_statuses(self, numbers: set[str]) -> Mapping[str, str]: ...


class NameTaken(Exception):
    """Another one has this name."""


class NobodyLeft(Exception):
    """Afterwards who saves, or nobody at all, would be an administrator: nothing was saved."""


Answer = int | list[Problem] | Refusal


class Administration:
    def __init__(self, desk: Desk, store: AdminStore, reload: Callable[[], Awaitable[None]]) -> None:
        """``reload`` puts what was saved in force in this process; the others notice by themselves."""
        self.desk = desk
        self.store = store
        self._reload = reload

    def world(self) -> v.World:
        return world_of(self.desk.settings, self.desk.destinations.can_carry)

    # ---- queues, calendars, groups

    def draft_of(self, id: QueueId) -> QueueDraft:
        """A queue as it is, in the shape in which it is saved."""
        return draft_of(self.desk.settings, id)

    async def save_queue(self, id: QueueId | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        """``base``: what the editor began with; refused when that is no longer what is in force."""
        draft = read(given, QueueDraft)
        if isinstance(draft, list):
            return draft
        if id is not None and id not in self.desk.settings.queues:
            return Refusal(RefusalCode.NOT_FOUND, "queue")
        if id is not None and changed(base, self.draft_of(id)):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "queue")
        return await self.save(
            list(queue_problems(id, draft, self.world())), lambda: self.store.save_queue(id, draft, actor)
        )

    async def save_calendar(self, id: int | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        calendar = read(given, Calendar)
        if isinstance(calendar, list):
            return calendar
        if id is not None and id not in self.desk.settings.calendars:
            return Refusal(RefusalCode.NOT_FOUND, "calendar")
        if id is not None and changed(base, self.desk.settings.calendars[id]):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "calendar")
        return await self.save(calendar_problems(calendar), lambda: self.store.save_calendar(id, calendar, actor))

    def group_of(self, id: int) -> GroupDraft:
        group = self.desk.settings.groups[id]
        access = self.desk.settings.access.groups.get(id)
        rights = GroupRights()
        if access is not None:
            rights = GroupRights(
                workplace=access.workplace,
                closed=access.closed,
                roles=access.roles,
                queues=tuple(sorted(access.queues)),
                filters=access.filters,
            )
        return GroupDraft(name=group.name, caller_number=group.caller_number, members=group.members, rights=rights)

    async def save_group(
        self, id: int | None, draft: GroupDraft, actor: Actor, base: Any = None, rights: Any = None
    ) -> Answer:
        """``rights`` None leaves them as they are. A group that gives any is saved only by who administers access: its
        members are a part of that."""
        if id is not None and id not in self.desk.settings.groups:
            return Refusal(RefusalCode.NOT_FOUND, "group")
        if id is not None and changed(base, self.group_of(id)):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "group")
        now = self.group_of(id).rights if id is not None else GroupRights()
        given = now if rights is None else read(rights, GroupRights)
        if isinstance(given, list):
            return [msgspec.structs.replace(p, field=f"rights.{p.field}") for p in given]
        if {now, given} != {GroupRights()} and not can(actor, Action.EDIT_ACCESS):
            return Refusal(RefusalCode.NOT_ALLOWED, "rights")
        draft = msgspec.structs.replace(draft, rights=given)
        problems = list(v.name_problems("name", draft.name))
        if draft.caller_number is not None and not v.is_number(draft.caller_number):
            problems.append(Problem("caller_number", ProblemKind.MALFORMED))
        known = self.desk.settings.agents
        problems += [
            Problem(f"members.{n}", ProblemKind.UNKNOWN) for n, user in enumerate(draft.members) if user not in known
        ]
        problems += [
            msgspec.structs.replace(p, field=f"rights.{p.field}")
            for p in group_problems(draft.rights, self.desk.settings.access, frozenset(self.desk.settings.queues))
        ]
        return await self.save(problems, lambda: self.store.save_group(id, draft, actor.user))

    def location_of(self, id: int) -> LocationDraft:
        settings = self.desk.settings
        members = tuple(sorted(a.user for a in settings.agents.values() if a.location == id))
        return LocationDraft(name=settings.locations[id], members=members)

    async def save_location(self, id: int | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        draft = read(given, LocationDraft)
        if isinstance(draft, list):
            return draft
        settings = self.desk.settings
        if id is not None and id not in settings.locations:
            return Refusal(RefusalCode.NOT_FOUND, "location")
        if id is not None and changed(base, self.location_of(id)):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "location")
        problems = list(v.name_problems("name", draft.name))
        problems += [
            Problem(f"members.{n}", ProblemKind.UNKNOWN)
            for n, user in enumerate(draft.members)
            if user not in settings.agents
        ]
        return await self.save(problems, lambda: self.store.save_location(id, draft, actor))

    async def save(self, problems: list[Problem], save: Callable[[], Awaitable[int]], name: str = "name") -> Answer:
        """``name``: the field that must be told from all others."""
        if problems:
            return problems
        try:
            saved = await save()
        except NameTaken:
            return [Problem(name, ProblemKind.TAKEN)]
        except NobodyLeft:
            return Refusal(RefusalCode.NOT_ALLOWED, "administrator")
        await self._reload()
        return saved

    # ---- entry rules

    async def save_rules(self, given: Any, actor: UserId) -> Answer:
        """A new version, not in force until it is published."""
        rules = self._checked(given)
        if isinstance(rules, list):
            return rules
        return await self.store.save_rules(rules, actor, self.desk.clock())

    async def publish_rules(self, number: str, version: int, actor: UserId) -> Answer:
        """Put a version in force; an older one is a roll-back. Checked again: the world may have changed."""
        found = next((x for x in await self.store.rules_versions(number) if x.version == version), None)
        if found is None:
            return Refusal(RefusalCode.NOT_FOUND, "version")
        if problems := list(v.entry_rules(found.rules, self.world())):
            return problems
        await self.store.publish_rules(number, version, actor, self.desk.clock())
        await self._reload()
        return version

    async def try_rules(self, given: Any, at: datetime | None, caller: str) -> Decision | list[Problem]:
        """Where a call would go at that time (None: now), and why; with the figures of this moment."""
        rules = self._checked(given)
        if isinstance(rules, list):
            return rules
        statuses = await self.store.client_statuses({caller}) if caller else {}
        now = self.desk.clock()
        facts = EntryFacts(
            at=at or now,
            caller=caller,
            client_status=statuses.get(caller, ""),
            queues={queue: self.desk.destinations.figures(queue, now) for queue in queues_asked(rules)},
        )
        return decide(rules, facts, self.desk.settings.calendars)

    async def replay_rules(self, given: Any, day: date) -> list[Replayed] | list[Problem]:
        """The calls of a day: where they went, and where the draft would have sent them."""
        rules = self._checked(given)
        if isinstance(rules, list):
            return rules
        since = datetime.combine(day, time(), PRAGUE)
        until = datetime.combine(day + timedelta(days=1), time(), PRAGUE)
        calls = await self.store.past_calls(rules.number, since, until, MOST_REPLAYED)
        statuses = await self.store.client_statuses({call.caller for call in calls if call.caller})
        answers = []
        for call in calls:
            facts = EntryFacts(at=call.at, caller=call.caller, client_status=statuses.get(call.caller, ""))
            decision = decide(rules, facts, self.desk.settings.calendars)
            asked = any(
                isinstance(rules.rules[looked.rule].conditions[finding.condition], QueueMeasures)
                for looked in decision.looked
                for finding in looked.findings
            )
            answers.append(Replayed(call=call, decision=decision, changed=call.to != decision.to, certain=not asked))
        return answers

    def _checked(self, given: Any) -> EntryRules | list[Problem]:
        rules = read(given, EntryRules)
        if isinstance(rules, list):
            return rules
        return list(v.entry_rules(rules, self.world())) or rules


def world_of(s: Settings, can_carry: Callable[[type], bool]) -> v.World:
    """What exists in these settings."""
    return v.World(
        queues=frozenset(s.queues),
        agents=frozenset(s.agents),
        skills=frozenset(s.skills),
        groups=frozenset(s.groups),
        flows=frozenset(s.flows),
        calendars=frozenset(s.calendars),
        numbers=frozenset(s.entry_points),
        prompts=s.prompts,
        can_carry=can_carry,
        outside=s.calls.outside,
    )


def draft_of(settings: Settings, id: QueueId) -> QueueDraft:
    """A queue as it is, in the shape in which it is saved."""
    q = settings.queues[id]
    return QueueDraft(
        name=q.name,
        priority=q.priority,
        ring_timeout_s=int(q.ring_timeout.total_seconds()),
        wrap_up_s=int(q.wrap_up.total_seconds()),
        announce_every_s=int(q.announce_every.total_seconds()),
        target_s=int(q.definition.target.total_seconds()),
        short_abandon_s=int(q.definition.short_abandon.total_seconds()),
        formula=q.definition.formula,
        recorded=q.recorded,
        retention_days=q.retention_days,
        skills=q.needs,
        members=tuple(
            Member(user=a.user, penalty=place.penalty, order=place.order, weight=place.weight)
            for a in settings.agents.values()
            if (place := a.places.get(id)) is not None
        ),
        options=q.options,
    )


def queue_problems(id: QueueId | None, draft: QueueDraft, world: v.World) -> Iterator[Problem]:
    yield from v.name_problems("name", draft.name)
    for name, value, least, most in (
        ("priority", draft.priority, -1000, 1000),
        ("ring_timeout_s", draft.ring_timeout_s, 3, 300),
        ("wrap_up_s", draft.wrap_up_s, 0, 3600),
        ("announce_every_s", draft.announce_every_s, 0, 3600),
        ("target_s", draft.target_s, 1, 3600),
        ("short_abandon_s", draft.short_abandon_s, 0, 600),
        ("retention_days", draft.retention_days, LEAST_DAYS, MOST_DAYS),
    ):
        if not least <= value <= most:
            yield Problem(name, ProblemKind.OUT_OF_RANGE)
    for n, (skill, level) in enumerate(draft.skills):
        if skill not in world.skills or level < 1:
            yield Problem(f"skills.{n}", ProblemKind.UNKNOWN if skill not in world.skills else ProblemKind.OUT_OF_RANGE)
    seen: set[int] = set()
    for n, member in enumerate(draft.members):
        if member.user not in world.agents or member.user in seen:
            yield Problem(f"members.{n}.user", ProblemKind.TAKEN if member.user in seen else ProblemKind.UNKNOWN)
        seen.add(member.user)
        if member.penalty < 0 or member.weight < 1:
            yield Problem(f"members.{n}", ProblemKind.OUT_OF_RANGE)
    yield from v.queue_options(draft.options, id, world)


def calendar_problems(calendar: Calendar) -> list[Problem]:
    kinds = {"name": ProblemKind.MISSING, "exceptions": ProblemKind.TAKEN, "week": ProblemKind.MALFORMED}
    return [Problem(field, kinds.get(field, ProblemKind.ORDER)) for field in calendar_fields(calendar)]


def changed(base: Any, now: Any) -> bool:
    """Whether ``base`` (JSON; None asks nothing) is something else than what is in force."""
    return base is not None and read(base, type(now)) != now


def read(given: Any, kind: type) -> Any:
    """What was sent as this type, or the problem that names its field; a field that does not exist is one."""
    try:
        found: Any = msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        _, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").replace("[", ".").replace("]", "").lstrip(".")
        return [Problem(field or "$", ProblemKind.MALFORMED)]
    unknown = list(_unknown(given, msgspec.to_builtins(found), ""))
    return [Problem(field, ProblemKind.UNKNOWN) for field in unknown] or found


def _unknown(given: Any, known: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                yield f"{path}{key}"
            else:
                yield from _unknown(value, known[key], f"{path}{key}.")
    elif isinstance(given, list) and isinstance(known, (list, tuple)):
        for n, (value, other) in enumerate(zip(given, known, strict=False)):
            yield from _unknown(value, other, f"{path}{n}.")
