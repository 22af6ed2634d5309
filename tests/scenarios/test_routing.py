"""Entry, working time, strategies, overflow and announcements: the real API and PostgreSQL with a scripted bridge.

Settings are edited as an administrator edits them, through GraphQL.
"""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import soundfile
from sqlalchemy import text

from backend.application.destinations import CLOSED_TEXT, FULL_TEXT, UNSTAFFED_TEXT
from backend.application.voice import prompt_key
from backend.demo import CALLER, NUMBER
from backend.domain.kernel.working_time import PRAGUE
from backend.domain.voice.waiting_words import position_text, wait_text
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.support.api import Api, Client
from tests.support.consistency import everything_read

SAVED = "{ __typename ... on SettingSaved { id } ... on SettingRefused { problems { field kind } } }"
OTHER = "+420602333999"


class Admin:
    """An administrator's hands."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def settings(self) -> dict:
        answer = await self.client.run(
            "{ routingSettings { queues { id body } calendars { id body } groups { id body }"
            " entryRules { number version inForce authorId } } }"
        )
        return answer["routingSettings"]

    async def queue(self, name: str) -> tuple[int, dict]:
        return next((q["id"], q["body"]) for q in (await self.settings())["queues"] if q["body"]["name"] == name)

    async def change(self, name: str, top: dict | None = None, **options) -> int:
        """Change settings and options of a queue; its id."""
        id, body = await self.queue(name)
        body |= top or {}
        body["options"] |= options
        answer = await self.client.run(
            f"mutation($q: JSON!, $id: Int) {{ saveQueue(queue: $q, id: $id) {SAVED} }}", q=body, id=id
        )
        assert answer["saveQueue"] == {"__typename": "SettingSaved", "id": id}, answer
        return id

    async def rules(self, default: dict, *rules: dict, number: str = NUMBER) -> int:
        """Save and publish; the version."""
        answer = await self.client.run(
            f"mutation($r: JSON!) {{ saveEntryRules(rules: $r) {SAVED} }}",
            r={"number": number, "default": default, "rules": list(rules)},
        )
        version = answer["saveEntryRules"]["id"]
        await self.publish(version, number)
        return version

    async def publish(self, version: int, number: str = NUMBER) -> None:
        answer = await self.client.run(
            f"mutation($n: String!, $v: Int!) {{ publishEntryRules(number: $n, version: $v) {SAVED} }}",
            n=number,
            v=version,
        )
        assert answer["publishEntryRules"]["__typename"] == "SettingSaved", answer

    async def calendar(self, **body) -> int:
        answer = await self.client.run(f"mutation($c: JSON!) {{ saveCalendar(calendar: $c) {SAVED} }}", c=body)
        return answer["saveCalendar"]["id"]

    async def group(self, name: str, *members: int) -> int:
        answer = await self.client.run(
            f"mutation($n: String!, $m: [Int!]!) {{ saveGroup(name: $n, members: $m) {SAVED} }}",
            n=name,
            m=list(members),
        )
        return answer["saveGroup"]["id"]


def music() -> bytes:
    """Two seconds of a chord as an uploaded file."""
    time = np.arange(16000) / 8000
    file = io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 350 * time), 8000, format="FLAC")
    return file.getvalue()


async def call(bridge, caller: str | None = CALLER, number: str = NUMBER) -> tuple[str, k.Play]:
    """A call that is answered; what it hears first."""
    leg = bridge.call(caller, number)
    await bridge.command(k.AnswerLeg, leg)
    bridge.report(k.LegAnswered(leg=leg))
    return leg, await bridge.command(k.Play, leg)


def said(play: k.Play) -> list[str]:
    return [source.key for source in play.sources if isinstance(source, k.Prompt)]


def says(*words: str) -> list[str]:
    return [prompt_key(text) for text in words]


def finished(bridge, play: k.Play) -> None:
    bridge.report(k.PlayFinished(leg=play.leg, play=play.play, outcome=k.PlayOutcome.COMPLETED))


async def contact(api, leg: str):
    return await api.kc.readers.contact(leg)


async def ended(api, bridge, leg: str):
    await bridge.command(k.HangUpLeg, leg)
    return await contact(api, leg)


async def user_id(api, login: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM user_account WHERE login = :l"), {"l": login})


def to_queue(id: int, **more) -> dict:
    return {"type": "queue", "queue": id, **more}


def text_to(words: str) -> dict:
    return {"type": "hang_up", "text": words}


# ---- entry


async def test_in_01_route_by_the_time_of_the_call(api, bridge, admin):
    day, _ = await admin.queue("Pojištění")
    night, _ = await admin.queue("Asistenční služba")
    everything = [{"start": 0, "end": 1440}]
    await admin.rules(
        text_to("Nikdy"),
        {
            "name": "jindy",
            "conditions": [{"type": "time", "intervals": everything, "negated": True}],
            "to": to_queue(day),
        },
        {"name": "teď", "conditions": [{"type": "time", "intervals": everything}], "to": to_queue(night)},
    )
    leg, _ = await call(bridge)
    assert (await contact(api, leg)).queue == night


async def test_in_02_route_by_the_callers_number(api, bridge, admin):
    vip, _ = await admin.queue("Pojištění")
    rest, _ = await admin.queue("Platby")
    rule = {"name": "vybraní", "conditions": [{"type": "caller", "prefixes": ["+420602"]}], "to": to_queue(vip)}
    hidden = {"name": "skryté", "conditions": [{"type": "caller", "withheld": True}], "to": text_to("Zapněte číslo")}
    await admin.rules(to_queue(rest), rule, hidden)
    chosen, _ = await call(bridge, OTHER)
    usual, _ = await call(bridge, "+420777000111")
    withheld, play = await call(bridge, None)
    assert (await contact(api, chosen)).queue == vip
    assert (await contact(api, usual)).queue == rest
    assert said(play) == says("Zapněte číslo")
    finished(bridge, play)
    assert (await ended(api, bridge, withheld)).outcome.value == "ended_by_ivr"


async def test_in_03_route_by_the_clients_status(api, bridge, admin):
    vip, _ = await admin.queue("Asistenční služba")
    rest, _ = await admin.queue("Platby")
    rule = {
        "name": "vip",
        "conditions": [{"type": "client_status", "statuses": ["vip"]}],
        "to": to_queue(vip, priority=5),
    }
    await admin.rules(to_queue(rest), rule)
    first, _ = await call(bridge, "+420603555666")
    second, _ = await call(bridge, CALLER)
    assert ((await contact(api, first)).queue, (await contact(api, first)).priority) == (vip, 5)
    assert (await contact(api, second)).queue == rest


async def test_in_12_route_by_live_figures(api, server, bridge, admin):
    queue, _ = await admin.queue("Pojištění")
    nobody = {
        "name": "nikdo není přihlášen",
        "conditions": [{"type": "queue_measures", "queue": queue, "measure": "signed_in", "less_than": 1}],
        "to": text_to("Nikdo tu není."),
    }
    many = {
        "name": "čeká jich moc",
        "conditions": [{"type": "queue_measures", "queue": queue, "measure": "waiting", "more_than": 0}],
        "to": text_to("Je jich moc."),
    }
    await admin.rules(to_queue(queue), nobody, many)
    alone, play = await call(bridge)
    assert said(play) == says("Nikdo tu není.")
    finished(bridge, play)
    assert (await ended(api, bridge, alone)).outcome.value == "ended_by_ivr"
    agent = await ready_agent(api, server)
    await agent.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    first, _ = await call(bridge)
    assert (await contact(api, first)).queue == queue
    await everything_read(api.kc)
    _, play = await call(bridge)
    assert said(play) == says("Je jich moc.")


async def test_in_12_unstaffed_queue_says_so_and_leaving_agents_empty_it(api, server, bridge, admin):
    queue = await admin.change("Pojištění", join_empty="nobody_signed_in", leave_when_empty="nobody_signed_in")
    await admin.rules(to_queue(queue))
    _, play = await call(bridge)
    assert said(play) == says(UNSTAFFED_TEXT)
    agent = await ready_agent(api, server)
    await agent.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    await everything_read(api.kc)
    waiting, play = await call(bridge)
    assert play.loop_last
    await agent.run("mutation { signOut { __typename } }")
    play = await bridge.command(k.Play, waiting)
    assert said(play) == says(UNSTAFFED_TEXT)
    assert (await contact(api, waiting)).visits[0].result.value == "flowed_out"


# ---- working time


async def test_in_06_closed_queue_plays_its_announcement_and_open_one_takes_calls(api, bridge, admin):
    shut = await admin.calendar(name="zavřeno", week=[[], [], [], [], [], [], []])
    queue = await admin.change("Platby", calendar=shut, when_closed=None)
    other, _ = await admin.queue("Pojištění")
    await admin.rules(to_queue(queue))
    leg, play = await call(bridge)
    assert said(play) == says(CLOSED_TEXT)
    finished(bridge, play)
    gone = await ended(api, bridge, leg)
    assert (gone.outcome.value, gone.visits) == ("ended_by_ivr", ())
    await admin.change("Platby", when_closed=to_queue(other))
    leg, _ = await call(bridge)
    assert (await contact(api, leg)).queue == other
    await admin.change("Platby", when_closed={"type": "number", "number": "+420241000999"})
    leg = bridge.call(CALLER, NUMBER)
    await bridge.command(k.AnswerLeg, leg)
    bridge.report(k.LegAnswered(leg=leg))
    rung = await bridge.command(k.DialLeg)
    assert rung.to == "+420241000999", "a line or any number outside"
    around = await admin.calendar(name="nonstop", week=[[{"start": 0, "end": 1440}]] * 7, holidays_closed=False)
    await admin.change("Platby", calendar=around)
    leg, _ = await call(bridge)
    assert (await contact(api, leg)).queue == queue


async def test_in_06_contact_accepted_before_closing_is_served(api, server, bridge, admin):
    queue, _ = await admin.queue("Platby")
    await admin.rules(to_queue(queue))
    leg, _ = await call(bridge)
    shut = await admin.calendar(name="zavřeno", week=[[], [], [], [], [], [], []])
    await admin.change("Platby", calendar=shut)
    agent = await ready_agent(api, server)
    offered = await agent.desk.until(lambda v: v.contacts.get(leg))
    assert offered["phase"] == "OFFERED"


async def test_in_06_full_queue_takes_nobody_more(api, bridge, admin):
    queue = await admin.change("Platby", max_waiting=2)
    await admin.rules(to_queue(queue))
    for caller in ("+420601000001", "+420601000002"):
        _, play = await call(bridge, caller)
        assert play.loop_last
    _, play = await call(bridge, "+420601000003")
    assert said(play) == says(FULL_TEXT)


# ---- who gets whom


async def test_in_04_most_skilled_agent_first_and_lower_levels_later(api, server, bridge, admin):
    queue, body = await admin.queue("Platby")
    skill = body["skills"][0][0]
    await admin.change("Platby", strategy="most_skilled", widen=[], overflow=[])
    await admin.rules(to_queue(queue, skills=[[skill, 5]], steps=[{"after_s": 1, "skills": [[skill, 1]]}]))
    leg, _ = await call(bridge)
    jana = await ready_agent(api, server, "jana")  # level 3: not enough at first, one second later she will do
    offered = await jana.desk.until(lambda v: v.contacts.get(leg))
    waited = datetime.fromisoformat(offered["offerExpiresAt"]) - (await contact(api, leg)).queued_at
    assert offered["phase"] == "OFFERED" and waited > timedelta(seconds=1)


async def test_in_07_groups_are_asked_in_the_defined_order(api, server, bridge, admin):
    petr_id = await user_id(api, "petr")
    queue, _ = await admin.queue("Platby")
    other = await admin.group("Druzí", petr_id)
    nobody = await admin.group("První")
    steps = [{"after_s": 0, "groups": [nobody]}, {"after_s": 1, "groups": [other]}]
    await admin.rules(to_queue(queue, steps=steps))
    jana = await ready_agent(api, server, "jana")
    petr = await ready_agent(api, server, "petr")
    leg, _ = await call(bridge)
    # Jana knows payments and is idle the longest, but only groups are asked; Petr's is the second.
    await petr.desk.until(lambda v: v.contacts.get(leg))
    assert leg not in jana.desk.contacts


async def test_in_11_agent_who_is_not_ready_is_not_offered(api, server, bridge, admin):
    queue, _ = await admin.queue("Platby")
    petr = await user_id(api, "petr")
    await admin.rules({"type": "agent", "agent": petr, "otherwise": to_queue(queue)})
    paused = await ready_agent(api, server, "petr")
    await paused.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    leg, _ = await call(bridge)
    assert (await contact(api, leg)).queue == queue
    assert (await contact(api, leg)).offers == 0


async def test_in_15_call_goes_to_the_queue_that_its_number_leads_to(api, bridge, admin):
    queue, _ = await admin.queue("Asistenční služba")
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("INSERT INTO entry_point (number, name, flow) VALUES ('+420800100900', 'x', 1)"))
    await api.kc.reload_settings()
    await admin.rules(to_queue(queue), number="+420800100900")
    leg, play = await call(bridge, number="+420800100900")
    assert (await contact(api, leg)).queue == queue and play.loop_last
    menu, play = await call(bridge)
    assert (await contact(api, menu)).phase.value == "in_ivr", "the other number keeps its flow"


async def test_in_16_call_goes_straight_to_its_agent_and_on_when_not_taken(api, server, bridge, admin):
    jana_id = await user_id(api, "jana")
    queue = await admin.change("Platby", exit_keys=[])
    await admin.rules({"type": "agent", "agent": jana_id, "otherwise": to_queue(queue)})
    jana = await ready_agent(api, server, "jana")
    leg, _ = await call(bridge)
    offered = await jana.desk.until(lambda v: v.contacts.get(leg))
    assert (offered["phase"], offered["queueId"]) == ("OFFERED", None)
    await jana.run("mutation($c: ID!) { declineOffer(contact: $c) { __typename } }", c=leg)
    waiting = await bridge.command(k.Play, leg)
    assert said(waiting) == says(position_text(1))
    assert (await contact(api, leg)).queue == queue


async def test_in_17_agent_of_two_queues_gets_calls_of_both(api, server, bridge, admin):
    jana = await ready_agent(api, server, "jana")
    for name in ("Pojištění", "Platby"):
        queue, _ = await admin.queue(name)
        await admin.rules(to_queue(queue))
        leg, _ = await call(bridge)
        await jana.desk.until(lambda v, leg=leg: v.contacts.get(leg))
        bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
        await jana.desk.until(lambda v, leg=leg: leg not in v.contacts)


async def test_ring_all_first_to_accept_wins_and_the_others_miss_nothing(api, server, bridge, admin):
    queue = await admin.change("Pojištění", strategy="ring_all")
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server, "jana")
    petr = await ready_agent(api, server, "petr")
    leg, _ = await call(bridge)
    for agent in (jana, petr):
        shown = await agent.desk.until(lambda v: v.contacts.get(leg))
        assert shown["offeredTo"] == next(iter(agent.desk.agents))
    answer = await petr.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    assert answer["acceptOffer"]["__typename"] == "Contact"
    await jana.desk.until(lambda v: leg not in v.contacts)
    me = next(iter(jana.desk.agents.values()))
    assert (me["presence"], me["activity"], me["reason"]) == ("READY", "READY", None)
    late = await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { ... on Refused { code } } }", c=leg)
    assert late["acceptOffer"] == {"code": "OFFER_GONE"}
    steps = [event for event, _ in await api.kc.readers.steps(leg)]
    returned = [e.reason.value for e in steps if type(e).__name__ == "OfferReturned"]
    assert returned == ["answered_elsewhere"]


async def test_in_32_caller_gets_the_agent_of_last_time_if_ready_else_the_normal_order(api, server, bridge, admin):
    queue = await admin.change("Pojištění", top={"wrap_up_s": 0}, sticky=True)
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server, "jana")
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await jana.desk.until(lambda v: leg not in v.contacts)
    petr = await ready_agent(api, server, "petr")
    await jana.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    await jana.run("mutation { setPresence(presence: READY) { __typename } }")
    # Petr is idle longer now, yet the caller knows Jana.
    again, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(again))
    third, _ = await call(bridge)  # Jana rings: at once the normal order, nobody waits for her
    await petr.desk.until(lambda v: v.contacts.get(third))


async def test_in_33_agent_has_the_queues_time_to_finish(api, server, bridge, admin):
    queue = await admin.change("Platby", top={"wrap_up_s": 2})
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server, "jana")
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    next_leg, _ = await call(bridge, OTHER)
    await jana.desk.until(lambda v: leg not in v.contacts)
    s = await contact(api, leg)
    assert timedelta(seconds=1.9) < s.closed_at - s.ended_at < timedelta(seconds=5)
    await jana.desk.until(lambda v: v.contacts.get(next_leg))
    assert (await contact(api, next_leg)).offer.offered_at >= s.closed_at


# ---- while waiting


async def test_in_26_position_is_told_on_entry_and_when_it_gets_better(api, bridge, admin):
    queue = await admin.change(
        "Platby",
        top={"announce_every_s": 60},
        exit_keys=[],
        announcements={"min_every_s": 1, "first_message": "Vítejte."},
    )
    await admin.rules(to_queue(queue))
    first, play = await call(bridge, "+420601000001")
    assert said(play) == says("Vítejte.", position_text(1))
    second, play = await call(bridge, "+420601000002")
    assert said(play) == says("Vítejte.", position_text(2))
    bridge.report(k.LegEnded(leg=first, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    play = await bridge.command(k.Play, second, timeout=15)
    assert said(play) == says(position_text(1)) and isinstance(play.sources[-1], k.Music)
    assert (await contact(api, second)).position == 1


async def test_expected_wait_and_comfort_are_told(api, server, bridge, admin):
    piece = (await admin.client.http.post("/prompts?name=Klid", content=music())).json()["key"]
    queue = await admin.change(
        "Platby",
        top={"announce_every_s": 0},
        exit_keys=[],
        announcements={"expected_wait": "yes", "comfort": ["Děkujeme."], "comfort_every_s": 10, "music": piece},
    )
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server)
    busy, _ = await call(bridge, "+420601000001")
    await jana.desk.until(lambda v: v.contacts.get(busy))
    await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=busy)
    await everything_read(api.kc)
    leg, play = await call(bridge, "+420601000002")
    # One agent at work, the usual four minutes a call: the first in line waits one of them.
    assert said(play) == says(position_text(1), wait_text(timedelta(minutes=4)))
    assert play.sources[-1] == k.Music(piece)
    comfort = await bridge.command(k.Play, leg, timeout=15)
    assert said(comfort) == says("Děkujeme.")
    view = await jana.live("board")
    now = await view.until(lambda v: v.queues.get(queue))
    assert now["waiting"] == 1


async def test_overflow_keeps_the_arrival_time(api, server, bridge, admin):
    second, _ = await admin.queue("Pojištění")
    first = await admin.change("Platby", widen=[], overflow=[{"after_s": 1, "to": to_queue(second)}])
    await admin.rules(to_queue(first))
    leg, _ = await call(bridge)
    arrived = (await contact(api, leg)).queued_at
    await bridge.command(k.Play, leg)
    s = await contact(api, leg)
    assert (s.queue, s.queued_at) == (second, arrived)
    assert [v.result.value if v.result else None for v in s.visits] == ["flowed_out", None]


async def test_overflow_that_leads_nowhere_leaves_the_caller_in_line(api, bridge, admin):
    petr = await user_id(api, "petr")
    first = await admin.change("Platby", widen=[], overflow=[{"after_s": 1, "to": {"type": "agent", "agent": petr}}])
    await admin.rules(to_queue(first))
    leg, _ = await call(bridge)
    for _ in range(200):
        s = await contact(api, leg)
        if s.overflows:
            break
        await bridge.settled()
        await asyncio.sleep(0.05)
    assert (s.overflows, s.phase.value, s.queue) == (1, "queued", first)


async def test_longest_wait_ends_with_its_destination(api, bridge, admin):
    queue = await admin.change("Platby", max_wait_s=1, when_max_wait=text_to("Zavolejte zítra."))
    await admin.rules(to_queue(queue))
    leg, _ = await call(bridge)
    play = await bridge.command(k.Play, leg)
    assert said(play) == says("Zavolejte zítra.")
    finished(bridge, play)
    s = await ended(api, bridge, leg)
    assert (s.outcome.value, s.visits[0].result.value) == ("ended_by_ivr", "flowed_out")


async def test_announcement_whose_end_nobody_reports_does_not_keep_the_caller(api, bridge, admin):
    await admin.rules({"type": "announcement", "text": "Chvilku.", "then": text_to("Konec.")})
    leg, play = await call(bridge)
    assert said(play) == says("Chvilku.")
    async with api.kc.engine.begin() as connection:
        moved = await connection.execute(text("UPDATE timer SET due_at = now() WHERE key LIKE 'say:%'"))
    assert moved.rowcount == 1
    api.kc.timers.wake()
    assert said(await bridge.command(k.Play, leg)) == says("Konec.")


# ---- settings


async def test_rules_can_be_tried_replayed_and_rolled_back(api, bridge, admin):
    first, _ = await admin.queue("Pojištění")
    second, _ = await admin.queue("Platby")
    old = await admin.rules(to_queue(first))
    leg, _ = await call(bridge, OTHER)
    rule = {"name": "mobil", "conditions": [{"type": "caller", "prefixes": ["+420602"]}], "to": to_queue(second)}
    draft = {"number": NUMBER, "default": to_queue(first), "rules": [rule]}
    query = "query($d: JSON!, $c: String!) { tryEntryRules(draft: $d, caller: $c) { ... on EntryDecision { to rule looked { name applied findings } } } }"
    hit = (await admin.client.run(query, d=draft, c=OTHER))["tryEntryRules"]
    assert (hit["to"]["queue"], hit["rule"]) == (second, 0)
    miss = (await admin.client.run(query, d=draft, c="+420777"))["tryEntryRules"]
    assert (miss["to"]["queue"], miss["rule"]) == (first, None)
    assert miss["looked"] == [
        {"name": "mobil", "applied": False, "findings": [{"condition": 0, "held": False, "found": "+420777"}]}
    ]
    today = datetime.now(UTC).astimezone(PRAGUE).date()
    replay = await admin.client.run(
        "query($d: JSON!, $day: Date!) { replayEntryRules(draft: $d, day: $day) { ... on EntryReplay {"
        " changed uncertain calls { contact oldTo new { to } changed } } } }",
        d=draft,
        day=today.isoformat(),
    )
    calls = replay["replayEntryRules"]["calls"]
    assert [(c["contact"], c["oldTo"]["queue"], c["new"]["to"]["queue"], c["changed"]) for c in calls] == [
        (leg, first, second, True)
    ]
    new = await admin.rules(to_queue(first), rule)
    moved, _ = await call(bridge, OTHER)
    assert (await contact(api, moved)).queue == second
    await admin.publish(old)
    back, _ = await call(bridge, OTHER)
    assert (await contact(api, back)).queue == first
    versions = {x["version"]: x["inForce"] for x in (await admin.settings())["entryRules"]}
    assert versions == {old: True, new: False}


@pytest.mark.parametrize(
    ("change", "field", "kind"),
    [
        ({"name": ""}, "name", "MISSING"),
        ({"name": "Pojištění"}, "name", "TAKEN"),
        ({"ring_timeout_s": 1}, "ring_timeout_s", "OUT_OF_RANGE"),
        ({"ring_timeout_s": "moc"}, "ring_timeout_s", "MALFORMED"),
        ({"options": {"strategi": "linear"}}, "options.strategi", "UNKNOWN"),
        ({"options": {"strategy": "best"}}, "options.strategy", "MALFORMED"),
        ({"options": {"calendar": 99}}, "options.calendar", "UNKNOWN"),
        ({"options": {"announcements": {"music": "klid"}}}, "options.announcements.music", "UNKNOWN"),
        ({"options": {"when_full": {"type": "queue", "queue": 99}}}, "options.when_full.queue", "UNKNOWN"),
        ({"options": {"when_full": {"type": "voicemail", "queue": 99}}}, "options.when_full.queue", "UNKNOWN"),
        ({"options": {"voicemail": {"limit_s": 1}}}, "options.voicemail.limit_s", "OUT_OF_RANGE"),
        ({"options": {"after_call": 99}}, "options.after_call", "UNKNOWN"),
        (
            {"options": {"overflow": [{"after_s": 9, "to": {"type": "queue", "queue": 3}}]}},
            "options.overflow.0.to.queue",
            "CIRCLE",
        ),
        ({"options": {"autopause": False}}, "options.delays.no_answer_s", "OUT_OF_RANGE"),
    ],
)
async def test_what_cannot_be_is_refused_and_the_field_named(api, admin, change, field, kind):
    id, body = await admin.queue("Platby")
    assert id == 3
    answer = await admin.client.run(
        f"mutation($q: JSON!, $id: Int) {{ saveQueue(queue: $q, id: $id) {SAVED} }}", q=body | change, id=id
    )
    assert {"field": field, "kind": kind} in answer["saveQueue"]["problems"]
    assert (await admin.queue("Platby"))[1] == body, "nothing was saved"


async def test_settings_saved_in_one_process_are_in_force_in_the_other(api, database_url, admin):
    async with Api(database_url) as second:
        await admin.change("Platby", top={"wrap_up_s": 77})
        queue, _ = await admin.queue("Platby")
        for _ in range(200):
            if second.kc.desk.settings.queues[queue].wrap_up == timedelta(seconds=77):
                break
            await asyncio.sleep(0.05)
        assert second.kc.desk.settings.queues[queue].wrap_up == timedelta(seconds=77)
