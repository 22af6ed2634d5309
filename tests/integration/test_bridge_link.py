"""The link under cuts, repetitions and restarts of the API: every command once, every report once, in order."""

import asyncio
import json
import random
import threading
import time
import uuid

import msgspec
import numpy as np
import pytest
import websockets
from prometheus_client import REGISTRY
from sqlalchemy import text

from backend.adapters import speech
from backend.demo import NUMBER
from sip_bridge import contract as k
from tests.support.scripted_bridge import ScriptedBridge

CALLS, CUTS = 50, 30
STEPS = ["Arrived", "LegCameUp", "Routed", "IvrEntered", "IvrMoved", "IvrMoved", "Routed", "Queued", "Ended"]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def one_call(bridge: ScriptedBridge, n: int) -> str:
    """Rings, comes up, presses 1 in the menu (the greeting is interrupted), waits, hangs up."""
    leg = bridge.call(f"+42060{n:07d}", NUMBER)
    await bridge.command(k.RingLeg, leg, 60)
    await bridge.command(k.AnswerLeg, leg, 60)
    bridge.report(k.LegAnswered(leg=leg))
    welcome = await bridge.command(k.Play, leg, 60)
    bridge.report(k.PlayFinished(leg=leg, play=welcome.play, outcome=k.PlayOutcome.COMPLETED))
    await bridge.command(k.Play, leg, 60)
    bridge.report(k.DigitPressed(leg=leg, digit="1", source=k.DigitSource.RFC4733))
    await bridge.command(k.Play, leg, 60)
    del bridge.legs[leg]
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    return leg


async def steps_of(api, leg: str) -> list[str]:
    shown = ("PositionAnnounced", "IvrMoved")
    kinds = [type(event).__name__ for event, _ in await api.kc.readers.steps(leg)]
    return [x for x in kinds if x not in shown]


async def settled(api, bridge: ScriptedBridge) -> None:
    """All reports are in and acknowledged, all commands answered."""
    await bridge.settled(60)
    async with asyncio.timeout(20):
        while True:
            async with api.kc.engine.connect() as connection:
                open_ = await connection.scalar(text("SELECT count(*) FROM bridge_command WHERE answered_at IS NULL"))
            if not open_:
                return
            await asyncio.sleep(0.02)


async def check(api, bridge: ScriptedBridge, legs: list[str]) -> None:
    wanted = [x for x in STEPS if x != "IvrMoved"]
    for leg in legs:
        assert await steps_of(api, leg) == wanted
    async with api.kc.engine.connect() as connection:
        commands = await connection.scalar(text("SELECT count(*) FROM bridge_command"))
        applied = await connection.scalar(text("SELECT applied_seq FROM bridge WHERE name = 'bridge-1'"))
        remembered = await connection.scalar(text("SELECT count(*) FROM bridge_report"))
    assert len(bridge._applied) == commands, "a command was carried out that nobody gave, or was never carried out"
    assert applied == bridge.seq and not bridge.outbox
    assert remembered == 0, "acknowledged reports need not be remembered"


@pytest.fixture(autouse=True)
def no_voice(monkeypatch):
    """Speech is not what is tested here, and takes its time."""

    def silence(_text: str, _priority: tuple[str, ...] = ()):
        return np.zeros(800, np.int16), 8000

    monkeypatch.setattr(speech, "synthesize", silence)


async def test_prompt_that_takes_long_to_speak_holds_up_no_other_call(api, bridge, monkeypatch):
    spoken = threading.Event()

    def slow(_: str, _priority: tuple[str, ...] = ()):
        spoken.wait(20)
        return np.zeros(800, np.int16), 8000

    monkeypatch.setattr(speech, "synthesize", slow)
    waiting = bridge.call("+420602000000", NUMBER)
    await bridge.command(k.AnswerLeg, waiting)
    bridge.report(k.LegAnswered(leg=waiting))
    async with asyncio.timeout(5):
        while not api.kc.speech._rendering:
            await asyncio.sleep(0.01)
    other = bridge.call("+420602000001", NUMBER)
    await bridge.command(k.RingLeg, other, 5)
    assert not [c for c in bridge.commands if isinstance(c.body, k.Play)]
    spoken.set()
    await bridge.command(k.Play, waiting, 5)


