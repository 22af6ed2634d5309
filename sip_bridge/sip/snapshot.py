"""A leg as JSON, and a leg made from it by the next process (`dump`, `adopt`).

Times are moments of the clock that drives the endpoint; it must go on across the restart (CLOCK_MONOTONIC of the
machine does).
"""

from __future__ import annotations

import json
from dataclasses import fields

from sip_bridge.sip.acks import wait_for_ack
from sip_bridge.sip.call import Call, Dialog, IncomingOffer, Phase, Role
from sip_bridge.sip.core import Core
from sip_bridge.sip.errors import PeerError
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.message import ParseLimits, Request, parse_message
from sip_bridge.sip.offer_answer import Move, Session, Turn
from sip_bridge.sip.outbound import cancel, invite_failed, response_received
from sip_bridge.sip.session_timer import Refresher, SessionInterval
from sip_bridge.sip.sessions import arm_session_timer
from sip_bridge.sip.transactions import server_key

VERSION = 1
_DIALOG_FIELDS = tuple(field.name for field in fields(Dialog) if field.name != "session")
Json = dict[str, object]


def dump(call: Call) -> bytes:
    """Everything the next process needs to go on with that leg."""
    wait = call.ack_wait
    document = {
        "version": VERSION,
        "leg": call.leg,
        "role": call.role,
        "trunk": call.trunk,
        "phase": call.phase,
        "flow": _dump_flow(call.flow),
        "source": call.source,
        "started_at": call.started_at,
        "invite": _latin(call.invite.encode())
        if _setting_up(call)
        else _latin(call.invite.encode().partition(b"\r\n\r\n")[0]),
        "reply_flow": _dump_flow(call.server.flow) if call.server and _setting_up(call) else None,
        "last_response": _latin(call.server.wire) if call.server and _setting_up(call) else "",
        "client_flow": _dump_flow(call.client.flow) if call.client and _setting_up(call) else None,
        "cancel_sent": call.cancel_sent,
        "offer": _text(call.offer),
        "dialog": _dump_dialog(call.dialog, call.incoming),
        "forks": [_dump_dialog(fork) for fork in call.forks.values()],
        "ack": _latin(call.ack_wire),
        "ack_cseq": call.ack_cseq,
        "answer_due": call.answer_due,
        "waiting_ack": [wait.cseq, _latin(wait.wire), _dump_flow(wait.flow)] if wait else None,
        "interval": [call.interval.seconds, call.interval.refresher] if call.interval else None,
        "session_due": call.session_due,
        "min_se": call.min_se,
        "rseq": call.local_rseq,
        "allows": sorted(call.peer_allows),
        "supports": sorted(call.peer_supports),
        "replaces": call.replaces,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _setting_up(call: Call) -> bool:
    return call.phase not in (Phase.CONFIRMED, Phase.CLOSED)


def leg_of(data: bytes) -> str:
    """The leg a snapshot is of. ValueError when it is none."""
    document = json.loads(data)
    leg = document.get("leg") if isinstance(document, dict) else None
    if not isinstance(leg, str):
        raise ValueError("snapshot names no leg")
    return leg


def adopt(core: Core, data: bytes, now: float) -> Call:
    """Take the leg over. ValueError when the snapshot cannot be used."""
    try:
        return _adopt(core, json.loads(data), now)
    except (KeyError, TypeError, PeerError) as error:
        raise ValueError("snapshot is not usable") from error


def _adopt(core: Core, d: dict, now: float) -> Call:  # type: ignore[type-arg]
    if d["version"] != VERSION:
        raise ValueError("snapshot is of another version")
    phase, role = Phase(d["phase"]), Role(d["role"])
    if phase is Phase.CLOSED:
        raise ValueError("call is over")
    call = Call(
        leg=d["leg"],
        role=role,
        trunk=d["trunk"],
        phase=phase,
        flow=_flow(d["flow"]),
        invite=_invite(d["invite"]),
        started_at=d["started_at"],
        source=d["source"],
        dialog=_dialog(d["dialog"]) if d["dialog"] else None,
        cancel_sent=d["cancel_sent"],
        offer=_bytes(d["offer"]),
        ack_wire=d["ack"].encode("latin-1"),
        ack_cseq=d["ack_cseq"],
        answer_due=d["answer_due"],
        min_se=d["min_se"],
        local_rseq=d["rseq"],
        peer_allows=frozenset(d["allows"]),
        peer_supports=frozenset(d["supports"]),
        replaces=d["replaces"],
    )
    for fork in d["forks"]:
        dialog = _dialog(fork)
        call.forks[dialog.remote_tag] = dialog
        if call.dialog is not None and call.dialog.key == dialog.key:
            call.dialog = dialog
    if d["interval"]:
        call.interval = SessionInterval(d["interval"][0], Refresher(d["interval"][1]))
    core.add_call(call)
    for dialog in call.early_dialogs:
        core.add_dialog(call, dialog)
        if phase is Phase.CONFIRMED and not call.answer_due:
            # What was open died with the old process; the peer's repetition starts it anew.
            dialog.session.move(Move.ROLL_BACK)
    if role is Role.CALLEE and phase in (Phase.OFFERED, Phase.ANSWERED):
        _resume_server(core, call, d, now)
    if role is Role.CALLER and phase in (Phase.CALLING, Phase.PROCEEDING, Phase.CANCELLING):
        _resume_client(core, call, d, now)
    if phase is Phase.CONFIRMED and d["waiting_ack"]:
        cseq, wire, flow = d["waiting_ack"]
        wait_for_ack(core, call, cseq, wire.encode("latin-1"), _flow(flow), now)
    _resume_session_timer(core, call, d["session_due"], now)
    return call


def _resume_server(core: Core, call: Call, d: dict, now: float) -> None:  # type: ignore[type-arg]
    """The caller still waits for our final response, or we for its ACK."""
    key = server_key(call.invite)
    waiting = d["waiting_ack"]
    wire = d["last_response"].encode("latin-1")
    call.server = core.layer.adopt_server(call.invite, _flow(d["reply_flow"]), key, wire, now, accepted=bool(waiting))
    if call.phase is Phase.OFFERED:
        core.invites[key] = call
    elif waiting:
        cseq, wire, flow = waiting[0], waiting[1].encode("latin-1"), _flow(waiting[2])
        core.layer.send(wire, flow)
        wait_for_ack(core, call, cseq, wire, flow, now)


def _resume_client(core: Core, call: Call, d: dict, now: float) -> None:  # type: ignore[type-arg]
    """Our INVITE may ring somewhere: listen on, and let it be cancelled."""
    call.client = core.layer.adopt_client(
        call.invite,
        _flow(d["client_flow"]),
        lambda tx, response, at: response_received(core, call, tx, response, at),
        lambda tx, why, at: invite_failed(core, call, tx, why, at),
    )

    def rang_out(at: float) -> None:
        call.rang_out = True
        cancel(core, call, at)

    call.ring_timer = core.timers.schedule(max(now, call.started_at + core.config.ring_timeout), rang_out)
    # Whether a provisional response got lost with the old process is not known: CANCEL must not wait for one.
    giving_up = call.phase is Phase.CANCELLING
    call.phase = Phase.PROCEEDING
    call.may_ring = True
    call.cancel_sent = False
    if giving_up:
        cancel(core, call, now)


def _resume_session_timer(core: Core, call: Call, due: float, now: float) -> None:
    interval = call.interval
    if interval is None or call.phase not in (Phase.CONFIRMED, Phase.ANSWERED):
        return
    longest = interval.refresh_after if interval.refresher is Refresher.US else interval.expires_after
    # A clock that jumped must not hang up a living call: never sooner than a few seconds, never later than the interval.
    arm_session_timer(core, call, now, min(max(due, now + 5.0), now + longest))


def _dump_flow(flow: Flow) -> list[object]:
    return [flow.transport, list(flow.local), list(flow.remote)]


def _flow(value: list) -> Flow:  # type: ignore[type-arg]
    return Flow(Transport(value[0]), HostPort(*value[1]), HostPort(*value[2]))


def _dump_dialog(dialog: Dialog | None, incoming: IncomingOffer | None = None) -> Json | None:
    if dialog is None:
        return None
    session = dialog.session
    document: Json = {name: getattr(dialog, name) for name in _DIALOG_FIELDS}
    document["session"] = [session.turn, _text(session.local), _text(session.remote), _text(session.offer)]
    if incoming is not None and incoming.dialog is dialog:
        # Not answered yet: when it comes again the next process must not take it for an old one.
        document["remote_cseq"] = incoming.request.cseq[0] - 1
    return document


def _dialog(value: dict) -> Dialog:  # type: ignore[type-arg]
    turn, local, remote, offer = value["session"]
    values = {**value, "route_set": tuple(value["route_set"])}
    values["session"] = Session(Turn(turn), _bytes(local), _bytes(remote), _bytes(offer))
    return Dialog(**values)


def _invite(text: str) -> Request:
    wire = text.encode("latin-1")
    if b"\r\n\r\n" not in wire:
        head = [line for line in wire.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        wire = b"\r\n".join(head) + b"\r\n\r\n"
    message = parse_message(wire, ParseLimits())
    if not isinstance(message, Request):
        raise ValueError("snapshot holds no INVITE")
    return message


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
