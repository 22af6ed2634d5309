"""Reports about legs that we dialled: a customer whom an agent calls, and members of calls."""

from backend.application.members import OUTCOMES, Members
from backend.application.work import Work
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import LeaveCause, Outcome, Phase
from backend.domain.kernel.ids import call_of_leg, user_of_agent_leg
from sip_bridge import contract as k

CAUSES = {
    k.EndCause.NORMAL: LeaveCause.HUNG_UP,
    k.EndCause.BUSY: LeaveCause.BUSY,
    k.EndCause.NO_ANSWER: LeaveCause.NO_ANSWER,
    k.EndCause.REJECTED: LeaveCause.DECLINED,
}
"""Every other cause is a failure of the technology, or of the number."""


def is_customer(leg: str) -> bool:
    return user_of_agent_leg(leg) is None and call_of_leg(leg)[1] is None


async def ringing(work: Work, leg: str, early_media: bool) -> None:
    id, n = call_of_leg(leg)
    await work.command(id, c.NoteRinging(n=n, early_media=early_media))


async def answered(work: Work, leg: str, members: Members) -> bool:
    """Whether it was a leg that we dialled."""
    id, n = call_of_leg(leg)
    s = await work.interaction(id)
    if n is None:
        if s is None or s.phase is not Phase.DIALLING:
            return False
        await work.command(id, c.BringUpLeg())
        return True
    m = s.member(n) if s is not None else None
    if s is not None and m is not None:
        await members.answer(work, s, m)
    return True


async def ended(work: Work, event: k.LegEnded, members: Members) -> bool:
    """Whether it was a member's leg, or that of a customer who was not reached."""
    id, n = call_of_leg(event.leg)
    if event.quality is not None and n is not None:
        await work.tx.save_quality(event.leg, event.quality, work.now)
    if n is not None:
        await members.gone(work, id, n, CAUSES.get(event.cause, LeaveCause.FAILED))
        return True
    s = await work.interaction(id)
    if s is None or s.phase is not Phase.DIALLING:
        return False
    cause = CAUSES.get(event.cause, LeaveCause.FAILED)
    await work.command(id, c.EndDial(outcome=OUTCOMES.get(cause, Outcome.FAILED)))
    return True
