"""Typed states and events to JSON and back. Strict on the way in: a row that does not fit its type is a bug, said loudly."""

import msgspec

from backend.domain.agent.machine import AgentEvent
from backend.domain.agent.model import Agent
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction
from backend.domain.ivr.flow import Flow

_encode = msgspec.json.Encoder().encode
interaction_state = msgspec.json.Decoder(Interaction).decode
agent_state = msgspec.json.Decoder(Agent).decode
interaction_event = msgspec.json.Decoder(InteractionEvent).decode
agent_event = msgspec.json.Decoder(AgentEvent).decode
flow = msgspec.json.Decoder(Flow).decode


def to_json(value: object) -> str:
    return _encode(value).decode()
