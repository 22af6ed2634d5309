"""Every transient state has a lease: what must happen by itself, and when, as a function of the interaction's state.

The keys name the very state they wait on, so that the timers before and after a transition can be compared: a key that
is new is set, a key that is gone is taken back, a key in both is left as it was.
"""

from datetime import datetime, timedelta

import msgspec

from backend.domain.agent.handset import HandsetStage
from backend.domain.interaction.model import Interaction, Message, MessageStage, Phase
from backend.domain.ivr.flow import Collect, Flow, LookUp, Menu, Survey
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.routing.queue_options import QueueOptions

LOOK_UP_GRACE = timedelta(seconds=2)
"""Beyond the look-up's own time limit, for the process that asks to report."""
PROMPT_LEASE = timedelta(seconds=90)
"""A prompt whose end nobody reports is taken for finished after this time."""
RECORDING_LEASE = timedelta(seconds=5)
"""For the bridge to close a recording; who waits for it is thanked and let go after this time."""

AWAY_LIMIT = timedelta(seconds=90)
"""An agent without a telephone in mid-conversation has this long to come back, or to take the call elsewhere."""

BRIDGE_PATIENCE = timedelta(seconds=5)
"""A dialled leg rings out on the bridge; after this time more its silence is an answer."""


class OfferExpires(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    agent: UserId


class WrapUpEnds(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    agent: UserId | None = None


class MemberRingOver(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    n: int


class DialOver(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class ParkingOver(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class SilenceEnds(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    step: int
    digits: int = 0


class LookUpDue(msgspec.Struct, frozen=True, tag=True):
    """A service is to be asked, by whichever process takes this."""

    interaction: InteractionId
    step: int


class LookUpOver(msgspec.Struct, frozen=True, tag=True):
    """Whoever asked has not come back."""

    interaction: InteractionId
    step: int


class PromptOverdue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    step: int


class AnnouncementDue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class ComfortDue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class AnnouncementOver(msgspec.Struct, frozen=True, tag=True):
    """Nobody reported the end of a text that was said."""

    interaction: InteractionId
    says: int


class OverflowDue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    visit: int
    step: int


class MaxWaitDue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId
    visit: int


class SoughtBack(msgspec.Struct, frozen=True, tag=True):
    """The agent to whom the contact went directly did not take it."""

    interaction: InteractionId


class AnswerDue(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class GreetingOver(msgspec.Struct, frozen=True, tag=True):
    """Nobody reported the end of a greeting."""

    interaction: InteractionId
    recording: str


class MessageOver(msgspec.Struct, frozen=True, tag=True):
    """A message is as long as it may be, or nobody reported the end of its recording."""

    interaction: InteractionId
    recording: str


class PreviewOver(msgspec.Struct, frozen=True, tag=True):
    interaction: InteractionId


class CallbackDue(msgspec.Struct, frozen=True, tag=True):
    """The time of a wish to be called back has come."""

    callback: str


class PhoneAway(msgspec.Struct, frozen=True, tag=True):
    """The telephone of an agent who talks has been gone for longer than a change of network takes."""

    user: UserId


class AgentStaysAway(msgspec.Struct, frozen=True, tag=True):
    """The customer has heard music instead of the agent for long enough."""

    interaction: InteractionId


class PhoneGone(msgspec.Struct, frozen=True, tag=True):
    user: UserId


class HandsetOverdue(msgspec.Struct, frozen=True, tag=True):
    """An agent's handset has been in this stage of its ``dials``-th leg for too long."""

    user: UserId
    dials: int
    stage: HandsetStage


Timer = (
    OfferExpires
    | WrapUpEnds
    | SilenceEnds
    | PromptOverdue
    | LookUpDue
    | LookUpOver
    | AnnouncementDue
    | ComfortDue
    | AnnouncementOver
    | OverflowDue
    | MaxWaitDue
    | SoughtBack
    | AnswerDue
    | PhoneGone
    | PhoneAway
    | AgentStaysAway
    | HandsetOverdue
    | CallbackDue
    | GreetingOver
    | MessageOver
    | PreviewOver
    | MemberRingOver
    | DialOver
    | ParkingOver
)
Deadlines = dict[str, tuple[datetime, Timer]]


def deadlines(
    s: Interaction | None,
    now: datetime,
    *,
    flow: Flow | None = None,
    answer_after: timedelta = timedelta(),
    announce_every: timedelta = timedelta(),
    options: QueueOptions | None = None,
) -> Deadlines:
    """``flow`` is the one the caller walks; ``announce_every`` of zero announces the place once; ``options`` are those
    of the queue in which the contact waits."""
    if s is None:
        return {}
    found = _wrap_ups(s)
    for m in s.members:
        if m.ring_until is not None:
            patience = timedelta() if m.number is None else BRIDGE_PATIENCE
            found[f"member:{s.id}:{m.n}"] = (m.ring_until + patience, MemberRingOver(s.id, m.n))
    match s.phase:
        case Phase.ARRIVED if s.voice is not None and not s.voice.up and answer_after:
            found[f"answer:{s.id}"] = (s.arrived_at + answer_after, AnswerDue(s.id))
        case Phase.DIALLING if s.outgoing is not None:
            found[f"dial:{s.id}"] = (s.outgoing.ring_until + BRIDGE_PATIENCE, DialOver(s.id))
        case Phase.PARKED if s.parking is not None:
            found[f"parked:{s.id}:{s.parking.since.timestamp()}"] = (s.parking.until, ParkingOver(s.id))
        case Phase.IN_IVR if s.announcement is not None:
            found[f"say:{s.id}:{s.says}"] = (now + PROMPT_LEASE, AnnouncementOver(s.id, s.says))
        case Phase.IN_IVR if s.ivr is not None and s.ivr.listening and flow is not None:
            node, digits = flow.nodes.get(s.ivr.node), len(s.ivr.digits)
            wait = timedelta(seconds=node.timeout_s if isinstance(node, Menu | Collect | Survey) else 0)
            key = f"silence:{s.id}:{s.ivr.step}:{digits}"
            found[key] = (now + wait, SilenceEnds(s.id, s.ivr.step, digits))
        case Phase.IN_IVR if s.ivr is not None and s.ivr.looking_up and flow is not None:
            node = flow.nodes.get(s.ivr.node)
            over = timedelta(seconds=node.timeout_s if isinstance(node, LookUp) else 0) + LOOK_UP_GRACE
            found[f"look_up:{s.id}:{s.ivr.step}"] = (now, LookUpDue(s.id, s.ivr.step))
            found[f"look_up_over:{s.id}:{s.ivr.step}"] = (now + over, LookUpOver(s.id, s.ivr.step))
        case Phase.IN_IVR if s.ivr is not None:
            found[f"prompt:{s.id}:{s.ivr.step}"] = (now + PROMPT_LEASE, PromptOverdue(s.id, s.ivr.step))
        case Phase.MESSAGE if s.message is not None:
            found |= _message(s, s.message, now)
        case Phase.ACTIVE if s.left_alone and s.away_since is not None:
            found[f"away:{s.id}:{s.away_since.timestamp()}"] = (s.away_since + AWAY_LIMIT, AgentStaysAway(s.id))
        case Phase.PREVIEW if s.preview_until is not None:
            found[f"preview:{s.id}"] = (s.preview_until, PreviewOver(s.id))
        case Phase.QUEUED | Phase.OFFERED:
            found |= _waiting(s, now, announce_every, options or QueueOptions())
    return found


def _message(s: Interaction, m: Message, now: datetime) -> Deadlines:
    if m.stage is MessageStage.GREETING:
        return {f"greeting:{s.id}:{m.recording}": (now + PROMPT_LEASE, GreetingOver(s.id, m.recording))}
    over = MessageOver(s.id, m.recording)
    if m.stage is MessageStage.RECORDING:
        return {f"message:{s.id}:{m.recording}": ((m.began_at or now) + timedelta(seconds=m.limit_s), over)}
    return {f"message_end:{s.id}:{m.recording}": (now + RECORDING_LEASE, over)}


def _wrap_ups(s: Interaction) -> Deadlines:
    """One for each agent who is still at the contact, whatever the others do."""
    if not s.segments and s.phase is Phase.WRAP_UP and s.wrap_up_until is not None:
        return {f"wrap_up:{s.id}": (s.wrap_up_until, WrapUpEnds(s.id))}
    return {
        f"wrap_up:{s.id}:{i}": (x.wrap_up_until, WrapUpEnds(s.id, x.agent))
        for i, x in enumerate(s.segments)
        if x.in_wrap_up and x.wrap_up_until is not None
    }


def _waiting(s: Interaction, now: datetime, announce_every: timedelta, options: QueueOptions) -> Deadlines:
    found: Deadlines = {
        f"offer:{s.id}:{offer.agent}:{offer.offered_at.timestamp()}": (
            offer.expires_at,
            OfferExpires(s.id, offer.agent),
        )
        for offer in s.all_offers
    }
    if s.callback is not None:
        return found  # nobody listens, and its place is kept for it
    visit, spoken = len(s.visits), options.announcements
    if s.sought is not None:
        if s.offer is None:
            found[f"sought:{s.id}:{s.offers}"] = (now, SoughtBack(s.id))
        return found
    if announce_every:
        soonest = timedelta(seconds=spoken.min_every_s)
        step = soonest if timedelta() < soonest < announce_every else announce_every
        found[f"announce:{s.id}:{visit}:{s.announcements}"] = (now + step, AnnouncementDue(s.id))
    if spoken.comfort and spoken.comfort_every_s:
        first = spoken.comfort_start_s if s.comforts == 0 else 0
        every = timedelta(seconds=first or spoken.comfort_every_s)
        found[f"comfort:{s.id}:{visit}:{s.comforts}"] = (now + every, ComfortDue(s.id))
    if s.phase is Phase.QUEUED and s.visits:
        entered = s.visits[-1].entered_at
        if s.overflows < len(options.overflow):
            due = entered + timedelta(seconds=options.overflow[s.overflows].after_s)
            found[f"overflow:{s.id}:{visit}:{s.overflows}"] = (due, OverflowDue(s.id, visit, s.overflows))
        if options.max_wait_s:
            due = entered + timedelta(seconds=options.max_wait_s)
            found[f"max_wait:{s.id}:{visit}"] = (due, MaxWaitDue(s.id, visit))
    return found
