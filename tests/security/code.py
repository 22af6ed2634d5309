"""Tools that read the code: bandit, and semgrep with our own rules (its registry's packs need a network)."""

import json

from tests.security.findings import ROOT, Finding, Report
from tests.security.programs import ran

PYTHON = ("backend", "sip_bridge", "deploy")
BROWSER = ("pwa/src", "pwa/build")
RULES = ROOT / "tests" / "security" / "rules"
SEMGREP = ("--metrics", "off", "--disable-version-check")


async def bandit() -> Report:
    """All of its checks but B101: assertions here state what the code before them has made sure of."""
    report = Report("bandit", f"all checks but B101 on {', '.join(PYTHON)}")
    done = await ran("bandit", "-q", "-s", "B101", "-r", *PYTHON, "-f", "json", seconds=120)
    try:
        found = json.loads(done.out)
    except ValueError:
        report.broken = done.err[-300:] or "no answer"
        return report
    report.findings = [
        Finding("bandit", r["test_id"], r["filename"].removeprefix("./"), f"line {r['line_number']}: {r['issue_text']}")
        for r in found["results"]
    ]
    if found["errors"]:
        report.broken = str(found["errors"])[:300]
    return report


async def semgrep() -> Report:
    report = Report(
        "semgrep",
        f"our rules ({len(list(RULES.glob('*.yaml')))} files), themselves tested, on {', '.join(PYTHON + BROWSER)}",
    )
    tested = await ran("semgrep", "--test", *SEMGREP, RULES, seconds=120)
    if tested.status != 0:
        report.broken = "a rule does not find what it is for: " + (tested.out + tested.err)[-300:]
        return report
    rules = [x for path in sorted(RULES.glob("*.yaml")) for x in ("--config", str(path))]
    done = await ran("semgrep", "scan", *rules, *SEMGREP, "--json", "-q", *PYTHON, *BROWSER, seconds=240)
    try:
        found = json.loads(done.out)
    except ValueError:
        report.broken = done.err[-300:] or "no answer"
        return report
    report.findings = [
        Finding("semgrep", r["check_id"].rpartition(".")[2], r["path"], f"line {r['start']['line']}")
        for r in found["results"]
    ]
    if any(e["level"] == "error" for e in found["errors"]):
        report.broken = str(found["errors"])[:300]
    return report
