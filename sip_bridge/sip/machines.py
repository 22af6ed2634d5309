"""The four transactions of RFC 3261 section 17, as corrected by RFC 6026, as tables.

A table maps (state, event) to the next state and what to do; a pair that is missing is ignored. `transactions` carries
the actions out; nothing here has effects.

    client INVITE      CALLING → PROCEEDING → COMPLETED (3xx–6xx, timer D) | ACCEPTED (2xx, timer M) → TERMINATED
    client other       TRYING → PROCEEDING → COMPLETED (timer K) → TERMINATED
    server INVITE      PROCEEDING → COMPLETED (3xx–6xx, timers G, H) → CONFIRMED (ACK, timer I) | ACCEPTED (2xx, timer L)
    server other       TRYING → PROCEEDING → COMPLETED (timer J) → TERMINATED
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class State(Enum):
    CALLING = auto()
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    ACCEPTED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Input(Enum):
    """What can happen to a transaction."""

    PROVISIONAL = auto()  # client: received; server: to be sent
    SUCCESS = auto()
    FAILURE = auto()
    REQUEST = auto()  # server: the request came again
    ACK = auto()
    RESEND_DUE = auto()  # timers A, E, G
    TIMED_OUT = auto()  # timers B, F, H
    LINGER_OVER = auto()  # timers D, I, J, K, L, M
    TRANSPORT_FAILED = auto()


class Do(Enum):
    """What the layer has to do."""

    SEND = auto()  # the request (client) or the newest response (server)
    ACK = auto()  # build the ACK of a 3xx–6xx and send it
    RESEND_ACK = auto()
    DELIVER = auto()  # hand the message up
    STOP_RESENDING = auto()
    SLOW_RESENDING = auto()  # timer E runs at T2 from now on
    REPORT_TIMEOUT = auto()
    REPORT_TRANSPORT = auto()


class Step(NamedTuple):
    next: State
    do: tuple[Do, ...] = ()


Table = dict[tuple[State, Input], Step]

CLIENT_INVITE: Table = {
    (State.CALLING, Input.RESEND_DUE): Step(State.CALLING, (Do.SEND,)),
    (State.CALLING, Input.TIMED_OUT): Step(State.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (State.CALLING, Input.TRANSPORT_FAILED): Step(State.TERMINATED, (Do.REPORT_TRANSPORT,)),
    (State.CALLING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.CALLING, Input.SUCCESS): Step(State.ACCEPTED, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.CALLING, Input.FAILURE): Step(State.COMPLETED, (Do.STOP_RESENDING, Do.ACK, Do.DELIVER)),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.DELIVER,)),
    (State.PROCEEDING, Input.SUCCESS): Step(State.ACCEPTED, (Do.DELIVER,)),
    (State.PROCEEDING, Input.FAILURE): Step(State.COMPLETED, (Do.ACK, Do.DELIVER)),
    (State.PROCEEDING, Input.LINGER_OVER): Step(State.TERMINATED),  # abandoned by its user
    (State.COMPLETED, Input.FAILURE): Step(State.COMPLETED, (Do.RESEND_ACK,)),
    # A fork can answer after another branch refused: somebody picked up and must be hung up, not forgotten.
    (State.COMPLETED, Input.SUCCESS): Step(State.COMPLETED, (Do.DELIVER,)),
    (State.COMPLETED, Input.TRANSPORT_FAILED): Step(State.TERMINATED),
    (State.COMPLETED, Input.LINGER_OVER): Step(State.TERMINATED),
    (State.ACCEPTED, Input.SUCCESS): Step(State.ACCEPTED, (Do.DELIVER,)),
    (State.ACCEPTED, Input.LINGER_OVER): Step(State.TERMINATED),
}

CLIENT_OTHER: Table = {
    (State.TRYING, Input.RESEND_DUE): Step(State.TRYING, (Do.SEND,)),
    (State.TRYING, Input.TIMED_OUT): Step(State.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (State.TRYING, Input.TRANSPORT_FAILED): Step(State.TERMINATED, (Do.REPORT_TRANSPORT,)),
    (State.TRYING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SLOW_RESENDING, Do.DELIVER)),
    (State.TRYING, Input.SUCCESS): Step(State.COMPLETED, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.TRYING, Input.FAILURE): Step(State.COMPLETED, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.PROCEEDING, Input.RESEND_DUE): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.TIMED_OUT): Step(State.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (State.PROCEEDING, Input.TRANSPORT_FAILED): Step(State.TERMINATED, (Do.REPORT_TRANSPORT,)),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.DELIVER,)),
    (State.PROCEEDING, Input.SUCCESS): Step(State.COMPLETED, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.PROCEEDING, Input.FAILURE): Step(State.COMPLETED, (Do.STOP_RESENDING, Do.DELIVER)),
    (State.COMPLETED, Input.LINGER_OVER): Step(State.TERMINATED),
}

SERVER_INVITE: Table = {
    (State.PROCEEDING, Input.REQUEST): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.SUCCESS): Step(State.ACCEPTED, (Do.SEND,)),
    (State.PROCEEDING, Input.FAILURE): Step(State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Input.REQUEST): Step(State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Input.RESEND_DUE): Step(State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Input.ACK): Step(State.CONFIRMED, (Do.STOP_RESENDING,)),
    (State.COMPLETED, Input.TIMED_OUT): Step(State.TERMINATED, (Do.REPORT_TIMEOUT,)),
    (State.CONFIRMED, Input.LINGER_OVER): Step(State.TERMINATED),
    (State.ACCEPTED, Input.LINGER_OVER): Step(State.TERMINATED),
}

SERVER_OTHER: Table = {
    (State.TRYING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.TRYING, Input.SUCCESS): Step(State.COMPLETED, (Do.SEND,)),
    (State.TRYING, Input.FAILURE): Step(State.COMPLETED, (Do.SEND,)),
    (State.PROCEEDING, Input.REQUEST): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.SUCCESS): Step(State.COMPLETED, (Do.SEND,)),
    (State.PROCEEDING, Input.FAILURE): Step(State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Input.REQUEST): Step(State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Input.LINGER_OVER): Step(State.TERMINATED),
}


def step(table: Table, state: State, event: Input) -> Step | None:
    """What the table says, None when the event means nothing in that state."""
    return table.get((state, event))


def classify(status: int) -> Input:
    """Which input a response of that status is."""
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE
