"""What all tables share: one metadata with names for constraints, and the usual columns."""

from sqlalchemy import Column, DateTime, Identity, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def at(name: str, **options) -> Column:
    return Column(name, DateTime(timezone=True), **options)


def now(name: str) -> Column:
    return at(name, nullable=False, server_default=text("clock_timestamp()"))


def identity() -> Column:
    return Column("id", Integer, Identity(always=False), primary_key=True)
