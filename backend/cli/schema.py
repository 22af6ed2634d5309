"""``kc migrate``: bring the schema up to date while the contact centre works."""

import argparse

from backend.adapters.postgres.migrate import migrate, newest
from backend.cli.installation import Here


def add(commands) -> None:
    made = commands.add_parser("migrate", help="bring the schema of the database up to date, as its owner")
    made.set_defaults(run=run)


async def run(here: Here, _: argparse.Namespace) -> int:
    engine = here.engine(owner=True)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()
    print(f"the schema is {newest()}")
    return 0
