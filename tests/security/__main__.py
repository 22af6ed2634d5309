"""``make security``: every tool, limited in time; a table of what each found; status 1 when anything is not explained.

What is explained, and why, stands in docs/security.md; an explanation that nothing needs any more is named, too.
ARGS="bandit sslyze" runs these only; KC_SECURITY_S (60) is how long schemathesis tries GraphQL.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy import build_pwa
from tests.security import code, telephony, tls, web
from tests.security.findings import DOCUMENT, Report, explanations, judged
from tests.support.proxy import proxy
from tests.support.system import System

SECONDS = int(os.environ.get("KC_SECURITY_S", "60"))
CODE = ("bandit", "semgrep")
OPEN = ("schemathesis", "sipvicious")
CLOSED = ("clairvoyance", "sslyze", "testssl")


async def main(wanted: set[str]) -> int:
    known = explanations(DOCUMENT.read_text())
    reports: list[Report] = []

    async def take(tool: str, run: Callable[[], Awaitable[Report]]) -> None:
        if tool in wanted:
            began = time.monotonic()
            print(f"{tool} …", flush=True, end=" ")
            reports.append(await run())
            print(f"{time.monotonic() - began:.0f} s", flush=True)

    build_pwa.build()
    await take("bandit", code.bandit)
    await take("semgrep", code.semgrep)
    if wanted & set(OPEN):
        settings = {"KC_OPERATIONS": "any", "KC_ICIS_TOKEN": web.ICIS_TOKEN}
        async with System(trusted=f"{telephony.PBX}/32", settings=settings) as kc:
            await take("sipvicious", lambda: telephony.sipvicious(kc))
            await take("schemathesis", lambda: web.routes(kc, SECONDS // 2))
            await take("schemathesis", lambda: web.graphql(kc, SECONDS))
    if wanted & set(CLOSED):
        async with System(settings={"KC_OPERATIONS": "known", "KC_TRUSTED_PROXIES": "127.0.0.0/8"}) as kc:
            await take("clairvoyance", lambda: web.clairvoyance(kc))
            with tempfile.TemporaryDirectory(prefix="kc-proxy-") as folder, proxy(kc.port, Path(folder)) as running:
                Path(folder).chmod(0o711)
                await take("sslyze", lambda: tls.sslyze(running, Path(folder)))
                await take("testssl", lambda: tls.testssl(running, Path(folder)))
    return told(reports, known)


def told(reports: list[Report], known) -> int:
    open_, used = judged([f for r in reports for f in r.findings], known)
    print("\n| tool | what was tried | findings | explanation |\n|---|---|---|---|")
    for report in reports:
        mine = [x for x in used if x.tool == report.tool]
        unexplained = [f for f in open_ if f.tool == report.tool]
        verdict = f"**not to be believed: {' '.join(report.broken.split())}**" if report.broken else ""
        parts = [f"{used[x]} × `{x.check}`: {x.why}" for x in mine]
        parts += [f"**{len(unexplained)} not explained**"] if unexplained else []
        print(f"| {report.tool} | {report.tried} | {len(report.findings)} | {verdict or '; '.join(parts) or 'none'} |")
    for finding in open_:
        print(
            f"\nNOT EXPLAINED: {finding.tool}: {finding.check} at {finding.place}: {' '.join(finding.detail.split())[:400]}"
        )
    for idle in [x for x in known if not used[x] and x.tool in {r.tool for r in reports}]:
        print(f"\nnothing needs the explanation of {idle.tool} `{idle.check}` at `{idle.place}` any more")
    return 1 if open_ or any(r.broken for r in reports) else 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(set(sys.argv[1:]) or {*CODE, *OPEN, *CLOSED})))
