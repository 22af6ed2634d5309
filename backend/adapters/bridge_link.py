"""The backend's end of the link: commands out of the table, reports into the use cases.

Commands wait in ``bridge_command`` until the bridge has answered them; whichever process holds the bridge's connection
sends what is pending, again after every reconnection. Reports are applied at most once each, those of one call in their
order, those of different calls side by side; they are acknowledged when they and all before them are in the database.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.websockets import WebSocket, WebSocketDisconnect

from backend.adapters.audit.journal import happened
from backend.adapters.audit.rows import ADD, row_of
from backend.adapters.postgres import codec
from backend.adapters.postgres.reading import alone
from backend.adapters.speech import Speech, SpeechFailed
from backend.application import origin
from backend.application.bridge_reports import BridgeReports
from sip_bridge import contract as k
from sip_bridge.contract.commands import LegCommand
from sip_bridge.contract.frames import FallbackPlan

log = structlog.get_logger()

BAD_FRAMES = Counter("kc_link_bad_frames", "Frames from bridges that could not be read", ["kind"])
REFUSED = Counter("kc_link_refused", "Connections refused to bridges", ["why"])
REPORTS = Counter("kc_link_reports", "Reports from bridges", ["outcome"])
COMMANDS = Counter("kc_link_commands", "Answers of bridges to commands", ["answer"])
POLL_S = 0.5
PATIENCE_S = 30.0
"""A report that cannot be applied because the database is away is tried again; the bridge keeps the rest."""
PATIENCE_WITH_POISON_S = 0.3
"""A report that the database understood and refused, or that met a bug, is not made better by waiting."""
MOST_IN_FLIGHT = 256
PASSING = ("08", "40", "53", "55", "57")
"""SQLSTATE classes of what goes by itself: connection, rollback, resources, locks, shutdown."""

_command = msgspec.json.Decoder(LegCommand).decode


class BridgeLink:
    """One connected bridge."""

    def __init__(
        self,
        socket: WebSocket,
        engine: AsyncEngine,
        reports: BridgeReports,
        speech: Speech,
        fallback: Callable[[], Awaitable[FallbackPlan]],
        trunks: Callable[[str], Awaitable[k.UseTrunks]],
    ) -> None:
        self.socket = socket
        self.engine = engine
        self._alone = alone(engine)
        self.reports = reports
        self.speech = speech
        self.fallback = fallback
        self.trunks = trunks
        self._given: k.UseTrunks | None = None
        self.bridge = ""
        self.boot = ""
        self._woken = asyncio.Event()
        self._sent: set[str] = set()
        self._speaking: dict[str, asyncio.Task] = {}
        self._unspeakable: set[str] = set()
        self._answered = asyncio.Event()
        self._answers: dict[str, k.CommandDone | k.CommandRefused] = {}
        self._lanes: dict[str, asyncio.Task] = {}
        self._done: set[int] = set()
        self._watermark = 0
        self._room = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._send_lock = asyncio.Lock()
        self._trunks_lock = asyncio.Lock()

    def wake(self) -> None:
        self._woken.set()

    async def serve(self) -> None:
        """Until the connection ends."""
        hello = await self._receive()
        if not isinstance(hello, k.Hello) or hello.version != k.VERSION:
            REFUSED.labels("hello").inc()
            await self.socket.close(4400, "a Hello of this contract's version comes first")
            return
        self.bridge, self.boot = hello.bridge, hello.boot
        origin.begin(origin.Origin(f"bridge:{self.bridge}", address=origin.current().address))
        self._watermark = await self._connected()
        await self._send(k.Welcome(version=k.VERSION, acknowledged=self._watermark, fallback=await self.fallback()))
        log.info("bridge_connected", bridge=self.bridge)
        await self.tell_trunks()
        tasks = [
            asyncio.create_task(self._send_pending()),
            asyncio.create_task(self._keep_answers()),
            asyncio.create_task(self._reconcile(hello)),
        ]
        try:
            while True:
                frame = await self._receive()
                match frame:
                    case k.Report():
                        await self._room.acquire()
                        self._take(frame)
                    case k.CommandDone() | k.CommandRefused():
                        self._answers[frame.command] = frame
                        self._answered.set()
        finally:
            for task in (*tasks, *self._lanes.values(), *self._speaking.values()):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.info("bridge_disconnected", bridge=self.bridge)

    async def _receive(self) -> k.BridgeFrame | None:
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        try:
            return k.decode_bridge_frame(message.get("text") or message.get("bytes") or "")
        except k.UnknownFrame as unknown:
            BAD_FRAMES.labels("unknown").inc()
            log.warning("unknown_frame", kind=unknown.kind)
            if unknown.seq is not None:
                self._finished(unknown.seq)
        except k.ContractError:
            BAD_FRAMES.labels("malformed").inc()
            log.warning("malformed_frame")
        return None

    async def _send(self, frame: k.BackendFrame) -> None:
        async with self._send_lock:
            await self.socket.send_text(k.encode(frame))

    async def tell_trunks(self) -> bool:
        """Tell which trunks to use, if that is not what was told last. While it cannot be known the bridge keeps what it has."""
        async with self._trunks_lock:
            try:
                given = await self.trunks(self.bridge)
                if given == self._given:
                    return False
                await self._send(given)
            except (WebSocketDisconnect, RuntimeError):
                return False
            except Exception as error:
                # The message could show what was to be opened: the kind must do.
                log.error("trunks_not_told", bridge=self.bridge, error=type(error).__name__)
                return False
            self._given = given
            return True

    # ---- reports

    def _take(self, report: k.Report) -> None:
        """Reports of one call run one after another, those of different calls side by side."""
        lane = _lane(report.event)
        before = self._lanes.get(lane)
        task = asyncio.create_task(self._apply(report, before))
        self._lanes[lane] = task
        task.add_done_callback(lambda t: self._lanes.pop(lane, None) if self._lanes.get(lane) is t else None)

    async def _apply(self, report: k.Report, before: asyncio.Task | None) -> None:
        try:
            if before is not None:
                await asyncio.wait([before])
            if report.seq > self._watermark:
                await self._apply_patiently(report)
            else:
                REPORTS.labels("repeated").inc()
            self._finished(report.seq)
        finally:
            self._room.release()

    async def _apply_patiently(self, report: k.Report) -> None:
        delay, waited = 0.05, 0.0
        while True:
            try:
                await self.reports.apply(self.bridge, self.boot, report)
                REPORTS.labels("applied").inc()
                return
            except Exception as error:
                # Database errors show the values of a statement, which are a client's: their kind must do.
                shown = None if isinstance(error, SQLAlchemyError | asyncpg.PostgresError) else error
                kind = type(getattr(error, "orig", None) or error).__name__
                log.error("report_not_applied", report=type(report.event).__name__, error=kind, exc_info=shown)
                if waited >= (PATIENCE_S if _may_pass(error) else PATIENCE_WITH_POISON_S):
                    # A poisonous report must not stop all that come after it; it stands in the bridge's log and ours.
                    REPORTS.labels("given_up").inc()
                    log.error("report_given_up", report=type(report.event).__name__, seq=report.seq)
                    return
                await asyncio.sleep(delay)
                waited += delay
                delay = min(delay * 2, 2.0)

    def _finished(self, seq: int) -> None:
        self._done.add(seq)
        moved = False
        while self._watermark + 1 in self._done:
            self._watermark += 1
            self._done.discard(self._watermark)
            moved = True
        if moved:
            self._answered.set()

    async def _connected(self) -> int:
        async with self.engine.begin() as connection:
            await connection.execute(ADD, row_of(happened("bridge.connect", bridge=self.bridge, boot=self.boot)))
            return await connection.scalar(
                text(
                    "INSERT INTO bridge AS b (name, boot, applied_seq, connected_at)"
                    " VALUES (:name, :boot, 0, clock_timestamp())"
                    " ON CONFLICT (name) DO UPDATE SET connected_at = clock_timestamp(), boot = :boot,"
                    " applied_seq = CASE WHEN b.boot = :boot THEN b.applied_seq ELSE 0 END RETURNING applied_seq"
                ),
                {"name": self.bridge, "boot": self.boot},
            )

    async def _reconcile(self, hello: k.Hello) -> None:
        """Once all reports that the bridge had when it came are applied, what it no longer holds is over."""
        while self._watermark < hello.next_seq - 1:
            await asyncio.sleep(0.05)
        await self.reports.reconcile(self.bridge, frozenset(leg.leg for leg in hello.legs), datetime.now(UTC))

    # ---- commands

    async def _send_pending(self) -> None:
        while True:
            try:
                pending = [
                    (*row, command)
                    for *row, body in await self._pending()
                    # One that only a newer version knows waits for a process of it, and keeps nobody else waiting.
                    if (command := codec.understood(_command, body)) is not None
                ]
                latest = {c.leg: seq for seq, _, _, c in pending if isinstance(c, k.Play | k.StopPlay | k.HangUpLeg)}
                for seq, id, deadline, command in pending:
                    if id in self._sent:
                        continue
                    if isinstance(command, k.Play) and (missing := self._unspoken(command)):
                        if latest[command.leg] > seq:
                            # What was to be said is no longer wanted, and never will be.
                            # It does not go out either if its words are ready before this answer is written down.
                            self._sent.add(id)
                            self._answers[id] = k.CommandDone(command=id)
                            self._answered.set()
                        else:
                            self._have_spoken(missing)
                        continue
                    await self._send(k.Command(id=id, body=command, deadline=deadline))
                    self._sent.add(id)
                    log.debug("command_sent", seq=seq)
            except (WebSocketDisconnect, RuntimeError):
                return
            except Exception:
                log.exception("commands_not_sent")
                await asyncio.sleep(0.2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()

    async def _pending(self):
        async with self._alone.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT seq, id, deadline, body::text FROM bridge_command"
                    " WHERE bridge = :bridge AND answered_at IS NULL ORDER BY seq LIMIT 1000"
                ),
                {"bridge": self.bridge},
            )
            return [(r[0], str(r[1]), r[2], r[3]) for r in rows]

    def _unspoken(self, play: k.Play) -> list[str]:
        """Prompts that have still to be spoken; the play waits for them, nothing else does."""
        keys = [source.key for source in play.sources if isinstance(source, k.Prompt)]
        return [key for key in keys if key not in self._unspeakable and not self.speech.path(key).exists()]

    def _have_spoken(self, keys: list[str]) -> None:
        for key in keys:
            if key not in self._speaking:
                self._speaking[key] = asyncio.create_task(self._speak(key))

    async def _speak(self, key: str) -> None:
        try:
            async with self.engine.connect() as connection:
                words = await connection.scalar(text("SELECT text FROM prompt WHERE key = :key"), {"key": key})
            await self.speech.ensure(key, words or "")
        except (SpeechFailed, OSError):
            # The bridge reports the play as failed, and the caller moves on.
            log.exception("speech_failed", key=key)
            self._unspeakable.add(key)
        finally:
            self._speaking.pop(key, None)
            self.wake()

    async def _keep_answers(self) -> None:
        """Write answers and the acknowledged position down, many at a time."""
        acknowledged = self._watermark
        while True:
            await self._answered.wait()
            self._answered.clear()
            answers, self._answers = self._answers, {}
            try:
                async with self.engine.begin() as connection:
                    if answers:
                        await connection.execute(
                            text(
                                "UPDATE bridge_command SET answered_at = clock_timestamp(),"
                                " answer = CAST(:answer AS jsonb),"
                                # Keys may be a card's number: once sent they are forgotten.
                                " body = CASE WHEN body->>'type' = 'SendDigits' THEN body - 'digits' ELSE body END"
                                " WHERE id = CAST(:id AS uuid)"
                            ),
                            [{"id": id, "answer": k.encode(answer)} for id, answer in answers.items()],
                        )
                    if (mark := self._watermark) > acknowledged:
                        await connection.execute(
                            text("UPDATE bridge SET applied_seq = :seq WHERE name = :name AND boot = :boot"),
                            {"seq": mark, "name": self.bridge, "boot": self.boot},
                        )
                        await connection.execute(
                            text("DELETE FROM bridge_report WHERE boot = :boot AND seq <= :seq"),
                            {"boot": self.boot, "seq": mark},
                        )
                for id, answer in answers.items():
                    self._sent.discard(id)
                    COMMANDS.labels("refused" if isinstance(answer, k.CommandRefused) else "done").inc()
                    if isinstance(answer, k.CommandRefused):
                        log.warning("command_refused", command=id, code=answer.code, detail=answer.detail)
                if mark > acknowledged:
                    await self._send(k.Acknowledge(seq=mark))
                    acknowledged = mark
            except Exception:
                log.exception("answers_not_kept")
                self._answers = answers | self._answers
                self._answered.set()
                await asyncio.sleep(0.2)


def _may_pass(error: Exception) -> bool:
    """Whether the same may succeed later: the database is away, or somebody was in the way."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout | asyncpg.InterfaceError):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error, InterfaceError)):
        return True
    return state is not None and state[:2] in PASSING