async def test_announcement_that_is_still_being_spoken_holds_up_nothing_and_is_dropped_when_unwanted(
    api, bridge, monkeypatch
):
    spoken = threading.Event()

    def slow(_: str, _priority: tuple[str, ...] = ()):
        spoken.wait(20)
        return np.zeros(800, np.int16), 8000

    monkeypatch.setattr(speech, "synthesize", slow)
    leg = bridge.call("+420602000000", NUMBER)
    await bridge.command(k.AnswerLeg, leg)
    bridge.report(k.LegAnswered(leg=leg))
    async with asyncio.timeout(5):
        while not api.kc.speech._rendering:
            await asyncio.sleep(0.01)
    async with api.kc.engine.begin() as connection:
        insert = "INSERT INTO bridge_command (id, bridge, body, deadline) VALUES (gen_random_uuid(), 'bridge-1', CAST(:b AS jsonb), now() + interval '1 minute')"
        for body in (k.SetTopology(group=leg, edges=()), k.StopPlay(leg=leg)):
            await connection.execute(text(insert), {"b": msgspec.json.encode(body).decode()})
    await bridge.command(k.SetTopology, leg, 5)
    await bridge.command(k.StopPlay, leg, 5)
    spoken.set()
    async with asyncio.timeout(5):
        while api.kc.speech._rendering:
            await asyncio.sleep(0.01)
    other = bridge.call("+420602000001", NUMBER)
    await bridge.command(k.RingLeg, other, 5)
    assert not [c for c in bridge.commands if isinstance(c.body, k.Play) and c.body.leg == leg]
    async with api.kc.engine.connect() as connection:
        open_ = await connection.scalar(
            text("SELECT count(*) FROM bridge_command WHERE answered_at IS NULL AND body->>'type' = 'Play'")
        )
    assert open_ == 0


async def test_thirty_cuts_during_fifty_calls_lose_and_double_nothing(api, bridge):
    rng = random.Random(30)
    calls = [asyncio.create_task(one_call(bridge, n)) for n in range(CALLS)]
    seen = 0
    for _ in range(CUTS):
        # Cut after so many more commands arrived: in the middle of whatever is under way, not after a time.
        until, more = time.monotonic() + 1, seen + rng.randint(1, 6)
        while len(bridge._applied) < more and time.monotonic() < until:
            bridge._changed.clear()
            await asyncio.wait([asyncio.ensure_future(bridge._changed.wait())], timeout=0.05)
        seen = len(bridge._applied)
        await bridge.cut()
        await bridge.connect()
    legs = await asyncio.wait_for(asyncio.gather(*calls), 60)
    await settled(api, bridge)
    await check(api, bridge, legs)


async def test_api_that_is_stopped_and_started_finds_calls_commands_and_reports(api, bridge):
    calls = [asyncio.create_task(one_call(bridge, n)) for n in range(20)]
    for _ in range(3):
        target = len(bridge._applied) + 8
        async with asyncio.timeout(10):
            while len(bridge._applied) < target and not all(c.done() for c in calls):
                bridge._changed.clear()
                await bridge._changed.wait()
        await api.__aexit__()
        await bridge.cut()
        await api.__aenter__()
        await bridge.connect()
    legs = await asyncio.wait_for(asyncio.gather(*calls), 60)
    await settled(api, bridge)
    await check(api, bridge, legs)


async def test_same_report_twice_changes_once(api, bridge):
    leg = bridge.call("+420602000000", NUMBER)
    report = bridge.outbox[bridge.seq]
    for _ in range(5):
        await bridge._send(report)
    await bridge.command(k.RingLeg, leg)
    await bridge.settled()
    for _ in range(5):
        await bridge._send(report)  # also after it was acknowledged
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.CANCELLED))
    await settled(api, bridge)
    kinds = [type(event).__name__ for event, _ in await api.kc.readers.steps(leg)]
    assert kinds == ["Arrived", "Ended"]
    assert not [c for c in bridge.commands if getattr(c.body, "leg", None) == leg and isinstance(c.body, k.RingLeg)]


async def test_command_that_is_answered_late_is_sent_again_and_carried_out_once(api, bridge):
    bridge.answers = False
    leg = bridge.call("+420602000000", NUMBER)
    await bridge.command(k.RingLeg, leg)
    for _ in range(3):
        repeated = bridge.repeated
        await bridge.cut()
        await bridge.connect()
        async with asyncio.timeout(5):
            while bridge.repeated == repeated:
                bridge._changed.clear()
                await bridge._changed.wait()
    bridge.answers = True
    await bridge.cut()
    await bridge.connect()
    await settled(api, bridge)
    assert len(bridge._applied) == 1 and bridge.repeated >= 3


