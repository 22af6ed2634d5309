"""DTLS server of one browser leg, without I/O: handshake, fingerprint, SRTP keys (RFC 5764, RFC 8122).

Datagrams go in by `receive`, come out by `to_send`; OpenSSL's retransmission timer is read by `next_timer`.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum, auto

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy

LARGEST_DATAGRAM = 1200  # bytes we send at most
MOST_HANDSHAKE = 64 << 10  # bytes a browser may send before it is connected
RECORD_HEADER = 13
HANDSHAKE_RECORD, CLIENT_HELLO = 22, 1

_CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"


@dataclass(frozen=True, slots=True)
class SrtpProfile:
    openssl_name: bytes
    libsrtp: int
    key_length: int
    salt_length: int


PROFILES = (
    SrtpProfile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    SrtpProfile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
    SrtpProfile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
)


@dataclass(frozen=True, slots=True)
class SrtpMaterial:
    """Keys of an association: `receive` and `send` are master key and salt, `profile` libsrtp's number."""

    profile: int
    receive: bytes
    send: bytes


class DtlsState(StrEnum):
    HANDSHAKE = auto()
    CONNECTED = auto()
    FAILED = auto()
    CLOSED = auto()


class DtlsServer:
    """Certificate and OpenSSL context of a worker; makes an association per leg."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "KC")])
        today = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=1))
            .not_valid_after(today + datetime.timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = "sha-256 " + _digest(certificate, "sha-256")
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_cipher_list(_CIPHERS)
        self.context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in PROFILES))

    def associate(self, remote_fingerprint: str) -> DtlsAssociation:
        return DtlsAssociation(self.context, remote_fingerprint)


class DtlsAssociation:
    """One handshake and what follows. `material` is set once the state is CONNECTED."""

    def __init__(self, context: SSL.Context, remote_fingerprint: str) -> None:
        self.state = DtlsState.HANDSHAKE
        self.material: SrtpMaterial | None = None
        self.problem = ""
        self.remote_fingerprint = remote_fingerprint
        self._received = 0
        self._ssl = SSL.Connection(context, None)
        self._ssl.set_accept_state()
        self._ssl.set_ciphertext_mtu(LARGEST_DATAGRAM)

    def receive(self, datagram: bytes) -> None:
        """Take one datagram; malformed ones are dropped by OpenSSL without effect."""
        if self.state in (DtlsState.FAILED, DtlsState.CLOSED):
            return
        if self.state is DtlsState.HANDSHAKE:
            self._received += len(datagram)
            if self._received > MOST_HANDSHAKE:
                self._fail("handshake too long")
                return
        try:
            self._ssl.bio_write(datagram)
            if self.state is DtlsState.HANDSHAKE:
                self._ssl.do_handshake()
                self._complete()
            else:
                self._ssl.recv(2048)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.state = DtlsState.CLOSED
        except SSL.Error as error:
            if self.state is DtlsState.HANDSHAKE:
                self._fail(f"handshake: {error}")

    def _complete(self) -> None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        algorithm, _, wanted = self.remote_fingerprint.partition(" ")
        if certificate is None or not _same(_digest(certificate, algorithm.lower()), wanted):
            self._fail("the browser's certificate does not fit its fingerprint")
            return
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((each for each in PROFILES if each.openssl_name == chosen), None)
        if profile is None:
            self._fail("no SRTP profile in common")
            return
        key, salt = profile.key_length, profile.salt_length
        block = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        client = block[:key] + block[2 * key : 2 * key + salt]
        server = block[key : 2 * key] + block[2 * key + salt :]
        self.material = SrtpMaterial(profile.libsrtp, receive=client, send=server)
        self.state = DtlsState.CONNECTED

    def _fail(self, problem: str) -> None:
        self.state, self.problem = DtlsState.FAILED, problem

    def to_send(self) -> list[bytes]:
        """Datagrams due, cut at record boundaries and filled up to LARGEST_DATAGRAM."""
        stream = b""
        while True:
            try:
                stream += self._ssl.bio_read(65535)
            except SSL.Error:
                break
        return pack_records(stream)

    def next_timer(self) -> float | None:
        """Seconds until `handle_timer` is due, None while nothing waits for an answer."""
        return self._ssl.DTLSv1_get_timeout() if self.state is DtlsState.HANDSHAKE else None

    def handle_timer(self) -> None:
        """Send the last flight again."""
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(f"no answer: {error}")

    def close(self) -> None:
        """Say close-notify; `to_send` has it."""
        if self.state is DtlsState.CONNECTED:
            try:
                self._ssl.shutdown()
            except SSL.Error:
                pass
        self.state = DtlsState.CLOSED


def is_client_hello(datagram: bytes) -> bool:
    """Does a datagram begin a handshake: a plain (epoch 0) ClientHello?"""
    return (
        len(datagram) > RECORD_HEADER
        and datagram[0] == HANDSHAKE_RECORD
        and datagram[3:5] == b"\0\0"
        and datagram[RECORD_HEADER] == CLIENT_HELLO
    )


def pack_records(stream: bytes) -> list[bytes]:
    """Whole DTLS records of a byte stream, as few datagrams as fit LARGEST_DATAGRAM."""
    datagrams: list[bytes] = []
    current, position = b"", 0
    while position + RECORD_HEADER <= len(stream):
        end = position + RECORD_HEADER + int.from_bytes(stream[position + 11 : position + 13], "big")
        record = stream[position:end]
        if current and len(current) + len(record) > LARGEST_DATAGRAM:
            datagrams.append(current)
            current = b""
        current += record
        position = end
    return [*datagrams, current] if current else datagrams


_HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}


def is_known_fingerprint(fingerprint: str) -> bool:
    """Is this `<hash> AB:CD:…` with a hash that we accept (SHA-1 and MD5 are not)?"""
    algorithm, _, value = fingerprint.partition(" ")
    made = _HASHES.get(algorithm.lower())
    return made is not None and len(_octets(value)) == made().digest_size


def _digest(certificate: x509.Certificate, algorithm: str) -> str:
    made = _HASHES.get(algorithm)
    if made is None:
        return ""
    digest = made(certificate.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


def _octets(value: str) -> bytes:
    try:
        return bytes.fromhex(value.strip().replace(":", ""))
    except ValueError:
        return b""


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(_octets(one), _octets(other))
