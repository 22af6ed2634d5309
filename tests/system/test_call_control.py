"""Call control with real callers, real browsers' media and numbers outside: who hears whom, measured by tones."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest
import pytest_asyncio

from tests.support.callee import Callees
from tests.support.caller import Call, Callers
from tests.support.kept import kept, samples
from tests.support.rtp_phone import RtpPhone, level, tones_in
from tests.support.system import DIRECT, System, Workplace

CALLER, AGENT, COLLEAGUE, SUPERVISOR, OUTSIDE = 650.0, 1150.0, 850.0, 450.0, 1450.0
TONES = (CALLER, AGENT, COLLEAGUE, SUPERVISOR, OUTSIDE)
NUMBER, BUSY, RINGS = "+420602333444", "+420602333445", "+420602333446"
FIVE_MORE = {f"+42060233345{n}": tone for n, tone in enumerate((350.0, 550.0, 750.0, 950.0, 1250.0))}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=20, ring_timeout_s=20) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def outside(system):
    async with Callees(system.pbx_port, {NUMBER: OUTSIDE, BUSY: 486, RINGS: None, **FIVE_MORE}) as callees:
        yield callees


class Scene:
    """A customer and an agent in conversation; a colleague and a supervisor join on request."""

    def __init__(self, system: System, stack: AsyncExitStack) -> None:
        self.system, self._stack = system, stack
        self.people: list[Workplace] = []

    async def begin(self, accept: bool = True) -> "Scene":
        self.agent = await self.enter("a0", self.system.password, AGENT)
        self.callers = await self._stack.enter_async_context(Callers(self.system.sip_port))
        self.call: Call = await self.callers.call(DIRECT, "+420602111222", CALLER)
        ringing = await self.agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
        self.id: str = ringing[0]["id"]
        if accept:
            await self.do(self.agent, "acceptOffer")
            await self.hear({self.customer: {AGENT}, self.agent.phone: {CALLER}})
        return self

    async def enter(self, login: str, password: str, frequency: float) -> Workplace:
        person = await self._stack.enter_async_context(Workplace(self.system, login, password, frequency))
        person.me = next(iter(person.desk.agents))
        self.people.append(person)
        return person

    async def with_colleague(self) -> Workplace:
        self.colleague = await self.enter("a1", self.system.password, COLLEAGUE)
        return self.colleague

    async def with_supervisor(self) -> Workplace:
        self.supervisor = await self.enter("dana", self.system.logins["dana"].password, SUPERVISOR)
        return self.supervisor

    @property
    def customer(self) -> RtpPhone:
        return self.call.phone

    async def do(self, who: Workplace, what: str, more: str = "") -> dict:
        arguments = f'contact: "{self.id}"' + (f", {more}" if more else "")
        result = (
            await who.client.run(
                f"mutation {{ {what}({arguments}) {{ __typename ... on Contact {{ phase agentId members {{ n }} }}"
                " ... on Refused { code } } }"
            )
        )[what]
        assert result["__typename"] == "Contact", result
        return result

    async def rung(self, who: Workplace) -> None:
        await who.desk.until(lambda v: v.agents[who.me]["activity"] == "RINGING")
        await self.do(who, "acceptOffer")

    async def hear(
        self, wanted: dict[RtpPhone, set[float]], within: float = 5, palette: tuple[float, ...] = TONES
    ) -> None:
        """Every pair at once: each of the telephones hears exactly these tones of the people."""
        until = time.monotonic() + within
        while True:
            await asyncio.sleep(0.05)
            found = {phone: tones_in(phone.heard(200), palette) for phone in wanted}
            if all(found[p] == tones and fresh(p) for p, tones in wanted.items()):
                return
            assert time.monotonic() < until, [(sorted(found[p]), sorted(w)) for p, w in wanted.items()]


def fresh(phone: RtpPhone) -> bool:
    return len(phone.received) > 12 and time.monotonic() - phone.received[-1][0] < 0.2


@asynccontextmanager
async def scene(system: System, accept: bool = True) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        made = Scene(system, stack)
        await made.begin(accept)
        try:
            yield made
        finally:
            await made.callers.hang_up(made.call)
            for person in made.people:  # nobody is offered what the next test calls for
                await person.client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
            await idle(system)


async def idle(system: System, within: float = 10) -> None:
    """Nobody has a contact any more; wrap-ups are cut short, for the next test."""
    until = time.monotonic() + within
    while True:  # a wrap-up may begin only now: the bridge tells of the end a moment after the telephone knows it
        await system.sql("UPDATE timer SET due_at = clock_timestamp() WHERE key LIKE 'wrap_up:%'")
        busy = await system.sql("SELECT \"user\" FROM agent WHERE jsonb_array_length(state->'contacts') > 0")
        if not busy:
            return
        assert time.monotonic() < until, busy
        await asyncio.sleep(0.1)


async def outside_phone(outside: Callees, number: str = NUMBER, within: float = 5) -> RtpPhone:
    until = time.monotonic() + within
    while number not in outside.phones:
        assert time.monotonic() < until, "the number was not called"
        await asyncio.sleep(0.05)
    return outside.phones[number]


async def test_in_34_consultation_and_hold_separate_the_customer(system, outside):
    async with scene(system) as s:
        b = await s.with_colleague()
        await s.do(s.agent, "hold")
        await s.hear({s.customer: set(), s.agent.phone: set()})
        await s.do(s.agent, "resume")
        await s.do(s.agent, "consult", f"to: {{agent: {b.me}}}")
        await s.rung(b)
        await s.hear({s.customer: set(), s.agent.phone: {COLLEAGUE}, b.phone: {AGENT}})
        await s.do(s.agent, "resume")
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}, b.phone: set()})
        await s.do(s.agent, "hold")
        await s.hear({s.customer: set(), s.agent.phone: {COLLEAGUE}, b.phone: {AGENT}})
        await s.do(s.agent, "endConsultation")
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}, b.phone: set()})


async def test_in_21_in_35_conference_of_four_with_an_outside_number(system, outside):
    async with scene(system) as s:
        b = await s.with_colleague()
        await s.do(s.agent, "consult", f"to: {{agent: {b.me}}}")
        await s.rung(b)
        await s.do(s.agent, "makeConference")
        await s.do(s.agent, "addToConference", 'to: {number: "602 333 444"}')
        x = await outside_phone(outside)
        people = {s.customer: CALLER, s.agent.phone: AGENT, b.phone: COLLEAGUE, x: OUTSIDE}
        await s.hear({phone: set(people.values()) - {own} for phone, own in people.items()})
        await s.do(s.agent, "leaveConference")
        staying = {s.customer: CALLER, b.phone: COLLEAGUE, x: OUTSIDE}
        await s.hear({s.agent.phone: set()} | {p: set(staying.values()) - {own} for p, own in staying.items()})
        outside.hang_up(NUMBER)
        await s.hear({s.customer: {COLLEAGUE}, b.phone: {CALLER}})


async def test_in_35_conference_of_eight_every_pair_hears_each_other_and_a_ninth_is_refused(system, outside):
    async with scene(system) as s:
        b = await s.with_colleague()
        await s.do(s.agent, "addToConference", f"to: {{agent: {b.me}}}")
        await s.rung(b)
        people = {s.customer: CALLER, s.agent.phone: AGENT, b.phone: COLLEAGUE}
        for number, tone in FIVE_MORE.items():
            await s.do(s.agent, "addToConference", f'to: {{number: "{number}"}}')
            people[await outside_phone(outside, number)] = tone
        table = {phone: set(people.values()) - {own} for phone, own in people.items()}
        assert len(table) == 8 and sum(len(tones) for tones in table.values()) == 56
        await s.hear(table, palette=tuple(people.values()))
        refused = await s.agent.client.run(
            f'mutation {{ addToConference(contact: "{s.id}", to: {{number: "{NUMBER}"}}) {{ ... on Refused {{ code }} }} }}'
        )
        assert refused["addToConference"]["code"] == "CONFERENCE_FULL"
        await s.do(s.agent, "mute")
        await s.hear({p: tones - {AGENT} for p, tones in table.items()}, palette=tuple(people.values()))


async def test_in_36_transfer_to_a_colleague_and_in_37_to_a_queue(system, outside):
    async with scene(system) as s:
        b = await s.with_colleague()
        await s.do(s.agent, "transfer", f"to: {{agent: {b.me}}}")
        await s.rung(b)
        await s.hear({s.customer: {COLLEAGUE}, b.phone: {CALLER}, s.agent.phone: set()})
        await s.do(s.agent, "finishWrapUp")
        await s.agent.ready()
        queue = (await system.sql("SELECT id FROM queue ORDER BY id LIMIT 1"))[0].id
        await s.do(b, "transfer", f"to: {{queue: {queue}}}")
        await s.rung(s.agent)
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}, b.phone: set()})
    rows = await system.sql("SELECT n FROM queue_visit WHERE interaction = CAST(:id AS uuid)", id=s.id)
    assert len(rows) == 2


async def test_in_19_transfer_to_a_number_and_back_when_it_fails(system, outside):
    async with scene(system) as s:
        await s.do(s.agent, "transfer", f'to: {{number: "{BUSY}"}}')
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})
        await s.do(s.agent, "transfer", f'to: {{number: "{NUMBER}"}}')
        x = await outside_phone(outside)
        await s.hear({s.customer: {OUTSIDE}, x: {CALLER}, s.agent.phone: set()})
        outside.hang_up(NUMBER)
        await asyncio.wait_for(s.call.ended.wait(), 5)


async def test_agt_23_agent_dials_out(system, outside):
    async with scene(system) as s:
        await s.callers.hang_up(s.call)
        await idle(system)
        await s.agent.ready()
        made = await s.agent.client.run(f'mutation {{ dial(number: "{NUMBER}") {{ ... on Contact {{ id }} }} }}')
        s.id = made["dial"]["id"]
        x = await outside_phone(outside)
        await s.hear({x: {AGENT}, s.agent.phone: {OUTSIDE}})
        await s.do(s.agent, "sendDigits", 'digits: "5"')
        until = time.monotonic() + 3
        while not any(p.payload_type == 101 for _, p in x.received):
            assert time.monotonic() < until, "no key came"
            await asyncio.sleep(0.05)
        outside.hang_up(NUMBER)


LISTEN = {"customer": {AGENT}, "agent": {CALLER}, "supervisor": {AGENT, CALLER}}
WHISPER = {"customer": {AGENT}, "agent": {CALLER, SUPERVISOR}, "supervisor": {AGENT, CALLER}}
BARGE = {"customer": {AGENT, SUPERVISOR}, "agent": {CALLER, SUPERVISOR}, "supervisor": {AGENT, CALLER}}
FLOOR = 30.0
"""Amplitude; a tone is said with 4000. What is left of it in A-law's own noise."""


