"""What the control process and a media worker say to each other, over a Unix stream socket.

A frame is a 4-byte big-endian length and a MessagePack map with a `type`. The control sends `Request` and
`Acknowledge`; the worker sends `Hello` first, then `Response` and `Occurrence`.

- A request carries an id of the control's choosing. The same id again gets the same answer and is not done again, so a
  control that lost its connection simply repeats what was not answered.
- Occurrences are numbered and kept until acknowledged (bounded; the number dropped is told in `Hello` and `Snapshot`), so an event
  may come twice after a reconnect, never in a different order.
- A command of an unknown type is answered with `Refused(UNKNOWN_COMMAND)` and counted.
"""

from __future__ import annotations

import struct
from enum import StrEnum

import msgspec

PROTOCOL_VERSION = 1
LONGEST_FRAME = 4 << 20


class _Frame(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Base of every struct on the wire."""


# --- words ------------------------------------------------------------------------------------------------------------


class Codec(StrEnum):
    PCMA = "PCMA"
    PCMU = "PCMU"


class PortMode(StrEnum):
    """How an RTP leg gets its port."""

    OWN = "own"  # a port pair of its own; can latch to an address that was not signalled
    SHARED = "shared"  # a port shared by many legs, told apart by the peer's address; about twice as many fit on a core
    AUTO = "auto"  # shared if the peer's address is known and not taken, else own


class DigitSource(StrEnum):
    RFC4733 = "rfc4733"
    INBAND = "inband"


class PlayOutcome(StrEnum):
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"  # a file could not be read
    LEG_CLOSED = "leg_closed"


class BrowserState(StrEnum):
    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # no consent for some seconds; may come back
    FAILED = "failed"
    CLOSED = "closed"


class RefusalReason(StrEnum):
    UNKNOWN_COMMAND = "unknown_command"
    MALFORMED = "malformed"
    UNKNOWN_LEG = "unknown_leg"
    LEG_EXISTS = "leg_exists"
    WRONG_KIND = "wrong_kind"
    NO_FREE_PORT = "no_free_port"
    ADDRESS_TAKEN = "address_taken"
    BAD_PARAMETER = "bad_parameter"
    UNKNOWN_PLAY = "unknown_play"
    UNKNOWN_RECORDING = "unknown_recording"
    RECORDING_EXISTS = "recording_exists"
    STORAGE = "storage"
    INTERNAL = "internal"


class Address(msgspec.Struct, frozen=True):
    host: str  # an IP address, never a name
    port: int


class SrtpKeys(msgspec.Struct, frozen=True):
    """Master key and salt of each direction, 30 bytes (SDES, RFC 4568)."""

    receive: bytes
    send: bytes
    suite: str = "AES_CM_128_HMAC_SHA1_80"


class Edge(msgspec.Struct, frozen=True, array_like=True):
    """`listener` hears `speaker`; gain 1.0 is as spoken."""

    listener: str
    speaker: str
    gain: float = 1.0


class FileSource(msgspec.Struct, frozen=True, tag="file"):
    """A WAV file: PCM16, A-law or µ-law, any rate, mono or stereo."""

    path: str


class ToneSource(msgspec.Struct, frozen=True, tag="tone"):
    """Sines at `level_dbm0` each; `cadence_ms` alternates on and off; without duration it sounds until stopped."""

    frequencies: tuple[float, ...]
    cadence_ms: tuple[int, ...] = ()
    level_dbm0: float = -15.0
    duration_ms: int | None = None


class SilenceSource(msgspec.Struct, frozen=True, tag="silence"):
    duration_ms: int


class MusicSource(msgspec.Struct, frozen=True, tag="music"):
    """Music on hold, endless: a file, or the worker's own."""

    path: str | None = None


Source = FileSource | ToneSource | SilenceSource | MusicSource

# Czech tones (ITU-T E.180 Supplement 2)
RINGBACK = ToneSource((425.0,), (1000, 4000))
BUSY = ToneSource((425.0,), (330, 330))
CONGESTION = ToneSource((425.0,), (170, 170))
DIAL_TONE = ToneSource((425.0,), (330, 330, 660, 660))

# --- commands ---------------------------------------------------------------------------------------------------------


class OpenRtpLeg(_Frame, frozen=True, tag="open_rtp_leg"):
    """→ `RtpLegOpened`. Before `remote` is known the leg waits for it or latches (PortMode.OWN)."""

    leg: str
    codec: Codec = Codec.PCMA
    payload_type: int | None = None  # the codec's static one
    telephone_event: int | None = None  # payload type of telephone-event/8000 if negotiated
    remote: Address | None = None
    remote_rtcp: Address | None = None  # port + 1 if not given and not multiplexed
    rtcp_mux: bool = False
    srtp: SrtpKeys | None = None
    port_mode: PortMode = PortMode.AUTO
    inband_digits: bool | None = None  # None: only when telephone-event was not negotiated
    media_timeout: float = 5.0  # seconds without RTP until `MediaLost`
    local_address: str | None = None  # one of the worker's addresses; the first if not given
    port: int | None = None  # this very one, which a worker had that is no more: the peer need not be told


class UpdateRtpLeg(_Frame, frozen=True, tag="update_rtp_leg"):
    """→ `Done`. New answer, re-INVITE or UPDATE; what is None stays."""

    leg: str
    codec: Codec | None = None
    payload_type: int | None = None
    telephone_event: int | None = None
    remote: Address | None = None
    remote_rtcp: Address | None = None
    rtcp_mux: bool | None = None
    srtp: SrtpKeys | None = None
    inband_digits: bool | None = None
    media_timeout: float | None = None


class OpenBrowserLeg(_Frame, frozen=True, tag="open_browser_leg"):
    """→ `BrowserLegOpened`."""

    leg: str
    remote_ufrag: str
    remote_password: str
    remote_fingerprint: str  # "sha-256 AB:CD:…"
    payload_type: int = 8
    codec: Codec = Codec.PCMA
    telephone_event: int | None = None
    media_timeout: float = 5.0


class RestartBrowserLeg(_Frame, frozen=True, tag="restart_browser_leg"):
    """→ `BrowserLegOpened` with new credentials. Same leg and topology; the old connection is heard until the new one is up.

    A fingerprint other than before means a new DTLS association (page reload, another tab).
    """

    leg: str
    remote_ufrag: str
    remote_password: str
    remote_fingerprint: str
    payload_type: int | None = None
    telephone_event: int | None = None


class CloseLeg(_Frame, frozen=True, tag="close_leg"):
    """→ `LegClosed` with the final figures."""

    leg: str


class SetTopology(_Frame, frozen=True, tag="set_topology"):
    """→ `Done`. The complete who-hears-whom of one group; an empty list ends the group. Edges of unknown legs wait for them."""

    group: str
    edges: tuple[Edge, ...]


class Play(_Frame, frozen=True, tag="play"):
    """→ `Done`, later `PlayFinished`. `others_gain`: 0 replaces what the leg hears, 1 mixes, between: ducks it."""

    leg: str
    play: str
    sources: tuple[Source, ...]
    loop: bool = False
    gain: float = 1.0
    others_gain: float = 0.0


class StopPlay(_Frame, frozen=True, tag="stop_play"):
    leg: str
    play: str


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """A pause in a recording, in milliseconds from its start."""

    start_ms: int
    end_ms: int


class TakenUp(msgspec.Struct, frozen=True, array_like=True):
    """What a worker that is no more had done of a recording. `elapsed_ms`: since its start."""

    elapsed_ms: int
    gaps: tuple[Gap, ...] = ()
    paused_since_ms: int | None = None


class StartRecording(_Frame, frozen=True, tag="start_recording"):
    """→ `Done`. `path` is relative to the worker's recordings folder. Stereo A-law WAV, left and right as listed.

    `only_heard`: a leg is recorded while somebody hears it; what a muted agent says beside the call is nobody's.
    """

    recording: str
    path: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    only_heard: bool = False
    quiet_ms: int | None = None
    """A message: speech on the left is measured; `RecordingQuiet` each second after so much silence (0: never)."""
    taken_up: TakenUp | None = None
    """Go on with the file that is there: silence, and a gap, for the time of which nothing was written."""


class ChangeRecording(_Frame, frozen=True, tag="change_recording"):
    """Other legs on the sides of a running recording, from the next tick on."""

    recording: str
    left: tuple[str, ...]
    right: tuple[str, ...]


class PauseRecording(_Frame, frozen=True, tag="pause_recording"):
    recording: str


class ResumeRecording(_Frame, frozen=True, tag="resume_recording"):
    recording: str


class StopRecording(_Frame, frozen=True, tag="stop_recording"):
    """→ `RecordingStopped`."""

    recording: str


class SendDigits(_Frame, frozen=True, tag="send_digits"):
    """→ `Done`. As telephone events if negotiated, else as tones."""

    leg: str
    digits: str
    duration_ms: int = 100
    gap_ms: int = 100


class Statistics(_Frame, frozen=True, tag="statistics"):
    leg: str


class TakeSnapshot(_Frame, frozen=True, tag="take_snapshot"):
    """→ `Snapshot`: everything a new control needs to carry on."""


Command = (
    OpenRtpLeg
    | UpdateRtpLeg
    | OpenBrowserLeg
    | RestartBrowserLeg
    | CloseLeg
    | SetTopology
    | Play
    | StopPlay
    | StartRecording
    | ChangeRecording
    | PauseRecording
    | ResumeRecording
    | StopRecording
    | SendDigits
    | Statistics
    | TakeSnapshot
)

# --- results ----------------------------------------------------------------------------------------------------------


class Done(_Frame, frozen=True, tag="done"):
    pass


class Refused(_Frame, frozen=True, tag="refused"):
    reason: RefusalReason
    detail: str = ""


class RtpLegOpened(_Frame, frozen=True, tag="rtp_leg_opened"):
    address: str
    port: int
    rtcp_port: int
    ssrc: int


class BrowserLegOpened(_Frame, frozen=True, tag="browser_leg_opened"):
    ufrag: str
    password: str
    fingerprint: str  # "sha-256 AB:CD:…"
    port: int
    ssrc: int


class LegStatistics(_Frame, frozen=True, tag="leg_statistics"):
    """Figures of a leg since it was opened. Loss and jitter are of what we receive unless named `remote`."""

    leg: str
    packets_received: int
    packets_sent: int
    packets_lost: int
    duplicates: int
    late: int
    strangers: int  # packets from addresses that are not the peer's
    malformed: int
    unauthenticated: int
    jitter_ms: float
    buffer_ms: float
    concealed_ms: int
    round_trip_ms: float | None
    remote_lost: int | None
    remote_jitter_ms: float | None
    mos: float


class LegClosed(_Frame, frozen=True, tag="leg_closed"):
    statistics: LegStatistics


class RecordingStopped(_Frame, frozen=True, tag="recording_stopped"):
    path: str
    duration_ms: int
    size: int
    sha256: str
    gaps: tuple[Gap, ...]
    heard_ms: int | None = None


class RtpLegState(_Frame, frozen=True, tag="rtp_leg"):
    opened: OpenRtpLeg  # with later updates applied; SRTP keys left out
    local: RtpLegOpened
    source: Address | None  # where the peer's audio comes from
    media_lost: bool


class BrowserLegState(_Frame, frozen=True, tag="browser_leg"):
    leg: str
    state: BrowserState
    ufrag: str
    fingerprint: str
    remote_ufrag: str
    remote_fingerprint: str
    port: int
    ssrc: int
    payload_type: int
    telephone_event: int | None
    source: Address | None
    media_lost: bool


class PlayState(msgspec.Struct, frozen=True):
    command: Play
    position_ms: int


class RecordingState(msgspec.Struct, frozen=True):
    command: StartRecording
    paused: bool
    duration_ms: int


class Snapshot(_Frame, frozen=True, tag="snapshot"):
    legs: dict[str, RtpLegState | BrowserLegState]
    topology: dict[str, tuple[Edge, ...]]
    plays: tuple[PlayState, ...]
    recordings: tuple[RecordingState, ...]
    counters: dict[str, int]


Result = Done | Refused | RtpLegOpened | BrowserLegOpened | LegStatistics | LegClosed | RecordingStopped | Snapshot

# --- events -----------------------------------------------------------------------------------------------------------


class DigitPressed(_Frame, frozen=True, tag="digit_pressed"):
    leg: str
    digit: str
    source: DigitSource
    duration_ms: int


class PlayFinished(_Frame, frozen=True, tag="play_finished"):
    leg: str
    play: str
    outcome: PlayOutcome


class BrowserLegChanged(_Frame, frozen=True, tag="browser_leg_changed"):
    leg: str
    state: BrowserState
    address_changed: bool = False
    detail: str = ""


class MediaLost(_Frame, frozen=True, tag="media_lost"):
    leg: str


class MediaResumed(_Frame, frozen=True, tag="media_resumed"):
    leg: str


class PeerSaidGoodbye(_Frame, frozen=True, tag="peer_said_goodbye"):
    """RTCP BYE: the peer stops this stream; the signalling decides what it means."""

    leg: str


class Quality(_Frame, frozen=True, tag="quality"):
    statistics: LegStatistics
    final: bool = False


class LateTicks(_Frame, frozen=True, tag="late_ticks"):
    """More than 1 % of the ticks of a period ended after the next was due."""

    late: int
    ticks: int
    worst_ms: float


class RecordingFailed(_Frame, frozen=True, tag="recording_failed"):
    recording: str
    detail: str


class RecordingQuiet(_Frame, frozen=True, tag="recording_quiet"):
    recording: str


Event = (
    DigitPressed
    | PlayFinished
    | BrowserLegChanged
    | MediaLost
    | MediaResumed
    | PeerSaidGoodbye
    | Quality
    | LateTicks
    | RecordingFailed
    | RecordingQuiet
)

# --- frames -----------------------------------------------------------------------------------------------------------


class Hello(_Frame, frozen=True, tag="hello"):
    """The worker's first frame. A changed `instance` means the worker is a new process and knows no legs."""

    version: int
    instance: str
    webrtc_port: int
    fingerprint: str
    dropped_events: int


class Request(_Frame, frozen=True, tag="request"):
    id: str
    command: msgspec.Raw


class Acknowledge(_Frame, frozen=True, tag="acknowledge"):
    """Occurrences up to this number need not be kept."""

    number: int


class Response(_Frame, frozen=True, tag="response"):
    id: str
    result: Result


class Superseded(_Frame, frozen=True, tag="superseded"):
    """The worker's last frame to a control when a newer one has connected: do not come back."""


class Occurrence(_Frame, frozen=True, tag="occurrence"):
    number: int
    event: Event


FromControl = Request | Acknowledge
FromWorker = Hello | Response | Occurrence | Superseded

_LENGTH = struct.Struct("!I")
_encoder = msgspec.msgpack.Encoder()
decode_from_control = msgspec.msgpack.Decoder(FromControl).decode
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode
decode_command = msgspec.msgpack.Decoder(Command).decode


def encode(struct_: msgspec.Struct) -> bytes:
    """The MessagePack bytes of a struct, without length."""
    return _encoder.encode(struct_)


def frame(struct_: msgspec.Struct) -> bytes:
    """A struct as it goes onto the socket."""
    body = _encoder.encode(struct_)
    return _LENGTH.pack(len(body)) + body


def request(id_: str, command: Command) -> bytes:
    """The frame of a request."""
    return frame(Request(id=id_, command=msgspec.Raw(_encoder.encode(command))))


class FrameTooLong(Exception):
    """The peer announced a frame longer than LONGEST_FRAME: the stream is out of step."""


class FrameReader:
    """Cuts a byte stream into frame bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Complete frame bodies so far; raises FrameTooLong."""
        self._buffer += data
        bodies: list[bytes] = []
        while len(self._buffer) >= 4:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > LONGEST_FRAME:
                raise FrameTooLong(str(length))
            if len(self._buffer) < 4 + length:
                break
            bodies.append(bytes(self._buffer[4 : 4 + length]))
            del self._buffer[: 4 + length]
        return bodies
