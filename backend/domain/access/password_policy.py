"""What a password of a local account must be. The customer sets it; passwords of directory accounts are the directory's.

Length and lists of what is guessed first, as NIST SP 800-63B 3.1.1 and OWASP ASVS 6.2 ask; rules on kinds of characters are
off, for they make passwords worse, but a customer's own policy may demand them.
"""

import unicodedata
from collections.abc import Callable, Set
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.routing.validation import Problem, ProblemKind

LONGEST = 128
SHORTEST_ALLOWED = 8
MOST_REMEMBERED = 24
MOST_WORDS = 500
LEAST_PART = 4
"""Parts of names and own words shorter than this are found by chance in good passwords."""


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """``max_age_days`` 0 is no end. ``blocked_words`` may not be a part of a password, whatever their case."""

    min_length: int = 12
    history: int = 5
    max_age_days: int = 0
    blocked_words: tuple[str, ...] = ("ozp", "pojišťovna", "heslo")
    needs_upper_and_lower: bool = False
    needs_digit: bool = False
    needs_sign: bool = False


class PasswordProblem(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    """Among those that are guessed first."""
    BLOCKED_WORD = "blocked_word"
    LIKE_NAME = "like_name"
    """Contains the log-in or the name of its owner."""
    USED_BEFORE = "used_before"
    NEEDS_UPPER_AND_LOWER = "needs_upper_and_lower"
    NEEDS_DIGIT = "needs_digit"
    NEEDS_SIGN = "needs_sign"


def normalised(password: str) -> str:
    """One form for every keyboard: the same letters typed on two devices are one password (NFC)."""
    return unicodedata.normalize("NFC", password)


def problems(
    policy: PasswordPolicy, password: str, *, owner: tuple[str, ...] = (), common: Set[str] = frozenset()
) -> list[PasswordProblem]:
    """Everything that is wrong, but for the history, which only hashes can tell. ``owner``: log-in and name."""
    p = PasswordProblem
    text = normalised(password)
    lower = text.casefold()
    found: list[tuple[PasswordProblem, bool]] = [
        (p.TOO_SHORT, len(text) < policy.min_length),
        (p.TOO_LONG, len(text) > LONGEST),
        (p.COMMON, lower in common),
        (p.BLOCKED_WORD, any(_within(word, lower) for word in policy.blocked_words)),
        (p.LIKE_NAME, any(_within(part, lower) for name in owner for part in name.split() if len(part) >= LEAST_PART)),
        (p.NEEDS_UPPER_AND_LOWER, policy.needs_upper_and_lower and (text == text.lower() or text == text.upper())),
        (p.NEEDS_DIGIT, policy.needs_digit and not any(c.isdigit() for c in text)),
        (p.NEEDS_SIGN, policy.needs_sign and all(c.isalnum() for c in text)),
    ]
    return [problem for problem, wrong in found if wrong]


def _within(word: str, lower: str) -> bool:
    """Also without its accents: Černá is found in cerna."""
    plain = word.strip().casefold()
    return bool(plain) and (plain in lower or _unaccented(plain) in _unaccented(lower))


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def is_over(policy: PasswordPolicy, changed_at: datetime | None, now: datetime) -> bool:
    """Whether a password is older than the policy allows. One whose age nobody knows is not."""
    return policy.max_age_days > 0 and changed_at is not None and now - changed_at > timedelta(days=policy.max_age_days)


def used_before(verify: Callable[[str], bool], hashes: list[str]) -> bool:
    return any(verify(hashed) for hashed in hashes)


def policy_problems(policy: PasswordPolicy) -> list[Problem]:
    """Of the policy itself, as an administrator sets it."""
    found = []
    for field, value, least, most in (
        ("min_length", policy.min_length, SHORTEST_ALLOWED, LONGEST // 2),
        ("history", policy.history, 0, MOST_REMEMBERED),
        ("max_age_days", policy.max_age_days, 0, 3650),
        ("blocked_words", len(policy.blocked_words), 0, MOST_WORDS),
    ):
        if not least <= value <= most:
            found.append(Problem(field, ProblemKind.OUT_OF_RANGE))
    found += [
        Problem(f"blocked_words.{n}", ProblemKind.OUT_OF_RANGE)
        for n, word in enumerate(policy.blocked_words)
        if not 3 <= len(word.strip()) <= 50
    ]
    return found
