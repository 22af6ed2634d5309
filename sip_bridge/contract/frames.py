"""The envelopes on the link. The bridge dials the backend; either side may be restarted at any time.

Delivery: reports are at least once, in order, from an outbox on the bridge's disk, until acknowledged by sequence
number; the backend applies each (bridge, seq) once. Commands are at least once, by id, until answered; the bridge
applies each id once and answers a repeated one with the first answer.
"""

from datetime import datetime

import msgspec

from sip_bridge.contract.commands import LegCommand, Source
from sip_bridge.contract.reports import LegEvent, LegKind, LegState
from sip_bridge.contract.trunks import UseTrunks

VERSION = 1


class LegStatus(msgspec.Struct, frozen=True, kw_only=True):
    leg: str
    kind: LegKind
    state: LegState


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First frame of the bridge: who it is, which legs it holds, and which report it will send next."""

    version: int
    bridge: str
    boot: str
    next_seq: int
    legs: tuple[LegStatus, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    seq: int
    at: datetime
    event: LegEvent


class CommandDone(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    command: str
    answer_sdp: str | None = None


class CommandRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """``code``: ``no_such_leg``, ``bad_state``, ``deadline``, ``bad_offer``, ``no_trunk``, ``unknown_command``, ``failed``,
    and those of ``WatchLines``."""

    command: str
    code: str
    detail: str = ""


class FallbackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a new call while the backend is away: play ``sources`` and hang up, or send it to ``overflow``."""

    sources: tuple[Source, ...] = ()
    overflow: str | None = None


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    version: int
    acknowledged: int
    fallback: FallbackPlan


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All reports up to and including ``seq`` are in the backend's database."""

    seq: int


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """``deadline``: after it the bridge refuses the command rather than surprise somebody. None for none."""

    id: str
    body: LegCommand
    deadline: datetime | None = None


BridgeFrame = Hello | Report | CommandDone | CommandRefused
BackendFrame = Welcome | Acknowledge | Command | UseTrunks
