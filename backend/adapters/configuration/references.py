"""Settings point at each other by number; documents do by name. The names of fields say what they point at."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

POINTS_AT = {
    "queue": "queues",
    "queues": "queues",
    "calendar": "calendars",
    "group": "groups",
    "groups": "groups",
    "agent": "accounts",
    "agents": "accounts",
    "user": "accounts",
    "users": "accounts",
    "flow": "flows",
    "flows": "flows",
    "after_call": "flows",
    "notice": "notices",
    "skill": "skills",
    "location": "locations",
    "locations": "locations",
    "wallboard": "wallboards",
    "filter": "filters",
}
PAIRS = {"skills": "skills"}
"""Lists of pairs, a number and a level."""

Translate = Callable[[str, Any, str], Any]
"""Kind of what is pointed at, the number or name, and the path of the field."""


def translated(value: Any, translate: Translate, one: type, path: str = "") -> Any:
    """The same with every reference exchanged; ``one`` is the type that references have now (int or str)."""
    match value:
        case {"type": "condition", "subject": str(subject), "of": of} if subject.startswith("queue_") and of:
            rest = {k: translated(v, translate, one, f"{path}{k}.") for k, v in value.items() if k != "of"}
            return {**rest, "of": str(translate("queues", int(of) if one is int else of, f"{path}of"))}
        case dict():
            return {k: _field(k, v, translate, one, f"{path}{k}") for k, v in value.items()}
        case list():
            return [translated(v, translate, one, f"{path}{n}.") for n, v in enumerate(value)]
        case _:
            return value


def _is(value: Any, one: type) -> bool:
    return isinstance(value, one) and not isinstance(value, bool)


def _field(name: str, value: Any, translate: Translate, one: type, path: str) -> Any:
    kind = POINTS_AT.get(name)
    if kind and _is(value, one):
        return translate(kind, value, path)
    if kind and isinstance(value, list) and value and all(_is(v, one) for v in value):
        return [translate(kind, v, f"{path}.{n}") for n, v in enumerate(value)]
    if name in PAIRS and isinstance(value, list) and value and all(isinstance(v, list) and len(v) == 2 for v in value):
        return [[translate(PAIRS[name], v[0], f"{path}.{n}.0"), v[1]] for n, v in enumerate(value)]
    return translated(value, translate, one, f"{path}.")


def difference(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """What differs, field by field: its path, what was there and what is (None: nothing)."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from difference(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and _named(before) and _named(after):
        old, new = _by_name(before), _by_name(after)
        for key in {**old, **new}:
            yield from difference(old.get(key), new.get(key), f"{path}[{key}]")
    else:
        yield path, before, after


def _named(items: list[Any]) -> bool:
    """Lists of objects that have a name each are compared by it, so that one more at the front changes one thing."""
    keys = [_key(item) for item in items]
    return bool(items) and None not in keys and len(set(keys)) == len(keys)


def _key(item: Any) -> str | None:
    found = (
        next((item[k] for k in ("user", "skill", "name", "number", "action") if k in item), None)
        if isinstance(item, dict)
        else None
    )
    return found if isinstance(found, str) else None


def _by_name(items: list[Any]) -> Mapping[str, Any]:
    return {_key(item) or "": item for item in items}
