"""What happens to accounts, for the log: who signed in how, which proofs were added, taken away, used."""

from enum import StrEnum

import msgspec

from backend.domain.access.directory import Change


class Way(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105
    WINDOWS = "windows"
    """Kerberos."""
    OPENID = "openid"
    PASSKEY = "passkey"


class FactorKind(StrEnum):
    """What may stand beside a password."""

    TOTP = "totp"
    """A time-based code (RFC 6238)."""
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


class SessionEnd(StrEnum):
    SIGNED_OUT = "signed_out"
    FROM_ELSEWHERE = "from_elsewhere"
    """By the same person in another browser."""
    BY_ADMINISTRATOR = "by_administrator"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SWITCHED_OFF = "switched_off"


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    pass


class SignedIn(_Event, frozen=True, kw_only=True, tag=True):
    way: Way
    factor: FactorKind | None
    address: str
    new_device: bool


class SessionsEnded(_Event, frozen=True, kw_only=True, tag=True):
    why: SessionEnd
    count: int


class PasswordChanged(_Event, frozen=True, kw_only=True, tag=True):
    pass


class FactorAdded(_Event, frozen=True, kw_only=True, tag=True):
    kind: FactorKind
    name: str = ""


class FactorUsed(_Event, frozen=True, kw_only=True, tag=True):
    """A recovery code: each is there once."""

    kind: FactorKind


class FactorRemoved(_Event, frozen=True, kw_only=True, tag=True):
    kind: FactorKind
    name: str = ""


class FactorsReset(_Event, frozen=True, kw_only=True, tag=True):
    """All of them, by an administrator."""


class FromDirectory(_Event, frozen=True, kw_only=True, tag=True):
    change: Change


AccountEvent = (
    SignedIn | SessionsEnded | PasswordChanged | FactorAdded | FactorUsed | FactorRemoved | FactorsReset | FromDirectory
)
