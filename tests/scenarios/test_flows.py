"""Voice menus: edited, published, rolled back, walked by callers; entries, sub-flows, notices, look-ups, recorded prompts."""

import asyncio
import io
from datetime import timedelta

import numpy as np
import pytest_asyncio
import soundfile
from fastapi import FastAPI, Request
from sqlalchemy import text

from backend.adapters.look_up import HttpLookUp
from backend.application.voice import prompt_key
from backend.demo import CALLER, NUMBER
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.support.api import Api, Client
from tests.support.scripted_bridge import ScriptedBridge
from tests.support.web import served

RULES = (
    "mutation($r: JSON!) { saveEntryRules(rules: $r) { __typename ... on SettingSaved { id }"
    " ... on SettingRefused { problems { field kind } } } }"
)
PUBLISHED = "{ __typename ... on FlowPublished { id version } ... on FlowRefused { problems { kind node } } ... on Refused { code detail } }"


class Menus:
    """An administrator who edits voice menus."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def save(self, body: dict, id: int | None = None) -> tuple[int, list]:
        answer = await self.client.run(
            "mutation($b: JSON!, $i: Int) { saveFlow(body: $b, id: $i) { __typename ... on FlowSaved { id problems { kind"
            " node } } ... on Refused { code detail } } }",
            b=body,
            i=id,
        )
        saved = answer["saveFlow"]
        assert saved["__typename"] == "FlowSaved", saved
        return saved["id"], saved["problems"]

    async def publish(self, id: int) -> dict:
        answer = await self.client.run(f"mutation($i: Int!) {{ publishFlow(id: $i) {PUBLISHED} }}", i=id)
        return answer["publishFlow"]

    async def put(self, body: dict, id: int | None = None) -> int:
        """Save and publish; the flow's id."""
        id, problems = await self.save(body, id)
        assert problems == []
        assert (await self.publish(id))["__typename"] == "FlowPublished"
        return id

    async def lead(self, flow: int) -> None:
        """Calls to the demo's number go to this flow."""
        rules = {"number": NUMBER, "default": {"type": "flow", "flow": flow}, "rules": []}
        version = (await self.client.run(RULES, r=rules))["saveEntryRules"]["id"]
        await self.client.run(
            "mutation($n: String!, $v: Int!) { publishEntryRules(number: $n, version: $v) { __typename } }",
            n=NUMBER,
            v=version,
        )


@pytest_asyncio.fixture
async def menus(api, server):
    client = api.client()
    assert (await client.sign_in("spravce", server.logins["spravce"].password))["__typename"] == "SignedIn"
    return Menus(client)


def flow(name: str = "Zkouška", start: str = "a", **nodes) -> dict:
    return {
        "name": name,
        "start": start,
        "nodes": {"konec": {"type": "hang_up"}, **nodes} if needs_end(nodes) else nodes,
    }


def needs_end(nodes: dict) -> bool:
    return any("konec" in str(node) for node in nodes.values())


async def call(bridge: ScriptedBridge, caller: str | None = CALLER) -> str:
    leg = bridge.call(caller, NUMBER)
    await bridge.command(k.AnswerLeg, leg)
    bridge.report(k.LegAnswered(leg=leg))
    return leg


async def hears(bridge: ScriptedBridge, leg: str, words: str | None = None, key: str | None = None) -> k.Play:
    """The next thing played to the caller, which is this text or audio."""
    play = await bridge.command(k.Play, leg)
    assert play.sources[0] == k.Prompt(key or prompt_key(words)), words
    return play


def said(bridge: ScriptedBridge, leg: str, play: k.Play) -> None:
    bridge.report(k.PlayFinished(leg=leg, play=play.play, outcome=k.PlayOutcome.COMPLETED))


def press(bridge: ScriptedBridge, leg: str, keys: str) -> None:
    for key in keys:
        bridge.report(k.DigitPressed(leg=leg, digit=key, source=k.DigitSource.RFC4733))


async def contact(api: Api, leg: str) -> dict:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT state FROM interaction WHERE id = CAST(:i AS uuid)"), {"i": leg})


async def queue_id(menus: Menus, name: str = "Pojištění") -> int:
    queues = (await menus.client.run("{ settings { queues { id name } } }"))["settings"]["queues"]
    return next(q["id"] for q in queues if q["name"] == name)


