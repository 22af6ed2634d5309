"""Calls going out under the administrator's rules (against toll fraud): refused with a reason, written down, nothing dialled."""

import msgspec
import pytest
from sqlalchemy import text

from backend.application.destinations import FALLBACK_TEXT
from backend.demo import NUMBER
from backend.domain.callback.dialogue import NOT_LET_OUT
from backend.domain.routing.destination import Destination, RoutingReason, ToCallback, ToNumber, ToQueue
from sip_bridge import contract as k
from tests.scenarios.test_call_control import contact, do, ended, me, talking
from tests.scenarios.test_callbacks import plays
from tests.scenarios.test_floor import dana as dana
from tests.scenarios.test_floor import later, log_of
from tests.scenarios.test_flows import RULES
from tests.scenarios.test_flows import flow as menu
from tests.scenarios.test_flows import menus as menus
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.scenarios.test_lines import heading
from tests.scenarios.test_lines import save as lines
from tests.scenarios.test_lines import saved as save_lines
from tests.support.consistency import everything_read

ALERT = "id kind agentId acknowledgedBy limitSeconds outside { limit most prefix until }"


async def rules(api, server, **outside) -> dict:
    """What saving them as an administrator answers."""
    async with api.client() as admin:
        await admin.sign_in("spravce", server.logins["spravce"].password)
        calls = (await admin.run("{ callSettings }"))["callSettings"]
        saved = await admin.run(
            "mutation($c: JSON!) { saveCallSettings(calls: $c) { __typename ... on SettingRefused { problems { field kind } } } }",
            c=calls | {"outside": outside},
        )
    return saved["saveCallSettings"]


async def dial(client, number: str) -> dict:
    answer = await client.run(
        "mutation($n: String!) { dial(number: $n) { __typename ... on Contact { id } ... on Refused { code detail } } }",
        n=number,
    )
    return answer["dial"]


async def outgoing(api) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM interaction WHERE direction = 'outbound'"))


async def test_premium_line_is_refused_from_the_start_and_the_refusal_is_written_down(api, server, bridge):
    jana = await ready_agent(api, server)
    assert await dial(jana, "+420909123456") == {"__typename": "Refused", "code": "NUMBER_REFUSED", "detail": "prefix"}
    assert await outgoing(api) == 0
    await api.kc.journal.stop()
    async with api.kc.engine.connect() as connection:
        row = (await connection.execute(text("SELECT outcome, reason, actor FROM audit WHERE action = 'dial'"))).one()
    assert tuple(row) == ("refused", "number_refused: prefix", me(jana))
    api.kc.journal.start()


async def test_only_allowed_numbers_once_a_day_each(api, server, bridge):
    jana = await ready_agent(api, server)
    assert (await rules(api, server, allowed=["+420"], agent_a_day=1))["__typename"] == "SettingSaved"
    assert (await dial(jana, "+48601123456"))["detail"] == "prefix"
    made = await dial(jana, "602 333 444")
    assert made["__typename"] == "Contact"
    assert (await bridge.command(k.DialLeg)).to == "+420602333444"
    await do(jana, "hangUp", made["id"])
    assert (await dial(jana, "602 333 445"))["detail"] == "agent_a_day"
    assert await outgoing(api) == 1


async def test_transfer_and_consultation_to_the_outside_are_calls_going_out_too(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    await rules(api, server, refused=["+420602"])
    for what in ("transfer", "consult"):
        assert (await do(jana, what, leg, 'to: {number: "602 333 444"}'))["code"] == "NUMBER_REFUSED"
    after = await api.kc.readers.contact(leg)
    assert after.phase.value == "active" and not [m for m in after.members if m.number]


async def test_emergency_call_goes_out_whatever_the_rules(api, server, bridge):
    jana = await ready_agent(api, server)
    await rules(api, server, allowed=["+420602"], refused=["+"], day_begins_min=0, day_ends_min=1, all_a_day=1)
    assert (await dial(jana, "112"))["__typename"] == "Contact"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"refused": ["900"]}, "outside.refused.0"),
        ({"allowed": ["+420", "+42x"]}, "outside.allowed.1"),
        ({"agent_at_once": -1}, "outside.agent_at_once"),
        ({"day_begins_min": 1441}, "outside.day_begins_min"),
    ],
)
async def test_bad_rule_is_named_and_nothing_is_saved(api, server, given, field):
    before = api.kc.desk.settings.calls.outside
    answer = await rules(api, server, **given)
    assert [p["field"] for p in answer["problems"]] == [field]
    assert api.kc.desk.settings.calls.outside == before


# ---- what counts


