"""The control process: signalling, legs, the link to the backend. It may be killed at any moment.

The media goes on in the worker; what this process knew stands in the journal; a new one adopts dialogs from the journal
and media from the worker's snapshot, and the callers notice nothing.
"""

import asyncio
import os
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Sequence

import structlog

from sip_bridge import contract as k
from sip_bridge.media import protocol as m
from sip_bridge.media.client import MediaClient, WorkerGone
from sip_bridge.node.browsers import open_browser_leg
from sip_bridge.node.config import Config
from sip_bridge.node.counters import Counters, Families
from sip_bridge.node.figures import Figures
from sip_bridge.node.journal import Journal
from sip_bridge.node.legs import DIAL_REFUSALS, LegRecord, Legs
from sip_bridge.node.lines import Lines
from sip_bridge.node.link import Link
from sip_bridge.node.media import Media
from sip_bridge.node.names import SIP_SOCKET_ENV
from sip_bridge.node.plays import Plays, code_of
from sip_bridge.node.prompts import Prompts
from sip_bridge.node.recordings import Recordings
from sip_bridge.node.telephone import Telephone
from sip_bridge.node.trunks import Trunks
from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import JournalEntry, SipEndpoint
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.events import LineStateChanged
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.transport import Application, udp_socket

log = structlog.get_logger()
GROUP = "group"
DIALOG = "dialog"
FLUSH_S = 0.05
GONE_WITHIN_S = 5.0
_BROWSER_STATES = {
    m.BrowserState.CONNECTED: k.LegState.UP,
    m.BrowserState.DISCONNECTED: k.LegState.DISCONNECTED,
    m.BrowserState.FAILED: k.LegState.DISCONNECTED,
    m.BrowserState.CLOSED: k.LegState.DISCONNECTED,
}


