"""The customer's directory: its settings, what membership in its groups gives here, and what a synchronisation changes.

Only accounts that came from the directory are ever touched. Of their roles and groups only those that some rule names are
the directory's; whatever an administrator gave by hand stays.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import UserId
from backend.domain.routing.validation import Problem, ProblemKind


class Source(StrEnum):
    """Where an account comes from, and who checks its password."""

    LOCAL = "local"
    DIRECTORY = "directory"
    OPENID = "openid"


class GroupRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who is a member of ``sid``, directly or through other groups, has these roles and groups here.

    ``sid`` is the security identifier: it stays when the group is renamed or moved. For OpenID Connect it is the value of
    the groups claim. ``name`` is for people.
    """

    sid: str
    name: str = ""
    roles: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()


class DirectorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """``controllers`` are asked in this order: ``ldaps://host`` or ``ldap://host`` (which then must offer StartTLS)."""

    enabled: bool = False
    controllers: tuple[str, ...] = ()
    domain: str = ""
    """DNS name of the domain, ``ozp.cz``; also the Kerberos realm, in capitals."""
    base_dn: str = ""
    """Where users and groups are looked for; empty: the whole domain."""
    bind_user: str = ""
    """Account that reads the directory, as ``name@domain`` or a distinguished name."""
    timeout_s: int = 5
    sync_minutes: int = 60
    most_disabled: int = 10
    """A synchronisation that would switch off more accounts stops and asks."""
    windows: bool = False
    """Single sign-on by Kerberos, from trusted networks."""
    windows_silently: bool = True
    """Tried by itself when the sign-in page opens."""
    rules: tuple[GroupRule, ...] = ()

    @property
    def realm(self) -> str:
        return self.domain.upper()

    @property
    def base(self) -> str:
        return self.base_dn or ",".join(f"DC={part}" for part in self.domain.split("."))


class OpenIdSettings(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider. Its secret is not here but in the environment."""

    enabled: bool = False
    name: str = ""
    """On the button: "Přihlásit přes …"."""
    issuer: str = ""
    client: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    login_claim: str = "preferred_username"
    groups_claim: str = "groups"
    trusts_its_second_factor: bool = False
    """Whether ``amr`` or ``acr`` that tell of several factors are enough outside the trusted networks."""
    rules: tuple[GroupRule, ...] = ()


class Inactive(StrEnum):
    """Why an account of the directory may not sign in."""

    DISABLED = "disabled"
    EXPIRED = "expired"
    GONE = "gone"
    """Not in the directory any more."""
    NO_GROUP = "no_group"
    """In no group that any rule names."""


class DirectoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A user as the directory has it. ``sids``: all its groups, also those through other groups."""

    id: str
    dn: str
    login: str
    name: str
    email: str = ""
    sids: frozenset[str] = frozenset()
    inactive: Inactive | None = None


class Rights(msgspec.Struct, frozen=True):
    roles: frozenset[str] = frozenset()
    groups: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.roles or self.groups)


class KnownAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of ours. ``switched_off_by_directory``: only then may the directory switch it on again."""

    user: UserId
    login: str
    name: str
    email: str = ""
    source: Source
    external: str | None = None
    active: bool = True
    switched_off_by_directory: bool = False
    rights: Rights = Rights()


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    CONFLICT = "conflict"


class Conflict(StrEnum):
    LOGIN_TAKEN = "login_taken"
    """By an account that is not of the directory, or by another one of its own."""
    SWITCHED_OFF_HERE = "switched_off_here"
    """Active there, but an administrator has switched it off here; that stays."""


class FieldChange(msgspec.Struct, frozen=True):
    field: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a synchronisation does to one account, or cannot do."""

    kind: ChangeKind
    login: str
    name: str
    user: UserId | None = None
    external: str = ""
    email: str = ""
    rights: Rights = Rights()
    """What the account has afterwards."""
    fields: tuple[FieldChange, ...] = ()
    inactive: Inactive | None = None
    conflict: Conflict | None = None


def rights(rules: Iterable[GroupRule], sids: frozenset[str]) -> Rights:
    """What membership in these groups gives."""
    held = [rule for rule in rules if rule.sid in sids]
    return Rights(
        frozenset(role for rule in held for role in rule.roles), frozenset(g for rule in held for g in rule.groups)
    )


