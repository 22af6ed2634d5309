"""sslyze and testssl against nginx with the configuration in deploy/proxy, in front of a running API."""

import json
import re
from pathlib import Path

from tests.security.findings import Finding, Report
from tests.security.programs import ran
from tests.support.proxy import NAME, Proxy

HARMLESS = ("OK", "INFO", "DEBUG")
"""WARN is not among them: that is how testssl says that it could not look."""
LOOKED_BY_SSLYZE = frozenset(
    {
        "certificate_info", "ssl_2_0_cipher_suites", "ssl_3_0_cipher_suites", "tls_1_0_cipher_suites",
        "tls_1_1_cipher_suites", "tls_1_2_cipher_suites", "tls_1_3_cipher_suites", "elliptic_curves", "heartbleed",
        "openssl_ccs_injection", "robot", "session_renegotiation", "tls_compression", "tls_fallback_scsv",
    }
)  # fmt: skip
LOOKED_BY_TESTSSL = (
    "SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3",  # -p
    "cipherlist_NULL", "cipherlist_LOW", "cipherlist_STRONG",  # -s
    "PFS",  # -f
    "cert_trust", "cert_chain_of_trust",  # -S
    "HSTS_time",  # -h
    "heartbleed", "ROBOT", "SWEET32", "LUCKY13", "RC4",  # -U
)  # fmt: skip
"""What must stand in its answer, of each of its parts: a part that was left out would find nothing."""


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
    if ("OK - Compliant" not in complaints or done.status) and not report.findings:
        report.broken = f"status {done.status}: {done.out[-400:]}"
    results = scanned["scan_result"] or {}
    for name in sorted(LOOKED_BY_SSLYZE | results.keys()):
        result = results.get(name, {"status": "NOT_SCHEDULED"})
        if result["status"] == "ERROR":
            report.findings.append(Finding("sslyze", "scan failed", name, str(result["error_reason"])))
        elif result["status"] != "COMPLETED" and name in LOOKED_BY_SSLYZE:
            report.findings.append(Finding("sslyze", "not scanned", name, result["status"]))
    renegotiation = (results.get("session_renegotiation") or {}).get("result") or {}
    for name, good in (
        ("supports_secure_renegotiation", True),
        ("is_vulnerable_to_client_renegotiation_dos", False),
    ):
        if renegotiation.get(name) is not good:
            report.findings.append(Finding("sslyze", name, NAME, str(renegotiation.get(name))))
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
    told = {x["id"].partition(" ")[0] for x in lines}
    if missing := [id for id in LOOKED_BY_TESTSSL if id not in told]:
        report.broken = f"it did not look at {', '.join(missing)}: {lines[-3:]}"
    return report
