"""Signing in and out: every way, step by step."""

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from backend.application.sign_in import SignInRefusal, Stop
from backend.application.sign_in_ports import Session
from backend.domain.access.account_events import FactorKind, Way
from backend.domain.access.password_policy import PasswordProblem
from backend.domain.access.policy import Action, can
from backend.domain.kernel.refusal import Refusal
from backend.graphql import types as t
from backend.graphql.account import user_of
from backend.graphql.permissions import Info, allowed

for _enum in (SignInRefusal, FactorKind, Way, PasswordProblem):
    strawberry.enum(_enum)
ANYBODY = [allowed(Action.SIGN_IN)]


@strawberry.type(
    description="No session, yet. Which of login and password was wrong is not told. With `step` it can go on:"
    " `secondFactor` with one of `kinds`, or `newPassword`."
)
class SignInRefused:
    reason: SignInRefusal
    step: str | None
    kinds: list[FactorKind]
    wait_seconds: int
    password_problems: list[PasswordProblem]
    old_password_needed: bool

    @classmethod
    def of(cls, stop: Stop) -> "SignInRefused":
        return cls(
            reason=stop.reason,
            step=stop.step,
            kinds=list(stop.kinds),
            wait_seconds=stop.wait_s,
            password_problems=list(stop.problems),
            old_password_needed=stop.old_password_needed,
        )


@strawberry.type
class SignedIn:
    user: t.User


@strawberry.type(description="What the sign-in page offers, to who asks from where they ask.")
class SignInWays:
    windows: bool = strawberry.field(description="Kerberos, by POST to /sign-in/negotiate.")
    windows_silently: bool
    openid: str | None = strawberry.field(description="Name of the provider; begins at /sign-in/openid.")
    passkeys: bool


@strawberry.type(description="`options` are for the WebAuthn API of browsers; the answer goes back with `step`.")
class PasskeyQuestion:
    step: str
    options: JSON


@strawberry.input(description="What `navigator.credentials.get` answered to the question of this step.")
class PasskeyAnswer:
    step: str
    credential: JSON


SignInResult = Annotated[SignedIn | SignInRefused, strawberry.union("SignInResult")]


async def result(info: Info, answer: Session | Stop) -> SignInResult:
    """Puts the session into the cookie and the agent on duty."""
    if isinstance(answer, Stop):
        return SignInRefused.of(answer)
    context = info.context
    context.set_session(answer)
    await begin_work(context.services, answer.user)
    user = await user_of(info, answer.user)
    assert user is not None
    return SignedIn(user=user)


async def begin_work(services: Any, user: int) -> None:
    if can(services.access.actor(user), Action.WORK):
        await services.desk.sign_in_agent(user)


@strawberry.type
class SignInQuery:
    @strawberry.field(permission_classes=ANYBODY)
    def sign_in_ways(self, info: Info) -> SignInWays:
        s, visitor = info.context.services.sign_in.settings(), info.context.visitor
        windows = s.directory.enabled and s.directory.windows and visitor.trusted
        return SignInWays(
            windows=windows,
            windows_silently=windows and s.directory.windows_silently,
            openid=s.openid.name if s.openid.enabled else None,
            passkeys=True,
        )

    @strawberry.field(permission_classes=ANYBODY, description="Second factors with which this step can go on.")
    async def step_kinds(self, info: Info, step_token: str) -> list[FactorKind]:
        return list(await info.context.services.sign_in.kinds_of(step_token))


@strawberry.type
class SignInMutation:
    @strawberry.mutation(
        permission_classes=ANYBODY,
        description="`code`: the second factor at once, when it is known that it will be asked.",
    )
    async def sign_in(self, info: Info, login: str, password: str, code: str | None = None) -> SignInResult:
        answer = await info.context.services.sign_in.by_password(login, password, code, info.context.visitor)
        return await result(info, answer)

    @strawberry.mutation(
        permission_classes=ANYBODY, description="A code of the authenticator or a recovery code; or a passkey."
    )
    async def second_factor(
        self, info: Info, step_token: str, code: str = "", passkey: PasskeyAnswer | None = None
    ) -> SignInResult:
        shown = (passkey.step, passkey.credential) if passkey is not None else None
        answer = await info.context.services.sign_in.second_factor(
            step_token, info.context.visitor, code=code, passkey=shown
        )
        return await result(info, answer)

    @strawberry.mutation(
        permission_classes=ANYBODY,
        description="In place of one that is over. `oldPassword` is asked where the directory keeps passwords.",
    )
    async def new_password(
        self, info: Info, step_token: str, new_password: str, old_password: str = ""
    ) -> SignInResult:
        answer = await info.context.services.sign_in.new_password(
            step_token, old_password, new_password, info.context.visitor
        )
        return await result(info, answer)

    @strawberry.mutation(
        permission_classes=ANYBODY,
        description="Without `stepToken`: to sign in with a passkey alone. Null: the step is over.",
    )
    async def ask_passkey(self, info: Info, step_token: str | None = None) -> PasskeyQuestion | None:
        sign_in, visitor = info.context.services.sign_in, info.context.visitor
        asked = await (
            sign_in.passkey_options(step_token, visitor)
            if step_token is not None
            else sign_in.passkeys.ask(None, visitor.origin)
        )
        return PasskeyQuestion(step=asked[0], options=asked[1]) if asked is not None else None

    @strawberry.mutation(permission_classes=ANYBODY, description="The authenticator must have verified its user.")
    async def sign_in_with_passkey(self, info: Info, passkey: PasskeyAnswer) -> SignInResult:
        answer = await info.context.services.sign_in.by_passkey(passkey.step, passkey.credential, info.context.visitor)
        return await result(info, answer)

    @strawberry.mutation(permission_classes=[allowed(Action.SEE_SELF)])
    async def sign_out(self, info: Info) -> t.DoneResult:
        context = info.context
        if can(context.actor, Action.WORK):
            refused = await context.services.desk.sign_out_agent(context.user)
            if isinstance(refused, Refusal):
                return t.Refused.of(refused)
        if context.token:
            await context.services.accounts.end(context.token)
        context.set_session(None)
        return t.Done()
