"""Statements that stand alone."""

from sqlalchemy.ext.asyncio import AsyncEngine


def alone(engine: AsyncEngine) -> AsyncEngine:
    """The same connections, each statement a transaction of its own: no BEGIN before it and no ROLLBACK after it.

    For what is asked a hundred times a call and needs one statement; what has to see one moment in several takes a transaction.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")
