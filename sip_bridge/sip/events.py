"""What the SIP core tells its owner: frozen facts in the past tense.

Every leg that was offered or invited ends with exactly one `CallEnded`. State is not outcome: `Cause` says how it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sip_bridge.sip.dialog_info import LineState
from sip_bridge.sip.identity import Caller


class Cause(StrEnum):
    """How a call ended."""

    REMOTE_HANGUP = "remote_hangup"  # BYE from the peer
    LOCAL_HANGUP = "local_hangup"  # our BYE
    REMOTE_CANCEL = "remote_cancel"  # the caller gave up before an answer
    LOCAL_CANCEL = "local_cancel"  # we gave up before an answer
    LOCAL_REJECT = "local_reject"  # our 3xx–6xx
    REMOTE_REJECT = "remote_reject"  # the peer's 3xx–6xx, in `status`
    NO_ANSWER = "no_answer"  # the ring timeout of our INVITE ran out
    NO_RESPONSE = "no_response"  # nothing came back at all
    NO_ACK = "no_ack"  # our 200 was never acknowledged
    NO_PRACK = "no_prack"  # our reliable provisional response was never acknowledged
    NO_MEDIA_ANSWER = "no_media_answer"  # an answer to our offer was due and did not come
    AUTHENTICATION_FAILED = "authentication_failed"
    SESSION_EXPIRED = "session_expired"  # RFC 4028: no refresh, or our refresh failed
    TRANSPORT_FAILED = "transport_failed"
    REPLACED = "replaced"  # RFC 3891: another call took its place


@dataclass(frozen=True, slots=True)
class CallOffered:
    """An INVITE came and waits for `progress`, `accept` or `reject`. `sdp` None: we make the offer in `accept`.

    `replaces` is the leg this call will take the place of when accepted.
    """

    leg: str
    trunk: str
    caller: Caller
    dialled: str
    sdp: bytes | None
    replaces: str | None = None
    sip_call_id: str = ""
    diverted_from: str = ""


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A 101–199 to our INVITE. `branch` tells the early dialogs of a fork apart."""

    leg: str
    status: int
    sdp: bytes | None
    branch: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Our INVITE was accepted. `answer_wanted`: `sdp` is an offer, `answer` must follow before the ACK leaves."""

    leg: str
    sdp: bytes | None
    answer_wanted: bool = False


@dataclass(frozen=True, slots=True)
class CallConfirmed:
    """The ACK of our 200 came. `sdp` is the peer's answer when the offer was ours."""

    leg: str
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The last event of a leg. `status` and `reason` are the peer's or ours, 0 and empty without one.

    `rang_nobody`: an INVITE of ours came to nobody, by all that RFC 3263 section 4.3 lets one conclude: the peer refused it
    with 503, or said nothing at all, and no provisional response but 100 has come. It may be sent to another place.
    """

    leg: str
    cause: Cause
    status: int = 0
    reason: str = ""
    retry_after: int | None = None
    rang_nobody: bool = False


@dataclass(frozen=True, slots=True)
class SessionOffered:
    """A re-INVITE, UPDATE or PRACK waits for `answer` or `refuse_offer`. `sdp` None: the peer wants our offer."""

    leg: str
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class SessionOfferWithdrawn:
    """The peer cancelled its re-INVITE; the session stays as it was."""

    leg: str


@dataclass(frozen=True, slots=True)
class SessionAnswered:
    """The peer answered our offer; the new session is in force."""

    leg: str
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class SessionRefused:
    """The peer refused our offer; the session stays as it was."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A key press by SIP INFO."""

    leg: str
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """The peer sent REFER and waits for `accept_transfer` or `reject_transfer`.

    `target` is a URI without header part; `replaces` the Replaces value in it, `replaces_leg` that call if it is ours.
    """

    leg: str
    transfer: str
    target: str
    replaces: str | None
    replaces_leg: str | None
    referred_by: str


@dataclass(frozen=True, slots=True)
class TransferProgressed:
    """What the peer reports of the call our REFER made it place."""

    leg: str
    transfer: str
    status: int


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """The outcome of our REFER: the final status, or the peer's refusal, or 0 when it will not be known."""

    leg: str
    transfer: str
    status: int


@dataclass(frozen=True, slots=True)
class TrunkRegistered:
    trunk: str
    expires: int


@dataclass(frozen=True, slots=True)
class TrunkRegistrationFailed:
    """`status` 0: no answer. The next try comes by itself after `retry_in` seconds."""

    trunk: str
    status: int
    retry_in: float


@dataclass(frozen=True, slots=True)
class TrunkReached:
    """The trunk answers OPTIONS (again)."""

    trunk: str


@dataclass(frozen=True, slots=True)
class TrunkLost:
    """The trunk does not answer OPTIONS, or answers 503."""

    trunk: str
    status: int


@dataclass(frozen=True, slots=True)
class LineStateChanged:
    """A watched line is now in `state`, or still is and the subscription was renewed; believed for `expires_in` seconds."""

    trunk: str
    line: str
    state: LineState
    expires_in: float


Event = (
    CallOffered
    | CallProgressed
    | CallAnswered
    | CallConfirmed
    | CallEnded
    | SessionOffered
    | SessionOfferWithdrawn
    | SessionAnswered
    | SessionRefused
    | DigitReceived
    | TransferRequested
    | TransferProgressed
    | TransferEnded
    | TrunkRegistered
    | TrunkRegistrationFailed
    | TrunkReached
    | TrunkLost
    | LineStateChanged
)
