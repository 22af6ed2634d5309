"""What the backend asks of the bridge: imperative, idempotent by the id of the frame that carries it."""

from enum import StrEnum

import msgspec

from sip_bridge.contract.lines import WatchLines
from sip_bridge.contract.transfers import AnswerTransfer


class Tone(StrEnum):
    RINGBACK = "ringback"
    BUSY = "busy"
    BEEP = "beep"


class Prompt(msgspec.Struct, frozen=True, tag=True):
    """Audio by its key: ``<prompts folder>/<key>.wav``, fetched from the backend when the bridge lacks it."""

    key: str


class Music(msgspec.Struct, frozen=True, tag=True):
    """Music on hold, endless: audio by its key like a prompt's; None is the bridge's own."""

    name: str | None = None


class ToneSource(msgspec.Struct, frozen=True, tag="Tone"):
    tone: Tone


Source = Prompt | Music | ToneSource


class AnswerLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class RingLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class RejectLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    sip_status: int = 480


class HangUpLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ends the leg whatever its state: BYE, CANCEL or a final refusal. A leg that is gone already is a success."""

    leg: str


class DialLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """``trunk`` empty: the first, in their order, that may dial the number and can take the call now; when it has rung nobody,
    the next one, within the ring timeout."""

    leg: str
    trunk: str
    to: str
    caller: str | None = None
    ring_timeout_s: float = 30.0


class Edge(msgspec.Struct, frozen=True, array_like=True):
    """``listener`` hears ``speaker``."""

    listener: str
    speaker: str


class SetTopology(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The whole of who hears whom in one group (a conversation), replaced at once."""

    group: str
    edges: tuple[Edge, ...]


class Play(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Play sources one after another to a leg; a new play replaces the leg's old one.

    With ``loop_last`` the last source repeats until stopped, and no PlayFinished comes before that.
    """

    leg: str
    play: str
    sources: tuple[Source, ...]
    loop_last: bool = False
    stop_on_digit: bool = False


class StopPlay(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class StartRecording(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Stereo: ``left`` legs in the left channel, ``right`` in the right, aligned on the media clock."""

    recording: str
    group: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    quiet_s: float | None = None
    """Of a message left by a caller whom nobody hears: what ``left`` says is recorded all the same and its speech is
    measured; the recording ends after so much silence (0: never). None for a conversation, recorded as it is heard."""


class ChangeRecording(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Other legs on the sides of a running recording, from the next tick on. It ends when the first ``left`` leg does."""

    recording: str
    left: tuple[str, ...]
    right: tuple[str, ...]


class PauseRecording(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    recording: str


class ResumeRecording(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    recording: str


class StopRecording(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    recording: str


class OpenBrowserLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Open a browser leg from its SDP offer, or give an existing one a new media path (ICE restart, reload).

    CommandDone carries the SDP answer. ``owner`` names the tab that holds the telephone.
    """

    leg: str
    owner: str
    offer_sdp: str


class CloseBrowserLeg(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str


class SendDigits(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    leg: str
    digits: str


LegCommand = (
    AnswerLeg
    | RingLeg
    | RejectLeg
    | HangUpLeg
    | DialLeg
    | SetTopology
    | Play
    | StopPlay
    | StartRecording
    | ChangeRecording
    | PauseRecording
    | ResumeRecording
    | StopRecording
    | OpenBrowserLeg
    | CloseBrowserLeg
    | SendDigits
    | WatchLines
    | AnswerTransfer
)
