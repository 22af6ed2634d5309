"""Languages of the screens."""

from enum import StrEnum


class Locale(StrEnum):
    CS = "cs"
    SK = "sk"
    EN = "en"
