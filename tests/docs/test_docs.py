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


def test_links_and_paths_in_the_documents_lead_somewhere():
    broken = []
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append((document.name, target))
    assert broken == []
