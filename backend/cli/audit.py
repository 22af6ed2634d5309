"""``kc audit verify | verify-export | seal | prune | continue | key``."""

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from backend.adapters.audit.checkpoints import Checkpoint, Damaged, checkpoints_at, read_lines
from backend.adapters.audit.exported import verify_export
from backend.adapters.audit.keys import Signer, Trusted
from backend.adapters.audit.retention import prune
from backend.adapters.audit.sealer import Behind, Sealer
from backend.adapters.audit.verify import verify
from backend.cli.installation import Here
from backend.domain.kernel.working_time import PRAGUE


def add(commands) -> None:
    made = commands.add_parser("audit", help="is the audit what was written")
    whats = made.add_subparsers(dest="what", required=True)
    check = whats.add_parser("verify", help="read everything again; names the first broken place, then the status is 1")
    check.add_argument("--from", dest="since", type=_time, help="only what was sealed since, 2026-11-27 or with a time")
    check.add_argument("--to", dest="until", type=_time)
    check.add_argument("--key", type=Path, action="append", help="public keys to trust instead of those of the folder")
    check.add_argument(
        "--checkpoints", type=Path, action="append", help="a copy of the signed checkpoints kept elsewhere"
    )
    check.set_defaults(run=_verify)
    exported = whats.add_parser("verify-export", help="check an export (JSON lines) without the database")
    exported.add_argument("file", type=Path)
    exported.add_argument("--key", type=Path, action="append")
    exported.set_defaults(run=_verify_export)
    whats.add_parser("seal", help="seal now what waits").set_defaults(run=_seal)
    remove = whats.add_parser("prune", help="remove what is older than KC_AUDIT_MONTHS, as the owner of the tables")
    remove.add_argument("--months", type=int)
    remove.set_defaults(run=_prune)
    on = whats.add_parser("continue", help="after a restore to an older state: go on from where the chain ends")
    on.add_argument("--why", required=True)
    on.set_defaults(run=_continue)
    whats.add_parser("key", help="print the public key").set_defaults(run=_key)


def _time(given: str) -> datetime:
    found = (
        datetime.fromisoformat(given)
        if len(given) > 10
        else datetime.combine(date.fromisoformat(given), datetime.min.time())
    )
    return found if found.tzinfo else found.replace(tzinfo=PRAGUE)


async def _verify(here: Here, arguments: argparse.Namespace) -> int:
    trusted = Trusted.of(*(arguments.key or [here.config.audit]))
    engine = here.engine()
    try:
        checkpoints = await checkpoints_at(here.config.audit_checkpoints, here.config.audit).all()
        for copy in arguments.checkpoints or ():
            checkpoints = [*read_lines(copy), *checkpoints]
        verdict = await verify(engine, trusted, checkpoints, since=arguments.since, until=arguments.until)
    except Damaged as damaged:
        print(f"BROKEN: checkpoints: {damaged}")
        return 1
    finally:
        await engine.dispose()
    for remark in verdict.remarks:
        print(f"note: {remark}")
    if verdict.broken:
        print(f"BROKEN: {verdict.broken}")
        return 1
    print(f"whole: {verdict.rows} rows in {verdict.blocks} blocks, head {verdict.head} {verdict.head_hash}")
    print(f"not sealed yet: {verdict.waiting} rows")
    return 0


async def _verify_export(here: Here, arguments: argparse.Namespace) -> int:
    trusted = Trusted.of(*(arguments.key or [here.config.audit]))
    with arguments.file.open("rb") as lines:
        answer = verify_export(lines, trusted)
    print(
        f"BROKEN: {answer.broken}"
        if answer.broken
        else f"whole: {answer.rows} rows, {answer.unsealed} of them not sealed yet"
    )
    return 1 if answer.broken else 0


def _sealer(here: Here, engine) -> Sealer:
    config = here.config
    checkpoints = checkpoints_at(config.audit_checkpoints, config.audit)
    return Sealer(engine, Signer.of(config.audit), checkpoints, timedelta(seconds=config.audit_seal_s))


async def _seal(here: Here, _: argparse.Namespace) -> int:
    engine = here.engine()
    try:
        print(f"{await _sealer(here, engine).catch_up()} blocks sealed")
    except Behind as behind:
        print(f"not sealed: {behind}; see `kc audit continue`", file=sys.stderr)
        return 1
    finally:
        await engine.dispose()
    return 0


async def _prune(here: Here, arguments: argparse.Namespace) -> int:
    config = here.config
    engine = here.engine(owner=True)
    try:
        checkpoints = checkpoints_at(config.audit_checkpoints, config.audit)
        months = arguments.months or config.audit_months
        done = await prune(engine, Signer.of(config.audit), checkpoints, months)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        await engine.dispose()
    print(
        f"{done.rows} rows in {done.blocks} blocks removed, up to block {done.up_to}" if done else "nothing is as old"
    )
    return 0


async def _continue(here: Here, arguments: argparse.Namespace) -> int:
    engine = here.engine()
    try:
        head = await _sealer(here, engine).head()
    finally:
        await engine.dispose()
    noted = Checkpoint(
        kind="continued",
        number=head.block.number if head else 0,
        hash=head.hash.hex() if head else bytes(32).hex(),
        total=head.block.total if head else 0,
        at=datetime.now(UTC),
        why=arguments.why,
    )
    config = here.config
    await checkpoints_at(config.audit_checkpoints, config.audit).add([noted.sign(Signer.of(config.audit))])
    print(f"the chain goes on from block {noted.number}")
    return 0


async def _key(here: Here, _: argparse.Namespace) -> int:
    signer = Signer.of(here.config.audit)
    sys.stdout.write((here.config.audit / f"public-{signer.id}.pem").read_text())
    return 0
