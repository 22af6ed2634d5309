"""Digest, both sides, against the examples of RFC 7616 section 3.9.1."""

from __future__ import annotations

import pytest

from sip_bridge.sip import digest
from sip_bridge.sip.digest import Credentials, DigestServer, Verdict, answer_challenge, choose_challenge, parse_digest
from sip_bridge.sip.entropy import SeededEntropy
from sip_bridge.sip.events import CallAnswered, CallEnded, CallOffered, Cause
from tests.support.sip_sim import ANSWER, OFFER, config_of, empty, pair

URI = "sip:210000001@pbx.example"
RFC = {"realm": "http-auth@example.org", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "qop": "auth, auth-int",
       "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"}  # fmt: skip
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_client_response_is_that_of_the_rfc(algorithm, response):
    value = answer_challenge(
        RFC | {"algorithm": algorithm}, Credentials("Mufasa", "Circle of Life"), "GET", "/dir/index.html", CNONCE
    )
    assert parse_digest(value)["response"] == response
    assert ", qop=auth, nc=00000001, " in value


def test_sha256_is_preferred_and_unknown_algorithms_are_passed_over():
    values = ['Digest realm="r", nonce="a", algorithm=MD5', 'Digest realm="r", nonce="b", algorithm=SHA-512-256',
              'Digest realm="r", nonce="c", algorithm=SHA-256, qop="auth"']  # fmt: skip
    assert choose_challenge(values)["nonce"] == "c"
    assert choose_challenge(values[:2])["nonce"] == "a"
    assert choose_challenge(values[1:2]) is None
    assert choose_challenge(['Basic realm="r"', "Digest", 'Digest realm="r", nonce="a", qop="auth-int"']) is None


@pytest.fixture
def server():
    return DigestServer("kc", {"alice": "secret"}.get, SeededEntropy(1))


def credentials(server, user="alice", password="secret", now=0.0, method="INVITE", algorithm=0):
    challenge = parse_digest(server.challenges(now)[algorithm])
    return answer_challenge(challenge, Credentials(user, password), method, URI, "c0ffee")


@pytest.mark.parametrize("algorithm", [0, 1])
def test_right_credentials_once(server, algorithm):
    value = credentials(server, algorithm=algorithm)
    assert server.check([value], "INVITE", URI, 1.0) == (Verdict.ACCEPTED, "alice")
    assert server.check([value], "INVITE", URI, 1.0) == (Verdict.REPLAYED, "")


def test_expired_nonce_is_stale_only_for_those_who_know_the_password(server):
    good, bad = credentials(server), credentials(server, password="wrong")
    assert server.check([good], "INVITE", URI, 61.0) == (Verdict.STALE, "")
    assert server.check([bad], "INVITE", URI, 61.0) == (Verdict.WRONG, "")
    assert "stale=true" in server.challenges(61.0, stale=True)[0]


@pytest.mark.parametrize(
    ("user", "password", "method", "uri"),
    [("alice", "wrong", "INVITE", URI), ("bob", "secret", "INVITE", URI), ("alice", "secret", "BYE", URI),
     ("alice", "secret", "INVITE", "sip:900@pbx.example")],
)  # fmt: skip
def test_wrong_in_any_way_is_the_same_verdict(server, user, password, method, uri):
    value = credentials(server, user, password)
    assert server.check([value], method, uri, 1.0) == (Verdict.WRONG, "")


def test_unknown_user_costs_the_same_hashing_as_a_wrong_password(server, monkeypatch):
    counted: list[str] = []
    real = digest._ALGORITHMS["SHA-256"]
    known, unknown = credentials(server, "alice", "wrong"), credentials(server, "bob", "wrong")
    monkeypatch.setitem(digest._ALGORITHMS, "SHA-256", lambda data: counted.append("x") or real(data))
    server.check([known], "INVITE", URI, 1.0)
    first, counted[:] = len(counted), []
    server.check([unknown], "INVITE", URI, 1.0)
    assert len(counted) == first == 3


def test_no_or_foreign_credentials_are_absent(server):
    assert server.check([], "INVITE", URI, 1.0) == (Verdict.ABSENT, "")
    assert server.check(["Basic abc", 'Digest realm="other", nonce="n"'], "INVITE", URI, 1.0) == (Verdict.ABSENT, "")


def test_nonces_are_bounded(server):
    for _ in range(server.CAPACITY + 50):
        server.challenges(0.0)
    assert len(server._nonces) == server.CAPACITY


def challenged_pair(password):
    net, a, b = pair()
    b.endpoint.__init__(config_of("10.0.0.2", "10.0.0.1", inbound=Credentials("trunk", "secret")), SeededEntropy(5))
    a.endpoint.__init__(config_of("10.0.0.1", "10.0.0.2", credentials=Credentials("trunk", password)), SeededEntropy(6))
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    return net, a, b


def test_trunk_by_digest_is_let_in_after_one_challenge():
    net, a, b = challenged_pair("secret")
    net.until(lambda: bool(b.of(CallOffered)))
    assert b.endpoint.load["calls"] == 1
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(a.of(CallAnswered)))
    a.endpoint.bye(a.one(CallAnswered).leg, net.now)
    net.run(100)
    assert empty(a) and empty(b)


def test_trunk_with_a_wrong_password_makes_no_call():
    net, a, b = challenged_pair("wrong")
    net.run(100)
    assert (a.one(CallEnded).cause, a.one(CallEnded).status) == (Cause.AUTHENTICATION_FAILED, 401)
    assert b.events == [] and b.endpoint.refusals["digest_wrong"] == 1
    assert empty(a) and empty(b)
