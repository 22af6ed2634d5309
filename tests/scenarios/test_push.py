"""Pushes to agents' devices: what is told, to whom, once; a device that is gone; a sender that dies."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import text

from backend.domain.agent.notes import Note, NoteKind
from backend.domain.kernel.working_time import PRAGUE
from sip_bridge import contract as k
from tests.scenarios.test_call_control import do, me
from tests.scenarios.test_handsets import MOBILE, on_telephone
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.scenarios.test_toll import dial as dial_out
from tests.scenarios.test_toll import rules as toll_rules
from tests.support.api import Api
from tests.support.push_service import Device, PushService
from tests.support.scripted_bridge import ScriptedBridge
from tests.support.web import served

SUBSCRIBE = (
    "mutation($e: String!, $p: String!, $a: String!, $d: String!) {"
    " subscribeToPush(endpoint: $e, p256dh: $p, auth: $a, device: $d) { __typename ... on Refused { code } } }"
)


@pytest_asyncio.fixture
async def world(database_url):
    """An API that knows the stand-in push service beside those of the browsers, and a bridge."""
    service = PushService()
    async with served(service.app) as port, Api(database_url, push_hosts=f"127.0.0.1:{port}") as api:
        async with ScriptedBridge(api.bridge_url, api.link_token) as bridge:
            yield SimpleNamespace(api=api, bridge=bridge, service=service, url=f"http://127.0.0.1:{port}")


async def subscribe(client, url: str, device: Device, name: str = "phone", path: str = "one") -> str:
    values = {"e": f"{url}/{path}", "p": device.p256dh, "a": device.auth, "d": name}
    return (await client.run(SUBSCRIBE, **values))["subscribeToPush"]["__typename"]


async def notes(service: PushService, device: Device, count: int, path: str = "one") -> list[dict]:
    async with asyncio.timeout(10):
        while len([x for x in service.posted if x[0] == path]) < count:
            await asyncio.sleep(0.02)
    return [device.opened(body) for at, _, body in service.posted if at == path]


async def quiet(api: Api) -> None:
    """The log has been followed to its end, and nothing waits to be sent."""
    async with asyncio.timeout(10):
        while await api.kc.notifier.store.follow() or await _unsent(api):
            await asyncio.sleep(0.02)


async def _unsent(api: Api) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(
            text("SELECT count(*) FROM push_note WHERE sent_at IS NULL AND expires_at > now()")
        )


async def test_agt_04_an_offer_rings_by_push_without_anything_of_the_client_and_is_taken_back(world, server):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    device = Device()
    assert await subscribe(jana, world.url, device) == "Done"
    leg = await walk_to_queue(world.bridge, caller="+420777123456")
    (ring,) = await notes(world.service, device, 1)
    until = ring.pop("until")
    assert datetime.now(UTC) < datetime.fromisoformat(until) < datetime.now(UTC) + timedelta(seconds=61)
    queue = world.api.kc.services.desk.settings.queues[1].name
    assert ring == {
        "kind": "offer", "tag": leg, "queue": queue, "alert": None, "title": None, "body": None, "path": "/", "lang": None,
    }  # fmt: skip
    _, headers, body = world.service.posted[0]
    assert b"777" not in body and headers["urgency"] == "high" and 0 < int(headers["ttl"]) <= 60
    mine = f"agent-{me(jana)}"
    await world.bridge.command(k.DialLeg, mine)
    world.bridge.report(k.LegAnswered(leg=mine))
    await world.bridge.command(k.Play, mine)
    world.bridge.report(k.DigitPressed(leg=mine, digit="1", source=k.DigitSource.RFC4733))
    _, cancelled = await notes(world.service, device, 2)
    assert (cancelled["kind"], cancelled["tag"]) == ("cancel", leg), "answered"
    topics = {headers["topic"] for _, headers, _ in world.service.posted}
    assert len(topics) == 1 and len(topics.pop()) == 32, "the newer replaces the older also on its way"


async def test_who_sends_is_signed_for_the_push_service(world, server):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    key = (await jana.run("{ pushKey }"))["pushKey"]
    device = Device()
    await subscribe(jana, world.url, device)
    await walk_to_queue(world.bridge)
    await notes(world.service, device, 1)
    scheme, fields = world.service.posted[0][1]["authorization"].split(" ", 1)
    shown = dict(x.strip().split("=", 1) for x in fields.split(","))
    assert scheme == "vapid" and shown["k"].rstrip("=") == key
    head, claims, signature = shown["t"].split(".")
    raw = _raw(signature)
    encoded = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
    public.verify(encoded, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(_raw(claims))["aud"] == world.url


def _raw(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


async def test_a_missed_offer_says_so_and_ready_again_takes_it_away(world, server):
    async with world.api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE queue SET ring_timeout_s = 3"))  # what rings no more is not sent
    await world.api.kc.reload_settings()
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    device = Device()
    await subscribe(jana, world.url, device)
    await walk_to_queue(world.bridge)
    told = await notes(world.service, device, 3)
    assert sorted(x["kind"] for x in told) == ["cancel", "missed", "offer"]
    await jana.run("mutation { setPresence(presence: READY) { __typename } }")
    last = (await notes(world.service, device, 4))[3]
    assert (last["kind"], last["tag"]) in (("cancel", "presence"), ("offer", told[0]["tag"]))


async def test_whose_browser_has_the_telephone_is_rung_on_that_device_only(world, server):
    jana = await ready_agent(world.api, server)
    desktop, phone = Device(), Device()
    owner = next(iter(jana.desk.agents.values()))["phoneOwner"]
    assert await subscribe(jana, world.url, desktop, name=owner.partition(".")[0], path="desktop") == "Done"
    assert await subscribe(jana, world.url, phone, path="phone") == "Done"
    await walk_to_queue(world.bridge)
    await notes(world.service, desktop, 1, "desktop")
    await quiet(world.api)
    assert [path for path, _, _ in world.service.posted] == ["desktop"]


async def test_a_device_that_took_its_subscription_back_is_forgotten_and_others_are_not(world, server):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    gone, there = Device(), Device()
    await subscribe(jana, world.url, gone, path="gone")
    world.service.answers = [410]
    await walk_to_queue(world.bridge)
    await notes(world.service, gone, 1, "gone")
    async with asyncio.timeout(5):
        while await world.api.kc.services.notes.devices(me(jana)):
            await asyncio.sleep(0.02)
    await subscribe(jana, world.url, there, path="there")
    await world.api.kc.notifier.to_user(
        me(jana),
        Note(kind=NoteKind.ALERT, tag="a", title="Dlouhé čekání", until=datetime.now(UTC) + timedelta(minutes=1)),
    )
    assert (await notes(world.service, there, 1, "there"))[0]["title"] == "Dlouhé čekání"
    assert [path for path, _, _ in world.service.posted].count("gone") == 1


async def test_a_supervisor_away_from_the_screen_is_pushed_that_calls_go_out_no_more(world, server):
    dana = world.api.client()
    await dana.sign_in("dana", server.logins["dana"].password)
    device = Device()
    assert await subscribe(dana, world.url, device) == "Done"
    jana = await ready_agent(world.api, server)
    assert (await toll_rules(world.api, server, agent_a_day=1))["__typename"] == "SettingSaved"
    await do(jana, "hangUp", (await dial_out(jana, "602 333 444"))["id"])
    for number in ("+421905123456", "+421905123457"):
        assert (await dial_out(jana, number))["detail"] == "agent_a_day"
    (note,) = await notes(world.service, device, 1)
    name = world.api.kc.desk.settings.agents[me(jana)].name
    assert (note["kind"], note["alert"], note["body"], note["path"]) == (
        "alert", "outside_calls", f"+421905… · {name}", "/floor",
    )  # fmt: skip
    await quiet(world.api)
    assert len(world.service.posted) == 1, "once"


async def test_leaders_away_from_the_screen_are_pushed_that_a_trunk_is_down_and_agents_are_not(world, server):
    devices = {"dana": Device(), "spravce": Device(), "jana": Device()}
    for login, device in devices.items():
        client = world.api.client()
        await client.sign_in(login, server.logins[login].password)
        assert await subscribe(client, world.url, device, path=login) == "Done"
    found = k.TrunkState(name="Operátor", reachable=k.TrunkHealth.DOWN, since_s=60.0, status=0)
    at = datetime.now(UTC)
    for _ in range(2):
        world.bridge.report(k.TrunksChanged(trunks=(found,), given=True, expires_s=45.0), at)
    since = (at - timedelta(seconds=60)).astimezone(PRAGUE)
    for login in ("dana", "spravce"):
        (note,) = await notes(world.service, devices[login], 1, login)
        assert (note["kind"], note["alert"], note["body"], note["path"]) == (
            "alert", "trunk_down", f"Operátor · {since:%H:%M}", "/floor",
        )  # fmt: skip
    await quiet(world.api)
    assert sorted(path for path, _, _ in world.service.posted) == ["dana", "spravce"], "once, and nobody else"


async def test_a_push_service_in_trouble_is_asked_again_until_it_has_the_note(world, server):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    device = Device()
    await subscribe(jana, world.url, device)
    world.service.answers = [503, 429]
    await walk_to_queue(world.bridge)
    told = await notes(world.service, device, 3)
    await quiet(world.api)
    assert {x["kind"] for x in told} == {"offer"} and len(world.service.posted) == 3


async def test_a_sender_that_dies_before_or_after_sending_loses_no_note(world, server, monkeypatch):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    device = Device()
    await subscribe(jana, world.url, device)
    store = world.api.kc.notifier.store
    monkeypatch.setattr("backend.adapters.postgres.notes.CLAIMED_FOR", timedelta(seconds=0.5))
    monkeypatch.setattr(type(store), "sent", _dies_once(type(store).sent))
    await walk_to_queue(world.bridge)
    first, second = await notes(world.service, device, 2)
    await quiet(world.api)
    assert first == second, "the same tag: the device shows it once"
    assert len(world.service.posted) == 2


def _dies_once(sent):
    died = []

    async def instead(self, parcel, now):
        if not died:
            died.append(1)
            raise RuntimeError("killed after the push service had the note")
        await sent(self, parcel, now)

    return instead


async def test_an_address_that_is_no_push_service_and_keys_that_are_none_are_refused(world, server):
    async with world.api.client() as jana:
        await jana.sign_in("jana", server.logins["jana"].password)
        for endpoint in (
            "http://169.254.169.254/x",
            "https://evil.example/push.apple.com",
            "https://u@fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "",
        ):
            values = {"e": endpoint, "p": Device().p256dh, "a": Device().auth, "d": "x"}
            assert (await jana.run(SUBSCRIBE, **values))["subscribeToPush"]["code"] == "BAD_INPUT", endpoint
        values = {"e": "https://fcm.googleapis.com/fcm/send/x", "p": "AAAA", "a": "AA", "d": "x"}
        assert (await jana.run(SUBSCRIBE, **values))["subscribeToPush"]["code"] == "BAD_INPUT"
        user = (await jana.run("{ me { id } }"))["me"]["id"]
        assert await world.api.kc.services.notes.devices(user) == 0


RING = "mutation($on: Boolean!) { ringByPush(on: $on) { ... on AgentNow { rungByPush presence } ... on Refused { code } } }"


async def test_agt_04_with_the_app_closed_a_push_rings_and_the_telephone_that_is_opened_takes_the_call(world, server):
    jana = world.api.client()
    await jana.sign_in("jana", server.logins["jana"].password)
    jana.desk = await jana.live("desk")
    device = Device()
    assert (await jana.run(RING, on=True))["ringByPush"]["code"] == "NOT_FOUND", "there is nothing to push to"
    await subscribe(jana, world.url, device)
    assert (await jana.run(RING, on=True))["ringByPush"]["rungByPush"]
    await jana.run("mutation { setPresence(presence: READY) { __typename } }")
    leg = await walk_to_queue(world.bridge)
    await notes(world.service, device, 1)
    assert (await do(jana, "acceptOffer", leg))["code"] == "PHONE_NOT_CONNECTED", "nobody talks into silence"
    opened = await jana.run('mutation { openSoftphone(owner: "phone.1", offerSdp: "v=0") { __typename } }')
    assert opened["openSoftphone"]["__typename"] == "SoftphoneOpened"
    await jana.desk.until(lambda v: v.agents[me(jana)]["phoneConnected"])
    assert (await do(jana, "acceptOffer", leg))["phase"] == "ACTIVE"
    assert (await notes(world.service, device, 2))[1]["kind"] == "cancel"


async def test_agt_04_who_loses_the_last_device_is_waited_for_no_more(world, server):
    jana = world.api.client()
    await jana.sign_in("jana", server.logins["jana"].password)
    await subscribe(jana, world.url, Device())
    await jana.run(RING, on=True)
    await jana.run("mutation { setPresence(presence: READY) { __typename } }")
    await jana.run("mutation($e: String!) { unsubscribeFromPush(endpoint: $e) { __typename } }", e=f"{world.url}/one")
    jana.desk = await jana.live("desk")
    now = await jana.desk.until(lambda v: next(iter(v.agents.values()), None))
    assert (now["presence"], now["reason"]) == ("NOT_READY", "phone_lost")


async def test_the_language_of_the_screens_is_the_accounts_and_pushes_name_it(world, server):
    jana = await on_telephone(world.api, server, "MOBILE", MOBILE)
    await jana.run("mutation { chooseLocale(locale: SK) { __typename } }")
    assert (await jana.run("{ me { locale } }"))["me"]["locale"] == "SK"
    device = Device()
    await subscribe(jana, world.url, device)
    await walk_to_queue(world.bridge)
    assert (await notes(world.service, device, 1))[0]["lang"] == "sk"


async def test_sup_an_alert_is_pushed_to_those_who_may_see_it_and_to_nobody_else(world, server):
    devices = {"dana": Device(), "petr": Device()}
    clients = []
    for login, device in devices.items():
        client = world.api.client()
        clients.append(client)
        await client.sign_in(login, server.logins[login].password)
        await subscribe(client, world.url, device, path=login)
    await clients[0].run(
        "mutation($l: JSON!) { saveAlertSettings(settings: $l) { __typename } }",
        l={"limits": [{"kind": "waiting", "after_s": 1}]},
    )
    leg = await walk_to_queue(world.bridge)
    (told,) = await notes(world.service, devices["dana"], 1, "dana")
    queue = world.api.kc.services.desk.settings.queues[1].name
    assert (told["kind"], told["alert"], told["body"], told["path"]) == ("alert", "waiting", queue, "/floor")
    assert leg in told["tag"]
    await quiet(world.api)
    assert [path for path, _, _ in world.service.posted] == ["dana"]