async def test_in_14_ivr_01_an_entry_with_check_digits_sets_what_the_agent_sees(api, server, bridge, menus):
    queue = await queue_id(menus)
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "collect", "text": "Zadejte číslo.", "variable": "cp", "least": 9, "most": 10, "attempts": 2,
                   "check": "insured_number", "invalid_text": "Nesouhlasí.", "next": "b", "otherwise": "konec"},
                b={"type": "set", "name": "problem", "value": "průkaz {cp}", "next": "c"},
                c={"type": "speak", "text": "Děkujeme, {name}.", "next": "q"},
                q={"type": "queue", "queue": queue},
            )
        )
    )  # fmt: skip
    agent = await ready_agent(api, server)
    leg = await call(bridge, "+420604777888")
    await hears(bridge, leg, "Zadejte číslo.")
    press(bridge, leg, "1234567890")
    await hears(bridge, leg, "Nesouhlasí. Zadejte číslo.")
    press(bridge, leg, "9107152220")
    said(bridge, leg, await hears(bridge, leg, "Děkujeme, Řehoř Šťastný."))
    await agent.desk.until(lambda v: v.contacts.get(leg))
    shown = await agent.run("query($c: ID!) { contact(id: $c) { contact { attributes { name value } } } }", c=leg)
    assert shown["contact"]["contact"]["attributes"] == [{"name": "problem", "value": "průkaz 9107152220"}]
    assert (await contact(api, leg))["ivr"]["variables"] == {"cp": "9107152220"}


async def test_in_08_a_problem_is_announced_while_it_is_switched_on(api, bridge, menus, server):
    boss = api.client()
    await boss.sign_in("dana", server.logins["dana"].password)
    saved = await boss.run(
        'mutation { saveNotice(name: "Výpadek", text: "Portál dnes nejde.") { __typename ... on FlowSaved { id } } }'
    )
    notice = saved["saveNotice"]["id"]
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "notice", "notice": notice, "next": "m"},
                m={"type": "menu", "text": "Stiskněte.", "choices": {"1": "konec"}, "otherwise": "konec"},
            )
        )
    )
    switch = "mutation($i: Int!, $o: Boolean!, $u: DateTime) { switchNotice(id: $i, on: $o, until: $u) { __typename } }"
    await hears(bridge, await call(bridge), "Stiskněte.")
    assert (await boss.run(switch, i=notice, o=True))["switchNotice"]["__typename"] == "Done"
    leg = await call(bridge)
    said(bridge, leg, await hears(bridge, leg, "Portál dnes nejde."))
    await hears(bridge, leg, "Stiskněte.")
    await boss.run(switch, i=notice, o=False)
    await hears(bridge, await call(bridge), "Stiskněte.")
    past = (api.kc.desk.clock() - timedelta(minutes=1)).isoformat()
    assert (await boss.run(switch, i=notice, o=True, u=past))["switchNotice"]["__typename"] == "Refused"
    soon = api.kc.desk.clock() + timedelta(seconds=4)
    await boss.run(switch, i=notice, o=True, u=soon.isoformat())
    await hears(bridge, await call(bridge), "Portál dnes nejde.")
    while api.kc.desk.clock() <= soon:
        await asyncio.sleep(0.05)
    await hears(bridge, await call(bridge), "Stiskněte.")


async def test_a_sub_flow_returns_and_a_running_call_ends_in_the_version_it_began_in(api, bridge, menus):
    sub = await menus.put(
        flow(
            "PIN",
            a={"type": "collect", "text": "PIN?", "variable": "pin", "most": 2, "next": "r", "otherwise": "r"},
            r={"type": "return"},
        )
    )
    body = lambda words: flow(  # noqa: E731
        a={"type": "sub_flow", "flow": sub, "next": "b"},
        b={"type": "menu", "text": f"{words} {{pin|digits}}", "choices": {"1": "konec"}, "otherwise": "konec"},
    )
    main = await menus.put(body("Staré"))
    await menus.lead(main)
    leg = await call(bridge)
    await hears(bridge, leg, "PIN?")
    await menus.put(body("Nové"), main)
    press(bridge, leg, "42")
    await hears(bridge, leg, "Staré čtyři, dva")
    fresh = await call(bridge)
    await hears(bridge, fresh, "PIN?")
    press(bridge, fresh, "17")
    await hears(bridge, fresh, "Nové jedna, sedm")
    rolled = await menus.client.run(f"mutation($i: Int!) {{ rollBackFlow(id: $i, version: 1) {PUBLISHED} }}", i=main)
    assert rolled["rollBackFlow"] == {"__typename": "FlowPublished", "id": main, "version": 3}
    third = await call(bridge)
    await hears(bridge, third, "PIN?")
    press(bridge, third, "17")
    await hears(bridge, third, "Staré jedna, sedm")


