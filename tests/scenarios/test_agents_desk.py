"""What an agent does with a call at the desk: keys of the menu, hold, end, breaks, clients, categories, the transfer panel."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
import websockets

from backend.demo import CALLER
from sip_bridge import contract as k
from tests.scenarios.test_call_control import colleague, do, edges, ended, me, talking
from tests.scenarios.test_flows import Menus, call, flow, hears, menus, queue_id  # noqa: F401 - a fixture
from tests.scenarios.test_inbound_call import act, ready_agent, walk_to_queue
from tests.support.api import Client

PRESENCE = "{ __typename ... on AgentNow { presence reason } ... on Refused { code } }"


# ---- the caller's keys


async def test_in_13_a_choice_in_the_menu_leads_into_another_voice_application(api, bridge, menus):  # noqa: F811
    portal = await menus.put(
        flow(
            "Portál", a={"type": "menu", "text": "Vítejte v portálu.", "choices": {"1": "konec"}, "otherwise": "konec"}
        )
    )
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "menu", "text": "Pro portál dvojka.", "choices": {"2": "p"}, "otherwise": "konec"},
                p={"type": "flow", "flow": portal},
            )
        )
    )
    leg = await call(bridge)
    await hears(bridge, leg, "Pro portál dvojka.")
    bridge.report(k.DigitPressed(leg=leg, digit="2", source=k.DigitSource.RFC4733))
    await hears(bridge, leg, "Vítejte v portálu.")
    shown = await menus.client.run("query($c: ID!) { contact(id: $c) { contact { phase } steps { kind } } }", c=leg)
    assert shown["contact"]["contact"]["phase"] == "IN_IVR"
    assert [s["kind"] for s in shown["contact"]["steps"]].count("IvrEntered") == 2, (
        "both applications are in the history"
    )


@pytest.mark.parametrize("source", list(k.DigitSource))
async def test_ivr_02_keys_lead_through_the_menu_however_the_telephone_sends_them(api, bridge, menus, source):  # noqa: F811
    queue = await queue_id(menus)
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "menu", "text": "První patro.", "choices": {"1": "b"}, "otherwise": "konec", "attempts": 2,
                   "invalid_text": "Tuto volbu nemáme."},
                b={"type": "menu", "text": "Druhé patro.", "choices": {"#": "q", "*": "a"}, "otherwise": "konec"},
                q={"type": "queue", "queue": queue},
            )
        )
    )  # fmt: skip
    leg = await call(bridge)

    def press(key: str) -> None:
        bridge.report(k.DigitPressed(leg=leg, digit=key, source=source))

    await hears(bridge, leg, "První patro.")
    press("7")
    await hears(bridge, leg, "Tuto volbu nemáme. První patro.")
    press("1")
    await hears(bridge, leg, "Druhé patro.")
    press("*")
    await hears(bridge, leg, "První patro.")
    press("1")
    await hears(bridge, leg, "Druhé patro.")
    press("#")
    assert (await bridge.command(k.Play, leg)).loop_last, "music: the caller waits"
    assert (await api.kc.readers.contact(leg)).queue == queue


# ---- hold, end


async def test_in_20_agt_24_a_held_customer_hears_music_and_nobody_until_resumed(api, server, bridge):
    agent, leg, hers = await talking(api, server, bridge)
    assert (await do(agent, "hold", leg))["phase"] == "ACTIVE"
    assert edges(await bridge.command(k.SetTopology, leg)) == set()
    music = await bridge.command(k.Play, leg)
    assert music.loop_last and isinstance(music.sources[0], k.Music)
    assert isinstance((await bridge.command(k.PauseRecording)), k.PauseRecording)
    again = await do(agent, "hold", leg)
    assert again["__typename"] == "Contact", "twice is once"
    await do(agent, "resume", leg)
    await bridge.command(k.StopPlay, leg)
    assert edges(await bridge.command(k.SetTopology, leg)) == {(leg, hers), (hers, leg)}
    assert isinstance((await bridge.command(k.ResumeRecording)), k.ResumeRecording)
    shown = await agent.run("query($c: ID!) { contact(id: $c) { contact { heldSince heldSeconds } } }", c=leg)
    assert shown["contact"]["contact"]["heldSince"] is None and shown["contact"]["contact"]["heldSeconds"] > 0


async def test_in_22_agent_ends_the_call_once(api, server, bridge):
    agent, leg, _ = await talking(api, server, bridge)
    other, _ = await colleague(api, server)
    assert (await do(other, "hangUp", leg))["code"] == "NOT_YOURS", "nobody ends what is another's"
    assert (await do(agent, "hangUp", leg))["phase"] == "WRAP_UP"
    await bridge.command(k.StopRecording)
    await bridge.command(k.HangUpLeg, leg)
    assert (await do(agent, "hangUp", leg))["__typename"] in ("Contact", "Refused")
    bridge.report(ended(leg))
    await act(agent, "finishWrapUp", leg)
    await agent.desk.until(lambda v: leg not in v.contacts)
    over = await api.kc.readers.contact(leg)
    assert (over.outcome.value, over.ended_by.value) == ("handled", "agent")
    assert not [x for x in bridge.commands if isinstance(x.body, k.HangUpLeg)], "hung up once"


# ---- breaks


async def test_agt_22_a_break_is_chosen_from_those_defined_and_keeps_calls_away(api, server, bridge):
    agent = await ready_agent(api, server)
    breaks = (await agent.run("{ settings { breaks { id name kind } } }"))["settings"]["breaks"]
    assert {b["kind"] for b in breaks} == {"PRIVATE", "WORK"}
    choose = f"mutation($r: String) {{ setPresence(presence: BREAK, reason: $r) {PRESENCE} }}"
    for unknown in ("99", "", "Oběd", None):
        answer = (await agent.run(choose, r=unknown))["setPresence"]
        assert answer == {"__typename": "Refused", "code": "NOT_FOUND"}, unknown
    assert agent.desk.agents[me(agent)]["presence"] == "READY", "and nothing happened"
    training = next(b for b in breaks if b["kind"] == "WORK")
    answer = (await agent.run(choose, r=str(training["id"])))["setPresence"]
    assert answer == {"__typename": "AgentNow", "presence": "BREAK", "reason": str(training["id"])}
    leg = await walk_to_queue(bridge)
    await api.kc.router.route()
    assert (await api.kc.readers.contact(leg)).phase.value == "queued", "nobody on a break is offered a call"
    await agent.run(f"mutation {{ setPresence(presence: READY) {PRESENCE} }}")
    await agent.desk.until(lambda v: v.contacts.get(leg))


# ---- who calls


async def clients_of(agent: Client, number: str) -> list[dict]:
    query = "query($n: String!) { clientsByNumber(number: $n) { id name status values emails numbers } }"
    return (await agent.run(query, n=number))["clientsByNumber"]


PICK = "mutation($c: ID!, $k: Int) { pickClient(contact: $c, client: $k) { __typename ... on Contact { clientId } ... on Refused { code } } }"
SHOWN = (
    "query($c: ID!) { contact(id: $c) { client { id name numbers } contact { clientId categoryId } notes { text }"
    " steps { kind } } }"
)


async def test_in_28_in_29_all_clients_of_the_number_are_shown_and_the_agent_picks_one(api, server, bridge):
    agent, leg, _ = await talking(api, server, bridge)
    found = await clients_of(agent, CALLER)
    assert [c["name"] for c in found] == ["Marie Černá", "Tomáš Černý"], "never merged"
    assert (await agent.run(SHOWN, c=leg))["contact"]["client"] is None, "and nobody is picked for the agent"
    assert (await agent.run(PICK, c=leg, k=999_999))["pickClient"]["code"] == "NOT_FOUND"
    picked = found[1]
    assert (await agent.run(PICK, c=leg, k=picked["id"]))["pickClient"]["clientId"] == picked["id"]
    await agent.desk.until(lambda v: v.contacts[leg]["clientId"] == picked["id"])
    shown = (await agent.run(SHOWN, c=leg))["contact"]
    assert (shown["client"]["name"], CALLER in shown["client"]["numbers"]) == ("Tomáš Černý", True)
    assert picked["values"]["insured_number"] and picked["emails"] and picked["status"], (
        "the person's own data are at hand"
    )
    other, _ = await colleague(api, server)
    assert (await other.run(PICK, c=leg, k=found[0]["id"]))["pickClient"]["code"] == "NOT_YOURS"


async def test_in_30_a_person_who_is_not_in_the_list_is_entered_by_hand(api, server, bridge):
    agent, leg, _ = await talking(api, server, bridge)
    create = (
        "mutation($v: JSON!, $k: ID!) { createClient(values: $v, key: $k) { __typename"
        " ... on ClientSaved { client { id name } } ... on SettingRefused { problems { field kind } } } }"
    )
    nameless = await agent.run(create, v={"surname": "  ", "mobile": CALLER}, k="k0")
    assert nameless["createClient"]["problems"] == [{"field": "surname", "kind": "MISSING"}]
    new = {"first_name": "Žofie", "surname": "Nová", "mobile": CALLER}
    made = (await agent.run(create, v=new, k="k1"))["createClient"]["client"]
    twice = (await agent.run(create, v=new, k="k1"))["createClient"]["client"]
    assert twice == made, "the same click is one person"
    assert (await agent.run(PICK, c=leg, k=made["id"]))["pickClient"]["clientId"] == made["id"]
    assert [c["name"] for c in await clients_of(agent, CALLER)] == ["Marie Černá", "Tomáš Černý", "Žofie Nová"]


async def test_in_31_agt_28_agt_29_note_and_category_are_kept_and_the_category_is_changed_afterwards(
    api, server, bridge
):
    agent, leg, _ = await talking(api, server, bridge)
    queue = (await api.kc.readers.contact(leg)).queue
    known = (await agent.run("{ settings { categories { id name queueId } } }"))["settings"]["categories"]
    first, second = [c for c in known if c["queueId"] == queue][:2]
    categorise = (
        "mutation($c: ID!, $k: Int) { categorise(contact: $c, category: $k) { __typename ... on Contact { categoryId }"
        " ... on Refused { code } } }"
    )
    write = "mutation($c: ID!, $t: String!, $k: ID!) { writeNote(contact: $c, text: $t, key: $k) { __typename } }"
    assert (await agent.run(categorise, c=leg, k=999_999))["categorise"]["code"] == "NOT_FOUND"
    assert (await agent.run(categorise, c=leg, k=first["id"]))["categorise"]["categoryId"] == first["id"]
    await agent.run(write, c=leg, t="Chce změnit adresu.", k="n1")
    bridge.report(ended(leg))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    await act(agent, "finishWrapUp", leg)
    await agent.desk.until(lambda v: leg not in v.contacts)
    assert (await agent.run(categorise, c=leg, k=second["id"]))["categorise"]["categoryId"] == second["id"]
    await agent.run(write, c=leg, t="Chce změnit adresu i jméno.", k="n2")
    shown = (await agent.run(SHOWN, c=leg))["contact"]
    assert shown["contact"]["categoryId"] == second["id"]
    assert [n["text"] for n in shown["notes"]] == ["Chce změnit adresu.", "Chce změnit adresu i jméno."]
    assert [s["kind"] for s in shown["steps"]].count("Categorised") == 2, "the log keeps both"
    search = "query($k: [Int!]!) { searchCalls(criteria: {categories: $k}) { total calls { contactId } } }"
    boss = api.client()
    await boss.sign_in("dana", server.logins["dana"].password)
    assert (await boss.run(search, k=[first["id"]]))["searchCalls"]["total"] == 0
    assert [x["contactId"] for x in (await boss.run(search, k=[second["id"]]))["searchCalls"]["calls"]] == [leg]
    other, _ = await colleague(api, server)
    assert (await other.run(categorise, c=leg, k=first["id"]))["categorise"]["code"] == "NOT_YOURS"


# ---- the panel

COLLEAGUES = "subscription { colleagues { colleagues { userId activity } } }"


@asynccontextmanager
async def panel(client: Client) -> AsyncIterator[Callable[[int, str], Awaitable[None]]]:
    """The transfer panel, live: ``await shows(user, activity)``."""
    seen: dict[int, str] = {}
    async with websockets.connect(
        client.url.replace("http", "ws") + "/graphql",
        subprotocols=["graphql-transport-ws"],
        additional_headers={"Cookie": client.cookie_header()},
        proxy=None,
    ) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": COLLEAGUES}}))

        async def shows(user: int, activity: str) -> None:
            async with asyncio.timeout(10):
                while seen.get(user) != activity:
                    frame = json.loads(await socket.recv())
                    if frame["type"] == "next":
                        update = frame["payload"]["data"]["colleagues"]["colleagues"]
                        seen.update({x["userId"]: x["activity"] for x in update})

        yield shows


@pytest_asyncio.fixture
async def stack():
    async with AsyncExitStack() as entered:
        yield entered


async def test_agt_25_agt_26_agt_27_the_panel_has_everybody_with_their_state_and_favourites_first(
    api, server, bridge, stack
):
    jana, leg, _ = await talking(api, server, bridge)
    petr, his = await colleague(api, server)
    dana = await ready_agent(api, server, "dana")
    shows = await stack.enter_async_context(panel(jana))
    await shows(his, "READY")
    await shows(me(dana), "READY")
    await shows(me(jana), "IN_CALL")
    favourite = f'mutation {{ setFavourite(kind: AGENT, target: "{his}", favourite: true) {{ __typename }} }}'
    assert (await jana.run(favourite))["setFavourite"]["__typename"] == "Done"
    targets = "{ transferTargets { favourites { kind target } } }"
    assert (await jana.run(targets))["transferTargets"]["favourites"] == [{"kind": "AGENT", "target": str(his)}]
    await do(jana, "consult", leg, f"to: {{agent: {his}}}")
    await shows(his, "RINGING")
    await do(petr, "acceptOffer", leg)
    await shows(his, "IN_CALL")
    await do(jana, "completeTransfer", leg)
    await shows(me(jana), "WRAP_UP")


async def test_agt_32_the_desk_counts_those_who_wait(api, server, bridge):
    agent = await ready_agent(api, server)
    await agent.run(f'mutation {{ setPresence(presence: BREAK, reason: "1") {PRESENCE} }}')
    legs = [await walk_to_queue(bridge, f"+42060100000{n}") for n in range(3)]
    queue = (await api.kc.readers.contact(legs[0])).queue
    seen = await agent.desk.until(lambda v: v.queues[queue] if v.queues[queue]["waiting"] == 3 else None)
    assert seen["longestSince"] is not None
    bridge.report(ended(legs[1]))
    await agent.desk.until(lambda v: v.queues[queue]["waiting"] == 2)
