"""Lines of the PBX: administrators name them, bridges watch them, desks see what each does and send calls there."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import websockets

from sip_bridge import contract as k
from tests.scenarios.test_call_control import do, talking
from tests.support.api import Api, Client
from tests.support.scripted_bridge import ScriptedBridge

LINE = "id name number group position state since"
SAVED = "{ __typename ... on Refused { code } ... on SettingRefused { problems { field kind } } }"
SAVE = f"mutation($l: JSON!, $base: JSON) {{ saveLines(lines: $l, base: $base) {SAVED} }}"


class Watch:
    """The transfer panel's view of lines: pictures replace, updates replace items."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.lines: dict[int, dict] = {}
        self.cursor: str | None = None

    async def __aenter__(self) -> "Watch":
        self.socket = await websockets.connect(
            self.client.url.replace("http", "ws") + "/graphql",
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Cookie": self.client.cookie_header()},
            proxy=None,
        )
        await self.socket.send('{"type":"connection_init"}')
        await self.socket.recv()
        query = (
            "subscription($after: String) { colleagues(after: $after) { snapshot cursor goneLines"
            f" lines {{ {LINE} }} colleagues {{ userId }} }} }}"
        )
        payload = {"query": query, "variables": {"after": self.cursor}}
        await self.socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        await self._frame()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def _frame(self) -> None:
        frame = json.loads(await self.socket.recv())["payload"]["data"]["colleagues"]
        if frame["snapshot"]:
            self.lines = {}
        self.lines |= {line["id"]: line for line in frame["lines"]}
        for id in frame["goneLines"]:
            self.lines.pop(id, None)
        self.cursor = frame["cursor"]

    async def until(self, state: dict[int, str], timeout: float = 10) -> None:
        try:
            async with asyncio.timeout(timeout):
                while {id: line["state"] for id, line in self.lines.items()} != state:
                    await self._frame()
        except TimeoutError:
            raise AssertionError(f"wanted {state}, is {self.lines}") from None


def heading(name: str, *lines: tuple) -> dict:
    """Lines as (name, number), or (name, number, id) of one that there is."""
    return {"name": name, "lines": [dict(zip(("name", "number", "id"), line, strict=False)) for line in lines]}


async def save(admin: Client, *groups: dict, base: dict | None = None) -> dict:
    return (await admin.run(SAVE, l={"groups": list(groups)}, base=base))["saveLines"]


async def saved(admin: Client, *groups: dict) -> dict[str, int]:
    """Ids by number, in the order in which they are shown."""
    assert (await save(admin, *groups))["__typename"] == "SettingSaved"
    return {x["number"]: x["id"] for x in (await admin.run("{ lines { id number } }"))["lines"]}


async def administrator(api: Api, server) -> Client:
    client = await api.client().__aenter__()
    await client.sign_in("spravce", server.logins["spravce"].password)
    return client


def tell(bridge: ScriptedBridge, line: str, state: k.LineState, for_s: float = 600, trunk: str = "pbx") -> None:
    bridge.report(k.LineChanged(trunk=trunk, line=line, state=state, expires_s=for_s))


