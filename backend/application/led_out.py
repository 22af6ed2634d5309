"""Where what is in force leads out of the house, and what rules of calls going out would cut off."""

from collections.abc import Iterator
from typing import get_args

import msgspec

from backend.application.settings import Settings
from backend.domain.kernel.numbers import normalise
from backend.domain.routing.destination import Destination, ToNumber
from backend.domain.voice.toll import may_be_called

DESTINATIONS = get_args(Destination)


class LedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A setting from which a number is called. ``object`` (``queues/Platby``) and ``field`` are named as in the history of
    settings; ``name`` is that of a menu's step or of a rule of entry, ``number`` in E.164."""

    object: str
    number: str
    field: str = ""
    name: str = ""


def led_out(settings: Settings) -> Iterator[LedOut]:
    """Of published menus and rules of entry, of queues and of lines of the exchange."""
    for flow in settings.flows.values():
        for id, node in flow.nodes.items():
            for _, number in _numbers(node):
                yield LedOut(object=f"flows/{flow.name}", name=flow.title(id), number=number)
    for point in settings.entry_points.values():
        if point.rules is not None:
            for rule in point.rules.rules:
                for _, number in _numbers(rule.to):
                    yield LedOut(object=f"numbers/{point.number}", name=rule.name, number=number)
            for _, number in _numbers(point.rules.default):
                yield LedOut(object=f"numbers/{point.number}", field="default", number=number)
    for queue in settings.queues.values():
        for field, number in _numbers(queue.options, "options"):
            yield LedOut(object=f"queues/{queue.name}", field=field, number=number)
    for line in settings.lines.values():
        yield LedOut(object=f"lines/{line.name}", number=normalise(line.number).text)


def cut_off(before: Settings, after: Settings) -> list[LedOut]:
    """Where a change of the rules of calls going out leaves nobody to be called who was not cut off already: its callers would be
    led on, or told that it is not possible. Nothing when the rules stay as they are."""
    if before.calls.outside == after.calls.outside:
        return []
    already = set(_dead(before))
    return [x for x in _dead(after) if x not in already]


def _dead(settings: Settings) -> Iterator[LedOut]:
    return (x for x in led_out(settings) if not may_be_called(settings.calls.outside, x.number))


def _numbers(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Every destination that is a number, with the path of the destination that leads there, however far."""
    if isinstance(value, ToNumber):
        yield field, normalise(value.number).text
    if isinstance(value, msgspec.Struct):
        parts = [(name, getattr(value, name)) for name in value.__struct_fields__]
    elif isinstance(value, (tuple, list)):
        parts = [(str(n), each) for n, each in enumerate(value)]
    else:
        return
    for name, part in parts:
        yield from _numbers(part, field if isinstance(value, DESTINATIONS) else f"{field}.{name}")
