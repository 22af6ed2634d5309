"""Who may do what, for administrators: accounts, roles, filters, the skills matrix, and why somebody may or may not."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application.accounts import KnownUser
from backend.domain.access import subjects
from backend.domain.access.directory import Source
from backend.domain.access.drafts import grid
from backend.domain.access.policy import Action, Person, Queue, Report, Scope, Subject
from backend.domain.access.rights import BUILT_IN, SourceKind
from backend.domain.access.rights import Reason as Why
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, StoredSetting, setting_result

strawberry.enum(SourceKind, name="AccessSource")
EDIT = [allowed(Action.EDIT_ACCESS)]
SKILLS = [allowed(Action.EDIT_SKILLS)]


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


@strawberry.type(description="An account; `body` can be saved again. `sessions` are those that are signed in now.")
class KnownAccount:
    id: int
    body: JSON
    source: Source
    has_second_factor: bool
    has_password: bool
    sessions: int
    seen_at: datetime | None
    anonymised: bool

    @classmethod
    def of(cls, u: KnownUser) -> "KnownAccount":
        return cls(
            id=u.id,
            body=_plain(u.draft),
            source=u.source,
            has_second_factor=u.has_second_factor,
            has_password=u.has_password,
            sessions=u.sessions,
            seen_at=u.seen_at,
            anonymised=u.anonymised,
        )


@strawberry.type(
    description="A role: `key` is what accounts and groups name. Of an own one `id` and `name`; a built-in one has neither"
    " and is not changed. `permissions` are pairs of an action and a scope, as they can be saved again."
)
class KnownRole:
    key: str
    id: int | None
    name: str | None
    permissions: JSON


@strawberry.type(description="An action with the scopes that mean something for it.")
class GridRow:
    action: Action
    scopes: list[Scope]


@strawberry.type
class AccessSettings:
    users: list[KnownAccount]
    roles: list[KnownRole]
    filters: list[StoredSetting]
    grid: list[GridRow]


@strawberry.type(
    description="One thing that counted: a role of the account's own (ROLE) or of a group (GROUP), a personal grant or denial,"
    " a closed workplace or a filter that narrows. `holds`: whether it lets the subject through."
)
class AccessReason:
    kind: SourceKind
    scope: Scope | None
    role: str | None
    group_id: int | None
    filter_id: int | None
    until: datetime | None
    note: str
    holds: bool

    @classmethod
    def of(cls, r: Why) -> "AccessReason":
        return cls(
            kind=r.kind,
            scope=r.scope,
            role=r.role,
            group_id=r.group,
            filter_id=r.filter,
            until=r.until,
            note=r.note,
            holds=r.holds,
        )


@strawberry.type(description="`scopes` are in force after everything that narrows.")
class AccessExplanation:
    allowed: bool
    scopes: list[Scope]
    reasons: list[AccessReason]


@strawberry.input(description="On what: at most one of them; none asks whether the action is allowed on anything.")
class AccessSubject:
    contact: strawberry.ID | None = None
    queue: int | None = None
    person: int | None = None
    report: str | None = None


ExplainResult = Annotated[AccessExplanation | t.Refused, strawberry.union("ExplainResult")]


@strawberry.type(description="`value`: the place in which a queue asks the agent, 0 first, or the level of a skill.")
class MatrixCell:
    user_id: int
    queue_id: int | None
    skill_id: int | None
    value: int


@strawberry.type(description="Who serves which queues and how well; an agent without a cell does not.")
class SkillsMatrix:
    agents: list[t.Named]
    queues: list[t.Named]
    skills: list[t.Named]
    cells: list[MatrixCell]


@strawberry.type(description="Told once: it is stored nowhere.")
class InitialPassword:
    password: str


PasswordResult = Annotated[InitialPassword | t.Refused, strawberry.union("PasswordResult")]


@strawberry.type
class AccessQuery:
    @strawberry.field(permission_classes=EDIT, description="Everything that decides who may do what.")
    async def access_settings(self, info: Info) -> AccessSettings:
        services = info.context.services
        access = services.desk.settings.access
        return AccessSettings(
            users=[KnownAccount.of(u) for u in await services.account_administration.users()],
            roles=[
                *(
                    KnownRole(key=r.value, id=None, name=None, permissions=_plain(sorted(p)))
                    for r, p in BUILT_IN.items()
                ),
                *(
                    KnownRole(key=key, id=int(key), name=role.name, permissions=_plain(role.permissions))
                    for key, role in sorted(access.roles.items(), key=lambda x: x[1].name)
                ),
            ],
            filters=[StoredSetting(id=id, body=_plain(x)) for id, x in sorted(access.filters.items())],
            grid=[GridRow(action=action, scopes=list(scopes)) for action, scopes in grid()],
        )

    @strawberry.field(
        permission_classes=EDIT, description="Why an account may, or may not: each role, group and grant that counts."
    )
    async def explain_access(
        self, info: Info, user: int, action: Action, subject: AccessSubject | None = None
    ) -> ExplainResult:
        services = info.context.services
        if user not in services.desk.settings.access.accounts:
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND, "user"))
        about = await _subject(info, subject)
        if isinstance(about, Refusal):
            return t.Refused.of(about)
        found = services.account_administration.explain(user, action, about)
        return AccessExplanation(
            allowed=found.allowed, scopes=list(found.scopes), reasons=[AccessReason.of(r) for r in found.reasons]
        )

    @strawberry.field(permission_classes=SKILLS)
    async def skills_matrix(self, info: Info) -> SkillsMatrix:
        settings = info.context.services.desk.settings
        agents = sorted(settings.agents.values(), key=lambda a: a.name)
        return SkillsMatrix(
            agents=[t.Named(id=a.user, name=a.name) for a in agents],
            queues=[t.Named(id=q.id, name=q.name) for q in sorted(settings.queues.values(), key=lambda q: q.name)],
            skills=[t.Named(id=id, name=name) for id, name in sorted(settings.skills.items(), key=lambda x: x[1])],
            cells=[
                *(
                    MatrixCell(user_id=a.user, queue_id=queue, skill_id=None, value=place.penalty)
                    for a in agents
                    for queue, place in a.places.items()
                ),
                *(
                    MatrixCell(user_id=a.user, queue_id=None, skill_id=skill, value=level)
                    for a in agents
                    for skill, level in a.skills.items()
                ),
            ],
        )


async def _subject(info: Info, given: AccessSubject | None) -> Subject | Refusal | None:
    if given is None:
        return None
    named = [x for x in (given.contact, given.queue, given.person, given.report) if x is not None]
    if len(named) > 1:
        return Refusal(RefusalCode.BAD_INPUT, "subject")
    if given.queue is not None:
        return Queue(given.queue)
    if given.person is not None:
        return Person(given.person)
    if given.report is not None:
        return Report(given.report)
    if given.contact is None:
        return None
    s = await info.context.services.readers.contact(contact_id(given.contact))
    return subjects.contact(s) if s is not None else Refusal(RefusalCode.NOT_FOUND, "contact")


@strawberry.type
class AccessMutation:
    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new account when `id` is null. Refused with NOT_ALLOWED (`administrator`) where who saves, or nobody,"
        " would be an administrator afterwards.",
    )
    async def save_user(self, info: Info, user: JSON, id: int | None = None, base: JSON | None = None) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.save_user(id, user, info.context.user, base))

    @strawberry.mutation(
        permission_classes=EDIT, description="A new made-up password, told once. The old one and all sessions are over."
    )
    async def set_initial_password(self, info: Info, user: int) -> PasswordResult:
        answer = await info.context.services.account_administration.set_initial_password(user, info.context.user)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else InitialPassword(password=answer)

    @strawberry.mutation(
        permission_classes=EDIT, description="Name and log-in of a switched-off account are gone for good."
    )
    async def anonymise_user(self, info: Info, user: int) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.anonymise(user, info.context.user))

    @strawberry.mutation(permission_classes=EDIT, description="An own role; a new one when `id` is null.")
    async def save_role(self, info: Info, role: JSON, id: int | None = None, base: JSON | None = None) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.save_role(id, role, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="Refused (`in_use`) while somebody has it.")
    async def remove_role(self, info: Info, id: int) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.remove_role(id, info.context.user))

    @strawberry.mutation(
        permission_classes=EDIT, description="Queues, reports and days back that an account may ask for."
    )
    async def save_access_filter(
        self, info: Info, filter: JSON, id: int | None = None, base: JSON | None = None
    ) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.save_filter(id, filter, info.context.user, base))

    @strawberry.mutation(permission_classes=EDIT, description="Refused (`in_use`) while somebody has it.")
    async def remove_access_filter(self, info: Info, id: int) -> SettingResult:
        accounts = info.context.services.account_administration
        return setting_result(await accounts.remove_filter(id, info.context.user))

    @strawberry.mutation(
        permission_classes=SKILLS,
        description="Changed cells, all or none: problems name theirs, `cells.12.value`. A cell that is no longer what `was`"
        " says is CHANGED_MEANWHILE.",
    )
    async def save_skills(self, info: Info, cells: JSON) -> SettingResult:
        return setting_result(await info.context.services.account_administration.save_cells(cells, info.context.user))
