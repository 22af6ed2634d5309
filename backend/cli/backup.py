"""``kc backup <folder>`` and ``kc restore <folder>``: with a proof."""

import argparse
import sys
from pathlib import Path

from backend.adapters.audit.keys import Trusted
from backend.adapters.backup.backup import NotRestored, back_up, copy_keys, restore, secrets_of
from backend.adapters.backup.programs import ProgramFailed
from backend.cli.installation import Here


def add(commands) -> None:
    made = commands.add_parser("backup", help="database, recordings, prompts and the audit's checkpoints into a folder")
    made.add_argument("folder", type=Path)
    made.add_argument("--keys", type=Path, help="also copy the key files, into a folder that is kept elsewhere")
    made.set_defaults(run=_backup)
    back = commands.add_parser("restore", help="restore into an empty database, and compare")
    back.add_argument("folder", type=Path)
    back.add_argument("--to", help="URL of the empty database, as its owner; that of the installation by default")
    back.add_argument(
        "--key", type=Path, action="append", help="public key of the audit; by default the installation's"
    )
    back.set_defaults(run=_restore)


async def _backup(here: Here, arguments: argparse.Namespace) -> int:
    try:
        if arguments.keys is not None and arguments.keys.resolve() == arguments.folder.resolve():
            print("keys are kept apart from what they open: choose another folder for them", file=sys.stderr)
            return 2
        made = await back_up(here.config, here.owner_url, arguments.folder, print)
    except (ProgramFailed, OSError) as error:
        print(f"no backup: {error}", file=sys.stderr)
        return 1
    rows = sum(table.rows for table in made.state.tables.values())
    print(
        f"backup of {made.at.isoformat()}: {len(made.state.tables)} tables, {rows} rows, {made.recordings} recordings"
    )
    for name in made.recordings_missing:
        print(f"NOT in the vault: recording {name}", file=sys.stderr)
    print("not in it, and needed to use it:")
    for what, path in secrets_of(here.config):
        print(f"  {what}{f' ({path})' if path else ''}")
    if arguments.keys is not None:
        for path in copy_keys(here.config, arguments.keys):
            print(f"key copied: {path}")
    return 1 if made.recordings_missing else 0


async def _restore(here: Here, arguments: argparse.Namespace) -> int:
    trusted = Trusted.of(*arguments.key) if arguments.key else None
    if trusted is None:
        print("no --key: the backup is believed by the public key that lies in it", file=sys.stderr)
        trusted = Trusted.of(arguments.folder / "audit")
    try:
        done = await restore(arguments.folder, arguments.to or here.owner_url, trusted, print)
    except (NotRestored, ProgramFailed) as error:
        print(f"not restored: {error}", file=sys.stderr)
        return 1
    for difference in done.differences:
        print(f"DIFFERENT: {difference}", file=sys.stderr)
    if done.audit.broken:
        print(f"AUDIT BROKEN: {done.audit.broken}", file=sys.stderr)
    if done.differences or done.audit.broken:
        return 1
    state = done.manifest.state
    print(f"the same: {len(state.tables)} tables, {sum(t.rows for t in state.tables.values())} rows")
    print(f"the audit is whole: {done.audit.rows} rows, head {done.audit.head}")
    print(
        "put back: recordings into the vault, prompts into the files, the keys into their places; everybody signs in anew"
    )
    print("if later checkpoints of the audit were signed: kc audit continue --why …")
    return 0
