"""Ids and cursors as clients send them."""

import uuid

from graphql import GraphQLError


def contact_id(given: str) -> str:
    """The id in its canonical form. Raises GraphQLError (BAD_INPUT) when it is none."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise GraphQLError("not a contact id", extensions={"code": "BAD_INPUT"}) from None


def cursor_of(given: str | None) -> tuple[int, int] | None:
    """None for no cursor or one that is not ours: the client then gets a whole picture."""
    if not given:
        return None
    head, _, tail = given.partition("-")
    return (int(head), int(tail)) if head.isdigit() and tail.isdigit() and len(given) < 60 else None


def cursor_text(cursor: tuple[int, int]) -> str:
    return f"{cursor[0]}-{cursor[1]}"
