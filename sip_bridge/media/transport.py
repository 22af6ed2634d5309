"""Packets between the network and the engine: which leg a datagram belongs to, may it be heard, and what goes out where."""

from __future__ import annotations

import select
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sip_bridge.media import rtcp
from sip_bridge.media.columns import Columns, Layout, Slots
from sip_bridge.media.engine import Engine
from sip_bridge.media.latch import Latch
from sip_bridge.media.ports import PortRange, SharedPort
from sip_bridge.media.reports import LegReports
from sip_bridge.media.sender import ROW as SENDER_ROW
from sip_bridge.media.srtp import SrtpPair, pointer
from sip_bridge.media.udp import NAME, ROW, BatchSocket, SocketAddress, key_of, pack_address, unpack_address

REPORT_INTERVAL = 250  # ticks between two RTCP reports of a leg: 5 s
MOST_BATCHES = 4  # batches taken from one socket in one drain: a flood cannot hold up the tick
MOST_SLOW = 64  # datagrams handled singly in one drain of a socket
MOST_PER_SOCKET = 12  # datagrams taken from one leg's own socket in one drain
OWN = -2
NOWHERE = -1


class Destinations(Columns):
    """Where each slot sends: index of the batch socket (or OWN, NOWHERE) and the sockaddr."""

    layout: ClassVar[Layout] = {
        "via": (np.int16, (), NOWHERE),
        "name": (np.uint8, (NAME,), 0),
        "secured": (bool, (), False),
    }


@dataclass(slots=True, eq=False)
class LegLine:
    """The network side of one leg."""

    name: str
    slot: int
    reports: LegReports
    via: int = NOWHERE
    target: SocketAddress | None = None
    srtp: SrtpPair | None = None
    wants_srtp: bool = False
    is_browser: bool = False
    rtcp_mux: bool = False
    rtcp_target: SocketAddress | None = None
    latch: Latch | None = None
    shared: SharedPort | None = None
    port: int = 0
    own_rtp: socket.socket | None = None
    own_rtcp: socket.socket | None = None
    host: str = ""


