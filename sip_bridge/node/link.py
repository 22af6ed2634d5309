"""The bridge's end of the link: dials the backend, again and again, and never lets a call feel that it is away."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog
import websockets

from sip_bridge.contract import (
    VERSION,
    Acknowledge,
    BackendFrame,
    BridgeFrame,
    Command,
    CommandDone,
    CommandRefused,
    ContractError,
    FallbackPlan,
    Hello,
    LegStatus,
    Report,
    UnknownFrame,
    UseTrunks,
    Welcome,
    decode_backend_frame,
    encode,
)
from sip_bridge.node.journal import Journal

log = structlog.get_logger()

FIRST_DELAY_S, LONGEST_DELAY_S = 0.05, 1.0
KEEP_ALIVE_S = 2.0


class Handler(Protocol):
    async def __call__(self, command: Command) -> CommandDone | CommandRefused: ...


class Link:
    """``connected`` tells whether the backend is there; ``fallback`` what it last said to do when it is not."""

    def __init__(
        self,
        url: str,
        token: str,
        bridge: str,
        journal: Journal,
        handle: Handler,
        legs: Callable[[], tuple[LegStatus, ...]],
        use_trunks: Callable[[UseTrunks], None],
    ) -> None:
        self.url, self.token, self.bridge = url, token, bridge
        self.journal = journal
        self.handle = handle
        self.legs = legs
        self.use_trunks = use_trunks
        self.connected = False
        self.fallback = FallbackPlan()
        self.unreadable = 0
        self._out: asyncio.Queue[BridgeFrame] | None = None
        self._running: dict[str, asyncio.Task] = {}

    def send(self, frame: BridgeFrame) -> None:
        """Send now if the backend is there. Reports are in the journal and will be sent again; nothing is lost."""
        if self._out is not None:
            self._out.put_nowait(frame)

    async def run(self) -> None:
        delay = FIRST_DELAY_S
        while True:
            try:
                async with websockets.connect(
                    self.url,
                    additional_headers={"Authorization": f"Bearer {self.token}"},
                    ping_interval=KEEP_ALIVE_S,
                    ping_timeout=KEEP_ALIVE_S,
                    max_size=1 << 20,
                    compression=None,
                    proxy=None,
                ) as socket:
                    await self._talk(socket)
                delay = FIRST_DELAY_S
            except (OSError, TimeoutError, websockets.WebSocketException, ContractError) as error:
                log.info("backend_away", error=type(error).__name__)
            finally:
                self.connected, self._out = False, None
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_S)

    async def _talk(self, socket: websockets.ClientConnection) -> None:
        hello = Hello(
            version=VERSION,
            bridge=self.bridge,
            boot=self.journal.boot,
            next_seq=self.journal.seq + 1,
            legs=self.legs(),
        )
        out: asyncio.Queue[BridgeFrame] = asyncio.Queue()
        sent = self.journal.seq
        self._out = out
        await socket.send(encode(hello))
        welcome = decode_backend_frame(await socket.recv())
        if not isinstance(welcome, Welcome):
            raise ContractError("a Welcome was expected")
        self.fallback = welcome.fallback
        self.journal.acknowledged(welcome.acknowledged)
        self.connected = True
        log.info("backend_connected", unacknowledged=sent - welcome.acknowledged)
        for report in self.journal.unacknowledged():
            if report.seq <= sent:
                await socket.send(encode(report))
        writer = asyncio.create_task(self._write(socket, out))
        try:
            async for text in socket:
                self._received(text)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, websockets.WebSocketException):
                await writer

    async def _write(self, socket: websockets.ClientConnection, out: asyncio.Queue[BridgeFrame]) -> None:
        while True:
            frame = await out.get()
            if isinstance(frame, Report | CommandDone | CommandRefused):
                self.journal.flush()
            await socket.send(encode(frame))

    def _received(self, text: str | bytes) -> None:
        try:
            frame: BackendFrame = decode_backend_frame(text)
        except UnknownFrame as unknown:
            self.unreadable += 1
            log.warning("unknown_frame", kind=unknown.kind)
            if unknown.command is not None:
                self.send(CommandRefused(command=unknown.command, code="unknown_command", detail=unknown.kind))
            return
        except ContractError:
            self.unreadable += 1
            log.warning("malformed_frame")
            return
        match frame:
            case Acknowledge(seq=seq):
                self.journal.acknowledged(seq)
            case UseTrunks():
                try:
                    self.use_trunks(frame)
                except Exception:
                    log.exception("trunks_not_used")  # the link is worth more than they are
            case Command() if frame.id not in self._running:
                task = asyncio.create_task(self._carry_out(frame))
                self._running[frame.id] = task
                task.add_done_callback(lambda _: self._running.pop(frame.id, None))

    async def _carry_out(self, command: Command) -> None:
        """Once for each id, whoever asks again gets the first answer."""
        answer = self.journal.answer_to(command.id)
        if answer is None:
            if command.deadline is not None and datetime.now(UTC) > command.deadline:
                answer = CommandRefused(command=command.id, code="deadline")
            else:
                try:
                    answer = await self.handle(command)
                except Exception as error:
                    log.exception("command_failed", command=type(command.body).__name__)
                    answer = CommandRefused(command=command.id, code="failed", detail=type(error).__name__)
            self.journal.answered(answer)
        self.send(answer)
