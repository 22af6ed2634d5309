"""ICE-lite, DTLS and the browser port, with a browser made of OpenSSL in memory: loss and reordering cost nothing."""

from __future__ import annotations

import random

import pytest
from OpenSSL import SSL

from sip_bridge.media.protocol import BrowserState
from sip_bridge.webrtc import stun
from sip_bridge.webrtc.dtls import LARGEST_DATAGRAM, PROFILES, DtlsServer, DtlsState, pack_records
from sip_bridge.webrtc.ice import FAILED_AFTER, MOST_ADDRESSES, SILENT_AFTER, IceAgent, IceState
from sip_bridge.webrtc.port import BrowserPort

HERE, THERE = ("192.0.2.1", 4000), ("2001:db8::7", 5000)


def check(credentials, nominate=True, password=None, extra=(), remote="them"):
    attributes = [(stun.USERNAME, f"{credentials.ufrag}:{remote}".encode()), *extra]
    if nominate:
        attributes.append((stun.USE_CANDIDATE, b""))
    return stun.build(stun.BINDING_REQUEST, b"123456789012", attributes, password or credentials.password)


def agent():
    made = IceAgent()
    return made, made.restart("them")


def receive(made, data, source=HERE, now=1.0):
    return made.receive(stun.parse(data), source, now)


@pytest.mark.parametrize("source", [HERE, THERE], ids=["IPv4", "IPv6"])
def test_check_is_answered_with_the_mapped_address(source):
    made, credentials = agent()
    answer = stun.parse(receive(made, check(credentials), source))
    assert answer.kind == stun.BINDING_SUCCESS and stun.is_authentic(answer, credentials.password)
    mapped = answer.attributes[stun.XOR_MAPPED_ADDRESS]
    assert int.from_bytes(mapped[2:4], "big") ^ (stun.COOKIE >> 16) == source[1]
    assert made.state is IceState.READY and made.selected == source


def test_wrong_password_or_remote_ufrag_is_not_answered():
    made, credentials = agent()
    assert receive(made, check(credentials, password="guess")) is None
    assert receive(made, check(credentials, remote="other")) is None
    assert made.state is IceState.NEW and not made.addresses


def test_damage_is_seen():
    made, credentials = agent()
    good = check(credentials)
    for index in range(len(good)):
        bad = good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :]
        message = stun.parse(bad)
        assert message is None or made.receive(message, HERE, 1.0) is None


def test_browser_in_our_role_is_told_to_switch():
    made, credentials = agent()
    answer = stun.parse(receive(made, check(credentials, extra=[(stun.ICE_CONTROLLED, b"\0" * 8)])))
    assert answer.kind == stun.BINDING_ERROR and answer.attributes[stun.ERROR_CODE][2:4] == bytes([4, 87])


def test_new_nomination_moves_the_leg_and_a_plain_check_does_not():
    made, credentials = agent()
    receive(made, check(credentials))
    receive(made, check(credentials, nominate=False), THERE)
    assert made.selected == HERE
    receive(made, check(credentials), THERE)
    assert made.selected == THERE


def test_restart_keeps_the_old_path_until_the_new_is_nominated():
    made, old = agent()
    receive(made, check(old))
    new = made.restart("again")
    assert receive(made, check(old)) is not None
    receive(made, check(new, remote="again"), THERE)
    assert made.selected == THERE and receive(made, check(old)) is None


def test_silence_and_return():
    made, credentials = agent()
    receive(made, check(credentials), now=0.0)
    made.poll(SILENT_AFTER + 1)
    assert made.state is IceState.SILENT
    made.poll(FAILED_AFTER + 1)
    assert made.state is IceState.FAILED
    receive(made, check(credentials), now=60.0)
    assert made.state is IceState.READY


def test_addresses_are_bounded():
    made, credentials = agent()
    for port in range(100):
        receive(made, check(credentials), ("192.0.2.1", 1000 + port))
    assert len(made.addresses) == MOST_ADDRESSES and made.selected in made.addresses


class Browser:
    """An OpenSSL DTLS client with a certificate."""

    def __init__(self, profiles: bytes = b":".join(p.openssl_name for p in PROFILES)) -> None:
        self.identity = DtlsServer()
        self.identity.context.set_tlsext_use_srtp(profiles)
        self.ssl = SSL.Connection(self.identity.context, None)
        self.ssl.set_connect_state()
        self.ssl.set_ciphertext_mtu(LARGEST_DATAGRAM)
        self.done = False

    def step(self, datagrams=()):
        for datagram in datagrams:
            self.ssl.bio_write(datagram)
            self._shake()
        if not datagrams:
            self._shake()
        return self.out()

    def out(self):
        try:
            return pack_records(self.ssl.bio_read(65535))
        except SSL.Error:
            return []

    def _shake(self):
        try:
            if not self.done:
                self.ssl.do_handshake()
                self.done = True
        except SSL.WantReadError:
            pass


