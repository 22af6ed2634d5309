"""A trunk that is down is an alert: one for each outage, whatever the bridge and the API go through meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from backend.application.desk import utc_now
from sip_bridge import contract as k
from tests.scenarios.test_floor import dana as dana
from tests.scenarios.test_floor import later, log_of
from tests.support.api import Api
from tests.support.consistency import consistent, everything_read
from tests.support.scripted_bridge import ScriptedBridge

ALERT = "id kind since limitSeconds agentId queueId acknowledgedBy trunk { name bridge }"
WHOLE = f"alerts {{ {ALERT} }} goneAlerts"
DAYS = 200_000.0
"""So far ahead is the clock while reports come: their own moments are believed as far as it goes."""
UP, DOWN, UNKNOWN = k.TrunkHealth.UP, k.TrunkHealth.DOWN, k.TrunkHealth.UNKNOWN


@pytest.fixture
async def quiet(api):
    """No watch beside the feed: the test decides when it is looked."""
    await still(api)
    return api


async def still(api: Api) -> None:
    for task in api.kc._tasks[1:]:
        task.cancel()
    await asyncio.gather(*api.kc._tasks[1:], return_exceptions=True)
    later(api.kc, DAYS)


async def tells(
    bridge: ScriptedBridge, state: k.TrunkHealth, seconds: float = 0.0, since_s: float = 0.0, **more: k.TrunkHealth
) -> None:
    """What it finds of its trunk so many seconds from now."""
    found = k.TrunkState(name="Operátor", reachable=state, since_s=since_s, status=0 if state is DOWN else None, **more)
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    bridge.report(k.TrunksChanged(trunks=(found,), given=True, expires_s=45.0), at)
    await bridge.settled()


async def looks(api: Api, seconds: float = 0.0) -> list[str]:
    """The trunks of which is alerted when somebody looks so much later."""
    later(api.kc, seconds)
    await everything_read(api.kc)
    async with consistent(api.kc):
        raised = await api.kc.alerts.look()
    await everything_read(api.kc)
    later(api.kc, DAYS)
    return [alert.about.trunk.trunk for alert in raised]


def open_alerts(api: Api) -> list[str]:
    return [alert.about.trunk.trunk for alert in api.kc.feed.live.alerts.values()]


async def events(api: Api) -> list[str]:
    return [row[0] for row in await log_of(api, "alert")]


async def test_trunk_that_is_down_is_shown_live_by_name_since_when_and_ends_by_itself(api, bridge, dana):
    view = await dana.live("alerts", whole=WHOLE)
    at = datetime.now(UTC)
    await tells(bridge, DOWN, since_s=60)
    shown = await view.until(lambda v: next(iter(v.alerts.values()), None))
    since = datetime.fromisoformat(shown.pop("since"))
    assert timedelta() <= since - (at - timedelta(seconds=60)) < timedelta(seconds=5)
    key = shown.pop("id")
    assert shown == {
        "kind": "TRUNK_DOWN", "limitSeconds": 45, "agentId": None, "queueId": None, "acknowledgedBy": None,
        "trunk": {"name": "Operátor", "bridge": "bridge-1"},
    }  # fmt: skip
    seen = await dana.run("mutation($i: ID!) { acknowledgeAlert(id: $i) { ... on Alert { acknowledgedBy } } }", i=key)
    assert seen["acknowledgeAlert"]["acknowledgedBy"] is not None
    api.kc.desk.clock = lambda: utc_now() + timedelta(seconds=100)
    await tells(bridge, UP, 10)
    await tells(bridge, UP, 56)
    await view.until(lambda v: not v.alerts)
    assert await events(api) == ["Raised", "Acknowledged", "Over"]
    await view.cut()


async def test_one_that_is_down_for_a_moment_alerts_nobody(quiet, bridge):
    await tells(bridge, DOWN)
    assert await looks(quiet, 40) == []
    await tells(bridge, UP, 40)
    assert await looks(quiet, 80) == [], "it is coming back"
    await tells(bridge, UP, 86)
    assert await looks(quiet, 600) == [] and await events(quiet) == []


async def test_registration_that_is_refused_alerts_though_the_trunk_answers(quiet, bridge):
    await tells(bridge, UP, since_s=60, registered=DOWN)
    assert await looks(quiet) == ["Operátor"]


async def test_one_that_comes_and_goes_alerts_once_and_is_over_when_it_stays(quiet, bridge):
    for seconds in range(0, 200, 40):
        await tells(bridge, DOWN, seconds)
        assert await looks(quiet, seconds + 10) == (["Operátor"] if seconds == 40 else [])
        await tells(bridge, UP, seconds + 20)
        assert await looks(quiet, seconds + 30) == []
    assert open_alerts(quiet) == ["Operátor"] and await events(quiet) == ["Raised"]
    await tells(bridge, UP, 226)
    assert await looks(quiet, 227) == []
    assert open_alerts(quiet) == [] and await events(quiet) == ["Raised", "Over"]
    await tells(bridge, DOWN, 300)
    assert await looks(quiet, 350) == ["Operátor"], "another outage"


async def test_two_processes_and_one_that_starts_after_both_died_alert_once(quiet, bridge, database_url):
    await tells(bridge, DOWN, since_s=60)
    async with Api(database_url) as other:
        await still(other)
        found = await asyncio.gather(looks(quiet), looks(other))
        assert sorted(found) == [[], ["Operátor"]]
    await bridge.cut()
    async with Api(database_url) as restarted:
        await still(restarted)
        assert open_alerts(restarted) == ["Operátor"]
        async with ScriptedBridge(restarted.bridge_url, restarted.link_token) as anew:  # it has died, too
            for state, seconds in ((UNKNOWN, 1), (DOWN, 33), (DOWN, 34)):
                await tells(anew, state, seconds)
                assert await looks(restarted, 100) == [] and open_alerts(restarted) == ["Operátor"]
            assert await events(restarted) == ["Raised"]
            await tells(anew, UP, 100)
            await tells(anew, UP, 146)
            await looks(restarted, 200)
        assert open_alerts(restarted) == [] and await events(restarted) == ["Raised", "Over"]


async def test_outage_found_while_no_api_was_there_is_alerted_of_as_soon_as_one_is(quiet, bridge, database_url):
    await tells(bridge, DOWN)
    assert await looks(quiet) == []
    await bridge.cut()
    async with Api(database_url) as restarted:
        await still(restarted)
        assert await looks(restarted, 50) == ["Operátor"], "its beginning is not forgotten"


async def test_silence_of_the_bridge_neither_begins_an_outage_nor_ends_one_but_for_a_day(quiet, bridge):
    await tells(bridge, UP)
    await bridge.cut()
    assert await looks(quiet, 3600) == []
    await bridge.connect()
    await tells(bridge, DOWN, since_s=60)
    assert await looks(quiet) == ["Operátor"]
    await bridge.cut()
    for seconds, known in ((100, ["Operátor"]), (86_000, ["Operátor"]), (86_500, [])):
        assert await looks(quiet, seconds) == []
        assert open_alerts(quiet) == known
    assert await events(quiet) == ["Raised", "Over"]


async def test_removed_trunk_is_down_no_more(quiet, bridge):
    await tells(bridge, DOWN, since_s=60)
    assert await looks(quiet) == ["Operátor"]
    for seconds in (1, 47):
        bridge.report(
            k.TrunksChanged(trunks=(), given=True, expires_s=45.0), datetime.now(UTC) + timedelta(seconds=seconds)
        )
        await bridge.settled()
    await looks(quiet, 100)
    assert open_alerts(quiet) == []
