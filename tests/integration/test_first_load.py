"""What an agent's browser must load before the desk can be used."""

import re
from pathlib import Path

PWA = Path(__file__).resolve().parents[2] / "pwa"
DIST = PWA / "dist"
MOST_SCRIPT = 200_000
"""Bytes as they travel (Brotli), of all scripts before the first picture."""
_STATIC = re.compile(r"""(?:import|from)\s*["']\./([\w.-]+\.js)["']""")


def scripts(language: str = "cs") -> dict[str, int]:
    """Scripts of the first picture: those of the page, what they import statically, and one language."""
    page = (DIST / "index.html").read_text()
    wanted = re.findall(r"/assets/([\w.-]+\.js)", page)
    entry = (DIST / "assets" / wanted[0]).read_text()
    (texts,) = re.findall(rf"""desk:\s*\{{[^}}]*?import\(["'`]\./({language}-[\w-]+\.js)["'`]\)""", entry)
    found: dict[str, int] = {}
    for name in (waiting := [*wanted, texts]):
        if name in found:
            continue
        path = DIST / "assets" / name
        packed = path.with_name(f"{name}.br")
        found[name] = (packed if packed.exists() else path).stat().st_size
        waiting.extend(_STATIC.findall(path.read_text()))
    return found


def test_first_load_of_the_desk_is_at_most_200_kb_of_compressed_script():
    found = scripts()
    assert sum(found.values()) <= MOST_SCRIPT, sorted(found.items(), key=lambda x: -x[1])
    assert len(found) > 3 and any(name.startswith("cs-") for name in found)


def test_every_script_and_style_travels_compressed():
    bare = [
        path.name
        for path in DIST.rglob("*")
        if path.suffix in (".js", ".css", ".html")
        and path.stat().st_size > 512
        and not (path.with_name(path.name + ".br").exists() and path.with_name(path.name + ".gz").exists())
    ]
    assert bare == []
