"""Loaded by schemathesis in its own environment: our scalars, and what counts as a fault of a GraphQL answer.

A refusal is an answer as it should be (``errors`` with a code, data null). A fault is what we call "internal error", and
anything that tells more than it should: a traceback, words of the database, a hint at names.
"""

import json
import os

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

LEAKS = ("Traceback", "asyncpg", "sqlalchemy", 'File "/', "Did you mean", "psycopg", 'relation "')

schemathesis.graphql.scalar("Date", st.dates().map(lambda d: nodes.String(d.isoformat())))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda d: nodes.String(d.isoformat() + "Z")))
schemathesis.graphql.scalar(
    "JSON", st.one_of(st.text(max_size=20).map(nodes.String), st.integers(-5, 5).map(nodes.Int), st.just(nodes.Null))
)


@schemathesis.hook
def before_call(context, case, **kwargs):
    """What is behind the door of ICIS is attacked, too."""
    if case.path.startswith("/icis/"):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {os.environ['KC_ICIS_TOKEN']}"}


@schemathesis.check
def no_internal_error(context, response, case):
    body = response.text
    if response.status_code >= 500:
        raise AssertionError(f"status {response.status_code}")
    if found := next((leak for leak in LEAKS if leak in body), None):
        raise AssertionError(f"tells {found!r}")
    try:
        errors = json.loads(body).get("errors") or []
    except (ValueError, AttributeError):
        return
    if any(error.get("message") == "internal error" for error in errors):
        raise AssertionError("internal error")
