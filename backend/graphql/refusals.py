"""Operations that were refused: each is counted, and the log has a line of each kind every few seconds, however many there are.

Nothing of an operation stands there: its text may hold what a client said.
"""

import time

import structlog
from prometheus_client import Counter

log = structlog.get_logger()

REFUSED = Counter("kc_graphql_refused", "GraphQL operations that were refused", ["why"])
LOG_EVERY_S = 5.0

_logged: dict[str, float] = {}
"""When each kind was logged last. Kinds are constants of the code, hence few."""


def note(why: str) -> None:
    REFUSED.labels(why).inc()
    now = time.monotonic()
    if now - _logged.get(why, -LOG_EVERY_S) >= LOG_EVERY_S:
        _logged[why] = now
        log.warning("graphql_refused", why=why)
