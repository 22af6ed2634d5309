"""A bridge that speaks the contract on a real socket and does what a test tells it: legs without SIP or media."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import websockets

from sip_bridge import contract as k
from sip_bridge.contract.frames import LegStatus


class ScriptedBridge:
    def __init__(self, url: str, token: str, name: str = "bridge-1") -> None:
        self.url, self.token, self.name = url, token, name
        self.boot = str(uuid.uuid4())
        self.outbox: dict[int, k.Report] = {}
        self.seq = 0
        self.commands: list[k.Command] = []
        self.repeated = 0
        """Commands that came again and were answered with their first answer."""
        self.legs: dict[str, LegStatus] = {}
        self.answers = True
        self.trunks: k.UseTrunks | None = None
        """What it was told last."""
        self.on_command: Callable[[k.Command], None] | None = None
        self._changed = asyncio.Event()
        self._applied: dict[str, k.CommandDone | k.CommandRefused] = {}
        self._socket = None
        self._task: asyncio.Task | None = None

    async def __aenter__(self) -> "ScriptedBridge":
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def connect(self) -> None:
        self._socket = await websockets.connect(
            self.url, additional_headers={"Authorization": f"Bearer {self.token}"}, proxy=None
        )
        first = min(self.outbox, default=self.seq + 1)
        await self._send(
            k.Hello(
                version=k.VERSION,
                bridge=self.name,
                boot=self.boot,
                next_seq=self.seq + 1,
                legs=tuple(self.legs.values()),
            )
        )
        welcome = k.decode_backend_frame(await self._socket.recv())
        assert isinstance(welcome, k.Welcome)
        self._acknowledged(welcome.acknowledged)
        assert first >= 1
        sent = 0
        while late := [seq for seq in sorted(self.outbox) if seq > sent]:  # more may come while these are sent
            for sent in late:
                await self._send(self.outbox[sent])
        self._task = asyncio.create_task(self._read())

    async def cut(self) -> None:
        """Cut the link in the middle of whatever it is doing."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket:
            self._socket.transport.abort()
            await asyncio.sleep(0)

    def _acknowledged(self, seq: int) -> None:
        for old in [s for s in self.outbox if s <= seq]:
            del self.outbox[old]
        self._changed.set()

    async def _send(self, frame: k.BridgeFrame) -> None:
        await self._socket.send(k.encode(frame))

    async def _read(self) -> None:
        async for text in self._socket:
            match k.decode_backend_frame(text):
                case k.Acknowledge(seq=seq):
                    self._acknowledged(seq)
                case k.UseTrunks() as given:
                    self.trunks = given
                    self._changed.set()
                case k.Command() as command:
                    if command.id not in self._applied:
                        self.commands.append(command)
                        self._applied[command.id] = self._carry_out(command)
                    else:
                        self.repeated += 1
                    if self.answers:
                        await self._send(self._applied[command.id])
                    self._changed.set()

    def _carry_out(self, command: k.Command) -> k.CommandDone | k.CommandRefused:
        if self.on_command:
            self.on_command(command)
        if isinstance(command.body, k.OpenBrowserLeg):
            self.report(k.BrowserLegChanged(leg=command.body.leg, state=k.LegState.UP))
            self.legs[command.body.leg] = LegStatus(leg=command.body.leg, kind=k.LegKind.BROWSER, state=k.LegState.UP)
            return k.CommandDone(command=command.id, answer_sdp="v=0\r\n")
        if isinstance(command.body, k.SetTopology) and len(command.body.edges) == 2:
            self.report(k.Connected(group=command.body.group))
        return k.CommandDone(command=command.id)

    def report(self, event: k.LegEvent, at: datetime | None = None) -> None:
        self.seq += 1
        report = k.Report(seq=self.seq, at=at or datetime.now(UTC), event=event)
        self.outbox[self.seq] = report
        if self._task and not self._task.done():
            self._sending = asyncio.ensure_future(self._try_send(report))

    async def _try_send(self, report: k.Report) -> None:
        try:
            await self._send(report)
        except websockets.ConnectionClosed:
            pass

    def call(self, caller: str | None, dialled: str) -> str:
        leg = str(uuid.uuid4())
        self.legs[leg] = LegStatus(leg=leg, kind=k.LegKind.SIP, state=k.LegState.OFFERED)
        self.report(k.LegOffered(leg=leg, trunk="pbx", caller=caller, dialled=dialled, sip_call_id=leg))
        return leg

    async def command(self, kind: type, leg: str | None = None, timeout: float = 10) -> k.LegCommand:
        """The next command of this kind (for this leg or group) not asked for yet; waits for it."""
        async with asyncio.timeout(timeout):
            while True:
                for i, command in enumerate(self.commands):
                    body = command.body
                    target = getattr(body, "leg", None) or getattr(body, "group", None)
                    if isinstance(body, kind) and (leg is None or target == leg):
                        del self.commands[i]
                        return body
                self._changed.clear()
                await self._changed.wait()

    async def told_trunks(self, so: Callable[[tuple[k.TrunkSpec, ...] | None], object], timeout: float = 10) -> None:
        """Until it was told trunks of which this holds."""
        async with asyncio.timeout(timeout):
            while self.trunks is None or not so(self.trunks.trunks):
                self._changed.clear()
                await self._changed.wait()

    async def settled(self, timeout: float = 10) -> None:
        """All reports are acknowledged."""
        async with asyncio.timeout(timeout):
            while self.outbox:
                self._changed.clear()
                await self._changed.wait()
