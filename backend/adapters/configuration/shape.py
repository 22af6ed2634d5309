"""Which fields a document has, and what it calls itself."""

from collections.abc import Mapping
from typing import Any

from backend.adapters.configuration.kinds import KINDS, Document, Kind

_KINDS: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
_KEYS = {"flows": "name", "numbers": "number", "categories": "path"}


def fields_of(kind: str) -> list[str]:
    match kind:
        case "flows":
            return ["name", "start", "nodes", "places"]
        case "numbers":
            return ["number", "name", "flow", "answer_after_ms", "rules"]
        case "categories":
            return ["queue", "path", "position", "retired"]
        case "settings":
            return ["name", "value"]
        case _:
            of = _KINDS[kind]
            return [*of.columns, *of.json, *(child.field for child in of.children)]


def name_in(kind: str, document: Document) -> str | None:
    """What a document calls its object; None when it does not."""
    if kind == "categories":
        path, queue = document.get("path"), document.get("queue")
        return (
            " / ".join([queue or "*", *map(str, path)])
            if isinstance(path, list) and isinstance(queue, str | None)
            else None
        )
    found = document.get(_KEYS.get(kind) or _KINDS[kind].key)
    return found if isinstance(found, str) and found.strip() else None


def unknown_fields(given: Any, known: Any, path: str) -> list[str]:
    if isinstance(given, dict) and isinstance(known, dict):
        return [
            found
            for key, value in given.items()
            for found in ([f"{path}{key}"] if key not in known else unknown_fields(value, known[key], f"{path}{key}."))
        ]
    if isinstance(given, list) and isinstance(known, list | tuple):
        return [
            x for n, (a, b) in enumerate(zip(given, known, strict=False)) for x in unknown_fields(a, b, f"{path}{n}.")
        ]
    return []
