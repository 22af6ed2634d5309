"""``kc``: the work of administrators that has no screen. ``kc <command> --help`` tells what each does.

Where the database and the files are comes from the environment (``KC_…``, backend/config.py), or from the folder of ``make run``
(``--var``, KC_VAR), where nothing has to be set.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from backend.cli import audit, backup, configuration, keys, schema
from backend.cli.installation import Here, NotHere
from backend.config import ROOT

Run = Callable[[Here, argparse.Namespace], Awaitable[int]]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="kc", description="KC from the command line.")
    made.add_argument(
        "--var",
        type=Path,
        default=Path(os.environ.get("KC_VAR", ROOT / "var")),
        help="the folder of an installation made by `make run`",
    )
    commands = made.add_subparsers(dest="command", required=True)
    for part in (audit, configuration, backup, keys, schema):
        part.add(commands)
    recordings = commands.add_parser("recordings", help="keys and truth of kept recordings")
    recordings.add_argument("what", choices=["add-key", "rotate", "verify"])
    recordings.set_defaults(run=_recordings)
    return made


async def _recordings(here: Here, arguments: argparse.Namespace) -> int:
    from backend import recordings

    match arguments.what:
        case "add-key":
            print(recordings.add_key(here.config.recording_keys))
        case "rotate":
            await recordings.rotate(here.config)
        case _:
            return 1 if await recordings.verify(here.config) else 0
    return 0


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        return asyncio.run(arguments.run(Here(arguments.var), arguments))
    except NotHere as missing:
        print(missing, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
