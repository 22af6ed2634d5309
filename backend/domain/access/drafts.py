"""Accounts, roles and filters as administrators edit them, and what may be wrong with them."""

import re
from collections.abc import Iterator

import msgspec

from backend.domain.access.policy import INHERENT, SCOPES, Action, Role, Scope
from backend.domain.access.rights import AccessPicture, DataFilter, OwnRole, PersonalGrant, RoleKey
from backend.domain.agent.handset import Telephone
from backend.domain.kernel.ids import QueueId, SkillId, UserId
from backend.domain.routing.validation import LONGEST_NAME, Problem, ProblemKind, name_problems

LOGIN = re.compile(r"^[a-z0-9][a-z0-9._@-]{0,99}$")
MOST_GRANTS = 100
MOST_DAYS = 3660
GREATEST_PLACE = 99
"""Of the order in which agents of a queue are asked."""
GREATEST_LEVEL = 100


class UserDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An account with everything that an administrator sets. Switched off (``active``) it cannot sign in; it is never
    deleted, for history names it."""

    login: str
    name: str
    active: bool = True
    roles: tuple[RoleKey, ...] = ()
    groups: tuple[int, ...] = ()
    grants: tuple[PersonalGrant, ...] = ()
    filters: tuple[int, ...] = ()
    telephones: tuple[Telephone, ...] = ()
    location: int | None = None


class GroupRights(msgspec.Struct, frozen=True, kw_only=True):
    """What a group gives its members; see ``GroupAccess``."""

    workplace: bool = False
    closed: bool = False
    roles: tuple[RoleKey, ...] = ()
    queues: tuple[QueueId, ...] = ()
    filters: tuple[int, ...] = ()


class SkillCell(msgspec.Struct, frozen=True, kw_only=True):
    """One changed cell of the matrix: an agent's place in a queue (0 is asked first) or level of a skill; None takes the
    agent out of the queue, or the skill from the agent. ``was``: what the editor saw."""

    user: UserId
    queue: QueueId | None = None
    skill: SkillId | None = None
    value: int | None
    was: int | None


Found = Iterator[Problem]


def user_problems(draft: UserDraft, picture: AccessPicture, locations: frozenset[int]) -> Found:
    if not LOGIN.match(draft.login):
        yield Problem("login", ProblemKind.MALFORMED if draft.login else ProblemKind.MISSING)
    yield from name_problems("name", draft.name)
    yield from _known("roles", draft.roles, frozenset(Role) | picture.roles.keys())
    yield from _known("groups", draft.groups, picture.groups.keys())
    yield from _known("filters", draft.filters, picture.filters.keys())
    if draft.location is not None and draft.location not in locations:
        yield Problem("location", ProblemKind.UNKNOWN)
    if len(draft.grants) > MOST_GRANTS:
        yield Problem("grants", ProblemKind.OUT_OF_RANGE)
    for n, grant in enumerate(draft.grants):
        if grant.action in INHERENT or (grant.scope is not None and grant.scope not in SCOPES[grant.action]):
            yield Problem(f"grants.{n}.scope", ProblemKind.UNKNOWN)
        if grant.until is not None and grant.until.tzinfo is None:
            yield Problem(f"grants.{n}.until", ProblemKind.MALFORMED)
        if len(grant.note) > LONGEST_NAME:
            yield Problem(f"grants.{n}.note", ProblemKind.OUT_OF_RANGE)


def group_problems(rights: GroupRights, picture: AccessPicture, queues: frozenset[int]) -> Found:
    yield from _known("roles", rights.roles, frozenset(Role) | picture.roles.keys())
    yield from _known("queues", rights.queues, queues)
    yield from _known("filters", rights.filters, picture.filters.keys())
    if rights.closed and not rights.workplace:
        yield Problem("closed", ProblemKind.ORDER)


def role_problems(role: OwnRole) -> Found:
    yield from name_problems("name", role.name)
    for n, (action, scope) in enumerate(role.permissions):
        if action in INHERENT or scope not in SCOPES[action]:
            yield Problem(f"permissions.{n}", ProblemKind.UNKNOWN)


def filter_problems(filter: DataFilter, queues: frozenset[int]) -> Found:
    yield from name_problems("name", filter.name)
    yield from _known("queues", filter.queues or (), queues)
    for n, report in enumerate(filter.reports or ()):
        if not 1 <= len(report) <= LONGEST_NAME:
            yield Problem(f"reports.{n}", ProblemKind.MALFORMED)
    if filter.days is not None and not 0 <= filter.days <= MOST_DAYS:
        yield Problem("days", ProblemKind.OUT_OF_RANGE)


def cell_problems(
    cells: list[SkillCell], users: frozenset[int], queues: frozenset[int], skills: frozenset[int]
) -> Found:
    """Each names its cell: ``cells.12``, or the part of it that is wrong."""
    seen: set[tuple[int, int | None, int | None]] = set()
    for n, cell in enumerate(cells):
        key = (cell.user, cell.queue, cell.skill)
        if (cell.queue is None) == (cell.skill is None):
            yield Problem(f"cells.{n}", ProblemKind.MALFORMED)
        elif cell.user not in users:
            yield Problem(f"cells.{n}.user", ProblemKind.UNKNOWN)
        elif (cell.queue is not None and cell.queue not in queues) or (
            cell.skill is not None and cell.skill not in skills
        ):
            yield Problem(f"cells.{n}.{'queue' if cell.queue is not None else 'skill'}", ProblemKind.UNKNOWN)
        elif key in seen:
            yield Problem(f"cells.{n}", ProblemKind.TAKEN)
        elif cell.value is not None and not within(cell.value, of_queue=cell.queue is not None):
            yield Problem(f"cells.{n}.value", ProblemKind.OUT_OF_RANGE)
        seen.add(key)


def within(value: int, *, of_queue: bool) -> bool:
    return 0 <= value <= GREATEST_PLACE if of_queue else 1 <= value <= GREATEST_LEVEL


def _known(field: str, given: tuple, known) -> Found:
    for n, each in enumerate(given):
        if each not in known:
            yield Problem(f"{field}.{n}", ProblemKind.UNKNOWN)
        elif each in given[:n]:
            yield Problem(f"{field}.{n}", ProblemKind.TAKEN)


def grid() -> list[tuple[Action, tuple[Scope, ...]]]:
    """What a role may hold: each action with the scopes that mean something for it."""
    return [(action, SCOPES[action]) for action in Action if action not in INHERENT]