def _lane(event: k.LegEvent | LegCommand) -> str:
    for name in ("leg", "group", "recording", "line"):
        if (value := getattr(event, name, None)) is not None:
            return value
    return ""


class BridgeLinks:
    """The bridges connected to this process, and waiting for an answer from any bridge, wherever it is connected."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._links: set[BridgeLink] = set()

    def wake(self) -> None:
        for link in self._links:
            link.wake()

    async def tell_trunks(self) -> None:
        """Settings have changed: bridges are told their trunks, and after that which lines of them to watch."""
        for link in self.connected:
            if await link.tell_trunks():
                await link.reports.watch_lines(link.bridge)

    @property
    def connected(self) -> list[BridgeLink]:
        return [link for link in self._links if link.bridge]

    @contextlib.asynccontextmanager
    async def attached(self, link: BridgeLink) -> AsyncIterator[None]:
        self._links.add(link)
        try:
            yield
        finally:
            self._links.discard(link)

    async def answer(self, command: str, timeout_s: float) -> k.CommandDone | k.CommandRefused | None:
        """The bridge's answer, or None when none came in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while True:
            async with self.engine.connect() as connection:
                found = await connection.scalar(
                    text("SELECT answer::text FROM bridge_command WHERE id = CAST(:id AS uuid)"), {"id": command}
                )
            if found:
                answer = k.decode_bridge_frame(found)
                return answer if isinstance(answer, k.CommandDone | k.CommandRefused) else None
            if loop.time() >= until:
                return None
            await asyncio.sleep(0.01)
