"""What the events of routing and waiting do to the state; the phase and the version are the machine's."""

from datetime import timedelta

from msgspec.structs import replace

from backend.domain.interaction import events as e
from backend.domain.interaction.folding import elsewhere
from backend.domain.interaction.model import Announcement, Interaction, Offer, Phase, QueueVisit


def fold(s: Interaction, event: e.InteractionEvent) -> Interaction:
    match event:
        case e.IvrMoved():
            return replace(s, ivr=event.run)
        case e.IvrEntered():
            return elsewhere(s, event.at)
        case e.AnnouncementStarted():
            said = Announcement(text=event.text, then=event.then)
            return replace(elsewhere(s, event.at), announcement=said, says=s.says + 1)
        case e.AnnouncementFinished():
            return replace(s, announcement=None)
        case e.AgentSought():
            s = replace(elsewhere(s, event.at), queue=None, queued_at=event.at, position=None, saying="")
            return replace(s, sought=event.agent, sought_otherwise=event.otherwise)
        case e.Queued():
            return _enter_queue(elsewhere(s, event.at), event)
        case e.PositionAnnounced():
            return replace(
                s,
                position=event.position,
                announcements=s.announcements + 1,
                saying=event.text,
                said_at=event.at,
                announced_at=event.at,
                expected_s=event.expected_s,
            )
        case e.ComfortPlayed():
            return replace(s, comforts=s.comforts + 1, saying=event.text, said_at=event.at)
        case e.PriorityChanged():
            return replace(s, priority=event.priority)
        case e.OverflowFailed():
            return replace(s, overflows=s.overflows + 1)
        case e.Offered():
            offer = Offer(event.agent, event.at, event.expires_at)
            if s.offer is not None:
                return replace(s, ring=(*s.ring, offer), offers=s.offers + 1)
            return replace(s, offer=offer, offers=s.offers + 1)
        case e.OfferReturned():
            return _offer_back(s, event)
    return s


def _enter_queue(s: Interaction, event: e.Queued) -> Interaction:
    visit = QueueVisit(queue=event.queue, entered_at=event.at)
    return replace(
        s,
        queue=event.queue,
        queued_at=event.since or event.at,
        priority=event.priority,
        skills=event.skills,
        steps=event.steps,
        prefers=event.prefers,
        position=event.position,
        expected_s=event.expected_s,
        saying=event.text,
        said_at=event.at,
        announced_at=event.at,
        music=event.music,
        comforts=0,
        overflows=event.overflows,
        visits=(*s.visits, visit),
    )


def _offer_back(s: Interaction, event: e.OfferReturned) -> Interaction:
    left = tuple(offer for offer in s.all_offers if offer.agent != event.agent)
    not_to = tuple((agent, until) for agent, until in s.not_to if until > event.at and agent != event.agent)
    if event.again_after_s:
        not_to += ((event.agent, event.at + timedelta(seconds=event.again_after_s)),)
    return replace(
        s,
        phase=Phase.OFFERED if left else Phase.QUEUED,
        offer=left[0] if left else None,
        ring=left[1:],
        not_to=not_to,
    )