async def test_agt_27_desks_see_which_lines_of_the_pbx_are_free_busy_or_ring(api, server, bridge):
    admin = await administrator(api, server)
    ids = await saved(admin, heading("Přízemí", ("Revizní lékař", "4 002"), ("Recepce", "4001")))
    first, second = ids["4001"], ids["4002"]
    assert set((await bridge.command(k.WatchLines)).lines) == {"4001", "4002"}
    async with api.client() as jana:
        await jana.sign_in("jana", server.logins["jana"].password)
        async with Watch(jana) as panel:
            assert [x["name"] for x in panel.lines.values()] == ["Revizní lékař", "Recepce"], "as administrators order"
            await panel.until({first: "UNKNOWN", second: "UNKNOWN"})
            tell(bridge, "4001", k.LineState.FREE)
            tell(bridge, "4002", k.LineState.HELD)
            await panel.until({first: "FREE", second: "BUSY"})
            since = panel.lines[second]["since"]
            tell(bridge, "4002", k.LineState.CALLING)
            tell(bridge, "4001", k.LineState.RINGING)
            await panel.until({first: "RINGING", second: "BUSY"})
            assert panel.lines[second]["since"] == since, "busy all the time"
            tell(bridge, "4001", k.LineState.BUSY, trunk="elsewhere")
            tell(bridge, "4999", k.LineState.BUSY)
            tell(bridge, "4002", k.LineState.FREE)
            await panel.until({first: "RINGING", second: "FREE"})
        tell(bridge, "4001", k.LineState.FREE)
        await bridge.settled()
        again = Watch(jana)
        again.cursor = panel.cursor
        async with again:
            await again.until({first: "FREE", second: "FREE"})
            await saved(admin, heading("Přízemí", ("Revizní lékař", "4002", second)))
            await again.until({second: "FREE"})
    assert (await bridge.command(k.WatchLines)).lines == ("4002",)


async def test_agt_27_a_state_that_nobody_renews_is_unknown(api, server, bridge):
    admin = await administrator(api, server)
    line = (await saved(admin, heading("", ("Recepce", "4001"))))["4001"]
    async with Watch(admin) as panel:
        tell(bridge, "4001", k.LineState.FREE, for_s=1)
        await panel.until({line: "FREE"})
        await panel.until({line: "UNKNOWN"})
        bridge.report(
            k.LineChanged(trunk="pbx", line="4001", state=k.LineState.BUSY, expires_s=60),
            at=datetime.now(UTC) - timedelta(seconds=90),
        )
        await bridge.settled()
        assert (await admin.run("{ lines { state } }"))["lines"] == [{"state": "UNKNOWN"}], "told too long ago"
        tell(bridge, "4001", k.LineState.BUSY)
        await panel.until({line: "BUSY"})
        await saved(admin, heading("", ("Vrátnice", "4001", line)))
        await panel.until({line: "BUSY"})
        await saved(admin, heading("", ("Vrátnice", "4009", line)))
        await panel.until({line: "UNKNOWN"})


async def test_agt_27_a_bridge_that_comes_back_is_told_what_to_watch(api, server, bridge):
    admin = await administrator(api, server)
    await saved(admin, heading("", ("Recepce", "4001")))
    await bridge.command(k.WatchLines)
    await bridge.cut()
    await bridge.connect()
    assert (await bridge.command(k.WatchLines)).lines == ("4001",)


async def test_adm_20_lines_stand_in_the_order_and_under_the_headings_that_administrators_give(api, server, bridge):
    admin = await administrator(api, server)
    made = await saved(
        admin,
        heading("Vedení", ("Ředitelka", "4100"), ("Sekretariát", "4 101")),
        heading("Lékaři", ("Revizní lékař", "4002")),
        heading("", ("Recepce", "4001")),
    )
    assert list(made) == ["4100", "4101", "4002", "4001"], "not by the alphabet"
    before = (await admin.run("{ lineSettings }"))["lineSettings"]
    assert [g["name"] for g in before["groups"]] == ["Vedení", "Lékaři", ""]
    one, two, doctor = made["4100"], made["4101"], made["4002"]
    changed = [
        heading("Odborní lékaři", ("Revizní lékař", "4002", doctor)),
        heading("Vedení", ("Sekretariát", "4100", two), ("Ředitelka", "4101", one), ("Tisk", "+420 222 333 444")),
    ]
    again = await saved(admin, *changed)
    assert again | {"new": 0} == {
        "4002": doctor,
        "4100": two,
        "4101": one,
        "+420222333444": again["+420222333444"],
        "new": 0,
    }
    assert list(again) == ["4002", "4100", "4101", "+420222333444"], "numbers change places, one is gone, one is new"
    stale = await save(admin, *changed, base=before)
    assert stale == {"__typename": "Refused", "code": "CHANGED_MEANWHILE"}
    history = (await admin.run('{ settingsHistory(kind: "lines", first: 1) { objects { name removed made } } }'))[
        "settingsHistory"
    ]
    assert {(x["name"], x["made"], x["removed"]) for x in history[0]["objects"]} >= {
        ("4001", False, True),
        ("+420222333444", True, False),
    }


