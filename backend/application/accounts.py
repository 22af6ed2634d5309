"""Accounts, roles, filters and the skills matrix as administrators edit them: checked whole, saved whole, in force at once.

Whoever saves must still be an administrator afterwards: nobody locks oneself out, and so the last one stays.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from backend.application.administration import Administration, Answer, changed, read
from backend.application.supervision import Supervision
from backend.application.telephones import checked
from backend.domain.access.directory import Source
from backend.domain.access.drafts import (
    SkillCell,
    UserDraft,
    cell_problems,
    filter_problems,
    role_problems,
    user_problems,
)
from backend.domain.access.policy import Action, Subject
from backend.domain.access.rights import DataFilter, Explanation, OwnRole, explain
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem

INITIAL_PASSWORD_BYTES = 9
"""72 bits, twelve characters."""
MOST_CELLS = 50_000


class KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it is. ``draft`` can be saved again."""

    id: UserId
    draft: UserDraft
    source: Source
    has_second_factor: bool
    has_password: bool
    sessions: int
    seen_at: datetime | None
    anonymised: bool


class AccountStore(Protocol):
    """Writes raise NameTaken, and NobodyLeft from within the transaction that would have done it."""

    async def users(self) -> list[KnownUser]: ...
    async def user(self, id: UserId) -> KnownUser | None: ...
    async def save_user(self, id: UserId | None, draft: UserDraft, actor: UserId) -> int: ...
    async def anonymise(self, id: UserId, actor: UserId) -> int: ...
    async def set_password(self, id: UserId, hashed: str, actor: UserId) -> int: ...
    async def save_role(self, id: int | None, role: OwnRole, actor: UserId) -> int: ...
    async def remove_role(self, id: int, actor: UserId) -> int: ...
    async def save_filter(self, id: int | None, filter: DataFilter, actor: UserId) -> int: ...
    async def remove_filter(self, id: int, actor: UserId) -> int: ...
    async def save_cells(self, cells: list[SkillCell], actor: UserId) -> int: ...


