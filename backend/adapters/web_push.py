"""Web Push: RFC 8030 (delivery), 8291 (encryption), 8292 (who sends, VAPID)."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher

from backend.application.notifier import Delivery, Parcel, Subscription
from backend.domain.agent.notes import NoteKind

log = structlog.get_logger()

PUSH_SERVICES = ("fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com")
"""Of all browsers that we support, with their subdomains: nowhere else do we send what a browser names."""
PATIENCE_S = 4.0
LONGEST_ADDRESS = 2_000
IDENTITY_S = 12 * 3600
"""A signed identity is good for at most 24 hours."""


class WebPush:
    def __init__(self, key: Path | None, contact: str, hosts: str = "", proxy: str = "") -> None:
        """``key``: the file of the private key, None switches push off. ``hosts``: further services, ``host:port`` by spaces."""
        self._vapid = Vapid02.from_file(str(key)) if key is not None else None
        self._contact = contact
        self._hosts = frozenset(hosts.split())
        self._client = httpx.AsyncClient(
            timeout=PATIENCE_S, trust_env=False, proxy=proxy or None, limits=httpx.Limits(max_connections=50)
        )

    @property
    def public_key(self) -> str | None:
        """What browsers subscribe with, in base64url."""
        if self._vapid is None:
            return None
        raw = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def takes(self, s: Subscription) -> bool:
        """Whether it is a push service's address, and keys that can be encrypted for."""
        if len(s.endpoint) > LONGEST_ADDRESS or not self._known(s.endpoint):
            return False
        try:
            _pusher(s).encode(b"{}")
        except Exception:  # the library answers bad keys in many ways
            return False
        return True

    def _known(self, endpoint: str) -> bool:
        try:
            address = urlsplit(endpoint)
            host = address.hostname or ""
            if address.netloc in self._hosts:
                return address.scheme in ("http", "https")
            ours = address.port in (None, 443) and address.username is None
        except ValueError:
            return False
        return address.scheme == "https" and ours and any(host == x or host.endswith("." + x) for x in PUSH_SERVICES)

    async def deliver(self, parcel: Parcel, now: datetime) -> tuple[Delivery, float]:
        if self._vapid is None or not self._known(parcel.subscription.endpoint):
            return Delivery.REFUSED, 0.0
        note = parcel.note
        body = _pusher(parcel.subscription).encode(_payload(parcel))["body"]
        address = urlsplit(parcel.subscription.endpoint)
        claims = {
            "aud": f"{address.scheme}://{address.netloc}",
            "exp": int(now.timestamp()) + IDENTITY_S,
            "sub": self._contact,
        }
        urgent = note.kind in (NoteKind.OFFER, NoteKind.CANCEL, NoteKind.ALERT)
        headers = {
            **self._vapid.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int((note.until - now).total_seconds()))),
            "Urgency": "high" if urgent else "normal",
            "Topic": hashlib.sha256(note.tag.encode()).hexdigest()[:32],
        }
        try:
            answer = await self._client.post(parcel.subscription.endpoint, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("push_service_away", service=address.hostname, error=type(error).__name__)
            return Delivery.LATER, 1.0
        if answer.is_success:
            return Delivery.DONE, 0.0
        if answer.status_code in (404, 410):
            return Delivery.GONE, 0.0
        log.warning("push_refused", service=address.hostname, status=answer.status_code)
        if answer.status_code == 429 or answer.status_code >= 500:
            after = answer.headers.get("retry-after", "")
            return Delivery.LATER, float(after) if after.isdigit() else 1.0
        return Delivery.REFUSED, 0.0

    async def close(self) -> None:
        await self._client.aclose()


def new_key(path: Path) -> None:
    """Make the key by which push services know us, readable by its owner only."""
    made = Vapid02()
    made.generate_keys()
    path.touch(0o600, exist_ok=False)
    path.write_bytes(made.private_pem())


def _pusher(s: Subscription) -> WebPusher:
    return WebPusher({"endpoint": s.endpoint, "keys": {"p256dh": s.p256dh, "auth": s.auth}})


def _payload(parcel: Parcel) -> bytes:
    note = parcel.note
    return orjson.dumps(
        {
            "kind": note.kind.value,
            "tag": note.tag,
            "until": note.until.isoformat(),
            "queue": parcel.queue,
            "alert": note.alert.value if note.alert else None,
            "title": note.title,
            "body": note.body,
            "path": note.path,
            "lang": parcel.locale,
        }
    )
