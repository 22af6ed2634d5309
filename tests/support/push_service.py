"""A push service of the tests' own, and a device: it keeps what is posted and opens it with the keys of a browser."""

import base64
import json
import os
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Request, Response


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Device:
    """The keys of one subscription (RFC 8291)."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.auth = _text(self.secret)
        self.p256dh = _text(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def opened(self, body: bytes) -> dict[str, Any]:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))


class PushService:
    """``answers``: status codes for the next posts, then 201. ``posted``: (path, headers, body) of each."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.app = FastAPI()

        @self.app.post("/{path:path}")
        async def post(path: str, request: Request) -> Response:
            self.posted.append((path, dict(request.headers), await request.body()))
            return Response(status_code=self.answers.pop(0) if self.answers else 201)
