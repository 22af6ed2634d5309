"""Keys and truth of kept recordings: ``python -m backend.recordings add-key | rotate | verify``.

add-key  put a new key on top of the key file (KC_RECORDING_KEYS; made if it is not there)
rotate   as ``kc keys rotate``
verify   open every kept recording and compare it with its hash; names the damaged ones, exit status 1 if there are any
"""

import asyncio
import hashlib
import sys
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.recordings import rotation
from backend.adapters.recordings.catalogue import Catalogue
from backend.adapters.recordings.keyring import Keyring, add_key
from backend.adapters.recordings.playback import UNREADABLE, Playback
from backend.adapters.recordings.vault import Vault
from backend.config import Config


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


async def rotate(config: Config) -> None:
    engine = create_async_engine(config.database_url.get_secret_value())
    done = await rotation.rotate(engine, config.recording_keys)
    await engine.dispose()
    say(f"key {done.key}: {done.recordings} recordings and {done.columns} keys of columns wrapped by it")


async def verify(config: Config) -> list[str]:
    """Ids of what is damaged."""
    engine = create_async_engine(config.database_url.get_secret_value())
    catalogue = Catalogue(engine)
    playback = Playback(config.recordings, Vault.at(config.vault), Keyring(config.recording_keys))
    async with engine.connect() as connection:
        rows = (
            await connection.execute(
                text("SELECT id::text, kept_sha256 FROM recording WHERE wrapped_key IS NOT NULL ORDER BY id")
            )
        ).all()
    damaged = []
    for id, sha256 in rows:
        stored = await catalogue.stored(id)
        assert stored is not None
        try:
            audio = playback.audio(stored)
            good = hashlib.sha256(await audio.read(0, audio.size)).hexdigest() == sha256
        except UNREADABLE:
            good = False
        if not good:
            damaged.append(id)
            await catalogue.damaged(id, datetime.now(UTC))
            say(f"damaged: {id}")
    await engine.dispose()
    say(f"{len(rows)} recordings, {len(damaged)} damaged")
    return damaged


def main() -> None:
    config = Config()  # type: ignore[call-arg]
    match sys.argv[1:]:
        case ["add-key"]:
            say(add_key(config.recording_keys))
        case ["rotate"]:
            asyncio.run(rotate(config))
        case ["verify"]:
            raise SystemExit(1 if asyncio.run(verify(config)) else 0)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
