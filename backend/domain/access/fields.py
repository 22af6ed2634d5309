"""Rights of single fields of a client's card: the one place that says who learns or changes what of it.

Asked by the card, by search, by the list of changes, by duplicates, by exports and by every save alike.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from backend.domain.access.policy import Action, Actor, can


class Guarded(Protocol):
    """Keys of roles: built-in ones or the numbers of own ones."""

    @property
    def sees(self) -> tuple[str, ...]: ...
    @property
    def edits(self) -> tuple[str, ...]: ...


Fielded = TypeVar("Fielded", bound=Guarded)


def fields_seen(actor: Actor | None, fields: Iterable[Fielded]) -> tuple[Fielded, ...]:
    """Fields of which ``actor`` may learn anything. Whoever defines them sees them all."""
    if actor is None or not can(actor, Action.SEE_CLIENTS):
        return ()
    every = can(actor, Action.DEFINE_CLIENT_FIELDS)
    return tuple(field for field in fields if every or actor.roles.intersection(field.sees))


def fields_edited(actor: Actor | None, fields: Iterable[Fielded]) -> tuple[Fielded, ...]:
    """Nobody edits what is hidden from them."""
    if actor is None or not can(actor, Action.EDIT_CLIENTS):
        return ()
    every = can(actor, Action.DEFINE_CLIENT_FIELDS)
    return tuple(field for field in fields_seen(actor, fields) if every or actor.roles.intersection(field.edits))
