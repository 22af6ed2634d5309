"""STUN binding messages as ICE uses them (RFC 8489, RFC 8445 §7): parse, check, answer."""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from dataclasses import dataclass
from ipaddress import ip_address

COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, XOR_MAPPED_ADDRESS = 0x0006, 0x0008, 0x0009, 0x0020
PRIORITY, USE_CANDIDATE, FINGERPRINT = 0x0024, 0x0025, 0x8028
ICE_CONTROLLED, ICE_CONTROLLING = 0x8029, 0x802A

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_MOST_ATTRIBUTES = 32


@dataclass(frozen=True, slots=True)
class Message:
    """A well-formed message with a right FINGERPRINT. `integrity_at` is the offset of MESSAGE-INTEGRITY, not yet checked."""

    kind: int
    transaction: bytes
    attributes: dict[int, bytes]
    integrity_at: int | None
    raw: bytes


def parse(data: bytes) -> Message | None:
    """The message in a datagram; None when malformed, or without a FINGERPRINT that fits (RFC 8445 §7.1.1 demands it)."""
    if len(data) < 20:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if cookie != COOKIE or length + 20 != len(data) or length % 4 or kind & 0xC000:
        return None
    attributes: dict[int, bytes] = {}
    integrity_at, position, fingerprint_right = None, 20, False
    for _ in range(_MOST_ATTRIBUTES):
        if position + 4 > len(data):
            break
        name, size = _ATTRIBUTE.unpack_from(data, position)
        if position + 4 + size > len(data) or fingerprint_right:
            return None
        value = data[position + 4 : position + 4 + size]
        if name == FINGERPRINT:
            fingerprint_right = value == _fingerprint(data[:position])
            if not fingerprint_right:
                return None
        elif name == MESSAGE_INTEGRITY:
            if integrity_at is not None or size != 20:
                return None
            integrity_at = position
            attributes[name] = value
        elif integrity_at is None:  # what follows MESSAGE-INTEGRITY is not authenticated (RFC 8489 §14.5)
            attributes.setdefault(name, value)
        position += 4 + size + -size % 4
    return Message(kind, transaction, attributes, integrity_at, data) if fingerprint_right else None


def is_authentic(message: Message, password: str) -> bool:
    """Was the message made with this password (RFC 8489 §14.5, short-term credentials)?"""
    if message.integrity_at is None:
        return False
    at = message.integrity_at
    covered = message.raw[:2] + struct.pack("!H", at - 20 + 24) + message.raw[4:at]
    return hmac.compare_digest(_integrity(covered, password), message.attributes[MESSAGE_INTEGRITY])


def build(kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], password: str) -> bytes:
    """A message with MESSAGE-INTEGRITY and FINGERPRINT."""
    body = b"".join(_ATTRIBUTE.pack(name, len(value)) + value + b"\0" * (-len(value) % 4) for name, value in attributes)
    message = _HEADER.pack(kind, len(body) + 24, COOKIE, transaction) + body
    message += _ATTRIBUTE.pack(MESSAGE_INTEGRITY, 20) + _integrity(message, password)
    message = message[:2] + struct.pack("!H", len(message) - 20 + 8) + message[4:]
    return message + _ATTRIBUTE.pack(FINGERPRINT, 4) + _fingerprint(message)


def success(request: Message, source: tuple[str, int], password: str) -> bytes:
    """The answer to a binding request that came from `source`."""
    address = ip_address(source[0])
    mask = struct.pack("!I", COOKIE) + request.transaction
    masked = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    mapped = struct.pack("!BBH", 0, family, source[1] ^ (COOKIE >> 16)) + masked
    return build(BINDING_SUCCESS, request.transaction, [(XOR_MAPPED_ADDRESS, mapped)], password)


def failure(request: Message, code: int, reason: str, password: str) -> bytes:
    """An error answer, such as 487 Role Conflict."""
    value = struct.pack("!HBB", 0, code // 100, code % 100) + reason.encode()
    return build(BINDING_ERROR, request.transaction, [(ERROR_CODE, value)], password)


def _integrity(covered: bytes, password: str) -> bytes:
    return hmac.new(password.encode(), covered, hashlib.sha1).digest()


def _fingerprint(covered: bytes) -> bytes:
    return struct.pack("!I", (zlib.crc32(covered) & 0xFFFFFFFF) ^ 0x5354554E)
