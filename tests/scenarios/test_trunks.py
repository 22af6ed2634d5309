"""Trunks as settings: saved and told to the bridges, passwords never shown, undone like the rest."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from sip_bridge import contract as k
from tests.integration.test_keys import kc
from tests.integration.test_settings_history import history, undo
from tests.scenarios.test_inbound_call import ready_agent
from tests.scenarios.test_lines import heading
from tests.scenarios.test_lines import saved as saved_lines
from tests.scenarios.test_toll import dial
from tests.support.api import Api, Client, GraphQLFailed
from tests.support.scripted_bridge import ScriptedBridge

PICTURE = (
    "{ trunks { trunks { id body lacksPassword } bridges { bridge given wrong"
    " trunks { name reachable registered status since calls } } } }"
)
ANSWER = "{ __typename ... on SettingSaved { id } ... on Refused { code } ... on SettingRefused { problems { field kind } } }"
SAVE = f"mutation($t: JSON!, $i: Int, $b: JSON) {{ saveTrunk(trunk: $t, id: $i, base: $b) {ANSWER} }}"
SECRET, THEIRS = "Velmi-tajne-1", "Jejich-tajne-2"


async def picture(client: Client) -> dict:
    return (await client.run(PICTURE))["trunks"]


async def save(client: Client, id: int | None = None, base: dict | None = None, **trunk: object) -> dict:
    return (await client.run(SAVE, t=trunk, i=id, b=base))["saveTrunk"]


async def saved(client: Client, id: int | None = None, **trunk: object) -> int:
    answer = await save(client, id, **trunk)
    assert answer["__typename"] == "SettingSaved", answer
    return answer["id"]


async def remove(client: Client, id: int) -> dict:
    return (await client.run(f"mutation($i: Int!) {{ removeTrunk(id: $i) {ANSWER} }}", i=id))["removeTrunk"]


@pytest.fixture
def client(admin) -> Client:
    return admin.client


def told(bridge: ScriptedBridge) -> tuple[k.TrunkSpec, ...] | None:
    """What the bridge was told last."""
    assert bridge.trunks is not None, "nothing was told"
    return bridge.trunks.trunks


async def rows(api: Api, statement: str) -> list[tuple]:
    async with api.kc.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def test_saved_trunk_is_told_to_the_bridge_with_its_password_and_shown_without(api, bridge, client):
    await bridge.told_trunks(lambda given: given is None)
    id = await saved(
        client, name="Operátor", host="sip.operator.cz", transport="tls", port=5061, login="kc", password=SECRET,
        register=True, inbound_login="oni", inbound_password=THEIRS, allowed_prefixes=["+420"], priority=2,
    )  # fmt: skip
    await bridge.told_trunks(lambda given: given is not None)
    (spec,) = told(bridge)
    assert (spec.name, spec.host, spec.port, spec.transport, spec.register) == (
        "Operátor",
        "sip.operator.cz",
        5061,
        k.Transport.TLS,
        True,
    )
    assert (spec.credentials, spec.inbound) == (k.Login("kc", SECRET), k.Login("oni", THEIRS))
    assert spec.allowed_prefixes == ("+420",)
    shown = (await picture(client))["trunks"]
    assert [(x["id"], x["lacksPassword"]) for x in shown] == [(id, False)]
    body = shown[0]["body"]
    assert (body["password"], body["password_set"], body["inbound_password"], body["inbound_password_set"]) == (
        None,
        True,
        None,
        True,
    )
    await api.kc.journal.stop()
    kept = [
        *await rows(api, "SELECT body::text, password::text, inbound_password::text FROM trunk"),
        *await rows(api, "SELECT data::text FROM event"),
        *await rows(api, "SELECT parameters::text FROM audit"),
        *await rows(api, "SELECT body::text FROM bridge_command"),
    ]
    api.kc.journal.start()
    everything = str(kept)
    assert SECRET not in everything and THEIRS not in everything
    assert '"password": "***"' in everything, "the audit says that one was given"


async def test_password_stays_unless_a_new_one_is_given_and_goes_with_the_login(api, bridge, client):
    id = await saved(client, name="Operátor", host="10.0.0.5", login="kc", password=SECRET)
    await saved(client, id, name="Operátor", host="10.0.0.6", login="kc")
    await bridge.told_trunks(lambda given: given and given[0].host == "10.0.0.6")
    assert told(bridge)[0].credentials == k.Login("kc", SECRET)
    await saved(client, id, name="Operátor", host="10.0.0.6", login="kc2", password=THEIRS)
    await bridge.told_trunks(lambda given: given[0].credentials == k.Login("kc2", THEIRS))
    await saved(client, id, name="Operátor", host="10.0.0.6")
    await bridge.told_trunks(lambda given: given[0].credentials is None)
    assert await rows(api, "SELECT password FROM trunk") == [(None,)]
    assert (await save(client, id, name="Operátor", host="10.0.0.6", login="kc"))["problems"] == [
        {"field": "password", "kind": "MISSING"}
    ]


async def test_passwords_are_opened_after_a_new_master_key(api, bridge, client):
    await saved(client, name="Operátor", host="10.0.0.5", login="kc", password=SECRET)
    done = await asyncio.to_thread(kc, api, "keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert [r[0] for r in await rows(api, "SELECT DISTINCT key_id FROM column_key")] != []
    id = (await picture(client))["trunks"][0]["id"]
    await saved(client, id, name="Operátor", host="10.0.0.7", login="kc")
    await bridge.told_trunks(lambda given: given and given[0].host == "10.0.0.7")
    assert told(bridge)[0].credentials == k.Login("kc", SECRET)


async def test_calls_out_name_the_trunk_of_the_bridges_own_settings_until_one_is_saved(api, server, bridge, client):
    jana = await ready_agent(api, server)
    first = await dial(jana, "+420602333444")
    assert (await bridge.command(k.DialLeg)).trunk == "pbx"
    await jana.run(f'mutation {{ hangUp(contact: "{first["id"]}") {{ __typename }} }}')
    await saved(client, name="Operátor", host="10.0.0.5")
    await dial(jana, "+420602333445")
    assert (await bridge.command(k.DialLeg)).trunk == "", "the bridge takes the first that can"


async def test_bridge_is_told_in_order_only_its_own_that_are_used_and_again_when_it_comes_back(api, bridge, client):
    await saved(client, name="Záloha", host="10.0.0.2", priority=9)
    await saved(client, name="Hlavní", host="10.0.0.1", priority=1)
    await saved(client, name="Vypnutý", host="10.0.0.3", enabled=False)
    await saved(client, name="Brno", host="10.0.0.4", bridges=["bridge-brno"])
    await bridge.told_trunks(lambda given: given is not None and len(given) == 2)
    assert [x.name for x in told(bridge)] == ["Hlavní", "Záloha"]
    await bridge.cut()
    bridge.trunks = None
    await bridge.connect()
    await bridge.told_trunks(lambda given: given is not None)
    assert [x.name for x in told(bridge)] == ["Hlavní", "Záloha"]
    for trunk in (await picture(client))["trunks"]:
        assert (await remove(client, trunk["id"]))["__typename"] == "SettingSaved"
    await bridge.told_trunks(lambda given: given is None)


async def test_lines_are_watched_on_the_trunk_that_is_the_exchange(api, bridge, client):
    await saved_lines(client, heading("Přízemí", ("Recepce", "4001")))
    assert (await bridge.command(k.WatchLines)).trunk == "pbx"
    await saved(client, name="Operátor", host="10.0.0.2", priority=1)
    await saved(client, name="Ústředna", host="10.0.0.1", priority=2, exchange=True)
    async with asyncio.timeout(10):
        while (watched := await bridge.command(k.WatchLines)).trunk != "Ústředna":
            pass
    assert watched.lines == ("4001",)
    answer = await save(client, name="Druhá", host="10.0.0.3", exchange=True)
    assert answer["problems"] == [{"field": "exchange", "kind": "TAKEN"}]


async def test_what_the_bridge_finds_is_shown_for_as_long_as_it_may_be_believed(api, bridge, client):
    await saved(client, name="Operátor", host="10.0.0.2")
    at = datetime.now(UTC)
    state = k.TrunkState(
        name="Operátor", reachable=k.TrunkHealth.UP, registered=k.TrunkHealth.DOWN, status=403, since_s=60, calls=2
    )
    bridge.report(k.TrunksChanged(trunks=(state,), given=True, expires_s=1.0), at)
    await bridge.settled()
    (shown,) = (await picture(client))["bridges"]
    (found,) = shown.pop("trunks")
    since = datetime.fromisoformat(found.pop("since"))
    assert shown == {"bridge": "bridge-1", "given": True, "wrong": ""}
    assert found == {"name": "Operátor", "reachable": "UP", "registered": "DOWN", "status": 403, "calls": 2}
    assert since == at - timedelta(seconds=60)
    async with asyncio.timeout(5):
        while (await picture(client))["bridges"]:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("trunk", "problems"),
    [
        ({"name": ""}, [("name", "MISSING"), ("host", "MISSING")]),
        ({"name": "T", "host": "10.0.0.1", "port": 0, "calls": 0, "ping_s": 1}, [("port", "OUT_OF_RANGE"), ("calls", "OUT_OF_RANGE"), ("ping_s", "OUT_OF_RANGE")]),
        ({"name": "T", "host": "10.0.0.1", "transport": "sctp"}, [("transport", "MALFORMED")]),
        ({"name": "T", "host": "10.0.0.1", "networks": ["0.0.0.0/0"]}, [("networks.0", "CONTRADICTS")]),
        ({"name": "T", "host": "10.0.0.1", "password": "x"}, [("login", "MISSING")]),
        ({"name": "T", "host": "10.0.0.1", "unheard_of": 1}, [("unheard_of", "UNKNOWN")]),
    ],
)  # fmt: skip
async def test_problems_name_their_fields_and_nothing_is_saved(api, client, trunk, problems):
    answer = await save(client, **trunk)
    assert [(x["field"], x["kind"]) for x in answer["problems"]] == problems
    assert (await picture(client))["trunks"] == []


async def test_two_of_one_name_and_two_editors_at_once(api, client):
    id = await saved(client, name="Operátor", host="10.0.0.1")
    assert (await save(client, name="Operátor", host="10.0.0.2"))["problems"] == [{"field": "name", "kind": "TAKEN"}]
    base = (await picture(client))["trunks"][0]["body"]
    assert (await save(client, id, base, **base | {"calls": 5}))["__typename"] == "SettingSaved"
    assert (await save(client, id, base, **base | {"calls": 6}))["code"] == "CHANGED_MEANWHILE"
    assert (await picture(client))["trunks"][0]["body"]["calls"] == 5
    assert (await save(client, 4711, **base))["code"] == "NOT_FOUND"


async def test_change_is_undone_and_a_removed_trunk_comes_back_without_its_password_and_is_not_used(
    api, bridge, client
):
    id = await saved(client, name="Operátor", host="10.0.0.1", inbound_login="oni", inbound_password=SECRET)
    await saved(client, id, name="Operátor", host="10.0.0.9", inbound_login="oni")
    newest = (await history(client, kind="trunks"))[0]
    assert newest["objects"][0]["differences"] == [{"field": "body.host", "before": "10.0.0.1", "after": "10.0.0.9"}]
    assert (await undo(client, newest["version"]))["__typename"] == "SettingsUndone"
    await bridge.told_trunks(lambda given: given and given[0].host == "10.0.0.1")
    assert told(bridge)[0].inbound == k.Login("oni", SECRET)
    await remove(client, id)
    removed = (await history(client, kind="trunks"))[0]
    assert (await undo(client, removed["version"]))["__typename"] == "SettingsUndone"
    (back,) = (await picture(client))["trunks"]
    assert (back["body"]["host"], back["lacksPassword"]) == ("10.0.0.1", True)
    await bridge.told_trunks(lambda given: given == ())  # without the peer's password anybody in its network could call


async def test_a_new_password_is_a_version_of_its_own_and_cannot_be_taken_back(api, bridge, client):
    id = await saved(client, name="Operátor", host="10.0.0.1", login="kc", password=SECRET)
    await saved(client, id, name="Operátor", host="10.0.0.1", login="kc", password=THEIRS)
    newest = (await history(client, kind="trunks"))[0]
    (changed,) = newest["objects"]
    assert (changed["id"], changed["made"]) == (str(id), False)
    assert changed["differences"] == [{"field": "password", "before": "old", "after": "new"}]
    assert (await undo(client, newest["version"], dry=True))["objects"] == []
    assert (await undo(client, newest["version"]))["__typename"] == "SettingsUndone"
    await bridge.told_trunks(lambda given: given and given[0].credentials == k.Login("kc", THEIRS))


async def test_only_an_administrator_sees_or_changes_trunks(api, server, client):
    await saved(client, name="Operátor", host="10.0.0.1")
    for login in ("dana", "jana", "tabule"):
        async with api.client() as other:
            await other.sign_in(login, server.logins[login].password)
            for attempt in (picture(other), save(other, name="Můj", host="10.0.0.2"), remove(other, 1)):
                with pytest.raises(GraphQLFailed):
                    await attempt
    assert [x["body"]["name"] for x in (await picture(client))["trunks"]] == ["Operátor"]
