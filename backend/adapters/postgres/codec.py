"""Typed states and events to JSON and back. Strict on the way in: a row that does not fit its type is a bug, said loudly."""

import msgspec

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
from backend.domain.wallboard.layout import Layout

_encode = msgspec.json.Encoder().encode
interaction_state = msgspec.json.Decoder(Interaction).decode
agent_state = msgspec.json.Decoder(Agent).decode
interaction_event = msgspec.json.Decoder(InteractionEvent).decode
agent_event = msgspec.json.Decoder(AgentEvent).decode
alert = msgspec.json.Decoder(Alert).decode
alert_event = msgspec.json.Decoder(AlertEvent).decode
callback = msgspec.json.Decoder(Callback).decode
flow = msgspec.json.Decoder(Flow).decode
queue_options = msgspec.json.Decoder(QueueOptions).decode
calendar = msgspec.json.Decoder(Calendar).decode
wallboard = msgspec.json.Decoder(Layout).decode
entry_rules = msgspec.json.Decoder(EntryRules).decode


def to_json(value: object) -> str:
    return _encode(value).decode()
