"""From what a call should sound like, before and after, to what the bridge is told. The one place of translation."""

import hashlib
from collections.abc import Iterable

from backend.domain.agent.handset import RING
from backend.domain.voice.handsets import HandsetPlan
from backend.domain.voice.plan import VoicePlan
from backend.domain.voice.sounds import Beep, HoldMusic, PlayPlan, Recorded, RecordingPlan, Ringback, Sound, Speech
from sip_bridge.contract import (
    ChangeRecording,
    DialLeg,
    Edge,
    HangUpLeg,
    LegCommand,
    Music,
    PauseRecording,
    Play,
    Prompt,
    ResumeRecording,
    SetTopology,
    Source,
    StartRecording,
    StopPlay,
    StopRecording,
    Tone,
    ToneSource,
)


def prompt_key(text: str) -> str:
    """The name of the audio of a spoken text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def difference(group: str, before: VoicePlan | None, after: VoicePlan | None, trunk: str = "pbx") -> list[LegCommand]:
    """Commands that turn ``before`` into ``after``, in the order in which the customer should notice them.

    ``trunk`` is where legs of ours are dialled.
    """
    if after is None or before == after:
        return []
    before = before or VoicePlan(leg=after.leg)
    was, shall = dict(before.plays), dict(after.plays)
    dialled, wanted = {d.leg: d for d in before.dials}, {d.leg: d for d in after.dials}
    ending = {leg: None for leg in dialled if leg not in wanted}
    if after.over:
        commands: list[LegCommand] = []
        if before.recording:
            commands.append(StopRecording(recording=before.recording.id))
        if before.hears:
            commands.append(SetTopology(group=group, edges=()))
        commands += [StopPlay(leg=leg) for leg in was if leg != after.leg and leg not in ending]
        if not before.over:
            ending = {after.leg: None} | ending
        return [*commands, *(HangUpLeg(leg=leg) for leg in ending)]
    commands = [StopPlay(leg=leg) for leg in was if leg not in shall and leg not in ending]
    if before.hears != after.hears:
        commands.append(SetTopology(group=group, edges=tuple(Edge(a, b) for a, b in after.hears)))
    commands += [_play(leg, play) for leg, play in shall.items() if leg not in was or was[leg].id != play.id]
    commands += _recording(group, before.recording, after.recording)
    commands += [HangUpLeg(leg=leg) for leg in ending]
    commands += [
        DialLeg(leg=d.leg, trunk=trunk, to=d.number, caller=d.shown, ring_timeout_s=d.ring_s)
        for leg, d in wanted.items()
        if leg not in dialled
    ]
    return commands


def handset_difference(before: HandsetPlan | None, after: HandsetPlan | None, trunk: str) -> list[LegCommand]:
    """As ``difference``, of an agent's handset."""
    if before == after:
        return []
    if after is None:
        return [HangUpLeg(leg=before.leg)] if before is not None else []
    if before is None or before.dial != after.dial:
        return [DialLeg(leg=after.leg, trunk=trunk, to=after.number, ring_timeout_s=RING.total_seconds())]
    if after.play is not None:
        return [_play(after.leg, after.play)]
    return [StopPlay(leg=after.leg)] if before.play is not None else []


def _play(leg: str, play: PlayPlan) -> Play:
    sources = tuple(_source(sound) for sound in play.sources)
    return Play(leg=leg, play=play.id, sources=sources, loop_last=play.loop_last, stop_on_digit=play.stop_on_digit)


def _source(sound: Sound) -> Source:
    match sound:
        case Speech(text=text):
            return Prompt(prompt_key(text))
        case Recorded(key=key):
            return Prompt(key)
        case HoldMusic(name=name):
            return Music(name)
        case Beep():
            return ToneSource(Tone.BEEP)
        case Ringback():
            return ToneSource(Tone.RINGBACK)


def spoken(plan: VoicePlan | None) -> dict[str, str]:
    """Texts that must have audio before the plan's plays can start: key to text."""
    return _spoken(play for _, play in plan.plays) if plan is not None else {}


def spoken_on(plan: HandsetPlan | None) -> dict[str, str]:
    return _spoken((plan.play,)) if plan is not None and plan.play is not None else {}


def _spoken(plays: Iterable[PlayPlan]) -> dict[str, str]:
    return {prompt_key(s.text): s.text for play in plays for s in play.sources if isinstance(s, Speech)}


def _recording(group: str, before: RecordingPlan | None, after: RecordingPlan | None) -> list[LegCommand]:
    if before == after:
        return []
    commands: list[LegCommand] = []
    if before and (after is None or after.id != before.id):
        commands.append(StopRecording(recording=before.id))
        before = None
    if after and before is None and not after.paused:
        commands.append(
            StartRecording(
                recording=after.id, group=group, left=(after.customer,), right=after.agents, quiet_s=after.quiet_s
            ),
        )
        return commands
    if after and before and before.agents != after.agents:
        commands.append(ChangeRecording(recording=after.id, left=(after.customer,), right=after.agents))
    if after and before and after.paused != before.paused:
        kind = PauseRecording if after.paused else ResumeRecording
        commands.append(kind(recording=after.id))
    return commands
