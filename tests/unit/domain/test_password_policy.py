"""The password policy: what is refused, and what a good long sentence may be."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.access.password_policy import (
    PasswordPolicy,
    PasswordProblem,
    is_over,
    normalised,
    policy_problems,
    problems,
)

P = PasswordProblem
POLICY = PasswordPolicy()
OWNER = ("novakova", "Jana Nováková")
COMMON = frozenset({"qwertyuiop123"})


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("čtyři modré židle", []),
        ("krátké", [P.TOO_SHORT]),
        ("x" * 129, [P.TOO_LONG]),
        ("Qwertyuiop123", [P.COMMON]),
        ("moje tajné Heslo 2026", [P.BLOCKED_WORD]),
        ("nase pojistovna je super", [P.BLOCKED_WORD]),
        ("ta novakova to jsem", [P.LIKE_NAME]),
        ("jana ma rada kavu", [P.LIKE_NAME]),
        ("ozp", [P.TOO_SHORT, P.BLOCKED_WORD]),
    ],
)
def test_password_is_judged_by_length_and_by_what_is_guessed_first(password, expected):
    assert problems(POLICY, password, owner=OWNER, common=COMMON) == expected


def test_kinds_of_characters_are_asked_only_where_the_customer_wants_them():
    strict = PasswordPolicy(needs_upper_and_lower=True, needs_digit=True, needs_sign=True)
    assert problems(POLICY, "ctyrimodrezidle") == []
    assert problems(strict, "ctyrimodrezidle") == [P.NEEDS_UPPER_AND_LOWER, P.NEEDS_DIGIT, P.NEEDS_SIGN]
    assert problems(strict, "Čtyři modré židle 4") == []


def test_the_same_letters_of_two_keyboards_are_one_password():
    assert normalised("židle") == normalised("z\u030cidle")


def test_a_password_is_over_only_where_its_age_is_limited_and_known():
    now = datetime(2026, 11, 1, tzinfo=UTC)
    limited = PasswordPolicy(max_age_days=90)
    assert is_over(limited, now - timedelta(days=91), now)
    assert not is_over(limited, now - timedelta(days=89), now)
    assert not is_over(limited, None, now)
    assert not is_over(POLICY, now - timedelta(days=5000), now)


def test_a_policy_that_protects_nobody_is_refused_with_its_fields():
    weak = PasswordPolicy(min_length=4, history=99, blocked_words=("a",))
    assert [p.field for p in policy_problems(weak)] == ["min_length", "history", "blocked_words.0"]
    assert policy_problems(POLICY) == []