async def test_a_draft_may_be_wrong_and_is_not_published(menus):
    id, problems = await menus.save(flow(a={"type": "speak", "text": "", "next": "nikam"}))
    assert {(p["kind"], p["node"]) for p in problems} == {("EMPTY_TEXT", "a"), ("MISSING_NODE", "a")}
    refused = await menus.publish(id)
    assert refused["__typename"] == "FlowRefused" and len(refused["problems"]) == 2
    lines = (await menus.client.run("{ flows { id version draftSavedAt } }"))["flows"]
    assert next(x for x in lines if x["id"] == id)["version"] is None
    await menus.save(flow(a={"type": "hang_up", "text": "Konec."}), id)
    assert (await menus.publish(id))["version"] == 1
    for nonsense in ({"name": "x"}, {"name": "x", "start": "a", "nodes": {"a": {"type": "nesmysl"}}}, [1], "x"):
        answer = await menus.client.run(
            "mutation($b: JSON!) { saveFlow(body: $b) { __typename ... on Refused { code } } }", b=nonsense
        )
        assert answer["saveFlow"] == {"__typename": "Refused", "code": "BAD_INPUT"}


async def test_a_caller_is_simulated_step_by_step(menus):
    queue = await queue_id(menus)
    body = flow(
        a={"type": "speak", "text": "Dobrý den.", "next": "m"},
        m={"type": "menu", "text": "1 nebo 2?", "choices": {"1": "h"}, "otherwise": "konec", "attempts": 1},
        h={"type": "condition", "subject": "hour", "comparison": "between", "values": ["08:00", "18:00"], "then": "q", "otherwise": "konec"},
        q={"type": "queue", "queue": queue},
    )  # fmt: skip
    ask = (
        "query($b: JSON!, $i: JSON!, $at: DateTime) { simulateFlow(body: $b, inputs: $i, at: $at) { __typename"
        " ... on Simulation { steps { given path node says awaits exit } } ... on Refused { code detail } } }"
    )
    inputs = [{"type": "PromptFinished", "step": 1}, {"type": "KeyPressed", "key": "1"}]
    day = (await menus.client.run(ask, b=body, i=inputs, at="2026-11-23T10:00:00+01:00"))["simulateFlow"]["steps"]
    assert [(s["given"], s["path"], s["says"], s["awaits"]) for s in day] == [
        ("start", ["a"], "Dobrý den.", "key"),
        ("PromptFinished", ["m"], "1 nebo 2?", "key"),
        ("1", ["h", "q"], None, "end"),
    ]
    assert day[-1]["exit"]["queue"] == queue
    night = (await menus.client.run(ask, b=body, i=inputs, at="2026-11-23T22:00:00+01:00"))["simulateFlow"]["steps"]
    assert night[-1]["path"] == ["h", "konec"]
    circle = flow(a={"type": "set", "name": "x", "value": "1", "next": "a"})
    assert (await menus.client.run(ask, b=circle, i=[]))["simulateFlow"]["code"] == "BAD_INPUT"
    assert (await menus.client.run(ask, b=body, i=[{"type": "?"}]))["simulateFlow"]["code"] == "BAD_INPUT"


async def test_ivr_03_a_service_is_asked_and_the_answer_is_spoken_or_the_caller_goes_on(api, bridge, menus):
    web, asked = FastAPI(), []

    @web.post("/debt")
    async def debt(request: Request):
        asked.append(await request.json())
        if asked[-1]["caller"] == CALLER:
            return {"debt": 1250.5, "till": "2026-12-24", "list": [1]}
        await asyncio.sleep(5)

    async with served(web) as port:
        host = f"127.0.0.1:{port}"
        api.kc.flows.hosts = frozenset({host})
        api.kc.look_ups._service = HttpLookUp(frozenset({host}))
        look = {
            "type": "look_up",
            "url": f"http://{host}/debt",
            "takes": ["debt", "till"],
            "next": "b",
            "failed": "c",
            "timeout_s": 0.5,
        }
        await menus.lead(
            await menus.put(
                flow(
                    a=look,
                    b={"type": "speak", "text": "Dluh {debt|amount} do {till|date}.", "next": "konec"},
                    c={"type": "speak", "text": "Údaj teď nemáme.", "next": "konec"},
                )
            )
        )
        leg = await call(bridge)
        words = (
            "Dluh tisíc dvě stě padesát korun a padesát haléřů do dvacátého čtvrtého prosince dva tisíce dvacet šest."
        )
        await hears(bridge, leg, words)
        slow = await call(bridge, "+420602111222")
        await hears(bridge, slow, "Údaj teď nemáme.")
        assert asked[0]["caller"] == CALLER and asked[0]["dialled"] == NUMBER
    gone = await call(bridge)
    await hears(bridge, gone, "Údaj teď nemáme.")
    refused, problems = await menus.save(
        flow(a={**look, "url": "http://169.254.169.254/", "next": "konec", "failed": "konec"})
    )
    assert refused and [p["kind"] for p in problems] == ["BAD_URL"]


def sound(rate: int = 44100, seconds: float = 1.0, kind: str = "WAV") -> bytes:
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    made = io.BytesIO()
    soundfile.write(made, np.stack([tone, tone], 1), rate, format=kind)
    return made.getvalue()


