"""Forgetting a person: what of a contact is about the person goes, what is counted stays.

The log of events is not changed: it is sealed, and kept as long as the law wants it (decision 0014). Screens do not show its
details of contacts that were forgotten.
"""

from msgspec.structs import replace

from backend.domain.callback.model import Callback
from backend.domain.interaction.model import Customer, Interaction

NOBODY = Customer(None)


def forgotten(s: Interaction) -> Interaction:
    """A contact that has ended, without number, name, what the caller entered and what was said by name."""
    ivr = s.ivr
    if ivr is not None:
        ivr = replace(ivr, saying=None, digits="", variables={}, attributes={})
    return replace(s, customer=NOBODY, ivr=ivr, announcement=None, verified=(), outgoing=None)


def forgotten_wish(c: Callback) -> Callback:
    return replace(c, number="", client=None)
