"""schemathesis against GraphQL and the other routes, clairvoyance against GraphQL."""

import json
import re
import secrets
from pathlib import Path

from backend.graphql.operations import FILE, built
from deploy import build_pwa
from tests.security.findings import ROOT, Finding, Report
from tests.security.programs import ran
from tests.support.system import System

HERE = ROOT / "tests" / "security"
ENDS_THE_SESSION = "Mutation\\.(signOut|changePassword|chooseLocale|saveAccount.*|switchAccount.*|anonymiseUser|removeRole|saveRole|saveSignInSettings)$"
"""Left to the product's own tests: after them the rest of a run would be refused."""
ROUTE_CHECKS = "not_a_server_error,status_code_conformance,ignored_auth,unsupported_method"
NO_HINTS = "Field Suggestion is not fully enabled"
"""How clairvoyance gives up where nothing is told of names."""
ICIS_TOKEN = secrets.token_urlsafe(32)
WORDS = 400
"""Words that clairvoyance tries: names of ours first, so that it would find something if anything could be found."""


async def cookie(kc: System, login: str) -> str:
    """Signs in as our own page does, by the hash of its operation. Raises RuntimeError."""
    known = built(build_pwa.PWA / "dist" / FILE)
    id = next(hash for hash, text in known.items() if "mutation SignIn(" in text)
    who = {"login": login, "password": kc.logins[login].password}
    async with kc.client() as client:
        answer = await client.http.post("/graphql", json={"documentId": id, "variables": who})
        if "kc" not in client.http.cookies:
            raise RuntimeError(f"{login} was not let in: {answer.text[:200]}")
        return client.cookie_header()


async def _schemathesis(kc: System, what: str, schema: Path, url: str, seconds: int, *more: str) -> list[Finding] | str:
    """Its failures, or why it told nothing. The API's log is read, too: an error there is a finding."""
    answer = kc.folder / "schemathesis.json"
    answer.unlink(missing_ok=True)
    log = kc.here.logs / "api.log"
    before = log.stat().st_size
    done = await ran(
        "env", f"PYTHONPATH={HERE}", "SCHEMATHESIS_HOOKS=hooks", f"KC_ICIS_TOKEN={ICIS_TOKEN}",
        "schemathesis", "run", schema, "--url", url, "--max-time", str(seconds), "--continue-on-failure",
        "--no-shrink", "--report", "json", "--report-json-path", answer, "--seed", "7", *more,
        seconds=seconds + 90,
        folder=kc.folder,
    )  # fmt: skip
    if not answer.exists():
        return (done.out + done.err)[-400:]
    told = json.loads(answer.read_text())
    tool = f"schemathesis ({what})"
    found = [
        Finding(tool, failure["title"], operation, failure.get("message", ""))
        for failure in told["failures"]
        for operation in failure["operations"]
    ]
    found += [Finding(tool, error["title"], "run") for error in told["errors"]]
    with log.open("rb") as lines:
        lines.seek(before)
        for line in lines:
            if b'"level": "error"' in line:
                told_by_us = json.loads(line)
                why = str(told_by_us.get("exception", "")).strip().rpartition("\n")[2]
                found.append(Finding(tool, "error in the API's log", str(told_by_us.get("event")), why))
    if told["test_cases"]["generated"] < told["operations"]["selected"]:
        return f"only {told['test_cases']['generated']} tries of {told['operations']['selected']} operations"
    return found


def _report(tool: str, tried: str, found: list[Finding] | str) -> Report:
    return Report(tool, tried, broken=found) if isinstance(found, str) else Report(tool, tried, found)


async def graphql(kc: System, seconds: int) -> Report:
    signed_in = await cookie(kc, "spravce")
    found = await _schemathesis(
        kc, "GraphQL", ROOT / "schema.graphql", f"{kc.url}/graphql", seconds,
        "-H", f"Cookie: {signed_in}", "-c", "no_internal_error", "--exclude-checks", "not_a_server_error",
        "--phases", "fuzzing", "-n", "6", "-w", "2", "--exclude-name-regex", ENDS_THE_SESSION,
    )  # fmt: skip
    return _report(
        "schemathesis (GraphQL)", f"every query and mutation as an administrator, made-up values, {seconds} s", found
    )


async def routes(kc: System, seconds: int) -> Report:
    signed_in = await cookie(kc, "spravce")
    found = await _schemathesis(
        kc, "REST", HERE / "rest.yaml", kc.url, seconds,
        "-H", f"Cookie: {signed_in}", "-c", ROUTE_CHECKS, "--phases", "examples,coverage,fuzzing", "-n", "60",
    )  # fmt: skip
    return _report(
        "schemathesis (REST)", f"every route of tests/security/rest.yaml as an administrator, {seconds} s", found
    )


async def clairvoyance(kc: System) -> Report:
    """``kc`` accepts known operations only."""
    report = Report("clairvoyance", f"{WORDS} words (ours first), signed out and as an agent, production's settings")
    words = kc.folder / "words.txt"
    ours = sorted(set(re.findall(r"^  (\w+)[(:]", (ROOT / "schema.graphql").read_text(), re.MULTILINE)), key=len)
    words.write_text("\n".join(ours[:WORDS]))
    for who, headers in (("nobody", ()), ("an agent", ("-H", f"Cookie: {await cookie(kc, 'jana')}"))):
        schema = kc.folder / "found.json"
        schema.unlink(missing_ok=True)
        done = await ran(
            "clairvoyance", "-w", words, "-o", schema, "-m", "1", "-c", "4", *headers, f"{kc.url}/graphql", seconds=120
        )
        if done.status is None:
            report.broken = f"as {who}: not done in time"
        elif not schema.exists() and NO_HINTS not in done.out + done.err:
            report.broken = f"as {who}: status {done.status}, nothing told: {(done.out + done.err)[-300:]}"
        if schema.exists():
            types = json.loads(schema.read_text())["data"]["__schema"]["types"]
            report.findings += [
                Finding("clairvoyance", "field", f"{t['name']}.{f['name']}", f"as {who}")
                for t in types
                if not t["name"].startswith("__")
                for f in t.get("fields") or ()
            ]
    return report
