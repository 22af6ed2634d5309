"""Czech speech from text, cached by text. Festival's Czech voices where installed (clearest), else espeak-ng.

``machac`` and ``dita`` are Debian packages (festvox-czech-machac, festvox-czech-dita); espeak-ng comes in a wheel, so
there is always a voice. Audio is 8 kHz mono 16-bit WAV, written whole under its key or not at all.
"""

import asyncio
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
import structlog

log = structlog.get_logger()

RATE = 8000
PEAK = 0.6 * 32767
"""Prompts are brought to one loudness, with head-room for the telephone network."""
FESTIVAL_VOICES = ("czech_machac", "czech_dita")
AHEAD = ("nice", "-n", "15")
"""What is spoken before anybody needs it gives way to the calls in progress: an engine takes a whole core for seconds."""


class SpeechFailed(Exception):
    """No engine could say the text."""


class Speech:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._rendering: dict[str, asyncio.Task] = {}
        self._slots = asyncio.Semaphore(2)

    def path(self, key: str) -> Path:
        return self.folder / f"{key}.wav"

    async def ensure(self, key: str, text: str, *, ahead: bool = False) -> None:
        """Have the audio of ``text`` under ``key``; ``ahead`` of anybody's need, at low priority. Raises SpeechFailed."""
        if self.path(key).exists():
            return
        task = self._rendering.get(key)
        if task is None:
            task = self._rendering[key] = asyncio.create_task(self._render(key, text, AHEAD if ahead else ()))
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        await asyncio.shield(task)

    async def _render(self, key: str, text: str, priority: tuple[str, ...]) -> None:
        async with self._slots:
            sound = await asyncio.to_thread(say, text, priority)
        target = self.path(key)
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as part:
            with wave.open(part, "wb") as out:
                out.setparams((1, 2, RATE, 0, "NONE", ""))
                out.writeframes(sound.tobytes())
        Path(part.name).replace(target)


def say(text: str, priority: tuple[str, ...] = ()) -> np.ndarray:
    """The text as a telephone hears it: int16 at 8 kHz. Takes up to seconds, some of them imports: not for a loop of events.

    ``priority`` is put before the engine's command.
    """
    return _to_telephone(*synthesize(spell_numbers(text), priority))


def spell_numbers(text: str) -> str:
    """Digits as a Czech counts; some of the engines would read them one by one."""
    from num2words import num2words  # only the process that speaks needs it

    return re.sub(r"\b\d{1,6}\b", lambda found: num2words(int(found[0]), lang="cs"), text)


def synthesize(text: str, priority: tuple[str, ...] = ()) -> tuple[np.ndarray, int]:
    """Samples (int16, mono) and their rate. Raises SpeechFailed."""
    if shutil.which("text2wave"):
        for voice in FESTIVAL_VOICES:
            found = _festival(text, voice, priority)
            if found is not None:
                return found
    return _espeak(text, priority)


def _festival(text: str, voice: str, priority: tuple[str, ...]) -> tuple[np.ndarray, int] | None:
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "out.wav"
        done = subprocess.run(
            [*priority, "text2wave", "-eval", f"(voice_{voice})", "-o", str(wav)],
            input=text.encode("iso-8859-2", "ignore"),
            capture_output=True,
            timeout=30,
        )
        if done.returncode or not wav.exists() or wav.stat().st_size < 1000:
            return None
        return _read(wav)


def _espeak(text: str, priority: tuple[str, ...]) -> tuple[np.ndarray, int]:
    """espeak-ng keeps global state and may crash on odd input: it runs in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "out.wav"
        done = subprocess.run(
            [*priority, sys.executable, "-m", "backend.adapters.speech", str(wav)],
            input=text.encode(),
            capture_output=True,
            timeout=30,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        if done.returncode or not wav.exists():
            raise SpeechFailed(done.stderr.decode(errors="replace")[-300:])
        return _read(wav)


def _read(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), np.int16)
        if wav.getnchannels() == 2:
            samples = samples[::2]
        return samples, wav.getframerate()


def _to_telephone(samples: np.ndarray, rate: int) -> np.ndarray:
    import soxr

    sound = soxr.resample(samples.astype(np.float32), rate, RATE)
    loudest = float(np.abs(sound).max()) if len(sound) else 0.0
    if loudest > 0:
        sound *= PEAK / loudest
    return sound.astype(np.int16)


def _espeak_main(target: str) -> None:
    import espeakng_loader

    text = sys.stdin.buffer.read()
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0 or library.espeak_SetVoiceByName(b"cs") != 0:
        raise SystemExit("espeak-ng has no Czech voice")
    library.espeak_SetParameter(1, 150, 0)
    chunks: list[bytes] = []
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    @kind
    def heard(samples, count, _events) -> int:
        if samples and count > 0:
            chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    library.espeak_SetSynthCallback(heard)
    if library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 0, 0, 1, None, None) != 0:
        raise SystemExit("espeak-ng failed")
    library.espeak_Synchronize()
    with wave.open(target, "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(b"".join(chunks))


if __name__ == "__main__":
    _espeak_main(sys.argv[1])
