"""Announcements spoken by telephone: a code from the screen, keyed in by whoever calls, then the recording."""

import hashlib
import secrets
import uuid
from datetime import datetime

from backend.application.destinations import Destinations
from backend.application.settings import Settings
from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, MessageStage, Phase
from backend.domain.ivr import dictation as d
from backend.domain.ivr.interpreter import Started
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import Destination, HangUp, RoutingReason, ToDictation, ToFlow


def hashed(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


def numbers(settings: Settings) -> list[str]:
    """Entry numbers at which an announcement can be spoken: those whose rules or menus lead there."""

    def leads(to: object) -> bool:
        match to:
            case ToDictation():
                return True
            case ToFlow(flow=flow):
                found = settings.flows.get(flow)
                return found is not None and any(isinstance(node, ToDictation) for node in found.nodes.values())
        return any(leads(further) for name in ("then", "otherwise") if (further := getattr(to, name, None)) is not None)

    return sorted(
        number
        for number, entry in settings.entry_points.items()
        if any(leads(to) for to in (entry.in_force.default, *(rule.to for rule in entry.in_force.rules)))
    )


class Dictations:
    """Registers itself with the destinations: it knows how to carry ToDictation out."""

    def __init__(self, destinations: Destinations) -> None:
        self.destinations = destinations
        destinations.elsewhere[ToDictation] = self.carry
        destinations.dialogues[d.ASK_CODE] = self.keyed

    async def begin(self, work: Work, notice: int, user: UserId) -> tuple[str, datetime]:
        """A new code for this announcement and until when it is good; the one before it is void. Raises Refused."""
        if notice not in work.settings.notices:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "notice"))
        code = f"{secrets.randbelow(10**d.DIGITS):0{d.DIGITS}}"
        until = work.now + d.LIFE
        await work.tx.add_dictation(notice, hashed(code), user, until)
        return code, until

    async def carry(self, work: Work, id: InteractionId, to: Destination, reason: RoutingReason) -> Interaction:
        s = await work.interaction(id)
        if s is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        flow = d.FLOWS[d.ASK_CODE]
        facts = await self.destinations.flow_facts(work, s, flow)
        return await work.command(id, c.AdvanceIvr(flow=flow, input=Started(), facts=facts))

    async def keyed(self, work: Work, id: InteractionId) -> Interaction:
        """The code is good once; a wrong one counts against all that are out."""
        s = await work.interaction(id)
        assert s is not None
        code = s.ivr.variables.get(d.CODE, "") if s.ivr is not None else ""
        found = await work.tx.take_dictation(hashed(code), work.now, d.MOST_WRONG) if code else None
        if found is None or found.notice not in work.settings.notices:
            return await self.destinations.send(work, id, HangUp(text=d.WRONG), RoutingReason.FLOW)
        recording = str(uuid.uuid4())
        await work.tx.dictating(found.id, recording)
        return await work.command(
            id,
            c.AskForMessage(
                notice=found.notice, recording=recording, greeting=d.GREETING, limit=d.LONGEST, quiet=d.QUIET
            ),
        )

    async def recorded(self, work: Work, id: InteractionId, recording: str, ms: int, heard_ms: int | None) -> None:
        """The bridge has closed a recording; nothing when it is not that of an announcement."""
        s = await work.interaction(id)
        if s is None or s.message is None or s.message.recording != recording or s.message.notice is None:
            return
        after = await work.command(
            id, c.CloseMessage(recording=recording, duration_ms=ms, heard_ms=heard_ms, least_ms=d.LEAST_MS)
        )
        said = after.message is not None and after.message.stage is MessageStage.LEFT
        if said:
            await work.tx.dictated(recording)
        await self._part(work, after, d.THANKS if said else d.NOTHING)

    async def failed(self, work: Work, recording: str) -> None:
        id = await work.tx.interaction_of_recording(recording)
        s = await work.interaction(id) if id is not None else None
        if s is None or s.message is None or s.message.recording != recording or s.message.notice is None:
            return
        await self._part(work, await work.command(s.id, c.CloseMessage(recording=recording, failed=True)), d.FAILED)

    async def _part(self, work: Work, s: Interaction, words: str) -> None:
        if s.phase is Phase.MESSAGE:
            await work.command(s.id, c.StartAnnouncement(text=words))
