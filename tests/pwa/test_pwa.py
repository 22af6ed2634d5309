"""The PWA's own walls: its unit tests, types, style, and catalogues of texts that hold what the screens say."""

import subprocess

import pytest

from deploy.build_pwa import PWA, environment, install, npm_program


@pytest.fixture(scope="module", autouse=True)
def installed():
    install()


def npm(*arguments: str) -> None:
    done = subprocess.run(
        [npm_program(), *arguments], cwd=PWA, env=environment(), capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def test_unit_tests():
    npm("test")


def test_types_style_and_catalogues():
    npm("run", "check")
