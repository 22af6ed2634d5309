"""Random commands on both sides over a bad network, with restarts: no leg is lost, doubled or left behind."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sip_bridge.sip.events import CallAnswered, CallEnded, CallOffered, SessionOffered, TransferRequested
from tests.support.sip_sim import ANSWER, HELD, HOLD, OFFER, config_of, empty, pair


@pytest.mark.parametrize("seed", range(60))
def test_every_leg_ends_exactly_once_and_nothing_is_left(seed):
    rng = random.Random(seed)
    bad = seed % 3
    net, a, b = pair(seed=seed, session_expires=90, loss=0.1 * bad, duplication=0.1 * bad, jitter=0.3 * bad)
    invited: dict[str, set[str]] = {"10.0.0.1": set(), "10.0.0.2": set()}
    for _ in range(120):
        peer, towards = rng.choice([(a, b), (b, a)])
        e, now = peer.endpoint, net.now
        legs = list(e.legs)
        leg = rng.choice(legs) if legs else "none"
        transfers = peer.of(TransferRequested)
        action = rng.randrange(16)
        if action <= 1 and len(legs) < 8:
            invited[peer.host].add(e.invite("pbx", "112", rng.choice([OFFER, OFFER, None]), now, ring_timeout=20))
        elif action == 2:
            e.progress(
                leg, now, rng.choice([180, 183]), rng.choice([None, ANSWER]), reliable=rng.choice([None, True, False])
            )
        elif action in (3, 4):
            e.accept(leg, ANSWER, now)
        elif action == 5:
            e.reject(leg, 486, now)
        elif action == 6:
            e.cancel(leg, now)
        elif action == 7:
            e.bye(leg, now)
        elif action == 8:
            e.reinvite(leg, rng.choice([HOLD, OFFER]), now)
        elif action == 9:
            e.update(leg, rng.choice([HOLD, None]), now)
        elif action in (10, 11):
            e.answer(leg, rng.choice([HELD, ANSWER]), now)
        elif action == 12:
            e.refuse_offer(leg, now)
        elif action == 13:
            e.refer(leg, "5555", now)
        elif action == 14 and transfers:
            e.accept_transfer(transfers[-1].transfer, now)
            e.notify(transfers[-1].transfer, rng.choice([180, 200]), now)
        elif action == 15 and rng.random() < 0.3:
            net.flush()
            net.restart(peer, config_of(peer.host, towards.host, session_expires=90))
        net.run(rng.choice([0.0, 0.005, 0.05, 1.0, 7.0]))
    for _ in range(40):
        for peer in (a, b):
            for leg in list(peer.endpoint.legs):
                peer.endpoint.hang_up(leg, net.now)
        net.run(10)
    net.run(400)
    for peer in (a, b):
        ended = Counter(event.leg for event in peer.of(CallEnded))
        begun = invited[peer.host] | {event.leg for event in peer.of(CallOffered)}
        assert set(ended) == begun
        assert set(ended.values()) <= {1}, ended
        assert empty(peer), peer.endpoint.load
        assert peer.journal == {}
        known = begun
        assert {event.leg for event in [*peer.of(CallAnswered), *peer.of(SessionOffered)]} <= known
