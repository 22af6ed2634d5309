"""SRTP of one leg on buffers in place (RFC 3711), through the libsrtp that pylibsrtp carries."""

from __future__ import annotations

from pylibsrtp import Error, Policy, Session
from pylibsrtp._binding import ffi, lib

REPLAY_WINDOW = 1024
SDES_SUITES = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
SDES_KEY_SIZE = 30

_length = ffi.new("int *")


def pointer(address: int) -> object:
    """A libsrtp packet pointer for a memory address, to be made once per buffer row."""
    return ffi.cast("void *", address)


class SrtpPair:
    """Both directions of a leg. The `*_at` methods work in place on a `pointer` and return the new length, or -1."""

    def __init__(self, profile: int, receive: bytes, send: bytes) -> None:
        incoming = Policy(key=receive, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile)
        incoming.window_size = REPLAY_WINDOW
        outgoing = Policy(key=send, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        self._receive, self._send = Session(incoming), Session(outgoing)
        self._receive_handle, self._send_handle = self._receive._srtp[0], self._send._srtp[0]

    def unprotect_at(self, place: object, length: int) -> int:
        _length[0] = length
        return -1 if lib.srtp_unprotect(self._receive_handle, place, _length) else _length[0]

    def protect_at(self, place: object, length: int) -> int:
        _length[0] = length
        return -1 if lib.srtp_protect(self._send_handle, place, _length) else _length[0]

    def unprotect(self, data: bytes) -> bytes | None:
        return _quietly(self._receive.unprotect, data)

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        return _quietly(self._receive.unprotect_rtcp, data)

    def protect_rtcp(self, data: bytes) -> bytes | None:
        return _quietly(self._send.protect_rtcp, data)


def _quietly(function: object, data: bytes) -> bytes | None:
    try:
        return function(data)  # type: ignore[operator]
    except (Error, ValueError):
        return None
