"""An announcement of a problem spoken by telephone: who may, what is heard, what callers hear afterwards."""

import io

import pytest
import soundfile

from backend.domain.ivr import dictation as d
from sip_bridge import contract as k
from tests.scenarios.test_flows import contact, flow, hears, menus, press  # noqa: F401 - a fixture
from tests.scenarios.test_recordings import LEFT, kept
from tests.scenarios.test_routing import call, ended, finished, said, says
from tests.scenarios.test_voicemail import closed
from tests.support.api import Api, Client
from tests.support.rtp_phone import level
from tests.support.scripted_bridge import ScriptedBridge

ASK = d.FLOWS[d.ASK_CODE].nodes["ask"].text
DRAW = (
    "mutation($i: Int!) { dictateNotice(id: $i) { __typename ... on Dictation { oneTimeCode until numbers }"
    " ... on Refused { code } } }"
)


async def supervisor(api: Api, server) -> Client:
    client = api.client()
    await client.sign_in("dana", server.logins["dana"].password)
    return client


async def notice(boss: Client, name: str = "Výpadek") -> int:
    saved = await boss.run(
        'mutation($n: String!) { saveNotice(name: $n, text: "Portál nejde.") { ... on FlowSaved { id } } }', n=name
    )
    return saved["saveNotice"]["id"]


async def draw(boss: Client, id: int) -> dict:
    return (await boss.run(DRAW, i=id))["dictateNotice"]


async def keyed(bridge: ScriptedBridge, code: str) -> str:
    """A call to the number for announcements that keys a code in; its leg."""
    leg, asked = await call(bridge)
    assert said(asked) == says(ASK)
    press(bridge, leg, code)
    return leg


async def refused(api: Api, bridge: ScriptedBridge, leg: str) -> None:
    play = await hears(bridge, leg, d.WRONG)
    finished(bridge, play)
    over = await ended(api, bridge, leg)
    assert (over.outcome.value, over.message) == ("ended_by_ivr", None)


async def test_in_08_an_announcement_is_spoken_by_telephone_and_switched_on(api, server, bridge, admin):
    boss = await supervisor(api, server)
    id = await notice(boss)
    await admin.rules({"type": "dictation"})
    drawn = await draw(boss, id)
    assert len(drawn["oneTimeCode"]) == 6 and drawn["numbers"] == ["+420800100200"]

    leg = await keyed(bridge, drawn["oneTimeCode"])
    greeting = await hears(bridge, leg, d.GREETING)
    finished(bridge, greeting)
    beep = await bridge.command(k.Play, leg)
    assert beep.sources == (k.ToneSource(k.Tone.BEEP),)
    started = await bridge.command(k.StartRecording, leg)
    assert (started.left, started.right, started.quiet_s) == ((leg,), (), 8.0)
    bridge.report(k.RecordingStarted(recording=started.recording))
    press(bridge, leg, "#")
    await bridge.command(k.StopRecording)
    closed(bridge, api, started.recording)
    finished(bridge, await hears(bridge, leg, d.THANKS))
    over = await ended(api, bridge, leg)
    assert (over.outcome.value, over.messages) == ("ended_by_ivr", ()), "no message of a customer"
    assert (await admin.client.run("{ callbacks { id } }"))["callbacks"] == [], "and nobody is to be called back"

    await kept(api, started.recording)
    while await api.kc.spoken_notices.take_next():
        pass
    (line,) = (await boss.run("{ notices { id prompt on } }"))["notices"]
    assert line["prompt"] is not None and not line["on"], "it is heard only when it is switched on"
    audio = (await boss.http.get(f"/prompts/{line['prompt']}/audio")).content
    samples, rate = soundfile.read(io.BytesIO(audio), dtype="int16")
    assert rate == 8000 and samples.ndim == 1 and level(samples[:8000].astype(float), LEFT) > 3000
    await boss.run(f"mutation {{ switchNotice(id: {id}, on: true) {{ __typename }} }}")
    rows = await admin.client.run("{ prompts { name authorId } }")
    assert [p["name"] for p in rows["prompts"]] == ["Výpadek (telefonem)"]


async def test_in_08_a_code_is_good_once_and_the_older_one_is_void(api, server, bridge, admin):
    boss = await supervisor(api, server)
    id = await notice(boss)
    await admin.rules({"type": "dictation"})
    older, newer = await draw(boss, id), await draw(boss, id)
    await refused(api, bridge, await keyed(bridge, older["oneTimeCode"]))
    leg = await keyed(bridge, newer["oneTimeCode"])
    await hears(bridge, leg, d.GREETING)
    await refused(api, bridge, await keyed(bridge, newer["oneTimeCode"]))


async def test_in_08_ten_wrong_codes_make_those_that_are_out_void(api, server, bridge, admin):
    boss = await supervisor(api, server)
    drawn = await draw(boss, await notice(boss))
    await admin.rules({"type": "dictation"})
    wrong = f"{(int(drawn['oneTimeCode']) + 1) % 10**6:06}"
    for _ in range(d.MOST_WRONG):
        await refused(api, bridge, await keyed(bridge, wrong))
    await refused(api, bridge, await keyed(bridge, drawn["oneTimeCode"]))


@pytest.mark.parametrize("heard_ms", [0, 200])
async def test_in_08_who_says_nothing_leaves_the_announcement_as_it_was(api, server, bridge, admin, heard_ms):
    boss = await supervisor(api, server)
    id = await notice(boss)
    await admin.rules({"type": "dictation"})
    leg = await keyed(bridge, (await draw(boss, id))["oneTimeCode"])
    finished(bridge, await hears(bridge, leg, d.GREETING))
    await bridge.command(k.Play, leg)
    started = await bridge.command(k.StartRecording, leg)
    press(bridge, leg, "#")
    await bridge.command(k.StopRecording)
    closed(bridge, api, started.recording, heard_ms=heard_ms)
    await hears(bridge, leg, d.NOTHING)
    await kept(api, started.recording)
    assert not await api.kc.spoken_notices.take_next()
    assert (await boss.run("{ notices { prompt } }"))["notices"] == [{"prompt": None}]


async def test_in_08_only_those_who_switch_announcements_draw_a_code(api, server, bridge, admin):
    boss = await supervisor(api, server)
    id = await notice(boss)
    assert (await draw(boss, id + 1))["code"] == "NOT_FOUND"
    assert (await draw(boss, id))["numbers"] == [], "no number leads there yet"
    agent = api.client()
    await agent.sign_in("jana", server.logins["jana"].password)
    with pytest.raises(Exception, match=r"(?i)forbidden"):
        await draw(agent, id)


async def test_in_08_a_menu_leads_to_the_recording_of_announcements(api, server, bridge, menus):  # noqa: F811
    boss = await supervisor(api, server)
    await menus.lead(
        await menus.put(
            flow(
                a={"type": "menu", "text": "Jen pro nás.", "choices": {"9": "r"}, "otherwise": "konec"},
                r={"type": "dictation"},
            )
        )
    )
    drawn = await draw(boss, await notice(boss))
    assert drawn["numbers"] == ["+420800100200"]
    leg, first = await call(bridge)
    assert said(first) == says("Jen pro nás.")
    press(bridge, leg, "9")
    await hears(bridge, leg, ASK)
    press(bridge, leg, drawn["oneTimeCode"])
    await hears(bridge, leg, d.GREETING)
    assert (await contact(api, leg))["phase"] == "message"
