"""Breaks and categories as they are set, chosen, retired; notes that are written together and found again."""

from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.scenarios.test_routing import call, to_queue

SAVED = "{ __typename ... on SettingSaved { id } ... on SettingRefused { problems { field kind } } ... on Refused { code } }"
SETTINGS = (
    "{ settings { breaks { id name kind limitSeconds retired } categories { id name queueId parentId path retired } } }"
)


async def save_breaks(client, breaks: list[dict], base: dict | None = None) -> dict:
    answer = await client.run(
        f"mutation($b: JSON!, $base: JSON) {{ saveBreaks(breaks: $b, base: $base) {SAVED} }}",
        b={"breaks": breaks},
        base=base,
    )
    return answer["saveBreaks"]


async def save_tree(client, queue: int | None, categories: list[dict], base: dict | None = None) -> dict:
    answer = await client.run(
        f"mutation($t: JSON!, $base: JSON) {{ saveCategories(tree: $t, base: $base) {SAVED} }}",
        t={"queue": queue, "categories": categories},
        base=base,
    )
    return answer["saveCategories"]


async def test_adm_18_breaks_are_set_with_kind_and_limit_and_a_retired_one_is_not_offered(api, server, bridge, admin):
    client = admin.client
    before = (await client.run("{ breakSettings }"))["breakSettings"]
    kept = before["breaks"]
    retired = {**kept[0], "retired": True}
    made = [{"name": "Porada", "kind": "work", "limit_s": 1800}, *kept[1:], retired]
    assert (await save_breaks(client, made, before))["__typename"] == "SettingSaved"
    shown = (await client.run(SETTINGS))["settings"]["breaks"]
    assert [b["name"] for b in shown] == ["Porada", *(b["name"] for b in kept[1:]), kept[0]["name"]]
    assert shown[0] | {"id": 0} == {"id": 0, "name": "Porada", "kind": "WORK", "limitSeconds": 1800, "retired": False}

    agent = await ready_agent(api, server)
    take = "mutation($r: String) { setPresence(presence: BREAK, reason: $r) { __typename ... on Refused { code } } }"
    gone = await agent.run(take, r=str(kept[0]["id"]))
    assert gone["setPresence"] == {"__typename": "Refused", "code": "NOT_FOUND"}
    assert (await agent.run(take, r=str(shown[0]["id"])))["setPresence"]["__typename"] == "AgentNow"


async def test_adm_18_a_break_with_a_name_that_is_taken_or_left_out_is_refused_and_nothing_is_changed(
    api, server, admin
):
    client = admin.client
    before = (await client.run("{ breakSettings }"))["breakSettings"]
    twice = await save_breaks(client, [*before["breaks"], {"name": f" {before['breaks'][0]['name'].upper()}"}])
    place = len(before["breaks"])
    assert twice["problems"] == [{"field": f"breaks.{place}.name", "kind": "TAKEN"}]
    short = await save_breaks(client, [{**before["breaks"][0], "limit_s": 5}, *before["breaks"][1:]])
    assert short["problems"] == [{"field": "breaks.0.limit_s", "kind": "OUT_OF_RANGE"}]
    assert (await save_breaks(client, before["breaks"][1:]))["problems"] == [{"field": "breaks", "kind": "MISSING"}]
    stale = await save_breaks(client, before["breaks"], {"breaks": before["breaks"][1:]})
    assert stale == {"__typename": "Refused", "code": "CHANGED_MEANWHILE"}
    assert (await client.run("{ breakSettings }"))["breakSettings"] == before


