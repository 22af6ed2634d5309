"""A contact in a queue: its place is announced, it is offered, taken, or the offer comes back."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _announce(s: Interaction, command: c.AnnouncePosition, now: datetime) -> Events | Refusal:
    if not s.waiting:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.PositionAnnounced(at=now, position=command.position)]


def _make_offer(s: Interaction, command: c.MakeOffer, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.QUEUED:
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.agent in s.people:
        return Refusal(RefusalCode.AGENT_NOT_READY)
    return [e.Offered(at=now, agent=command.agent, expires_at=now + command.ring_timeout)]


def _return_offer(s: Interaction, command: c.ReturnOffer, now: datetime) -> Events | Refusal:
    if s.offer is None or s.offer.agent != command.agent:
        return Refusal(RefusalCode.OFFER_GONE)
    return [e.OfferReturned(at=now, agent=command.agent, reason=command.reason)]


def _accept(s: Interaction, command: c.AcceptOffer, now: datetime) -> Events | Refusal:
    if s.phase is Phase.ACTIVE and s.agent == command.agent:
        return []
    if s.offer is None or s.offer.agent != command.agent:
        return Refusal(RefusalCode.OFFER_GONE)
    return [e.OfferAccepted(at=now, agent=command.agent, recording=command.recording)]


RULES: dict[type, Rule] = {
    c.AnnouncePosition: _announce,
    c.MakeOffer: _make_offer,
    c.ReturnOffer: _return_offer,
    c.AcceptOffer: _accept,
}
