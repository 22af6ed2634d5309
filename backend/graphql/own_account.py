"""One's own account: password, second factors, passkeys, sessions, new devices."""

from datetime import datetime

import strawberry

from backend.application.sign_in_ports import Session
from backend.domain.access.account_events import SessionEnd, Way
from backend.domain.access.directory import Source
from backend.domain.access.policy import Action
from backend.domain.kernel.refusal import RefusalCode
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.graphql.sign_in import PasskeyAnswer, PasskeyQuestion, SignInRefused, SignInResult, result

strawberry.enum(Source, name="AccountSource")
OWN = [allowed(Action.CHANGE_OWN_ACCOUNT)]


@strawberry.type(description="Secret for an authenticator app; not in force until confirmed.")
class SecondFactorProposal:
    secret: str
    uri: str


@strawberry.type
class Passkey:
    id: int
    name: str
    verifies_user: bool = strawberry.field(description="Can sign in alone: it asks for a PIN, a finger or a face.")
    created_at: datetime
    used_at: datetime | None


@strawberry.type
class LiveSession:
    id: int
    way: Way
    address: str
    browser: str
    since: datetime
    seen_at: datetime
    current: bool


@strawberry.type(description="A browser in which the account was used for the first time.")
class NewDevice:
    address: str
    browser: str
    since: datetime


@strawberry.type(description="What the policy asks of a new password.")
class PasswordRules:
    min_length: int
    history: int
    needs_upper_and_lower: bool
    needs_digit: bool
    needs_sign: bool


@strawberry.type(description="`passwordRules` are null where the directory has its own.")
class OwnSecurity:
    source: Source
    totp: bool
    recovery_codes: int
    passkeys: list[Passkey]
    sessions: list[LiveSession]
    new_devices: list[NewDevice]
    password_rules: PasswordRules | None


def done(succeeded: bool, detail: str) -> t.Done | t.Refused:
    return t.Done() if succeeded else t.Refused(code=RefusalCode.BAD_INPUT, detail=detail)


async def renew(info: Info) -> None:
    """A new session id where more may be done with the account than before; the old one is good no more."""
    context = info.context
    way = next(
        (s.way for s in await context.services.accounts.sessions(context.user, context.token) if s.current), None
    )
    answer = await context.services.accounts.open(context.user, way or Way.PASSWORD, None, context.visitor)
    if context.token:
        await context.services.accounts.end(context.token)
    context.set_session(answer)


@strawberry.type
class OwnAccountQuery:
    @strawberry.field(permission_classes=OWN)
    async def my_security(self, info: Info) -> OwnSecurity:
        context, services = info.context, info.context.services
        account = await services.accounts.account(context.user)
        assert account is not None
        factors = await services.factors.of(context.user)
        policy = services.sign_in.settings().passwords
        return OwnSecurity(
            source=account.source,
            totp=factors.totp,
            recovery_codes=factors.recovery_codes,
            passkeys=[
                Passkey(id=p.id, name=p.name, verifies_user=p.verifies_user, created_at=p.created_at, used_at=p.used_at)
                for p in await services.passkeys.of(context.user)
            ],
            sessions=[
                LiveSession(
                    id=s.id,
                    way=s.way,
                    address=s.address,
                    browser=s.browser,
                    since=s.since,
                    seen_at=s.seen_at,
                    current=s.current,
                )
                for s in await services.accounts.sessions(context.user, context.token)
            ],
            new_devices=[
                NewDevice(address=d.address, browser=d.browser, since=d.since)
                for d in await services.accounts.new_devices(context.user, context.visitor.device)
            ],
            password_rules=PasswordRules(
                min_length=policy.min_length,
                history=policy.history,
                needs_upper_and_lower=policy.needs_upper_and_lower,
                needs_digit=policy.needs_digit,
                needs_sign=policy.needs_sign,
            )
            if account.source is Source.LOCAL
            else None,
        )


@strawberry.type
class OwnAccountMutation:
    @strawberry.mutation(permission_classes=OWN, description="All other sessions end.")
    async def change_password(self, info: Info, old_password: str, new_password: str) -> SignInResult:
        context = info.context
        answer = await context.services.sign_in.change_password(
            context.user, old_password, new_password, context.visitor
        )
        return await result(info, answer) if isinstance(answer, Session) else SignInRefused.of(answer)

    @strawberry.mutation(permission_classes=OWN)
    async def propose_second_factor(self, info: Info) -> SecondFactorProposal:
        account = await info.context.services.accounts.account(info.context.user)
        assert account is not None
        secret, uri = info.context.services.factors.propose_totp(account.login)
        return SecondFactorProposal(secret=secret, uri=uri)

    @strawberry.mutation(permission_classes=OWN)
    async def confirm_second_factor(self, info: Info, secret: str, code: str) -> t.DoneResult:
        confirmed = await info.context.services.factors.confirm_totp(info.context.user, secret, code)
        if confirmed:
            await renew(info)
        return done(confirmed, "code")

    @strawberry.mutation(permission_classes=OWN)
    async def remove_second_factor(self, info: Info) -> t.DoneResult:
        return done(await info.context.services.factors.remove_totp(info.context.user), "totp")

    @strawberry.mutation(
        permission_classes=OWN, description="Ten new ones, told this once; those before are good no more."
    )
    async def make_recovery_codes(self, info: Info) -> list[str]:
        return await info.context.services.factors.new_recovery_codes(info.context.user)

    @strawberry.mutation(permission_classes=OWN)
    async def begin_passkey(self, info: Info) -> PasskeyQuestion:
        context = info.context
        account = await context.services.accounts.account(context.user)
        assert account is not None
        step, options = await context.services.passkeys.begin(
            account.id, account.login, account.name, context.visitor.origin
        )
        return PasskeyQuestion(step=step, options=options)

    @strawberry.mutation(permission_classes=OWN)
    async def add_passkey(self, info: Info, name: str, passkey: PasskeyAnswer) -> t.DoneResult:
        context = info.context
        added = await context.services.passkeys.add(
            context.user, passkey.step, name, passkey.credential, context.visitor.origin
        )
        if added:
            await renew(info)
        return done(added, "passkey")

    @strawberry.mutation(permission_classes=OWN)
    async def rename_passkey(self, info: Info, id: int, name: str) -> t.DoneResult:
        named = bool(name.strip()) and await info.context.services.passkeys.rename(info.context.user, id, name)
        return done(named, "name")

    @strawberry.mutation(permission_classes=OWN)
    async def remove_passkey(self, info: Info, id: int) -> t.DoneResult:
        return done(await info.context.services.passkeys.remove(info.context.user, id), "passkey")

    @strawberry.mutation(permission_classes=OWN)
    async def end_session(self, info: Info, id: int) -> t.DoneResult:
        return done(await info.context.services.accounts.end_one(info.context.user, id), "session")

    @strawberry.mutation(permission_classes=OWN, description="All but this one; how many.")
    async def end_other_sessions(self, info: Info) -> int:
        context = info.context
        return await context.services.accounts.end_all(
            context.user, SessionEnd.FROM_ELSEWHERE, context.user, but=context.token
        )

    @strawberry.mutation(permission_classes=OWN, description='"That was me": new devices are no news any more.')
    async def own_new_devices(self, info: Info) -> t.Done:
        await info.context.services.accounts.own_devices(info.context.user)
        return t.Done()
