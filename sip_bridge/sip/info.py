"""Key presses by INFO: application/dtmf-relay and application/dtmf, as gateways send them."""

from __future__ import annotations

import re

from sip_bridge.sip.call import Call, Phase
from sip_bridge.sip.core import Core
from sip_bridge.sip.errors import Because, MisuseError, Refused
from sip_bridge.sip.events import DigitReceived
from sip_bridge.sip.message import Request, Response, response_to
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction

_SIGNAL = re.compile(r"^\s*Signal\s*=\s*([0-9A-Da-d*#]|1[0-5])\s*$", re.IGNORECASE | re.MULTILINE)
_DURATION = re.compile(r"^\s*Duration\s*=\s*([0-9]{1,5})\s*$", re.IGNORECASE | re.MULTILINE)
_EVENTS = "0123456789*#ABCD"  # RFC 4733 event codes 0 to 15
DEFAULT_MS = 160


def info_received(core: Core, call: Call, request: Request, tx: ServerTransaction, now: float) -> None:
    """200 and `DigitReceived`; 415 for other content; an empty INFO is a keep-alive and gets its 200."""
    kind = request.content_type
    status = 200
    if kind in ("application/dtmf-relay", "application/dtmf"):
        digit, duration = parse_digit(kind, request.body)
        if digit:
            core.emit(DigitReceived(call.leg, digit, duration))
        else:
            core.refusals["bad_dtmf"] += 1
            status = 400
    elif request.body:
        status = 415
    headers = [("Accept", "application/dtmf-relay, application/dtmf")] if status == 415 else []
    core.layer.respond(tx, response_to(request, status, headers=headers), now)


def parse_digit(kind: str, body: bytes) -> tuple[str, int]:
    """The digit (empty when unreadable) and its length in ms."""
    text = body.decode("ascii", "replace").replace("\r\n", "\n")
    if kind == "application/dtmf":
        text = f"Signal={text.strip()}"
    signal, duration = _SIGNAL.search(text), _DURATION.search(text)
    if not signal:
        return "", 0
    value = signal[1].upper()
    digit = _EVENTS[int(value)] if len(value) == 2 else value
    return digit, int(duration[1]) if duration else DEFAULT_MS


def send_digit(core: Core, call: Call, digit: str, duration_ms: int, now: float) -> Refused | None:
    """One INFO; its response is not waited for."""
    if len(digit) != 1 or digit not in _EVENTS:
        raise MisuseError("a digit is one of 0-9 * # A-D")
    if call.phase is not Phase.CONFIRMED or call.dialog is None:
        return Refused(Because.WRONG_PHASE)
    body = f"Signal={digit}\r\nDuration={duration_ms}\r\n".encode()
    request, flow = core.request_in_dialog(call, call.dialog, "INFO", body=body, content_type="application/dtmf-relay")

    def answered(_tx: ClientTransaction, _response: Response, _at: float) -> None:
        return None

    def failed(_tx: ClientTransaction, _why: str, _at: float) -> None:
        return None

    core.layer.start_client(request, flow, answered, failed, now)
    return None
