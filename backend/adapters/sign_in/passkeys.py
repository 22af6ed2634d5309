"""Passkeys (WebAuthn level 2): as a second factor, and alone when the authenticator has verified its user."""

import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
import webauthn
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.adapters.postgres.account_log import note
from backend.adapters.sign_in.steps import Steps
from backend.application.sign_in_ports import Passkey, UsedPasskey
from backend.domain.access.account_events import FactorAdded, FactorKind, FactorRemoved

log = structlog.get_logger()
RP_NAME = "KC"
PATIENCE = timedelta(minutes=5)
MOST_OF_ONE_USER = 20
LONGEST_NAME = 60


class Challenge(msgspec.Struct, frozen=True):
    """``user`` None: whoever comes with a passkey of their own."""

    challenge: str
    user: int | None
    registering: bool = False


class Passkeys:
    """Options and answers travel as the JSON of the WebAuthn API. ``origin`` is the page's, ``https://kc.ozp.cz``."""

    def __init__(self, engine: AsyncEngine, steps: Steps, secret: str) -> None:
        self.engine = engine
        self.steps = steps
        self._secret = secret.encode()

    async def of(self, user: int) -> list[Passkey]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT id, name, verifies_user, created_at, used_at FROM passkey"
                    ' WHERE "user" = :user ORDER BY created_at'
                ),
                {"user": user},
            )
            return [Passkey(r.id, r.name, r.verifies_user, r.created_at, r.used_at) for r in rows]

    # ---- a new one

    async def begin(self, user: int, login: str, name: str, origin: str) -> tuple[str, dict[str, Any]]:
        """The step, and options for ``navigator.credentials.create``."""
        options = webauthn.generate_registration_options(
            rp_id=_rp(origin),
            rp_name=RP_NAME,
            user_id=self._handle(user),
            user_name=login,
            user_display_name=name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
            ),
            exclude_credentials=await self._descriptors(user),
        )
        challenge = Challenge(bytes_to_base64url(options.challenge), user, registering=True)
        return await self.steps.begin(challenge, PATIENCE), json.loads(options_to_json(options))

    async def add(self, user: int, step: str, name: str, credential: Any, origin: str) -> bool:
        """False: not the answer to that step, or of another page."""
        asked = await self.steps.take(step, Challenge)
        if asked is None or asked.user != user or not asked.registering or len(await self.of(user)) >= MOST_OF_ONE_USER:
            return False
        try:
            made = webauthn.verify_registration_response(
                credential=json.dumps(credential),
                expected_challenge=base64url_to_bytes(asked.challenge),
                expected_rp_id=_rp(origin),
                expected_origin=origin,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            log.info("passkey_refused", error=str(error)[:200])
            return False
        transports = (credential.get("response") or {}).get("transports") or []
        known = {t.value for t in AuthenticatorTransport}
        try:
            async with self.engine.begin() as connection:
                await connection.execute(
                    text(
                        'INSERT INTO passkey ("user", credential, public_key, sign_count, name, verifies_user, transports)'
                        " VALUES (:user, :credential, :key, :count, :name, :verifies, CAST(:transports AS jsonb))"
                    ),
                    {
                        "user": user,
                        "credential": made.credential_id,
                        "key": made.credential_public_key,
                        "count": made.sign_count,
                        "name": name.strip()[:LONGEST_NAME] or "Přístupový klíč",
                        "verifies": made.user_verified,
                        "transports": json.dumps([t for t in transports if t in known]),
                    },
                )
                await note(
                    connection, user, FactorAdded(kind=FactorKind.PASSKEY, name=name.strip()[:LONGEST_NAME]), user
                )
        except IntegrityError:
            return False
        return True

    async def rename(self, user: int, id: int, name: str) -> bool:
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text('UPDATE passkey SET name = :name WHERE id = :id AND "user" = :user'),
                {"id": id, "user": user, "name": name.strip()[:LONGEST_NAME]},
            )
        return done.rowcount == 1

    async def remove(self, user: int, id: int) -> bool:
        async with self.engine.begin() as connection:
            name = await connection.scalar(
                text('DELETE FROM passkey WHERE id = :id AND "user" = :user RETURNING name'), {"id": id, "user": user}
            )
            if name is not None:
                await note(connection, user, FactorRemoved(kind=FactorKind.PASSKEY, name=name), user)
        return name is not None

    # ---- using one

    async def ask(self, user: int | None, origin: str) -> tuple[str, dict[str, Any]]:
        """The step, and options for ``navigator.credentials.get``. ``user`` None: alone, so it must verify its user."""
        options = webauthn.generate_authentication_options(
            rp_id=_rp(origin),
            allow_credentials=await self._descriptors(user) if user is not None else None,
            user_verification=UserVerificationRequirement.PREFERRED
            if user is not None
            else UserVerificationRequirement.REQUIRED,
        )
        challenge = Challenge(bytes_to_base64url(options.challenge), user)
        return await self.steps.begin(challenge, PATIENCE), json.loads(options_to_json(options))

    async def use(self, step: str, credential: Any, origin: str) -> UsedPasskey | None:
        """Whose passkey has answered. A counter that goes back is a copied key: refused (WebAuthn 6.1.1)."""
        asked = await self.steps.take(step, Challenge)
        if asked is None or asked.registering:
            return None
        try:
            given = parse_authentication_credential_json(json.dumps(credential))
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        async with self.engine.begin() as connection:
            row = (
                await connection.execute(
                    text("SELECT * FROM passkey WHERE credential = :credential FOR UPDATE"),
                    {"credential": given.raw_id},
                )
            ).first()
            if row is None or (asked.user is not None and row.user != asked.user):
                return None
            try:
                checked = webauthn.verify_authentication_response(
                    credential=given,
                    expected_challenge=base64url_to_bytes(asked.challenge),
                    expected_rp_id=_rp(origin),
                    expected_origin=origin,
                    credential_public_key=bytes(row.public_key),
                    credential_current_sign_count=row.sign_count,
                    require_user_verification=asked.user is None,
                )
            except (WebAuthnException, ValueError) as error:
                log.info("passkey_refused", error=str(error)[:200])
                return None
            await connection.execute(
                text("UPDATE passkey SET sign_count = :count, used_at = clock_timestamp() WHERE id = :id"),
                {"id": row.id, "count": checked.new_sign_count},
            )
        return UsedPasskey(row.user, checked.user_verified)

    async def _descriptors(self, user: int) -> list[PublicKeyCredentialDescriptor]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text('SELECT credential, transports FROM passkey WHERE "user" = :user'), {"user": user}
            )
            return [
                PublicKeyCredentialDescriptor(
                    id=bytes(r.credential), transports=[AuthenticatorTransport(t) for t in r.transports] or None
                )
                for r in rows
            ]

    def _handle(self, user: int) -> bytes:
        """The same for all passkeys of a user, and nothing personal (WebAuthn 14.6.1)."""
        return hmac.digest(self._secret, f"passkey user {user}".encode(), "sha256")


def _rp(origin: str) -> str:
    return urlsplit(origin).hostname or ""
