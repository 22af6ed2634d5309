"""What happens to an agent, and what can be asked of one."""

from datetime import datetime

import msgspec

from backend.domain.agent.handset import EndpointKind
from backend.domain.agent.model import NotReadyReason, Presence
from backend.domain.interaction.model import Channel
from backend.domain.kernel.ids import InteractionId, QueueId


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: datetime


class SignedIn(_Event, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class SignedOut(_Event, frozen=True, kw_only=True, tag=True):
    """``forced``: by a supervisor; the agent's sessions end with it."""

    forced: bool = False


class SignOutAsked(_Event, frozen=True, kw_only=True, tag=True):
    """A supervisor signs out an agent who has a contact: nothing more is offered, and it happens when that is over."""


class PresenceChanged(_Event, frozen=True, kw_only=True, tag=True):
    presence: Presence
    reason: str | None


class QueuesChanged(_Event, frozen=True, kw_only=True, tag=True):
    """Logged in to these queues from now on. An offer that rings goes on ringing."""

    queues: tuple[QueueId, ...]


class ContactReserved(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId
    channel: Channel


class ContactTaken(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class ContactInWrapUp(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class ContactReleased(_Event, frozen=True, kw_only=True, tag=True):
    """``worked``: the agent had the contact, so idle time starts anew; an offer that went away does not touch it."""

    interaction: InteractionId
    worked: bool
    missed: bool = False
    """It rang in vain."""


class PhoneOpened(_Event, frozen=True, kw_only=True, tag=True):
    bridge: str
    owner: str


class PhoneConnected(_Event, frozen=True, kw_only=True, tag=True):
    pass


class PhoneLost(_Event, frozen=True, kw_only=True, tag=True):
    pass


class PhoneClosed(_Event, frozen=True, kw_only=True, tag=True):
    pass


class EndpointChosen(_Event, frozen=True, kw_only=True, tag=True):
    """``number`` and ``bridge`` are None for the browser."""

    kind: EndpointKind
    number: str | None = None
    bridge: str | None = None
    stays_up: bool = False


class PushRingChanged(_Event, frozen=True, kw_only=True, tag=True):
    on: bool


class HandsetAnswered(_Event, frozen=True, kw_only=True, tag=True):
    """``says``: what the agent is told until the accepting key is pressed; None when lifting was enough."""

    says: str | None = None


class HandsetAccepted(_Event, frozen=True, kw_only=True, tag=True):
    """The accepting key was pressed."""


class HandsetOver(_Event, frozen=True, kw_only=True, tag=True):
    """The leg is no more."""


class CallWished(_Event, frozen=True, kw_only=True, tag=True):
    """The agent wants to call a number, and the handset is rung first."""

    number: str


class CallWishOver(_Event, frozen=True, kw_only=True, tag=True):
    pass


class CodeKeyed(_Event, frozen=True, kw_only=True, tag=True):
    """The code that is being keyed in, so far."""

    keys: str


AgentEvent = (
    SignedIn
    | SignedOut
    | SignOutAsked
    | PresenceChanged
    | QueuesChanged
    | ContactReserved
    | ContactTaken
    | ContactInWrapUp
    | ContactReleased
    | PhoneOpened
    | PhoneConnected
    | PhoneLost
    | PhoneClosed
    | EndpointChosen
    | PushRingChanged
    | HandsetAnswered
    | HandsetAccepted
    | HandsetOver
    | CallWished
    | CallWishOver
    | CodeKeyed
)


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class SignIn(_Command, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class SignOut(_Command, frozen=True, kw_only=True, tag=True):
    """``forced``: whatever the agent is doing, as soon as no client is left alone by it."""

    forced: bool = False


class SetPresence(_Command, frozen=True, kw_only=True, tag=True):
    presence: Presence
    reason: str | None = None


class SetQueues(_Command, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class Reserve(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId
    channel: Channel


class Approach(_Command, frozen=True, kw_only=True, tag=True):
    """Reserve for a colleague's call: a transfer, a consultation, a conference. ``even_if_away``: also on a break."""

    interaction: InteractionId
    channel: Channel
    even_if_away: bool = False


class Join(_Command, frozen=True, kw_only=True, tag=True):
    """Be in a contact at once, by one's own doing: dial, take from park, supervise, take over."""

    interaction: InteractionId
    channel: Channel


class Take(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class BeginWrapUp(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class Release(_Command, frozen=True, kw_only=True, tag=True):
    """``not_ready`` follows at once, or with ``missed`` when so many have rung in vain one after another."""

    interaction: InteractionId
    not_ready: NotReadyReason | None = None
    missed: bool = False
    most_missed: int = 1


class OpenPhone(_Command, frozen=True, kw_only=True, tag=True):
    bridge: str
    owner: str
    take_over: bool = False


class ConnectPhone(_Command, frozen=True, kw_only=True, tag=True):
    pass


class LosePhone(_Command, frozen=True, kw_only=True, tag=True):
    pass


class ClosePhone(_Command, frozen=True, kw_only=True, tag=True):
    owner: str | None = None
    """Only if this tab owns it; None for whoever does."""


class GiveUpPhone(_Command, frozen=True, kw_only=True, tag=True):
    """The telephone stayed away longer than PHONE_GRACE."""


class ChooseEndpoint(_Command, frozen=True, kw_only=True, tag=True):
    kind: EndpointKind
    number: str | None = None
    bridge: str | None = None
    stays_up: bool = False


class RingByPush(_Command, frozen=True, kw_only=True, tag=True):
    """Be offered calls also while the browser's telephone is away."""

    on: bool


class AnswerHandset(_Command, frozen=True, kw_only=True, tag=True):
    says: str | None = None


class AcceptOnHandset(_Command, frozen=True, kw_only=True, tag=True):
    pass


class EndHandset(_Command, frozen=True, kw_only=True, tag=True):
    pass


class WishCall(_Command, frozen=True, kw_only=True, tag=True):
    number: str


class EndCallWish(_Command, frozen=True, kw_only=True, tag=True):
    pass


class PressKey(_Command, frozen=True, kw_only=True, tag=True):
    digit: str


AgentCommand = (
    SignIn
    | SignOut
    | SetPresence
    | SetQueues
    | Reserve
    | Approach
    | Join
    | Take
    | BeginWrapUp
    | Release
    | OpenPhone
    | ConnectPhone
    | LosePhone
    | ClosePhone
    | GiveUpPhone
    | ChooseEndpoint
    | RingByPush
    | AnswerHandset
    | AcceptOnHandset
    | EndHandset
    | WishCall
    | EndCallWish
    | PressKey
)
