"""Which trunks may be saved, and what bridges are told of them."""

import msgspec
import pytest

from backend.application.trunks import given_to, spec_of
from backend.domain.routing.validation import ProblemKind as P
from backend.domain.trunks.model import Passwords, Trunk
from backend.domain.trunks.rules import trunk_problems
from sip_bridge import contract as k

GOOD = Trunk(name="Operátor", host="sip.operator.cz")


def found(others=(), given=None, **changed) -> list[tuple[str, P]]:
    trunk = msgspec.structs.replace(GOOD, **changed)
    return [(p.field, p.kind) for p in trunk_problems(trunk, others, given)]


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1", "sip", "sip.operator.cz", "a-b.c1"])
def test_good_hosts(host):
    assert found(host=host) == []


@pytest.mark.parametrize(
    "host", ["sip operator", "-a.cz", "a..b", "1.2.3", "10.0.0.256", "sip:x@y", "a.cz:5060", "a" * 254, "a\n"]
)
def test_what_is_no_host(host):
    assert found(host=host) == [("host", P.MALFORMED)]


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        ({"priority": 0}, [("priority", P.OUT_OF_RANGE)]),
        ({"register_expires_s": 59}, [("register_expires_s", P.OUT_OF_RANGE)]),
        ({"rate": 0}, [("rate", P.OUT_OF_RANGE)]),
        ({"ping_s": 0}, []),
        ({"ping_s": 4}, [("ping_s", P.OUT_OF_RANGE)]),
        ({"region": "XX"}, [("region", P.UNKNOWN)]),
        ({"domain": "a b"}, [("domain", P.MALFORMED)]),
        ({"allowed_prefixes": ("+420", "4", "", "abc")}, [("allowed_prefixes.2", P.MALFORMED), ("allowed_prefixes.3", P.MALFORMED)]),
        ({"callers": ("+420221000000", "x")}, [("callers.1", P.MALFORMED)]),
        ({"bridges": ("bridge-1", "a b")}, [("bridges.1", P.MALFORMED)]),
        ({"networks": ("10.0.0.0/8", "2001:db8::/32", "x")}, [("networks.2", P.MALFORMED)]),
        ({"networks": ("::/0",)}, [("networks.0", P.CONTRADICTS)]),
        ({"networks": ("::/0",), "inbound_login": "oni", "inbound_password_set": True}, []),
        ({"login": "a b", "password_set": True}, [("login", P.MALFORMED)]),
        ({"login": "kc"}, [("password", P.MISSING)]),
        ({"inbound_login": "oni"}, [("inbound_password", P.MISSING)]),
    ],
)  # fmt: skip
def test_problems_name_their_fields(changed, problems):
    assert found(**changed) == problems


def test_new_passwords():
    assert found(given=Passwords(password="x"), login="kc") == []
    assert found(given=Passwords(password="x")) == [("login", P.MISSING)]
    assert found(given=Passwords(password="a\r\nb"), login="kc") == [("password", P.MALFORMED)]


def test_what_only_one_trunk_may_be():
    other = msgspec.structs.replace(GOOD, exchange=True, inbound_login="oni", inbound_password_set=True)
    assert found([other], exchange=True) == [("exchange", P.TAKEN)]
    assert found([other], inbound_login="oni", inbound_password_set=True) == [("inbound_login", P.TAKEN)]


def test_spec_says_what_the_bridge_does():
    trunk = msgspec.structs.replace(GOOD, login="kc", password_set=True, ping_s=0, rate=7, register_expires_s=90)
    spec = spec_of(trunk, Passwords(password="tajne"))
    assert (spec.credentials, spec.inbound) == (k.Login("kc", "tajne"), None)
    assert (spec.ping_interval, spec.rate, spec.register_expires, spec.allowed_prefixes) == (0.0, 7.0, 90, ("",))
    assert spec_of(msgspec.structs.replace(GOOD, outgoing=False), Passwords()).allowed_prefixes == ()
    assert set(spec.__struct_fields__) == set(k.TrunkSpec.__struct_fields__)
    assert "tajne" not in repr(spec) and "tajne" not in repr(Passwords(password="tajne"))


def test_bridge_gets_its_own_that_are_whole_and_none_at_all_while_nothing_is_saved():
    assert given_to("b", []).trunks is None
    off = msgspec.structs.replace(GOOD, enabled=False)
    elsewhere = msgspec.structs.replace(GOOD, name="Jinde", bridges=("c",))
    lacking = msgspec.structs.replace(GOOD, name="Bez hesla", inbound_login="oni", inbound_password_set=True)
    assert given_to("b", [(off, Passwords()), (elsewhere, Passwords()), (lacking, Passwords())]).trunks == ()
    whole = given_to("c", [(elsewhere, Passwords()), (lacking, Passwords(inbound_password="x"))]).trunks
    assert [x.name for x in whole] == ["Jinde", "Bez hesla"]
