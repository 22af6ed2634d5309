"""The worker's end of the control socket: one control at a time, answers kept for repeats, events kept until acknowledged.

A new connection takes over from an older one. Nothing here blocks; the worker calls `serve` when a socket is readable.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from sip_bridge.media import protocol
from sip_bridge.media.protocol import Event, Hello, Occurrence, RefusalReason, Refused, Response, Result, Superseded

KEPT_EVENTS = 10_000
KEPT_ANSWERS = 4096
MOST_UNSENT = 16 << 20  # bytes a control may leave unread before it is dropped
PENDING = None

Execute = Callable[[str, protocol.Command], Result | None]


class ControlPort:
    """`execute(id, command)` returns the result, or None when `answer(id, result)` will be called later."""

    def __init__(self, path: Path, execute: Execute, hello: Callable[[], Hello]) -> None:
        self._path = path
        self._execute = execute
        self._hello = hello
        self.instance = secrets.token_hex(8)
        self.counters: Counter[str] = Counter()
        self._answers: OrderedDict[str, Result | None] = OrderedDict()
        self._events: deque[Occurrence] = deque()
        self._number = 0
        self._connection: socket.socket | None = None
        self._reader = protocol.FrameReader()
        self._unsent = bytearray()
        path.unlink(missing_ok=True)
        self._ready = select.epoll()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        mask = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(mask)
        self._listener.listen(4)
        self._listener.setblocking(False)
        self._ready.register(self._listener, select.EPOLLIN)

    @property
    def connected(self) -> bool:
        return self._connection is not None

    def wait(self, seconds: float) -> bool:
        """Sleep until something can be served or the time is over; microseconds exact, unlike epoll's own timeout.

        `select` sees only the epoll object, which was opened first: it cannot take descriptors above 1023.
        """
        return bool(select.select([self._ready], [], [], seconds)[0])

    def serve(self) -> None:
        """Accept, read, execute and answer what is there."""
        self._accept()
        self._read()
        self._write()

    def emit(self, event: Event) -> None:
        """Tell the control, now or when it comes back."""
        self._number += 1
        occurrence = Occurrence(number=self._number, event=event)
        if len(self._events) >= KEPT_EVENTS:
            self._events.popleft()
            self.counters["events_dropped"] += 1
        self._events.append(occurrence)
        if self._connection is not None:
            self._unsent += protocol.frame(occurrence)

    def answer(self, id_: str, result: Result) -> None:
        """The late result of a request."""
        self._answers[id_] = result
        if self._connection is not None:
            self._unsent += protocol.frame(Response(id=id_, result=result))

    def flush(self) -> None:
        """Send what `emit` and `answer` left."""
        if self._unsent:
            self._write()

    def close(self) -> None:
        self._drop()
        self._listener.close()
        self._ready.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            if self._connection is not None:
                self.counters["control_taken_over"] += 1
                self._unsent += protocol.frame(Superseded())
                self._write()
            self._drop()
            connection.setblocking(False)
            self._connection = connection
            self._ready.register(connection, select.EPOLLIN)
            self._reader = protocol.FrameReader()
            self._unsent = bytearray(protocol.frame(self._hello()))
            for occurrence in self._events:
                self._unsent += protocol.frame(occurrence)

    def _read(self) -> None:
        while self._connection is not None:
            try:
                data = self._connection.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._drop()
                return
            try:
                bodies = self._reader.feed(data)
            except protocol.FrameTooLong:
                self.counters["frames_malformed"] += 1
                self._drop()
                return
            for body in bodies:
                self._take(body)

    def _take(self, body: bytes) -> None:
        try:
            frame = protocol.decode_from_control(body)
        except msgspec.DecodeError:  # includes frame types of a later version
            self.counters["frames_malformed"] += 1
            return
        if isinstance(frame, protocol.Acknowledge):
            while self._events and self._events[0].number <= frame.number:
                self._events.popleft()
            return
        if frame.id in self._answers:
            self.counters["requests_repeated"] += 1
            known = self._answers[frame.id]
            if known is not PENDING:
                self._unsent += protocol.frame(Response(id=frame.id, result=known))
            return
        self._remember(frame.id)
        try:
            result = self._execute(frame.id, protocol.decode_command(frame.command))
        except msgspec.ValidationError as error:
            self.counters["commands_unknown"] += 1
            unknown = "$.type" in str(error) or "`type`" in str(error)
            reason = RefusalReason.UNKNOWN_COMMAND if unknown else RefusalReason.MALFORMED
            result = Refused(reason=reason, detail=str(error))
        except msgspec.DecodeError as error:
            self.counters["commands_unknown"] += 1
            result = Refused(reason=RefusalReason.MALFORMED, detail=str(error))
        if result is not None:
            self.answer(frame.id, result)

    def _remember(self, id_: str) -> None:
        self._answers[id_] = PENDING
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    def _write(self) -> None:
        while self._connection is not None and self._unsent:
            try:
                count = self._connection.send(memoryview(self._unsent)[: 1 << 18])
            except BlockingIOError:
                if len(self._unsent) > MOST_UNSENT:
                    self.counters["control_too_slow"] += 1
                    self._drop()
                return
            except OSError:
                self._drop()
                return
            del self._unsent[:count]

    def _drop(self) -> None:
        if self._connection is not None:
            self._ready.unregister(self._connection)
            self._connection.close()
            self._connection = None
            self._unsent = bytearray()