async def supervised(s: Scene, mode: str, table: dict[str, set[float]]) -> None:
    await s.do(s.supervisor, "supervise", f"mode: {mode}")
    phones = {"customer": s.customer, "agent": s.agent.phone, "supervisor": s.supervisor.phone}
    await s.hear({phones[who]: tones for who, tones in table.items()})


async def test_in_38_sup_12_listening_whispering_and_barging_ten_times_without_a_leak(system, outside):
    async with scene(system) as s:
        await s.with_supervisor()
        leaks = []
        for _ in range(10):
            await supervised(s, "LISTEN", LISTEN)
            quiet_since = time.monotonic()
            await supervised(s, "WHISPER", WHISPER)
            await asyncio.sleep(0.1)
            quiet_until = time.monotonic()
            leaks.append(heard_between(s.customer, quiet_since, quiet_until))
            await supervised(s, "BARGE", BARGE)
        for sound in leaks:
            assert len(sound) > 800
            worst = max(level(sound[i : i + 800], SUPERVISOR) for i in range(0, len(sound) - 799, 400))
            assert worst < FLOOR, worst
            # No click either: the customer hears the agent's steady tone and nothing jumps.
            assert np.abs(sound).max() < 4000 * 1.15
        await s.do(s.supervisor, "takeOverCall")
        await s.hear({s.customer: {SUPERVISOR}, s.supervisor.phone: {CALLER}, s.agent.phone: set()})