class Transport:
    """All sockets of a worker. `drain` reads, `send` writes what the engine prepared."""

    def __init__(self, engine: Engine, ports: PortRange) -> None:
        self.engine = engine
        self.ports = ports
        self.lines: dict[int, LegLine] = {}
        self.counters: Counter[str] = Counter()
        self.shared: list[SharedPort] = []
        self.browser_sockets: list[BatchSocket] = []
        self.browser_routes: dict[bytes, int] = {}
        self.on_stun: Callable[[bytes, SocketAddress, float], None] = lambda data, source, now: None
        self.on_dtls: Callable[[bytes, SocketAddress, float], None] = lambda data, source, now: None
        self.on_browser_media: Callable[[int, float], None] = lambda slot, now: None
        self.on_goodbye: Callable[[LegLine], None] = lambda line: None
        self.destinations = Destinations(engine.pool.capacity)
        self._batch_sockets: list[BatchSocket] = []
        self._epoll = select.epoll()
        self._own: dict[int, tuple[LegLine, bool]] = {}
        self._scratch = np.zeros((1024, 256), np.uint8)
        self._scratch_views = [memoryview(row) for row in self._scratch]  # type: ignore[arg-type]
        self._row_pointers: dict[int, list[object]] = {}
        self._sender_pointers: list[object] = []
        self._sender_base = 0

    # --- sockets ------------------------------------------------------------------------------------------------------

    def add_browser_socket(self, host: str, port: int) -> BatchSocket:
        sock = BatchSocket(host, port)
        self.browser_sockets.append(sock)
        self._batch_sockets.append(sock)
        return sock

    def shared_port(self, host: str, remote: SocketAddress | None, slot: int, wanted: int | None = None) -> SharedPort:
        """A shared port (the wanted one, if given) where this peer's address is not taken; raises NoFreePort."""
        for each in self.shared:
            fits = each.host == host and wanted in (None, each.rtp.port)
            if fits and (remote is None or each.is_free(remote, slot)):
                return each
        made = self.ports.open_shared(host, wanted)
        self.shared.append(made)
        self._batch_sockets += [made.rtp]
        return made

    def add(self, line: LegLine) -> None:
        """A new leg; its slot must be open in the engine."""
        if self.destinations.capacity < self.engine.pool.capacity:
            self.destinations.grow(self.engine.pool.capacity)
        self.destinations.reset(line.slot)
        self.lines[line.slot] = line
        for sock, is_rtcp in ((line.own_rtp, False), (line.own_rtcp, True)):
            if sock is not None:
                self._own[sock.fileno()] = (line, is_rtcp)
                self._epoll.register(sock.fileno(), select.EPOLLIN)

    def remove(self, line: LegLine) -> None:
        """Say good-bye (RTCP BYE) and give everything back."""
        self._send_rtcp(line, rtcp.build_goodbye(int(self.engine.senders.ssrc[line.slot]), "kc-media"))
        for sock in (line.own_rtp, line.own_rtcp):
            if sock is not None:
                self._epoll.unregister(sock.fileno())
                del self._own[sock.fileno()]
                sock.close()
        if line.own_rtp is not None:
            self.ports.give(line.port)
        if line.shared is not None:
            self._unroute(line)
        self.destinations.via[line.slot] = NOWHERE
        del self.lines[line.slot]

    def aim(self, line: LegLine, target: SocketAddress | None, rtcp_target: SocketAddress | None = None) -> None:
        """Send the leg's packets to `target`. On a shared port this also says whose packets are the leg's."""
        if line.shared is not None:
            self._unroute(line)
            if target is not None:
                line.shared.rtp_routes[key_of(target)] = line.slot
        line.target = target
        line.rtcp_target = rtcp_target
        if target is not None and rtcp_target is None:
            line.rtcp_target = target if line.rtcp_mux else (target[0], min(65535, target[1] + 1))
        if line.shared is not None and line.rtcp_target is not None and not line.rtcp_mux:
            line.shared.rtcp_routes[key_of(line.rtcp_target)] = line.slot
        if target is not None:
            packed = np.frombuffer(pack_address(target), np.uint8)
            self.destinations.name[line.slot, : len(packed)] = packed
        self.settle(line)

    def settle(self, line: LegLine) -> None:
        """The leg sends when it has a target and, if it wants SRTP, keys."""
        ready = line.target is not None and (line.srtp is not None or not line.wants_srtp)
        if line.own_rtp is not None:
            via = OWN
        elif line.shared is not None:
            via = self._batch_sockets.index(line.shared.rtp)
        else:
            via = self._browser_via(line.target)
        line.via = via
        self.destinations.via[line.slot] = via if ready else NOWHERE
        self.destinations.secured[line.slot] = line.srtp is not None
        self.engine.rows.sending[line.slot] = ready

    def _browser_via(self, target: SocketAddress | None) -> int:
        if target is None:
            return NOWHERE
        size = 24 if ":" in target[0] else 8
        return next((self._batch_sockets.index(s) for s in self.browser_sockets if s.key_size == size), NOWHERE)

    def _unroute(self, line: LegLine) -> None:
        assert line.shared is not None
        for routes in (line.shared.rtp_routes, line.shared.rtcp_routes):
            for key in [key for key, slot in routes.items() if slot == line.slot]:
                del routes[key]

    def send_browser(self, data: bytes, target: SocketAddress) -> None:
        via = self._browser_via(target)
        if via != NOWHERE:
            self._batch_sockets[via].send_to(data, target)

    # --- in -----------------------------------------------------------------------------------------------------------

    def drain(self, now: float, own: bool = True) -> None:
        """Take what the sockets hold. `own`: also the legs' own sockets, each of which buffers seconds by itself."""
        for shared in self.shared:
            self._drain_batch(shared.rtp, shared.rtp_routes, now, False)
            self._drain_shared_rtcp(shared, now)
        for sock in self.browser_sockets:
            self._drain_batch(sock, self.browser_routes, now, True)
        if own:
            self._drain_own(now)

    def _drain_batch(self, sock: BatchSocket, routes: dict[bytes, int], now: float, browser: bool) -> None:
        for _ in range(MOST_BATCHES):
            count = sock.receive()
            if not count:
                return
            keys = sock.keys(count)
            slots = np.array([routes.get(key, NOWHERE) for key in keys], np.intp)
            lengths = sock.lengths[:count].astype(np.int64)
            first, second = sock.data[:count, 0], sock.data[:count, 1]
            media = (first >> 6 == 2) & (lengths >= 12)
            control = media & (second >= 192) & (second <= 223)
            usual = media & ~control & (slots != NOWHERE)
            if not usual.all():
                self._slow(sock, np.flatnonzero(~usual), slots, keys, lengths, now, browser)
            self._unprotect(sock, slots, lengths, usual, now, browser)
            if usual.any():
                rows = np.flatnonzero(usual)
                width = max(172, int(lengths[rows].max()))
                self.engine.receive(slots[rows], sock.data[rows, :width], lengths[rows], now)
            if count < len(sock.data):
                return

    def _unprotect(
        self, sock: BatchSocket, slots: Slots, lengths: np.ndarray, usual: np.ndarray, now: float, browser: bool
    ) -> None:
        """Decrypt in place what is SRTP; clears `usual` where it is not authentic."""
        candidates = np.flatnonzero(usual)
        secured = candidates[self.destinations.secured[slots[candidates]] | browser]
        if not len(secured):
            return
        pointers = self._row_pointers.get(id(sock))
        if pointers is None:
            base = sock.data.ctypes.data
            pointers = self._row_pointers[id(sock)] = [pointer(base + row * ROW) for row in range(len(sock.data))]
        lines = self.lines
        for row in secured.tolist():
            slot = int(slots[row])
            line = lines[slot]
            if line.srtp is None:
                usual[row] = False
                self.counters["srtp_before_keys"] += 1
                continue
            length = line.srtp.unprotect_at(pointers[row], int(lengths[row]))
            if length < 0:
                usual[row] = False
                line.reports.unauthenticated += 1
                self.counters["srtp_refused"] += 1
            else:
                lengths[row] = length
                if browser:
                    self.on_browser_media(slot, now)

    def _slow(
        self,
        sock: BatchSocket,
        rows: np.ndarray,
        slots: Slots,
        keys: list[bytes],
        lengths: np.ndarray,
        now: float,
        browser: bool,
    ) -> None:
        """Everything that is not a known peer's RTP: RTCP, STUN, DTLS, strangers, garbage."""
        if len(rows) > MOST_SLOW:
            self.counters["flood_dropped"] += len(rows) - MOST_SLOW
            # known peers first: a flood of strangers must not starve them
            rows = rows[np.argsort(slots[rows] == NOWHERE, kind="stable")][:MOST_SLOW]
        for row in rows.tolist():
            data = sock.data[row, : int(lengths[row])].tobytes()
            slot = int(slots[row])
            kind = data[0] if data else 255
            if browser and kind < 4:
                self.on_stun(data, unpack_address(keys[row]), now)
            elif browser and 20 <= kind <= 63:
                self.on_dtls(data, unpack_address(keys[row]), now)
            elif slot == NOWHERE:
                self.counters["strangers"] += 1
            elif rtcp.is_rtcp(data):
                self._receive_rtcp(self.lines[slot], data, now)
            else:
                self.lines[slot].reports.malformed += 1
                self.counters["malformed"] += 1

    def _drain_shared_rtcp(self, shared: SharedPort, now: float) -> None:
        count = min(shared.rtcp.receive(), MOST_SLOW)
        for row, key in enumerate(shared.rtcp.keys(count) if count else ()):
            slot = shared.rtcp_routes.get(key)
            if slot is None:
                self.counters["strangers"] += 1
            else:
                data = shared.rtcp.data[row, : int(shared.rtcp.lengths[row])].tobytes()
                self._receive_rtcp(self.lines[slot], data, now)

    def _drain_own(self, now: float) -> None:
        """Legs with a socket of their own: one system call a packet, then together into the engine."""
        slots: list[int] = []
        lengths: list[int] = []
        free, views = 0, self._scratch_views
        for descriptor, _ in self._epoll.poll(0, max(1, len(self._own))):
            line, is_rtcp = self._own[descriptor]
            sock = line.own_rtcp if is_rtcp else line.own_rtp
            assert sock is not None
            for _ in range(MOST_PER_SOCKET):
                if free == len(views):
                    self._hand_over(slots, lengths, now)
                    slots, lengths, free = [], [], 0
                try:
                    length, source = sock.recvfrom_into(views[free])
                except BlockingIOError:
                    break
                except OSError:
                    continue  # an ICMP error of a packet that we sent
                if is_rtcp or rtcp.is_rtcp(views[free][:length]):
                    self._own_rtcp(line, views[free][:length].tobytes(), source, now)
                elif self._admit(line, views[free], length, source, now):
                    slots.append(line.slot)
                    lengths.append(int(self._admitted))
                    free += 1
        self._hand_over(slots, lengths, now)

    def _hand_over(self, slots: list[int], lengths: list[int], now: float) -> None:
        if slots:
            self.engine.receive(np.array(slots, np.intp), self._scratch[: len(slots)], np.array(lengths), now)

    def _admit(self, line: LegLine, view: memoryview, length: int, source: tuple, now: float) -> bool:
        """May a packet on a leg's own socket be heard? Decrypts in place; the new length is left in `_admitted`."""
        self._admitted = length
        if length < 12 or view[0] >> 6 != 2:
            line.reports.malformed += 1
            return False
        address = (source[0], source[1])
        if line.wants_srtp:
            plain = line.srtp.unprotect(bytes(view[:length])) if line.srtp is not None else None
            if plain is None:
                line.reports.unauthenticated += 1
                return False
            view[: len(plain)] = plain
            self._admitted = len(plain)
        latch = line.latch
        assert latch is not None
        sequence = view[2] << 8 | view[3]
        ssrc = int.from_bytes(view[8:12], "big")
        if latch.source == address:
            latch.heard(ssrc, sequence, now)
            return True
        if not latch.admit(address, ssrc, sequence, now):
            line.reports.strangers += 1
            self.counters["strangers"] += 1
            return False
        if line.target != address:
            self.aim(line, address)
        return True

    def _own_rtcp(self, line: LegLine, data: bytes, source: tuple, now: float) -> None:
        """RTCP is heard from the host that the audio comes from or that was signalled."""
        hosts = {line.target[0]} if line.target else set()
        if line.latch is not None and line.latch.signalled is not None:
            hosts.add(line.latch.signalled[0])
        if source[0] in hosts:
            self._receive_rtcp(line, data, now)
        else:
            line.reports.strangers += 1
            self.counters["strangers"] += 1

    def _receive_rtcp(self, line: LegLine, data: bytes, now: float) -> None:
        if line.wants_srtp:
            plain = line.srtp.unprotect_rtcp(data) if line.srtp is not None else None
            if plain is None:
                line.reports.unauthenticated += 1
                self.counters["srtcp_refused"] += 1
                return
            data = plain
        said = line.reports.remote_said_goodbye
        if not line.reports.receive(data, self.engine, now, self.wall(now)):
            self.counters["rtcp_malformed"] += 1
        if line.reports.remote_said_goodbye and not said:
            self.on_goodbye(line)

    # --- out ----------------------------------------------------------------------------------------------------------

    wall: Callable[[float], float] = staticmethod(lambda now: now)
    """Unix time of a time on the engine's clock."""

    def send(self, slots: Slots, tick: int, now: float) -> None:
        """Send the prepared packets of these slots, and the RTCP reports that are due."""
        senders, destinations = self.engine.senders, self.destinations
        self._protect(slots[destinations.secured[slots]])
        via = destinations.via[slots]
        for index, sock in enumerate(self._batch_sockets):
            rows = slots[via == index]
            if len(rows):
                sock.send_rows(rows, senders.packet, senders.length, destinations.name)
        own = slots[via == OWN]
        if len(own):
            data, lengths = memoryview(senders.packet), senders.length[own].tolist()  # type: ignore[arg-type]
            flat = data.cast("B")
            for slot, length in zip(own.tolist(), lengths, strict=True):
                line = self.lines[slot]
                start = slot * SENDER_ROW
                try:
                    line.own_rtp.sendto(flat[start : start + length], line.target)  # type: ignore[union-attr,arg-type]
                except OSError:
                    self.counters["send_errors"] += 1
        phase = tick % REPORT_INTERVAL
        for slot in range(phase, self.engine.pool.capacity, REPORT_INTERVAL):
            due = self.lines.get(slot)
            if due is not None and self.engine.rows.sending[slot]:
                self._send_rtcp(due, due.reports.build(self.engine, now, self.wall(now)))

    def _protect(self, slots: Slots) -> None:
        """SRTP in place on the rows of the sender's matrix."""
        senders = self.engine.senders
        base = senders.packet.ctypes.data
        if base != self._sender_base:
            self._sender_pointers = [pointer(base + row * SENDER_ROW) for row in range(senders.capacity)]
            self._sender_base = base
        pointers, lines, length = self._sender_pointers, self.lines, senders.length
        before = length[slots].tolist()
        length[slots] = [
            max(0, lines[slot].srtp.protect_at(pointers[slot], size))  # type: ignore[union-attr]
            for slot, size in zip(slots.tolist(), before, strict=True)
        ]

    def _send_rtcp(self, line: LegLine, data: bytes) -> None:
        target = line.rtcp_target
        if target is None or (line.wants_srtp and line.srtp is None):
            return
        if line.srtp is not None:
            data = line.srtp.protect_rtcp(data) or b""
        if line.is_browser:
            self.send_browser(data, target)
        elif line.shared is not None:
            (line.shared.rtp if line.rtcp_mux else line.shared.rtcp).send_to(data, target)
        else:
            sock = line.own_rtp if line.rtcp_mux else line.own_rtcp
            try:
                sock.sendto(data, target)  # type: ignore[union-attr]
            except OSError:
                self.counters["send_errors"] += 1

    def close(self) -> None:
        for line in list(self.lines.values()):
            self.remove(line)
        for sock in self._batch_sockets + [shared.rtcp for shared in self.shared]:
            sock.close()
        self._epoll.close()
