"""REFER both ways with its implicit subscription (RFC 3515), Replaces (RFC 3891), Referred-By (RFC 3892)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from sip_bridge.sip.address import NameAddr, sip_uri
from sip_bridge.sip.call import Call, Dialog, Phase
from sip_bridge.sip.core import Core
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import TransferEnded, TransferProgressed, TransferRequested
from sip_bridge.sip.message import REASONS, Request, Response, response_to
from sip_bridge.sip.timers import Timer
from sip_bridge.sip.transactions import ClientTransaction, ServerTransaction

SUBSCRIPTION = 180.0  # seconds the outcome of a transfer is waited for
_SIPFRAG = re.compile(rb"\s*SIP/2\.0 ([1-6][0-9][0-9])\b")


@dataclass(slots=True, eq=False)
class Transfer:
    """One implicit subscription. `event_id` is the CSeq number of its REFER."""

    name: str
    call: Call
    dialog: Dialog
    event_id: int
    ours: bool
    request: tuple[Request, ServerTransaction] | None = None
    timer: Timer | None = None


@dataclass(frozen=True, slots=True)
class ReplacesValue:
    """The dialog to replace as seen by its owner: `to_tag` is that side's own tag."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> ReplacesValue:
        """ValueError when a tag is missing."""
        call_id, *parameters = [piece.strip() for piece in text.split(";")]
        tags: dict[str, str] = {}
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.lower() in tags:
                raise ValueError("parameter given twice")
            tags[name.lower()] = value
        if not call_id or not tags.get("to-tag") or not tags.get("from-tag"):
            raise ValueError("Replaces needs a Call-ID and both tags")
        return cls(call_id, tags["to-tag"], tags["from-tag"], "early-only" in tags)

    @classmethod
    def of_peer(cls, dialog: Dialog) -> ReplacesValue:
        """What the peer of that dialog has to be told to have its end replaced."""
        return cls(dialog.call_id, dialog.remote_tag, dialog.local_tag)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


