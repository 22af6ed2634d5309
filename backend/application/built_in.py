"""Voice menus that come with the product: they are in no list and cannot be edited."""

from backend.domain.callback.dialogue import FLOWS as CALLBACK
from backend.domain.ivr.dictation import FLOWS as DICTATION

BUILT_IN = {**CALLBACK, **DICTATION}
