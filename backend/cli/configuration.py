"""``kc config export | diff | apply``: the whole configuration as text files for review."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from backend.adapters.configuration import files
from backend.adapters.configuration.changes import Change, changes_between
from backend.adapters.configuration.documents import Snapshot, Thing
from backend.adapters.configuration.store import Configuration, CutOff
from backend.adapters.configuration.writing import Given, NotApplied, Wrong
from backend.adapters.postgres.administration import NameTaken, PostgresAdmin
from backend.application.led_out import LedOut
from backend.cli.installation import Here

NOBODY = 0
"""Author of what the command line changes: no account; the origin in the log says what it was."""


def add(commands) -> None:
    made = commands.add_parser("config", help="the whole configuration as text files")
    whats = made.add_subparsers(dest="what", required=True)
    export = whats.add_parser("export", help="write a folder of YAML files, one object a file, without secrets")
    export.add_argument("folder", type=Path)
    export.set_defaults(run=_export)
    compare = whats.add_parser("diff", help="what applying the folder would change; the status is 1 when anything")
    compare.add_argument("folder", type=Path)
    compare.set_defaults(run=_diff)
    apply = whats.add_parser("apply", help="put the folder in force: all of it or nothing")
    apply.add_argument("folder", type=Path)
    apply.add_argument("--dry-run", action="store_true", help="validate and show, change nothing")
    apply.add_argument(
        "--cut-off", action="store_true", help="also where stricter rules of calls going out leave nobody to be called"
    )
    apply.add_argument("--remove", action="store_true", help="also remove what the folder does not have")
    apply.set_defaults(run=_apply)


def _configuration(here: Here, engine) -> Configuration:
    return Configuration(engine, PostgresAdmin(engine), frozenset(here.config.lookup_hosts.split()))


async def _export(here: Here, arguments: argparse.Namespace) -> int:
    engine = here.engine()
    try:
        now = await _configuration(here, engine).now()
        count = files.write(arguments.folder, now)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        await engine.dispose()
    print(f"{count} objects written to {arguments.folder}")
    return 0


def _read(folder: Path) -> list[files.Found] | None:
    """The documents of the folder; None after telling what is none."""
    found, wrong = files.read(folder)
    for path, line, why in wrong:
        print(f"{path}:{line}: {why}", file=sys.stderr)
    return None if wrong else found


async def _diff(here: Here, arguments: argparse.Namespace) -> int:
    found = _read(arguments.folder)
    if found is None:
        return 2
    engine = here.engine()
    try:
        configuration = _configuration(here, engine)
        now = await configuration.now()
        changes = changes_between(now, _as_snapshot(found, now))
        show(changes)
        if ("settings", "calls") in {(x.kind, x.name) for x in changes}:
            await _show_cut_off(configuration, found)
    finally:
        await engine.dispose()
    return 1 if changes else 0


async def _show_cut_off(configuration: Configuration, found: Sequence[files.Found]) -> None:
    """What applying would have to be told with ``--cut-off``; only trying it says so."""
    try:
        await configuration.apply([Given(x.kind, x.name, x.document) for x in found], NOBODY, dry=True)
    except CutOff as cut:
        print("the rules of calls going out would cut off (apply refuses that without --cut-off):")
        show_cut_off(cut.places)
    except (NotApplied, NameTaken):
        print(
            "apply would refuse this, so it is not known what the rules of calls going out would cut off",
            file=sys.stderr,
        )


def _as_snapshot(found: Sequence[files.Found], now: Snapshot) -> Snapshot:
    ids = {(x.kind, x.name): x.id for x in now.values()}
    things = [Thing(x.kind, ids.get((x.kind, x.name), f"+{x.name}"), x.name, x.document) for x in found]
    return {(x.kind, x.id): x for x in things}


async def _apply(here: Here, arguments: argparse.Namespace) -> int:
    found = _read(arguments.folder)
    if found is None:
        return 2
    engine = here.engine()
    try:
        configuration = _configuration(here, engine)
        named = {(x.kind, x.name) for x in found}
        more = [(x.kind, x.id, x.name) for x in (await configuration.now()).values() if (x.kind, x.name) not in named]
        changes = await configuration.apply(
            [Given(x.kind, x.name, x.document) for x in found],
            NOBODY,
            remove=[(kind, id) for kind, id, _ in more] if arguments.remove else (),
            dry=arguments.dry_run,
            cutting_off=arguments.cut_off,
        )
    except CutOff as cut:
        print(
            "nothing was changed: the rules of calls going out would cut off (--cut-off if that is meant)",
            file=sys.stderr,
        )
        show_cut_off(cut.places, sys.stderr)
        return 1
    except NotApplied as refused:
        tell(refused.wrong, found)
        return 1
    except NameTaken as taken:
        print(f"nothing was changed: a name is taken: {taken.__cause__}", file=sys.stderr)
        return 1
    finally:
        await engine.dispose()
    show(changes)
    for kind, _, name in more if not arguments.remove else ():
        print(f"kept, though the folder does not have it: {kind}/{name}")
    print(f"{len(changes)} objects {'would be changed' if arguments.dry_run else 'changed'}")
    return 0


def tell(wrong: Sequence[Wrong], found: Sequence[files.Found]) -> None:
    print("nothing was changed:", file=sys.stderr)
    for path, line, field, why in files.placed(wrong, found):
        print(f"{path}:{line}: {field + ': ' if field else ''}{why}", file=sys.stderr)


def show_cut_off(places: Sequence[LedOut], to: TextIO = sys.stdout) -> None:
    for place in places:
        print("    " + " ".join(x for x in (place.object, place.field, place.name) if x) + f": {place.number}", file=to)


def show(changes: Sequence[Change]) -> None:
    for change in changes:
        mark = "+" if change.before is None else "-" if change.after is None else "~"
        print(f"{mark} {change.kind}/{change.name}")
        if mark == "~":
            for field, before, after in change.differences():
                print(f"    {field}: {_short(before)} -> {_short(after)}")


def _short(value: object) -> str:
    shown = msgspec.json.encode(value).decode()
    return shown if len(shown) <= 100 else f"{shown[:97]}..."
