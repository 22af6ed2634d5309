"""The tables. State rows beside an append-only log of events, changed in one transaction.

``state`` columns hold the whole typed state as JSON (``codec``); the columns beside it are the parts that queries need.
"""

from sqlalchemy import Table

from backend.adapters.postgres.tables import accounts, clients, contacts, log, machinery, routes, settings, sign_in
from backend.adapters.postgres.tables.common import metadata

__all__ = ["accounts", "clients", "contacts", "log", "machinery", "metadata", "routes", "settings", "sign_in", "table"]


def table(name: str) -> Table:
    """By its name in the database."""
    return metadata.tables[name]
