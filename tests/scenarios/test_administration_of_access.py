"""Administrators set accounts, roles, groups' rights, filters and the skills matrix; what they set counts at once."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.domain.access.policy import Action, can
from tests.support.api import GraphQLFailed
from tests.support.past import keep, past_call
from tests.support.people import add_person, queue_id, user_id

SAVED = "{ __typename ... on SettingSaved { id } ... on SettingRefused { problems { field kind } } ... on Refused { code detail } }"
SAVE_USER = f"mutation($u: JSON!, $id: Int, $b: JSON) {{ saveUser(user: $u, id: $id, base: $b) {SAVED} }}"
SAVE_ROLE = f"mutation($r: JSON!, $id: Int, $b: JSON) {{ saveRole(role: $r, id: $id, base: $b) {SAVED} }}"
SAVE_FILTER = f"mutation($f: JSON!, $id: Int) {{ saveAccessFilter(filter: $f, id: $id) {SAVED} }}"
SAVE_SKILLS = f"mutation($c: JSON!) {{ saveSkills(cells: $c) {SAVED} }}"
SAVE_GROUP = (
    "mutation($n: String!, $m: [Int!]!, $r: JSON, $id: Int) { saveGroup(name: $n, members: $m, rights: $r, id: $id) "
    + SAVED
    + " }"
)


@pytest.fixture
async def admin(api, server):
    client = api.client()
    assert (await client.sign_in("spravce", server.logins["spravce"].password))["__typename"] == "SignedIn"
    return client


def done(answer: dict) -> int:
    (found,) = answer.values()
    assert found["__typename"] == "SettingSaved", found
    return found["id"]


def refusal(answer: dict) -> tuple:
    """What was refused: the code with its detail, or the problems."""
    (found,) = answer.values()
    if found["__typename"] == "Refused":
        return found["code"], found["detail"]
    assert found["__typename"] == "SettingRefused", found
    return tuple((p["field"], p["kind"]) for p in found["problems"])


async def body_of(admin, user: int) -> dict:
    found = await admin.run("{ accessSettings { users { id body } } }")
    return next(u["body"] for u in found["accessSettings"]["users"] if u["id"] == user)


GOOD = "čtyři modré židle"


async def first_sign_in(client, login: str, initial: str) -> None:
    """An initial password only opens the way to an own one."""
    stop = await client.run(
        "mutation($l: String!, $p: String!) { a: signIn(login: $l, password: $p) { ... on SignInRefused { reason step } } }",
        l=login, p=initial,
    )  # fmt: skip
    assert stop["a"]["reason"] == "PASSWORD_CHANGE_REQUIRED"
    done = await client.run(
        "mutation($s: String!, $n: String!) { a: newPassword(stepToken: $s, newPassword: $n) { __typename } }",
        s=stop["a"]["step"], n=GOOD,
    )  # fmt: skip
    assert done["a"]["__typename"] == "SignedIn"


async def scalar(api, sql: str, **values):
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text(sql), values)


async def version(api) -> int:
    return await api.kc.admin.settings_version()


async def test_adm_02_an_account_is_made_gets_a_password_told_once_works_and_is_switched_off(api, admin):
    made = await admin.run(SAVE_USER, u={"login": " Klára.Nová ", "name": "Klára Nová", "roles": ["agent"]})
    assert refusal(made) == (("login", "MALFORMED"),)
    id = done(await admin.run(SAVE_USER, u={"login": " Klara.Nova ", "name": "Klára Nová", "roles": ["agent"]}))
    async with api.client() as klara:
        assert (await klara.sign_in("klara.nova", "!"))["reason"] == "WRONG"  # no password yet
        told = await admin.run(
            f"mutation {{ setInitialPassword(user: {id}) {{ ... on InitialPassword {{ password }} }} }}"
        )
        password = told["setInitialPassword"]["password"]
        await first_sign_in(klara, "klara.nova", password)
        assert (await klara.run("{ settings { queues { id } } }"))["settings"]["queues"]
        log = await scalar(api, "SELECT string_agg(data::text, '') FROM event WHERE stream = 'settings'")
        assert password not in log
        desk = await klara.live("desk")
        await desk.until(lambda v: v.agents)
        body = await body_of(admin, id)
        done(await admin.run(SAVE_USER, u=body | {"active": False}, id=id, b=body))
        await asyncio.wait_for(desk_ended(desk), 5)
        assert (await klara.run("{ me { id } }"))["me"] is None
        assert (await klara.sign_in("klara.nova", GOOD))["reason"] == "WRONG"
        assert await scalar(api, 'SELECT presence FROM agent WHERE "user" = :u', u=id) == "offline"
        await desk.cut()


async def desk_ended(view) -> None:
    while not view.over:
        view._changed.clear()
        await view._changed.wait()


async def test_adm_02_a_deleted_account_keeps_its_history_without_its_name(api, admin):
    jana = await user_id(api, "jana")
    call = past_call(agents=(jana,))
    await keep(api, call)
    anonymise = f"mutation {{ anonymiseUser(user: {jana}) {SAVED} }}"
    assert refusal(await admin.run(anonymise)) == ("NOT_ALLOWED", "active")
    body = await body_of(admin, jana)
    done(await admin.run(SAVE_USER, u=body | {"active": False}, id=jana))
    done(await admin.run(anonymise))
    names = {n["id"]: n["name"] for n in (await admin.run("{ settings { staff { id name } } }"))["settings"]["staff"]}
    assert names[jana] == f"Smazaný uživatel {jana}"
    assert (await admin.run(f'{{ contact(id: "{call.id}") {{ contact {{ agentId }} }} }}'))["contact"]["contact"][
        "agentId"
    ] == jana
    assert refusal(await admin.run(SAVE_USER, u=body, id=jana)) == ("NOT_FOUND", "user")


async def test_what_is_wrong_names_its_field_and_nothing_is_saved(api, admin):
    before = await version(api)
    bad = {
        "login": "petr",
        "name": "",
        "roles": ["agent", "agent", "99"],
        "groups": [99],
        "filters": [99],
        "location": 99,
        "grants": [{"action": "edit_routing", "scope": "own"}, {"action": "listen", "scope": "own"}],
        "telephones": [{"number": "x", "kind": "extension"}],
    }
    assert set(refusal(await admin.run(SAVE_USER, u=bad))) == {
        ("telephones.0.number", "MALFORMED"), ("name", "MISSING"), ("roles.1", "TAKEN"), ("roles.2", "UNKNOWN"),
        ("groups.0", "UNKNOWN"), ("filters.0", "UNKNOWN"), ("location", "UNKNOWN"), ("grants.0.scope", "UNKNOWN"),
    }  # fmt: skip
    assert refusal(await admin.run(SAVE_USER, u={"login": "petr", "name": "Petr Druhý"})) == (("login", "TAKEN"),)
    assert refusal(await admin.run(SAVE_USER, u={"login": "x", "name": "X", "admin": True})) == (("admin", "UNKNOWN"),)
    assert refusal(await admin.run(SAVE_ROLE, r={"name": "", "permissions": [["edit_flows", "own"]]})) == (
        ("name", "MISSING"), ("permissions.0", "UNKNOWN"),
    )  # fmt: skip
    assert refusal(await admin.run(SAVE_FILTER, f={"name": "f", "queues": [99], "days": -1})) == (
        ("queues.0", "UNKNOWN"), ("days", "OUT_OF_RANGE"),
    )  # fmt: skip
    assert await version(api) == before


async def test_somebody_elses_change_is_not_overwritten(api, admin):
    petr = await user_id(api, "petr")
    body = await body_of(admin, petr)
    done(await admin.run(SAVE_USER, u=body | {"name": "Petr Svoboda ml."}, id=petr, b=body))
    assert refusal(await admin.run(SAVE_USER, u=body | {"roles": []}, id=petr, b=body)) == ("CHANGED_MEANWHILE", "user")
    assert (await body_of(admin, petr))["roles"] == ["agent"]


async def test_nobody_locks_oneself_out_and_the_last_administrator_stays(api, admin):
    me = await user_id(api, "spravce")
    body, before = await body_of(admin, me), await version(api)
    locked = ("NOT_ALLOWED", "administrator")
    for change in ({"active": False}, {"roles": ["agent"]}, {"grants": [{"action": "edit_access"}]}):
        assert refusal(await admin.run(SAVE_USER, u=body | change, id=me)) == locked
    assert await version(api) == before and await body_of(admin, me) == body
    # two administrators who switch each other off at the same moment: one stays
    other = await add_person(api, "druhy", ["admin"])
    bodies = {me: body, other: await body_of(admin, other)}
    accounts = api.kc.services.account_administration
    answers = await asyncio.gather(
        accounts.save_user(other, bodies[other] | {"active": False}, me),
        accounts.save_user(me, bodies[me] | {"active": False}, other),
    )
    assert sum(isinstance(x, int) for x in answers) == 1
    assert (
        await scalar(
            api,
            "SELECT count(*) FROM user_account u JOIN user_role r ON r.\"user\" = u.id WHERE active AND role = 'admin'",
        )
        == 1
    )


async def test_adm_04_a_role_given_counts_at_once_without_a_new_log_in(api, admin, server):
    async with api.client() as petr:
        await petr.sign_in("petr", server.logins["petr"].password)
        with pytest.raises(GraphQLFailed):
            await petr.run("{ routingSettings { queues { id } } }")
        id = await user_id(api, "petr")
        body = await body_of(admin, id)
        done(await admin.run(SAVE_USER, u=body | {"roles": ["agent", "queues"]}, id=id, b=body))
        assert (await petr.run("{ routingSettings { queues { id } } }"))["routingSettings"]["queues"]
        done(await admin.run(SAVE_USER, u=body, id=id))
        with pytest.raises(GraphQLFailed):
            await petr.run("{ routingSettings { queues { id } } }")


async def test_adm_09_to_12_roles_for_recordings_queues_and_callbacks(api, server):
    """Each opens its own door and no other."""
    jana = await user_id(api, "jana")
    call = past_call(agents=(jana,), recording=str(uuid.uuid4()))
    await keep(api, call)
    questions = {
        "listen": f'{{ contact(id: "{call.id}") {{ recording {{ id }} }} }}',
        "queues": "{ routingSettings { queues { id } } }",
        "callbacks": "{ callbacks { id } }",
    }
    opened = {}
    for role in ("recording_listen", "recording_download", "queues", "callbacks"):
        user = await add_person(api, role, [role])
        async with api.client() as client:
            await client.sign_in(role, server.logins["jana"].password)
            opened[role] = set()
            for name, question in questions.items():
                try:
                    if (await client.run(question)).get("contact", True):
                        opened[role].add(name)
                except GraphQLFailed as failed:
                    assert failed.code == "FORBIDDEN"
        if can(api.kc.access.actor(user), Action.DOWNLOAD):
            opened[role].add("download")
    assert opened == {
        "recording_listen": {"listen"},
        "recording_download": {"listen", "download"},
        "queues": {"queues"},
        "callbacks": {"callbacks"},
    }


async def test_an_own_role_is_made_given_and_cannot_be_removed_while_in_use(api, admin):
    permissions = [["listen", "queues"], ["see_history", "queues"], ["change_own_account", "everything"]]
    role = done(await admin.run(SAVE_ROLE, r={"name": "Kontrola kvality", "permissions": permissions}))
    assert refusal(await admin.run(SAVE_ROLE, r={"name": "Kontrola kvality"})) == (("name", "TAKEN"),)
    user = done(await admin.run(SAVE_USER, u={"login": "kvalita", "name": "Kvalita", "roles": [str(role)]}))
    queue = await queue_id(api, "Platby")
    call = past_call(agents=(1,), queues=(queue,))
    await keep(api, call, past_call(agents=(1,), queues=(await queue_id(api, "Pojištění"),)))
    group = done(await admin.run(SAVE_GROUP, n="Kvalita", m=[user], r={"workplace": True, "queues": [queue]}))
    told = await admin.run(
        f"mutation {{ setInitialPassword(user: {user}) {{ ... on InitialPassword {{ password }} }} }}"
    )
    async with api.client() as client:
        await first_sign_in(client, "kvalita", told["setInitialPassword"]["password"])
        found = await client.run("{ history { contacts { id } } }")
        assert [x["id"] for x in found["history"]["contacts"]] == [call.id]
    assert refusal(await admin.run(f"mutation {{ removeRole(id: {role}) {SAVED} }}")) == ("NOT_ALLOWED", "in_use")
    body = await body_of(admin, user)
    assert body["groups"] == [group]
    done(await admin.run(SAVE_USER, u=body | {"roles": []}, id=user))
    done(await admin.run(f"mutation {{ removeRole(id: {role}) {SAVED} }}"))


async def test_adm_03_rights_of_a_group_are_only_for_who_administers_access(api, server):
    """Whoever may set up queues may set up groups, but not give rights by them, nor join one that gives some."""
    user = await add_person(api, "fronty", ["queues"])
    async with api.client() as client:
        await client.sign_in("fronty", server.logins["jana"].password)
        plain = done(await client.run(SAVE_GROUP, n="Ranní směna", m=[user]))
        assert refusal(await client.run(SAVE_GROUP, n="Ranní směna", m=[user], r={"roles": ["admin"]}, id=plain)) == (
            "NOT_ALLOWED", "rights",
        )  # fmt: skip
        kkc = await scalar(api, "SELECT id FROM agent_group WHERE name = 'KKC'")
        assert refusal(await client.run(SAVE_GROUP, n="KKC", m=[user], id=kkc)) == ("NOT_ALLOWED", "rights")
    assert (
        await scalar(api, 'SELECT count(*) FROM agent_group_member WHERE "group" = :g AND "user" = :u', g=kkc, u=user)
        == 0
    )
    assert not can(api.kc.access.actor(user), Action.EDIT_ACCESS)


async def test_adm_16_17_filters_narrow_history_and_calls_of_an_account_and_of_a_group(api, admin, server):
    payments, insurance = await queue_id(api, "Platby"), await queue_id(api, "Pojištění")
    new, old, other = (
        past_call(agents=(1,), queues=(payments,)),
        past_call(agents=(1,), queues=(payments,), days=40),
        past_call(agents=(1,), queues=(insurance,)),
    )
    await keep(api, new, old, other)
    one = done(await admin.run(SAVE_FILTER, f={"name": "Platby, měsíc", "queues": [payments], "days": 31}))
    dana = await user_id(api, "dana")
    async with api.client() as client:
        await client.sign_in("dana", server.logins["dana"].password)

        async def found() -> tuple[set, set]:
            seen = await client.run("{ history { contacts { id } } searchCalls(criteria: {}) { calls { contactId } } }")
            return (
                {x["id"] for x in seen["history"]["contacts"]},
                {x["contactId"] for x in seen["searchCalls"]["calls"]},
            )

        everything = {new.id, old.id, other.id}
        assert await found() == (everything, everything)
        body = await body_of(admin, dana)
        done(await admin.run(SAVE_USER, u=body | {"filters": [one]}, id=dana, b=body))
        assert await found() == ({new.id}, {new.id})
        assert (await client.run(f'{{ contact(id: "{old.id}") {{ contact {{ id }} }} }}'))["contact"] is None
        done(await admin.run(SAVE_USER, u=body, id=dana))
        group = done(await admin.run(SAVE_GROUP, n="Jen platby", m=[dana], r={"filters": [one]}))
        assert await found() == ({new.id}, {new.id})
        done(await admin.run(SAVE_GROUP, n="Jen platby", m=[], r={"filters": [one]}, id=group))
        assert await found() == (everything, everything)
    assert refusal(await admin.run(f"mutation {{ removeAccessFilter(id: {one}) {SAVED} }}")) == (
        "NOT_ALLOWED",
        "in_use",
    )


async def test_why_somebody_may_or_may_not_is_told_to_the_administrator(api, admin):
    alena, jana = await user_id(api, "alena"), await user_id(api, "jana")
    call = past_call(agents=(jana,), queues=(await queue_id(api, "Pojištění"),))
    await keep(api, call)
    ask = (
        "query($u: Int!, $a: Action!, $s: AccessSubject) { explainAccess(user: $u, action: $a, subject: $s) { __typename"
        " ... on AccessExplanation { allowed scopes reasons { kind role groupId scope holds } } } }"
    )
    told = (await admin.run(ask, u=alena, a="LISTEN", s={"contact": call.id}))["explainAccess"]
    group = await scalar(api, "SELECT id FROM agent_group WHERE name = 'Asistenční služba'")
    assert told == {
        "__typename": "AccessExplanation",
        "allowed": False,
        "scopes": ["OWN", "GROUPS", "QUEUES"],
        "reasons": [
            {"kind": "ROLE", "role": "supervisor", "groupId": None, "scope": "EVERYTHING", "holds": True},
            {"kind": "CLOSED", "role": None, "groupId": group, "scope": None, "holds": False},
        ],
    }
    told = (await admin.run(ask, u=jana, a="LISTEN", s={"contact": call.id}))["explainAccess"]
    assert told["allowed"] and [r["role"] for r in told["reasons"]] == ["agent"]
    assert (await admin.run(ask, u=9999, a="LISTEN", s=None))["explainAccess"]["__typename"] == "Refused"


async def test_a_grant_for_a_time_ends_by_itself(api, admin):
    petr = await user_id(api, "petr")
    body = await body_of(admin, petr)
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    grant = {"action": "download", "scope": "own", "until": until, "note": "zástup"}
    done(await admin.run(SAVE_USER, u=body | {"grants": [grant]}, id=petr))
    actor = api.kc.access.actor(petr)
    assert can(actor, Action.DOWNLOAD)
    async with asyncio.timeout(5):
        while can(api.kc.access.actor(petr), Action.DOWNLOAD):
            await asyncio.sleep(0.05)


async def test_adm_21_a_matrix_of_200_by_40_with_three_bad_cells_saves_nothing_and_names_exactly_these(api, admin):
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO user_account (login, name, password_hash)"
                " SELECT 'm' || n, 'Agent ' || n, '!' FROM generate_series(1, 200) n"
            )
        )
        await connection.execute(text("INSERT INTO queue (name) SELECT 'Q' || n FROM generate_series(1, 40) n"))
    await api.kc.reload_settings()
    settings = api.kc.settings
    users = [u for u, a in settings.agents.items() if a.name.startswith("Agent ")]
    queues = [q for q, x in settings.queues.items() if x.name.startswith("Q")]
    cells = [
        {"user": user, "queue": queue, "skill": None, "value": (user + queue) % 10, "was": None}
        for user in users
        for queue in queues
    ]
    bad = [dict(cell) for cell in cells]
    bad[17]["value"] = 1000
    bad[4000]["value"] = -1
    bad[7999]["queue"] = 9999
    before = await version(api)
    assert refusal(await admin.run(SAVE_SKILLS, c=bad)) == (
        ("cells.17.value", "OUT_OF_RANGE"), ("cells.4000.value", "OUT_OF_RANGE"), ("cells.7999.queue", "UNKNOWN"),
    )  # fmt: skip
    assert await scalar(api, "SELECT count(*) FROM agent_queue WHERE queue = ANY(:q)", q=queues) == 0
    assert await version(api) == before
    assert done(await admin.run(SAVE_SKILLS, c=cells)) == 8000
    assert await scalar(api, "SELECT count(*) FROM agent_queue WHERE queue = ANY(:q)", q=queues) == 8000
    assert await version(api) == before + 1
    matrix = (await admin.run("{ skillsMatrix { cells { userId queueId value } } }"))["skillsMatrix"]["cells"]
    known = {(c["userId"], c["queueId"]): c["value"] for c in matrix}
    assert all(known[c["user"], c["queue"]] == c["value"] for c in cells)
    # somebody who looked before is told, and nothing changes
    assert refusal(await admin.run(SAVE_SKILLS, c=[cells[0] | {"value": 3}])) == ("CHANGED_MEANWHILE", "cells")
    gone = cells[0] | {"value": None, "was": cells[0]["value"]}
    done(await admin.run(SAVE_SKILLS, c=[gone]))
    assert queues[0] not in api.kc.settings.agents[users[0]].places


async def test_adm_21_levels_of_skills_are_cells_too(api, admin):
    jana = await user_id(api, "jana")
    skill = await scalar(api, "SELECT id FROM skill WHERE name = 'platby'")
    now = api.kc.settings.agents[jana].skills[skill]
    cell = {"user": jana, "queue": None, "skill": skill, "value": now + 1, "was": now}
    done(await admin.run(SAVE_SKILLS, c=[cell]))
    assert api.kc.settings.agents[jana].skills[skill] == now + 1
    assert refusal(await admin.run(SAVE_SKILLS, c=[cell | {"value": 0, "was": now + 1}])) == (
        ("cells.0.value", "OUT_OF_RANGE"),
    )
