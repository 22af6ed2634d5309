"""Signing in, whatever the way: first proof, second factor, a new password where one is due, then a session.

A sign-in that waits for something more leaves a *step*: who was proved and how, behind a random token, for five minutes. Every
refusal of a password takes the same time, and tells the same, whether the log-in exists or not.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import structlog

from backend.application.directory import Denied, Directory, DirectoryDown, PasswordRefused
from backend.application.sign_in_ports import (
    AccountRow,
    AccountStore,
    AttemptCounters,
    Busy,
    DirectoryAccounts,
    FactorStore,
    Identity,
    PasskeyStore,
    PasswordStore,
    Session,
    StepStore,
    Visitor,
)
from backend.domain.access.account_events import FactorKind, SessionEnd, Way
from backend.domain.access.directory import (
    ChangeKind,
    DirectoryEntry,
    DirectorySettings,
    Inactive,
    OpenIdSettings,
    Source,
    plan,
)
from backend.domain.access.password_policy import PasswordPolicy, PasswordProblem, is_over
from backend.domain.access.throttling import Counted, Key, keys
from backend.domain.kernel.ids import UserId

log = structlog.get_logger()

STEP_LIFE = timedelta(minutes=5)
REPLAY_LIFE = timedelta(minutes=15)
"""Longer than a Kerberos authenticator is valid (5 minutes either way)."""
REFUSAL_TAKES_S = 0.4
"""A refusal is answered at a multiple of this, so that its time tells nothing."""


class SignInRefusal(StrEnum):
    WRONG = "wrong"
    """Login or password; which of them is not told."""
    CODE_REQUIRED = "code_required"
    """A second factor: go on with the step."""
    CODE_WRONG = "code_wrong"
    SECOND_FACTOR_MISSING = "second_factor_missing"
    """Outside the trusted networks, and the account has no second factor yet: set it up from inside."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    PASSWORD_CHANGE_REQUIRED = "password_change_required"  # noqa: S105
    """Expired, or given by an administrator: go on with the step and a new one."""
    PASSWORD_REFUSED = "password_refused"  # noqa: S105
    """The new password is not what the policy asks for; the step can be tried again."""
    DIRECTORY_DOWN = "directory_down"
    DISABLED = "disabled"
    EXPIRED = "expired"
    LOCKED = "locked"
    """By the directory, after wrong passwords."""
    NOT_NOW = "not_now"
    """The directory lets nobody in at this time or from here."""
    NO_RIGHTS = "no_rights"
    """Known there, but in no group that gives anything here."""
    LOGIN_TAKEN = "login_taken"
    """An account of this log-in is here already and is not the directory's."""
    NOT_ACCEPTED = "not_accepted"
    """The ticket, the passkey or the provider's answer was not accepted."""
    STEP_OVER = "step_over"
    """Too late, or used already: begin anew."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """No session, yet. ``step`` and ``kinds``: how it can go on."""

    reason: SignInRefusal
    step: str | None = None
    kinds: tuple[FactorKind, ...] = ()
    wait_s: int = 0
    problems: tuple[PasswordProblem, ...] = ()
    old_password_needed: bool = False


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a step. ``second``: that a second factor was shown, or is not asked for."""

    user: UserId
    login: str
    way: Way
    second: bool = False
    factor: FactorKind | None = None
    must_change: bool = False
    source: Source = Source.LOCAL


class AwaitedFactor(Proved, frozen=True, kw_only=True):
    pass


class AwaitedPassword(Proved, frozen=True, kw_only=True):
    pass


