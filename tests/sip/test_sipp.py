"""Our SIP side against SIPp, a second implementation, on real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import re

import pytest

from sip_bridge.sdp.audio import Direction
from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallOffered,
    CallProgressed,
    Cause,
    DigitReceived,
    LineStateChanged,
    SessionAnswered,
    SessionOffered,
    TransferEnded,
    TransferRequested,
)
from tests.support.ports import free_port
from tests.support.sip_phone import Phone
from tests.support.sipp import Outcome, Sipp


def ring_and_accept(phone: Phone, event: CallOffered) -> None:
    phone.endpoint.progress(event.leg, phone.now)
    phone.accept(event)


async def calls_us(
    scenario: str, *options: str, on_offer=ring_and_accept, during=None, tcp: bool = False, calls: int = 1
) -> tuple[Outcome, Phone]:
    """Run a scenario in which SIPp calls."""
    async with Phone(free_port(), on_offer=on_offer) as phone:
        sipp = Sipp(scenario, phone.port, *options, tcp=tcp, calls=calls)
        await sipp.start()
        if during:
            await during(phone)
        outcome = await sipp.finished()
        if outcome.succeeded:
            await phone.wait_for(CallEnded, calls)
        return outcome, phone


async def we_call(scenario: str, during, *, tcp: bool = False, **trunk: object) -> tuple[Outcome, Phone, str]:
    """Run a scenario in which we call SIPp."""
    sipp = Sipp(scenario, 9, tcp=tcp)
    async with Phone(sipp.port, tcp=tcp, **trunk) as phone:
        await sipp.start()
        leg = phone.call()
        await during(phone, leg)
        outcome = await sipp.finished()
        return outcome, phone, leg


def ends(phone: Phone) -> list[tuple[Cause, int]]:
    return [(event.cause, event.status) for event in phone.events if isinstance(event, CallEnded)]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_call_in(tcp):
    outcome, phone = await calls_us("uac_basic", tcp=tcp, calls=5)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_HANGUP, 0)] * 5
    assert phone.endpoint.legs == {}


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_call_in_that_we_hang_up(tcp):
    async def hang_up(phone: Phone) -> None:
        confirmed = await phone.wait_for(CallConfirmed)
        phone.endpoint.bye(confirmed.leg, phone.now)
        phone.app.flush()

    outcome, phone = await calls_us("uac_hung_up_by_us", during=hang_up, tcp=tcp)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.LOCAL_HANGUP, 0)]


async def test_caller_gives_up_while_it_rings():
    outcome, phone = await calls_us(
        "uac_cancel", on_offer=lambda phone, event: phone.endpoint.progress(event.leg, phone.now)
    )
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_CANCEL, 0)]


async def test_caller_holds_and_resumes():
    async def answer_offers(phone: Phone) -> None:
        for number in (1, 2):
            offered = await phone.wait_for(SessionOffered, number)
            phone.endpoint.answer(offered.leg, phone.answer_to(offered.leg, offered.sdp), phone.now)
            phone.app.flush()

    outcome, phone = await calls_us("uac_hold", during=answer_offers)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_HANGUP, 0)]


async def test_invite_without_sdp():
    outcome, phone = await calls_us("uac_no_sdp")
    assert outcome.succeeded, outcome.trace
    confirmed = await phone.wait_for(CallConfirmed)
    assert confirmed.sdp is not None and b"m=audio" in confirmed.sdp


async def test_caller_that_requires_100rel():
    def early_media(phone: Phone, event: CallOffered) -> None:
        sdp = phone.answer_to(event.leg, event.sdp)
        phone.endpoint.progress(event.leg, phone.now, 183, sdp)
        phone.endpoint.accept(event.leg, sdp, phone.now)

    outcome, phone = await calls_us("uac_prack", on_offer=early_media)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_HANGUP, 0)]


@pytest.mark.parametrize("scenario", ["uac_timer", "uac_422", "uac_info", "uac_lossy"])
async def test_other_calls_in(scenario):
    async with Phone(free_port(), on_offer=ring_and_accept) as phone:
        sipp = Sipp(scenario, phone.port)
        await sipp.start()
        outcome = await sipp.finished()
        assert outcome.succeeded, outcome.trace
        if scenario == "uac_422":
            assert phone.events == []
        else:
            await phone.wait_for(CallEnded)
            assert len([e for e in phone.events if isinstance(e, CallOffered)]) == 1
            assert ends(phone) == [(Cause.REMOTE_HANGUP, 0)]
        if scenario == "uac_info":
            assert (await phone.wait_for(DigitReceived)).digit == "5"
            assert (await phone.wait_for(DigitReceived)).duration_ms == 250
        if scenario == "uac_lossy":
            assert outcome.trace.count("SIP/2.0 200 OK") >= 3


async def test_caller_transfers_us():
    async def take_transfer(phone: Phone) -> None:
        wanted = await phone.wait_for(TransferRequested)
        assert wanted.target == "sip:210000777@pbx.example"
        phone.endpoint.accept_transfer(wanted.transfer, phone.now)
        phone.endpoint.notify(wanted.transfer, 200, phone.now)
        phone.app.flush()

    outcome, _ = await calls_us("uac_refer", during=take_transfer)
    assert outcome.succeeded, outcome.trace


async def answered_then_bye(phone: Phone, leg: str) -> None:
    await phone.wait_for(CallAnswered)
    phone.endpoint.bye(leg, phone.now)
    phone.app.flush()


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_call_out(tcp):
    outcome, phone, _ = await we_call("uas_basic", answered_then_bye, tcp=tcp)
    assert outcome.succeeded, outcome.trace
    assert [e.status for e in phone.events if isinstance(e, CallProgressed)] == [180]
    assert ends(phone) == [(Cause.LOCAL_HANGUP, 0)]


async def test_call_out_that_the_peer_hangs_up():
    async def wait(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallEnded)

    outcome, phone, _ = await we_call("uas_hangs_up", wait)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_HANGUP, 0)]


async def test_call_out_challenged_with_407():
    outcome, phone, _ = await we_call("uas_407", answered_then_bye, credentials=Credentials("kc", "secret"))
    assert outcome.succeeded, outcome.trace
    given = re.search(r'uri="([^"]+)".*cnonce="([^"]+)", response="([^"]+)"', outcome.trace)
    assert given is not None
    uri, cnonce, response = given.groups()
    ha1, ha2 = (hashlib.md5(text.encode()).hexdigest() for text in ("kc:sipp:secret", f"INVITE:{uri}"))
    nonce = "47ebe028cda119c35d4877b383027d28da013815"
    assert response == hashlib.md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}".encode()).hexdigest()
    assert ends(phone) == [(Cause.LOCAL_HANGUP, 0)]


async def test_wrong_password_ends_the_call_and_is_not_tried_again():
    async def wait(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallEnded)

    outcome, phone, _ = await we_call("uas_403_after_407", wait, credentials=Credentials("kc", "wrong"))
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_REJECT, 403)]


async def test_call_out_refused():
    async def wait(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallEnded)

    outcome, phone, _ = await we_call("uas_486", wait)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.REMOTE_REJECT, 486)]


@pytest.mark.parametrize(("scenario", "status"), [("uas_cancel", 487), ("uas_late_200", 200)])
async def test_call_out_given_up(scenario, status):
    async def give_up(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallProgressed)
        phone.endpoint.cancel(leg, phone.now)
        phone.app.flush()
        await phone.wait_for(CallEnded)

    outcome, phone, _ = await we_call(scenario, give_up)
    assert outcome.succeeded, outcome.trace
    assert ends(phone) == [(Cause.LOCAL_CANCEL, status)]


async def test_we_hold_and_resume():
    async def hold(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallAnswered)
        for number, direction in ((1, Direction.SENDONLY), (2, Direction.SENDRECV)):
            assert phone.endpoint.reinvite(leg, phone.media(leg).offer(direction), phone.now) is None
            phone.app.flush()
            await phone.wait_for(SessionAnswered, number)
        phone.endpoint.bye(leg, phone.now)
        phone.app.flush()

    outcome, _, _ = await we_call("uas_reinvite", hold)
    assert outcome.succeeded, outcome.trace


async def test_peer_rings_reliably():
    outcome, phone, _ = await we_call("uas_prack", answered_then_bye)
    assert outcome.succeeded, outcome.trace
    assert (await phone.wait_for(CallAnswered)).sdp == (await phone.wait_for(CallProgressed)).sdp


async def test_we_refresh_the_session():
    async def refresh(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallAnswered)
        phone.endpoint.handle_timer(phone.now + 45.1)  # half of 90 s
        phone.app.flush()
        async with asyncio.timeout(5):
            while phone.endpoint.load["client_transactions"] and phone.endpoint.bye(leg, phone.now) is not None:
                await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        phone.app.flush()

    outcome, _, _ = await we_call("uas_timer", refresh)
    assert outcome.succeeded, outcome.trace


async def test_we_transfer_the_peer():
    async def transfer(phone: Phone, leg: str) -> None:
        await phone.wait_for(CallAnswered)
        assert isinstance(phone.endpoint.refer(leg, "210000999", phone.now), str)
        phone.app.flush()
        assert (await phone.wait_for(TransferEnded)).status == 200
        phone.endpoint.bye(leg, phone.now)
        phone.app.flush()

    outcome, _, _ = await we_call("uas_refer", transfer)
    assert outcome.succeeded, outcome.trace


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_line_of_the_peer_is_free_rings_is_busy_and_free(tcp):
    sipp = Sipp("uas_lines", 9, tcp=tcp)
    async with Phone(sipp.port, tcp=tcp) as phone:
        await sipp.start()
        assert phone.endpoint.watch_lines("pbx", ["1001"], phone.now) is None
        phone.app.flush()
        states: list[str] = []
        async with asyncio.timeout(15):
            while states != ["free", "ringing", "busy", "free"]:
                phone._changed.clear()
                await phone._changed.wait()
                states = [e.state.value for e in phone.events if isinstance(e, LineStateChanged)]
                states = [state for n, state in enumerate(states) if n == 0 or states[n - 1] != state]
        phone.endpoint.watch_lines("pbx", [], phone.now)
        phone.app.flush()
        outcome = await sipp.finished()
        assert outcome.succeeded, outcome.trace
        assert phone.endpoint.load["lines"] == 0


async def test_line_that_the_peer_does_not_let_us_watch_stays_unknown():
    sipp = Sipp("uas_lines_refused", 9)
    async with Phone(sipp.port) as phone:
        await sipp.start()
        phone.endpoint.watch_lines("pbx", ["1001"], phone.now)
        phone.app.flush()
        outcome = await sipp.finished()
        assert outcome.succeeded, outcome.trace
        async with asyncio.timeout(5):
            while not phone.endpoint.refusals["subscribe_403"]:
                await asyncio.sleep(0.01)
        assert [fact.state.value for fact in phone.endpoint.line_states(phone.now)] == ["unknown"]
        assert phone.events == []
