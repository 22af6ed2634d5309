"""Ranges, file names, retention."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.recording.retention import LEAST_DAYS, expires_at
from backend.rest.recordings import PART, byte_range

SIZE = 2 * PART + 5


@pytest.mark.parametrize(
    "header, expected",
    [
        (None, (0, SIZE)),
        ("bytes=0-", (0, PART)),
        ("bytes=10-19", (10, 20)),
        ("bytes=-7", (SIZE - 7, SIZE)),
        (f"bytes=-{3 * SIZE}", (0, SIZE)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE)),
        (f"bytes=0-{9 * SIZE}", (0, SIZE)),
        (f"bytes={SIZE}-", None),
        ("bytes=9-3", None),
        ("bytes=-", (0, SIZE)),
        ("lines=1-2", (0, SIZE)),
        ("bytes=0-1,5-6", (0, SIZE)),
    ],
)
def test_byte_range(header, expected):
    assert byte_range(header, SIZE) == expected


def test_rec_01_recordings_are_kept_six_months_at_least():
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert expires_at(start, LEAST_DAYS, False) == start + timedelta(days=184)
    assert expires_at(start, LEAST_DAYS, True) is None
    with pytest.raises(ValueError, match="184"):
        expires_at(start, 90, False)