class SeenTicket(msgspec.Struct, frozen=True):
    principal: str


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What administrators set of it."""

    directory: DirectorySettings = DirectorySettings()
    openid: OpenIdSettings = OpenIdSettings()
    passwords: PasswordPolicy = PasswordPolicy()


class TicketCheck(Protocol):
    async def accept(self, token: bytes) -> tuple[str, bytes]: ...


Answer = Session | Stop
R = SignInRefusal
_DENIED = {
    Denied.WRONG: R.WRONG,
    Denied.DISABLED: R.DISABLED,
    Denied.EXPIRED: R.EXPIRED,
    Denied.LOCKED: R.LOCKED,
    Denied.HOURS: R.NOT_NOW,
}
_INACTIVE = {
    Inactive.DISABLED: R.DISABLED,
    Inactive.EXPIRED: R.EXPIRED,
    Inactive.NO_GROUP: R.NO_RIGHTS,
    Inactive.GONE: R.WRONG,
}


class SignIn:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        passwords: PasswordStore,
        factors: FactorStore,
        passkeys: PasskeyStore,
        attempts: AttemptCounters,
        steps: StepStore,
        directory: Directory,
        ours: DirectoryAccounts,
        settings: Callable[[], SignInSettings],
        changed: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        """``changed``: accounts or rights are others than before, put them in force."""
        self.accounts = accounts
        self.passwords = passwords
        self.factors = factors
        self.passkeys = passkeys
        self.attempts = attempts
        self.steps = steps
        self.directory = directory
        self.ours = ours
        self.settings = settings
        self._changed = changed
        self.clock = clock

    # ---- the ways in

    async def by_password(self, login: str, password: str, code: str | None, visitor: Visitor) -> Answer:
        """``code``: the second factor at once, where the caller knows that it will be asked."""
        began = asyncio.get_running_loop().time()
        login = login.strip().lower()[:100]
        known = await self.accounts.knows_device(login, visitor.device)
        counted = keys(
            login,
            visitor.address,
            inside=visitor.trusted,
            device=visitor.device.hex() if known and visitor.device else None,
        )
        if wait_s := await self.attempts.begin(counted):
            return Stop(reason=R.TOO_MANY_ATTEMPTS, wait_s=wait_s)
        try:
            proved = await self._check(login, password, known or visitor.trusted)
        except Busy:
            return Stop(reason=R.TOO_MANY_ATTEMPTS, wait_s=5)
        if isinstance(proved, Stop):
            await self.accounts.note(login, visitor.address, proved.reason)
            if proved.reason is not R.WRONG:
                await self.attempts.right(counted)
            await _until_a_multiple_of(REFUSAL_TAKES_S, began)
            return proved
        await self.attempts.right(counted)
        return await self._go_on(proved, visitor, code)

    async def by_ticket(self, principal: str, token: bytes, visitor: Visitor) -> Answer:
        """A Kerberos ticket that has been accepted on this machine. The same one is refused on all others."""
        login, _, realm = principal.partition("@")
        s = self.settings().directory
        if not await self.steps.put(f"ticket {token.hex()}", SeenTicket(principal), REPLAY_LIFE):
            return Stop(reason=R.NOT_ACCEPTED)
        if realm != s.realm or "/" in login:
            return Stop(reason=R.NOT_ACCEPTED)
        try:
            entry = await self.directory.entry(login)
        except DirectoryDown:
            return Stop(reason=R.DIRECTORY_DOWN)
        if entry is None:
            return Stop(reason=R.NOT_ACCEPTED)
        proved = await self._ours(entry, Way.WINDOWS)
        return proved if isinstance(proved, Stop) else await self._go_on(proved, visitor)

    async def by_openid(self, identity: Identity, visitor: Visitor) -> Answer:
        s = self.settings().openid
        entry = DirectoryEntry(
            id=identity.external,
            dn="",
            login=identity.login,
            name=identity.name,
            email=identity.email,
            sids=identity.groups,
        )
        proved = await self._ours(entry, Way.OPENID)
        if isinstance(proved, Stop):
            return proved
        enough = identity.several_factors and s.trusts_its_second_factor
        return await self._go_on(msgspec.structs.replace(proved, second=enough), visitor)

    async def by_passkey(self, step: str, credential: Any, visitor: Visitor) -> Answer:
        """Alone: something held and its user verified, which are two factors."""
        used = await self.passkeys.use(step, credential, visitor.origin)
        row = await self.accounts.by_id(used.user) if used is not None else None
        if used is None or row is None or not row.active or not used.verified_user:
            return Stop(reason=R.NOT_ACCEPTED)
        proved = Proved(
            user=row.id, login=row.login, way=Way.PASSKEY, second=True, factor=FactorKind.PASSKEY, source=row.source
        )
        return await self._go_on(proved, visitor)

    # ---- going on

    async def second_factor(
        self, step: str, visitor: Visitor, *, code: str = "", passkey: tuple[str, Any] | None = None
    ) -> Answer:
        """``passkey``: its own step, and what the authenticator answered. A wrong one may be followed by another try."""
        proved = await self.steps.read(step, AwaitedFactor)
        if proved is None:
            return Stop(reason=R.STEP_OVER)
        factor = await self._use_factor(proved.user, visitor, code, passkey)
        if isinstance(factor, Stop):
            await self.accounts.note(proved.login, visitor.address, factor.reason)
            kinds = (await self.factors.of(proved.user)).kinds
            return msgspec.structs.replace(factor, step=step, kinds=kinds)
        if await self.steps.take(step, AwaitedFactor) is None:
            return Stop(reason=R.STEP_OVER)
        return await self._go_on(msgspec.structs.replace(proved, second=True, factor=factor), visitor)

    async def passkey_options(self, step: str, visitor: Visitor) -> tuple[str, dict[str, Any]] | None:
        proved = await self.steps.read(step, AwaitedFactor)
        return await self.passkeys.ask(proved.user, visitor.origin) if proved is not None else None

    async def kinds_of(self, step: str) -> tuple[FactorKind, ...]:
        """Second factors with which this step can go on."""
        proved = await self.steps.read(step, AwaitedFactor)
        return (await self.factors.of(proved.user)).kinds if proved is not None else ()

    async def new_password(self, step: str, old: str, new: str, visitor: Visitor) -> Answer:
        """``old`` is asked of directory accounts only: the directory changes nothing without it."""
        proved = await self.steps.read(step, AwaitedPassword)
        if proved is None:
            return Stop(reason=R.STEP_OVER)
        try:
            refused = await self._replace(proved.user, proved.login, proved.source, old, new)
        except DirectoryDown:
            return Stop(reason=R.DIRECTORY_DOWN, step=step)
        if refused is not None:
            return msgspec.structs.replace(refused, step=step)
        if await self.steps.take(step, AwaitedPassword) is None:
            return Stop(reason=R.STEP_OVER)
        return await self._go_on(msgspec.structs.replace(proved, must_change=False), visitor)

    async def change_password(self, user: UserId, old: str, new: str, visitor: Visitor) -> Answer:
        """Of who is signed in. All other sessions end, and this one gets a new id."""
        row = await self.accounts.by_id(user)
        if row is None or row.source is Source.OPENID:
            return Stop(reason=R.NOT_ACCEPTED)
        counted = [Key(Counted.CODE, f"password {user}")]
        if wait_s := await self.attempts.begin(counted):
            return Stop(reason=R.TOO_MANY_ATTEMPTS, wait_s=wait_s)
        if row.source is Source.LOCAL and not await self.passwords.matches(row.password_hash, old, stranger=False):
            return Stop(reason=R.WRONG)
        try:
            refused = await self._replace(user, row.login, row.source, old, new)
        except DirectoryDown:
            return Stop(reason=R.DIRECTORY_DOWN)
        if refused is not None:
            return refused
        await self.attempts.right(counted)
        await self.accounts.end_all(user, SessionEnd.PASSWORD_CHANGED, user)
        return await self.accounts.open(user, Way.PASSWORD, None, visitor)

    # ---- inside

    async def _check(self, login: str, password: str, familiar: bool) -> "Proved | Stop":
        """The first proof. Also where there is nothing to compare with, something is compared."""
        s = self.settings()
        row = await self.accounts.by_login(login)
        if row is not None and row.source is Source.LOCAL:
            good = await self.passwords.matches(
                row.password_hash if row.active else None, password, stranger=not familiar
            )
            if not good:
                return Stop(reason=R.WRONG)
            must = row.must_change_password or is_over(s.passwords, row.password_changed_at, self.clock())
            return Proved(user=row.id, login=row.login, way=Way.PASSWORD, must_change=must)
        compared = self.passwords.matches(None, password, stranger=not familiar)
        if not s.directory.enabled or (row is not None and row.source is Source.OPENID):
            await compared
            return Stop(reason=R.WRONG)
        asked, compare = await asyncio.gather(
            self.directory.authenticate(login, password, guarded=not familiar), compared, return_exceptions=True
        )
        if isinstance(compare, BaseException):
            raise compare
        if isinstance(asked, DirectoryDown):
            log.warning("directory_down", troubles=[t.kind.value for t in asked.troubles])
            return Stop(reason=R.DIRECTORY_DOWN)
        if isinstance(asked, BaseException):
            raise asked
        if isinstance(asked, DirectoryEntry):
            return await self._ours(asked, Way.PASSWORD)
        if asked is not Denied.PASSWORD_EXPIRED:
            return Stop(reason=_DENIED[asked])
        with contextlib.suppress(DirectoryDown):
            entry = await self.directory.entry(login)
            if entry is not None:
                proved = await self._ours(entry, Way.PASSWORD)
                return proved if isinstance(proved, Stop) else msgspec.structs.replace(proved, must_change=True)
        return Stop(reason=R.DIRECTORY_DOWN)

    async def _ours(self, entry: DirectoryEntry, way: Way) -> "Proved | Stop":
        """Our account of somebody whom the directory, or a provider, has proved: made or brought up to date."""
        source = Source.OPENID if way is Way.OPENID else Source.DIRECTORY
        s = self.settings()
        rules = s.openid.rules if source is Source.OPENID else s.directory.rules
        known = await self.ours.known({entry.login}, {entry.id}, source)
        changes = plan([entry], known, rules, source)
        for change in changes:
            if change.kind is ChangeKind.DISABLED and change.inactive is not None:
                await self.ours.apply([change], None, source)
                await self._changed()
                return Stop(reason=_INACTIVE[change.inactive])
            if change.kind is ChangeKind.CONFLICT and change.user is None:
                return Stop(reason=R.LOGIN_TAKEN)
            if change.kind is ChangeKind.CONFLICT and change.conflict == "switched_off_here":
                return Stop(reason=R.DISABLED)
        if doing := [c for c in changes if c.kind is not ChangeKind.CONFLICT]:
            await self.ours.apply(doing, None, source)
            await self._changed()
        row = await self.accounts.by_external(source, entry.id)
        if row is None or not row.active:
            return Stop(reason=_INACTIVE.get(entry.inactive or Inactive.NO_GROUP, R.NO_RIGHTS))
        return Proved(user=row.id, login=row.login, way=way, source=source)

    async def _go_on(self, proved: Proved, visitor: Visitor, code: str | None = None) -> Answer:
        if not proved.second:
            after = await self._second(proved, visitor, code)
            if isinstance(after, Stop):
                return after
            proved = after
        if proved.must_change:
            step = await self.steps.begin(_as(AwaitedPassword, proved), STEP_LIFE)
            asks_old = proved.source is Source.DIRECTORY
            return Stop(reason=R.PASSWORD_CHANGE_REQUIRED, step=step, old_password_needed=asks_old)
        await self.accounts.note(proved.login, visitor.address, "ok")
        return await self.accounts.open(proved.user, proved.way, proved.factor, visitor)

    async def _second(self, proved: Proved, visitor: Visitor, code: str | None) -> "Proved | Stop":
        kinds = (await self.factors.of(proved.user)).kinds
        if visitor.trusted and not (code and kinds):
            return proved
        if not kinds:
            await self.accounts.note(proved.login, visitor.address, R.SECOND_FACTOR_MISSING)
            return Stop(reason=R.SECOND_FACTOR_MISSING)
        stop: Stop | None = None
        if code:
            factor = await self._use_factor(proved.user, visitor, code, None)
            if not isinstance(factor, Stop):
                return msgspec.structs.replace(proved, second=True, factor=factor)
            await self.accounts.note(proved.login, visitor.address, factor.reason)
            stop = factor
        step = await self.steps.begin(_as(AwaitedFactor, proved), STEP_LIFE)
        return msgspec.structs.replace(stop or Stop(reason=R.CODE_REQUIRED), step=step, kinds=kinds)

    async def _use_factor(
        self, user: UserId, visitor: Visitor, code: str, passkey: tuple[str, Any] | None
    ) -> FactorKind | Stop:
        counted = [Key(Counted.CODE, str(user))]
        if wait_s := await self.attempts.begin(counted):
            return Stop(reason=R.TOO_MANY_ATTEMPTS, wait_s=wait_s)
        if passkey is not None:
            used = await self.passkeys.use(*passkey, visitor.origin)
            factor = FactorKind.PASSKEY if used is not None and used.user == user else None
        else:
            factor = await self.factors.use_code(user, code)
        if factor is None:
            return Stop(reason=R.CODE_WRONG)
        await self.attempts.right(counted)
        return factor

    async def _replace(self, user: UserId, login: str, source: Source, old: str, new: str) -> Stop | None:
        if source is Source.DIRECTORY:
            refused = await self.directory.change_password(login, old, new)
            if isinstance(refused, PasswordRefused):
                return Stop(reason=R.WRONG if refused.wrong_old else R.PASSWORD_REFUSED, old_password_needed=True)
            return None
        problems = await self.passwords.replace(user, new, self.settings().passwords, user)
        return Stop(reason=R.PASSWORD_REFUSED, problems=tuple(problems)) if problems else None


def _as(kind: type[Proved], proved: Proved) -> Proved:
    return kind(**{name: getattr(proved, name) for name in Proved.__struct_fields__})


async def _until_a_multiple_of(seconds: float, began: float) -> None:
    passed = asyncio.get_running_loop().time() - began
    await asyncio.sleep(-passed % seconds)


__all__ = ["AccountRow", "SignIn", "SignInRefusal", "SignInSettings", "Stop"]