class AccountAdministration:
    def __init__(
        self,
        administration: Administration,
        store: AccountStore,
        supervision: Supervision,
        hash_password: Callable[[str], Awaitable[str]],
    ) -> None:
        self._administration = administration
        self._desk = administration.desk
        self._store = store
        self._supervision = supervision
        self._hash = hash_password

    # ---- accounts

    async def users(self) -> list[KnownUser]:
        """Also those that are switched off, by name."""
        return await self._store.users()

    async def save_user(self, id: UserId | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        """An account that is switched off ends its sessions at once, and its shift as soon as no call is at hand."""
        draft = read(given, UserDraft)
        if isinstance(draft, list):
            return draft
        known = await self._store.user(id) if id is not None else None
        if id is not None and (known is None or known.anonymised):
            return Refusal(RefusalCode.NOT_FOUND, "user")
        if known is not None and changed(base, known.draft):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "user")
        telephones, problems = checked(draft.telephones)
        draft = msgspec.structs.replace(draft, telephones=telephones, login=draft.login.strip().lower())
        settings = self._desk.settings
        problems += user_problems(draft, settings.access, frozenset(settings.locations))
        answer = await self._administration.save(problems, lambda: self._store.save_user(id, draft, actor), "login")
        if known is not None and not draft.active and isinstance(answer, int):
            await self._supervision.end_shift(known.id, actor)
        return answer

    async def set_initial_password(self, id: UserId, actor: UserId) -> str | Refusal:
        """A made-up password, told once and changed at the first sign-in; the old one and all sessions are over. Refused
        for accounts whose passwords are kept elsewhere."""
        known = await self._store.user(id)
        if known is None or known.anonymised:
            return Refusal(RefusalCode.NOT_FOUND, "user")
        if known.source is not Source.LOCAL:
            return Refusal(RefusalCode.NOT_ALLOWED, known.source.value)
        password = secrets.token_urlsafe(INITIAL_PASSWORD_BYTES)
        hashed = await self._hash(password)
        await self._administration.save([], lambda: self._store.set_password(id, hashed, actor))
        return password

    async def anonymise(self, id: UserId, actor: UserId) -> Answer:
        """Of an account that is switched off: name and log-in are gone for good, history keeps the number."""
        known = await self._store.user(id)
        if known is not None and known.draft.active:
            return Refusal(RefusalCode.NOT_ALLOWED, "active")
        return await self._of(id, lambda: self._store.anonymise(id, actor))

    async def _of(self, id: UserId, save: Callable[[], Awaitable[int]]) -> Answer:
        known = await self._store.user(id)
        if known is None or known.anonymised:
            return Refusal(RefusalCode.NOT_FOUND, "user")
        return await self._administration.save([], save)

    # ---- roles and filters

    async def save_role(self, id: int | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        role = read(given, OwnRole)
        if isinstance(role, list):
            return role
        known = self._desk.settings.access.roles
        if id is not None and str(id) not in known:
            return Refusal(RefusalCode.NOT_FOUND, "role")
        if id is not None and changed(base, known[str(id)]):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "role")
        return await self._administration.save(
            list(role_problems(role)), lambda: self._store.save_role(id, role, actor)
        )

    async def remove_role(self, id: int, actor: UserId) -> Answer:
        """Refused while an account or a group has it."""
        access = self._desk.settings.access
        if str(id) not in access.roles:
            return Refusal(RefusalCode.NOT_FOUND, "role")
        if any(str(id) in x.roles for x in access.accounts.values()) or any(
            str(id) in x.roles for x in access.groups.values()
        ):
            return Refusal(RefusalCode.NOT_ALLOWED, "in_use")
        return await self._administration.save([], lambda: self._store.remove_role(id, actor))

    async def save_filter(self, id: int | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        filter = read(given, DataFilter)
        if isinstance(filter, list):
            return filter
        known = self._desk.settings.access.filters
        if id is not None and id not in known:
            return Refusal(RefusalCode.NOT_FOUND, "filter")
        if id is not None and changed(base, known[id]):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "filter")
        problems = list(filter_problems(filter, frozenset(self._desk.settings.queues)))
        return await self._administration.save(problems, lambda: self._store.save_filter(id, filter, actor))

    async def remove_filter(self, id: int, actor: UserId) -> Answer:
        """Refused while an account or a group has it: taking a filter away would show more."""
        access = self._desk.settings.access
        if id not in access.filters:
            return Refusal(RefusalCode.NOT_FOUND, "filter")
        if any(id in x.filters for x in access.accounts.values()) or any(
            id in x.filters for x in access.groups.values()
        ):
            return Refusal(RefusalCode.NOT_ALLOWED, "in_use")
        return await self._administration.save([], lambda: self._store.remove_filter(id, actor))

    # ---- the skills matrix

    async def save_cells(self, given: Any, actor: UserId) -> Answer:
        """All changed cells at once, or none: each problem names its cell. Refused when a cell is no longer what it was."""
        cells = read(given, list[SkillCell])
        if cells and isinstance(cells[0], Problem):
            return [msgspec.structs.replace(p, field=f"cells.{p.field}") for p in cells]
        if len(cells) > MOST_CELLS:
            return Refusal(RefusalCode.BAD_INPUT, "cells")
        settings = self._desk.settings
        problems = list(
            cell_problems(cells, frozenset(settings.agents), frozenset(settings.queues), frozenset(settings.skills))
        )
        if not problems and any(self._value(cell) != cell.was for cell in cells):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "cells")
        return await self._administration.save(problems, lambda: self._store.save_cells(cells, actor))

    def _value(self, cell: SkillCell) -> int | None:
        agent = self._desk.settings.agents[cell.user]
        if cell.queue is not None:
            place = agent.places.get(cell.queue)
            return place.penalty if place is not None else None
        return agent.skills.get(cell.skill) if cell.skill is not None else None

    # ---- why

    def explain(self, user: UserId, action: Action, subject: Subject | None) -> Explanation:
        return explain(self._desk.settings.access, user, action, self._desk.clock(), subject)
