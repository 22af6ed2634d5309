"""The bridge's end of the link against a scripted backend: resend, repeat, deadlines, rubbish."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest_asyncio
import websockets

from sip_bridge import contract as k
from sip_bridge.contract.frames import FallbackPlan
from sip_bridge.node.journal import Journal
from sip_bridge.node.link import Link


class Backend:
    """Accepts one bridge at a time; ``got`` are its frames in order."""

    def __init__(self) -> None:
        self.got: list[k.BridgeFrame] = []
        self.acknowledge = 0
        self.socket = None
        self.changed = asyncio.Event()

    async def __call__(self, socket) -> None:
        self.socket = socket
        async for text in socket:
            frame = k.decode_bridge_frame(text)
            self.got.append(frame)
            if isinstance(frame, k.Hello):
                plan = FallbackPlan(sources=(k.Prompt("key"),))
                await socket.send(k.encode(k.Welcome(version=1, acknowledged=self.acknowledge, fallback=plan)))
            self.changed.set()

    async def until(self, condition, timeout: float = 5):
        async with asyncio.timeout(timeout):
            while not (found := condition(self.got)):
                self.changed.clear()
                await self.changed.wait()
            return found


@pytest_asyncio.fixture
async def backend():
    made = Backend()
    async with websockets.serve(made, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest_asyncio.fixture
async def link(backend, tmp_path):
    done: list[k.Command] = []

    async def handle(command: k.Command):
        done.append(command)
        return k.CommandDone(command=command.id)

    made = Link(
        f"ws://127.0.0.1:{backend.port}", "token", "b", Journal(tmp_path / "j"), handle, lambda: (), lambda _: None
    )
    made.done = done
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def reports(got) -> list[int]:
    return [f.seq for f in got if isinstance(f, k.Report)]


async def test_unacknowledged_reports_are_sent_again_after_a_cut(backend, link):
    await backend.until(lambda got: got)
    for n in range(3):
        link.send(link.journal.report(k.LegRinging(leg=str(n))))
    await backend.until(lambda got: reports(got) == [1, 2, 3])
    backend.acknowledge = 1
    await backend.socket.send(k.encode(k.Acknowledge(seq=1)))
    backend.socket.transport.abort()
    await backend.until(lambda got: reports(got)[3:] == [2, 3])
    hello = [f for f in backend.got if isinstance(f, k.Hello)]
    assert [h.next_seq for h in hello] == [1, 4] and hello[0].boot == hello[1].boot
    assert link.fallback.sources == (k.Prompt("key"),)


async def test_command_is_done_once_and_answered_as_often_as_it_comes(backend, link):
    await backend.until(lambda got: got)
    command = k.encode(k.Command(id="c1", body=k.AnswerLeg(leg="l")))
    for _ in range(3):
        await backend.socket.send(command)
    answers = await backend.until(lambda got: len([f for f in got if isinstance(f, k.CommandDone)]) >= 1)
    assert answers
    await backend.socket.send(command)
    await backend.until(lambda got: len([f for f in got if isinstance(f, k.CommandDone)]) >= 2)
    assert [c.id for c in link.done] == ["c1"]


async def test_command_after_its_deadline_is_refused_and_not_done(backend, link):
    await backend.until(lambda got: got)
    late = datetime.now(UTC) - timedelta(seconds=1)
    await backend.socket.send(k.encode(k.Command(id="c1", body=k.AnswerLeg(leg="l"), deadline=late)))
    refused = await backend.until(lambda got: [f for f in got if isinstance(f, k.CommandRefused)])
    assert refused[0].code == "deadline" and link.done == []


async def test_rubbish_and_unknown_frames_are_counted_and_the_link_stays(backend, link):
    await backend.until(lambda got: got)
    for text in ("{", "null", '{"type":"Command","id":"c9","body":{"type":"Fly"}}', '{"type":"Sing"}', "x" * 1000):
        await backend.socket.send(text)
    refused = await backend.until(lambda got: [f for f in got if isinstance(f, k.CommandRefused)])
    assert (refused[0].command, refused[0].code) == ("c9", "unknown_command")
    await backend.socket.send(k.encode(k.Command(id="c1", body=k.AnswerLeg(leg="l"))))
    await backend.until(lambda got: [f for f in got if isinstance(f, k.CommandDone)])
    assert link.unreadable == 5 and len([f for f in backend.got if isinstance(f, k.Hello)]) == 1
