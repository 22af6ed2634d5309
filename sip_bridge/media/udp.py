"""UDP in batches: `recvmmsg` and `sendmmsg` through ctypes, the headers being numpy arrays.

One system call moves hundreds of packets, which is what lets a Python process carry hundreds of calls. Addresses are kept as
socket address bytes (`key`), so telling peers apart is one dictionary look-up.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from ipaddress import ip_address

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Slots

BATCH = 512
ROW = 1536  # bytes kept of a datagram; no peer of ours sends more than the MTU
NAME = 28  # sizeof(sockaddr_in6)
BUFFER = 4 << 20
DONT_WAIT = 0x40

_MESSAGE = np.dtype(
    [
        ("name", "<u8"),
        ("name_length", "<u4"),
        ("_pad0", "<u4"),
        ("vector", "<u8"),
        ("vectors", "<u8"),
        ("control", "<u8"),
        ("control_length", "<u8"),
        ("flags", "<i4"),
        ("_pad1", "<u4"),
        ("length", "<u4"),
        ("_pad2", "<u4"),
    ]
)
_VECTOR = np.dtype([("base", "<u8"), ("length", "<u8")])

_libc = ctypes.CDLL(None, use_errno=True)
_recvmmsg = _libc.recvmmsg
_recvmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
_sendmmsg = _libc.sendmmsg
_sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]

SocketAddress = tuple[str, int]


def pack_address(address: SocketAddress) -> bytes:
    """The sockaddr of an IP address and port: 16 bytes for IPv4, 28 for IPv6."""
    ip = ip_address(address[0].partition("%")[0])
    if ip.version == 4:
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", address[1], ip.packed)
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", address[1], 0, ip.packed, 0)


def unpack_address(key: bytes) -> SocketAddress:
    """The IP address and port of a `key`."""
    port = int.from_bytes(key[2:4], "big")
    if key[:2] == struct.pack("=H", socket.AF_INET):
        return socket.inet_ntop(socket.AF_INET, key[4:8]), port
    return socket.inet_ntop(socket.AF_INET6, key[8:24]), port


def key_of(address: SocketAddress) -> bytes:
    """What identifies a peer on a BatchSocket: the meaningful start of its sockaddr."""
    packed = pack_address(address)
    return packed[:8] if len(packed) == 16 else packed[:24]


def open_udp(host: str, port: int) -> socket.socket:
    """A bound, non-blocking UDP socket with large buffers; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xB8)  # expedited forwarding (RFC 3246)
    except OSError:
        sock.close()
        raise
    return sock


class BatchSocket:
    """A UDP socket shared by many peers. After `receive` the rows of `data`, `lengths` and `keys` hold the datagrams."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = open_udp(host, port)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.port = self.socket.getsockname()[1]
        self.key_size = 8 if self.socket.family == socket.AF_INET else 24
        self._descriptor = self.socket.fileno()
        self.data = np.zeros((BATCH, ROW), np.uint8)
        self._names = np.zeros((BATCH, NAME), np.uint8)
        self._vectors = np.zeros(BATCH, _VECTOR)
        self._vectors["base"] = self.data.ctypes.data + np.arange(BATCH) * ROW
        self._vectors["length"] = ROW
        self._messages = np.zeros(BATCH, _MESSAGE)
        self._messages["name"] = self._names.ctypes.data + np.arange(BATCH) * NAME
        self._messages["name_length"] = NAME
        self._messages["vector"] = self._vectors.ctypes.data + np.arange(BATCH) * _VECTOR.itemsize
        self._messages["vectors"] = 1
        self._address = self._messages.ctypes.data
        self.lengths = self._messages["length"]
        self._out = np.zeros(0, _MESSAGE)
        self._out_vectors = np.zeros(0, _VECTOR)
        self.send_errors = 0

    def receive(self) -> int:
        """Take what waits, up to BATCH datagrams; returns how many."""
        return max(0, _recvmmsg(self._descriptor, self._address, BATCH, DONT_WAIT, None))

    def keys(self, count: int) -> list[bytes]:
        """Who sent the first `count` datagrams of the batch."""
        names, size = self._names[:count].tobytes(), self.key_size
        return [names[start : start + size] for start in range(0, count * NAME, NAME)]

    def send_rows(
        self, slots: Slots, packet: NDArray[np.uint8], length: NDArray[np.int32], name: NDArray[np.uint8]
    ) -> int:
        """Send row `packet[slot, :length[slot]]` to sockaddr `name[slot]` for all slots; returns how many went out."""
        count = len(slots)
        if count > len(self._out):
            size = max(count, 2 * len(self._out), 64)
            self._out, self._out_vectors = np.zeros(size, _MESSAGE), np.zeros(size, _VECTOR)
            self._out["vector"] = self._out_vectors.ctypes.data + np.arange(size) * _VECTOR.itemsize
            self._out["vectors"] = 1
            self._out["name_length"] = 16 if self.key_size == 8 else NAME
        self._out["name"][:count] = name.ctypes.data + slots * NAME
        self._out_vectors["base"][:count] = packet.ctypes.data + slots * packet.strides[0]
        self._out_vectors["length"][:count] = length[slots]
        start, sent, address = 0, 0, self._out.ctypes.data
        while start < count:
            done = _sendmmsg(self._descriptor, address + start * _MESSAGE.itemsize, min(1024, count - start), DONT_WAIT)
            if done <= 0:  # this one cannot go out (unreachable, buffer full): the others must
                self.send_errors += 1
                done = 1
            else:
                sent += done
            start += done
        return sent

    def send_to(self, data: bytes, address: SocketAddress) -> None:
        """One datagram; what the network refuses is counted."""
        try:
            self.socket.sendto(data, address)
        except OSError:
            self.send_errors += 1

    def close(self) -> None:
        self.socket.close()
