"""What a waiting caller hears, in Czech as a Czech says it."""

from datetime import timedelta
from math import ceil

from backend.domain.routing.destination import ToCallback, ToVoicemail
from backend.domain.routing.queue_options import Announcements, ExitKey, SayExpectedWait, SayPosition

_UNITS = ["", "první", "druhý", "třetí", "čtvrtý", "pátý", "šestý", "sedmý", "osmý", "devátý"]
_TEENS = [
    "desátý",
    "jedenáctý",
    "dvanáctý",
    "třináctý",
    "čtrnáctý",
    "patnáctý",
    "šestnáctý",
    "sedmnáctý",
    "osmnáctý",
    "devatenáctý",
]
_TENS = [
    "",
    "",
    "dvacátý",
    "třicátý",
    "čtyřicátý",
    "padesátý",
    "šedesátý",
    "sedmdesátý",
    "osmdesátý",
    "devadesátý",
]
LAST_ORDINAL = 99
_RANGES = (
    (120, "jedna až dvě minuty"),
    (180, "dvě až tři minuty"),
    (240, "tři až čtyři minuty"),
    (300, "čtyři až pět minut"),
    (420, "pět až sedm minut"),
    (600, "sedm až deset minut"),
    (900, "deset až patnáct minut"),
    (1200, "patnáct až dvacet minut"),
    (1800, "dvacet až třicet minut"),
    (2700, "třicet až čtyřicet pět minut"),
    (3600, "čtyřicet pět minut až hodina"),
)


def ordinal(n: int) -> str:
    """1 to LAST_ORDINAL, masculine: ``dvacátý první``."""
    if n < 10:
        return _UNITS[n]
    if n < 20:
        return _TEENS[n - 10]
    return f"{_TENS[n // 10]} {_UNITS[n % 10]}".strip()


def place(n: int) -> str:
    """``na dvacátém prvním místě``: right for men and women alike."""
    words = ordinal(n).split()
    return f"na {' '.join(w[:-1] + ('ém' if w.endswith('ý') else 'ím') for w in words)} místě"


def position_text(position: int) -> str:
    """The place in the queue."""
    if position == 1:
        return "Jste první v pořadí. Prosíme, zůstaňte na lince."
    if position <= LAST_ORDINAL:
        return f"V pořadí jste {place(position)}. Prosíme, vyčkejte."
    return f"Vaše pořadí ve frontě je {position}. Prosíme, vyčkejte."


def more_text(limit: int) -> str:
    """That more than ``limit`` wait."""
    who = "jeden volající" if limit == 1 else f"{limit} volající" if limit < 5 else f"{limit} volajících"
    return f"Ve frontě čeká více než {who}. Prosíme, vyčkejte."


def wait_text(wait: timedelta, round_s: int = 60) -> str:
    """The expected wait, rounded up to ``round_s`` and told as a range, for nobody can promise a second."""
    seconds = wait.total_seconds()
    if round_s > 0:
        seconds = ceil(seconds / round_s) * round_s
    if seconds <= 60:
        return "Přibližná doba čekání: do jedné minuty."
    for limit, words in _RANGES:
        if seconds <= limit:
            return f"Přibližná doba čekání: {words}."
    return "Přibližná doba čekání: více než hodina."


def usual_texts(places: int) -> list[str]:
    """What is said most: the first places, and all expected waits."""
    limits = (60, *(limit for limit, _ in _RANGES), 3601)
    return [
        *(position_text(n) for n in range(1, places + 1)),
        *(wait_text(timedelta(seconds=limit), 0) for limit in limits),
    ]


_KEYS = {
    "0": "nulu",
    "1": "jedničku",
    "2": "dvojku",
    "3": "trojku",
    "4": "čtyřku",
    "5": "pětku",
    "6": "šestku",
    "7": "sedmičku",
    "8": "osmičku",
    "9": "devítku",
    "*": "hvězdičku",
    "#": "křížek",
}


def key_texts(keys: tuple[ExitKey, ...]) -> list[str]:
    """That who waits may be called back, or leave a message, instead."""
    found = []
    for key in keys:
        if isinstance(key.to, ToCallback):
            found.append(f"Pokud chcete, abychom vám zavolali zpět, stiskněte {_KEYS[key.key]}.")
        elif isinstance(key.to, ToVoicemail):
            found.append(f"Pokud chcete zanechat vzkaz, stiskněte {_KEYS[key.key]}.")
    return found


def announcement(
    rules: Announcements, position: int, wait: timedelta | None, *, first: bool, keys: tuple[ExitKey, ...] = ()
) -> str | None:
    """What is said of place and wait, a line for each text so that each is spoken once for all; None when nothing is.

    ``first``: on entry, with the first message. ``keys`` that lead to a callback or a message are told with the place.
    """
    parts = [rules.first_message] if first and rules.first_message else []
    if rules.position is SayPosition.YES or (
        rules.position in (SayPosition.LIMIT, SayPosition.MORE) and position <= rules.position_limit
    ):
        parts.append(position_text(position))
    elif rules.position is SayPosition.MORE:
        parts.append(more_text(rules.position_limit))
    told = rules.expected_wait is SayExpectedWait.YES or (first and rules.expected_wait is SayExpectedWait.ONCE)
    if told and wait is not None:
        parts.append(wait_text(wait, rules.round_s))
    if parts or first:
        parts += key_texts(keys)
    return "\n".join(parts) or None


def comfort_message(rules: Announcements, n: int, chance: int) -> str | None:
    """The ``n``-th periodic message (from 0), in order or, by ``chance``, any."""
    if not rules.comfort:
        return None
    return rules.comfort[(chance if rules.comfort_random else n) % len(rules.comfort)]
