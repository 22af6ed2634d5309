"""What a caller is asked who wants to be called back: a voice menu like any other, that comes with the product.

``callback_next`` and ``callback_when`` are values for its texts: the next time at which somebody can call, and in words.
"""

import re
from datetime import datetime, timedelta

from backend.domain.ivr.flow import Collect, Flow, Menu, Node, Return, SetAttribute
from backend.domain.kernel.ids import FlowId
from backend.domain.kernel.working_time import PRAGUE, Calendar
from backend.domain.voice.czech import clock

ASK: FlowId = -1
REFUSED: FlowId = -2
CHOSEN = "callback"
"""Attribute with the caller's choice: ``now``, ``HHMM``, ``next`` (the time offered), or ``no``."""

_TIME_TEXT = "Zadejte hodinu a minutu čtyřmi číslicemi. Pro půl třetí odpoledne stiskněte jedna, čtyři, tři, nula."
_TIME = Collect(
    text=_TIME_TEXT,
    variable="callback_time",
    least=4,
    most=4,
    next="chosen",
    otherwise="no",
    invalid_text="Tomu nerozumíme.",
)
_CHOICES: dict[str, Node] = {
    "time": _TIME,
    "chosen": SetAttribute(name=CHOSEN, value="{callback_time}", next="done"),
    "no": SetAttribute(name=CHOSEN, value="no", next="done"),
    "done": Return(),
}

FLOWS: dict[FlowId, Flow] = {
    ASK: Flow(
        id=ASK,
        version=1,
        name="Zpětné volání",
        start="ask",
        nodes={
            "ask": Menu(
                text=(
                    "Zavoláme vám zpět na číslo, ze kterého voláte. O své pořadí nepřijdete."
                    " Pro zavolání, jakmile na vás přijde řada, stiskněte jedničku. Chcete-li zavolat v určitou dobu,"
                    " stiskněte dvojku. Pro návrat do fronty stiskněte hvězdičku."
                ),
                choices={"1": "now", "2": "time", "*": "no"},
                otherwise="no",
            ),
            "now": SetAttribute(name=CHOSEN, value="now", next="done"),
            **_CHOICES,
        },
    ),
    REFUSED: Flow(
        id=REFUSED,
        version=1,
        name="Zpětné volání, jiný čas",
        start="ask",
        nodes={
            "ask": Menu(
                text=(
                    "V tuto dobu nepracujeme. Nejbližší možný čas je {callback_when}. Pokud souhlasíte, stiskněte jedničku."
                    " Pro jiný čas stiskněte dvojku, pro návrat do fronty hvězdičku."
                ),
                choices={"1": "next", "2": "time", "*": "no"},
                otherwise="no",
            ),
            "next": SetAttribute(name=CHOSEN, value="next", next="done"),
            **_CHOICES,
        },
    ),
}
THANKS = "Děkujeme, zavoláme vám. Na shledanou."
THANKS_AT = "Děkujeme, zavoláme vám {callback_when}. Na shledanou."
NOT_LET_OUT = "Na vaše číslo zpět volat nemůžeme. Prosíme, vyčkejte."
NO_NUMBER = "Vaše číslo nevidíme, zpět vám proto zavolat nemůžeme. Prosíme, vyčkejte."

_DAYS = ("v pondělí", "v úterý", "ve středu", "ve čtvrtek", "v pátek", "v sobotu", "v neděli")


def at_time(digits: str, now: datetime) -> datetime | None:
    """The next instant with this wall time (``HHMM``) in Prague; None when there is no such time."""
    if not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", digits):
        return None
    local = now.astimezone(PRAGUE)
    wanted = local.replace(hour=int(digits[:2]), minute=int(digits[2:]), second=0, microsecond=0)
    return wanted if wanted > local else wanted + timedelta(days=1)


def possible(wanted: datetime, calendar: Calendar | None) -> datetime:
    """``wanted`` when the queue works then, otherwise the next time at which it does (``wanted`` when it never does)."""
    return wanted if calendar is None else calendar.next_opening(wanted) or wanted


def when_words(at: datetime, now: datetime) -> str:
    """``dnes ve čtrnáct hodin``, ``zítra v osm hodin``, ``v pondělí v osm hodin``."""
    local, today = at.astimezone(PRAGUE), now.astimezone(PRAGUE).date()
    days = (local.date() - today).days
    day = {0: "dnes", 1: "zítra"}.get(days, _DAYS[local.weekday()] if days < 7 else f"{local.day}. {local.month}.")
    before = "ve" if local.hour in (2, 3, 4, 12, 13, 14, 20, 21, 22, 23) else "v"
    return f"{day} {before} {_accusative(clock(f'{local.hour}:{local.minute:02}'))}"


def _accusative(words: str) -> str:
    """``jedna hodina`` → ``jednu hodinu``; other numbers do not change."""
    return words.replace("jedna hodina", "jednu hodinu").replace("jedna minuta", "jednu minutu")
