"""A contact in a queue: its place is announced, it is offered, taken, or the offer comes back."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, Phase, ReturnReason
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _announce(s: Interaction, command: c.AnnouncePosition, now: datetime) -> Events | Refusal:
    if not s.waiting:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.PositionAnnounced(at=now, position=command.position, text=command.text, expected_s=command.expected_s)]


def _comfort(s: Interaction, command: c.PlayComfort, now: datetime) -> Events | Refusal:
    if not s.waiting:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.ComfortPlayed(at=now, text=command.text)]


def _reprioritise(s: Interaction, command: c.Reprioritise, now: datetime) -> Events | Refusal:
    if not s.waiting or s.queue is None:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [] if s.priority == command.priority else [e.PriorityChanged(at=now, priority=command.priority)]


def _fail_overflow(s: Interaction, _: c.FailOverflow, now: datetime) -> Events | Refusal:
    return [e.OverflowFailed(at=now)] if s.phase is Phase.QUEUED else Refusal(RefusalCode.WRONG_PHASE)


def _make_offer(s: Interaction, command: c.MakeOffer, now: datetime) -> Events | Refusal:
    ringing = command.beside and s.phase is Phase.OFFERED and s.offer_to(command.agent) is None
    if s.phase is not Phase.QUEUED and not ringing:
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.agent in s.people:
        return Refusal(RefusalCode.AGENT_NOT_READY)
    return [e.Offered(at=now, agent=command.agent, expires_at=now + command.ring_timeout)]


def _return_offer(s: Interaction, command: c.ReturnOffer, now: datetime) -> Events | Refusal:
    if s.offer_to(command.agent) is None:
        return Refusal(RefusalCode.OFFER_GONE)
    return [
        e.OfferReturned(
            at=now,
            agent=command.agent,
            reason=command.reason,
            again_after_s=command.again_after_s,
            autopause=command.autopause,
            max_no_answer=command.max_no_answer,
        )
    ]


def dialled(whom: c.Whom | None, now: datetime) -> Events:
    if whom is None or whom.number is None:
        return []
    return [
        e.CallbackDialled(
            at=now,
            number=whom.number,
            shown=whom.shown,
            ring_until=now + whom.ring,
            ring_s=whom.ring.total_seconds(),
        )
    ]


def _request_callback(s: Interaction, command: c.RequestCallback, now: datetime) -> Events | Refusal:
    return (
        []
        if s.wish == command.callback
        else [e.CallbackRequested(at=now, callback=command.callback, due_at=command.due_at)]
    )


def _accept(s: Interaction, command: c.AcceptOffer, now: datetime) -> Events | Refusal:
    if s.phase in (Phase.ACTIVE, Phase.PREVIEW) and s.agent == command.agent:
        return []
    if s.offer_to(command.agent) is None:
        return Refusal(RefusalCode.OFFER_GONE)
    others = [offer.agent for offer in s.all_offers if offer.agent != command.agent]
    return [
        *(e.OfferReturned(at=now, agent=agent, reason=ReturnReason.ANSWERED_ELSEWHERE) for agent in others),
        e.OfferAccepted(at=now, agent=command.agent, recording=command.recording),
        *dialled(command.whom, now),
        *([e.PreviewBegan(at=now, until=now + command.preview)] if command.preview else []),
    ]


RULES: dict[type, Rule] = {
    c.AnnouncePosition: _announce,
    c.PlayComfort: _comfort,
    c.Reprioritise: _reprioritise,
    c.FailOverflow: _fail_overflow,
    c.MakeOffer: _make_offer,
    c.ReturnOffer: _return_offer,
    c.AcceptOffer: _accept,
    c.RequestCallback: _request_callback,
}
