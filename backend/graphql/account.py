"""Signing in and out, and the second factor."""

import strawberry

from backend.adapters.accounts import Session
from backend.domain.access.policy import INHERENT, Action, Role, can, scopes_of
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed


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


@strawberry.type
class AccountMutation:
    @strawberry.mutation(permission_classes=[allowed(Action.SIGN_IN)])
    async def sign_in(self, info: Info, login: str, password: str, code: str | None = None) -> t.SignInResult:
        context = info.context
        answer = await context.services.accounts.sign_in(
            login, password, code, address=context.address, browser="", trusted=context.trusted
        )
        if not isinstance(answer, Session):
            return t.SignInRefused(reason=answer)
        context.set_session(answer.token)
        if can(context.services.access.actor(answer.user), Action.WORK):
            await context.services.desk.sign_in_agent(answer.user)
        user = await user_of(info, answer.user)
        assert user is not None
        return t.SignedIn(user=user)

    @strawberry.mutation(permission_classes=[allowed(Action.SEE_SELF)])
    async def sign_out(self, info: Info) -> t.DoneResult:
        context = info.context
        if can(context.actor, Action.WORK):
            refused = await context.services.desk.sign_out_agent(context.user)
            if isinstance(refused, Refusal):
                return t.Refused.of(refused)
        if context.token:
            await context.services.accounts.sign_out(context.token)
        context.set_session(None)
        return t.Done()

    @strawberry.mutation(permission_classes=[allowed(Action.CHANGE_OWN_ACCOUNT)])
    async def propose_second_factor(self, info: Info) -> t.SecondFactorProposal:
        account = await info.context.services.accounts.account(info.context.user)
        assert account is not None
        secret, uri = await info.context.services.accounts.propose_second_factor(account.login)
        return t.SecondFactorProposal(secret=secret, uri=uri)

    @strawberry.mutation(permission_classes=[allowed(Action.CHANGE_OWN_ACCOUNT)])
    async def confirm_second_factor(self, info: Info, secret: str, code: str) -> t.DoneResult:
        done = await info.context.services.accounts.confirm_second_factor(info.context.user, secret, code)
        return t.Done() if done else t.Refused(code=RefusalCode.BAD_INPUT, detail="code")
