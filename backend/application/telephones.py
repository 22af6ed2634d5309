"""Telephones at which agents may work instead of the browser, as administrators put them down with the account."""

from collections.abc import Sequence

from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.kernel.numbers import normalise
from backend.domain.routing.validation import Problem, ProblemKind

MOST = 10
"""Of one user."""


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
