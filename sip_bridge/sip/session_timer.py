"""Session timers: who refreshes, and when a silent session is over (RFC 4028)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sip_bridge.sip.message import Request, Response

SMALLEST_MIN_SE = 90  # RFC 4028 section 5


class Refresher(StrEnum):
    US = "us"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class SessionInterval:
    """An agreed interval in seconds."""

    seconds: int
    refresher: Refresher

    @property
    def refresh_after(self) -> float:
        """Half the interval (section 7.2)."""
        return self.seconds / 2

    @property
    def expires_after(self) -> float:
        """When the side that does not refresh gives up: min(32 s, a third) before the end (section 10)."""
        return self.seconds - min(32.0, self.seconds / 3)


def parse_session_expires(message: Request | Response) -> tuple[int, str] | None:
    """Seconds and the refresher parameter (`uac`, `uas` or empty). None when absent; ValueError when malformed."""
    seconds = message.number("session-expires")
    if seconds is None:
        return None
    refresher = ""
    for piece in message.headers.get("session-expires").split(";")[1:]:
        name, _, value = piece.partition("=")
        if name.strip().lower() == "refresher":
            refresher = value.strip().lower()
    return seconds, refresher if refresher in ("uac", "uas") else ""


def too_small(request: Request, min_se: int) -> bool:
    """Whether the request asks for less than we accept (section 9: 422)."""
    asked = parse_session_expires(request)
    return asked is not None and asked[0] < min_se


def agree_as_server(request: Request, ours: int, min_se: int) -> tuple[SessionInterval | None, list[tuple[str, str]]]:
    """What our 2xx says (section 9, table 2). `ours` is the interval we would like, 0: no timer of our own wish."""
    supported = "timer" in request.headers.tokens("supported") or "timer" in request.headers.tokens("require")
    asked = parse_session_expires(request)
    floor = max(min_se, request.number("min-se") or 0)
    if asked is not None:
        seconds, refresher = max(asked[0], floor), asked[1]
        if ours and seconds > ours >= floor:
            seconds = ours
    elif ours:
        seconds, refresher = max(ours, floor), ""
    else:
        return None, []
    if not supported:
        refresher = "uas"
    refresher = refresher or "uac"
    headers = [("Session-Expires", f"{seconds};refresher={refresher}")]
    if supported and refresher == "uac":
        headers.append(("Require", "timer"))
    return SessionInterval(seconds, Refresher.PEER if refresher == "uac" else Refresher.US), headers


def agree_as_client(response: Response, requested: int) -> SessionInterval | None:
    """What a 2xx to our request settles (section 7.2). A peer without timers is refreshed by us."""
    try:
        told = parse_session_expires(response)
    except ValueError:
        told = None
    if told is None:
        return SessionInterval(requested, Refresher.US) if requested else None
    seconds = max(told[0], SMALLEST_MIN_SE)
    return SessionInterval(seconds, Refresher.PEER if told[1] == "uas" else Refresher.US)
