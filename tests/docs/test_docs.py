"""The documentation is whole: every requirement has a row, the tests it names exist, links lead somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {
    "GEN": 12, "IN": 38, "IVR": 6, "OUT": 29, "CHAT": 10, "MSG": 7, "AGT": 37, "REP": 41, "SUP": 12, "WB": 11, "REC": 20,
    "CDB": 12, "ADM": 23, "ANA": 8, "INF": 5, "SEC": 13, "API": 11,
}  # fmt: skip
ROW = re.compile(r"^\| ([A-Z]+-\d+) \| .* \| (\*\*done\*\*|\*partly\*|open) \| (.*) \| (.*) \|$", re.M)


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall((ROOT / "docs" / "requirements.md").read_text())


def test_every_requirement_has_one_row():
    wanted = [f"{area}-{n:02}" for area, count in COUNTS.items() for n in range(1, count + 1)]
    assert [id for id, *_ in rows()] == wanted


def test_tests_named_by_requirements_exist():
    missing = [
        (id, name)
        for id, _, _, tests in rows()
        for name in filter(None, re.split(r", ", tests.replace("–", "")))
        if not (ROOT / name.strip()).exists()
    ]
    assert missing == []


def test_nothing_is_called_done_without_evidence():
    assert [id for id, state, what, tests in rows() if state == "**done**" and not tests.strip()] == []


def named(folder: str) -> dict[str, set[str]]:
    """Requirement → files of a folder with a test that carries its ID in its name: ``test_in_34_in_35_…``, ``test_rec_07_08_…``."""
    found: dict[str, set[str]] = {}
    areas = "|".join(COUNTS).lower()
    for path in sorted((ROOT / "tests" / folder).glob("test_*.py")):
        for name in re.findall(r"def (test_\w+)", path.read_text()):
            for area, numbers in re.findall(rf"(?<=_)({areas})((?:_\d\d)+)(?=_|$)", name):
                for number in re.findall(r"\d\d", numbers):
                    found.setdefault(f"{area.upper()}-{number}", set()).add(f"tests/{folder}/{path.name}")
    return found


VOICE = {
    **{f"IN-{n:02}": None for n in range(1, 39)},
    **{f"IVR-{n:02}": None for n in range(1, 7)},
    **{f"REC-{n:02}": None for n in range(1, 19)},
    **{f"AGT-{n:02}": None for n in (2, 4, *range(22, 31), *range(32, 36))},
    "SUP-12": None,
}
"""What a caller and an agent can do with a call."""


def test_every_requirement_of_voice_has_a_scenario_of_its_name_and_its_row_leads_there():
    scenarios: dict[str, set[str]] = {}
    for folder in ("scenarios", "sip"):
        for id, files in named(folder).items():
            scenarios.setdefault(id, set()).update(files)
    leads = {id: set(re.split(r", ", tests)) for id, _, _, tests in rows()}
    assert [id for id in VOICE if id not in scenarios] == []
    assert [id for id in VOICE if not scenarios[id] & leads[id]] == []
    assert [id for id in scenarios if id not in leads] == [], "a name of a requirement that is none"


def test_links_and_paths_in_the_documents_lead_somewhere():
    broken = []
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append((document.name, target))
    assert broken == []


WITHIN = ("", "backend", "sip_bridge", "backend/application", "sip_bridge/node")
"""Where a path of the architecture may start: the text names a part once, and then what is in it."""


def test_files_and_names_of_the_architecture_exist():
    """A newcomer follows one call by what the document names: files, names in modules (``a/b.name``), and types."""
    prose = re.sub(r"```.*?```", "", (ROOT / "docs" / "architecture.md").read_text(), flags=re.S)
    named = re.findall(r"`([^`]+)`", prose)
    code = "\n".join(path.read_text() for part in WITHIN[1:3] for path in (ROOT / part).rglob("*.py"))
    types = [name for name in named if re.fullmatch(r"[A-Z][A-Za-z]+", name)]
    paths = [name for name in named if "/" in name]
    assert [name for name in types if not re.search(rf"\b{name}\b", code)] == []
    assert [name for name in paths if not any(leads_somewhere(ROOT / within, name) for within in WITHIN)] == []
    assert len(types) > 10 and len(paths) > 40


def leads_somewhere(folder: Path, name: str) -> bool:
    module, _, last = name.rpartition(".")
    if (folder / name).exists():
        return True
    source = folder / f"{module}.py"
    return source.exists() and bool(re.search(rf"^\s*(async def|def|class) {last}\b", source.read_text(), re.M))
