"""Typed states and events to JSON and back. Strict on the way in: a row that does not fit its type is a bug, said loudly.

But for ``understood``, by which whoever goes through rows of all kinds passes over what only a newer version writes: while
versions are changed one process after another, the older ones go on.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import msgspec
import structlog

from backend.domain.agent.messages import AgentEvent
from backend.domain.agent.model import Agent
from backend.domain.alerts.alert import Alert, AlertEvent
from backend.domain.callback.model import Callback
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.working_time import Calendar
from backend.domain.routing.entry import EntryRules
from backend.domain.routing.queue_options import QueueOptions
from backend.domain.trunks.outage import Outage
from backend.domain.wallboard.layout import Layout

log = structlog.get_logger()
T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
interaction_state = msgspec.json.Decoder(Interaction).decode
agent_state = msgspec.json.Decoder(Agent).decode
interaction_event = msgspec.json.Decoder(InteractionEvent).decode
agent_event = msgspec.json.Decoder(AgentEvent).decode
alert = msgspec.json.Decoder(Alert).decode
alert_event = msgspec.json.Decoder(AlertEvent).decode
outages = msgspec.json.Decoder(list[Outage]).decode
callback = msgspec.json.Decoder(Callback).decode
flow = msgspec.json.Decoder(Flow).decode
queue_options = msgspec.json.Decoder(QueueOptions).decode
calendar = msgspec.json.Decoder(Calendar).decode
wallboard = msgspec.json.Decoder(Layout).decode
entry_rules = msgspec.json.Decoder(EntryRules).decode


def understood(decode: Callable[[str], T], data: str) -> T | None:
    """None: of a kind, or with a value, that this version does not know."""
    try:
        return decode(data)
    except msgspec.ValidationError as unknown:
        _say(str(unknown))
        return None


@cache
def _say(what: str) -> None:
    """Once in the life of a process."""
    log.error("not_understood", what=what)


def to_json(value: object) -> str:
    return _encode(value).decode()
