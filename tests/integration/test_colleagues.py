"""The transfer panel's data: colleagues live and without anything private, and favourites of each user."""

import json

import websockets

from backend.domain.agent.model import Presence

COLLEAGUES = "subscription { colleagues { snapshot cursor colleagues { userId name activity activitySince } } }"
SET = "mutation($k: TargetKind!, $t: String!, $f: Boolean!) { setFavourite(kind: $k, target: $t, favourite: $f) { __typename } }"
FAVOURITES = "{ transferTargets { groups { name members } favourites { kind target } } }"


async def test_agt_25_an_agent_sees_live_who_is_free_and_who_is_away(api, server):
    kc = api.kc
    async with api.client() as jana, api.client() as petr:
        await jana.sign_in("jana", server.logins["jana"].password)
        me = await petr.sign_in("petr", server.logins["petr"].password)
        assert me["__typename"] == "SignedIn"
        id = (await petr.run("{ me { id } }"))["me"]["id"]
        url = jana.url.replace("http", "ws") + "/graphql"
        async with websockets.connect(
            url,
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Cookie": jana.cookie_header()},
            proxy=None,
        ) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": COLLEAGUES}}))
            first = json.loads(await socket.recv())["payload"]["data"]["colleagues"]
            assert first["snapshot"] and {x["name"] for x in first["colleagues"]} >= {"Jana Nováková", "Petr Svoboda"}
            await kc.desk.set_presence(id, Presence.BREAK, "1")
            while True:
                update = json.loads(await socket.recv())["payload"]["data"]["colleagues"]
                if any(x["userId"] == id and x["activity"] == "BREAK" for x in update["colleagues"]):
                    break


async def test_agt_26_favourites_are_each_users_own(api, server):
    async with api.client() as jana, api.client() as petr:
        await jana.sign_in("jana", server.logins["jana"].password)
        await petr.sign_in("petr", server.logins["petr"].password)

        async def put(kind: str, target: str, favourite: bool) -> str:
            return (await jana.run(SET, k=kind, t=target, f=favourite))["setFavourite"]["__typename"]

        assert await put("NUMBER", "+420777123456", True) == "Done"
        assert await put("NUMBER", "+420777123456", True) == "Done", "twice is once"
        assert await put("QUEUE", "1", True) == "Done"
        assert await put("AGENT", "Petr", True) == "Refused"
        assert await put("NUMBER", "'; DROP TABLE", True) == "Refused"
        assert await put("QUEUE", "1", False) == "Done"
        mine = (await jana.run(FAVOURITES))["transferTargets"]
        assert mine["favourites"] == [{"kind": "NUMBER", "target": "+420777123456"}]
        assert [g["name"] for g in mine["groups"]] == [
            "Asistenční služba",
            "Externí call centrum",
            "KKC",
            "Zkušení operátoři",
        ]
        assert (await petr.run(FAVOURITES))["transferTargets"]["favourites"] == []
        for n in range(120):
            answer = await put("AGENT", str(n), True)
        assert answer == "Refused", "a hundred is enough"
