"""What one test's system has spoken need not be spoken again for the next: an engine takes a core for seconds.

The folder is that of this voice and this way of speaking; it lies beside the tests' other temporary files.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from backend.adapters import speech


def _folder() -> Path:
    voice = hashlib.sha256(Path(speech.__file__).read_bytes() + (shutil.which("text2wave") or "").encode()).hexdigest()
    return Path(tempfile.gettempdir()) / f"kc-test-speech-{os.getuid()}-{voice[:12]}"


def bring(files: Path) -> None:
    """Before a system starts whose files are there."""
    (files / "prompts").mkdir(parents=True, exist_ok=True)
    _copy(_folder(), files / "prompts")


def keep(files: Path) -> None:
    """After it stopped."""
    _folder().mkdir(mode=0o700, exist_ok=True)
    _copy(files / "prompts", _folder())


def _copy(source: Path, target: Path) -> None:
    for wav in source.glob("*.wav"):
        if not (target / wav.name).exists():
            part = target / f"{wav.name}.{os.getpid()}"
            shutil.copyfile(wav, part)
            part.replace(target / wav.name)
