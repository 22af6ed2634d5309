"""The thin driver: sockets, one timer and a lock-step with the core. What to say is decided in `endpoint`, never here.

The names follow aiosip where they fit: an `Application` listens and owns the `Dialplan`, a callback per event.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sip_bridge.sip.address import bracketed
from sip_bridge.sip.endpoint import JournalEntry, SipEndpoint
from sip_bridge.sip.errors import PeerError
from sip_bridge.sip.events import Event
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.framing import PONG, StreamFramer

BATCH = 64  # datagrams read before the loop gets its turn
IDLE_CONNECTION = 900.0  # seconds
MAX_CONNECTIONS = 512
CONNECT_TIMEOUT = 8.0
SEND_BUFFER = 1_048_576  # bytes waiting on one connection before it is given up
_DATAGRAM = 65_535


class Dialplan(Protocol):
    """Who wants to know. Called in order, from the loop; commands may be given from within."""

    def __call__(self, event: Event) -> None: ...


Journal = Callable[[Sequence[JournalEntry]], None]


@dataclass(slots=True, eq=False)
class Peer:
    """One open stream connection."""

    flow: Flow
    writer: asyncio.StreamWriter
    framer: StreamFramer = field(default_factory=StreamFramer)


class Application:
    """Runs a `SipEndpoint` on real sockets.

    `journal` gets the changed snapshots before anything leaves; it must be durable when it returns. After giving the
    endpoint a command from outside the dialplan, call `flush`.
    """

    def __init__(
        self,
        endpoint: SipEndpoint,
        dialplan: Dialplan,
        journal: Journal | None = None,
        *,
        client_tls: ssl.SSLContext | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._dialplan = dialplan
        self._journal = journal
        self._client_tls = client_tls
        self._loop = asyncio.get_running_loop()
        self._udp: dict[HostPort, socket.socket] = {}
        self._blocked: dict[socket.socket, list[tuple[bytes, tuple[Any, ...]]]] = {}
        self._servers: list[asyncio.Server] = []
        self._peers: dict[tuple[Transport, HostPort], Peer] = {}
        self._connecting: dict[tuple[Transport, HostPort], list[bytes]] = {}
        self._names: dict[HostPort, tuple[float, tuple[Any, ...]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._flushing = False
        self.failures: dict[str, int] = {"send": 0, "connect": 0, "stream": 0, "refused_connections": 0}

    def now(self) -> float:
        """The clock of the endpoint: CLOCK_MONOTONIC, which goes on when this process is replaced."""
        return self._loop.time()

    # -- listening

    def listen_udp(self, sock: socket.socket) -> HostPort:
        """Serve a bound datagram socket, which may be inherited: what came meanwhile waits in the kernel."""
        sock.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, option, 4_194_304)
        address = HostPort(*sock.getsockname()[:2])
        self._udp[address] = sock
        self._loop.add_reader(sock.fileno(), self._readable, sock, address)
        return address

    async def listen_stream(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> HostPort:
        """Serve TCP, or TLS when a context is given."""
        transport = Transport.TLS if tls else Transport.TCP

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._peers) >= MAX_CONNECTIONS:
                self.failures["refused_connections"] += 1
                writer.close()
                return
            local = HostPort(*writer.get_extra_info("sockname")[:2])
            remote = HostPort(*writer.get_extra_info("peername")[:2])
            await self._serve(Peer(Flow(transport, local, remote), writer), reader)

        server = await asyncio.start_server(accepted, host, port, ssl=tls)
        self._servers.append(server)
        return HostPort(*server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Stop at once; calls stay up for whoever adopts their journal."""
        if self._timer is not None:
            self._timer.cancel()
        for sock in self._udp.values():
            self._loop.remove_reader(sock.fileno())
            self._loop.remove_writer(sock.fileno())
            sock.close()
        self._udp.clear()
        for server in self._servers:
            server.close()
        for peer in list(self._peers.values()):
            peer.writer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- the lock-step

    def flush(self) -> None:
        """Journal, send, tell the dialplan, until the endpoint has nothing more to say; then set the timer."""
        if self._flushing:
            return
        self._flushing = True
        try:
            endpoint, again = self.endpoint, True
            while again:
                if self._journal is not None:
                    entries = endpoint.take_journal()
                    if entries:
                        self._journal(entries)
                for data, flow in endpoint.to_send(self.now()):
                    self._send(data, flow)
                again = False
                while (event := endpoint.next_event()) is not None:
                    again = True
                    self._dialplan(event)
        finally:
            self._flushing = False
        self._set_timer()

    def _set_timer(self) -> None:
        at = self.endpoint.next_timer()
        if at == self._timer_at and self._timer is not None:
            return
        # A timer that is too early is cheap; setting one anew for every message is not.
        if self._timer is not None and self._timer_at is not None and at is not None and self._timer_at < at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_at(at, self._due) if at is not None else None

    def _due(self) -> None:
        self._timer = self._timer_at = None
        self.endpoint.handle_timer(self.now())
        self.flush()

    # -- datagrams

    def _readable(self, sock: socket.socket, local: HostPort) -> None:
        endpoint = self.endpoint
        for _ in range(BATCH):
            try:
                data, address = sock.recvfrom(_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self.failures["send"] += 1  # an ICMP error for something sent earlier
                continue
            endpoint.receive(data, Flow(Transport.UDP, local, HostPort(address[0], address[1])), self.now())
        self.flush()

    def _send(self, data: bytes, flow: Flow) -> None:
        if flow.transport is not Transport.UDP:
            self._send_stream(data, flow)
            return
        sock = self._socket_for(flow)
        if sock is None:
            self.failures["send"] += 1
            return
        address = self._resolved(flow.remote)
        if address is None:
            self._spawn(self._send_to_name(sock, data, flow))
            return
        self._sendto(sock, data, address)

    def _socket_for(self, flow: Flow) -> socket.socket | None:
        return self._udp.get(flow.local) or next(iter(self._udp.values()), None)

    def _sendto(self, sock: socket.socket, data: bytes, address: tuple[Any, ...]) -> None:
        waiting = self._blocked.get(sock)
        if waiting is not None:
            if len(waiting) < 10_000:
                waiting.append((data, address))
            return
        try:
            sock.sendto(data, address)
        except (BlockingIOError, InterruptedError):
            self._blocked[sock] = [(data, address)]
            self._loop.add_writer(sock.fileno(), self._writable, sock)
        except OSError:
            self.failures["send"] += 1  # timers repeat it; what stays undeliverable times out

    def _writable(self, sock: socket.socket) -> None:
        self._loop.remove_writer(sock.fileno())
        for data, address in self._blocked.pop(sock, []):
            self._sendto(sock, data, address)

    def _resolved(self, remote: HostPort) -> tuple[Any, ...] | None:
        known = self._names.get(remote)
        if known is not None and known[0] > self.now():
            return known[1]
        try:
            ipaddress.ip_address(remote.host)
        except ValueError:
            return None
        if len(self._names) > 10_000:
            self._names.clear()
        self._names[remote] = (float("inf"), tuple(remote))
        return tuple(remote)

    async def _send_to_name(self, sock: socket.socket, data: bytes, flow: Flow) -> None:
        try:
            found = await self._loop.getaddrinfo(
                flow.remote.host, flow.remote.port, family=sock.family, type=socket.SOCK_DGRAM
            )
        except OSError:
            self.failures["connect"] += 1
            self.endpoint.flow_failed(flow, self.now())
            self.flush()
            return
        self._names[flow.remote] = (self.now() + 60.0, found[0][4][:2])
        self._sendto(sock, data, found[0][4][:2])

    # -- streams

    def _send_stream(self, data: bytes, flow: Flow) -> None:
        key = (flow.transport, flow.remote)
        peer = self._peers.get(key)
        if peer is not None and not peer.writer.is_closing():
            peer.writer.write(data)
            if peer.writer.transport.get_write_buffer_size() > SEND_BUFFER:
                peer.writer.transport.abort()
            return
        waiting = self._connecting.get(key)
        if waiting is not None:
            waiting.append(data)
            return
        self._connecting[key] = [data]
        self._spawn(self._connect(flow))

    async def _connect(self, flow: Flow) -> None:
        key = (flow.transport, flow.remote)
        tls = self._client_tls or ssl.create_default_context() if flow.transport is Transport.TLS else None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(
                    flow.remote.host, flow.remote.port, ssl=tls, server_hostname=flow.remote.host if tls else None
                )
        except (OSError, TimeoutError):
            self._connecting.pop(key, None)
            self.failures["connect"] += 1
            self.endpoint.flow_failed(flow, self.now())
            self.flush()
            return
        peer = Peer(flow, writer)
        self._peers[key] = peer
        for data in self._connecting.pop(key, []):
            writer.write(data)
        await self._serve(peer, reader)

    async def _serve(self, peer: Peer, reader: asyncio.StreamReader) -> None:
        key = (peer.flow.transport, peer.flow.remote)
        self._peers[key] = peer
        try:
            while True:
                async with asyncio.timeout(IDLE_CONNECTION):
                    data = await reader.read(_DATAGRAM)
                if not data:
                    break
                pings = peer.framer.pings
                for message in peer.framer.feed(data):
                    self.endpoint.receive(message, peer.flow, self.now())
                for _ in range(min(peer.framer.pings - pings, 4)):
                    peer.writer.write(PONG)
                self.flush()
        except PeerError as error:
            self.endpoint.refusals[error.reason] += 1
        except (OSError, TimeoutError):
            self.failures["stream"] += 1
        finally:
            if self._peers.get(key) is peer:
                del self._peers[key]
            peer.writer.close()
            self.endpoint.flow_failed(peer.flow, self.now())
            self.flush()

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def udp_socket(host: str, port: int) -> socket.socket:
    """A bound datagram socket for `listen_udp`."""
    family = socket.AF_INET6 if ":" in bracketed(host) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((host, port))
    return sock
