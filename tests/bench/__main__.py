"""``make bench``: all benches one after another, each in a process of its own and bounded in time.

python -m tests.bench [appends router subscribers call sip media …]
"""

from __future__ import annotations

import subprocess
import sys
import time

BENCHES: dict[str, tuple[list[str], float]] = {
    "appends": (["tests.bench.bench_appends"], 90),
    "router": (["tests.bench.bench_router"], 60),
    "subscribers": (["tests.bench.bench_subscribers"], 120),
    "screen": (["tests.bench.bench_screen"], 180),
    "call": (["tests.bench.bench_call"], 180),
    "sip": (["tests.bench.bench_sip"], 60),
    "icis": (["tests.bench.bench_icis", "5"], 90),
    "media": (["tests.bench.bench_media", "--seconds", "4", "--streams", "320,800,1200"], 300),
}
"""Arguments and the most seconds of each."""


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"unknown: {' '.join(unknown)}; there are: {' '.join(BENCHES)}")
        return 2
    failed = []
    for name in names or BENCHES:
        arguments, limit = BENCHES[name]
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        try:
            code = subprocess.run([sys.executable, "-m", *arguments], timeout=limit).returncode
        except subprocess.TimeoutExpired:
            code = f"longer than {limit:.0f} s"
        print(f"   ({time.monotonic() - begun:.0f} s)", flush=True)
        if code:
            failed.append(f"{name} ({code})")
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
