"""Layouts of wallboards: composed by supervisors, assigned to the accounts of the screens."""

from typing import Any, Protocol

from backend.application.administration import Administration, Answer, changed, read
from backend.application.settings import Settings
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem
from backend.domain.wallboard.layout import Layout, problems, usual

USUAL = usual("Všechny fronty")


class WallboardStore(Protocol):
    async def save_wallboard(self, id: int | None, layout: Layout, actor: UserId) -> int: ...
    async def remove_wallboard(self, id: int, actor: UserId) -> int: ...
    async def assign_wallboard(self, user: UserId, layout: int | None, actor: UserId) -> int: ...


class Wallboards:
    def __init__(self, administration: Administration, store: WallboardStore) -> None:
        self._administration = administration
        self._desk = administration.desk
        self._store = store

    def checked(self, given: Any) -> Layout | list[Problem]:
        layout = read(given, Layout)
        if isinstance(layout, list):
            return layout
        return list(problems(layout, self._administration.world())) or layout

    async def save(self, id: int | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        layout = self.checked(given)
        known = self._desk.settings.wallboards
        if id is not None and id not in known:
            return Refusal(RefusalCode.NOT_FOUND, "wallboard")
        if isinstance(layout, list):
            return layout
        if id is not None and changed(base, known[id]):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "wallboard")
        return await self._administration.save([], lambda: self._store.save_wallboard(id, layout, actor))

    async def remove(self, id: int, actor: UserId) -> Answer:
        """Screens that showed it show the usual one."""
        if id not in self._desk.settings.wallboards:
            return Refusal(RefusalCode.NOT_FOUND, "wallboard")
        return await self._administration.save([], lambda: self._store.remove_wallboard(id, actor))

    async def assign(self, user: UserId, layout: int | None, actor: UserId) -> Answer:
        """None: the usual one."""
        settings = self._desk.settings
        if user not in settings.agents or (layout is not None and layout not in settings.wallboards):
            return Refusal(RefusalCode.NOT_FOUND)
        return await self._administration.save([], lambda: self._store.assign_wallboard(user, layout, actor))


def layout_for(settings: Settings, user: UserId, asked: int | None, *, may_choose: bool) -> tuple[int | None, Layout]:
    """Which layout a screen shows: the one asked for, by who may choose; otherwise the one assigned, or the usual."""
    id = asked if may_choose and asked is not None else settings.boards.get(user)
    found = settings.wallboards.get(id) if id is not None else None
    return (id, found) if found is not None else (None, USUAL)
