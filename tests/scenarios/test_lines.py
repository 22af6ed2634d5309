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
SAVE = (
    "mutation($id: Int, $n: String!, $t: String!, $g: String!, $p: Int!) {"
    " saveLine(id: $id, name: $n, number: $t, group: $g, position: $p) { __typename ... on SettingSaved { id }"
    " ... on SettingRefused { problems { field kind } } } }"
)


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


async def save(admin: Client, name: str, number: str, group: str = "", position: int = 0, id: int | None = None):
    return (await admin.run(SAVE, id=id, n=name, t=number, g=group, p=position))["saveLine"]


async def administrator(api: Api, server) -> Client:
    client = await api.client().__aenter__()
    await client.sign_in("spravce", server.logins["spravce"].password)
    return client


def tell(bridge: ScriptedBridge, line: str, state: k.LineState, for_s: float = 600, trunk: str = "pbx") -> None:
    bridge.report(k.LineChanged(trunk=trunk, line=line, state=state, expires_s=for_s))


async def test_agt_27_desks_see_which_lines_of_the_pbx_are_free_busy_or_ring(api, server, bridge):
    admin = await administrator(api, server)
    first = (await save(admin, "Recepce", "4001", "Přízemí", 2))["id"]
    second = (await save(admin, "Revizní lékař", "4 002", "Přízemí", 1))["id"]
    watched = [(await bridge.command(k.WatchLines)).lines for _ in range(2)]
    assert [set(lines) for lines in watched] == [{"4001"}, {"4001", "4002"}]
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
            await admin.run("mutation($id: Int!) { removeLine(id: $id) { __typename } }", id=first)
            await again.until({second: "FREE"})
    assert (await bridge.command(k.WatchLines)).lines == ("4002",)


async def test_agt_27_a_state_that_nobody_renews_is_unknown(api, server, bridge):
    admin = await administrator(api, server)
    line = (await save(admin, "Recepce", "4001"))["id"]
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
        await save(admin, "Recepce", "4009", id=line)
        await panel.until({line: "UNKNOWN"})


async def test_agt_27_a_bridge_that_comes_back_is_told_what_to_watch(api, server, bridge):
    admin = await administrator(api, server)
    await save(admin, "Recepce", "4001")
    await bridge.command(k.WatchLines)
    await bridge.cut()
    await bridge.connect()
    assert (await bridge.command(k.WatchLines)).lines == ("4001",)


async def test_agt_27_what_administrators_may_save(api, server, bridge):
    admin = await administrator(api, server)
    await save(admin, "Recepce", "4001")

    async def problem(*given) -> tuple[str, str]:
        refused = await save(admin, *given)
        return refused["problems"][0]["field"], refused["problems"][0]["kind"]

    assert await problem("Podatelna", "40 01") == ("number", "TAKEN")
    assert await problem("Podatelna", "linka") == ("number", "MALFORMED")
    assert await problem(" ", "4002") == ("name", "MISSING")
    assert await problem("Podatelna", "4002", "x" * 101) == ("group", "OUT_OF_RANGE")
    assert [x["number"] for x in (await admin.run("{ lines { number } }"))["lines"]] == ["4001"]


async def test_agt_25_26_27_a_call_is_transferred_to_a_line_and_favourites_are_remembered(api, server, bridge):
    admin = await administrator(api, server)
    line = (await save(admin, "Revizní lékař", "4002"))["id"]
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
    await admin.run("mutation($id: Int!) { removeLine(id: $id) { __typename } }", id=line)
    known = (await jana.run("{ transferTargets { favourites { kind } } }"))["transferTargets"]
    assert known["favourites"] == [], "a line that is no more is nobody's favourite"
