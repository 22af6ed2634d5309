"""What a synchronisation with the directory does to our accounts, and what it leaves alone."""

from backend.domain.access.directory import (
    Change,
    ChangeKind,
    Conflict,
    Controller,
    DirectoryEntry,
    DirectorySettings,
    FieldChange,
    GroupRule,
    Inactive,
    KnownAccount,
    Rights,
    Source,
    controller_of,
    plan,
    settings_problems,
)

OPERATORS = GroupRule(sid="S-1", name="KC_Operatori", roles=("agent",), groups=(7,))
LEADERS = GroupRule(sid="S-2", name="KC_Supervizori", roles=("supervisor",))
RULES = (OPERATORS, LEADERS)


def entry(login: str = "novak", sids: set[str] | None = None, **more) -> DirectoryEntry:
    given = {"id": f"id-{login}", "dn": f"CN={login}", "login": login, "name": login.title()} | more
    return DirectoryEntry(**given, sids=frozenset({"S-1"} if sids is None else sids))


def account(
    login: str = "novak", roles: set[str] | None = None, groups: set[int] | None = None, **more
) -> KnownAccount:
    given = {"user": 1, "login": login, "name": login.title(), "source": Source.DIRECTORY, "external": f"id-{login}"}
    rights = Rights(frozenset({"agent"} if roles is None else roles), frozenset({7} if groups is None else groups))
    return KnownAccount(**(given | more), rights=rights)


def test_somebody_new_in_a_mapped_group_gets_an_account_with_its_rights():
    (change,) = plan([entry(sids={"S-1", "S-2", "S-9"})], [], RULES)
    assert (change.kind, change.login, change.user) == (ChangeKind.ADDED, "novak", None)
    assert change.rights == Rights(frozenset({"agent", "supervisor"}), frozenset({7}))


def test_nothing_changes_where_everything_agrees():
    assert plan([entry()], [account()], RULES) == []


def test_who_moves_to_another_group_changes_roles_and_keeps_what_was_given_by_hand():
    (change,) = plan([entry(sids={"S-2"})], [account(roles={"agent", "recording_download"}, groups={7, 9})], RULES)
    assert change.kind is ChangeKind.CHANGED
    assert change.rights == Rights(frozenset({"supervisor", "recording_download"}), frozenset({9}))
    assert change.fields == (
        FieldChange("roles", "agent, recording_download", "recording_download, supervisor"),
        FieldChange("groups", "7, 9", "9"),
    )


def test_disabled_expired_groupless_and_gone_accounts_are_switched_off_each_with_its_reason():
    people = [
        entry("a", inactive=Inactive.DISABLED),
        entry("b", inactive=Inactive.EXPIRED),
        entry("c", sids={"S-9"}),
    ]
    ours = [account(login, user=n) for n, login in enumerate("abcd")]
    assert [(c.login, c.kind, c.inactive) for c in plan(people, ours, RULES)] == [
        ("a", ChangeKind.DISABLED, Inactive.DISABLED),
        ("b", ChangeKind.DISABLED, Inactive.EXPIRED),
        ("c", ChangeKind.DISABLED, Inactive.NO_GROUP),
        ("d", ChangeKind.DISABLED, Inactive.GONE),
    ]


def test_who_is_back_is_switched_on_unless_an_administrator_had_switched_them_off():
    by_directory = account(active=False, switched_off_by_directory=True)
    by_hand = account(active=False)
    assert [c.kind for c in plan([entry()], [by_directory], RULES)] == [ChangeKind.ENABLED]
    (conflict,) = plan([entry()], [by_hand], RULES)
    assert (conflict.kind, conflict.conflict) == (ChangeKind.CONFLICT, Conflict.SWITCHED_OFF_HERE)


def test_local_account_of_the_same_login_is_never_taken_over():
    local = account("Novak", source=Source.LOCAL, external=None)
    (conflict,) = plan([entry()], [local], RULES)
    assert (conflict.kind, conflict.conflict, conflict.user) == (ChangeKind.CONFLICT, Conflict.LOGIN_TAKEN, None)


def test_local_accounts_are_never_switched_off():
    assert plan([], [account(source=Source.LOCAL, external=None)], RULES) == []


def test_renamed_person_keeps_the_account():
    (change,) = plan([entry("novakova", id="id-novak")], [account()], RULES)
    assert (change.kind, change.user, change.login) == (ChangeKind.CHANGED, 1, "novakova")
    assert change.fields[:2] == (FieldChange("login", "novak", "novakova"), FieldChange("name", "Novak", "Novakova"))


def test_a_plan_that_was_carried_out_plans_nothing_more():
    people = [entry(), entry("dvorak", sids={"S-2"}), entry("off", inactive=Inactive.DISABLED)]
    ours = [account(roles={"supervisor"}), account("off", user=3), account("gone", user=4)]
    after = carried_out(ours, plan(people, ours, RULES))
    assert plan(people, after, RULES) == []


def carried_out(ours: list[KnownAccount], changes: list[Change]) -> list[KnownAccount]:
    by_user = {a.user: a for a in ours}
    for n, c in enumerate(changes):
        user = c.user if c.user is not None else 100 + n
        off = c.kind is ChangeKind.DISABLED
        by_user[user] = KnownAccount(
            user=user, login=c.login, name=c.name, email=c.email, source=Source.DIRECTORY, external=c.external,
            active=not off, switched_off_by_directory=off, rights=c.rights,
        )  # fmt: skip
    return list(by_user.values())


def test_address_of_a_controller_is_understood_or_refused():
    assert controller_of("ldaps://dc1.ozp.cz") == Controller("dc1.ozp.cz", 636, True)
    assert controller_of("ldap://dc1.ozp.cz:3268/") == Controller("dc1.ozp.cz", 3268, False)
    for wrong in ("dc1", "http://dc1", "ldaps://", "ldaps://dc1:port", "ldaps://user@dc1", "ldaps://dc1:99999"):
        assert controller_of(wrong) is None, wrong


def test_settings_name_every_field_that_is_wrong():
    wrong = DirectorySettings(
        enabled=True,
        controllers=("ldap:dc1",),
        timeout_s=0,
        rules=(GroupRule(sid="S-1", roles=("boss",), groups=(99,)), GroupRule(sid="S-1"), GroupRule(sid="")),
    )
    found = {(p.field, p.kind.value) for p in settings_problems(wrong, frozenset({"agent"}), frozenset({7}))}
    assert found == {
        ("controllers.0", "malformed"), ("domain", "missing"), ("bind_user", "missing"), ("timeout_s", "out_of_range"),
        ("rules.0.roles.0", "unknown"), ("rules.0.groups.0", "unknown"), ("rules.1.sid", "taken"),
        ("rules.1.roles", "missing"), ("rules.2.sid", "missing"), ("rules.2.roles", "missing"),
    }  # fmt: skip
