"""A voice menu asks a service while the caller waits. The asking happens outside of any transaction, in whichever process takes
the timer; if that process dies, or the service is slow, another timer sends the caller on.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from backend.application.desk import Desk
from backend.application.work import Work
from backend.domain.ivr.flow import LookUp
from backend.domain.ivr.interpreter import LookUpAnswered
from backend.domain.kernel.ids import InteractionId

log = structlog.get_logger()


class Service(Protocol):
    async def ask(self, url: str, question: Mapping[str, str], timeout_s: float) -> dict[str, str] | None:
        """Values of the answer as texts; None where there is none that can be used. Never raises."""
        ...


class LookUps:
    def __init__(self, desk: Desk, service: Service) -> None:
        self.desk = desk
        self._service = service
        self._asking: set[asyncio.Task] = set()

    async def begin(self, work: Work, id: InteractionId, step: int) -> None:
        """Ask for the look-up at which the caller stands now; the answer comes as an input of its own."""
        s = await work.interaction(id)
        if s is None or s.ivr is None or not s.ivr.looking_up or s.ivr.step != step:
            return
        flow = await work.flow(s.ivr.flow, s.ivr.version)
        node = flow.nodes.get(s.ivr.node)
        if not isinstance(node, LookUp):
            return
        question = {**s.ivr.attributes, **s.ivr.variables, "caller": s.customer.address or "", "dialled": s.dialled}
        task = asyncio.create_task(self._ask(id, step, node, question))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, id: InteractionId, step: int, node: LookUp, question: Mapping[str, str]) -> None:
        try:
            values = await self._service.ask(node.url, question, node.timeout_s)
            await self.desk.advance_ivr(id, LookUpAnswered(step, values))
        except Exception:
            log.exception("look_up_failed")
