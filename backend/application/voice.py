"""From what a call should sound like, before and after, to what the bridge is told. The one place of translation."""

import hashlib

from backend.domain.voice.plan import HoldMusic, PlayPlan, Recorded, RecordingPlan, Speech, VoicePlan
from sip_bridge.contract import (
    Edge,
    HangUpLeg,
    LegCommand,
    Music,
    PauseRecording,
    Play,
    Prompt,
    ResumeRecording,
    SetTopology,
    StartRecording,
    StopPlay,
    StopRecording,
)


def prompt_key(text: str) -> str:
    """The name of the audio of a spoken text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def difference(group: str, before: VoicePlan | None, after: VoicePlan | None) -> list[LegCommand]:
    """Commands that turn ``before`` into ``after``, in the order in which the customer should notice them."""
    if after is None or before == after:
        return []
    before = before or VoicePlan(leg=after.leg)
    commands: list[LegCommand] = []
    if after.over:
        if before.recording:
            commands.append(StopRecording(recording=before.recording.id))
        if before.hears:
            commands.append(SetTopology(group=group, edges=()))
        if not before.over:
            commands.append(HangUpLeg(leg=after.leg))
        return commands
    if before.play and not after.play:
        commands.append(StopPlay(leg=after.leg))
    if before.hears != after.hears:
        commands.append(SetTopology(group=group, edges=tuple(Edge(a, b) for a, b in after.hears)))
    if after.play and (before.play is None or before.play.id != after.play.id):
        commands.append(_play(after.leg, after.play))
    commands += _recording(group, before.recording, after.recording)
    return commands


def _play(leg: str, play: PlayPlan) -> Play:
    sources = tuple(_source(source) for source in play.sources)
    return Play(leg=leg, play=play.id, sources=sources, loop_last=play.loop_last, stop_on_digit=play.stop_on_digit)


def _source(source: Speech | Recorded | HoldMusic) -> Prompt | Music:
    match source:
        case Speech(text=text):
            return Prompt(prompt_key(text))
        case Recorded(key=key):
            return Prompt(key)
        case HoldMusic(name=name):
            return Music(name)


def spoken(plan: VoicePlan | None) -> dict[str, str]:
    """Texts that must have audio before the plan's play can start: key to text."""
    if plan is None or plan.play is None:
        return {}
    return {prompt_key(s.text): s.text for s in plan.play.sources if isinstance(s, Speech)}


def _recording(group: str, before: RecordingPlan | None, after: RecordingPlan | None) -> list[LegCommand]:
    if before == after:
        return []
    commands: list[LegCommand] = []
    if before and (after is None or after.id != before.id):
        commands.append(StopRecording(recording=before.id))
        before = None
    if after and before is None:
        commands.append(
            StartRecording(recording=after.id, group=group, left=(after.customer,), right=after.agents),
        )
    was_paused = before.paused if before else False
    if after and after.paused != was_paused:
        kind = PauseRecording if after.paused else ResumeRecording
        commands.append(kind(recording=after.id))
    return commands
