"""Recordings from the bridge's disk to somebody's ears: kept sealed, found by data, heard by permission, erased in time."""

import asyncio
import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from moto.server import ThreadedMotoServer
from sqlalchemy import text

from backend.adapters.recordings.archivist import rewrap
from backend.adapters.recordings.keyring import add_key
from backend.adapters.recordings.vault import Vault
from backend.domain.voice.waiting_words import position_text
from backend.recordings import verify
from sip_bridge import contract as k
from sip_bridge.media import wav
from sip_bridge.media.g711 import encode
from tests.scenarios.test_call_control import colleague, do
from tests.scenarios.test_inbound_call import act, ready_agent, walk_to_queue
from tests.scenarios.test_routing import Admin, call, said, says
from tests.support.api import Api, Client
from tests.support.rtp_phone import level, tone

SECONDS = 3
LEFT, RIGHT = 650.0, 1150.0


def written(folder: Path, recording: str, seconds: int = SECONDS) -> k.RecordingEnded:
    """A finished recording as a bridge leaves it: 650 Hz left, 1150 Hz right, the middle second silent."""
    sides = [tone(f, 0, 8000 * seconds) for f in (LEFT, RIGHT)]
    for side in sides:
        side[8000:16000] = 0
    codes = np.stack([encode(side.astype(np.int16)) for side in sides], axis=1).astype(np.uint8).tobytes()
    path = folder / recording[:2] / f"{recording}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav.header(len(codes)) + codes)
    raw = path.read_bytes()
    return k.RecordingEnded(
        recording=recording,
        file=f"{recording[:2]}/{recording}.wav",
        duration_ms=1000 * seconds,
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        gaps_ms=((1000, 2000),),
    )


async def recorded_call(
    api: Api, agent: Client, bridge, caller: str = "+420601123456", note: str = ""
) -> tuple[str, str]:
    """Contact and recording of a call that was answered, recorded, ended, and wrapped up."""
    leg = await walk_to_queue(bridge, caller)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    started = await bridge.command(k.StartRecording, leg)
    bridge.report(k.RecordingStarted(recording=started.recording))
    await agent.desk.until(lambda v: v.contacts[leg]["connectedAt"])
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    if note:
        await agent.run(
            "mutation($c: ID!, $t: String!) { writeNote(contact: $c, text: $t, key: $c) { __typename } }", c=leg, t=note
        )
    await act(agent, "finishWrapUp", leg)
    await agent.desk.until(lambda v: leg not in v.contacts)
    bridge.report(await asyncio.to_thread(written, api.config.recordings, started.recording))
    await bridge.settled()
    return leg, started.recording


async def row(api: Api, recording: str):
    async with api.kc.engine.connect() as connection:
        return (await connection.execute(text("SELECT * FROM recording WHERE id = :id"), {"id": recording})).one()


async def kept(api: Api, recording: str):
    """The row, once it is kept and nothing plain is left."""
    api.kc.archivist.wake()
    async with asyncio.timeout(15):
        while (found := await row(api, recording)).kept_at is None or found.file is not None:
            api.kc.archivist.wake()
            await asyncio.sleep(0.05)
    return found


DETAIL = """query($c: ID!) { contact(id: $c) { recording { id url wavUrl mp3Url durationMs gaps { startMs endMs } peaks damaged
  heldWhy keepUntil erasedAt } } }"""


async def recording_of(client: Client, contact: str) -> dict:
    return (await client.run(DETAIL, c=contact))["contact"]["recording"]


async def signed_in(api: Api, server, login: str) -> Client:
    client = api.client()
    assert (await client.sign_in(login, server.logins[login].password))["__typename"] == "SignedIn"
    return client


