"""A backup is a folder that says what is in it, and is believed only after it has been restored and compared.

``database.dump`` and ``manifest.json`` are of one snapshot: what was committed before it is in both, what came later in neither. Sealed recordings
lie beside them; they are encrypted. Keys and secrets are never in it: ``secrets_of`` says which there are, and where they go.
"""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.adapters.audit.checkpoints import CheckpointFolder
from backend.adapters.audit.keys import PRIVATE, Signer, Trusted, bytes_of, text_of
from backend.adapters.audit.sealer import FIRST_XID
from backend.adapters.audit.verify import Verdict, verify
from backend.adapters.backup import programs
from backend.adapters.backup.fingerprint import DatabaseState, differences, fingerprint
from backend.adapters.postgres.migrate import newest
from backend.adapters.postgres.roles import give_rights
from backend.adapters.recordings.vault import Vault
from backend.config import Config

DUMP, MANIFEST, RECORDINGS, AUDIT = "database.dump", "manifest.json", "recordings", "audit"
FORMAT = 1
Say = Callable[[str], None]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``snapshot`` as PostgreSQL writes it: which transactions are in the backup. ``recording_keys``: master keys, without
    which recordings and values of sensitive fields are lost."""

    format: int
    at: datetime
    revision: str
    postgres: str
    snapshot: str
    dump_sha256: str
    state: DatabaseState
    recordings: int
    recordings_missing: tuple[str, ...]
    recording_keys: tuple[str, ...]
    key: str = ""
    signature: str = ""

    @property
    def signed(self) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(self, key="", signature=""))


class NotRestored(Exception):
    """Why; what there was stays as it was."""


async def back_up(config: Config, owner_url: str, folder: Path, say: Say = lambda _: None) -> Manifest:
    """Into the folder; recordings that are there already from an earlier backup are not copied again.

    Raises ProgramFailed, OSError. Commands go on meanwhile: nothing is locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # a backup that did not end is none
    engine = create_async_engine(owner_url, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            exported = await connection.scalar(text("SELECT pg_export_snapshot()"))
            seen = await connection.scalar(text("SELECT pg_current_snapshot()::text"))
            say("the database …")
            await programs.dump(owner_url, exported, folder / DUMP)
            say("counting …")
            state = await fingerprint(connection)
            version = await connection.scalar(text("SHOW server_version"))
            kept = (
                await connection.execute(
                    text(
                        "SELECT name, kept_size, key_id FROM recording WHERE name IS NOT NULL AND erased_at IS NULL ORDER BY name"
                    )
                )
            ).all()
            columns = set(await connection.scalars(text("SELECT key_id FROM column_key")))
    finally:
        await engine.dispose()
    missing = await _copy_recordings(config, folder, [(r.name, r.kept_size) for r in kept], say)
    _copy_folder(config.prompts, folder / "prompts")
    _copy_folder(config.audit, folder / AUDIT, but=(PRIVATE,))
    signer = Signer.of(config.audit)
    made = Manifest(
        format=FORMAT,
        at=datetime.now(UTC),
        revision=newest(),
        postgres=version,
        snapshot=seen,
        dump_sha256=_sha256(folder / DUMP),
        state=state,
        recordings=len(kept),
        recordings_missing=tuple(missing),
        recording_keys=tuple(sorted({r.key_id for r in kept} | columns)),
    )
    made = msgspec.structs.replace(made, key=signer.id, signature=text_of(signer.sign(b"backup " + made.signed)))
    part = folder / f"{MANIFEST}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1))
    part.replace(folder / MANIFEST)
    return made


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _copy_recordings(config: Config, folder: Path, kept: list[tuple[str, int]], say: Say) -> list[str]:
    """Names of those that the vault does not have, or not whole. In an object store they stay there: it keeps versions."""
    vault = Vault.at(config.vault)
    copy = config.vault.startswith("file://")
    target = folder / RECORDINGS
    missing = []
    for n, (name, size) in enumerate(kept, 1):
        try:
            if await vault.size(name) != size:
                missing.append(name)
            elif copy and not ((path := target / name).exists() and path.stat().st_size == size):
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(f"{path.name}.part")
                part.write_bytes(await vault.read(name, 0, size))
                part.replace(path)
        except FileNotFoundError:
            missing.append(name)
        if n % 100 == 0:
            say(f"recordings: {n} of {len(kept)}")
    return missing


def _copy_folder(source: Path, target: Path, but: tuple[str, ...] = ()) -> None:
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*but))


