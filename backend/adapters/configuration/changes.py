"""What a change of settings changed: the objects before and after, kept with the change in the log."""

from datetime import datetime
from typing import Any

import msgspec

from backend.adapters.configuration.documents import Id, Snapshot
from backend.adapters.configuration.kinds import Document
from backend.adapters.configuration.references import difference


class Named(msgspec.Struct, frozen=True):
    name: str
    document: Document


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object. ``before`` None: it was made; ``after`` None: it was removed. ``renewed``: secrets of it that were set anew,
    which cannot be taken back."""

    kind: str
    id: Id
    before: Named | None
    after: Named | None
    renewed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return (self.after or self.before or Named("", {})).name

    def differences(self) -> list[tuple[str, Any, Any]]:
        before, after = self.before.document if self.before else {}, self.after.document if self.after else {}
        return [*difference(before, after), *((secret, "old", "new") for secret in self.renewed)]


def changes_between(before: Snapshot, after: Snapshot) -> list[Change]:
    found = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        renewed = tuple(x for x, mark in new.marks.items() if old.marks.get(x, mark) != mark) if old and new else ()
        if renewed or (old.document if old else None) != (new.document if new else None):
            named = [Named(x.name, x.document) if x else None for x in (old, new)]
            found.append(Change(*key, *named, renewed))
    return sorted(found, key=lambda x: (x.kind, x.name))


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the settings. ``undo_of``: the version that this one took back."""

    version: int
    at: datetime
    author: int | None
    subject: str
    changes: tuple[Change, ...]
    undo_of: int | None = None
