"""What comes in as a file, and where the system may be made to ask."""

import io

import numpy as np
import pytest
import soundfile
from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse

from backend.adapters.look_up import MOST_BYTES, HttpLookUp
from tests.support.web import served


def audio(kind: str, channels: int, rate: int, seconds: float) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.zeros((int(rate * seconds), channels), dtype=np.int16), rate, format=kind)
    return out.getvalue()


async def upload(api, server, data: bytes, login: str = "spravce", name: str = "x"):
    async with api.client() as client:
        await client.sign_in(login, server.logins[login].password)
        return await client.http.post(
            f"/prompts?name={name}", content=data, headers={"Cookie": client.cookie_header()}, timeout=60
        )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"MZ\x90\x00" + bytes(500), 422),
        (b"<svg onload=alert(1)>", 422),
        (b"#!/bin/sh\nrm -rf /", 422),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", 422),
        (b"", 422),
        (audio("FLAC", 8, 96_000, 290), 422),
        (bytes(20 * 1024 * 1024 + 1), 413),
    ],
    ids=["a program", "a drawing", "a script", "a lie about its size", "nothing", "packed too tightly", "too large"],
)
async def test_what_is_no_prompt_is_refused_and_nothing_is_kept(api, server, data, status):
    answer = await upload(api, server, data)
    assert answer.status_code == status
    folder = api.config.prompts
    assert not folder.exists() or not list(folder.glob("*.part"))
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        assert "x" not in {p["name"] for p in (await client.run("{ prompts { name } }"))["prompts"]}


async def test_who_may_not_edit_menus_uploads_nothing(api, server):
    assert (await upload(api, server, b"x", login="jana")).status_code == 403


@pytest.fixture
async def services():
    """The port of a service that is allowed, what it was asked, and that of an inner one, which is not."""
    inner, allowed, asked = FastAPI(), FastAPI(), []

    @inner.api_route("/{path:path}", methods=["GET", "POST"])
    async def secret(path: str) -> dict:
        asked.append(f"inner/{path}")
        return {"secret": "1"}

    async with served(inner) as inner_port:

        @allowed.post("/away")
        async def away() -> RedirectResponse:
            return RedirectResponse(f"http://127.0.0.1:{inner_port}/", 307)

        @allowed.post("/large")
        async def large() -> JSONResponse:
            return JSONResponse({"x": "a" * (MOST_BYTES + 1)})

        @allowed.post("/good")
        async def good() -> dict:
            return {"name": "Jana"}

        async with served(allowed) as port:
            yield port, inner_port, asked


async def test_look_up_reaches_the_named_host_and_nothing_else(services):
    port, inner, asked = services
    look_up = HttpLookUp(frozenset({f"127.0.0.1:{port}"}))
    assert await look_up.ask(f"http://127.0.0.1:{port}/good", {}, 5) == {"name": "Jana"}
    for url in (
        f"http://127.0.0.1:{inner}/",
        f"http://127.0.0.1:{port}@127.0.0.1:{inner}/",
        f"http://127.0.0.1:{inner}/?127.0.0.1:{port}",
        f"http://127.0.0.1:{inner}#@127.0.0.1:{port}/",
        f"http://127.0.0.1:{inner}\\@127.0.0.1:{port}/",
        f"http://localhost:{inner}/",
        f"http://[::1]:{inner}/",
        f"http://2130706433:{inner}/",
        f"http://127.0.0.1:{port}/away",
        f"http://127.0.0.1:{port}/large",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "http://169.254.169.254/latest/meta-data/",
        "http://[",
        "",
    ):
        assert await look_up.ask(url, {}, 5) is None, url
    assert asked == []