def heard_between(phone: RtpPhone, since: float, until: float) -> np.ndarray:
    from sip_bridge.media import g711

    packets = [p for at, p in phone.received if since <= at <= until and p.payload_type == 8]
    return np.concatenate([g711.decode(p.payload, 0) for p in packets]) if packets else np.zeros(0)


async def test_rec_whisper_is_on_no_recording_and_a_transferred_call_has_one(system, outside):
    async with scene(system) as s:
        await s.with_supervisor()
        await supervised(s, "WHISPER", WHISPER)
        await asyncio.sleep(1.0)
        await s.do(s.supervisor, "stopSupervising")
        b = await s.with_colleague()
        await s.do(s.agent, "transfer", f"to: {{agent: {b.me}}}")
        await s.rung(b)
        await s.hear({s.customer: {COLLEAGUE}, b.phone: {CALLER}})
        await asyncio.sleep(1.0)
    rows = await system.sql("SELECT id FROM recording WHERE interaction = CAST(:id AS uuid)", id=s.id)
    assert len(rows) == 1
    left, right = (await samples(system.folder, await kept(system.here.postgres.url(), str(rows[0].id)))).T
    assert tones_in(left, TONES) == {CALLER}
    heard = {f for i in range(0, len(right) - 1600, 800) for f in tones_in(right[i : i + 1600], TONES)}
    assert heard == {AGENT, COLLEAGUE}
