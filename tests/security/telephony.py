"""sipvicious against the bridge: as a stranger, and from the network that the PBX is in."""

from pathlib import Path

from tests.security.findings import Finding, Report
from tests.security.programs import ran
from tests.support.system import System

SCAN = Path(__file__).with_name("sip_scan.py")
STRANGER, PBX = "127.0.0.2", "127.0.0.1"
"""``kc`` trusts the second only."""


async def sipvicious(kc: System) -> Report:
    report = Report(
        "sipvicious",
        "svmap, svwar (REGISTER, INVITE, OPTIONS; 100–160) and svcrack, as a stranger and from the PBX's network",
    )
    for who, address in (("stranger", STRANGER), ("PBX", PBX)):
        scans = (
            ("svmap", "-m", "OPTIONS"),
            ("svmap", "-m", "INVITE"),
            ("svwar", "-e100-160", "-m", "REGISTER"),
            ("svwar", "-e100-160", "-m", "INVITE"),
            ("svwar", "-e100-160", "-m", "OPTIONS"),
            ("svcrack", "-u100", "-r1-50"),
        )
        for scan, *how in scans:
            before = await _kept_off(kc)
            program = ("sipvicious_svmap", "-b", address) if scan == "svmap" else ("python", SCAN, address, scan)
            done = await ran(*program, *how, "-p", str(kc.sip_port), "127.0.0.1", seconds=45)
            if done.status is None:
                report.broken = f"{scan} as {who}: not done in time"
            if who == "stranger" and await _kept_off(kc) <= before:
                report.broken = f"{scan} {' '.join(how)}: the bridge saw nothing of a stranger"
            rows = [line for line in done.out.splitlines() if line.startswith("| ")][1:]
            report.findings += [Finding("sipvicious", scan, who, f"{' '.join(how)}: {row}") for row in rows]
    after = await kc.bridge_counters()
    if after["sip_now.calls"]:
        report.findings.append(Finding("sipvicious", "calls left", "bridge", str(after["sip_now.calls"])))
    return report


async def _kept_off(kc: System) -> int:
    """Requests of strangers so far."""
    counters = await kc.bridge_counters()
    return sum(counters.get(f"sip_refusals.{name}", 0) for name in ("unknown_source", "source_rate"))