async def test_adm_19_categories_are_a_tree_of_a_queue_and_retired_ones_go_on_naming_what_they_named(
    api, server, bridge, admin
):
    queue, _ = await admin.queue("Platby")
    other, _ = await admin.queue("Pojištění")
    await admin.rules(to_queue(queue))
    client = admin.client
    tree = [{"name": "Reklamace", "children": [{"name": "Dvojí platba"}, {"name": "Chybná částka"}]}, {"name": "Jiné"}]
    left_out = await save_tree(client, queue, tree)
    assert left_out["problems"] == [{"field": "categories", "kind": "MISSING"}]
    known = await trees(client)
    assert (await save_tree(client, queue, [*known[queue], *tree]))["problems"] == [
        {"field": f"categories.{len(known[queue]) + 1}.name", "kind": "TAKEN"}
    ], "there is one called Jiné"
    assert await trees(client) == known
    assert (await save_tree(client, queue, [*known[queue], tree[0]]))["__typename"] == "SettingSaved"
    shown = {
        tuple(c["path"]): c for c in (await client.run(SETTINGS))["settings"]["categories"] if c["queueId"] == queue
    }
    closer = shown[("Reklamace", "Dvojí platba")]
    assert closer["parentId"] == shown[("Reklamace",)]["id"]

    agent = await ready_agent(api, server)
    leg, _ = await call(bridge)
    await agent.desk.until(lambda v: leg in v.contacts)
    put = "mutation($c: ID!, $k: Int) { categorise(contact: $c, category: $k) { __typename ... on Refused { code } } }"
    accept = await agent.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    assert accept["acceptOffer"]["__typename"] == "Contact"
    assert (await agent.run(put, c=leg, k=closer["id"]))["categorise"]["__typename"] == "Contact"
    foreign = next(c for c in (await client.run(SETTINGS))["settings"]["categories"] if c["queueId"] == other)
    assert (await agent.run(put, c=leg, k=foreign["id"]))["categorise"] == {
        "__typename": "Refused",
        "code": "NOT_FOUND",
    }

    after = await trees(client)
    gone = [{**c, "children": [{**x, "retired": True} for x in c["children"]]} for c in after[queue]]
    assert (await save_tree(client, queue, gone))["__typename"] == "SettingSaved"
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    assert (await agent.run(put, c=leg, k=closer["id"]))["categorise"]["__typename"] == "Contact", (
        "what it has may stay"
    )
    names = {c["id"]: c for c in (await client.run(SETTINGS))["settings"]["categories"]}
    assert names[closer["id"]]["retired"] and names[closer["id"]]["path"] == ["Reklamace", "Dvojí platba"]
    assert (await agent.run(put, c=leg, k=None))["categorise"]["__typename"] == "Contact"
    assert (await agent.run(put, c=leg, k=closer["id"]))["categorise"] == {"__typename": "Refused", "code": "NOT_FOUND"}


async def trees(client) -> dict[int | None, list[dict]]:
    return {t["queue"]: t["categories"] for t in (await client.run("{ categorySettings }"))["categorySettings"]}


async def test_agt_08_21_a_note_is_supplemented_after_the_call_by_version_and_found_in_any_form_of_its_words(
    api, server, bridge, admin
):
    queue, _ = await admin.queue("Platby")
    await admin.rules(to_queue(queue))
    agent = await ready_agent(api, server)
    leg, _ = await call(bridge)
    await agent.desk.until(lambda v: leg in v.contacts)
    await agent.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    write = (
        "mutation($c: ID!, $t: String!, $k: ID!, $b: Int) { writeNote(contact: $c, text: $t, key: $k, base: $b)"
        " { __typename ... on Contact { noteVersion } ... on Refused { code } } }"
    )
    first = await agent.run(write, c=leg, t="Klientka ztratila průkaz pojištěnce.", k="1", b=0)
    assert first["writeNote"]["noteVersion"] == 1
    same = await agent.run(write, c=leg, t="Klientka ztratila průkaz pojištěnce.", k="2", b=1)
    assert same["writeNote"]["noteVersion"] == 1, "what is there already is no new version"
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    await agent.run("mutation($c: ID!) { finishWrapUp(contact: $c) { __typename } }", c=leg)
    await agent.desk.until(lambda v: leg not in v.contacts)

    async with api.client() as dana:
        await dana.sign_in("dana", server.logins["dana"].password)
        text = "Klientka ztratila průkaz pojištěnce. Nový odeslán 12. 5."
        assert (await dana.run(write, c=leg, t=text, k="3", b=1))["writeNote"]["noteVersion"] == 2
    late = await agent.run(write, c=leg, t="Klientka ztratila průkaz i kartičku.", k="4", b=1)
    assert late["writeNote"] == {"__typename": "Refused", "code": "CHANGED_MEANWHILE"}
    notes = await agent.run("query($c: ID!) { contact(id: $c) { notes { version text } } }", c=leg)
    assert [n["text"] for n in sorted(notes["contact"]["notes"], key=lambda n: n["version"])] == [
        "Klientka ztratila průkaz pojištěnce.",
        text,
    ]
    assert (await agent.run(write, c=leg, t=f"{text} Volala znovu.", k="5", b=2))["writeNote"]["noteVersion"] == 3

    async def found(words: str) -> list[str]:
        query = "query($w: String) { searchCalls(criteria: {words: $w}) { calls { contactId } } }"
        return [c["contactId"] for c in (await agent.run(query, w=words))["searchCalls"]["calls"]]

    for words in ("průkazem", "prukaz", "odeslaný", "PRUKAZU pojištěncem", "odeslán nový", "ztratil"):
        assert await found(words) == [leg], words
    for words in ("přeplatek", "průkaz přeplatek", "%", "_", "!"):
        assert await found(words) == [], words
