"""A second host on this machine: a network namespace joined by a veth pair, whose address can change. Needs root."""

import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

HERE, THERE, MOVED = "10.213.7.1", "10.213.7.2", "10.213.7.3"


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"


class OtherHost:
    """``with OtherHost() as host``: we are HERE, it is THERE until ``move()``, then MOVED."""

    def __init__(self) -> None:
        self.name = f"kc{secrets.token_hex(3)}"
        self.ours, self.theirs = f"{self.name}a", f"{self.name}b"
        self._folder = Path(tempfile.mkdtemp(prefix="kc-netns-"))

    def __enter__(self) -> "OtherHost":
        assert os.geteuid() == 0 and shutil.which("ip"), "network namespaces need root and: apt-get install iproute2"
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.ours, "type", "veth", "peer", "name", self.theirs, "netns", self.name)
        run("ip", "addr", "add", f"{HERE}/24", "dev", self.ours)
        run("ip", "link", "set", self.ours, "up")
        self.inside("ip", "addr", "add", f"{THERE}/24", "dev", self.theirs)
        self.inside("ip", "link", "set", self.theirs, "up")
        self.inside("ip", "link", "set", "lo", "up")
        self.inside("ip", "route", "add", "default", "via", HERE)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        subprocess.run(["ip", "link", "del", self.ours], capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def inside(self, *command: str) -> None:
        run("ip", "netns", "exec", self.name, *command)

    def move(self) -> None:
        """The host's address changes: what it had is gone."""
        self.inside("ip", "addr", "del", f"{THERE}/24", "dev", self.theirs)
        self.inside("ip", "addr", "add", f"{MOVED}/24", "dev", self.theirs)
        self.inside("ip", "route", "replace", "default", "via", HERE)

    def program(self, executable: str) -> str:
        """A wrapper that starts ``executable`` over there."""
        wrapper = self._folder / Path(executable).name
        wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {executable} "$@"\n')
        wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
        return str(wrapper)
