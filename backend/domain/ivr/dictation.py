"""An announcement spoken by telephone: who calls proves by a code from the screen that it may be recorded, and speaks.

The code is drawn anew for each recording, lives for minutes and is good once: no standing secret opens this door.
"""

from datetime import timedelta

import msgspec

from backend.domain.ivr.flow import Collect, Flow, Return, SetAttribute
from backend.domain.kernel.ids import FlowId, UserId

ASK_CODE: FlowId = -3
CODE = "dictation_code"
DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_WRONG = 10
"""Wrong codes keyed in, by anybody, after which those that are out are void: nobody finds one by trying."""
LONGEST = timedelta(minutes=3)
QUIET = timedelta(seconds=8)
LEAST_MS = 1000


class Dictation(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is out: what it lets be recorded, and who drew it."""

    id: int
    notice: int
    author: UserId


FLOWS: dict[FlowId, Flow] = {
    ASK_CODE: Flow(
        id=ASK_CODE,
        version=1,
        name="Hlášení telefonem",
        start="ask",
        nodes={
            "ask": Collect(
                text="Zadejte šestimístný kód z obrazovky hlášení.",
                variable=CODE,
                least=DIGITS,
                most=DIGITS,
                next="done",
                otherwise="none",
                invalid_text="Kód má šest číslic.",
            ),
            "none": SetAttribute(name=CODE, value="", next="done"),
            "done": Return(),
        },
    ),
}
WRONG = "Tento kód neplatí. Nový získáte na obrazovce hlášení. Na shledanou."
GREETING = "Po zaznění tónu namluvte hlášení. Nahrávání ukončíte křížkem nebo zavěšením."
THANKS = "Hlášení je nahrané. Zapnete ho na obrazovce hlášení. Na shledanou."
NOTHING = "Nezaznamenali jsme žádné hlášení. Získejte prosím nový kód a zavolejte znovu. Na shledanou."
FAILED = "Omlouváme se, hlášení se nepodařilo nahrát. Zavolejte prosím znovu s novým kódem. Na shledanou."
TEXTS = (WRONG, GREETING, THANKS, NOTHING, FAILED)