def shake(browser, association, lose=lambda: False, rounds=60):
    """Run a handshake; after a silent round both timers are let run out."""
    to_server = browser.step()
    for _ in range(rounds):
        for datagram in to_server:
            if not lose():
                association.receive(datagram)
        to_browser = [d for d in association.to_send() if not lose()]
        to_server = browser.step(to_browser) if to_browser else browser.out()
        if association.state is not DtlsState.HANDSHAKE and browser.done:
            return
        if not to_server and not to_browser:
            import time

            left = max(association.next_timer() or 0, browser.ssl.DTLSv1_get_timeout() or 0)
            time.sleep(min(left, 1.1) + 0.005)
            association.handle_timer()
            browser.ssl.DTLSv1_handle_timeout()
            to_server = browser.out()


def test_handshake_agrees_on_the_same_keys_both_ways():
    browser, server = Browser(), DtlsServer()
    association = server.associate(browser.identity.fingerprint)
    shake(browser, association)
    assert association.state is DtlsState.CONNECTED
    chosen = next(p for p in PROFILES if p.openssl_name == browser.ssl.get_selected_srtp_profile())
    block = browser.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (chosen.key_length + chosen.salt_length))
    key, salt = chosen.key_length, chosen.salt_length
    assert association.material.receive == block[:key] + block[2 * key : 2 * key + salt]
    assert association.material.send == block[key : 2 * key] + block[2 * key + salt :]


def test_lost_datagrams_are_sent_again():
    browser, server, chance = Browser(), DtlsServer(), random.Random(3)
    association = server.associate(browser.identity.fingerprint)
    losses = iter([True, False, True] + [False] * 1000)
    shake(browser, association, lose=lambda: next(losses) and chance.random() < 1)
    assert association.state is DtlsState.CONNECTED


def test_wrong_fingerprint_fails():
    browser, server = Browser(), DtlsServer()
    association = server.associate(server.fingerprint)
    shake(browser, association, rounds=6)
    assert association.state is DtlsState.FAILED and association.material is None


def test_close_notify_closes():
    browser, server = Browser(), DtlsServer()
    association = server.associate(browser.identity.fingerprint)
    shake(browser, association)
    browser.ssl.shutdown()
    for datagram in browser.out():
        association.receive(datagram)
    assert association.state is DtlsState.CLOSED


def test_datagrams_are_cut_at_records():
    record = b"\x16\xfe\xfd" + b"\0" * 8 + (500).to_bytes(2, "big") + b"x" * 500
    assert [len(d) for d in pack_records(record * 5)] == [1026, 1026, 513]


class Recorded:
    """What the browser port asks of the worker, written down."""

    def __init__(self) -> None:
        self.sent, self.keys, self.moves, self.changes, self.routes = [], {}, [], [], {}

    def send(self, data, target):
        self.sent.append((data, target))

    def keys_agreed(self, slot, material):
        self.keys[slot] = material

    def moved(self, slot, target):
        self.moves.append((slot, target))

    def route(self, source, slot):
        self.routes[source] = slot

    def changed(self, leg, state, address_changed, detail):
        self.changes.append(state)


def connect(port, outside, browser, credentials, source, remote="them"):
    port.receive_stun(check(credentials, remote=remote), source, 1.0)
    outside.sent.clear()
    to_server = browser.step()
    for _ in range(10):
        for datagram in to_server:
            port.receive_dtls(datagram, source, 1.0)
        to_browser, outside.sent = [d for d, _ in outside.sent], []
        to_server = browser.step(to_browser) if to_browser else []


def test_leg_connects_reloads_and_closes():
    outside, browser = Recorded(), Browser()
    port = BrowserPort(outside)
    credentials = port.open("leg", 3, "them", browser.identity.fingerprint, 0.0)
    connect(port, outside, browser, credentials, HERE)
    assert outside.changes[-1] is BrowserState.CONNECTED and outside.routes == {HERE: 3}
    first_keys = outside.keys[3]

    reloaded = Browser()
    again = port.restart("leg", "anew", reloaded.identity.fingerprint)
    assert outside.changes[-1] is BrowserState.CONNECTED  # the old page is heard until the new one is up
    connect(port, outside, reloaded, again, THERE, remote="anew")
    assert outside.keys[3] != first_keys and outside.moves[-1] == (3, THERE)
    assert port.legs["leg"].state is BrowserState.CONNECTED

    port.close("leg")
    assert outside.routes[THERE] is None and not port._by_ufrag and not port._by_address


def test_strangers_make_no_state():
    outside = Recorded()
    port = BrowserPort(outside)
    port.open("leg", 3, "them", DtlsServer().fingerprint, 0.0)
    chance = random.Random(1)
    for _ in range(2000):
        data = chance.randbytes(chance.randint(0, 200))
        port.receive_stun(data, HERE, 1.0)
        port.receive_dtls(b"\x16" + data, THERE, 1.0)
    assert not outside.sent and not outside.routes and len(port._by_ufrag) == 1
    assert port.counters["stun_malformed"] == port.counters["dtls_unknown"] == 2000
