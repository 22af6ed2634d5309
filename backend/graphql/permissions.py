"""One guard for every field: ``permission_classes=[allowed(Action.X)]``. The decision is the policy's."""

from functools import cache
from typing import Any

import strawberry
from strawberry.permission import BasePermission

from backend.domain.access.policy import Action, can
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


@cache
def allowed(action: Action) -> type[Allowed]:
    return type(f"Allowed_{action.value}", (Allowed,), {"action": action})
