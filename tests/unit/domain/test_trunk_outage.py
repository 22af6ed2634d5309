"""When a trunk is out: one outage from its first moment on, whatever the bridge goes through meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.alerts.limits import AlertKind, AlertSettings, too_long, trunk_down
from backend.domain.trunks.outage import STEADY, Outage, outages
from sip_bridge.contract.trunks import TrunkHealth, TrunksChanged, TrunkState

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UP, DOWN, UNKNOWN = TrunkHealth.UP, TrunkHealth.DOWN, TrunkHealth.UNKNOWN
LOST = Outage(bridge="b", trunk="O", since=NOW)


def told(known, at: float, *states: tuple[TrunkHealth, TrunkHealth], since_s: float = 0.0, name: str = "O"):
    trunks = tuple(TrunkState(name=name, reachable=r, registered=g, since_s=since_s) for r, g in states)
    return outages(known, "b", TrunksChanged(trunks=trunks, given=True, expires_s=45), NOW + timedelta(seconds=at))


@pytest.mark.parametrize("state", [(DOWN, UNKNOWN), (UNKNOWN, DOWN), (UP, DOWN), (DOWN, UP)])
def test_no_answer_or_no_registration_is_an_outage_since_it_was_found(state):
    assert told([], 10, state, since_s=10.0) == [LOST]


@pytest.mark.parametrize("state", [(UP, UNKNOWN), (UP, UP), (UNKNOWN, UNKNOWN)])
def test_what_answers_or_is_not_known_is_none(state):
    assert told([], 10, state) == []


def test_it_stays_the_same_whatever_is_told_of_it_later():
    later = told(told([], 0, (DOWN, UNKNOWN)), 100, (DOWN, DOWN), since_s=3.0)
    assert later == [LOST], "another failure is no other outage"


@pytest.mark.parametrize("states", [[(UP, UP)], [(UNKNOWN, UNKNOWN)], []])
def test_it_is_over_when_not_found_down_for_long_enough(states):
    back = told([LOST], 100, *states)
    assert back == [Outage(bridge="b", trunk="O", since=NOW, back_at=NOW + 100 * SECOND)]
    assert told(back, 144.9, *states) == back
    assert told(back, 145, *states) == []


def test_one_that_comes_and_goes_is_one_outage():
    known = told([], 0, (DOWN, UP))
    for at in range(20, 400, 40):
        known = told(known, at, (UP, UP))
        known = told(known, at + 20, (DOWN, UP))
    assert known == [LOST]


def test_down_again_after_it_was_over_is_another_also_when_nothing_was_told_meanwhile():
    back = told([LOST], 100, (UP, UP))
    assert told(back, 300, (DOWN, UP), since_s=10.0) == [Outage(bridge="b", trunk="O", since=NOW + 290 * SECOND)]


def test_down_since_soon_after_the_bridge_began_anew_is_the_same_however_late_it_is_told():
    began = told([LOST], 100, (UNKNOWN, UNKNOWN))
    assert told(began, 900, (DOWN, UNKNOWN), since_s=768.0) == [LOST]


def test_each_trunk_has_its_own():
    assert [x.trunk for x in told([LOST], 1, (DOWN, UP), name="P")] == ["O", "P"]


def test_it_is_alerted_of_when_it_lasts_and_not_any_more_when_it_is_coming_back():
    lasting, settings = trunk_down(LOST), AlertSettings(limits=())
    assert (lasting.kind, lasting.since) == (AlertKind.TRUNK_DOWN, NOW)
    assert too_long(lasting, settings, NOW + STEADY) is None
    assert too_long(lasting, settings, NOW + STEADY + SECOND) == STEADY
    (back,) = told([LOST], 40, (UP, UP))
    assert too_long(trunk_down(back), settings, NOW + 2 * STEADY) is None
    assert trunk_down(back).key == lasting.key == f"trunk_down:b:O:{NOW.timestamp():.6f}"
