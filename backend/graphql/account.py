"""Who is signed in, as screens show it."""

from backend.domain.access.policy import INHERENT, Action, Role, can, scopes_of
from backend.graphql import types as t
from backend.graphql.permissions import Info


async def user_of(info: Info, id: int) -> t.User | None:
    account = await info.context.services.accounts.account(id)
    if account is None:
        return None
    actor = info.context.services.access.actor(id)
    return t.User(
        id=account.id,
        login=account.login,
        name=account.name,
        role=next((role for role, sign in SIGNS if can(actor, sign)), Role.AGENT),
        permissions=[
            t.Permission(action=action, scopes=scopes)
            for action in Action
            if (scopes := scopes_of(actor, action)) and action not in INHERENT
        ],
        has_second_factor=account.has_second_factor,
        locale=account.locale,
    )


SIGNS = (
    (Role.ADMIN, Action.EDIT_ACCESS),
    (Role.SUPERVISOR, Action.SEE_FLOOR),
    (Role.AGENT, Action.SEE_DESK),
    (Role.WALLBOARD, Action.SEE_BOARD),
)
"""By what an account shows itself as one of these."""
