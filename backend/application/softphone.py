"""The agent's telephone in the browser: one media owner per user, take-over only when asked for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from backend.application.desk import Desk
from backend.application.work import Refused, Work
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Agent
from backend.domain.interaction import commands as c
from backend.domain.kernel.ids import UserId, agent_leg
from backend.domain.kernel.refusal import Refusal, RefusalCode
from sip_bridge.contract import CloseBrowserLeg, CommandDone, CommandRefused, OpenBrowserLeg

PATIENCE = timedelta(seconds=6)
CHECK = "Zkouška zvuku. Takto uslyšíte volající. Pokud mi rozumíte, je všechno v pořádku."


class SoftphoneOpened(msgspec.Struct, frozen=True):
    answer_sdp: str


class Softphone:
    def __init__(
        self,
        desk: Desk,
        bridge: str,
        answer: Callable[[str, float], Awaitable[CommandDone | CommandRefused | None]],
    ) -> None:
        self.desk = desk
        self.bridge = bridge
        self._answer = answer

    async def open(self, user: UserId, owner: str, offer_sdp: str, take_over: bool) -> SoftphoneOpened | Refusal:
        """Connect the browser's offer. Refused when another tab holds the telephone, unless ``take_over``."""
        if not 1 <= len(owner) <= 64 or not 1 <= len(offer_sdp) <= 20_000:
            return Refusal(RefusalCode.BAD_INPUT)
        id = ""

        async def do(work: Work) -> None:
            nonlocal id
            await work.command_agent(user, agents.OpenPhone(bridge=self.bridge, owner=owner, take_over=take_over))
            id = work.tell_bridge(
                self.bridge,
                OpenBrowserLeg(leg=agent_leg(user), owner=owner, offer_sdp=offer_sdp),
                work.now + PATIENCE,
            )

        refused = await self.desk.run(do, user)
        if isinstance(refused, Refusal):
            return refused
        match await self._answer(id, PATIENCE.total_seconds()):
            case CommandDone(answer_sdp=str(answer)):
                return SoftphoneOpened(answer)
            case CommandRefused(code=code):
                return Refusal(RefusalCode.BAD_INPUT if code == "bad_offer" else RefusalCode.BRIDGE_AWAY, code)
            case _:
                return Refusal(RefusalCode.BRIDGE_AWAY)

    async def check_sound(self, user: UserId) -> Agent | Refusal:
        """Say a sentence to the agent who is in no call: over the very way that a caller's voice takes."""

        async def do(work: Work) -> Agent:
            a = await work.agent(user)
            if a.contacts:
                raise Refused(Refusal(RefusalCode.AGENT_BUSY))
            if a.phone is None or not a.phone.connected:
                raise Refused(Refusal(RefusalCode.PHONE_NOT_CONNECTED))
            leg = agent_leg(user)
            work.say(a.phone.bridge, leg, f"{leg}:check:{work.now:%H%M%S%f}", CHECK)
            return a

        return await self.desk.run(do, user)

    async def close(self, user: UserId, owner: str) -> None:
        """Hang the telephone up for good, if this tab holds it."""

        async def do(work: Work) -> None:
            talks = await self.desk.talks_of(work, user)
            a = await work.agent(user)
            if a.phone is not None and a.phone.owner == owner:
                for s in talks:
                    await work.command(s.id, c.GoAway(agent=user))
                work.tell_bridge(a.phone.bridge, CloseBrowserLeg(leg=agent_leg(user)))
                await work.command_agent(user, agents.ClosePhone(owner=owner))

        await self.desk.run(do, user)
