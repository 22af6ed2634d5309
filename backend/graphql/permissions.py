"""One guard for every field: ``permission_classes=[allowed(Action.X)]``. Whose things a field shows or changes is narrowed by
``reach_of`` (lists) and ``require`` (one thing). The decision is the policy's."""

from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.permission import BasePermission

from backend.domain.access.policy import Action, Reach, Subject, can, reach
from backend.graphql.context import Context

Info = strawberry.Info[Context, None]


class Allowed(BasePermission):
    action: Action
    message = "forbidden"

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        if can(info.context.actor, self.action):
            return True
        nobody = info.context.actor is None
        self.message = "unauthenticated" if nobody else "forbidden"
        self.error_extensions = {"code": "UNAUTHENTICATED" if nobody else "FORBIDDEN"}
        return False


def require(info: Info, action: Action, subject: Subject) -> None:
    """Of a field that is about one thing. Raises GraphQLError (FORBIDDEN) when it is beyond the actor's reach."""
    if not can(info.context.actor, action, subject):
        raise GraphQLError("forbidden", extensions={"code": "FORBIDDEN"})


def reach_of(info: Info, action: Action) -> Reach:
    """What the rows of a list are narrowed to."""
    return reach(info.context.actor, action)


@cache
def allowed(action: Action) -> type[Allowed]:
    return type(f"Allowed_{action.value}", (Allowed,), {"action": action})
