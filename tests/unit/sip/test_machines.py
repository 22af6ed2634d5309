"""Every state × event of every table."""

from __future__ import annotations

import pytest

from sip_bridge.sip.call import PHASES, Happening, Phase
from sip_bridge.sip.machines import CLIENT_INVITE, CLIENT_OTHER, SERVER_INVITE, SERVER_OTHER, Do, Input, State, step
from sip_bridge.sip.offer_answer import TURNS, Move, Session, Turn

S, I = State, Input  # noqa: E741

# RFC 3261 figures 5 to 8 with RFC 6026, written down again from the text: state, input, next state.
EXPECTED = {
    "client_invite": (CLIENT_INVITE, S.CALLING, {
        (S.CALLING, I.PROVISIONAL): S.PROCEEDING, (S.CALLING, I.SUCCESS): S.ACCEPTED, (S.CALLING, I.FAILURE): S.COMPLETED,
        (S.CALLING, I.RESEND_DUE): S.CALLING, (S.CALLING, I.TIMED_OUT): S.TERMINATED,
        (S.CALLING, I.TRANSPORT_FAILED): S.TERMINATED, (S.PROCEEDING, I.PROVISIONAL): S.PROCEEDING,
        (S.PROCEEDING, I.SUCCESS): S.ACCEPTED, (S.PROCEEDING, I.FAILURE): S.COMPLETED,
        (S.PROCEEDING, I.LINGER_OVER): S.TERMINATED,
        (S.COMPLETED, I.FAILURE): S.COMPLETED, (S.COMPLETED, I.SUCCESS): S.COMPLETED,
        (S.COMPLETED, I.TRANSPORT_FAILED): S.TERMINATED,
        (S.COMPLETED, I.LINGER_OVER): S.TERMINATED, (S.ACCEPTED, I.SUCCESS): S.ACCEPTED,
        (S.ACCEPTED, I.LINGER_OVER): S.TERMINATED,
    }),
    "client_other": (CLIENT_OTHER, S.TRYING, {
        (S.TRYING, I.RESEND_DUE): S.TRYING, (S.TRYING, I.TIMED_OUT): S.TERMINATED,
        (S.TRYING, I.TRANSPORT_FAILED): S.TERMINATED, (S.TRYING, I.PROVISIONAL): S.PROCEEDING,
        (S.TRYING, I.SUCCESS): S.COMPLETED, (S.TRYING, I.FAILURE): S.COMPLETED,
        (S.PROCEEDING, I.RESEND_DUE): S.PROCEEDING, (S.PROCEEDING, I.TIMED_OUT): S.TERMINATED,
        (S.PROCEEDING, I.TRANSPORT_FAILED): S.TERMINATED, (S.PROCEEDING, I.PROVISIONAL): S.PROCEEDING,
        (S.PROCEEDING, I.SUCCESS): S.COMPLETED, (S.PROCEEDING, I.FAILURE): S.COMPLETED,
        (S.COMPLETED, I.LINGER_OVER): S.TERMINATED,
    }),
    "server_invite": (SERVER_INVITE, S.PROCEEDING, {
        (S.PROCEEDING, I.REQUEST): S.PROCEEDING, (S.PROCEEDING, I.PROVISIONAL): S.PROCEEDING,
        (S.PROCEEDING, I.SUCCESS): S.ACCEPTED, (S.PROCEEDING, I.FAILURE): S.COMPLETED,
        (S.COMPLETED, I.REQUEST): S.COMPLETED, (S.COMPLETED, I.RESEND_DUE): S.COMPLETED,
        (S.COMPLETED, I.ACK): S.CONFIRMED, (S.COMPLETED, I.TIMED_OUT): S.TERMINATED,
        (S.CONFIRMED, I.LINGER_OVER): S.TERMINATED, (S.ACCEPTED, I.LINGER_OVER): S.TERMINATED,
    }),
    "server_other": (SERVER_OTHER, S.TRYING, {
        (S.TRYING, I.PROVISIONAL): S.PROCEEDING, (S.TRYING, I.SUCCESS): S.COMPLETED, (S.TRYING, I.FAILURE): S.COMPLETED,
        (S.PROCEEDING, I.REQUEST): S.PROCEEDING, (S.PROCEEDING, I.PROVISIONAL): S.PROCEEDING,
        (S.PROCEEDING, I.SUCCESS): S.COMPLETED, (S.PROCEEDING, I.FAILURE): S.COMPLETED,
        (S.COMPLETED, I.REQUEST): S.COMPLETED, (S.COMPLETED, I.LINGER_OVER): S.TERMINATED,
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("state", State, ids=lambda s: s.name)
@pytest.mark.parametrize("event", Input, ids=lambda i: i.name)
def test_each_state_and_input_does_what_the_rfc_says_or_nothing(name, state, event):
    table, _, expected = EXPECTED[name]
    found = step(table, state, event)
    assert (found.next if found else None) == expected.get((state, event))


@pytest.mark.parametrize("name", EXPECTED)
def test_every_state_is_reached_and_leads_to_an_end(name):
    table, start, _ = EXPECTED[name]
    reached = {start}
    while more := {s.next for (state, _), s in table.items() if state in reached} - reached:
        reached |= more
    assert {state for state, _ in table} | {State.TERMINATED} == reached
    for state in reached - {State.TERMINATED}:
        ways = {state}
        while more := {s.next for (at, _), s in table.items() if at in ways} - ways:
            ways |= more
        assert State.TERMINATED in ways
    assert not any(state is State.TERMINATED for state, _ in table)


def test_every_failure_of_an_invite_is_acknowledged_once_and_again_when_it_comes_again():
    for state in (State.CALLING, State.PROCEEDING):
        assert Do.ACK in CLIENT_INVITE[state, Input.FAILURE].do
    assert CLIENT_INVITE[State.COMPLETED, Input.FAILURE].do == (Do.RESEND_ACK,)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("happening", Happening)
def test_each_phase_and_happening_of_a_call(phase, happening):
    following = PHASES.get((phase, happening))
    if phase is Phase.CLOSED:
        assert following is None
    if happening is Happening.HANGUP and phase in (Phase.CONFIRMED, Phase.ANSWERED):
        assert following is Phase.CLOSED
    if following in (Phase.CONFIRMED, Phase.ANSWERED):
        assert happening in (Happening.SUCCESS, Happening.ACK, Happening.ACCEPT)
    if happening is Happening.CANCEL and following is not None:
        assert phase in (Phase.CALLING, Phase.PROCEEDING, Phase.OFFERED)


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize("move", Move)
def test_each_turn_and_move_of_offer_answer(turn, move):
    session = Session(turn, b"local", b"remote", None if turn is Turn.STABLE else b"open")
    allowed = session.move(move, b"new")
    assert allowed is ((turn, move) in TURNS)
    if not allowed:
        assert (session.turn, session.local, session.remote) == (turn, b"local", b"remote")
    elif move is Move.RECEIVE_ANSWER:
        assert (session.local, session.remote, session.offer) == (b"open", b"new", None)
    elif move is Move.SEND_ANSWER:
        assert (session.local, session.remote, session.offer) == (b"new", b"open", None)
    elif move is Move.ROLL_BACK:
        assert (session.local, session.remote, session.offer) == (b"local", b"remote", None)
    else:
        assert session.offer == b"new"
