"""Build the PWA with the Node.js that comes in a wheel, if its sources changed since the last build."""

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PWA = ROOT / "pwa"
STAMP = PWA / "dist" / ".built-from"
LEFT_OUT = {"node_modules", "dist", "gql"}


def digest(paths: list[Path]) -> str:
    made = hashlib.sha256()
    for path in paths:
        made.update(str(path.relative_to(ROOT)).encode())
        made.update(path.read_bytes())
    return made.hexdigest()


def sources() -> list[Path]:
    found = [p for p in PWA.rglob("*") if p.is_file() and not LEFT_OUT & set(p.relative_to(PWA).parts)]
    return sorted([*found, ROOT / "schema.graphql"])


def environment() -> dict[str, str]:
    """PATH with the wheel's node first."""
    scripts = sysconfig.get_path("scripts")
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}", "npm_config_fund": "false"}


def npm_program() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "npm")


def npm(*arguments: str) -> None:
    done = subprocess.run(
        [npm_program(), *arguments],
        cwd=PWA,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"npm {' '.join(arguments)} failed")


def install() -> None:
    lock = digest([PWA / "package.json", PWA / "package-lock.json"])
    stamp = PWA / "node_modules" / ".installed-from"
    if not stamp.exists() or stamp.read_text() != lock:
        npm("ci", "--no-audit", "--ignore-scripts")
        stamp.write_text(lock)


def build() -> bool:
    """Whether anything had to be built."""
    if not (PWA / "vite.config.ts").exists():
        return False
    now = digest(sources())
    if STAMP.exists() and STAMP.read_text() == now:
        return False
    print("Building the PWA …", flush=True)
    install()
    npm("run", "build")
    STAMP.write_text(now)
    return True


if __name__ == "__main__":
    if "--install" in sys.argv:
        install()
    else:
        build()
