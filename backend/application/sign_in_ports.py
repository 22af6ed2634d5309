"""What signing in needs from outside, and the words it is spoken of with."""

from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec

from backend.domain.access.account_events import FactorKind, SessionEnd, Way
from backend.domain.access.directory import Change, Source
from backend.domain.access.password_policy import PasswordPolicy, PasswordProblem
from backend.domain.access.throttling import Key
from backend.domain.kernel.ids import UserId

T = TypeVar("T")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who knocks. ``trusted``: in a network where no second factor is asked. ``device``: what the browser's long-lived
    cookie says, in the form in which it is stored; ``origin`` of the page."""

    address: str
    trusted: bool
    browser: str = ""
    device: bytes | None = None
    origin: str = ""


class Session(msgspec.Struct, frozen=True):
    """``device``: the long-lived cookie's new value, where the browser had none."""

    token: str
    user: UserId
    expires_at: datetime
    device: str | None = None


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    way: Way
    address: str
    browser: str
    since: datetime
    seen_at: datetime
    current: bool


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that signed in for the first time, and whose owner has not said yet that it is theirs."""

    address: str
    browser: str
    since: datetime


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """``password_hash`` is empty where somebody else checks passwords."""

    id: UserId
    login: str
    name: str
    active: bool
    source: Source
    password_hash: str
    must_change_password: bool
    password_changed_at: datetime | None


class Factors(msgspec.Struct, frozen=True):
    """What an account has. Recovery codes alone are no second factor: they replace one that was lost."""

    totp: bool = False
    passkeys: int = 0
    recovery_codes: int = 0

    @property
    def kinds(self) -> tuple[FactorKind, ...]:
        if not self.totp and not self.passkeys:
            return ()
        there = {
            FactorKind.PASSKEY: self.passkeys,
            FactorKind.TOTP: self.totp,
            FactorKind.RECOVERY_CODE: self.recovery_codes,
        }
        return tuple(kind for kind, count in there.items() if count)


class Passkey(msgspec.Struct, frozen=True):
    id: int
    name: str
    verifies_user: bool
    created_at: datetime
    used_at: datetime | None


class UsedPasskey(msgspec.Struct, frozen=True):
    user: UserId
    verified_user: bool


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a foreign provider vouches for. ``external``: its issuer's own name of the person."""

    external: str
    login: str
    name: str
    email: str
    groups: frozenset[str]
    several_factors: bool


class Busy(Exception):
    """Too many strangers try passwords at this moment."""


class ProviderFailed(Exception):
    """Unreachable, or its answer is not what the standard asks for. The text is for the log and the administrator."""


class AccountStore(Protocol):
    async def by_login(self, login: str) -> AccountRow | None: ...
    async def by_external(self, source: Source, external: str) -> AccountRow | None: ...
    async def by_id(self, user: UserId) -> AccountRow | None: ...
    async def open(self, user: UserId, way: Way, factor: FactorKind | None, visitor: Visitor) -> Session: ...
    async def end_all(self, user: UserId, why: SessionEnd, actor: UserId | None, but: str | None = None) -> int: ...
    async def knows_device(self, login: str, device: bytes | None) -> bool: ...
    async def note(self, login: str, address: str, outcome: str) -> None: ...


class PasswordStore(Protocol):
    async def matches(self, hashed: str | None, password: str, *, stranger: bool) -> bool: ...
    async def replace(
        self, user: UserId, new: str, policy: PasswordPolicy, actor: UserId | None, *, must_change: bool = False
    ) -> list[PasswordProblem]: ...


class FactorStore(Protocol):
    async def of(self, user: UserId) -> Factors: ...
    async def use_code(self, user: UserId, code: str) -> FactorKind | None: ...


class PasskeyStore(Protocol):
    async def ask(self, user: UserId | None, origin: str) -> tuple[str, dict[str, Any]]: ...
    async def use(self, step: str, credential: Any, origin: str) -> UsedPasskey | None: ...


class AttemptCounters(Protocol):
    async def begin(self, keys: list[Key]) -> int: ...
    async def right(self, keys: list[Key]) -> None: ...


class StepStore(Protocol):
    async def begin(self, body: msgspec.Struct, life: timedelta) -> str: ...
    async def put(self, token: str, body: msgspec.Struct, life: timedelta) -> bool: ...
    async def read(self, token: str | None, kind: type[T]) -> T | None: ...
    async def take(self, token: str | None, kind: type[T]) -> T | None: ...


class DirectoryAccounts(Protocol):
    """Our side of the directory: accounts that came from it."""

    async def known(self, logins: set[str], externals: set[str], source: Source = Source.DIRECTORY): ...
    async def apply(self, changes: list[Change], actor: UserId | None, source: Source = Source.DIRECTORY) -> None: ...
