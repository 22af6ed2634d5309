"""A browser's half of Negotiate: a SPNEGO token for HTTP@kc.ozp.test from the ticket in KRB5CCNAME. Run as a program of its
own, with the environment that ``Domain.ticket`` gives; prints the token in base64."""

import base64
import ctypes as c
import sys

u32, vp, P = c.c_uint32, c.c_void_p, c.POINTER


class Buffer(c.Structure):
    _fields_ = (("length", c.c_size_t), ("value", vp))


class Oid(c.Structure):
    _fields_ = (("length", u32), ("elements", vp))


def oid(der: bytes) -> Oid:
    raw = c.create_string_buffer(der, len(der))
    made = Oid(len(der), c.cast(raw, vp))
    made.kept = raw
    return made


SPNEGO = oid(bytes.fromhex("2b0601050502"))
HOST_BASED_SERVICE = oid(bytes.fromhex("2a864886f712010201 04".replace(" ", "")))


def token(service: str) -> bytes:
    library = c.CDLL("libgssapi_krb5.so.2")
    library.gss_import_name.argtypes = [P(u32), P(Buffer), P(Oid), P(vp)]
    library.gss_init_sec_context.argtypes = [
        P(u32), vp, P(vp), vp, P(Oid), u32, u32, vp, vp, vp, P(Buffer), P(u32), P(u32),
    ]  # fmt: skip
    minor, name, context, out, flags, life = u32(), vp(), vp(), Buffer(), u32(), u32()
    raw = c.create_string_buffer(service.encode())
    given = Buffer(len(service), c.cast(raw, vp))
    assert not library.gss_import_name(c.byref(minor), c.byref(given), c.byref(HOST_BASED_SERVICE), c.byref(name))
    major = library.gss_init_sec_context(
        c.byref(minor), None, c.byref(context), name, c.byref(SPNEGO), 2, 0, None, None, None, c.byref(out),
        c.byref(flags), c.byref(life),
    )  # fmt: skip
    assert not major & 0xFFFF0000, f"no token: {major:#x} {minor.value}"
    return c.string_at(out.value, out.length)


if __name__ == "__main__":
    sys.stdout.write(base64.b64encode(token(sys.argv[1] if len(sys.argv) > 1 else "HTTP@kc.ozp.test")).decode())
