"""``kc keys list | rotate``: master keys (KC_RECORDING_KEYS), what they wrap, which fields are sealed."""

import argparse
import sys

from backend.adapters.recordings.keyring import UnknownKey
from backend.adapters.recordings.rotation import Inventory, inventory, rotate
from backend.adapters.recordings.sealed import Damaged
from backend.cli.installation import Here


def add(commands) -> None:
    made = commands.add_parser("keys", help="master keys of recordings and sensitive fields")
    whats = made.add_subparsers(dest="what", required=True)
    listed = whats.add_parser("list", help="what each key wraps; status 1 when one that is needed is missing")
    listed.set_defaults(run=_list)
    turned = whats.add_parser(
        "rotate", help="a new master key, and everything wrapped by it; after a cut the same command finishes"
    )
    turned.set_defaults(run=_rotate)


async def _list(here: Here, arguments: argparse.Namespace) -> int:
    engine = here.engine()
    try:
        found = await inventory(engine, here.config.recording_keys)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        await engine.dispose()
    print(f"master keys ({here.config.recording_keys})")
    for n, master in enumerate(found.masters):
        recordings, columns = found.wrapped_by(master)
        state = "current" if n == 0 else "old" if recordings or columns else "old, may be taken out"
        print(f"  {master}  {recordings} recordings, {columns} keys of columns  {state}")
    _columns(found)
    return _missing(found)


def _missing(found: Inventory) -> int:
    for master in found.missing:
        recordings, columns = found.wrapped_by(master)
        print(f"MISSING: {master} wraps {recordings} recordings, {columns} keys of columns", file=sys.stderr)
    return 1 if found.missing else 0


def _columns(found: Inventory) -> None:
    newest = max((key.id for key in found.columns if key.purpose == "data"), default=0)
    if found.columns:
        print("keys of columns")
    for key in found.columns:
        state = "  seals" if key.id == newest else ""
        print(f"  {key.id} {key.purpose:<6}  made {key.made_at:%Y-%m-%d %H:%M}  wrapped by {key.key_id}{state}")
    if found.fields:
        print("sensitive fields")
    for field in found.fields:
        if field.done:
            print(f"  {field.field}  {'sealed' if field.sealed else 'open'}")
        else:
            print(
                f"  {field.field}  being {'sealed' if field.sealed else 'opened'}: {field.reached} of {field.clients}"
            )


async def _rotate(here: Here, arguments: argparse.Namespace) -> int:
    engine = here.engine()
    try:
        done = await rotate(engine, here.config.recording_keys)
        found = await inventory(engine, here.config.recording_keys)
    except (UnknownKey, Damaged, OSError, ValueError) as error:
        print(f"not finished: {error}", file=sys.stderr)
        return 1
    finally:
        await engine.dispose()
    if not done.made:
        print("there were keys wrapped by older ones: no new master key was made, that was finished")
    print(f"key {done.key}: {done.recordings} recordings and {done.columns} keys of columns wrapped by it")
    print("copy the file to where keys are kept")
    return _missing(found)
