"""Rights: roles, groups, personal grants and denials add up and narrow as said, and the explanation says the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.access.policy import (
    INHERENT,
    SCOPES,
    TABLE,
    Action,
    Actor,
    Contact,
    Person,
    Queue,
    Report,
    Role,
    Scope,
    can,
    reach,
    scopes_of,
)
from backend.domain.access.rights import (
    AccessPicture,
    AccountAccess,
    DataFilter,
    GroupAccess,
    OwnRole,
    PersonalGrant,
    SourceKind,
    administrators,
    explain,
    resolve,
    valid_until,
)

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ANA, BEN, CEC = 1, 2, 3
KKC, AS = 10, 20


def picture(**changes) -> AccessPicture:
    """Ana leads AS, Ben works there, Cecilie works at KKC."""
    told = {
        "accounts": {
            ANA: AccountAccess(name="Ana", roles=("supervisor",)),
            BEN: AccountAccess(name="Ben", roles=("agent",), serves=frozenset({20})),
            CEC: AccountAccess(name="Cecilie", roles=("agent",), serves=frozenset({10})),
        },
        "groups": {
            AS: GroupAccess(id=AS, members=frozenset({ANA, BEN}), queues=frozenset({20}), workplace=True, closed=True),
            KKC: GroupAccess(id=KKC, members=frozenset({CEC}), queues=frozenset({10}), workplace=True),
        },
    }
    return AccessPicture(**(told | changes))


def actor(user: int, **changes) -> Actor:
    found = resolve(picture(**changes), user, NOW)
    assert found is not None
    return found


def account(user: int, **changes) -> dict:
    known = dict(picture().accounts)
    fields = {"name": known[user].name, "roles": known[user].roles, "serves": known[user].serves}
    known[user] = AccountAccess(**(fields | changes))
    return {"accounts": known}


BENS = Contact(frozenset({BEN}))
CECS = Contact(frozenset({CEC}))


def test_a_closed_workplace_narrows_everything_to_what_is_its_own():
    ana = actor(ANA)
    assert scopes_of(ana, Action.SEE_HISTORY) == [Scope.OWN, Scope.GROUPS, Scope.QUEUES]
    assert can(ana, Action.SEE_HISTORY, BENS) and not can(ana, Action.SEE_HISTORY, CECS)
    assert can(ana, Action.MANAGE_AGENTS, Person(BEN)) and not can(ana, Action.MANAGE_AGENTS, Person(CEC))
    assert can(ana, Action.SEE_LINE, Queue(20)) and not can(ana, Action.SEE_LINE, Queue(10))
    assert scopes_of(ana, Action.SWITCH_NOTICES) == [Scope.EVERYTHING]


def test_in_an_open_workplace_a_supervisor_sees_all():
    groups = {KKC: GroupAccess(id=KKC, members=frozenset({ANA}), workplace=True)}
    assert can(actor(ANA, groups=groups), Action.SEE_HISTORY, CECS)


def test_an_agent_sees_own_history_only_and_a_clients_timeline():
    cec = actor(CEC)
    assert can(cec, Action.SEE_HISTORY, CECS) and not can(cec, Action.SEE_HISTORY, BENS)
    assert can(cec, Action.SEE_TIMELINE, BENS)
    assert not can(actor(BEN), Action.SEE_TIMELINE, CECS)


def test_roles_of_groups_and_own_roles_add_up():
    groups = {KKC: GroupAccess(id=KKC, members=frozenset({CEC}), workplace=True, queues=frozenset({10}), roles=("7",))}
    roles = {
        "7": OwnRole(name="Kontrola", permissions=((Action.DOWNLOAD, Scope.QUEUES), (Action.LISTEN, Scope.QUEUES)))
    }
    cec = actor(CEC, groups=groups, roles=roles)
    assert can(cec, Action.DOWNLOAD, Contact(frozenset({BEN}), queues=frozenset({10})))
    assert not can(cec, Action.DOWNLOAD, Contact(frozenset({BEN}), queues=frozenset({20})))
    assert scopes_of(cec, Action.LISTEN) == [Scope.OWN, Scope.QUEUES]


def test_a_role_that_is_no_more_gives_nothing():
    assert actor(CEC, **account(CEC, roles=("77",))).grants == frozenset()


def test_grants_and_denials_end_at_their_time():
    until = NOW + timedelta(hours=1)
    grants = (
        PersonalGrant(action=Action.DOWNLOAD, scope=Scope.OWN, until=until),
        PersonalGrant(action=Action.DIAL, until=until),
    )
    told = picture(**account(CEC, grants=grants))
    for at, download, dial in ((NOW, True, False), (until, False, True)):
        found = resolve(told, CEC, at)
        assert (can(found, Action.DOWNLOAD, CECS), can(found, Action.DIAL)) == (download, dial)
    assert valid_until(told, CEC, NOW) == until


def test_a_denial_takes_away_what_any_role_gives():
    told = account(ANA, roles=("supervisor", "admin"), grants=(PersonalGrant(action=Action.DOWNLOAD),))
    assert not can(actor(ANA, **told), Action.DOWNLOAD)


def test_without_a_workplace_ones_queues_are_those_one_serves():
    lonely = actor(CEC, groups={})
    assert (lonely.queues, lonely.people) == (frozenset({10}), frozenset({CEC}))


def test_filters_narrow_all_but_ones_own():
    filters = {5: DataFilter(name="Platby 7 dní", queues=(10,), reports=("calls",), days=7)}
    told = account(CEC, roles=("supervisor",), filters=(5,))
    cec = actor(CEC, filters=filters, **told)
    day = timedelta(days=1)
    seen = {
        "in the queue": Contact(frozenset({BEN}), queues=frozenset({10}), at=NOW - day),
        "own": Contact(frozenset({CEC}), queues=frozenset({20}), at=NOW - 90 * day),
    }
    hidden = {
        "another queue": Contact(frozenset({BEN}), queues=frozenset({20}), at=NOW - day),
        "too old": Contact(frozenset({BEN}), queues=frozenset({10}), at=NOW - 9 * day),
    }
    grants = cec.grants | {(Action.SEE_HISTORY, Scope.OWN)}
    with_own = Actor(user=CEC, grants=grants, people=cec.people, queues=cec.queues, filters=cec.filters)
    assert {k: can(with_own, Action.SEE_HISTORY, c) for k, c in (seen | hidden).items()} == dict.fromkeys(
        seen, True
    ) | dict.fromkeys(hidden, False)
    assert can(cec, Action.SEE_REPORTS, Report("calls")) and not can(cec, Action.SEE_REPORTS, Report("agents"))
    assert not reach(cec, Action.SEE_REPORTS).for_report("agents")
    assert can(cec, Action.SUPERVISE, hidden["another queue"])  # not about what was


def test_of_several_filters_each_lets_through_its_own():
    filters = {5: DataFilter(name="a", queues=(10,)), 6: DataFilter(name="b", queues=(20,), reports=("calls",))}
    cec = actor(CEC, filters=filters, **account(CEC, roles=("supervisor",), filters=(5, 6)))
    for queue in (10, 20):
        assert can(cec, Action.SEE_HISTORY, Contact(frozenset(), queues=frozenset({queue})))
    assert not can(cec, Action.SEE_HISTORY, Contact(frozenset(), queues=frozenset({30})))
    assert can(cec, Action.SEE_REPORTS, Report("agents"))  # the first filter names none, so all
    assert reach(cec, Action.SEE_REPORTS).for_report("agents").filters == (cec.filters[0],)


def test_equal_views_are_of_those_who_see_the_same():
    told = picture(
        accounts={
            **picture().accounts,
            4: AccountAccess(roles=("supervisor",)),
            5: AccountAccess(roles=("supervisor",)),
        }
    )
    views = [resolve(told, user, NOW).view for user in (4, 5, ANA)]
    assert views[0] == views[1] != views[2] and views[0].user == 0


def test_nobody_may_only_sign_in():
    assert [a for a in Action if can(None, a)] == [Action.SIGN_IN]


@pytest.mark.parametrize("role", Role)
def test_a_built_in_role_holds_only_scopes_that_mean_something(role):
    assert [a for a, row in TABLE.items() if role in row and row[role] not in SCOPES[a]] == []


def test_every_action_has_a_row():
    assert set(TABLE) == set(Action)


def test_administrators_are_those_who_could_let_others_in_again():
    told = picture(
        accounts={
            ANA: AccountAccess(roles=("admin",)),
            BEN: AccountAccess(roles=("admin",), grants=(PersonalGrant(action=Action.EDIT_ACCESS),)),
        }
    )
    assert administrators(told, NOW) == frozenset({ANA})


# ---- why


def kinds(found) -> list[tuple[SourceKind, bool]]:
    return [(r.kind, r.holds) for r in found.reasons]


def test_why_not_names_the_workplace_that_is_closed():
    found = explain(picture(), ANA, Action.SEE_HISTORY, NOW, CECS)
    assert not found.allowed and kinds(found) == [(SourceKind.ROLE, True), (SourceKind.CLOSED, False)]
    assert (found.reasons[0].role, found.reasons[1].group) == ("supervisor", AS)


def test_why_names_the_role_of_the_group():
    groups = {KKC: GroupAccess(id=KKC, members=frozenset({CEC}), roles=("recording_download",))}
    found = explain(picture(groups=groups), CEC, Action.DOWNLOAD, NOW, BENS)
    assert found.allowed and [(r.kind, r.role, r.group) for r in found.reasons] == [
        (SourceKind.GROUP, "recording_download", KKC)
    ]


def test_why_not_names_the_denial_and_its_note():
    told = account(ANA, grants=(PersonalGrant(action=Action.SUPERVISE, note="do vyřešení stížnosti"),))
    found = explain(picture(**told), ANA, Action.SUPERVISE, NOW)
    assert not found.allowed
    assert [(r.kind, r.note) for r in found.reasons if not r.holds] == [(SourceKind.DENIAL, "do vyřešení stížnosti")]


def test_why_not_names_the_filter():
    filters = {5: DataFilter(name="Platby", queues=(10,))}
    told = picture(filters=filters, **account(CEC, roles=("supervisor",), filters=(5,)))
    found = explain(told, CEC, Action.SEE_HISTORY, NOW, Contact(frozenset({BEN}), queues=frozenset({20})))
    assert not found.allowed and kinds(found) == [(SourceKind.ROLE, True), (SourceKind.FILTER, False)]


def test_nobody_gives_it_is_an_answer_too():
    assert explain(picture(), BEN, Action.DOWNLOAD, NOW).reasons == ()


ACTIONS = st.sampled_from([a for a in Action if a not in INHERENT])
GRANTS = ACTIONS.flatmap(
    lambda a: st.builds(
        PersonalGrant,
        action=st.just(a),
        scope=st.none() | st.sampled_from(SCOPES[a]),
        until=st.none() | st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
    )
)


@given(
    roles=st.lists(st.sampled_from([r.value for r in Role]), max_size=3, unique=True),
    group_roles=st.lists(st.sampled_from([r.value for r in Role]), max_size=2, unique=True),
    grants=st.lists(GRANTS, max_size=4),
    closed=st.booleans(),
    filtered=st.booleans(),
    action=ACTIONS,
    agents=st.frozensets(st.sampled_from([ANA, BEN, CEC]), max_size=2),
    queues=st.frozensets(st.sampled_from([10, 20, 30]), max_size=2),
)
def test_the_explanation_decides_as_the_policy_does_and_names_why(
    roles, group_roles, grants, closed, filtered, action, agents, queues
):
    told = AccessPicture(
        accounts={
            ANA: AccountAccess(roles=tuple(roles), grants=tuple(grants), filters=(5,) if filtered else ()),
        },
        groups={
            AS: GroupAccess(
                id=AS,
                members=frozenset({ANA, BEN}),
                roles=tuple(group_roles),
                queues=frozenset({20}),
                workplace=True,
                closed=closed,
            )
        },
        filters={5: DataFilter(name="x", queues=(20, 30))},
    )
    subject = Contact(agents, queues=queues)
    found = explain(told, ANA, action, NOW, subject)
    assert found.allowed == can(resolve(told, ANA, NOW), action, subject)
    gives = {SourceKind.ROLE, SourceKind.GROUP, SourceKind.GRANT}
    if found.allowed:
        assert any(r.kind in gives and r.holds for r in found.reasons)
    elif any(r.kind in gives and r.holds for r in found.reasons):
        assert any(not r.holds for r in found.reasons if r.kind not in gives)
