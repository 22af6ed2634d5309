"""What a bridge counted, where an operator finds it: a Prometheus text file, and a line in the log once a minute; what was
refused is in the log within seconds, so many of each kind, however many there were.

``<folder>/metrics.prom`` is what node_exporter's textfile collector reads. Names are constants of the code; nothing of a
message or of a client stands in them.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import structlog

from sip_bridge.media import protocol as m
from sip_bridge.media.client import WorkerGone
from sip_bridge.node.media import Media

log = structlog.get_logger()

LOG_EVERY_S = 60.0
REFUSALS_EVERY_S = 5.0
REFUSED_MEDIA = frozenset(
    {
        "strangers",
        "flood_dropped",
        "malformed",
        "rtp_malformed",
        "rtp_unknown_payload_type",
        "rtcp_malformed",
        "srtp_refused",
        "srtcp_refused",
        "stun_malformed",
        "stun_refused",
        "dtls_unknown",
        "dtls_failed",
    }
)
"""Counters of the worker that grow when somebody sends what nobody asked for."""
PATIENCE_S = 2.0

Families = dict[str, dict[str, int]]
"""Family → what → count: ``{"sip_refusals": {"malformed": 3}}``."""


def prometheus(families: Families) -> str:
    """The text exposition format, one sample a line, sorted."""
    lines = []
    for family, counts in sorted(families.items()):
        lines.append(f"# TYPE kc_bridge_{family} {'gauge' if family.endswith('_now') else 'counter'}")
        lines += [f'kc_bridge_{family}{{what="{what}"}} {count}' for what, count in sorted(counts.items())]
    return "\n".join(lines) + "\n"


def refusals(families: Families) -> Counter[str]:
    """What was refused so far, by where and why: ``sip_malformed`` → 3."""
    found = Counter({f"sip_{why}": count for why, count in families.get("sip_refusals", {}).items()})
    found.update({f"media_{why}": count for why, count in families.get("media", {}).items() if why in REFUSED_MEDIA})
    found["link_unreadable"] = families.get("link", {}).get("unreadable_frames", 0)
    return found


class Counters:
    def __init__(self, file: Path, every_s: float, gather: Callable[[], Families], media: Media) -> None:
        self._file = file
        self._every_s = every_s
        self._gather = gather
        self._media = media

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        log_at, refused_at = loop.time() + LOG_EVERY_S, loop.time()
        refused: Counter[str] = Counter()
        while True:
            await asyncio.sleep(self._every_s)
            try:
                families = await self._everything()
                await asyncio.to_thread(self._write, prometheus(families))
                now = refusals(families)
                refused &= now  # a new worker counts from nothing
                if loop.time() >= refused_at and (grown := now - refused):
                    log.warning("refused", **grown)
                    refused, refused_at = now, loop.time() + REFUSALS_EVERY_S
                if loop.time() >= log_at:
                    log.info("bridge_counters", **families)
                    log_at = loop.time() + LOG_EVERY_S
            except OSError:
                log.exception("counters_not_written")

    async def _everything(self) -> Families:
        families = self._gather()
        try:
            snapshot = await self._media.request(m.TakeSnapshot(), within=PATIENCE_S)
        except (TimeoutError, WorkerGone):
            return families
        if isinstance(snapshot, m.Snapshot):
            families["media"] = dict(snapshot.counters)
            families["media_legs_now"] = {"open": len(snapshot.legs)}
        return families

    def _write(self, text: str) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(text)
        part.replace(self._file)