class Control:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.journal = Journal(config.folder / "journal.sqlite")
        self.legs = Legs(self.journal)
        self.media = Media(MediaClient(config.media_socket, on_event=self._media_event, on_hello=self._media_hello))
        self._restoring: asyncio.Task | None = None
        self.recordings = Recordings(self.journal, self.media, config.recordings, self.report)
        self.prompts = Prompts(config.prompts, config.backend, config.link_token.get_secret_value())
        self.link = Link(
            config.backend,
            config.link_token.get_secret_value(),
            config.name,
            self.journal,
            self.handle,
            self.legs.statuses,
            lambda given: self.trunks.use(given, self.application),
        )
        self.trunks = Trunks(config.folder / "trunks.json", config.own_trunks(), self.report)
        self.endpoint = SipEndpoint(
            EndpointConfig(
                listen={
                    Transport.UDP: HostPort(config.address, config.sip_port),
                    Transport.TCP: HostPort(config.address, config.sip_port),
                    Transport.TLS: HostPort(config.address, config.sip_tls_port),
                },
                trunks=self.trunks.table(),
                advertised=config.address,
                answer_silently=True,
            )
        )
        self.figures = Figures(self.journal, self.media, self.report)
        self.lines = Lines(self.endpoint, self.journal, self.report)
        self.application = Application(self.endpoint, self._sip_event, self._keep_dialogs)
        self.telephone = Telephone(
            self.application,
            self.media,
            self.legs,
            self.figures,
            config.address,
            self.report,
            self._leg_gone,
            self._without_backend,
            self._fall_back,
        )
        self._instance = ""
        self._groups = set(self.journal.kept(GROUP))
        self.plays = Plays(self.media, self.prompts, self.report)

    # ---- life

    async def start(self) -> None:
        hello = await self.media.client.connect(within=30)
        self._instance = hello.instance
        await self._adopt()
        handed = os.environ.get(SIP_SOCKET_ENV)
        udp = socket.socket(fileno=int(handed)) if handed else udp_socket(self.config.address, self.config.sip_port)
        self.application.listen_udp(udp)
        await self.application.listen_stream(self.config.address, self.config.sip_port)
        if self.config.sip_tls_certificate and self.config.sip_tls_key:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(self.config.sip_tls_certificate, self.config.sip_tls_key)
            await self.application.listen_stream(self.config.address, self.config.sip_tls_port, tls=context)
        self.endpoint.start_trunks(self.application.now())
        self.lines.start(self.application.now())
        self.application.flush()

    async def run(self) -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
        counters = Counters(
            self.config.folder / "metrics.prom", self.config.counters_every_s, self._counters, self.media
        )
        tasks = [asyncio.create_task(part) for part in (self.link.run(), self._flush_often(), counters.run())]
        log.info("control_started", legs=len(self.legs.by_id))
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.application.close()
        await self.media.client.close()
        self.journal.close()

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self.lines.tell(self.application.now(), connected=self.link.connected)
            self.trunks.tell(self.endpoint, self.application.now(), connected=self.link.connected)
            self.journal.flush()

    def _counters(self) -> Families:
        return {
            "sip_refusals": dict(self.endpoint.refusals),
            "sip_failures": dict(self.application.failures),
            "sip_now": self.endpoint.load,
            "legs_now": {"known": len(self.legs.by_id)},
            **self.lines.families(self.application.now()),
            **self.trunks.families(self.endpoint),
            "link": {"unreadable_frames": self.link.unreadable},
            "link_now": {"connected": int(self.link.connected)},
        }

    async def _adopt(self) -> None:
        """Take over what an earlier process held; end what is no longer whole."""
        self.legs.load()
        now = self.application.now()
        dialogs = self.journal.kept(DIALOG)
        for sip, raw in dialogs.items():
            if isinstance(adopted := self.endpoint.adopt(raw, now), Refused):
                log.error("dialog_not_adopted", because=adopted.because.value)
                self.journal.forget(DIALOG, sip)
        self.trunks.adopted(self.endpoint)
        snapshot = await self.media.request(m.TakeSnapshot())
        assert isinstance(snapshot, m.Snapshot)
        self.media.adopt(snapshot)
        alive = self.endpoint.legs
        for record in list(self.legs.by_id.values()):
            if record.kind is k.LegKind.SIP and record.sip not in alive:
                await self._dead(record, k.EndCause.ERROR)
            elif record.state in (k.LegState.UP, k.LegState.RINGING) and record.leg not in snapshot.legs:
                self._media_of_leg_gone(record)
            elif isinstance(state := snapshot.legs.get(record.leg), m.BrowserLegState):
                self._browser_changed(record.leg, state.state)
        for leg in snapshot.legs:
            if self.legs.get(leg) is None:
                await self.media.request(m.CloseLeg(leg=leg))
        for play in snapshot.plays:
            self.plays.adopt(play.command.leg, play.command.play)
        for sip in alive:
            if self.legs.of_sip(sip) is None:
                self.endpoint.hang_up(sip, now)
        running = {r.command.recording for r in snapshot.recordings}
        for over in [r for r in self.recordings.known() if r not in running]:
            await self.recordings.stop(over)

    async def _dead(self, record: LegRecord, cause: k.EndCause) -> None:
        if record.state is not k.LegState.ENDED and record.told:
            self.report(k.LegEnded(leg=record.leg, by=k.EndedBy.BRIDGE, cause=cause))
        await self._leg_gone(record)
        await self.telephone.close_media(record.leg)
        self.legs.remove(record)

    def _media_of_leg_gone(self, record: LegRecord) -> None:
        """The worker that carried this leg is no more: a caller is let go, a browser comes back by itself."""
        if record.kind is k.LegKind.SIP:
            self.telephone.hang_up(record, k.EndCause.WORKER_LOST)
        elif record.state is not k.LegState.DISCONNECTED:
            record.state = k.LegState.DISCONNECTED
            self.legs.put(record)
            self.report(k.BrowserLegChanged(leg=record.leg, state=k.LegState.DISCONNECTED))

    # ---- reports

    def report(self, event: k.LegEvent) -> None:
        self.link.send(self.journal.report(event))

    def _keep_dialogs(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            if entry.snapshot is None:
                self.journal.forget(DIALOG, entry.leg)
            else:
                self.journal.keep(DIALOG, entry.leg, entry.snapshot)
        self.journal.flush()

    def _sip_event(self, event) -> None:
        (self.lines.changed if isinstance(event, LineStateChanged) else self.telephone.on_event)(event)

    async def _leg_gone(self, record: LegRecord) -> None:
        self.plays.leg_gone(record.leg)
        await self.recordings.stop_of(record.leg)

    # ---- the media worker

    def _media_event(self, event: m.Event) -> Awaitable[None] | None:
        match event:
            case m.DigitPressed(leg=leg, digit=digit, source=source, duration_ms=duration):
                self.plays.digit(leg)
                self.report(
                    k.DigitPressed(leg=leg, digit=digit, source=k.DigitSource(source.value), duration_ms=duration)
                )
            case m.PlayFinished(leg=leg, play=play, outcome=outcome):
                self.plays.finished(leg, play)
                self.media.play_finished(leg, play)
                record = self.legs.get(leg)
                if record is not None and record.by_fallback:
                    self.telephone.hang_up(record)
                elif outcome is not m.PlayOutcome.LEG_CLOSED:
                    self.report(k.PlayFinished(leg=leg, play=play, outcome=k.PlayOutcome(outcome.value)))
            case m.BrowserLegChanged(leg=leg, state=state):
                self._browser_changed(leg, state)
            case m.MediaLost(leg=leg):
                self.report(k.MediaLost(leg=leg))
            case m.MediaResumed(leg=leg):
                self.report(k.MediaResumed(leg=leg))
            case m.Quality(statistics=stats) if self.legs.get(stats.leg) is not None:
                if (measured := self.figures.measured(stats)) is not None:
                    self.report(measured)
            case m.RecordingFailed(recording=recording, detail=detail):
                self.report(k.RecordingFailed(recording=recording, reason=detail))
            case m.RecordingQuiet(recording=recording):
                return self.recordings.stop(recording)
            case m.LateTicks(late=late, ticks=ticks, worst_ms=worst):
                log.warning("late_ticks", late=late, ticks=ticks, worst_ms=round(worst, 1))
        return None

    def _browser_changed(self, leg: str, state: m.BrowserState) -> None:
        record = self.legs.get(leg)
        told = _BROWSER_STATES.get(state)
        if record is None or told is None or record.state is told:
            return
        record.state = told
        self.legs.put(record)
        self.report(k.BrowserLegChanged(leg=leg, state=told))

    def _media_hello(self, hello: m.Hello) -> None:
        if not self._instance or hello.instance == self._instance:
            return
        log.error("media_worker_was_replaced", legs=len(self.media.legs))
        self._instance = hello.instance
        self.media.worker_was_replaced()
        if self._restoring is not None:
            self._restoring.cancel()
        self._restoring = asyncio.create_task(self._restore())

    async def _restore(self) -> None:
        """Calls go on in the new worker; a browser is told to come back, and does."""
        try:
            await self.media.restore(self.recordings.take_up)
        except WorkerGone:
            return  # the next one's greeting begins anew
        for record in list(self.legs.by_id.values()):
            has_media = record.leg in self.media.legs or record.state is k.LegState.OFFERED or not record.sip
            if record.kind is k.LegKind.BROWSER or not has_media:
                self._media_of_leg_gone(record)

    # ---- the backend is away

    def _without_backend(self, record: LegRecord) -> bool:
        """Whether a new call has to do without the backend; then it hears the last plan's announcement."""
        if self.link.connected:
            return False
        task = asyncio.get_running_loop().create_task(self._fall_back(record))
        task.add_done_callback(lambda t: t.exception())
        return True

    async def _fall_back(self, record: LegRecord) -> None:
        sources = self.link.fallback.sources
        if not sources or await self.telephone.answer(record) is not None:
            self.telephone.reject(record, 503)
            return
        if await self.plays.start(k.Play(leg=record.leg, play="fallback", sources=sources)) is not None:
            self.telephone.hang_up(record)

    # ---- commands

    async def handle(self, command: k.Command) -> k.CommandDone | k.CommandRefused:
        body = command.body
        if isinstance(body, k.OpenBrowserLeg):
            return await open_browser_leg(self.media, self.legs, self.config.media_addresses, command.id, body)
        try:
            code = await self._do(body)
        except WorkerGone:
            code = "failed"
        if code is None:
            return k.CommandDone(command=command.id)
        return k.CommandRefused(command=command.id, code=code, detail=type(body).__name__)

    async def _do(self, body: k.LegCommand) -> str | None:
        """None when done, otherwise the code of the refusal."""
        match body:
            case k.SetTopology():
                return await self._set_topology(body)
            case k.Play():
                return await self.plays.start(body)
            case k.StopPlay(leg=leg):
                return await self.plays.stop(leg)
            case k.StartRecording():
                return await self.recordings.start(body.recording, body.left, body.right, body.quiet_s)
            case k.ChangeRecording():
                return await self.recordings.change(body.recording, body.left, body.right)
            case k.PauseRecording(recording=recording):
                await self.recordings.pause(recording, True)
                return None
            case k.ResumeRecording(recording=recording):
                await self.recordings.pause(recording, False)
                return None
            case k.StopRecording(recording=recording):
                await self.recordings.stop(recording)
                return None
            case k.WatchLines():
                return self.lines.watch(body, self.application)
            case k.AnswerTransfer(transfer=transfer, accepted=accepted, sip_status=status):
                self.telephone.answer_transfer(transfer, accepted, status)
                return None
            case k.DialLeg():
                return await self._dial(body)
            case k.CloseBrowserLeg(leg=leg):
                if (record := self.legs.get(leg)) is not None and record.kind is k.LegKind.BROWSER:
                    record.state = k.LegState.ENDED
                    self.report(k.LegEnded(leg=leg, by=k.EndedBy.BACKEND, cause=k.EndCause.NORMAL))
                    await self.telephone.close_media(leg)
                    self.legs.remove(record)
                return None
        record = self.legs.get(body.leg)
        if record is None:
            return None if isinstance(body, k.HangUpLeg) else "no_such_leg"
        if record.by_fallback and not isinstance(body, k.HangUpLeg):
            return "bad_state"
        record.taken = True
        match body:
            case k.AnswerLeg():
                return await self.telephone.answer(record)
            case k.RingLeg():
                self.telephone.ring(record)
            case k.RejectLeg(sip_status=status):
                self.telephone.reject(record, status)
            case k.HangUpLeg():
                self.telephone.hang_up(record)
            case k.SendDigits(digits=digits):
                return code_of(await self.media.request(m.SendDigits(leg=record.leg, digits=digits)))
        return None

    async def _set_topology(self, body: k.SetTopology) -> str | None:
        edges = tuple(m.Edge(e.listener, e.speaker) for e in body.edges)
        code = code_of(await self.media.request(m.SetTopology(group=body.group, edges=edges)))
        if code is None:
            pairs = {(e.listener, e.speaker) for e in body.edges}
            if body.group not in self._groups and any((b, a) in pairs for a, b in pairs):
                self._groups.add(body.group)
                self.journal.keep(GROUP, body.group, b"")
                self.report(k.Connected(group=body.group))
            elif not body.edges and self.legs.get(body.group) is None and body.group in self._groups:
                self._groups.discard(body.group)
                self.journal.forget(GROUP, body.group)
            await self.figures.group_is(body.group, {leg for e in body.edges for leg in (e.listener, e.speaker)})
        return code

    async def _until_gone(self, record: LegRecord) -> None:
        """A leg of this name has ended, and its media is still being closed."""
        until = asyncio.get_running_loop().time() + GONE_WITHIN_S
        while self.legs.get(record.leg) is record and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.01)

    async def _dial(self, body: k.DialLeg) -> str | None:
        if (before := self.legs.get(body.leg)) is not None:
            if before.state is not k.LegState.ENDED:
                return None
            await self._until_gone(before)
        record = LegRecord(leg=body.leg, kind=k.LegKind.SIP, state=k.LegState.DIALLING, trunk=body.trunk, told=True)
        self.legs.put(record)
        code = await self.telephone.dial(record, body.to, body.caller, body.ring_timeout_s)
        if code is not None and self.legs.get(body.leg) is record:
            self.report(k.LegEnded(leg=body.leg, by=k.EndedBy.BRIDGE, cause=DIAL_REFUSALS.get(code, k.EndCause.ERROR)))
            self.legs.remove(record)
        return code


async def main() -> None:
    control = Control(Config())
    await control.start()
    await control.run()


def entry() -> None:
    import uvloop

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    uvloop.run(main())


if __name__ == "__main__":
    entry()
