"""sipvicious against the bridge: as a stranger, and from the network that the PBX is in."""

from tests.security.findings import Finding, Report
from tests.security.programs import ran
from tests.support.system import System

STRANGER, PBX = "127.0.0.2", "127.0.0.1"
"""``kc`` trusts the second only."""


async def sipvicious(kc: System) -> Report:
    report = Report(
        "sipvicious",
        "svmap, svwar (REGISTER, INVITE, OPTIONS; 100–160) and svcrack, as a stranger and from the PBX's network",
    )
    before = (await kc.bridge_counters()).get("sip_refusals.unknown_source", 0)
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
            done = await ran(f"sipvicious_{scan}", *how, "-b", address, "-p", str(kc.sip_port), "127.0.0.1", seconds=45)
            if done.status is None:
                report.broken = f"{scan} as {who}: not done in time"
            rows = [line for line in done.out.splitlines() if line.startswith("| ")][1:]
            report.findings += [Finding("sipvicious", scan, who, f"{' '.join(how)}: {row}") for row in rows]
    after = await kc.bridge_counters()
    if after.get("sip_refusals.unknown_source", 0) <= before:
        report.broken = "the bridge saw nothing of a stranger: the scan did not reach it"
    if after["sip_now.calls"]:
        report.findings.append(Finding("sipvicious", "calls left", "bridge", str(after["sip_now.calls"])))
    return report