def secrets_of(config: Config) -> list[tuple[str, Path | None]]:
    """What must be kept apart from the backup, with its file (None: it is in the environment)."""
    return [
        ("master keys of recordings and sensitive fields", config.recording_keys),
        ("key that signs the audit", config.audit / PRIVATE),
        ("KC_SECRET: second factors are encrypted with it", None),
        ("KC_LINK_TOKEN: bridges show it", None),
        ("passwords of the database's roles", None),
    ]


def copy_keys(config: Config, folder: Path) -> list[Path]:
    """To a place that is not that of the backup; readable by the owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    copied = []
    for _, path in secrets_of(config):
        if path is not None and path.exists():
            target = folder / path.name
            target.touch(0o600)
            target.write_bytes(path.read_bytes())
            copied.append(target)
    return copied


def read_manifest(folder: Path, trusted: Trusted | None = None) -> Manifest:
    """Raises NotRestored: no backup, one that did not end, or one that was changed."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotRestored(f"{folder} is no backup, or one that did not end: it has no {MANIFEST}") from None
    except msgspec.DecodeError as error:
        raise NotRestored(f"{folder / MANIFEST}: {error}") from None
    if found.format != FORMAT:
        raise NotRestored(f"a backup of format {found.format}, this program knows {FORMAT}")
    try:
        good = trusted is None or trusted.fits(found.key, bytes_of(found.signature), b"backup " + found.signed)
    except ValueError:
        good = False
    if not good:
        raise NotRestored("the manifest is signed by no trusted key: it was changed, or is of another installation")
    return found


class Restored(msgspec.Struct, frozen=True):
    """``differences`` from what the backup says, and what the audit's chain says of itself."""

    manifest: Manifest
    differences: list[str]
    audit: Verdict


async def restore(folder: Path, owner_url: str, trusted: Trusted | None = None, say: Say = lambda _: None) -> Restored:
    """Into an empty database, and compare. Raises NotRestored, ProgramFailed: then the database is as empty as before.

    Afterwards nobody is signed in, and the log's positions are those of the new server.
    """
    manifest = read_manifest(folder, trusted)
    if not (folder / DUMP).exists() or _sha256(folder / DUMP) != manifest.dump_sha256:
        raise NotRestored(f"{folder / DUMP} is not what was backed up: damaged, cut off or exchanged")
    engine = create_async_engine(owner_url, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            tables = await connection.scalar(
                text("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
            )
        if tables:
            raise NotRestored(f"the database is not empty: {tables} tables")
        say("restoring …")
        await programs.restore(owner_url, folder / DUMP)
        say("comparing …")
        async with engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            found = differences(manifest.state, await fingerprint(connection))
        verdict = await verify(
            engine, trusted or Trusted.of(folder / AUDIT), await _checkpoints_until(folder, manifest)
        )
        await _begin_anew(engine)
    finally:
        await engine.dispose()
    return Restored(manifest, found, verdict)


async def _checkpoints_until(folder: Path, manifest: Manifest) -> list[Any]:
    """Those of the backup's blocks: later ones were sealed while it was made."""
    return [x for x in await CheckpointFolder(folder / AUDIT).all() if x.number <= manifest.state.head]


async def _begin_anew(engine: AsyncEngine) -> None:
    """Rights, no sessions, and transaction numbers before those that this server gives next: readers of the log go by them."""
    async with engine.begin() as connection:
        await give_rights(connection)
        await connection.execute(text("DELETE FROM session"))
        await connection.execute(text("UPDATE lease SET expires_at = '-infinity'"))
        newest_row = await connection.scalar(
            text(
                "SELECT greatest((SELECT max(xid) FROM event), (SELECT max(xid) FROM audit), (SELECT max(to_xid) FROM audit_block))"
            )
        )
        mine = await connection.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
        if newest_row is None or newest_row < mine:
            return
        given = {"by": newest_row + 1, "first": FIRST_XID}
        for table in ("event", "audit"):
            await connection.execute(text(f"UPDATE {table} SET xid = xid - :by"), given)  # noqa: S608
        await connection.execute(
            text(
                "UPDATE audit_block SET to_xid = to_xid - :by,"
                " from_xid = CASE WHEN from_xid = :first THEN from_xid ELSE from_xid - :by END"
            ),
            given,
        )