def sides(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    samples, rate = soundfile.read(io.BytesIO(body), dtype="int16", always_2d=True)
    assert rate == 8000
    return samples[:, 0].astype(float), samples[:, 1].astype(float)


def hears_both_sides(body: bytes) -> None:
    left, right = sides(body)
    assert level(left[:8000], LEFT) > 3000 > 100 > level(left[:8000], RIGHT)
    assert level(right[:8000], RIGHT) > 3000 > 100 > level(right[:8000], LEFT)


async def test_rec_03_15_16_a_recording_is_kept_sealed_and_played_and_exported(api, server, bridge):
    agent = await ready_agent(api, server)
    contact, id = await recorded_call(api, agent, bridge)
    plain = (await recording_of(agent, contact))["url"]
    early = await agent.http.get(plain)
    assert early.status_code == 200  # before it is kept, or already after: playable at once
    found = await kept(api, id)
    assert not list(api.config.recordings.rglob("*.wav"))
    stored = (api.files / "kept" / found.name).read_bytes()
    assert b"fLaC" not in stored and b"RIFF" not in stored
    assert found.kept_size < 16000 * SECONDS

    seen = await recording_of(agent, contact)
    assert (seen["wavUrl"], seen["mp3Url"]) == (None, None)  # an agent listens, and takes nothing away
    assert seen["gaps"] == [{"startMs": 1000, "endMs": 2000}]
    played = await agent.http.get(seen["url"])
    assert (played.status_code, played.headers["content-type"]) == (200, "audio/flac")
    hears_both_sides(played.content)
    assert hashlib.sha256(played.content).hexdigest() == found.kept_sha256
    part = await agent.http.get(seen["url"], headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, played.content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{found.kept_size}"
    assert (await agent.http.get(seen["url"], headers={"Range": f"bytes={found.kept_size}-"})).status_code == 416

    boss = await signed_in(api, server, "dana")
    taken = await recording_of(boss, contact)
    as_wav, as_mp3 = await boss.http.get(taken["wavUrl"]), await boss.http.get(taken["mp3Url"])
    assert as_wav.content[:4] == b"RIFF" and as_wav.headers["content-type"] == "audio/wav"
    hears_both_sides(as_wav.content)
    assert soundfile.info(io.BytesIO(as_mp3.content)).format == "MP3"
    assert "+420601123456.mp3" in as_mp3.headers["content-disposition"]
    left, _ = sides(as_mp3.content)
    assert level(left[1000:8000], LEFT) > 3000


async def test_rec_17_listening_and_taking_away_are_two_rights_and_every_access_is_noted(api, server, bridge):
    agent = await ready_agent(api, server)
    contact, id = await recorded_call(api, agent, bridge)
    await kept(api, id)
    petr, tabule, dana = [await signed_in(api, server, who) for who in ("petr", "tabule", "dana")]
    audio, take = f"/recordings/{id}/audio", f"/recordings/{id}.mp3"
    answers = {
        (name, url): (await client.http.get(url)).status_code
        for name, client in (
            ("jana", agent),
            ("petr", petr),
            ("tabule", tabule),
            ("dana", dana),
            ("nobody", api.client()),
        )
        for url in (audio, take)
    }
    assert answers == {
        ("jana", audio): 200, ("jana", take): 404, ("petr", audio): 404, ("petr", take): 404,
        ("tabule", audio): 404, ("tabule", take): 404, ("dana", audio): 200, ("dana", take): 200,
        ("nobody", audio): 401, ("nobody", take): 401,
    }  # fmt: skip
    query = "query($r: ID!) { recordingAccesses(recording: $r) { userId action allowed address } }"
    noted = (await dana.run(query, r=id))["recordingAccesses"]
    assert {(a["action"], a["allowed"]) for a in noted} == {
        ("listen", True), ("listen", False), ("download", True), ("download", False)
    }  # fmt: skip
    assert len(noted) == 8 and all(a["userId"] and a["address"] == "127.0.0.1" for a in noted)
    assert contact


async def test_a_flipped_byte_is_found_when_the_recording_is_played(api, server, bridge):
    agent = await ready_agent(api, server)
    contact, id = await recorded_call(api, agent, bridge)
    found = await kept(api, id)
    path = api.files / "kept" / found.name
    good = path.read_bytes()
    assert await verify(api.config) == []
    path.write_bytes(good[:500] + bytes([good[500] ^ 1]) + good[501:])
    answer = await agent.http.get(f"/recordings/{id}/audio")
    assert answer.status_code == 500 and len(answer.content) < 100
    assert (await recording_of(agent, contact))["damaged"]
    assert await verify(api.config) == [id]
    path.unlink()
    assert (await agent.http.get(f"/recordings/{id}/audio")).status_code == 500


async def test_a_file_that_is_not_what_the_bridge_wrote_is_not_kept_as_if_it_were(api, server, bridge):
    agent = await ready_agent(api, server)
    leg = await walk_to_queue(bridge)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    id = (await bridge.command(k.StartRecording, leg)).recording
    bridge.report(k.RecordingStarted(recording=id))
    ended = written(api.config.recordings, id)
    path = api.config.recordings / ended.file
    path.write_bytes(path.read_bytes()[:-10] + b"0123456789")
    bridge.report(ended)
    await bridge.settled()
    api.kc.archivist.wake()
    async with asyncio.timeout(10):
        while (found := await row(api, id)).tries == 0:
            await asyncio.sleep(0.05)
    assert found.kept_at is None and found.retry_at > datetime.now(UTC) and path.exists()


async def test_rec_01_15_what_is_expired_is_erased_unless_the_law_holds_it(api, server, bridge):
    agent = await ready_agent(api, server)
    dana = await signed_in(api, server, "dana")
    calls = [await recorded_call(api, agent, bridge) for _ in range(2)]
    held, old = [id for _, id in calls]
    files = [api.files / "kept" / (await kept(api, id)).name for id in (held, old)]
    hold = "mutation($r: ID!, $w: String) { holdRecording(recording: $r, why: $w) { __typename } }"
    assert (await dana.run(hold, r=held, w="Spis 12/2026"))["holdRecording"]["__typename"] == "Done"
    assert (await dana.run(hold, r=held, w="  "))["holdRecording"]["__typename"] == "Refused"
    archivist = api.kc.archivist
    later = datetime.now(UTC) + timedelta(days=399)
    archivist.clock = lambda: later
    assert await archivist.erase_expired() == 0
    later += timedelta(days=2)
    assert await archivist.erase_expired() == 1
    while await archivist.sweep():
        pass
    assert [f.exists() for f in files] == [True, False]
    assert (await row(api, old)).wrapped_key is None
    assert (await agent.http.get(f"/recordings/{old}/audio")).status_code == 410
    seen = await recording_of(agent, calls[1][0])
    assert seen["erasedAt"] and seen["url"] is None
    assert (await recording_of(agent, calls[0][0]))["heldWhy"] == "Spis 12/2026"
    await dana.run(hold, r=held, w=None)
    assert await archivist.erase_expired() == 1


async def test_keys_are_rotated_without_touching_the_files_or_stopping_the_players(api, server, bridge):
    agent = await ready_agent(api, server)
    _, id = await recorded_call(api, agent, bridge)
    before = await kept(api, id)
    stored = (api.files / "kept" / before.name).read_bytes()
    add_key(api.config.recording_keys)
    assert await rewrap(api.kc.engine, api.kc.archivist.keyring) == 1
    after = await row(api, id)
    assert after.key_id != before.key_id and after.wrapped_key != before.wrapped_key
    lines = api.config.recording_keys.read_text().splitlines()
    api.config.recording_keys.write_text(lines[0] + "\n")  # the old key is thrown away
    assert (await agent.http.get(f"/recordings/{id}/audio")).status_code == 200
    assert (api.files / "kept" / before.name).read_bytes() == stored


async def test_rec_05_the_agent_decides_not_to_record_for_a_while(api, server, bridge):
    agent = await ready_agent(api, server)
    leg = await walk_to_queue(bridge)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    id = (await bridge.command(k.StartRecording, leg)).recording
    assert (await act(agent, "pauseRecording", leg))["__typename"] == "Contact"
    assert (await bridge.command(k.PauseRecording)).recording == id
    await agent.desk.until(lambda v: v.contacts[leg]["recordingPaused"])
    await act(agent, "hold", leg)  # nothing is resumed by hold and its end
    await act(agent, "resume", leg)
    await act(agent, "resumeRecording", leg)
    assert (await bridge.command(k.ResumeRecording)).recording == id
    assert [c for c in bridge.commands if isinstance(c.body, k.ResumeRecording | k.PauseRecording)] == []
    steps = (await agent.run("query($c: ID!) { contact(id: $c) { steps { kind actorId } } }", c=leg))["contact"][
        "steps"
    ]
    assert [s["kind"] for s in steps if s["kind"].startswith("Recording")] == ["RecordingPaused", "RecordingResumed"]
    assert all(s["actorId"] for s in steps if s["kind"].startswith("Recording"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE queue SET recorded = false",
        'INSERT INTO setting VALUES (\'calls\', \'{"not_recorded": [{"prefix": "+420601"}]}\')',
    ],
)
async def test_rec_04_in_10_recording_is_off_by_queue_or_number(api, server, bridge, change):
    async with api.kc.engine.begin() as connection:
        await connection.execute(text(change))
    await api.kc.reload_settings()
    agent = await ready_agent(api, server)
    leg = await walk_to_queue(bridge, "+420601123456")
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    contact = await agent.desk.until(lambda v: v.contacts[leg]["connectedAt"] and v.contacts[leg])
    assert contact["recordingId"] is None
    assert (await act(agent, "pauseRecording", leg)) == {"__typename": "Refused", "code": "NOT_RECORDED"}
    assert not [c for c in bridge.commands if isinstance(c.body, k.StartRecording)]


SEARCH = """query($c: CallCriteria!, $s: SortBy!, $d: Boolean!) { searchCalls(criteria: $c, sort: $s, descending: $d) { total
  calls { contactId type startedAt agentId number queueId categoryId waitSeconds lengthSeconds note recordingId playable } } }"""


async def found(client: Client, criteria: dict, sort: str = "STARTED", descending: bool = True) -> list[dict]:
    answer = (await client.run(SEARCH, c=criteria, s=sort, d=descending))["searchCalls"]
    assert answer["total"] == len(answer["calls"])
    return answer["calls"]


async def test_rec_02_06_07_08_09_10_11_12_13_14_18_calls_are_found_and_sorted_by_their_data(
    api, server, bridge, watch
):
    agent = await ready_agent(api, server)
    numbers = ["+420601123456", "+420777000001", "+420222333444"]
    notes = ["Chce nový průkaz.", "", "Ženě nepřišel přeplatek"]
    calls = [(await recorded_call(api, agent, bridge, n, note))[0] for n, note in zip(numbers, notes, strict=True)]
    lost = await walk_to_queue(bridge, "+420999")
    bridge.report(k.LegEnded(leg=lost, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    watch.over = True
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE queue_visit SET entered_at = left_at - make_interval(secs => 10 * x.n) FROM"
                " (SELECT id, row_number() OVER (ORDER BY arrived_at) n FROM interaction) x WHERE x.id = interaction"
            )
        )
    me = next(iter(agent.desk.agents))
    dana = await signed_in(api, server, "dana")
    ids = lambda rows: [r["contactId"] for r in rows]  # noqa: E731
    everything = await found(dana, {})
    assert ids(everything) == [lost, *reversed(calls)]
    first = everything[-1]
    assert first["agentId"] == me and first["number"] == numbers[0] and first["note"] == notes[0]
    assert first["type"] == "INBOUND" and first["queueId"] and first["recordingId"] and first["lengthSeconds"] > 0
    assert everything[0]["type"] == "LOST" and everything[0]["lengthSeconds"] is None
    assert ids(await found(dana, {"words": "PRUKAZ"})) == [calls[0]]
    assert ids(await found(dana, {"words": "zene neprisel PREPLATEK"})) == [calls[2]]
    assert ids(await found(dana, {"words": "100%"})) == []
    assert ids(await found(dana, {"number": "777 000"})) == [calls[1]]
    assert ids(await found(dana, {"types": ["LOST"]})) == [lost]
    assert ids(await found(dana, {"recorded": True, "agents": [me]})) == [*reversed(calls)]
    assert ids(await found(dana, {"waitFrom": 15, "waitTo": 25})) == [calls[1]]
    assert ids(await found(dana, {"lengthFrom": 3600})) == []
    assert ids(await found(dana, {"queues": [first["queueId"]], "until": everything[-1]["startedAt"]})) == []
    assert ids(await found(dana, {"since": everything[1]["startedAt"]})) == [lost, calls[2]]
    assert ids(await found(dana, {"recorded": True}, "NUMBER", False)) == [calls[2], calls[0], calls[1]]
    assert ids(await found(dana, {"recorded": True}, "NOTE", False)) == [calls[0], calls[2], calls[1]]
    assert ids(await found(dana, {}, "WAIT", True)) == [lost, *reversed(calls)]
    for sort in ("TIME_OF_DAY", "AGENT", "LENGTH", "CATEGORY", "QUEUE"):
        assert set(ids(await found(dana, {}, sort, False))) == {lost, *calls}
    petr = await signed_in(api, server, "petr")
    assert await found(petr, {}) == []
    assert ids(await found(agent, {})) == [*reversed(calls)]


async def test_rec_04_11_a_call_that_an_agent_places_is_recorded_and_found_by_its_type(api, server, bridge):
    agent = await ready_agent(api, server)
    made = (await do(agent, "dial", more='number: "602333444"'))["id"]
    bridge.report(k.LegAnswered(leg=made))
    started = await bridge.command(k.StartRecording, made)
    assert (started.left, started.right) == ((made,), (f"agent-{next(iter(agent.desk.agents))}",))
    bridge.report(k.Connected(group=made), k.RecordingStarted(recording=started.recording))
    await agent.desk.until(lambda v: v.contacts[made]["connectedAt"])
    await act(agent, "hangUp", made)
    await act(agent, "finishWrapUp", made)
    bridge.report(await asyncio.to_thread(written, api.config.recordings, started.recording))
    missed = (await do(agent, "dial", more='number: "602333555"'))["id"]
    bridge.report(k.LegEnded(leg=missed, by=k.EndedBy.PEER, cause=k.EndCause.BUSY))
    await bridge.settled()
    for type, placed in (("OUTBOUND", made), ("NOT_REACHED", missed)):
        assert [row["contactId"] for row in await found(agent, {"types": [type]})] == [placed]
    await kept(api, started.recording)
    assert (await agent.http.get((await recording_of(agent, made))["url"])).status_code == 200


async def test_agt_30_rec_17_everybody_who_had_the_call_may_listen_and_finds_it(api, server, bridge):
    jana = await ready_agent(api, server)
    leg = await walk_to_queue(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    petr, his = await colleague(api, server)
    await act(jana, "acceptOffer", leg)
    started = await bridge.command(k.StartRecording, leg)
    bridge.report(k.RecordingStarted(recording=started.recording))
    await do(jana, "transfer", leg, f"to: {{agent: {his}}}")
    assert (await do(petr, "acceptOffer", leg))["agentId"] == his
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    bridge.report(await asyncio.to_thread(written, api.config.recordings, started.recording))
    await bridge.settled()
    await kept(api, started.recording)
    for who in (jana, petr):
        assert [row["contactId"] for row in await found(who, {})] == [leg]
        assert (await who.http.get((await recording_of(who, leg))["url"])).status_code == 200


async def test_czech_words_are_sorted_as_a_czech_sorts_them(api):
    words = [
        "Cibulka",
        "Czech",
        "Čáp",
        "Ďurica",
        "Dvořák",
        "Houška",
        "Hruška",
        "Chalupa",
        "Chyba",
        "Ivan",
        "Rybář",
        "Řehoř",
        "Zeman",
        "Žák",
    ]
    async with api.kc.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT w FROM unnest(CAST(:w AS text[])) w ORDER BY cs_key(w)"), {"w": words[::-1]}
        )
        assert [r[0] for r in rows] == words


@pytest.fixture
def s3(monkeypatch):
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    import boto3

    boto3.client("s3").create_bucket(Bucket="recordings")
    yield "s3://recordings/kc"
    server.stop()


async def test_an_s3_store_is_as_good_as_a_folder(s3):
    vault = Vault.at(s3)
    await vault.put("ab/x.kcr", b"0123456789")
    assert await vault.read("ab/x.kcr", 2, 5) == b"234"
    assert await vault.size("ab/x.kcr") == 10
    await vault.delete("ab/x.kcr")
    await vault.delete("ab/x.kcr")
    with pytest.raises(FileNotFoundError):
        await vault.read("ab/x.kcr", 0, 1)
    with pytest.raises(ValueError, match="file:// or s3://"):
        Vault.at("ftp://somewhere")


async def test_search_knows_no_diacritics(api):
    both = ("Příliš žluťoučký kůň úpěl ďábelské ÓDY ČŘŠŤŇ", "prilis zlutoucky kun upel dabelske ody crstn")
    async with api.kc.engine.connect() as connection:
        assert await connection.scalar(text("SELECT cs_plain(:w)"), {"w": both[0]}) == both[1]


async def test_rec_04_a_caller_is_told_once_that_the_call_will_be_recorded(api, server, bridge):
    admin = await signed_in(api, server, "spravce")
    routing = Admin(admin)
    words = "Hovor nahráváme."
    calls = (await admin.run("{ callSettings }"))["callSettings"]
    saved = await admin.run(
        "mutation($c: JSON!) { saveCallSettings(calls: $c) { __typename } }", c=calls | {"recording_notice": words}
    )
    assert saved["saveCallSettings"]["__typename"] == "SettingSaved"
    second = await routing.change("Pojištění", exit_keys=[])
    first = await routing.change(
        "Platby", exit_keys=[], overflow=[{"after_s": 1, "to": {"type": "queue", "queue": second}}]
    )
    await routing.rules({"type": "queue", "queue": first})
    leg, play = await call(bridge)
    assert said(play) == says(words, position_text(1))
    moved = await bridge.command(k.Play, leg, timeout=15)
    assert said(moved) == says(position_text(1)), "not again in the next queue"
    await routing.change("Platby", top={"recorded": False}, overflow=[])
    _, play = await call(bridge)
    assert said(play) == says(position_text(1)), "and not where nothing is recorded"
