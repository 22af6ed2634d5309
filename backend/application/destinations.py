"""What a destination means for a contact that arrives at it."""

from datetime import datetime, timedelta

from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, Outcome
from backend.domain.kernel.ids import InteractionId
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import Destination, HangUp, ToNumber, ToQueue


async def continue_to(work: Work, id: InteractionId, destination: Destination) -> Interaction:
    """Send a customer with whom nobody is on their way."""
    match destination:
        case ToQueue():
            return await enqueue(work, id, destination)
        case ToNumber():
            return await connect_outside(work, id, destination)
        case HangUp():
            return await work.command(id, c.GiveUp(outcome=Outcome.ENDED_BY_IVR))
    raise Refused(Refusal(RefusalCode.BAD_INPUT, type(destination).__name__))


async def enqueue(work: Work, id: InteractionId, to: ToQueue, since: datetime | None = None) -> Interaction:
    """``since``: the arrival that counts, where it is not now."""
    ahead = await work.tx.waiting_ahead(to.queue, to.priority, since or work.now)
    return await work.command(
        id, c.Enqueue(queue=to.queue, priority=to.priority, skills=to.skills, position=ahead + 1, since=since)
    )


async def connect_outside(work: Work, id: InteractionId, to: ToNumber) -> Interaction:
    """Ring a number for the customer. Recorded unless the destination, or a number within the insurer, says otherwise."""
    calls = work.settings.calls
    number = normalise(to.number)
    if not number.valid:
        raise Refused(Refusal(RefusalCode.BAD_NUMBER))
    whom = c.Whom(number=number.text, ring=timedelta(seconds=to.ring_timeout_s))
    recorded = to.recorded and not calls.is_own(number.text)
    return await work.command(id, c.CallOut(whom=whom, recorded=recorded, otherwise=to.otherwise))
