"""Telephones at which agents may work instead of the browser, as administrators put them down."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from backend.application.administration import Answer
from backend.application.desk import Desk
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem, ProblemKind

MOST = 10
"""Of one user."""


class TelephoneStore(Protocol):
    async def save(self, user: UserId, telephones: tuple[Telephone, ...], actor: UserId) -> None: ...


class Telephones:
    def __init__(self, desk: Desk, store: TelephoneStore, reload: Callable[[], Awaitable[None]]) -> None:
        self.desk = desk
        self.store = store
        self._reload = reload

    async def save(self, user: UserId, given: list[Telephone], actor: UserId) -> Answer:
        """All of a user's at once. Whoever works at one that is no longer there may finish the shift."""
        if user not in self.desk.settings.agents:
            return Refusal(RefusalCode.NOT_FOUND, "user")
        clean, problems = checked(given)
        if problems:
            return problems
        await self.store.save(user, clean, actor)
        await self._reload()
        return user


def checked(given: Sequence[Telephone]) -> tuple[tuple[Telephone, ...], list[Problem]]:
    """With numbers in their usual form, and what is wrong."""
    problems: list[Problem] = []
    clean: list[Telephone] = []
    for n, telephone in enumerate(given[: MOST + 1]):
        number = normalise(telephone.number[:64])
        if not number.valid:
            problems.append(Problem(f"telephones.{n}.number", ProblemKind.MALFORMED))
        elif telephone.kind is EndpointKind.BROWSER:
            problems.append(Problem(f"telephones.{n}.kind", ProblemKind.MALFORMED))
        elif number.text in (x.number for x in clean):
            problems.append(Problem(f"telephones.{n}.number", ProblemKind.TAKEN))
        else:
            clean.append(Telephone(number.text, telephone.kind))
    if len(given) > MOST:
        problems.append(Problem("telephones", ProblemKind.OUT_OF_RANGE))
    return tuple(clean), problems