async def test_adm_20_what_administrators_may_save(api, server, bridge):
    admin = await administrator(api, server)
    line = (await saved(admin, heading("Přízemí", ("Recepce", "4001"))))["4001"]
    kept = ("Recepce", "4001", line)

    async def problems(*groups: dict) -> list[tuple[str, str]]:
        refused = await save(admin, *groups)
        return [(x["field"], x["kind"]) for x in refused["problems"]]

    assert await problems(heading("A", kept, ("Podatelna", "40 01"))) == [("groups.0.lines.1.number", "TAKEN")]
    assert await problems(heading("A", kept), heading("B", ("Pošta", "linka"))) == [
        ("groups.1.lines.0.number", "MALFORMED")
    ]
    assert await problems(heading("A", kept, (" ", "4002"))) == [("groups.0.lines.1.name", "MISSING")]
    assert await problems(heading("x" * 101, kept)) == [("groups.0.name", "OUT_OF_RANGE")]
    assert await problems(heading("A", kept), heading(" a ", ("Pošta", "4002"))) == [("groups.1.name", "TAKEN")]
    assert await problems(heading("A", kept), heading("B")) == [("groups.1.lines", "MISSING")]
    assert await problems(heading("A", kept, kept)) == [
        ("groups.0.lines.1.number", "TAKEN"),
        ("groups.0.lines.1", "TAKEN"),
    ]
    assert await problems(heading("A", ("Cizí", "4002", 99999))) == [("groups.0.lines.0", "UNKNOWN")]
    assert await problems(heading("A", *((f"L{n}", str(5000 + n)) for n in range(501)))) == [("groups", "OUT_OF_RANGE")]
    assert await problems({"name": "A", "lines": "x"}) == [("groups.0.lines", "MALFORMED")]
    assert [x["number"] for x in (await admin.run("{ lines { number } }"))["lines"]] == ["4001"], "nothing half saved"
    assert (await admin.run("{ lineSettings }"))["lineSettings"]["groups"][0]["name"] == "Přízemí"


async def test_agt_25_26_27_a_call_is_transferred_to_a_line_and_favourites_are_remembered(api, server, bridge):
    admin = await administrator(api, server)
    line = (await saved(admin, heading("", ("Revizní lékař", "4002"))))["4002"]
    jana, leg, _ = await talking(api, server, bridge)
    await jana.run(f'mutation {{ setFavourite(kind: LINE, target: "{line}", favourite: true) {{ __typename }} }}')
    known = (await jana.run("{ transferTargets { favourites { kind target } } }"))["transferTargets"]
    assert known["favourites"] == [{"kind": "LINE", "target": str(line)}]
    assert (await do(jana, "consult", leg, "to: {line: 99999}"))["code"] == "NOT_FOUND"
    asked = await do(jana, "consult", leg, f"to: {{line: {line}}}")
    assert asked["members"][0]["number"] == "4002"
    dialled = await bridge.command(k.DialLeg)
    assert dialled.to == "4002"
    await do(jana, "endConsultation", leg)
    after = await do(jana, "transfer", leg, f"to: {{line: {line}}}")
    assert after["phase"] == "TRANSFERRING" and (await bridge.command(k.DialLeg)).to == "4002"
    await saved(admin)
    known = (await jana.run("{ transferTargets { favourites { kind } } }"))["transferTargets"]
    assert known["favourites"] == [], "a line that is no more is nobody's favourite"
