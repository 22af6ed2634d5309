"""What is in a recording that the running system has sealed and put away."""

import asyncio
import io
import time
from pathlib import Path

import numpy as np
import soundfile
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.recordings.catalogue import Catalogue, Stored
from backend.adapters.recordings.keyring import Keyring
from backend.adapters.recordings.playback import Playback
from backend.adapters.recordings.vault import Vault


async def kept(database_url: str, recording: str, seconds: float = 20) -> Stored:
    """The recording, once it is kept and its plain file gone."""
    engine = create_async_engine(database_url)
    try:
        until = time.monotonic() + seconds
        while True:
            found = await Catalogue(engine).stored(recording)
            if found is not None and found.kept_at is not None and found.file is None:
                return found
            assert time.monotonic() < until, f"recording {recording} was not kept: {found}"
            await asyncio.sleep(0.1)
    finally:
        await engine.dispose()


async def samples(folder: Path, stored: Stored) -> np.ndarray:
    """16-bit samples (n, 2), left and right, of a system that keeps its things in ``folder``."""
    files = folder / "files"
    playback = Playback(files / "recordings", Vault.at(f"file://{files / 'kept'}"), Keyring(folder / "recording.keys"))
    audio = playback.audio(stored)
    found, rate = soundfile.read(io.BytesIO(await audio.read(0, audio.size)), dtype="int16", always_2d=True)
    assert rate == 8000
    return found
