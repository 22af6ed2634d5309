"""Czech speech by espeak-ng, from the library in the espeakng-loader wheel."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

_PROGRAM = """
import ctypes, sys, espeakng_loader
library = ctypes.CDLL(espeakng_loader.get_library_path())
library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
rate = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
parts = []
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
def take(samples, count, events):
    if samples and count > 0:
        parts.append(ctypes.string_at(samples, 2 * count))
    return 0
keep = CALLBACK(take)
library.espeak_SetSynthCallback(keep)
assert library.espeak_SetVoiceByName(sys.argv[1].encode()) == 0
text = sys.argv[2].encode()
library.espeak_Synth.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p]
library.espeak_Synth(text, len(text) + 1, 0, 0, 0, 1, None, None)
library.espeak_Synchronize()
open(sys.argv[3], "wb").write(rate.to_bytes(4, "little") + b"".join(parts))
"""


def speak(text: str, voice: str = "cs") -> tuple[np.ndarray, int]:
    """Samples (n,) int16 and their rate. Runs in a process of its own: the library keeps global state."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech"
        subprocess.run([sys.executable, "-c", _PROGRAM, voice, text, str(path)], check=True)
        data = path.read_bytes()
    return np.frombuffer(data[4:], np.int16), int.from_bytes(data[:4], "little")
