"""The lightest agent's browser there is: ICE check, DTLS client and SRTP on one socket, saying a tone and hearing tones.

Made of OpenSSL and libsrtp, not of our own DTLS and SRTP classes but for their lists of profiles and the certificate.
"""

from __future__ import annotations

import secrets
import time

from OpenSSL import SSL
from pylibsrtp import Policy, Session

from sip_bridge.webrtc import stun
from sip_bridge.webrtc.dtls import LARGEST_DATAGRAM, PROFILES, DtlsServer, pack_records
from tests.support.rtp_phone import RtpPhone


class BrowserPeer(RtpPhone):
    """``offer()`` → SDP; ``connect(answer)`` blocks until keys are agreed and starts to speak."""

    def __init__(self, frequency: float | None = None) -> None:
        super().__init__(frequency)
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(16)
        self._identity = DtlsServer()

    def offer(self) -> str:
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            "m=audio 9 UDP/TLS/RTP/SAVPF 8 101",
            "c=IN IP4 0.0.0.0",
            "a=mid:0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.password}",
            f"a=fingerprint:{self._identity.fingerprint}",
            "a=setup:actpass",
            "a=rtcp-mux",
            "a=sendrecv",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
        ]
        return "\r\n".join(lines) + "\r\n"

    def connect(self, answer: str, within: float = 5.0) -> BrowserPeer:
        said = dict(line[2:].split(":", 1) for line in answer.splitlines() if line.startswith("a=") and ":" in line)
        candidate = said["candidate"].split()
        target = (candidate[4], int(candidate[5]))
        until = time.monotonic() + within
        self._check(said["ice-ufrag"], said["ice-pwd"], target, until)
        self.srtp = self._handshake(target, until)
        self.start(target)
        return self

    def _check(self, ufrag: str, password: str, target: tuple[str, int], until: float) -> None:
        attributes = [
            (stun.USERNAME, f"{ufrag}:{self.ufrag}".encode()),
            (stun.PRIORITY, (1 << 24).to_bytes(4, "big")),
            (stun.ICE_CONTROLLING, secrets.token_bytes(8)),
            (stun.USE_CANDIDATE, b""),
        ]
        self.socket.settimeout(0.2)
        while time.monotonic() < until:
            request = stun.build(stun.BINDING_REQUEST, secrets.token_bytes(12), attributes, password)
            self.socket.sendto(request, target)
            try:
                message = stun.parse(self.socket.recv(2048))
            except TimeoutError:
                continue
            if message is not None and message.kind == stun.BINDING_SUCCESS:
                return
        raise TimeoutError("no answer to the ICE check")

    def _handshake(self, target: tuple[str, int], until: float):
        connection = SSL.Connection(self._identity.context, None)
        connection.set_connect_state()
        connection.set_ciphertext_mtu(LARGEST_DATAGRAM)
        while time.monotonic() < until:
            try:
                connection.do_handshake()
                done = True
            except SSL.WantReadError:
                done = False
            try:
                for datagram in pack_records(connection.bio_read(65535)):
                    self.socket.sendto(datagram, target)
            except SSL.Error:
                pass
            if done:
                return self._keys(connection)
            try:
                connection.bio_write(self.socket.recv(4096))
            except TimeoutError:
                connection.DTLSv1_handle_timeout()
        raise TimeoutError("no DTLS handshake")

    @staticmethod
    def _keys(connection: SSL.Connection):
        profile = next(p for p in PROFILES if p.openssl_name == connection.get_selected_srtp_profile())
        key, salt = profile.key_length, profile.salt_length
        block = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        ours = block[:key] + block[2 * key : 2 * key + salt]
        theirs = block[key : 2 * key] + block[2 * key + salt :]
        out = Session(Policy(key=ours, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp))
        into = Session(Policy(key=theirs, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile.libsrtp))
        return out.protect, into.unprotect
