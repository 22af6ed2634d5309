"""The policy's ``Reach`` as a condition of SQL: what ``Reach.contact`` says of one, said of rows. Tests hold the two together."""

from typing import Any

from backend.domain.access.policy import Reach

Where = tuple[str, dict[str, Any]]


def contacts_within(reach: Reach, row: str = "i") -> Where:
    """Rows of ``interaction`` under the name ``row``: a condition, and its values."""
    if not reach:
        return "FALSE", {}
    if reach.unlimited:
        return "TRUE", {}
    within, values = _scope(
        reach,
        f"({row}.agent = ANY(:{{0}}) OR EXISTS (SELECT 1 FROM segment rs WHERE rs.interaction = {row}.id"  # noqa: S608
        f" AND rs.agent = ANY(:{{0}})))",
        f"({row}.queue = ANY(:{{0}}) OR EXISTS (SELECT 1 FROM queue_visit rv WHERE rv.interaction = {row}.id"  # noqa: S608
        f" AND rv.queue = ANY(:{{0}})))",
        f"{row}.arrived_at",
    )
    return within, values


def callbacks_within(reach: Reach, row: str = "c") -> Where:
    """Rows of ``callback``: by the queue, and by the person whose own job it is."""
    if not reach:
        return "FALSE", {}
    if reach.unlimited:
        return "TRUE", {}
    return _scope(
        reach,
        f"CAST({row}.body->>'assigned_to' AS integer) = ANY(:{{0}})",
        f"{row}.queue = ANY(:{{0}})",
        f"{row}.requested_at",
    )


def _scope(reach: Reach, of_people: str, of_queues: str, at: str) -> Where:
    """``of_people`` and ``of_queues`` are conditions on a list whose parameter is ``{0}``."""
    values: dict[str, Any] = {}

    def part(condition: str, name: str, ids: frozenset[int]) -> str:
        values[name] = sorted(ids)
        return condition.format(name)

    scopes = ["TRUE"] if reach.everything else []
    if not reach.everything:
        if reach.people:
            scopes.append(part(of_people, "reach_people", reach.people))
        if reach.queues:
            scopes.append(part(of_queues, "reach_queues", reach.queues))
    filters = []
    for n, narrowing in enumerate(reach.filters):
        said = ["TRUE"]
        if narrowing.queues is not None:
            said.append(part(of_queues, f"filter_queues_{n}", narrowing.queues))
        if narrowing.since is not None:
            values[f"filter_since_{n}"] = narrowing.since
            said.append(f"{at} >= :filter_since_{n}")
        filters.append(f"({' AND '.join(said)})")
    allowed = [f"({' OR '.join(scopes)})"] if scopes else []
    if allowed and filters:
        allowed = [f"({allowed[0]} AND ({' OR '.join(filters)}))"]
    if reach.own is not None:
        allowed.append(part(of_people, "reach_own", frozenset({reach.own})))
    return f"({' OR '.join(allowed)})" if allowed else "FALSE", values
