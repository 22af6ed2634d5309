"""The SIP endpoint: datagrams and commands in, datagrams and events out. No sockets, no clock, no randomness of its own.

    receive ─▶ parse ─▶ transaction ─▶ dialog ─▶ call ─▶ events
    command ─▶ call ─▶ dialog ─▶ transaction ─▶ to_send

After every call the owner takes, in this order: `take_journal` and makes it durable, `to_send` and puts it on the wire,
`next_event` until None, `next_timer` and comes back with `handle_timer`. Because the journal goes first, a peer never
sees a 200 or an ACK of a leg that a restarted process would not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sip_bridge.sip import dispatch, hangup, inbound, info, outbound, sessions, snapshot
from sip_bridge.sip.address import Uri
from sip_bridge.sip.call import Call, Phase, Role
from sip_bridge.sip.core import Core, EndpointConfig
from sip_bridge.sip.digest import DigestServer
from sip_bridge.sip.entropy import Entropy, SystemEntropy
from sip_bridge.sip.errors import Because, MisuseError, Refused
from sip_bridge.sip.events import Cause, Event, LineStateChanged
from sip_bridge.sip.flow import Flow
from sip_bridge.sip.identity import number_of
from sip_bridge.sip.limits import SourceBuckets, TokenBucket
from sip_bridge.sip.registration import TrunkFacts, TrunkKeeper
from sip_bridge.sip.subscriptions import Subscriptions
from sip_bridge.sip.timers import TimerQueue
from sip_bridge.sip.transactions import TransactionLayer
from sip_bridge.sip.transfers import Transfers
from sip_bridge.sip.trunk import Trunk, TrunkTable

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """The newest snapshot of a leg, None when the leg is over and may be forgotten."""

    leg: str
    snapshot: bytes | None


class SipEndpoint:
    """One user agent with any number of trunks and calls. Commands return `Refused` when they cannot be done now."""

    def __init__(self, config: EndpointConfig, entropy: Entropy | None = None) -> None:
        entropy = entropy or SystemEntropy()
        timers = TimerQueue()
        outbox: list[tuple[bytes, Flow]] = []
        limits = config.limits
        trunks = TrunkTable.of(config.trunks)
        self._core = Core(
            config=config,
            entropy=entropy,
            trunks=trunks,
            timers=timers,
            layer=TransactionLayer(timers, lambda data, flow: outbox.append((data, flow))),
            buckets=SourceBuckets(limits.source_rate, limits.source_burst, limits.sources),
            digest=DigestServer(config.realm, lambda user: self._core.trunks.password_of(user), entropy),
            outbox=outbox,
        )
        self._transfers = Transfers(self._core)
        self._core.on_end = lambda call, now: self._transfers.leg_ended(call.leg, now)
        self._keeper = TrunkKeeper(self._core)
        self._subscriptions = Subscriptions(self._core)
        self._rates = {trunk.name: _bucket(trunk, 0.0) for trunk in config.trunks}

    # -- the wire

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one message of a stream. Never raises on what the peer wrote."""
        dispatch.receive(self._core, self._transfers, self._subscriptions, data, flow, now)

    def to_send(self, now: float) -> list[tuple[bytes, Flow]]:
        """What has to leave, in order, each once. A `flow.remote` host may be a name: the driver looks it up."""
        sent = list(self._core.outbox)
        self._core.outbox.clear()
        return sent

    def flow_failed(self, flow: Flow, now: float) -> None:
        """The driver could not send on that flow, or its connection is gone."""
        self._core.layer.flow_failed(flow, now)

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called, None for never."""
        return self._core.timers.next_at()

    def handle_timer(self, now: float) -> None:
        self._core.timers.fire(now)

    def next_event(self) -> Event | None:
        """The next fact in order, None when there is none."""
        events = self._core.events
        return events.popleft() if events else None

    # -- calls

    def invite(
        self,
        trunk: str,
        to: str,
        sdp: bytes | None,
        now: float,
        *,
        caller: str = "",
        name: str = "",
        anonymous: bool = False,
        replaces: str = "",
        ring_timeout: float | None = None,
        headers: Headers = (),
    ) -> str | Refused:
        """Call `to` (a number, an extension or a URI) over a trunk; the new leg's id. `sdp` None: the peer offers.

        The INVITE goes to that trunk and to no other, whatever becomes of it: `way_out` chooses, and again if it rang nobody.
        """
        core = self._core
        found = core.trunks.by_name.get(trunk)
        flow = core.flow_to_trunk(found) if found else None
        if found is None or flow is None:
            return Refused(Because.NO_SUCH_TRUNK)
        if (because := self._may_call(found, to, caller, now)) is not None:
            return Refused(because)
        timeout = core.config.ring_timeout if ring_timeout is None else ring_timeout
        call = outbound.start_call(
            core, found, flow, to, caller, name, sdp, now,
            anonymous=anonymous, replaces=replaces, ring_timeout=timeout, headers=headers,
        )  # fmt: skip
        return call.leg

    def way_out(self, to: str, caller: str, now: float, *, tried: Collection[str] = ()) -> str | Refused:
        """The first trunk, in their order, that may dial the number and take the call now; those found down come last. After
        others were `tried`, neither those nor any that is found down."""
        because = Because.NO_SUCH_TRUNK
        for trunk in sorted(self._core.trunks.by_name.values(), key=lambda trunk: self._keeper.is_down(trunk.name)):
            if tried and (trunk.name in tried or self._keeper.is_down(trunk.name)):
                continue
            refused = self._may_call(trunk, to, caller, now, take=False)
            if refused is None:
                return trunk.name
            if because in (Because.NO_SUCH_TRUNK, Because.NUMBER_NOT_ALLOWED):
                because = refused
        return Refused(because)

    def _may_call(self, trunk: Trunk, to: str, caller: str, now: float, *, take: bool = True) -> Because | None:
        """`take`: the call is placed, and counts in the rate."""
        core = self._core
        if core.draining:
            return Because.DRAINING
        if core.overloaded or len(core.calls) >= core.config.limits.total_calls:
            return Because.OVERLOADED
        dialled = to
        if to.startswith(("sip:", "sips:", "tel:")):
            try:
                dialled = number_of(Uri.parse(to), trunk.region).text
            except ValueError:
                return Because.NUMBER_NOT_ALLOWED
        if not dialled or any(char in dialled for char in '\r\n<>"') or not trunk.may_dial(dialled):
            return Because.NUMBER_NOT_ALLOWED
        if caller and not trunk.may_show(caller):
            return Because.CALLER_NOT_ALLOWED
        if core.trunk_calls[trunk.name] >= trunk.calls:
            return Because.TRUNK_FULL
        bucket = self._rates[trunk.name]
        return None if (bucket.take(now) if take else bucket.has_any(now)) else Because.RATE_LIMITED

    def progress(
        self, leg: str, now: float, status: int = 180, sdp: bytes | None = None, *, reliable: bool | None = None
    ) -> Refused | None:
        """Send 101–199 to a caller. `reliable` None: as the peer's 100rel asks (RFC 3262)."""
        if not 101 <= status <= 199:
            raise MisuseError("a provisional status is 101 to 199")
        call = self._core.calls.get(leg)
        return inbound.progress(self._core, call, status, sdp, reliable, now) if call else _NO_CALL

    def accept(self, leg: str, sdp: bytes | None, now: float, *, headers: Headers = ()) -> Refused | None:
        """Answer a caller with 200."""
        call = self._core.calls.get(leg)
        return inbound.accept(self._core, call, sdp, headers, now) if call else _NO_CALL

    def reject(self, leg: str, status: int, now: float, reason: str = "", *, headers: Headers = ()) -> Refused | None:
        """Refuse a caller with 300–699."""
        if not 300 <= status <= 699:
            raise MisuseError("a refusal's status is 300 to 699")
        call = self._core.calls.get(leg)
        return inbound.reject(self._core, call, status, reason, headers, now) if call else _NO_CALL

    def cancel(self, leg: str, now: float) -> Refused | None:
        """Give up a call of ours that is not answered yet."""
        call = self._core.calls.get(leg)
        return outbound.cancel(self._core, call, now) if call else _NO_CALL

    def bye(self, leg: str, now: float, *, headers: Headers = ()) -> Refused | None:
        """End an answered call. Before our 200 is acknowledged the BYE waits for that (RFC 3261 section 15)."""
        call = self._core.calls.get(leg)
        if call is None:
            return _NO_CALL
        if call.phase is Phase.ANSWERED:
            call.hangup_wanted = tuple(headers)
            return None
        if call.phase is not Phase.CONFIRMED:
            return Refused(Because.WRONG_PHASE)
        if call.answer_due and call.dialog is not None:
            sessions.send_ack(self._core, call, call.dialog, call.invite.cseq[0], None)
        hangup.hang_up(self._core, call, Cause.LOCAL_HANGUP, now, headers)
        return None

    def is_unheard(self, leg: str) -> bool:
        """Whether nothing at all has come back to an INVITE of ours, not even a 100."""
        call = self._core.calls.get(leg)
        return call is not None and call.phase is Phase.CALLING and call.attempts == 1

    def hang_up(self, leg: str, now: float, *, status: int = 480) -> Refused | None:
        """End a call whatever its phase: `reject` with `status`, `cancel` or `bye`."""
        call = self._core.calls.get(leg)
        if call is None:
            return _NO_CALL
        if call.phase is Phase.OFFERED:
            return self.reject(leg, status, now)
        if call.role is Role.CALLER and call.phase in (Phase.CALLING, Phase.PROCEEDING):
            return self.cancel(leg, now)
        return self.bye(leg, now)

    # -- the session of a call

    def reinvite(self, leg: str, sdp: bytes | None, now: float) -> Refused | None:
        """Offer a new session; the outcome is `SessionAnswered` or `SessionRefused`. Glare is settled by itself."""
        call = self._core.calls.get(leg)
        return sessions.offer_session(self._core, call, "INVITE", sdp, now) if call else _NO_CALL

    def update(self, leg: str, sdp: bytes | None, now: float) -> Refused | None:
        """The same by UPDATE, also before the answer (RFC 3311)."""
        call = self._core.calls.get(leg)
        return sessions.offer_session(self._core, call, "UPDATE", sdp, now) if call else _NO_CALL

    def answer(self, leg: str, sdp: bytes, now: float) -> Refused | None:
        """Answer `SessionOffered`, or `CallAnswered` with `answer_wanted`."""
        call = self._core.calls.get(leg)
        return sessions.answer(self._core, call, sdp, now) if call else _NO_CALL

    def refuse_offer(self, leg: str, now: float, status: int = 488) -> Refused | None:
        """Refuse `SessionOffered`; the session stays."""
        call = self._core.calls.get(leg)
        return sessions.refuse_offer(self._core, call, status, now) if call else _NO_CALL

    def info(self, leg: str, digit: str, now: float, duration_ms: int = 160) -> Refused | None:
        """Send a key press by INFO (application/dtmf-relay)."""
        call = self._core.calls.get(leg)
        return info.send_digit(self._core, call, digit, duration_ms, now) if call else _NO_CALL

    # -- transfers

    def refer(self, leg: str, to: str, now: float, *, replaces: str | None = None) -> str | Refused:
        """Ask the peer to call `to`; `replaces`: the leg whose place it takes. The id of the transfer."""
        call = self._core.calls.get(leg)
        other = self._core.calls.get(replaces) if replaces else None
        if call is None or (replaces and other is None):
            return _NO_CALL
        return self._transfers.refer(call, to, other, now)

    def accept_transfer(self, transfer: str, now: float) -> Refused | None:
        """Take a REFER on: 202 and a first NOTIFY. Report the outcome with `notify`."""
        return self._transfers.accept(transfer, now)

    def reject_transfer(self, transfer: str, now: float, status: int = 603) -> Refused | None:
        return self._transfers.reject(transfer, status, now)

    def notify(self, transfer: str, status: int, now: float) -> Refused | None:
        """Report the progress of a transfer the peer asked for; 200 and above ends it."""
        return self._transfers.notify(transfer, status, now)

    # -- trunks

    def start_trunks(self, now: float) -> None:
        """Begin to register and to ping where trunks ask for it."""
        for trunk in self._core.trunks.by_name.values():
            self._keeper.start(trunk, now)

    def use_trunks(self, trunks: Iterable[Trunk], now: float) -> None:
        """Exactly these from now on. What did not change is left alone; calls go on, those of trunks that are gone too.

        ValueError, and nothing has changed, for a network that is none or a name used twice.
        """
        core, before = self._core, self._core.trunks.by_name
        core.trunks = TrunkTable.of(trunks)
        after = core.trunks.by_name
        core.former = {
            name: trunk
            for name, trunk in {**core.former, **before}.items()
            if name not in after and core.trunk_calls[name] > 0
        }
        self._rates = {
            name: self._rates[name] if name in before and before[name].rate == trunk.rate else _bucket(trunk, now)
            for name, trunk in after.items()
        }
        core.buckets.forget()  # they were made for the rates of before
        self._keeper.keep(after.values(), now)
        self._subscriptions.trunks_changed(now)

    def keep_former(self, trunks: Iterable[Trunk]) -> None:
        """Of an earlier process: trunks that calls adopted from it still need."""
        for trunk in trunks:
            if trunk.name not in self._core.trunks.by_name and self._core.trunk_calls[trunk.name] > 0:
                self._core.former[trunk.name] = trunk

    @property
    def former_trunks(self) -> tuple[Trunk, ...]:
        """Those that only calls which are up still need."""
        return tuple(self._core.former.values())

    def trunk_named(self, name: str) -> Trunk | None:
        return self._core.trunk_named(name)

    def trunk_states(self) -> list[TrunkFacts]:
        """What is known of every trunk now, in their order."""
        return [self._keeper.facts(name, self._core.trunk_calls[name]) for name in self._core.trunks.by_name]

    def stop_trunks(self, now: float) -> None:
        """Take our registrations back."""
        self._keeper.stop(now)

    # -- lines of the exchange

    def watch_lines(self, trunk: str, lines: Iterable[str], now: float) -> Refused | None:
        """Watch exactly these lines of the trunk; `LineStateChanged` tells. None of them: no more."""
        return self._subscriptions.watch(trunk, lines, now)

    def line_states(self, now: float) -> list[LineStateChanged]:
        """What is known of every watched line now."""
        return self._subscriptions.states(now)

    # -- running

    def drain(self, draining: bool = True) -> None:
        """New calls in either direction are refused (503 with Retry-After); calls in progress go on."""
        self._core.draining = draining

    def overload(self, overloaded: bool = True) -> None:
        """The owner cannot take more: as `drain`, but for a while."""
        self._core.overloaded = overloaded

    @property
    def refusals(self) -> Counter[str]:
        """What was refused or dropped, by reason, since the start."""
        return self._core.refusals

    @property
    def legs(self) -> dict[str, Phase]:
        """The living legs."""
        return {leg: call.phase for leg, call in self._core.calls.items()}

    def peer_host(self, leg: str) -> str | None:
        """The address that the leg's signalling comes from."""
        call = self._core.calls.get(leg)
        return call.flow.remote.host if call else None

    def agreed_sdp(self, leg: str) -> tuple[bytes | None, bytes | None]:
        """Our and the peer's side of the session in force."""
        call = self._core.calls.get(leg)
        if call is None or call.dialog is None:
            return None, None
        return call.dialog.session.local, call.dialog.session.remote

    @property
    def load(self) -> dict[str, int]:
        """How many of each thing the endpoint holds; all zero when nothing goes on."""
        core = self._core
        return {
            "calls": len(core.calls),
            "dialogs": len(core.dialogs),
            "client_transactions": len(core.layer.clients),
            "server_transactions": len(core.layer.servers),
            "merge_keys": len(core.layer.merged),
            "open_invites": len(core.invites),
            "strays": len(core.strays),
            "transfers": len(self._transfers),
            "lines": len(self._subscriptions),
            "timers": len(core.timers),
        }

    # -- restart

    def take_journal(self) -> list[JournalEntry]:
        """The legs that changed since the last time. Make it durable before `to_send` leaves."""
        core = self._core
        if not core.dirty:
            return []
        entries = []
        for leg in core.dirty:
            call = core.calls.get(leg)
            entries.append(JournalEntry(leg, snapshot.dump(call) if call is not None else None))
        core.dirty.clear()
        return entries

    def dump(self, leg: str) -> bytes | None:
        """A snapshot of one leg."""
        call = self._core.calls.get(leg)
        return snapshot.dump(call) if call is not None else None

    def adopt(self, data: bytes, now: float) -> str | Refused:
        """Take over a leg of an earlier process from its newest snapshot; the leg keeps its id."""
        try:
            if snapshot.leg_of(data) in self._core.calls:
                return Refused(Because.ALREADY_KNOWN)
            return snapshot.adopt(self._core, data, now).leg
        except ValueError:
            return Refused(Because.BAD_SNAPSHOT)


_NO_CALL = Refused(Because.NO_SUCH_CALL)


def _bucket(trunk: Trunk, now: float) -> TokenBucket:
    return TokenBucket(trunk.rate, max(1.0, trunk.rate), max(1.0, trunk.rate), now)


__all__ = ["Call", "JournalEntry", "SipEndpoint"]
