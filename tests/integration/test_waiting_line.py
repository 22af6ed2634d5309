"""One place in the line, told by SQL, by the live picture and by the matching: always the same number."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from backend.domain.routing.matching import Waiting, aged
from backend.domain.routing.waiting_time import positions
from tests.support.consistency import everything_read


@pytest.mark.parametrize("ageing", [0.0, 3.0])
async def test_sql_live_picture_and_matching_agree_on_every_place(api, ageing):
    kc, draw, now = api.kc, random.Random(4), datetime.now(UTC)
    async with kc.engine.begin() as connection:
        await connection.execute(
            text("UPDATE queue SET options = jsonb_build_object('ageing', CAST(:a AS float8)) WHERE id = 3"),
            {"a": ageing},
        )
    await kc.reload_settings()
    for _ in range(40):
        # no two of them within a rounding of each other: whoever's sum is first then is nobody's harm
        id, at = (
            str(uuid.uuid4()),
            now - timedelta(seconds=draw.randrange(1800), microseconds=draw.randrange(1_000_000)),
        )
        arrive = c.Arrive(
            channel=Channel.VOICE, direction=Direction.INBOUND, customer=Customer(None), dialled="1", bridge="b", leg=id
        )
        await kc.desk.command(id, arrive, now=at)
        await kc.desk.command(id, c.Enqueue(queue=3, position=1, priority=draw.randrange(3) * 10), now=at)
    await everything_read(kc)
    rows = await kc.store.waiting()
    points = {r.id: aged(r.priority, ageing, now - r.queued_at) for r in rows}
    place = positions(Waiting(r.id, r.queue, r.queued_at, r.priority, (), points[r.id]) for r in rows)
    assert len(place) == 40
    by_age = [r.id for r in sorted(rows, key=lambda r: (-r.priority, r.queued_at, r.id))]
    assert (sorted(place, key=place.__getitem__) == by_age) is (ageing == 0), "ageing overtakes priority"
    assert {s.id: n for s, n, _ in kc.feed.live.line(3)} == place
    async with kc.store.begin() as tx:
        for r in rows:
            assert 1 + await tx.waiting_ahead(3, r.priority, r.queued_at, ageing, r.id) == place[r.id]
