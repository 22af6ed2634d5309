"""Calls to the outside under the rules against toll fraud, whoever places them."""

from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE
from backend.domain.voice import toll


async def let_out(work: Work, user: UserId | None, whom: c.Whom) -> c.Whom:
    """The same, if the rules of calls going out let it. ``user`` None: the routing places it. Raises Refused."""
    if whom.number is None or not toll.is_outside(whom.number):
        return whom
    rules, local = work.settings.calls.outside, work.now.astimezone(PRAGUE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    used = await work.tx.outside_calls(user, midnight) if rules.counts else toll.Used()
    if why := toll.refused(rules, whom.number, used, local.time()):
        if (limit := toll.tripped(rules, why, whom.number, user, work.now)) is not None:
            work.tripped.append(limit)
        raise Refused(Refusal(RefusalCode.NUMBER_REFUSED, why.value))
    return whom
