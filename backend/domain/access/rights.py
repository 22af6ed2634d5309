"""What an account may do, resolved from its roles, its groups, its personal grants and denials, and why.

Everything adds up except two things: a personal denial takes an action away whole, and a closed workplace narrows
``everything`` to what belongs to the workplace. A denial or grant with an end is over at that time.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.access.policy import (
    INHERENT,
    SCOPES,
    TABLE,
    Action,
    Actor,
    Narrowing,
    Permission,
    Reach,
    Role,
    Scope,
    Subject,
    can,
    reach,
    scopes_of,
)
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.kernel.working_time import PRAGUE

RoleKey = str
"""A built-in role's value, or the number of an own role as text."""


class PersonalGrant(msgspec.Struct, frozen=True, kw_only=True):
    """``scope`` None denies the action. ``until`` None has no end."""

    action: Action
    scope: Scope | None = None
    until: datetime | None = None
    note: str = ""

    def in_force(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class AccountAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Of an account that is not switched off. ``serves``: queues that are assigned to it."""

    name: str = ""
    roles: tuple[RoleKey, ...] = ()
    grants: tuple[PersonalGrant, ...] = ()
    filters: tuple[int, ...] = ()
    serves: frozenset[QueueId] = frozenset()


class GroupAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What a group gives its members. ``workplace``: its people and queues are what "own groups" and "own queues" mean.
    ``closed``: members see nothing beyond their workplaces, whatever their roles say."""

    id: int
    name: str = ""
    members: frozenset[UserId] = frozenset()
    roles: tuple[RoleKey, ...] = ()
    queues: frozenset[QueueId] = frozenset()
    filters: tuple[int, ...] = ()
    workplace: bool = False
    closed: bool = False


class OwnRole(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    permissions: tuple[Permission, ...] = ()


class DataFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Queues, reports and days back that an account may ask for. None does not narrow."""

    name: str
    queues: tuple[QueueId, ...] | None = None
    reports: tuple[str, ...] | None = None
    days: int | None = None

    def at(self, id: int, now: datetime) -> Narrowing:
        """``days`` count whole days of Prague before today."""
        since = None
        if self.days is not None:
            midnight = now.astimezone(PRAGUE).replace(hour=0, minute=0, second=0, microsecond=0)
            since = midnight - timedelta(days=self.days)
        return Narrowing(
            id=id,
            queues=frozenset(self.queues) if self.queues is not None else None,
            reports=frozenset(self.reports) if self.reports is not None else None,
            since=since,
        )


class AccessPicture(msgspec.Struct, frozen=True, kw_only=True):
    """All rights at one version of the settings."""

    accounts: Mapping[UserId, AccountAccess] = {}
    groups: Mapping[int, GroupAccess] = {}
    roles: Mapping[RoleKey, OwnRole] = {}
    filters: Mapping[int, DataFilter] = {}

    def permissions_of(self, role: RoleKey) -> frozenset[Permission]:
        """A role that is no more gives nothing."""
        if role in BUILT_IN:
            return BUILT_IN[Role(role)]
        own = self.roles.get(role)
        return frozenset(own.permissions) if own is not None else frozenset()


def _built_in(role: Role) -> frozenset[Permission]:
    return frozenset((action, row[role]) for action, row in TABLE.items() if role in row and action not in INHERENT)


BUILT_IN: dict[Role, frozenset[Permission]] = {role: _built_in(role) for role in Role}


class SourceKind(StrEnum):
    """What gives a permission, or takes it away."""

    INHERENT = "inherent"
    """Every account has it."""
    ROLE = "role"
    GROUP = "group"
    """A role that the members of a group have."""
    GRANT = "grant"
    DENIAL = "denial"
    CLOSED = "closed"
    """A closed workplace narrows what a role gives."""
    FILTER = "filter"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that counted. ``holds``: on the subject asked about; of a denial, a closed workplace and a filter, whether
    it let the subject through."""

    kind: SourceKind
    scope: Scope | None = None
    role: RoleKey | None = None
    group: int | None = None
    filter: int | None = None
    until: datetime | None = None
    note: str = ""
    holds: bool = True


class Given(msgspec.Struct, frozen=True, kw_only=True):
    permission: Permission
    reason: Reason


def _given(picture: AccessPicture, user: UserId, now: datetime) -> Iterator[Given]:
    """Everything that gives the account something, before anything takes it away."""
    account = picture.accounts[user]
    for role in account.roles:
        for permission in sorted(picture.permissions_of(role)):
            yield Given(permission=permission, reason=Reason(kind=SourceKind.ROLE, role=role, scope=permission[1]))
    for group in _groups(picture, user):
        for role in group.roles:
            for permission in sorted(picture.permissions_of(role)):
                reason = Reason(kind=SourceKind.GROUP, role=role, group=group.id, scope=permission[1])
                yield Given(permission=permission, reason=reason)
    for grant in account.grants:
        if grant.scope is not None and grant.in_force(now):
            reason = Reason(kind=SourceKind.GRANT, scope=grant.scope, until=grant.until, note=grant.note)
            yield Given(permission=(grant.action, grant.scope), reason=reason)


def _groups(picture: AccessPicture, user: UserId) -> list[GroupAccess]:
    return [group for _, group in sorted(picture.groups.items()) if user in group.members]


def _filters(picture: AccessPicture, user: UserId) -> list[int]:
    assigned = set(picture.accounts[user].filters).union(*(g.filters for g in _groups(picture, user)))
    return sorted(assigned & picture.filters.keys())


def _narrowed(permission: Permission, closed: bool) -> frozenset[Permission]:
    action, scope = permission
    if not closed or scope is not Scope.EVERYTHING or SCOPES[action] == (Scope.EVERYTHING,):
        return frozenset({permission})
    return frozenset((action, narrower) for narrower in SCOPES[action] if narrower is not Scope.EVERYTHING)


def resolve(picture: AccessPicture, user: UserId, now: datetime) -> Actor | None:
    """None of an account that is not there or switched off."""
    account = picture.accounts.get(user)
    if account is None:
        return None
    workplaces = [group for group in _groups(picture, user) if group.workplace]
    closed = any(group.closed for group in workplaces)
    denied = {grant.action for grant in account.grants if grant.scope is None and grant.in_force(now)}
    grants = {
        narrowed
        for given in _given(picture, user, now)
        if given.permission[0] not in denied
        for narrowed in _narrowed(given.permission, closed)
    }
    return Actor(
        user=user,
        roles=frozenset(account.roles).union(*(group.roles for group in _groups(picture, user))),
        grants=frozenset(grants),
        people=frozenset({user}.union(*(group.members for group in workplaces))),
        queues=frozenset().union(*(group.queues for group in workplaces)) if workplaces else account.serves,
        filters=tuple(picture.filters[id].at(id, now) for id in _filters(picture, user)),
    )


def valid_until(picture: AccessPicture, user: UserId, now: datetime) -> datetime:
    """When an actor resolved now must be resolved again though nothing was changed: an end, or another day."""
    tomorrow = now.astimezone(PRAGUE).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    account = picture.accounts.get(user)
    ends = [g.until for g in account.grants if g.until is not None and g.until > now] if account else []
    return min([tomorrow, *ends])


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    allowed: bool
    scopes: tuple[Scope, ...]
    """In force, after everything that narrows."""
    reasons: tuple[Reason, ...]


def explain(
    picture: AccessPicture, user: UserId, action: Action, now: datetime, subject: Subject | None = None
) -> Explanation:
    """Why the account may, or may not: every role, group and grant that counts, and what narrowed it."""
    actor = resolve(picture, user, now)
    if actor is None:
        return Explanation(allowed=False, scopes=(), reasons=())
    if action in INHERENT:
        always = Reason(kind=SourceKind.INHERENT, scope=Scope.EVERYTHING)
        return Explanation(allowed=True, scopes=(Scope.EVERYTHING,), reasons=(always,))
    whole = reach(actor, action)
    reasons: list[Reason] = []
    for given in _given(picture, user, now):
        if given.permission[0] is action:
            alone = msgspec.structs.replace(actor, grants=frozenset({given.permission}), filters=())
            reasons.append(msgspec.structs.replace(given.reason, holds=can(alone, action, subject)))
    reasons += [
        Reason(kind=SourceKind.DENIAL, until=grant.until, note=grant.note, holds=False)
        for grant in picture.accounts[user].grants
        if grant.action is action and grant.scope is None and grant.in_force(now)
    ]
    if any(r.scope is Scope.EVERYTHING for r in reasons) and SCOPES[action] != (Scope.EVERYTHING,):
        passes = any(
            can(msgspec.structs.replace(actor, grants=_narrowed(given.permission, True), filters=()), action, subject)
            for given in _given(picture, user, now)
            if given.permission[0] is action
        )
        reasons += [
            Reason(kind=SourceKind.CLOSED, group=group.id, holds=passes)
            for group in _groups(picture, user)
            if group.workplace and group.closed
        ]
    for narrowing in whole.filters:
        one = Reach(everything=True, filters=(narrowing,), granted=True)
        reasons.append(Reason(kind=SourceKind.FILTER, filter=narrowing.id, holds=subject is None or one.holds(subject)))
    return Explanation(
        allowed=can(actor, action, subject),
        scopes=tuple(scopes_of(actor, action)),
        reasons=tuple(reasons),
    )


def administers(picture: AccessPicture, user: UserId, now: datetime) -> bool:
    return can(resolve(picture, user, now), Action.EDIT_ACCESS)


def administrators(picture: AccessPicture, now: datetime) -> frozenset[UserId]:
    """Who could let others in again. Before a change that leaves none is saved, it is refused."""
    return frozenset(user for user in picture.accounts if administers(picture, user, now))
