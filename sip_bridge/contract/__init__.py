"""The contract between the bridge and the backend: versioned, typed frames in leg words.

This package is the only part of the bridge that the backend may import. It knows legs, prompts, recordings and who
hears whom; it knows neither SIP nor queues. See docs/decisions/0003-bridge-contract.md.
"""

from sip_bridge.contract.codec import ContractError, UnknownFrame, decode_backend_frame, decode_bridge_frame, encode
from sip_bridge.contract.commands import (
    AnswerLeg,
    ChangeRecording,
    CloseBrowserLeg,
    DialLeg,
    Edge,
    HangUpLeg,
    LegCommand,
    Music,
    OpenBrowserLeg,
    PauseRecording,
    Play,
    Prompt,
    RejectLeg,
    ResumeRecording,
    RingLeg,
    SendDigits,
    SetTopology,
    Source,
    StartRecording,
    StopPlay,
    StopRecording,
    Tone,
    ToneSource,
)
from sip_bridge.contract.frames import (
    VERSION,
    Acknowledge,
    BackendFrame,
    BridgeFrame,
    Command,
    CommandDone,
    CommandRefused,
    FallbackPlan,
    Hello,
    LegStatus,
    Report,
    Welcome,
)
from sip_bridge.contract.lines import LineChanged, LineState, WatchLines
from sip_bridge.contract.reports import (
    BrowserLegChanged,
    Connected,
    DigitPressed,
    DigitSource,
    EndCause,
    EndedBy,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeldByPeer,
    LegKind,
    LegOffered,
    LegRinging,
    LegState,
    MediaLost,
    MediaResumed,
    PlayFinished,
    PlayOutcome,
    Quality,
    QualityMeasured,
    RecordingEnded,
    RecordingFailed,
    RecordingStarted,
)
from sip_bridge.contract.transfers import AnswerTransfer, TransferAsked
from sip_bridge.contract.trunks import (
    Login,
    Srtp,
    Transport,
    TrunkHealth,
    TrunksChanged,
    TrunkSpec,
    TrunkState,
    UseTrunks,
)
