"""What a tool found, and what docs/security.md says about it."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
HEADING = "## Explained findings"
ROW = re.compile(
    r"^\| *(?P<tool>[\w ()-]+?) *\| *`(?P<check>[^`]+)` *\| *`(?P<place>[^`]+)` *\| *(?P<most>\d+) *\| *(?P<why>.+?) *\|$"
)


@dataclass(frozen=True)
class Finding:
    """``check`` is the tool's name of what is wrong, ``place`` a file, field, route or address."""

    tool: str
    check: str
    place: str
    detail: str = ""


@dataclass(frozen=True)
class Explanation:
    """Covers at most ``most`` findings of a tool, so that a new one beside them is seen."""

    tool: str
    check: str
    place: str
    most: int
    why: str

    def covers(self, finding: Finding) -> bool:
        return (
            finding.tool == self.tool
            and fnmatch.fnmatchcase(finding.check, self.check)
            and fnmatch.fnmatchcase(finding.place, self.place)
        )


@dataclass
class Report:
    """One line of the table. ``broken``: why the tool's word cannot be taken, though it found nothing."""

    tool: str
    tried: str
    findings: list[Finding] = field(default_factory=list)
    broken: str | None = None


def explanations(document: str) -> list[Explanation]:
    """The rows of the table under the heading. Raises ValueError for one that cannot be read: it would explain nothing."""
    rows = [line for line in document.partition(HEADING)[2].splitlines() if line.startswith("|")][2:]
    found = []
    for row in rows:
        if (parts := ROW.match(row)) is None:
            raise ValueError(f"not a row of explained findings: {row}")
        found.append(Explanation(parts["tool"], parts["check"], parts["place"], int(parts["most"]), parts["why"]))
    return found


def judged(findings: list[Finding], known: list[Explanation]) -> tuple[list[Finding], Counter[Explanation]]:
    """What nothing explains, and how often each explanation was used."""
    used: Counter[Explanation] = Counter()
    open_ = []
    for finding in findings:
        fitting = next((x for x in known if x.covers(finding) and used[x] < x.most), None)
        if fitting is None:
            open_.append(finding)
        else:
            used[fitting] += 1
    return open_, used
