"""Every text of the screens is there in every language: ``python -m deploy.translations`` names those that are missing, or that have
lost a placeholder. ``cd pwa && npm run extract`` puts new texts of the sources into the catalogues."""

import re
import sys
from pathlib import Path

LOCALES = Path(__file__).resolve().parent.parent / "pwa" / "src" / "locales"
PARTS = ("", "admin/")
LANGUAGES = ("sk", "en")
SOURCE = "cs"
_ENTRY = re.compile(r'^msgid (".*"(?:\n".*")*)\nmsgstr (".*"(?:\n".*")*)$', re.MULTILINE)
_NAME = re.compile(r"\{(\w+)(?=[,}])|<(/?\d+/?)>")


def catalogue(part: str, language: str) -> dict[str, str]:
    """Texts by what they are in the source language."""
    found = _ENTRY.findall((LOCALES / f"{part}{language}.po").read_text(encoding="utf-8"))
    return {text: said for key, value in found if (text := _text(key)) and (said := _text(value)) is not None}


def _text(quoted: str) -> str:
    joined = "".join(line[1:-1] for line in quoted.split("\n"))
    return joined.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def _names(text: str) -> set[str]:
    return {name or tag for name, tag in _NAME.findall(text)}


def problems() -> list[str]:
    found = []
    for part in PARTS:
        texts = set(catalogue(part, SOURCE))
        for language in LANGUAGES:
            known = catalogue(part, language)
            where = f"{part}{language}.po"
            found += [f"{where}: not extracted: {text}" for text in sorted(texts - known.keys())]
            found += [f"{where}: no longer used: {text}" for text in sorted(known.keys() - texts)]
            for text, said in known.items():
                if not said:
                    found.append(f"{where}: not translated: {text}")
                elif _names(text) != _names(said):
                    found.append(f"{where}: other placeholders: {text} → {said}")
    return found


if __name__ == "__main__":
    wrong = problems()
    print("\n".join(wrong))
    if wrong:
        sys.exit(f"{len(wrong)} texts: see docs/decisions/0018-languages.md")
