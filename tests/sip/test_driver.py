"""The driver on real sockets: restart with an inherited socket, TLS, host names, hostile streams."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import JournalEntry, SipEndpoint
from sip_bridge.sip.events import CallAnswered, CallConfirmed, CallEnded, CallOffered, Cause, Event
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk
from tests.support.ports import free_port
from tests.support.sip_phone import Phone
from tests.support.sip_sim import ANSWER, OFFER


class Recorder(list[Event]):
    """A dialplan that writes down, and lets a test wait."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        self._changed.set()

    async def wait_for(self, kind: type) -> Event:
        async with asyncio.timeout(10):
            while not (found := [event for event in self if isinstance(event, kind)]):
                self._changed.clear()
                await self._changed.wait()
        return found[-1]


@pytest.mark.parametrize("who_hangs_up", ["caller", "callee"])
async def test_call_survives_a_restart_that_inherits_the_socket(who_hangs_up):
    sock = udp_socket("127.0.0.1", 0)
    local = HostPort(*sock.getsockname())
    async with Phone(local.port) as caller:
        config = EndpointConfig(listen={Transport.UDP: local}, trunks=(Trunk("pbx", "127.0.0.1", caller.port),))
        journal: dict[str, bytes | None] = {}

        def write(entries: list[JournalEntry]) -> None:
            journal.update((entry.leg, entry.snapshot) for entry in entries)

        first = Recorder()
        app = Application(SipEndpoint(config), first, write)
        app.listen_udp(sock.dup())
        out = caller.call()
        leg = (await first.wait_for(CallOffered)).leg
        app.endpoint.accept(leg, ANSWER, app.now())
        app.flush()
        await first.wait_for(CallConfirmed)
        await app.close()  # the process is gone; `sock` keeps the port
        if who_hangs_up == "caller":
            caller.endpoint.bye(out, caller.now)  # waits in the kernel
            caller.app.flush()
        second = Recorder()
        app = Application(SipEndpoint(config), second, write)
        assert [app.endpoint.adopt(snapshot, app.now()) for snapshot in journal.values() if snapshot] == [leg]
        app.listen_udp(sock.dup())
        if who_hangs_up == "callee":
            app.endpoint.bye(leg, app.now())
            app.flush()
        ended = await second.wait_for(CallEnded)
        assert ended.cause is (Cause.REMOTE_HANGUP if who_hangs_up == "caller" else Cause.LOCAL_HANGUP)
        await caller.wait_for(CallEnded)
        assert journal == {leg: None}
        await app.close()
    sock.close()


async def test_trunk_by_host_name():
    async with Phone(9, on_offer=lambda phone, event: phone.accept(event)) as callee:
        async with Phone(callee.port, host="localhost") as caller:
            caller.call()
            await caller.wait_for(CallAnswered)


async def test_call_to_a_closed_tcp_port_fails_at_once():
    async with Phone(free_port(), tcp=True) as phone:
        phone.call()
        assert (await phone.wait_for(CallEnded, limit=5)).cause is Cause.TRANSPORT_FAILED


async def test_stream_keep_alive_is_answered_and_garbage_closes_the_connection():
    async with Phone(9) as phone:
        reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
        writer.write(b"\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(2), 5) == b"\r\n"
        writer.write(b"x" * 40_000)
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionResetError:
            pass
        assert phone.endpoint.refusals["stream_head_too_long"] == 1
        writer.close()


def certificate(tmp_path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bridge")])
    now = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "bridge.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + cert.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_call_over_tls(tmp_path):
    server, client = certificate(tmp_path)
    ports = [free_port(), free_port()]
    sides: list[tuple[Application, Recorder]] = []
    for mine, other in (ports, ports[::-1]):
        listen = {Transport.TLS: HostPort("127.0.0.1", mine)}
        trunk = Trunk("pbx", "127.0.0.1", other, transport=Transport.TLS)
        recorder = Recorder()
        app = Application(SipEndpoint(EndpointConfig(listen=listen, trunks=(trunk,))), recorder, client_tls=client)
        await app.listen_stream("127.0.0.1", mine, tls=server)
        sides.append((app, recorder))
    (caller, at_caller), (callee, at_callee) = sides
    out = caller.endpoint.invite("pbx", "112", OFFER, caller.now())
    caller.flush()
    leg = (await at_callee.wait_for(CallOffered)).leg
    callee.endpoint.accept(leg, ANSWER, callee.now())
    callee.flush()
    await at_caller.wait_for(CallAnswered)
    await at_callee.wait_for(CallConfirmed)
    callee.endpoint.bye(leg, callee.now())
    callee.flush()
    assert (await at_caller.wait_for(CallEnded)) == CallEnded(out, Cause.REMOTE_HANGUP)
    for app, _ in sides:
        await app.close()


async def test_datagram_that_cannot_be_sent_is_counted_and_the_call_times_out_later():
    async with Phone(9, host="240.0.0.1") as phone:
        phone.call()
        await asyncio.sleep(0)
        assert next(iter(phone.endpoint.legs.values())).value == "calling"


async def test_udp_socket_speaks_ipv6():
    if not socket.has_ipv6:
        return
    try:
        sock = udp_socket("::1", 0)
    except OSError:
        return
    assert sock.family is socket.AF_INET6
    sock.close()