async def test_bridge_with_a_new_journal_counts_from_one_and_an_old_one_does_no_harm(api, bridge):
    first = bridge.call("+420602000000", NUMBER)
    await bridge.command(k.RingLeg, first)
    bridge.report(k.LegEnded(leg=first, by=k.EndedBy.PEER, cause=k.EndCause.CANCELLED))
    await bridge.settled()
    old = ScriptedBridge(bridge.url, bridge.token)
    old.boot, old.seq = bridge.boot, 1
    old.outbox = {
        1: k.Report(
            seq=1,
            at=(await api.kc.readers.contact(first)).arrived_at,
            event=k.LegOffered(leg=first, trunk="pbx", caller="+420602000000", dialled=NUMBER, sip_call_id=first),
        )
    }
    await bridge.cut()
    async with ScriptedBridge(bridge.url, bridge.token) as fresh:
        second = fresh.call("+420602000001", NUMBER)
        await fresh.command(k.RingLeg, second)
        fresh.report(k.LegEnded(leg=second, by=k.EndedBy.PEER, cause=k.EndCause.CANCELLED))
        await settled(api, fresh)
    async with old:
        await old.settled()
    for leg in (first, second):
        kinds = [type(event).__name__ for event, _ in await api.kc.readers.steps(leg)]
        assert kinds == ["Arrived", "Ended"]


async def test_poisonous_report_is_given_up_soon_and_shows_nothing_of_a_client(api, bridge, capsys):
    before = counted("kc_link_reports_total", outcome="given_up")
    bridge.report(
        k.LegOffered(leg="+420777123456", trunk="pbx", caller="+420777123456", dialled=NUMBER, sip_call_id="x")
    )
    bridge.report(k.LegEnded(leg="+420777123456", by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled(5)
    assert counted("kc_link_reports_total", outcome="given_up") - before == 2
    assert "777123456" not in capsys.readouterr().out


async def test_bad_frames_are_counted_and_the_link_goes_on(api, bridge):
    before = counted("kc_link_bad_frames_total", kind="malformed"), counted("kc_link_bad_frames_total", kind="unknown")
    for frame in ("", "nonsense", "[]", "{}", "[" * 100_000, "😀", '{"type":"Report"}', b"\xff\x00", b"{}"):
        await bridge._socket.send(frame)
    bridge.seq += 1
    unknown = {
        "type": "Report",
        "seq": bridge.seq,
        "at": "2026-01-01T00:00:00Z",
        "event": {"type": "Teleported", "leg": "x"},
    }
    await bridge._socket.send(json.dumps(unknown))
    for number in range(200):  # frames cut at any byte
        whole = k.encode(k.Report(seq=10**6, at=k.decode_bridge_frame(_any_report()).at, event=k.LegAnswered(leg="x")))
        await bridge._socket.send(whole[: number % len(whole)])
    leg = bridge.call("+420602000000", NUMBER)
    await bridge.command(k.RingLeg, leg)
    await bridge.settled()
    after = counted("kc_link_bad_frames_total", kind="malformed"), counted("kc_link_bad_frames_total", kind="unknown")
    assert after[0] - before[0] > 100 and after[1] - before[1] >= 2


def _any_report() -> str:
    return '{"type":"Report","seq":1,"at":"2026-01-01T00:00:00Z","event":{"type":"LegAnswered","leg":"x"}}'


async def test_stranger_without_token_or_hello_is_refused_and_counted(api):
    before = counted("kc_link_refused_total", why="token"), counted("kc_link_refused_total", why="hello")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        try:
            async with websockets.connect(api.bridge_url, additional_headers=headers, proxy=None) as socket:
                await socket.recv()
            raise AssertionError("let in")
        except (websockets.InvalidStatus, websockets.ConnectionClosed):
            pass
    token = {"Authorization": f"Bearer {api.link_token}"}
    for first in ("{}", "x", k.encode(k.Hello(version=99, bridge="b", boot=str(uuid.uuid4()), next_seq=1))):
        async with websockets.connect(api.bridge_url, additional_headers=token, proxy=None) as socket:
            await socket.send(first)
            try:
                await socket.recv()
                raise AssertionError("welcomed")
            except websockets.ConnectionClosed:
                pass
    assert counted("kc_link_refused_total", why="token") - before[0] == 3
    assert counted("kc_link_refused_total", why="hello") - before[1] == 3