async def test_transfers_and_consultations_count_like_dialled_calls(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    assert (await rules(api, server, agent_a_day=2))["__typename"] == "SettingSaved"
    await do(jana, "consult", leg, 'to: {number: "602 333 444"}')
    dial_leg = (await bridge.command(k.DialLeg)).leg
    bridge.report(ended(dial_leg, k.EndCause.BUSY))
    await bridge.settled()
    assert (await do(jana, "transfer", leg, 'to: {number: "602 333 445"}'))["phase"] == "TRANSFERRING"
    bridge.report(ended((await bridge.command(k.DialLeg)).leg, k.EndCause.BUSY))
    await bridge.settled()
    after = await contact(api, leg)
    assert (after.agent, after.phase.value) == (me(jana), "active"), "nobody was reached, but both were called"
    refused = await do(jana, "consult", leg, 'to: {number: "602 333 446"}')
    assert refused["code"] == "NUMBER_REFUSED"
    assert (await contact(api, leg)).invited == 2
    assert (await do(jana, "consult", leg, 'to: {number: "4021"}'))["consultation"] == "RINGING", "a line inside"


async def test_calls_that_a_process_of_the_version_before_has_dialled_count_too(api, server, bridge):
    """It writes the call and its events, and no row of calls to the outside."""
    jana, petr = await ready_agent(api, server), await ready_agent(api, server, "petr")
    await rules(api, server, all_at_once=1)
    made = await dial(jana, "602 333 444")
    async with api.kc.engine.begin() as connection:
        assert (await connection.execute(text("DELETE FROM outside_call"))).rowcount == 1
    assert (await dial(petr, "602 333 445"))["detail"] == "all_at_once"
    await do(jana, "hangUp", made["id"])
    await rules(api, server, agent_a_day=1)
    assert (await dial(jana, "602 333 445"))["detail"] == "agent_a_day"
    assert (await dial(petr, "602 333 445"))["__typename"] == "Contact", "it was not petr's"


async def test_calls_at_once_are_those_whose_other_side_is_rung_or_there(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    petr = await ready_agent(api, server, "petr")
    assert (await rules(api, server, all_at_once=1))["__typename"] == "SettingSaved"
    await do(jana, "consult", leg, 'to: {number: "602 333 444"}')
    asked = await bridge.command(k.DialLeg)
    assert (await dial(petr, "602 333 445"))["detail"] == "all_at_once"
    bridge.report(k.LegAnswered(leg=asked.leg))
    await bridge.settled()
    assert (await dial(petr, "602 333 445"))["detail"] == "all_at_once"
    await do(jana, "endConsultation", leg)
    mine = await dial(petr, "602 333 445")
    assert mine["__typename"] == "Contact"
    assert (await do(jana, "consult", leg, 'to: {number: "602 333 446"}'))["code"] == "NUMBER_REFUSED"
    await do(petr, "hangUp", mine["id"])
    assert (await do(jana, "consult", leg, 'to: {number: "602 333 446"}'))["consultation"] == "RINGING"


# ---- supervisors hear of it


async def test_limit_that_trips_is_an_alert_once_with_the_beginning_of_the_number_and_who_called(
    api, server, bridge, dana
):
    view = await dana.live("alerts", whole=f"alerts {{ {ALERT} }} goneAlerts")
    told = []

    async def tell(alert) -> None:
        told.append(alert)

    api.kc.alerts.tell(tell)
    jana = await ready_agent(api, server)
    await rules(api, server, agent_a_day=1)
    await do(jana, "hangUp", (await dial(jana, "602 333 444"))["id"])
    for number in ("777 888 999", "602 333 445"):
        assert (await dial(jana, number))["detail"] == "agent_a_day"
    shown = await view.until(lambda v: next(iter(v.alerts.values()), None))
    assert (shown["kind"], shown["agentId"], shown["limitSeconds"]) == ("OUTSIDE_CALLS", me(jana), 0)
    until = shown["outside"].pop("until")
    assert shown["outside"] == {"limit": "AGENT_A_DAY", "most": 1, "prefix": "+420777"}
    assert until == told[0].about.outside.until.isoformat()
    assert len(told) == 1 and len(await log_of(api, "alert")) == 1
    seen = await dana.run(
        "mutation($i: ID!) { acknowledgeAlert(id: $i) { __typename ... on Alert { acknowledgedBy } } }", i=shown["id"]
    )
    assert seen["acknowledgeAlert"]["acknowledgedBy"] is not None
    assert await api.kc.alerts.look() == []
    await view.until(lambda v: v.alerts[shown["id"]]["acknowledgedBy"] is not None)
    await rules(api, server, agent_a_day=2)
    await view.until(lambda v: not v.alerts)
    assert [x[0] for x in await log_of(api, "alert", shown["id"])] == ["Raised", "Acknowledged", "Over"]
    await do(jana, "hangUp", (await dial(jana, "602 333 446"))["id"])
    assert (await dial(jana, "602 333 447"))["detail"] == "agent_a_day"
    again = await view.until(lambda v: next(iter(v.alerts.values()), None))
    assert (again["outside"]["most"], again["acknowledgedBy"], len(told)) == (2, None, 2), "the limit now is another"
    await view.cut()


async def test_alert_of_a_limit_a_day_is_over_with_the_day_and_the_next_day_has_its_own(api, server, bridge):
    jana = await ready_agent(api, server)
    await rules(api, server, all_a_day=1)
    await do(jana, "hangUp", (await dial(jana, "602 333 444"))["id"])
    assert (await dial(jana, "602 333 445"))["detail"] == "all_a_day"
    later(api.kc, 24 * 3600 + 3600)
    await everything_read(api.kc)
    await api.kc.alerts.look()
    made = await dial(jana, "602 333 446")
    assert made["__typename"] == "Contact", "a new day"
    await do(jana, "hangUp", made["id"])
    assert (await dial(jana, "602 333 447"))["detail"] == "all_a_day"
    assert [x[0] for x in await log_of(api, "alert")] == ["Raised", "Over", "Raised"]


async def test_number_that_is_forbidden_anyway_alerts_nobody(api, server, bridge):
    jana = await ready_agent(api, server)
    await rules(api, server, refused=["+420602"], agent_a_day=1)
    assert (await dial(jana, "602 333 444"))["detail"] == "prefix"
    assert await log_of(api, "alert") == []


# ---- rules that are tightened


async def tighten(admin, *, knowing: bool = False, **outside) -> dict:
    calls = (await admin.client.run("{ callSettings }"))["callSettings"]
    saved = await admin.client.run(
        "mutation($c: JSON!, $k: Boolean!) { saveCallSettings(calls: $c, cuttingOff: $k) { __typename"
        " ... on CutOffRefused { places { object field name number } } } }",
        c=calls | {"outside": outside},
        k=knowing,
    )
    return saved["saveCallSettings"]


async def test_stricter_rules_name_all_that_they_would_cut_off_and_are_saved_by_who_knows_it(api, bridge, menus, admin):
    def out(number: str) -> dict:
        return {"type": "number", "number": number}

    await menus.put(
        menu(
            a={"type": "menu", "text": "Jedna.", "choices": {"1": "ven"}, "timeout_s": 5, "attempts": 1, "otherwise": "konec"},
            ven=out("602111111"),
        )
    )  # fmt: skip
    night = {"name": "V noci", "conditions": [], "to": {"type": "agent", "agent": 1, "otherwise": out("+420602222222")}}
    await admin.rules({"type": "queue", "queue": 1}, night)
    closed = {"type": "announcement", "text": "Zavřeno.", "then": out("+421905444444")}
    name = api.kc.desk.settings.queues[1].name
    await admin.change(name, overflow=[{"after_s": 60, "to": out("+420602333333")}], when_closed=closed)
    before = api.kc.desk.settings.calls
    assert await tighten(admin, refused=["+420602"]) == {
        "__typename": "CutOffRefused",
        "places": [
            {"object": "flows/Zkouška", "field": "", "name": "ven", "number": "+420602111111"},
            {"object": f"numbers/{NUMBER}", "field": "", "name": "V noci", "number": "+420602222222"},
            {"object": f"queues/{name}", "field": "options.overflow.0.to", "name": "", "number": "+420602333333"},
        ],
    }
    assert api.kc.desk.settings.calls == before
    assert (await tighten(admin, knowing=True, refused=["+420602"]))["__typename"] == "SettingSaved"
    assert api.kc.desk.settings.calls.outside.refused == ("+420602",)
    more = await tighten(admin, refused=["+420602", "+420603"])
    assert more["__typename"] == "SettingSaved", "these cut off nothing that still got through"
    abroad = await tighten(admin, allowed=["+420"], refused=["+420602"])
    assert [(x["field"], x["number"]) for x in abroad["places"]] == [("options.when_closed", "+421905444444")]


async def test_lines_are_among_what_stricter_rules_cut_off(api, bridge, admin):
    await save_lines(admin.client, heading("", ("Posudkový lékař", "+420 602 555 555")))
    refused = await tighten(admin, refused=["+420602"])
    assert refused["places"] == [
        {"object": "lines/Posudkový lékař", "field": "", "name": "", "number": "+420602555555"}
    ]


async def test_line_with_a_forbidden_number_is_refused_at_its_field_and_one_cut_off_before_stays(api, bridge, admin):
    before = await save_lines(admin.client, heading("", ("Posudkový lékař", "+420 602 555 555")))
    assert (await tighten(admin, knowing=True, refused=["+420602"]))["__typename"] == "SettingSaved"
    old = ("Posudkový lékař", "+420602555555", before["+420602555555"])
    answer = await lines(admin.client, heading("Venku", old, ("Lázně", "602 111 111")))
    assert answer["problems"] == [{"field": "groups.0.lines.1.number", "kind": "NOT_LET_OUT"}]
    assert [x.name for x in api.kc.desk.settings.lines.values()] == ["Posudkový lékař"]
    after = await save_lines(admin.client, heading("Venku", old, ("Lázně", "603 111 111")))
    assert after == before | {"+420603111111": after["+420603111111"]}, "what was cut off stands in no other line's way"


# ---- destinations


async def test_menu_that_leads_to_a_forbidden_number_is_not_published_and_the_node_is_named(api, server, menus):
    body = menu(
        a={"type": "menu", "text": "Jedna.", "choices": {"1": "ven"}, "timeout_s": 5, "attempts": 1, "otherwise": "konec"},
        ven={"type": "number", "number": "909 123 456".replace(" ", "")},
    )  # fmt: skip
    id, problems = await menus.save(body)
    assert problems == [{"kind": "NOT_LET_OUT", "node": "ven"}]
    answer = await menus.publish(id)
    assert (answer["__typename"], answer["problems"]) == ("FlowRefused", problems)
    assert id not in api.kc.desk.settings.flows
    await menus.put(body | {"nodes": body["nodes"] | {"ven": {"type": "number", "number": "+420602333444"}}}, id)


async def test_rules_and_queues_that_lead_to_a_forbidden_number_are_refused_at_the_field(api, server, menus):
    await rules(api, server, allowed=["+420"])
    abroad = {"type": "number", "number": "+421905123456"}
    given = {"number": NUMBER, "default": {"type": "agent", "agent": 1, "otherwise": abroad}, "rules": []}
    answer = (await menus.client.run(RULES, r=given))["saveEntryRules"]
    assert answer["problems"] == [{"field": "default.otherwise.number", "kind": "NOT_LET_OUT"}]
    queue = msgspec.to_builtins(api.kc.services.administration.draft_of(1))
    options = queue["options"] | {"overflow": [{"after_s": 60, "to": abroad}], "when_closed": abroad}
    saved = await menus.client.run(
        "mutation($i: Int, $q: JSON!) { saveQueue(id: $i, queue: $q) { __typename ... on SettingRefused { problems { field"
        " kind } } } }",
        i=1,
        q=queue | {"options": options},
    )
    assert {(p["field"], p["kind"]) for p in saved["saveQueue"]["problems"]} == {
        ("options.overflow.0.to.number", "NOT_LET_OUT"),
        ("options.when_closed.number", "NOT_LET_OUT"),
    }


async def routed(api, bridge, to: Destination) -> str:
    leg = await walk_to_queue(bridge)
    await bridge.settled()
    await api.kc.desk.run(lambda work: api.kc.desk.destinations.send(work, leg, to, RoutingReason.OVERFLOW))
    await bridge.settled()
    return leg


def dialled(bridge) -> list[str]:
    return [x.body.to for x in bridge.commands if isinstance(x.body, k.DialLeg)]


async def test_number_forbidden_since_it_was_published_is_not_called_and_the_caller_is_led_on(api, server, bridge):
    await rules(api, server, refused=["+420602"])
    led = await routed(api, bridge, ToNumber(number="602333444", otherwise=ToQueue(queue=1, priority=3)))
    after = await contact(api, led)
    assert (after.phase.value, after.priority, after.members) == ("queued", 3, ())
    told = await routed(api, bridge, ToNumber(number="602333444"))
    await plays(bridge, told, FALLBACK_TEXT)
    assert (await contact(api, told)).members == () and dialled(bridge) == []


async def test_calls_of_the_routing_count_among_those_of_all_and_its_limit_alerts(api, server, bridge, dana):
    view = await dana.live("alerts", whole=f"alerts {{ {ALERT} }} goneAlerts")
    await rules(api, server, all_at_once=1, agent_at_once=1)
    out = ToNumber(number="602333444", otherwise=ToQueue(queue=1))
    assert (await contact(api, await routed(api, bridge, out))).phase.value == "transferring"
    second = await contact(api, await routed(api, bridge, out))
    assert (second.phase.value, second.members, dialled(bridge)) == ("queued", (), ["+420602333444"])
    shown = await view.until(lambda v: next(iter(v.alerts.values()), None))
    assert (shown["agentId"], shown["outside"]["limit"], shown["outside"]["prefix"]) == (None, "ALL_AT_ONCE", "+420602")
    await view.cut()


async def test_who_calls_from_a_forbidden_number_is_not_asked_for_a_callback(api, server, bridge):
    leg = await walk_to_queue(bridge, caller="+420909123456")
    await bridge.settled()
    await api.kc.desk.run(
        lambda work: api.kc.desk.destinations.send(work, leg, ToCallback(queue=1), RoutingReason.EXIT_KEY)
    )
    await plays(bridge, leg, NOT_LET_OUT)
    async with api.kc.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM callback")) == 0