async def test_ivr_01_a_recorded_prompt_is_uploaded_and_played_to_callers(api, bridge, menus, server):
    http = menus.client.http
    up = await http.post("/prompts?name=Uvítání", content=sound())
    assert up.status_code == 200 and abs(up.json()["durationMs"] - 1000) < 20
    key = up.json()["key"]
    again = await http.post("/prompts?name=Uvítání", content=sound())
    assert again.json()["key"] == key
    assert (await http.post("/prompts?name=X", content=sound(kind="FLAC", rate=16000))).status_code == 200
    for bad in (b"", b"nonsense" * 100, sound(seconds=0.01), bytes(200_000)):
        answer = await http.post("/prompts?name=Y", content=bad)
        assert answer.status_code == 422, answer.text
    assert (await http.post("/prompts?name=", content=sound())).status_code == 400
    assert (await http.post("/prompts?name=Z", content=bytes(21 * 1024 * 1024))).status_code == 413
    agent = api.client()
    await agent.sign_in("jana", server.logins["jana"].password)
    assert (await agent.http.post("/prompts?name=W", content=sound())).status_code == 403
    assert (await agent.http.get(f"/prompts/{key}/audio")).status_code == 404
    assert (await api.client().http.get(f"/prompts/{key}/audio")).status_code == 401
    listed = (await menus.client.run("{ prompts { key name durationMs url } }"))["prompts"]
    assert {p["name"] for p in listed} == {"Uvítání", "X"}
    played = await http.get(f"/prompts/{key}/audio")
    samples, rate = soundfile.read(io.BytesIO(played.content), dtype="int16")
    assert rate == 8000 and samples.ndim == 1 and abs(samples).max() > 15000
    fetched = await api.client().http.get(f"/prompts/{key}.wav", headers={"Authorization": f"Bearer {api.link_token}"})
    assert fetched.content == played.content, "a bridge gets the same audio"
    await menus.lead(
        await menus.put(
            flow(a={"type": "menu", "text": "", "prompt": key, "choices": {"1": "konec"}, "otherwise": "konec"})
        )
    )
    await hears(bridge, await call(bridge), key=key)


async def test_rep_04_an_answer_to_a_survey_is_kept_with_the_contact(api, bridge, menus):
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "survey", "text": "Doporučíte nás?", "question": "nps", "lowest": 0, "highest": 10, "next": "konec", "otherwise": "konec"}
            )
        )
    )  # fmt: skip
    leg = await call(bridge)
    await hears(bridge, leg, "Doporučíte nás?")
    press(bridge, leg, "9")
    await bridge.command(k.HangUpLeg, leg)
    assert (await contact(api, leg))["ivr"]["answers"] == {"nps": 9}


async def test_ivr_01_06_thirty_flows_of_fifty_nodes_change_while_fifty_callers_walk_them(api, bridge, menus):
    """Whoever began in a version ends in it."""
    begun: dict[str, str] = {}

    def body(n: int, version: int) -> dict:
        nodes = {
            f"n{i}": {"type": "menu", "text": f"Strom {n} verze {version} krok {i}", "choices": {"1": f"n{i + 1}"}, "otherwise": "konec"}
            for i in range(48)
        }  # fmt: skip
        return {
            "name": f"Strom {n}",
            "start": "n0",
            "nodes": {**nodes, "n48": {"type": "hang_up"}, "konec": {"type": "hang_up"}},
        }

    ids = [await menus.put(body(n, 1)) for n in range(30)]
    lines = (await menus.client.run("{ flows { id } }"))["flows"]
    assert {x["id"] for x in lines} >= set(ids) and len(set(ids)) == 30

    async def walk(n: int, version: int, steps: int) -> None:
        leg = await call(bridge)
        for step in range(steps):
            await hears(bridge, leg, f"Strom {n} verze {version} krok {step}")
            if step == 1:
                begun[leg] = f"{n}"
                await all_begun.wait()
            press(bridge, leg, "1")
        await hears(bridge, leg, f"Strom {n} verze {version} krok {steps}")

    all_begun = asyncio.Event()
    walkers = []
    for n in range(25):
        await menus.lead(ids[n])
        walkers += [asyncio.create_task(walk(n, 1, 4)) for _ in range(2)]
        async with asyncio.timeout(30):
            while len(begun) < 2 * (n + 1):
                await asyncio.sleep(0.01)
    await asyncio.gather(*(menus.put(body(n, 2), ids[n]) for n in range(30)))
    all_begun.set()
    await asyncio.wait_for(asyncio.gather(*walkers), 90)
    await menus.lead(ids[29])
    await hears(bridge, await call(bridge), "Strom 29 verze 2 krok 0")