def managed(rules: Iterable[GroupRule]) -> Rights:
    """Roles and groups that are the directory's to give and to take."""
    all_rules = list(rules)
    return rights(all_rules, frozenset(rule.sid for rule in all_rules))


def merged(rules: tuple[GroupRule, ...], sids: frozenset[str], had: Rights) -> Rights:
    """Rights after the directory has spoken: its own part anew, the rest as it was."""
    own, given = managed(rules), rights(rules, sids)
    return Rights((had.roles - own.roles) | given.roles, (had.groups - own.groups) | given.groups)


def why_inactive(entry: DirectoryEntry, rules: tuple[GroupRule, ...]) -> Inactive | None:
    return entry.inactive or (None if rights(rules, entry.sids) else Inactive.NO_GROUP)


def plan(
    entries: Iterable[DirectoryEntry],
    accounts: Iterable[KnownAccount],
    rules: tuple[GroupRule, ...],
    source: Source = Source.DIRECTORY,
) -> list[Change]:
    """What makes our accounts agree with the directory. ``entries``: everybody whom a rule may concern, and everybody of
    ours who is still there. Sorted by log-in; a plan carried out plans nothing more but its conflicts."""
    accounts = list(accounts)
    known = {a.external: a for a in accounts if a.source is source and a.external}
    logins = {a.login.casefold(): a for a in accounts}
    seen: set[str] = set()
    changes: list[Change] = []
    for entry in entries:
        seen.add(entry.id)
        account = known.get(entry.id)
        changes += _new(entry, logins, rules) if account is None else _known(entry, account, logins, rules)
    changes += [_off(account, Inactive.GONE) for id, account in known.items() if id not in seen and account.active]
    return sorted(changes, key=lambda c: (c.login, c.kind))


def _new(entry: DirectoryEntry, logins: dict[str, KnownAccount], rules: tuple[GroupRule, ...]) -> Iterator[Change]:
    if why_inactive(entry, rules) is not None:
        return
    taken = entry.login.casefold() in logins
    yield Change(
        kind=ChangeKind.CONFLICT if taken else ChangeKind.ADDED,
        conflict=Conflict.LOGIN_TAKEN if taken else None,
        login=entry.login,
        name=entry.name,
        external=entry.id,
        email=entry.email,
        rights=rights(rules, entry.sids),
    )


def _known(
    entry: DirectoryEntry, account: KnownAccount, logins: dict[str, KnownAccount], rules: tuple[GroupRule, ...]
) -> Iterator[Change]:
    inactive = why_inactive(entry, rules)
    if inactive is not None:
        if account.active:
            yield _off(account, inactive)
        return
    if not account.active and not account.switched_off_by_directory:
        yield _of(account, ChangeKind.CONFLICT, conflict=Conflict.SWITCHED_OFF_HERE)
        return
    login = entry.login
    other = logins.get(login.casefold())
    if other is not None and other.user != account.user:
        yield _of(
            account,
            ChangeKind.CONFLICT,
            conflict=Conflict.LOGIN_TAKEN,
            fields=(FieldChange("login", account.login, login),),
        )
        login = account.login
    after = merged(rules, entry.sids, account.rights)
    fields = tuple(
        FieldChange(field, before, now)
        for field, before, now in (
            ("login", account.login, login),
            ("name", account.name, entry.name),
            ("email", account.email, entry.email),
            ("roles", _words(account.rights.roles), _words(after.roles)),
            ("groups", _words(account.rights.groups), _words(after.groups)),
        )
        if before != now
    )
    if fields or not account.active:
        yield Change(
            kind=ChangeKind.CHANGED if account.active else ChangeKind.ENABLED,
            login=login,
            name=entry.name,
            user=account.user,
            external=entry.id,
            email=entry.email,
            rights=after,
            fields=fields,
        )


def _words(values: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, values)))


def _off(account: KnownAccount, why: Inactive) -> Change:
    return _of(account, ChangeKind.DISABLED, inactive=why)


