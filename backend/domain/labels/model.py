"""Breaks and categories: the words that agents choose from. Nothing that was ever used disappears: it is retired.

A retired break or category can no longer be chosen, and goes on naming what was chosen before.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import CategoryId, QueueId
from backend.domain.routing.validation import LONGEST_NAME, Problem, ProblemKind

LONGEST_BREAK_S = 24 * 3600
DEEPEST = 4
"""Levels of a category tree: deeper ones are not found again while a client is on the line."""
MOST = 1000


class BreakKind(StrEnum):
    WORK = "work"
    PRIVATE = "private"


class BreakDraft(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` is None of a new one. ``limit_s``: how long it may last in seconds, None without a limit."""

    id: int | None = None
    name: str
    kind: BreakKind = BreakKind.PRIVATE
    limit_s: int | None = None
    retired: bool = False


class Breaks(msgspec.Struct, frozen=True, kw_only=True):
    """All breaks, in the order in which they are offered."""

    breaks: tuple[BreakDraft, ...] = ()


class CategoryNode(msgspec.Struct, frozen=True, kw_only=True):
    """One with those that say it more closely. ``id`` is None of a new one."""

    id: CategoryId | None = None
    name: str
    retired: bool = False
    children: tuple["CategoryNode", ...] = ()


class CategoryTree(msgspec.Struct, frozen=True, kw_only=True):
    """Of one queue, or of all of them when ``queue`` is None."""

    queue: QueueId | None = None
    categories: tuple[CategoryNode, ...] = ()


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category in its place. ``path``: names from the root to it."""

    id: CategoryId
    name: str
    queue: QueueId | None
    parent: CategoryId | None = None
    retired: bool = False
    path: tuple[str, ...] = ()


def break_problems(breaks: Breaks, known: frozenset[int]) -> Iterator[Problem]:
    """``known``: ids there are. Those left out of the draft are a mistake of the sender, not a wish to delete."""
    if len(breaks.breaks) > MOST:
        yield Problem("breaks", ProblemKind.OUT_OF_RANGE)
        return
    names: set[str] = set()
    ids: set[int] = set()
    for n, each in enumerate(breaks.breaks):
        at = f"breaks.{n}"
        yield from _name(f"{at}.name", each.name, names)
        if each.limit_s is not None and not 60 <= each.limit_s <= LONGEST_BREAK_S:
            yield Problem(f"{at}.limit_s", ProblemKind.OUT_OF_RANGE)
        if each.id is not None:
            if each.id not in known:
                yield Problem(at, ProblemKind.UNKNOWN)
            elif each.id in ids:
                yield Problem(at, ProblemKind.TAKEN)
            ids.add(each.id)
    if known - ids:
        yield Problem("breaks", ProblemKind.MISSING)


def tree_problems(tree: CategoryTree, known: frozenset[int]) -> Iterator[Problem]:
    """``known``: ids of this tree. Each must stand in the draft once, at whatever place."""
    seen: set[int] = set()
    count = 0

    def walk(nodes: tuple[CategoryNode, ...], at: str, depth: int) -> Iterator[Problem]:
        nonlocal count
        if depth > DEEPEST and nodes:
            yield Problem(at, ProblemKind.OUT_OF_RANGE)
            return
        names: set[str] = set()
        for n, node in enumerate(nodes):
            here = f"{at}.{n}"
            count += 1
            yield from _name(f"{here}.name", node.name, names)
            if node.id is not None:
                if node.id not in known:
                    yield Problem(here, ProblemKind.UNKNOWN)
                elif node.id in seen:
                    yield Problem(here, ProblemKind.TAKEN)
                seen.add(node.id)
            yield from walk(node.children, f"{here}.children", depth + 1)

    yield from walk(tree.categories, "categories", 1)
    if count > MOST:
        yield Problem("categories", ProblemKind.OUT_OF_RANGE)
    if known - seen:
        yield Problem("categories", ProblemKind.MISSING)


def _name(field: str, name: str, taken: set[str]) -> Iterator[Problem]:
    folded = name.strip().casefold()
    if not folded:
        yield Problem(field, ProblemKind.MISSING)
    elif len(name) > LONGEST_NAME:
        yield Problem(field, ProblemKind.OUT_OF_RANGE)
    elif folded in taken:
        yield Problem(field, ProblemKind.TAKEN)
    taken.add(folded)


def tree_of(categories: list[Category], queue: QueueId | None) -> CategoryTree:
    """Those of one queue as a tree, in the order given."""
    children: dict[int | None, list[Category]] = {}
    for each in categories:
        if each.queue == queue:
            children.setdefault(each.parent, []).append(each)

    def nodes(parent: int | None) -> tuple[CategoryNode, ...]:
        return tuple(
            CategoryNode(id=c.id, name=c.name, retired=c.retired, children=nodes(c.id))
            for c in children.get(parent, [])
        )

    return CategoryTree(queue=queue, categories=nodes(None))


def choosable(category: Category | None, queue: QueueId | None, now: CategoryId | None) -> bool:
    """Whether a contact of ``queue`` may be given it. The one it has already may stay, retired or not."""
    if category is None:
        return False
    return category.id == now or (not category.retired and category.queue in (None, queue))
