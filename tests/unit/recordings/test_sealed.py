"""A sealed file opens whole and by parts, and any change of it is found out."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.recordings import sealed
from backend.adapters.recordings.sealed import FRAME, TAG, Damaged, SealedFile, frames, new_key, seal, sealed_size

ID = "5a6e"


def opened(stored: bytes, size: int, key: bytes, start: int = 0, end: int | None = None, id: str = ID) -> bytes:
    async def fetch(a: int, b: int) -> bytes:
        return stored[a:b]

    return asyncio.run(SealedFile(fetch, size, key, id).read(start, end))


def made(size: int) -> tuple[bytes, bytes, bytes]:
    plain, key = bytes(i * 31 % 251 for i in range(size)), new_key()
    return plain, key, b"".join(seal(plain, key, ID))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_what_is_sealed_is_opened(size):
    plain, key, stored = made(size)
    assert len(stored) == sealed_size(size)
    assert opened(stored, size, key) == plain
    assert size < 16 or plain[:64] not in stored, "a byte or two may stand in random text by chance"


@given(st.integers(0, 3 * FRAME), st.integers(1, 2 * FRAME))
def test_any_part_is_the_same_part(start, length):
    plain, key, stored = PREPARED
    start = min(start, len(plain) - 1)
    assert opened(stored, len(plain), key, start, start + length) == plain[start : start + length]


PREPARED = made(3 * FRAME + 17)


@given(st.integers(0, sealed_size(3 * FRAME + 17) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_found_wherever_it_is(at, flip):
    plain, key, stored = PREPARED
    broken = stored[:at] + bytes([stored[at] ^ flip]) + stored[at + 1 :]
    with pytest.raises(Damaged, match=f"frame {at // (FRAME + TAG)} "):
        opened(broken, len(plain), key)


def test_frames_swapped_dropped_doubled_or_cut_are_found():
    plain, key, stored = PREPARED
    whole = FRAME + TAG
    one, two, three, rest = (
        stored[:whole],
        stored[whole : 2 * whole],
        stored[2 * whole : 3 * whole],
        stored[3 * whole :],
    )
    for broken in (
        two + one + three + rest,
        one + three + rest,
        one + one + three + rest,
        one + two + three,
        stored[:-1],
    ):
        with pytest.raises(Damaged):
            opened(broken, len(plain), key)
    with pytest.raises(Damaged):  # cut at a frame's end, and its length told wrong as well
        opened(one + two, 2 * FRAME, key)


def test_one_file_cannot_stand_for_another():
    plain, key, stored = PREPARED
    with pytest.raises(Damaged):
        opened(stored, len(plain), key, id="other")
    with pytest.raises(Damaged):
        opened(stored, len(plain), new_key())


def test_no_nonce_comes_twice_under_one_key():
    _, key, _ = PREPARED
    nonces = [sealed._nonce(key, n, n == 9) for n in range(10)]
    assert len(set(nonces)) == 10 and all(len(n) == 12 for n in nonces)
    assert len({new_key() for _ in range(1000)}) == 1000
    assert frames(0) == 1 and frames(FRAME) == 1 and frames(FRAME + 1) == 2
