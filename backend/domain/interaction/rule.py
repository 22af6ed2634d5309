"""The shape of a rule: ``rule(state, command, now)`` answers with events, an empty list, or a Refusal."""

from collections.abc import Callable

from backend.domain.interaction.events import InteractionEvent
from backend.domain.kernel.refusal import Refusal

Events = list[InteractionEvent]
Rule = Callable[..., Events | Refusal]
