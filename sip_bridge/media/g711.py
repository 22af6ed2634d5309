"""G.711 by table: A-law and µ-law as numpy look-ups (ITU-T G.711).

Codes are `uint8`, linear samples `int16` in full 16-bit scale. `ENCODE[codec]` is indexed by the sample viewed as `uint16`.
Encoding picks the nearest code word, so that `encode(decode(code)) == code` (except µ-law's second zero).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 8000
FRAME = 160  # samples in one tick of 20 ms
UNIT = 80  # samples in 10 ms, the grain of the jitter buffer

PCMA = 0  # our index of A-law in the tables below
PCMU = 1

PAYLOAD_TYPE = (8, 0)  # static RTP payload types (RFC 3551 table 4), by codec index
SILENCE = np.array([0xD5, 0xFF], np.uint8)  # the code word of a silent sample, by codec index


def _decode_alaw() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    magnitude = np.where(segment == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _decode_mulaw() -> NDArray[np.int16]:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoder(decode: NDArray[np.int16], silence: int) -> NDArray[np.uint8]:
    """The nearest code word of every 16-bit sample; shape (65536,), indexed by the sample as `uint16`."""
    order = np.argsort(decode, kind="stable")
    values = decode[order].astype(np.int32)
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    nearest = np.searchsorted((values[1:] + values[:-1]) / 2, samples)
    table = order[nearest].astype(np.uint8)
    table[0] = silence
    return table


DECODE = np.stack([_decode_alaw(), _decode_mulaw()])
"""Linear sample of a code word: `DECODE[codec, code]`, shape (2, 256), int16."""

ENCODE = np.stack([_encoder(DECODE[0], 0xD5), _encoder(DECODE[1], 0xFF)])
"""Code word of a linear sample: `ENCODE[codec, sample as uint16]`, shape (2, 65536), uint8."""

TRANSCODE = np.stack([ENCODE[1 - codec][DECODE[codec].view(np.uint16)] for codec in (0, 1)])
"""The same sound in the other law: `TRANSCODE[codec, code]`, shape (2, 256), uint8."""

DECODE_FLOAT = DECODE.astype(np.float32)


def encode(samples: NDArray[np.generic], codec: int = PCMA) -> NDArray[np.uint8]:
    """Code words of samples of any shape and number type; louder than full scale is clipped."""
    clipped = np.clip(samples, -32768, 32767).astype(np.int16)
    return ENCODE[codec][clipped.view(np.uint16)]


def decode(codes: bytes | NDArray[np.uint8], codec: int = PCMA) -> NDArray[np.int16]:
    """Linear samples of code words."""
    array = np.frombuffer(codes, np.uint8) if isinstance(codes, (bytes, bytearray, memoryview)) else codes
    return DECODE[codec][array]
