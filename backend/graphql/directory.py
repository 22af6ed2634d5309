"""For administrators: the directory and the provider, trying them out, synchronisations, the password policy, and helping
somebody who has lost a second factor."""

from datetime import datetime
from typing import Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.application.directory import DirectoryDown, TroubleKind
from backend.domain.access.account_events import SessionEnd
from backend.domain.access.directory import (
    Change,
    ChangeKind,
    Conflict,
    DirectorySettings,
    Inactive,
    OpenIdSettings,
    SyncRun,
    SyncState,
)
from backend.domain.access.password_policy import PasswordPolicy
from backend.domain.access.policy import Action
from backend.domain.kernel.refusal import RefusalCode
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, setting_result

strawberry.enum(TroubleKind, name="DirectoryTroubleKind")
strawberry.enum(ChangeKind, name="DirectoryChangeKind")
strawberry.enum(Conflict, name="DirectoryConflict")
strawberry.enum(Inactive, name="DirectoryInactive")
strawberry.enum(SyncState, name="DirectorySyncState")
EDIT = [allowed(Action.EDIT_SIGN_IN)]
ACCESS = [allowed(Action.EDIT_ACCESS)]
MOST_CHANGES = 500


@strawberry.type(
    description="Settings of signing in, in the shapes in which they are saved. Secrets are never among them."
)
class SignInSettings:
    directory: JSON
    openid: JSON
    passwords: JSON


@strawberry.type(description="One domain controller under test; `trouble` null: everything works.")
class DirectoryCheck:
    host: str
    trouble: TroubleKind | None
    detail: str
    milliseconds: int
    users: int
    certificate_until: str


@strawberry.type(
    description="`tickets` and `openid` name what is wrong with single sign-on; null: nothing, or switched off."
)
class SignInChecks:
    controllers: list[DirectoryCheck]
    tickets: str | None
    openid: str | None


@strawberry.type
class DirectoryGroup:
    sid: str
    name: str
    dn: str


@strawberry.type
class DirectoryFieldChange:
    field: str
    before: str
    after: str


@strawberry.type
class DirectoryChange:
    kind: ChangeKind
    login: str
    name: str
    fields: list[DirectoryFieldChange]
    inactive: Inactive | None
    conflict: Conflict | None

    @classmethod
    def of(cls, c: Change) -> "DirectoryChange":
        fields = [DirectoryFieldChange(field=f.field, before=f.before, after=f.after) for f in c.fields]
        return cls(kind=c.kind, login=c.login, name=c.name, fields=fields, inactive=c.inactive, conflict=c.conflict)


@strawberry.type(description="A synchronisation; `read` counts people of the directory looked at so far.")
class DirectorySyncRun:
    id: int
    dry: bool
    forced: bool
    wanted_by: int | None
    wanted_at: datetime
    ended_at: datetime | None
    state: SyncState
    read: int
    failure: str
    total: int
    changes: list[DirectoryChange] = strawberry.field(description="At most 500.")

    @classmethod
    def of(cls, r: SyncRun) -> "DirectorySyncRun":
        return cls(
            id=r.id,
            dry=r.dry,
            forced=r.forced,
            wanted_by=r.wanted_by,
            wanted_at=r.wanted_at,
            ended_at=r.ended_at,
            state=r.state,
            read=r.read,
            failure=r.failure,
            total=len(r.changes),
            changes=[DirectoryChange.of(c) for c in r.changes[:MOST_CHANGES]],
        )


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


@strawberry.type
class DirectoryQuery:
    @strawberry.field(permission_classes=EDIT)
    def sign_in_settings(self, info: Info) -> SignInSettings:
        s = info.context.services.sign_in.settings()
        return SignInSettings(directory=_plain(s.directory), openid=_plain(s.openid), passwords=_plain(s.passwords))

    @strawberry.field(permission_classes=EDIT, description="Groups whose name contains `text`; null: nobody answers.")
    async def directory_groups(self, info: Info, text: str) -> list[DirectoryGroup] | None:
        try:
            found = await info.context.services.directory.groups(text)
        except DirectoryDown:
            return None
        return [DirectoryGroup(sid=g.sid, name=g.name, dn=g.dn) for g in found]

    @strawberry.field(permission_classes=EDIT, description="The last ones, newest first.")
    async def directory_syncs(self, info: Info) -> list[DirectorySyncRun]:
        return [DirectorySyncRun.of(r) for r in await info.context.services.directory_sync.store.runs()]

    @strawberry.field(permission_classes=EDIT, description="The saved settings, tried out step by step.")
    async def check_sign_in(self, info: Info) -> SignInChecks:
        services = info.context.services
        s = services.sign_in.settings()
        controllers = await services.directory.check() if s.directory.controllers or s.directory.enabled else []
        return SignInChecks(
            controllers=[
                DirectoryCheck(
                    host=c.host,
                    trouble=c.trouble.kind if c.trouble else None,
                    detail=c.trouble.detail if c.trouble else "",
                    milliseconds=c.milliseconds,
                    users=c.users,
                    certificate_until=c.certificate_until,
                )
                for c in controllers
            ],
            tickets=await services.tickets.check() if s.directory.windows else None,
            openid=await services.openid.check() if s.openid.issuer else None,
        )


@strawberry.type
class DirectoryMutation:
    @strawberry.mutation(permission_classes=EDIT)
    async def save_directory(self, info: Info, directory: JSON, base: JSON | None = None) -> SettingResult:
        return await _save(info, DirectorySettings, directory, base)

    @strawberry.mutation(permission_classes=EDIT)
    async def save_openid(self, info: Info, openid: JSON, base: JSON | None = None) -> SettingResult:
        return await _save(info, OpenIdSettings, openid, base)

    @strawberry.mutation(permission_classes=EDIT)
    async def save_password_policy(self, info: Info, passwords: JSON, base: JSON | None = None) -> SettingResult:
        return await _save(info, PasswordPolicy, passwords, base)

    @strawberry.mutation(
        permission_classes=EDIT,
        description="The id of the run. `dry` changes nothing; `forced` however many it switches off.",
    )
    async def sync_directory(self, info: Info, dry: bool, forced: bool = False) -> int:
        return await info.context.services.directory_sync.want(dry, forced, info.context.user)

    @strawberry.mutation(permission_classes=ACCESS, description="Somebody has lost all of them: codes, passkeys, all.")
    async def reset_second_factors(self, info: Info, user: int) -> t.DoneResult:
        context = info.context
        if not await context.services.factors.reset(user, context.user):
            return t.Refused(code=RefusalCode.NOT_FOUND, detail="user")
        await context.services.accounts.end_all(user, SessionEnd.BY_ADMINISTRATOR, context.user)
        return t.Done()

    @strawberry.mutation(
        permission_classes=ACCESS, description="Somebody is signed out everywhere; from how many places."
    )
    async def end_sessions_of(self, info: Info, user: int) -> int:
        return await info.context.services.accounts.end_all(user, SessionEnd.BY_ADMINISTRATOR, info.context.user)


async def _save(info: Info, kind: type, given: JSON, base: JSON | None) -> SettingResult:
    services = info.context.services
    return setting_result(await services.sign_in_administration.save(kind, given, info.context.user, base))
