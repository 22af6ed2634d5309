"""Calls going out under the administrator's rules (against toll fraud): refused with a reason, written down, nothing dialled."""

import pytest
from sqlalchemy import text

from sip_bridge import contract as k
from tests.scenarios.test_call_control import do, me, talking
from tests.scenarios.test_inbound_call import ready_agent


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
