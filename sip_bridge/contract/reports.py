"""What the bridge reports about legs: past tense, frozen, typed. Times are aware UTC."""

from datetime import datetime
from enum import StrEnum

import msgspec

from sip_bridge.contract.lines import LineChanged
from sip_bridge.contract.transfers import TransferAsked
from sip_bridge.contract.trunks import TrunksChanged


class LegKind(StrEnum):
    SIP = "sip"
    BROWSER = "browser"


class LegState(StrEnum):
    OFFERED = "offered"
    """An INVITE arrived; nothing but 100 has been sent, or 180 after RingLeg."""
    DIALLING = "dialling"
    RINGING = "ringing"
    UP = "up"
    """Answered and acknowledged (SIP), or DTLS finished (browser)."""
    DISCONNECTED = "disconnected"
    """A browser leg whose media path is gone for now; the leg waits for its owner to come back."""
    ENDED = "ended"


class EndedBy(StrEnum):
    PEER = "peer"
    BACKEND = "backend"
    BRIDGE = "bridge"


class EndCause(StrEnum):
    """Why a leg ended, in words that a contact centre can count. The SIP status stands beside it, not instead of it."""

    NORMAL = "normal"
    CANCELLED = "cancelled"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "not_allowed"
    OVERLOAD = "overload"
    MEDIA_LOST = "media_lost"
    SESSION_EXPIRED = "session_expired"
    WORKER_LOST = "worker_lost"
    ERROR = "error"


class DigitSource(StrEnum):
    RFC4733 = "rfc4733"
    INBAND = "inband"
    SIP_INFO = "sip_info"


class PlayOutcome(StrEnum):
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Reception and round trip of one leg since it was opened (RFC 3550 6.4; MOS by ITU-T G.107, simplified)."""

    received: int
    lost: int
    concealed_ms: int
    jitter_ms: float
    round_trip_ms: float | None = None
    mos: float | None = None


class LegOffered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A call came in on a trunk.

    ``caller`` is E.164 where it could be normalised, the number as it came otherwise, and None when withheld;
    ``dialled`` likewise. ``leg`` is unique for ever, also across restarts.
    """

    leg: str
    trunk: str
    caller: str | None
    caller_name: str | None = None
    dialled: str
    sip_call_id: str


class LegRinging(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The other end rings. With ``early_media`` its exchange sends sound before the answer: whoever hears the leg hears
    that; said again when it begins after the ringing."""

    leg: str
    early_media: bool = False


class LegAnswered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Both sides agreed: ACK came for our 200, or a 200 came for our INVITE."""

    leg: str


class LegEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    by: EndedBy
    cause: EndCause
    sip_status: int | None = None
    quality: Quality | None = None


class LegHeldByPeer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The other telephone put us on hold, or took us back, by its own re-INVITE."""

    leg: str
    held: bool


class DigitPressed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    digit: str
    source: DigitSource
    duration_ms: int = 0


class PlayFinished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    play: str
    outcome: PlayOutcome


class Connected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """From this moment on two legs of the group hear each other; said once for each group."""

    group: str


class RecordingStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    recording: str


class RecordingEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """``file`` is relative to the recordings folder. ``gaps_ms`` are (start, end) of pauses, silent on disk."""

    recording: str
    file: str
    duration_ms: int
    size: int
    sha256: str
    gaps_ms: tuple[tuple[int, int], ...] = ()
    repaired: bool = False
    heard_ms: int | None = None
    """Of a message: how long its caller was heard; None when nobody knows."""


class RecordingFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    recording: str
    reason: str


class BrowserLegChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    state: LegState


class MediaLost(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class MediaResumed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class QualityMeasured(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """``group``: the call whose figures these are, of a leg that takes one call after the other; None for those of the
    whole leg."""

    leg: str
    quality: Quality
    group: str | None = None


LegEvent = (
    LegOffered
    | LegRinging
    | LegAnswered
    | LegEnded
    | LegHeldByPeer
    | DigitPressed
    | PlayFinished
    | Connected
    | RecordingStarted
    | RecordingEnded
    | RecordingFailed
    | BrowserLegChanged
    | MediaLost
    | MediaResumed
    | QualityMeasured
    | LineChanged
    | TransferAsked
    | TrunksChanged
)

Timestamp = datetime
