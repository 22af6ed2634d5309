"""Single sign-on by Kerberos: accepts a SPNEGO token (RFC 4178, 4559) with the key of our service from a keytab.

ctypes on MIT's libgssapi_krb5, which every Debian has: no wheel of its bindings exists. One round trip only; a token that asks
for another (NTLM, a foreign mechanism) is refused. MIT's replay cache refuses a ticket's authenticator that comes twice on one
machine; across machines the caller remembers tokens.
"""

import asyncio
import ctypes as c
from functools import cache
from pathlib import Path

LIBRARY = "libgssapi_krb5.so.2"
ACCEPT = 2
GSS_C_BOTH_STATUS = ((1, 0), (2, 1))
MOST_TOKEN_BYTES = 65_536
"""A ticket with many groups has some 12 KiB; Windows sends at most 64."""


class _Buffer(c.Structure):
    _fields_ = (("length", c.c_size_t), ("value", c.c_void_p))


class _Pair(c.Structure):
    _fields_ = (("key", c.c_char_p), ("value", c.c_char_p))


class _Store(c.Structure):
    _fields_ = (("count", c.c_uint32), ("elements", c.POINTER(_Pair)))


class NotAccepted(Exception):
    """The token is no valid, fresh proof of anybody: forged, replayed, over, of another service, not Kerberos."""


class Unavailable(Exception):
    """This machine cannot accept tickets: no library, no keytab, or nothing in it."""


@cache
def _library() -> c.CDLL:
    try:
        found = c.CDLL(LIBRARY)
    except OSError as error:
        raise Unavailable(f"{LIBRARY} is missing: apt-get install libgssapi-krb5-2") from error
    pointer, number, handle = c.POINTER, c.c_uint32, c.c_void_p
    found.gss_acquire_cred_from.argtypes = [
        pointer(number), handle, number, handle, c.c_int, pointer(_Store), pointer(handle), handle, handle,
    ]  # fmt: skip
    found.gss_accept_sec_context.argtypes = [
        pointer(number), pointer(handle), handle, pointer(_Buffer), handle, pointer(handle), handle, pointer(_Buffer),
        pointer(number), pointer(number), handle,
    ]  # fmt: skip
    found.gss_display_name.argtypes = [pointer(number), handle, pointer(_Buffer), handle]
    found.gss_display_status.argtypes = [pointer(number), number, c.c_int, handle, pointer(number), pointer(_Buffer)]
    found.gss_release_buffer.argtypes = [pointer(number), pointer(_Buffer)]
    found.gss_release_name.argtypes = [pointer(number), pointer(handle)]
    found.gss_release_cred.argtypes = [pointer(number), pointer(handle)]
    found.gss_delete_sec_context.argtypes = [pointer(number), pointer(handle), pointer(_Buffer)]
    return found


def _taken(buffer: _Buffer) -> bytes:
    value = c.string_at(buffer.value, buffer.length) if buffer.value else b""
    _library().gss_release_buffer(c.byref(c.c_uint32()), c.byref(buffer))
    return value


def _words(major: int, minor: int) -> str:
    texts = []
    for kind, index in GSS_C_BOTH_STATUS:
        more, text = c.c_uint32(), _Buffer()
        _library().gss_display_status(
            c.byref(c.c_uint32()), (major, minor)[index], kind, None, c.byref(more), c.byref(text)
        )
        texts.append(_taken(text).decode("utf-8", "replace"))
    return "; ".join(filter(None, texts))


class Kerberos:
    def __init__(self, keytab: Path | None) -> None:
        self._keytab = keytab

    @property
    def configured(self) -> bool:
        return self._keytab is not None

    async def accept(self, token: bytes) -> tuple[str, bytes]:
        """The principal (``novak@OZP.CZ``) and the answer for the client. Raises NotAccepted, Unavailable."""
        return await asyncio.to_thread(self._accept, token)

    async def check(self) -> str | None:
        """Why tickets cannot be accepted here, or None."""
        try:
            await asyncio.to_thread(self._credential_alone)
        except Unavailable as why:
            return str(why)
        return None

    def _credential_alone(self) -> None:
        credential = self._credential()
        _library().gss_release_cred(c.byref(c.c_uint32()), c.byref(credential))

    def _credential(self) -> c.c_void_p:
        if self._keytab is None or not self._keytab.is_file():
            raise Unavailable(f"keytab {self._keytab or 'KC_KEYTAB'} is not there")
        pair = _Pair(b"keytab", f"FILE:{self._keytab}".encode())
        store = _Store(1, c.pointer(pair))
        minor, credential = c.c_uint32(), c.c_void_p()
        major = _library().gss_acquire_cred_from(
            c.byref(minor), None, 0, None, ACCEPT, c.byref(store), c.byref(credential), None, None
        )
        if major & 0xFFFF0000:
            raise Unavailable(_words(major, minor.value))
        return credential

    def _accept(self, token: bytes) -> tuple[str, bytes]:
        if not token or len(token) > MOST_TOKEN_BYTES:
            raise NotAccepted("no token")
        library, credential = _library(), self._credential()
        minor, context, source, answer = c.c_uint32(), c.c_void_p(), c.c_void_p(), _Buffer()
        flags, life = c.c_uint32(), c.c_uint32()
        raw = c.create_string_buffer(token, len(token))
        given = _Buffer(len(token), c.cast(raw, c.c_void_p))
        try:
            major = library.gss_accept_sec_context(
                c.byref(minor), c.byref(context), credential, c.byref(given), None, c.byref(source), None,
                c.byref(answer), c.byref(flags), c.byref(life), None,
            )  # fmt: skip
            reply = _taken(answer)
            if major & 0xFFFF0000:
                raise NotAccepted(_words(major, minor.value))
            if major & 1:
                raise NotAccepted("another round is needed: not Kerberos")
            name = _Buffer()
            if library.gss_display_name(c.byref(minor), source, c.byref(name), None) & 0xFFFF0000:
                raise NotAccepted("no name")
            return _taken(name).decode(), reply
        finally:
            scrap = c.c_uint32()
            library.gss_release_cred(c.byref(scrap), c.byref(credential))
            if source:
                library.gss_release_name(c.byref(scrap), c.byref(source))
            if context:
                library.gss_delete_sec_context(c.byref(scrap), c.byref(context), None)
