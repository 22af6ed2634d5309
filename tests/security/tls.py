"""sslyze and testssl against nginx with the configuration in deploy/proxy, in front of a running API."""

import json
import re
from pathlib import Path

from tests.security.findings import Finding, Report
from tests.security.programs import ran
from tests.support.proxy import NAME, Proxy

HARMLESS = ("OK", "INFO", "DEBUG", "WARN")


async def sslyze(tls: Proxy, folder: Path) -> Report:
    report = Report("sslyze", "all scans of the proxy, compared with Mozilla's intermediate profile")
    answer = folder / "sslyze.json"
    done = await ran(
        "sslyze", f"--sni={NAME}", f"--certinfo_ca_file={tls.authority}", "--mozilla_config=intermediate",
        f"--json_out={answer}", f"127.0.0.1:{tls.https_port}", seconds=150,
    )  # fmt: skip
    if done.status is None or not answer.exists():
        report.broken = (done.out + done.err)[-300:]
        return report
    scanned = json.loads(answer.read_text())["server_scan_results"][0]
    if scanned["scan_status"] != "COMPLETED":
        report.broken = str(scanned["connectivity_error_trace"])[:300]
        return report
    complaints = done.out.partition("COMPLIANCE AGAINST")[2]
    report.findings = [
        Finding("sslyze", line.split(":", 1)[0].strip(" *"), NAME, line.strip())
        for line in complaints.splitlines()
        if re.match(r" *\* [a-z_]+:", line)
    ]
    if "Compliant" not in complaints and not report.findings:
        report.broken = done.out[-400:]
    for name, result in (scanned["scan_result"] or {}).items():
        if result["status"] == "ERROR":
            report.findings.append(Finding("sslyze", "scan failed", name, str(result["error_reason"])))
    return report


async def testssl(tls: Proxy, folder: Path) -> Report:
    report = Report("testssl", "protocols, suites, forward secrecy, certificate, headers, all its known attacks")
    answer = folder / "testssl.json"
    done = await ran(
        "testssl", "--quiet", "--warnings", "off", "--color", "0", "--add-ca", tls.authority, "--ip", "127.0.0.1",
        "-p", "-s", "-f", "-S", "-h", "-U", "--jsonfile", answer, f"{NAME}:{tls.https_port}", seconds=240,
    )  # fmt: skip
    if done.status is None or not answer.exists():
        report.broken = (done.out + done.err)[-300:] or "not done in time"
        return report
    lines = json.loads(answer.read_text())
    report.findings = [
        Finding("testssl", x["id"], NAME, f"{x['severity']}: {x['finding']}")
        for x in lines
        if x["severity"] not in HARMLESS
    ]
    if not any(x["id"] == "TLS1_3" for x in lines):
        report.broken = f"it did not look at the protocols: {lines[-3:]}"
    return report