def _of(account: KnownAccount, kind: ChangeKind, **more) -> Change:
    return Change(
        kind=kind,
        login=account.login,
        name=account.name,
        user=account.user,
        external=account.external or "",
        email=account.email,
        rights=account.rights,
        **more,
    )


class SyncState(StrEnum):
    WANTED = "wanted"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """It would have switched off more accounts than the settings let it; nothing was changed."""
    FAILED = "failed"


class SyncRun(msgspec.Struct, frozen=True, kw_only=True):
    """One synchronisation. ``dry``: what it would do, with nothing done. ``forced``: however many it switches off."""

    id: int
    dry: bool
    forced: bool = False
    wanted_by: UserId | None = None
    wanted_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    state: SyncState = SyncState.WANTED
    read: int = 0
    """Entries of the directory read so far."""
    failure: str = ""
    changes: tuple[Change, ...] = ()


def settings_problems(s: DirectorySettings, roles: frozenset[str], groups: frozenset[int]) -> list[Problem]:
    """``roles`` and ``groups``: those that exist."""
    found = [
        Problem(f"controllers.{n}", ProblemKind.MALFORMED)
        for n, url in enumerate(s.controllers)
        if controller_of(url) is None
    ]
    if s.enabled:
        for field in ("controllers", "domain", "bind_user"):
            if not getattr(s, field):
                found.append(Problem(field, ProblemKind.MISSING))
    for field, value, least, most in (
        ("timeout_s", s.timeout_s, 1, 30),
        ("sync_minutes", s.sync_minutes, 5, 7 * 24 * 60),
        ("most_disabled", s.most_disabled, 0, 100_000),
    ):
        if not least <= value <= most:
            found.append(Problem(field, ProblemKind.OUT_OF_RANGE))
    return found + list(rule_problems(s.rules, roles, groups))


def openid_problems(s: OpenIdSettings, roles: frozenset[str], groups: frozenset[int]) -> list[Problem]:
    found = []
    if s.enabled:
        for field in ("name", "issuer", "client"):
            if not getattr(s, field).strip():
                found.append(Problem(field, ProblemKind.MISSING))
        if "openid" not in s.scopes:
            found.append(Problem("scopes", ProblemKind.MISSING))
    local = s.issuer.startswith(("http://localhost", "http://127.0.0.1"))
    if s.issuer and not s.issuer.startswith("https://") and not local:
        found.append(Problem("issuer", ProblemKind.MALFORMED))
    return found + list(rule_problems(s.rules, roles, groups))


def rule_problems(rules: tuple[GroupRule, ...], roles: frozenset[str], groups: frozenset[int]) -> Iterator[Problem]:
    sids: set[str] = set()
    for n, rule in enumerate(rules):
        if not rule.sid.strip():
            yield Problem(f"rules.{n}.sid", ProblemKind.MISSING)
        elif rule.sid in sids:
            yield Problem(f"rules.{n}.sid", ProblemKind.TAKEN)
        sids.add(rule.sid)
        if not rule.roles and not rule.groups:
            yield Problem(f"rules.{n}.roles", ProblemKind.MISSING)
        yield from (
            Problem(f"rules.{n}.roles.{k}", ProblemKind.UNKNOWN) for k, r in enumerate(rule.roles) if r not in roles
        )
        yield from (
            Problem(f"rules.{n}.groups.{k}", ProblemKind.UNKNOWN) for k, g in enumerate(rule.groups) if g not in groups
        )


class Controller(msgspec.Struct, frozen=True):
    """A domain controller. ``tls``: from the first byte (LDAPS); otherwise by StartTLS before anything else is said."""

    host: str
    port: int
    tls: bool


def controller_of(url: str) -> Controller | None:
    """None of what is no address: ``ldaps://host[:636]``, ``ldap://host[:389]``."""
    scheme, found, rest = url.strip().partition("://")
    host, colon, port = rest.rstrip("/").partition(":")
    if not found or scheme not in ("ldap", "ldaps") or not host or any(c in host for c in "/@ ?#"):
        return None
    if colon and not (port.isdecimal() and 0 < int(port) < 65536):
        return None
    return Controller(host, int(port) if colon else 636 if scheme == "ldaps" else 389, scheme == "ldaps")
