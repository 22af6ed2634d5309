"""Breaks and categories as administrators and supervisors edit them."""

from typing import Any, Protocol

from backend.application.administration import Administration, Answer, changed, read
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.labels.model import (
    BreakDraft,
    Breaks,
    Category,
    CategoryTree,
    break_problems,
    tree_of,
    tree_problems,
)


class LabelStore(Protocol):
    async def breaks(self) -> list[BreakDraft]: ...
    async def categories(self) -> list[Category]: ...
    async def save_breaks(self, breaks: Breaks, actor: UserId) -> int: ...
    async def save_categories(self, tree: CategoryTree, actor: UserId) -> int: ...


class Labels:
    def __init__(self, administration: Administration, store: LabelStore) -> None:
        self._administration = administration
        self._store = store

    async def breaks(self) -> Breaks:
        return Breaks(breaks=tuple(await self._store.breaks()))

    async def categories(self) -> list[Category]:
        return await self._store.categories()

    async def save_breaks(self, given: Any, actor: UserId, base: Any = None) -> Answer:
        """All of them at once, in order. Refused when ``base`` is given and no longer what is in force."""
        draft = read(given, Breaks)
        if isinstance(draft, list):
            return draft
        now = await self.breaks()
        if changed(base, now):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "breaks")
        known = frozenset(each.id for each in now.breaks if each.id is not None)
        problems = list(break_problems(draft, known))
        return await self._administration.save(problems, lambda: self._store.save_breaks(draft, actor))

    async def save_categories(self, given: Any, actor: UserId, base: Any = None) -> Answer:
        """The whole tree of one queue, or of those for every queue. A category that was ever used is never deleted."""
        draft = read(given, CategoryTree)
        if isinstance(draft, list):
            return draft
        if draft.queue is not None and draft.queue not in self._administration.desk.settings.queues:
            return Refusal(RefusalCode.NOT_FOUND, "queue")
        categories = await self._store.categories()
        if changed(base, tree_of(categories, draft.queue)):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "categories")
        known = frozenset(each.id for each in categories if each.queue == draft.queue)
        problems = list(tree_problems(draft, known))
        return await self._administration.save(problems, lambda: self._store.save_categories(draft, actor))

    async def trees(self) -> list[CategoryTree]:
        """For every queue first, then each queue's own."""
        categories = await self._store.categories()
        queues: list[QueueId | None] = [None, *sorted(self._administration.desk.settings.queues)]
        return [tree_of(categories, queue) for queue in queues]
