"""When a trunk is out, and since when: what bridges find of it, folded report by report."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from sip_bridge.contract.trunks import TrunkHealth, TrunksChanged, TrunkState

STEADY = timedelta(seconds=45)
"""So long it has to be down before anybody is alerted, and not down before that is over. Longer than an OPTIONS or a REGISTER
waits for its answer (32 s, RFC 3261 timer F): a bridge that starts anew knows nothing for that long, and ends nothing by it."""
FORGOTTEN = timedelta(days=1)
"""What a bridge has found is no news any more when it has told nothing since: it is there no more."""


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """Of one trunk at one bridge. ``back_at``: from when on it is not found down any more; over when it stays so."""

    bridge: str
    trunk: str
    since: datetime
    back_at: datetime | None = None


def outages(known: Iterable[Outage], bridge: str, found: TrunksChanged, at: datetime) -> list[Outage]:
    """Those of a bridge after its report of ``at``. One that comes and goes is one outage, from its first moment on."""
    down = {x.name: at - timedelta(seconds=x.since_s) for x in found.trunks if _is_down(x)}
    after = []
    for x in known:
        back_at = x.back_at or at
        again = down.get(x.trunk)
        if again is not None and (x.back_at is None or again - x.back_at < STEADY):
            after.append(replace(x, back_at=None))
            del down[x.trunk]
        elif again is None and at - back_at < STEADY:
            after.append(replace(x, back_at=back_at))
    return after + [Outage(bridge=bridge, trunk=name, since=since) for name, since in down.items()]


def _is_down(x: TrunkState) -> bool:
    return TrunkHealth.DOWN in (x.reachable, x.registered)