class Transfers:
    """The transfers of an endpoint, both ways."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._open: dict[str, Transfer] = {}

    def __len__(self) -> int:
        return len(self._open)

    def of_call(self, call: Call) -> list[Transfer]:
        return [transfer for transfer in self._open.values() if transfer.call is call]

    # -- out

    def refer(self, call: Call, to: str, replaces: Call | None, now: float) -> str | Refused:
        """Ask the peer to call `to`; `replaces`: to take the place of that call of ours (attended transfer)."""
        core, dialog = self._core, call.dialog
        if call.phase is not Phase.CONFIRMED or dialog is None:
            return Refused(Because.WRONG_PHASE)
        if replaces is not None and replaces.dialog is None:
            return Refused(Because.WRONG_PHASE)
        trunk = core.trunk_of(call)
        uri = to if ":" in to else sip_uri(to, (trunk.domain or trunk.host) if trunk else core.host_of(call.flow))
        if replaces is not None and replaces.dialog is not None:
            if ":" not in to and not to:
                uri = replaces.dialog.target
            uri += (
                ("&" if "?" in uri else "?") + "Replaces=" + quote(str(ReplacesValue.of_peer(replaces.dialog)), safe="")
            )
        headers = [("Refer-To", f"<{uri}>"), ("Referred-By", core.contact(call.flow))]
        request, flow = core.request_in_dialog(call, dialog, "REFER", headers=headers)
        transfer = Transfer("refer-" + core.entropy.token(), call, dialog, request.cseq[0], ours=True)
        self._keep(transfer, now)

        def answered(tx: ClientTransaction, response: Response, at: float) -> None:
            if response.status in (401, 407):
                dialog.local_cseq += 1
                again = core.with_credentials(
                    tx.request, response, core.credentials_of(call), tx.flow, dialog.local_cseq
                )
                if again is not None:
                    transfer.event_id = dialog.local_cseq
                    core.layer.start_client(again, tx.flow, answered, failed, at)
                    return
            if response.status >= 300:
                self._close(transfer, response.status)

        def failed(_tx: ClientTransaction, why: str, _at: float) -> None:
            self._close(transfer, 408 if why == "timeout" else 503)

        core.layer.start_client(request, flow, answered, failed, now)
        return transfer.name

    def notified(self, call: Call, request: Request, tx: ServerTransaction, now: float) -> None:
        """NOTIFY of what came of our REFER; 481 for one we did not ask for, 489 for another package."""
        package, _, parameters = request.headers.get("event").partition(";")
        if package.strip().lower() != "refer":
            self._core.layer.respond(tx, response_to(request, 489, headers=[("Allow-Events", "refer")]), now)
            return
        transfer = self._of_notify(call, parameters)
        if transfer is None:
            self._core.layer.respond(tx, response_to(request, 481), now)
            return
        self._core.layer.respond(tx, response_to(request, 200), now)
        match = _SIPFRAG.match(request.body)
        status = int(match[1]) if match else 0
        over = request.headers.get("subscription-state").strip().lower().startswith("terminated")
        if status >= 200 or over:
            self._close(transfer, status if status >= 200 else 0)
        elif status:
            self._core.emit(TransferProgressed(call.leg, transfer.name, status))

    def _of_notify(self, call: Call, parameters: str) -> Transfer | None:
        ours = [transfer for transfer in self.of_call(call) if transfer.ours]
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "id":
                return next((t for t in ours if str(t.event_id) == value.strip()), None)
        return ours[0] if ours else None

    # -- in

    def refer_received(self, call: Call, dialog: Dialog, request: Request, tx: ServerTransaction, now: float) -> None:
        """REFER in a call: hand it to the owner. 400 without exactly one Refer-To (RFC 3515 section 2.4.2)."""
        core = self._core
        values = request.headers.items("refer-to")
        try:
            if len(values) != 1:
                raise ValueError("not one Refer-To")
            target = NameAddr.parse(values[0]).uri
            text = target.header_fields.get("replaces")
            replaces = ReplacesValue.parse(text) if text else None
        except ValueError:
            core.layer.respond(tx, response_to(request, 400), now)
            return
        if call.phase is not Phase.CONFIRMED:
            core.layer.respond(tx, response_to(request, 481 if call.phase is Phase.CLOSED else 500), now)
            return
        transfer = Transfer("refer-" + core.entropy.token(), call, dialog, request.cseq[0], False, (request, tx))
        self._keep(transfer, now)
        known = core.dialogs.get((replaces.call_id, replaces.to_tag, replaces.from_tag)) if replaces else None
        core.emit(
            TransferRequested(
                call.leg,
                transfer.name,
                target.without_headers(),
                str(replaces) if replaces else None,
                known[0].leg if known else None,
                request.headers.get("referred-by"),
            )
        )

    def accept(self, name: str, now: float) -> Refused | None:
        """202 and the first NOTIFY with `100 Trying`."""
        transfer = self._open.get(name)
        if transfer is None or transfer.request is None:
            return Refused(Because.NO_SUCH_TRANSFER)
        (request, tx), transfer.request = transfer.request, None
        response = response_to(request, 202, headers=[("Contact", self._core.contact(transfer.call.flow))])
        self._core.layer.respond(tx, response, now)
        return self.notify(name, 100, now)

    def reject(self, name: str, status: int, now: float) -> Refused | None:
        """Refuse the REFER."""
        transfer = self._open.get(name)
        if transfer is None or transfer.request is None:
            return Refused(Because.NO_SUCH_TRANSFER)
        request, tx = transfer.request
        self._core.layer.respond(tx, response_to(request, status), now)
        self._forget(transfer)
        return None

    def notify(self, name: str, status: int, now: float) -> Refused | None:
        """Tell the peer how its transfer goes; a final status ends the subscription."""
        transfer = self._open.get(name)
        if transfer is None or transfer.ours or transfer.request is not None:
            return Refused(Because.NO_SUCH_TRANSFER)
        final = status >= 200
        state = "terminated;reason=noresource" if final else f"active;expires={int(SUBSCRIPTION)}"
        headers = [("Event", f"refer;id={transfer.event_id}"), ("Subscription-State", state)]
        body = f"SIP/2.0 {status} {REASONS.get(status, 'Unknown')}\r\n".encode()
        if final:
            self._forget(transfer)
        if transfer.call.phase is not Phase.CONFIRMED:
            return Refused(Because.WRONG_PHASE)
        request, flow = self._core.request_in_dialog(
            transfer.call,
            transfer.dialog,
            "NOTIFY",
            headers=headers,
            body=body,
            content_type="message/sipfrag;version=2.0",
        )

        def answered(_tx: ClientTransaction, response: Response, _at: float) -> None:
            if response.status == 481:
                self._forget(transfer)

        def failed(_tx: ClientTransaction, _why: str, _at: float) -> None:
            self._forget(transfer)

        self._core.layer.start_client(request, flow, answered, failed, now)
        return None

    # -- both

    def leg_ended(self, leg: str, now: float) -> None:
        """The call is over: what was not reported will not be, what was asked is refused."""
        for transfer in [transfer for transfer in self._open.values() if transfer.call.leg == leg]:
            if transfer.ours:
                self._close(transfer, 0)
            elif transfer.request is not None:
                self.reject(transfer.name, 481, now)
            else:
                self._forget(transfer)

    def _keep(self, transfer: Transfer, now: float) -> None:
        self._open[transfer.name] = transfer

        def expired(at: float) -> None:
            if transfer.request is not None:
                self.reject(transfer.name, 603, at)
            elif transfer.ours:
                self._close(transfer, 0)
            else:
                self._forget(transfer)

        wait = SUBSCRIPTION if transfer.ours or transfer.request is None else 30.0
        transfer.timer = self._core.timers.schedule(now + wait, expired)

    def _close(self, transfer: Transfer, status: int) -> None:
        if transfer.name in self._open:
            self._forget(transfer)
            self._core.emit(TransferEnded(transfer.call.leg, transfer.name, status))

    def _forget(self, transfer: Transfer) -> None:
        self._open.pop(transfer.name, None)
        if transfer.timer is not None:
            transfer.timer.cancel()
