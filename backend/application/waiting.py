"""What happens to a contact while it waits: announcements, overflow, the longest wait, an unstaffed queue."""

import random
from datetime import datetime, timedelta

from backend.application.destinations import MAX_WAIT_TEXT, UNSTAFFED_TEXT, Destinations
from backend.application.settings import QueueSettings
from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.interaction import deadlines as d
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.kernel.ids import InteractionId
from backend.domain.routing.destination import HangUp, RoutingReason
from backend.domain.voice.waiting_words import comfort_message

SPEECH_APART = timedelta(seconds=8)
"""Nothing cuts off a text that has just begun."""


class WaitingLine:
    def __init__(self, destinations: Destinations) -> None:
        self.destinations = destinations

    async def announce(self, work: Work, id: InteractionId, key: str) -> None:
        """Tell the place when it is better than the one told last, or when it is time again."""
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        soonest = timedelta(seconds=queue.options.announcements.min_every_s)
        spoken_at, told_at = s.said_at or work.now, s.announced_at or work.now
        if work.now < spoken_at + min(soonest or SPEECH_APART, SPEECH_APART):
            work.rearm(key, spoken_at + SPEECH_APART, d.AnnouncementDue(id))
            return
        assert s.queued_at is not None
        position = await self.destinations.position(work, queue, id, s.priority, s.queued_at)
        better = s.position is not None and position < s.position
        again = work.now >= told_at + queue.announce_every and not queue.options.announcements.only_up
        if better or again:
            text, expected = self.destinations.words(work, queue, position)
            if text is not None:
                await work.command(id, c.AnnouncePosition(position=position, text=text, expected_s=expected))
                return
        pause = min(soonest, queue.announce_every) if soonest else queue.announce_every
        work.rearm(key, work.now + pause, d.AnnouncementDue(id))

    async def comfort(self, work: Work, id: InteractionId, key: str) -> None:
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        text = comfort_message(queue.options.announcements, s.comforts, random.randrange(1 << 30))
        if text is None:
            return
        if s.said_at is not None and work.now < s.said_at + SPEECH_APART:
            work.rearm(key, s.said_at + SPEECH_APART, d.ComfortDue(id))
            return
        await work.command(id, c.PlayComfort(text=text))

    async def overflow(self, work: Work, id: InteractionId, visit: int, step: int) -> None:
        """The next overflow step; one that leads nowhere leaves the contact where it waits."""
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        steps = queue.options.overflow
        if s.phase is not Phase.QUEUED or (len(s.visits), s.overflows) != (visit, step) or step >= len(steps):
            return
        try:
            await self.destinations.go(work, id, steps[step].to, RoutingReason.OVERFLOW, stays=True)
        except Refused:
            await work.command(id, c.FailOverflow())

    async def max_wait(self, work: Work, id: InteractionId, visit: int) -> None:
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        if s.phase is Phase.QUEUED and len(s.visits) == visit:
            to = queue.options.when_max_wait or HangUp(text=MAX_WAIT_TEXT)
            await self.destinations.send(work, id, to, RoutingReason.MAX_WAIT)

    async def leave_empty(self, work: Work, id: InteractionId, at: datetime) -> None:
        """The queue is unstaffed now: whoever waits in it goes where unstaffed leads (leavewhenempty)."""
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        if s.phase is Phase.QUEUED and self.destinations.figures(queue.id, at).empty(queue.options.leave_when_empty):
            to = queue.options.when_unstaffed or HangUp(text=UNSTAFFED_TEXT)
            await self.destinations.send(work, id, to, RoutingReason.UNSTAFFED)

    async def exit_key(self, work: Work, id: InteractionId, key: str) -> None:
        """A key that leads out of the queue; others mean nothing there."""
        found = await _waiting(work, id)
        if found is None:
            return
        s, queue = found
        way = next((x for x in queue.options.exit_keys if x.key == key), None)
        if way is not None and s.phase is Phase.QUEUED:
            await self.destinations.send(work, id, way.to, RoutingReason.EXIT_KEY)

    async def sought_back(self, work: Work, id: InteractionId) -> None:
        """The agent sought directly did not take the contact."""
        s = await work.interaction(id)
        if s is None or s.phase is not Phase.QUEUED or s.sought is None:
            return
        to = s.sought_otherwise or HangUp(text=UNSTAFFED_TEXT)
        await self.destinations.send(work, id, to, RoutingReason.OTHERWISE)


async def _waiting(work: Work, id: InteractionId) -> tuple[Interaction, QueueSettings] | None:
    s = await work.interaction(id)
    if s is None or not s.waiting or s.queue is None or s.queue not in work.settings.queues:
        return None
    return s, work.settings.queues[s.queue]
