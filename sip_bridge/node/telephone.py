"""SIP legs: what the SIP core says and what the backend wants, with the media that belongs to it.

Every step that opens media is a task; the SIP core goes on meanwhile. A leg may vanish during any ``await``: each step
looks again before it acts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from sip_bridge.contract import (
    DigitPressed,
    DigitSource,
    EndCause,
    EndedBy,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeldByPeer,
    LegKind,
    LegOffered,
    LegRinging,
    LegState,
    QualityMeasured,
    TransferAsked,
)
from sip_bridge.media import protocol as m
from sip_bridge.media.client import WorkerGone
from sip_bridge.node.dialling import Dialling, Outgoing
from sip_bridge.node.figures import Figures
from sip_bridge.node.legs import LegRecord, Legs, leg_of_sip, new_session_id
from sip_bridge.node.media import Media
from sip_bridge.node.sessions import MEDIA_PATIENCE_S, Sessions
from sip_bridge.sdp.model import SdpError
from sip_bridge.sdp.negotiation import Agreed
from sip_bridge.sip import events as s
from sip_bridge.sip.address import Uri
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.identity import number_of
from sip_bridge.sip.transport import Application

log = structlog.get_logger()

_CAUSES: dict[s.Cause, tuple[EndedBy, EndCause]] = {
    s.Cause.REMOTE_HANGUP: (EndedBy.PEER, EndCause.NORMAL),
    s.Cause.LOCAL_HANGUP: (EndedBy.BACKEND, EndCause.NORMAL),
    s.Cause.REMOTE_CANCEL: (EndedBy.PEER, EndCause.CANCELLED),
    s.Cause.LOCAL_CANCEL: (EndedBy.BACKEND, EndCause.CANCELLED),
    s.Cause.LOCAL_REJECT: (EndedBy.BACKEND, EndCause.REJECTED),
    s.Cause.REMOTE_REJECT: (EndedBy.PEER, EndCause.REJECTED),
    s.Cause.NO_ANSWER: (EndedBy.BRIDGE, EndCause.NO_ANSWER),
    s.Cause.NO_RESPONSE: (EndedBy.BRIDGE, EndCause.UNREACHABLE),
    s.Cause.NO_ACK: (EndedBy.BRIDGE, EndCause.UNREACHABLE),
    s.Cause.NO_PRACK: (EndedBy.BRIDGE, EndCause.UNREACHABLE),
    s.Cause.NO_MEDIA_ANSWER: (EndedBy.BRIDGE, EndCause.ERROR),
    s.Cause.AUTHENTICATION_FAILED: (EndedBy.PEER, EndCause.NOT_ALLOWED),
    s.Cause.SESSION_EXPIRED: (EndedBy.BRIDGE, EndCause.SESSION_EXPIRED),
    s.Cause.TRANSPORT_FAILED: (EndedBy.BRIDGE, EndCause.UNREACHABLE),
    s.Cause.REPLACED: (EndedBy.PEER, EndCause.NORMAL),
}
_REJECTIONS = {404: EndCause.UNREACHABLE, 408: EndCause.NO_ANSWER, 480: EndCause.NO_ANSWER, 486: EndCause.BUSY,
               600: EndCause.BUSY, 403: EndCause.NOT_ALLOWED, 503: EndCause.OVERLOAD}  # fmt: skip
BACKEND_PATIENCE_S = 4.0
"""How long an offered call waits for the backend's word before the bridge answers by itself."""


