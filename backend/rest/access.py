"""Every route that is not GraphQL, and who gets through its door. A route that is not here fails a test."""

from enum import StrEnum

import msgspec

from backend.domain.access.policy import Action


class Door(StrEnum):
    PUBLIC = "public"
    """Nothing that anybody may not know."""
    ACTOR = "actor"
    """Somebody signed in who may do one of the actions, on the thing asked for."""
    BRIDGE = "bridge"
    """The token of the link to the bridges."""
    ICIS = "icis"
    """The token of ICIS, from its networks."""
    TRUSTED_NETWORK = "trusted_network"
    OPERATIONS = "operations"
    """Each operation has its own rule."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    path: str
    door: Door
    actions: tuple[Action, ...] = ()


ROUTES = (
    Route(method="POST", path="/graphql", door=Door.OPERATIONS),
    Route(method="GET", path="/graphql", door=Door.OPERATIONS),
    Route(method="WS", path="/graphql", door=Door.OPERATIONS),
    Route(method="GET", path="/prompts/{key}.wav", door=Door.BRIDGE),
    Route(method="WS", path="/bridge", door=Door.BRIDGE),
    Route(method="POST", path="/prompts", door=Door.ACTOR, actions=(Action.EDIT_FLOWS, Action.SWITCH_NOTICES)),
    Route(
        method="GET", path="/prompts/{key}/audio", door=Door.ACTOR, actions=(Action.EDIT_FLOWS, Action.SWITCH_NOTICES)
    ),
    Route(method="GET", path="/recordings/{id}/audio", door=Door.ACTOR, actions=(Action.LISTEN,)),
    Route(method="GET", path="/recordings/{id}.{kind}", door=Door.ACTOR, actions=(Action.DOWNLOAD,)),
    Route(method="GET", path="/audit/export.{kind}", door=Door.ACTOR, actions=(Action.EXPORT_AUDIT,)),
    Route(method="POST", path="/icis/v1/clients", door=Door.ICIS),
    Route(method="POST", path="/sign-in/negotiate", door=Door.TRUSTED_NETWORK),
    Route(method="GET", path="/sign-in/openid", door=Door.PUBLIC),
    Route(method="GET", path="/sign-in/openid/back", door=Door.PUBLIC),
    Route(method="GET", path="/sign-in/openid/end", door=Door.PUBLIC),
    Route(method="GET", path="/health/live", door=Door.PUBLIC),
    Route(method="GET", path="/health/ready", door=Door.PUBLIC),
    Route(method="*", path="/metrics", door=Door.TRUSTED_NETWORK),
    Route(method="*", path="/", door=Door.PUBLIC),
)
