"""What the product asks of a directory, and how it says no. ``backend.adapters.directory`` answers from Active Directory."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from backend.domain.access.directory import DirectoryEntry, GroupRule


class TroubleKind(StrEnum):
    """Where the way to a domain controller ends. The steps of a connection, in their order."""

    NOT_SET = "not_set"
    """Settings are missing: no controller, no domain, no account to read with, no password in the environment."""
    NAME = "name"
    """Its name is not known to DNS."""
    NO_ANSWER = "no_answer"
    TLS = "tls"
    CERTIFICATE = "certificate"
    """Not signed by the authority that we trust, of another name, or over."""
    BIND = "bind"
    """The account that reads the directory is refused."""
    BASE = "base"
    """Nothing is found under the base."""


class Trouble(msgspec.Struct, frozen=True):
    kind: TroubleKind
    host: str
    detail: str = ""

    Kind = TroubleKind


class DirectoryDown(Exception):
    """No controller could be asked. Worth retrying; who wants to sign in is told so plainly."""

    def __init__(self, *troubles: Trouble) -> None:
        super().__init__("; ".join(f"{t.host}: {t.kind.value} {t.detail}" for t in troubles))
        self.troubles = troubles or (Trouble(TroubleKind.NOT_SET, ""),)


class Denied(StrEnum):
    """What the directory answers to a log-in. All but WRONG are told only to whoever knew the password."""

    WRONG = "wrong"
    DISABLED = "disabled"
    EXPIRED = "expired"
    """The account, not the password."""
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105
    """Or must be changed before the first log-in."""
    LOCKED = "locked"
    HOURS = "hours"
    """Not allowed at this time or from here."""


class PasswordRefused(msgspec.Struct, frozen=True):
    """The directory took no new password: its own policy, or the old one is wrong."""

    wrong_old: bool = False


class FoundGroup(msgspec.Struct, frozen=True):
    sid: str
    name: str
    dn: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One controller under test. ``trouble`` None: everything works."""

    host: str
    trouble: Trouble | None = None
    milliseconds: int = 0
    users: int = 0
    """Found under the base, at most 1000."""
    certificate_until: str = ""


class Directory(Protocol):
    """Raises DirectoryDown when no controller answers."""

    async def authenticate(self, login: str, password: str, *, guarded: bool) -> DirectoryEntry | Denied: ...
    async def entry(self, login: str) -> DirectoryEntry | None: ...
    async def entries(self, ids: list[str]) -> dict[str, DirectoryEntry]: ...
    async def members(
        self, rules: tuple[GroupRule, ...], ids: list[str], read: Callable[[int], None]
    ) -> list[DirectoryEntry]: ...
    async def groups(self, text: str) -> list[FoundGroup]: ...
    async def change_password(self, login: str, old: str, new: str) -> PasswordRefused | None: ...
    async def check(self) -> list[Checked]: ...
