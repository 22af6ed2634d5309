"""An agent's own numbers against a direct count of the same contacts (AGT-15 to AGT-19)."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from backend.domain.interaction.model import QueueVisit, VisitResult
from backend.domain.metrics.agent_figures import LOST, OfferResult, Period, joint_service_level
from backend.domain.metrics.service_level import Definition, Formula, count_all

ME, OTHER = 1, 2
QUERY = "{ myFigures { period handled lost queuesHandled queuesLost serviceLevel } }"


async def test_agt_15_16_17_18_19_figures_of_four_periods_equal_a_direct_count(api, server):
    rng, now = random.Random(15), datetime.now(UTC)
    visits, segments, offers = [], [], []
    for _ in range(1500):
        id, at = str(uuid.uuid4()), now - timedelta(days=rng.choice((0.5, 3, 10, 20, 40)), seconds=rng.randrange(3600))
        wait = timedelta(seconds=rng.choice((0, 4, 5, 19, 20, 21, 90)))
        result = rng.choice([*VisitResult, None])
        visits.append((id, QueueVisit(rng.choice((1, 2, 3)), at, at + wait if result else None, result)))
        connected = at + wait if rng.random() < 0.8 else None
        segments.append((id, rng.choice((ME, OTHER)), at, connected))
        offers.append((id, rng.choice((ME, OTHER)), at, rng.choice([*OfferResult, None])))
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE queue SET formula = 'f1' WHERE id = 2"))
        await connection.execute(
            text(
                "INSERT INTO queue_visit (interaction, n, queue, entered_at, left_at, result)"
                " VALUES (:id, 0, :queue, :entered, :left, :result)"
            ),
            [
                {"id": id, "queue": v.queue, "entered": v.entered_at, "left": v.left_at, "result": v.result and v.result.value}
                for id, v in visits
            ],
        )  # fmt: skip
        await connection.execute(
            text(
                "INSERT INTO segment (interaction, n, agent, accepted_at, connected_at, held_ms)"
                " VALUES (:id, 0, :agent, :at, :connected, 0)"
            ),
            [{"id": id, "agent": agent, "at": at, "connected": connected} for id, agent, at, connected in segments],
        )
        await connection.execute(
            text(
                "INSERT INTO offer (interaction, agent, offered_at, ended_at, result)"
                " VALUES (:id, :agent, :at, :at, :result)"
            ),
            [{"id": id, "agent": agent, "at": at, "result": r and r.value} for id, agent, at, r in offers],
        )
        settings = {
            r.id: Definition(
                target=timedelta(seconds=r.target_s),
                short_abandon=timedelta(seconds=r.short_abandon_s),
                formula=Formula(r.formula),
            )
            for r in await connection.execute(text("SELECT * FROM queue WHERE id IN (1, 2)"))
        }
    await api.kc.desk.sign_in_agent(ME)
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE agent SET state = jsonb_set(state, '{queues}', '[1, 2]')"))
    await api.kc.reload_settings()
    async with api.client() as client:
        await client.sign_in("jana", server.logins["jana"].password)
        answer = (await client.run(QUERY))["myFigures"]
    assert [x["period"] for x in answer] == ["DAY", "WEEK", "FORTNIGHT", "MONTH"]
    for found, period in zip(answer, Period, strict=True):
        since = now - period.length
        counters = {
            q: count_all((v for _, v in visits if v.queue == q and v.entered_at > since), definition)
            for q, definition in settings.items()
        }
        level = joint_service_level((c, settings[q].formula) for q, c in counters.items())
        assert found == {
            "period": period.name,
            "handled": sum(a == ME and c is not None and at > since for _, a, at, c in segments),
            "lost": sum(a == ME and r in LOST and at > since for _, a, at, r in offers),
            "queuesHandled": sum(c.answered for c in counters.values()),
            "queuesLost": sum(c.abandoned for c in counters.values()),
            "serviceLevel": level,
        }
        assert found["handled"] and found["lost"] and level is not None and 0 < level < 1


async def test_agt_15_nobody_called_yet_gives_zeros_and_no_service_level(api, server):
    async with api.client() as client:
        await client.sign_in("jana", server.logins["jana"].password)
        answer = (await client.run(QUERY))["myFigures"]
    assert all(x["handled"] == x["lost"] == 0 and x["serviceLevel"] is None for x in answer)