class Telephone:
    def __init__(
        self,
        application: Application,
        media: Media,
        legs: Legs,
        figures: Figures,
        address: str,
        report: Callable[[LegEvent], None],
        on_gone: Callable[[LegRecord], Awaitable[None]],
        without_backend: Callable[[LegRecord], bool],
        fall_back: Callable[[LegRecord], Coroutine[Any, Any, None]],
    ) -> None:
        self.application = application
        self.endpoint = application.endpoint
        self.media = media
        self.legs = legs
        self.figures = figures
        self.report = report
        self._on_gone = on_gone
        self._without_backend = without_backend
        self._fall_back = fall_back
        self.sessions = Sessions(application, media, legs, address)
        self.dialling = Dialling(application, self.sessions, legs, self._not_placed)
        self._hung_up_because: dict[str, EndCause] = {}
        self._tasks: set[asyncio.Task] = set()

    # ---- from the SIP core

    def on_event(self, event: s.Event) -> None:
        match event:
            case s.CallOffered():
                self._offered(event)
            case s.CallProgressed():
                self._progressed(event)
            case s.CallAnswered():
                self._answered(event)
            case s.CallConfirmed():
                self._confirmed(event)
            case s.SessionOffered(leg=sip, sdp=sdp):
                self._spawn(self._renegotiate(sip, sdp))
            case s.SessionAnswered(leg=sip, sdp=sdp):
                if sdp is not None:
                    self._spawn(self._take_answer(sip, sdp))
            case s.DigitReceived(leg=sip, digit=digit, duration_ms=duration):
                if record := self.legs.of_sip(sip):
                    self.report(
                        DigitPressed(leg=record.leg, digit=digit, source=DigitSource.SIP_INFO, duration_ms=duration)
                    )
            case s.TransferRequested():
                self._transfer_asked(event)
            case s.CallEnded():
                self._ended(event)
            case s.TrunkLost() | s.TrunkReached() | s.TrunkRegistered() | s.TrunkRegistrationFailed():
                log.info("trunk", what=type(event).__name__, trunk=event.trunk)

    def _transfer_asked(self, event: s.TransferRequested) -> None:
        """The backend decides. One with Replaces is about a call of the exchange that nobody here knows: declined."""
        record = self.legs.of_sip(event.leg)
        to = number_of(Uri.parse(event.target))
        if record is None or not record.told or event.replaces is not None or not to.valid:
            self.endpoint.reject_transfer(event.transfer, self.application.now(), 603)
            return
        self.report(TransferAsked(leg=record.leg, transfer=event.transfer, to=to.text))

    def answer_transfer(self, transfer: str, accepted: bool, sip_status: int) -> None:
        """The telephone is told that it is done: its call goes on without it, and it hangs up or is hung up."""
        now = self.application.now()
        if accepted:
            self.endpoint.accept_transfer(transfer, now)
            self.endpoint.notify(transfer, 200, now)
        else:
            self.endpoint.reject_transfer(transfer, now, sip_status)
        self.application.flush()

    def _offered(self, event: s.CallOffered) -> None:
        record = LegRecord(
            leg=leg_of_sip(event.leg),
            kind=LegKind.SIP,
            state=LegState.OFFERED,
            trunk=event.trunk,
            sip=event.leg,
            session_id=new_session_id(),
        )
        record.offer = event.sdp
        if self._without_backend(record):
            record.by_fallback = True
            self.legs.put(record)
            return
        record.told = True
        self.legs.put(record)
        asyncio.get_running_loop().call_later(BACKEND_PATIENCE_S, self._look_after, record)
        self.report(
            LegOffered(
                leg=record.leg,
                trunk=event.trunk,
                caller=None if event.caller.anonymous else event.caller.number or None,
                caller_name=event.caller.name or None,
                dialled=event.dialled,
                sip_call_id=event.sip_call_id,
            )
        )

    def _look_after(self, record: LegRecord) -> None:
        """A caller whom the backend was told of but says nothing about must not ring for ever."""
        if record.state is LegState.OFFERED and not record.taken:
            record.by_fallback = True
            self.legs.put(record)
            self._spawn(self._fall_back(record))

    def _confirmed(self, event: s.CallConfirmed) -> None:
        record = self.legs.of_sip(event.leg)
        if record is None or record.state is LegState.UP:
            return
        if event.sdp is not None:
            self._spawn(self._take_answer(event.leg, event.sdp))
        record.state = LegState.UP
        self.legs.put(record)
        if not record.by_fallback:
            self.report(LegAnswered(leg=record.leg))

    def _progressed(self, event: s.CallProgressed) -> None:
        """180 or its like; with a description the peer's exchange sends sound from now on (RFC 3960)."""
        record = self.legs.of_sip(event.leg)
        if record is None or event.status < 180 or record.state not in (LegState.DIALLING, LegState.RINGING):
            return
        early = event.sdp is not None and not record.early_media
        if event.sdp is not None:
            self._spawn(self._take_answer(event.leg, event.sdp))
        if record.state is LegState.RINGING and not early:
            return
        record.state = LegState.RINGING
        record.early_media = record.early_media or early
        self.legs.put(record)
        self.report(LegRinging(leg=record.leg, early_media=record.early_media))

    def _answered(self, event: s.CallAnswered) -> None:
        record = self.legs.of_sip(event.leg)
        if record is None:
            return
        if event.sdp is not None:
            self._spawn(self._take_answer(event.leg, event.sdp))
        record.state = LegState.UP
        self.legs.put(record)
        self.report(LegAnswered(leg=record.leg))

    def _ended(self, event: s.CallEnded) -> None:
        record = self.legs.of_sip(event.leg)
        if record is not None and not (event.rang_nobody and self.dialling.go_on(record)):
            by, cause = _CAUSES[event.cause]
            if event.cause is s.Cause.REMOTE_REJECT:
                cause = _REJECTIONS.get(event.status, EndCause.REJECTED)
            if (because := self._hung_up_because.pop(record.leg, None)) is not None:
                by, cause = EndedBy.BRIDGE, because
            self._spawn(self._close(record, by, cause, event.status or None))

    async def _close(self, record: LegRecord, by: EndedBy, cause: EndCause, status: int | None) -> None:
        """Free the media, then tell: the final figures belong to the report."""
        if record.state is LegState.ENDED:
            return
        record.state = LegState.ENDED
        self.legs.put(record)
        ended = LegEnded(leg=record.leg, by=by, cause=cause, sip_status=status)
        if record.told:
            self.report(ended)  # at once; the figures follow when the worker has given them
        await self._on_gone(record)
        figures = await self.close_media(record.leg)
        if figures is not None and record.told:
            self.report(figures)
        self.sessions.forget(record)
        self.dialling.forget(record)
        self.legs.remove(record)

    async def close_media(self, leg: str) -> QualityMeasured | None:
        """Its last figures, if there are any."""
        try:
            result = await self.media.request(m.CloseLeg(leg=leg), within=MEDIA_PATIENCE_S)
            return self.figures.measured(result.statistics) if isinstance(result, m.LegClosed) else None
        except (TimeoutError, WorkerGone):
            return None
        finally:
            self.figures.forget(leg)

    # ---- what the backend wants

    def ring(self, record: LegRecord) -> None:
        self.endpoint.progress(record.sip, self.application.now(), 180)
        self.application.flush()

    def reject(self, record: LegRecord, status: int) -> None:
        self.endpoint.reject(record.sip, status, self.application.now())
        self.application.flush()

    def hang_up(self, record: LegRecord, because: EndCause | None = None) -> None:
        if because is not None:
            self._hung_up_because[record.leg] = because
        if record.state is LegState.DIALLING and not record.sip:
            record.state = LegState.ENDED  # its INVITE has not left yet, and does not
            return
        self.endpoint.hang_up(record.sip, self.application.now())
        self.application.flush()

    async def answer(self, record: LegRecord) -> str | None:
        """Answer an offered leg; None when done, otherwise why not."""
        if record.state is not LegState.OFFERED:
            return None if record.state is LegState.UP else "bad_state"
        try:
            body = await self.sessions.open(record, record.offer)
        except SdpError:
            body = None
        if body is None:
            self.reject(record, 488)
            return "failed"
        if record.state is not LegState.OFFERED:
            return "bad_state"
        refused = self.endpoint.accept(record.sip, body, self.application.now())
        self.sessions.remember(record)
        self.application.flush()
        return refused.because.value if isinstance(refused, Refused) else None

    async def dial(self, record: LegRecord, to: str, caller: str | None, ring_timeout: float) -> str | None:
        """Place a call, by the trunk that the record names or by the first that can. None when the INVITE left, otherwise
        why not."""
        call = Outgoing(to=to, caller=caller or "", until=self.application.now() + ring_timeout)
        because = None if record.trunk else self.dialling.choose(record, call)
        because = because or await self._dial(record, call)
        if because is not None:
            self.dialling.forget(record)
        return because

    async def _dial(self, record: LegRecord, call: Outgoing) -> str | None:
        negotiator = await self.sessions.new_negotiator(record, None)
        if negotiator is None:
            return "failed"
        because = "cancelled" if record.state is LegState.ENDED else self.dialling.place(record, negotiator, call)
        if because is not None:
            await self.close_media(record.leg)
            return because
        self.application.flush()
        return None

    def _not_placed(self, record: LegRecord) -> None:
        self._spawn(self._close(record, EndedBy.BRIDGE, EndCause.UNREACHABLE, None))

    # ---- sessions

    async def _renegotiate(self, sip: str, offer: bytes | None) -> None:
        record = self.legs.of_sip(sip)
        if record is None:
            return
        negotiator = self.sessions.of(record)
        now = self.application.now
        if offer is None:
            self.endpoint.answer(sip, negotiator.offer(), now())
            self.sessions.remember(record)
            self.application.flush()
            return
        try:
            answered = negotiator.answer(offer)
        except SdpError:
            answered = None
        if answered is None:
            self.endpoint.refuse_offer(sip, now(), 488)
            self.application.flush()
            return
        body, agreed = answered
        await self.sessions.apply(record, agreed)
        self.endpoint.answer(sip, body, now())
        self.sessions.remember(record)
        self.application.flush()
        self._note_hold(record, agreed)

    async def _take_answer(self, sip: str, sdp: bytes) -> None:
        record = self.legs.of_sip(sip)
        if record is None:
            return
        try:
            agreed = self.sessions.of(record).accept_answer(sdp)
        except SdpError:
            agreed = None
        if agreed is None:
            log.warning("answer_not_usable", trunk=record.trunk)
            self.hang_up(record, EndCause.ERROR)
            return
        await self.sessions.apply(record, agreed)
        self.sessions.remember(record)
        self._note_hold(record, agreed)

    def _note_hold(self, record: LegRecord, agreed: Agreed) -> None:
        if agreed.held != record.held:
            record.held = agreed.held
            self.legs.put(record)
            self.report(LegHeldByPeer(leg=record.leg, held=agreed.held))

    def _spawn(self, work) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("leg_step_failed", exc_info=error)
