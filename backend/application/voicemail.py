"""Messages that callers leave: asked for where a destination says so, kept as an item of the callback register."""

import uuid
from datetime import timedelta

from backend.application.callbacks import Callbacks
from backend.application.destinations import Destinations
from backend.application.work import Refused, Work
from backend.domain.callback.model import VoiceMessage
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, MessageStage, Phase
from backend.domain.ivr.dictation import THANKS as DICTATED
from backend.domain.kernel.ids import InteractionId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import Destination, RoutingReason, ToVoicemail
from backend.domain.routing.queue_options import QueueOptions, Voicemail

STOP_KEY = "#"

GREETING = "Po zaznění tónu nám prosím nechte vzkaz. Nahrávání ukončíte křížkem nebo zavěšením."
THANKS = "Děkujeme, váš vzkaz jsme přijali. Na shledanou."
NOTHING = "Nezaznamenali jsme žádný vzkaz. Zavolejte nám prosím později. Na shledanou."
FAILED = "Omlouváme se, váš vzkaz se nepodařilo nahrát. Zavolejte nám prosím později. Na shledanou."
TEXTS = (GREETING, THANKS, NOTHING, FAILED)


class VoicemailBox:
    """Registers itself with the destinations: it knows how to carry ToVoicemail out."""

    def __init__(self, destinations: Destinations, callbacks: Callbacks) -> None:
        self.destinations, self.callbacks = destinations, callbacks
        destinations.elsewhere[ToVoicemail] = self.carry

    async def carry(self, work: Work, id: InteractionId, to: Destination, reason: RoutingReason) -> Interaction:
        assert isinstance(to, ToVoicemail)
        if to.queue not in work.settings.queues:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        rules = _rules(work, to.queue)
        own = to.text is not None or to.prompt is not None
        return await work.command(
            id,
            c.AskForMessage(
                queue=to.queue,
                recording=str(uuid.uuid4()),
                greeting=(to.text if own else rules.greeting) or GREETING,
                prompt=to.prompt if own else rules.prompt,
                limit=timedelta(seconds=rules.limit_s),
                quiet=timedelta(seconds=rules.quiet_s),
            ),
        )

    async def key(self, work: Work, s: Interaction, key: str) -> None:
        """``#`` passes over the greeting, and ends the message."""
        if s.message is None or key != STOP_KEY:
            return
        skip = s.message.stage is MessageStage.GREETING
        kind = c.FinishGreeting if skip else c.StopMessage
        await work.command(s.id, kind(recording=s.message.recording))

    async def over(self, work: Work, id: InteractionId, recording: str) -> None:
        """As long as it may be; or the bridge has not said what became of the recording: it may yet say so."""
        s = await work.interaction(id)
        if s is None or s.phase is not Phase.MESSAGE or s.message is None or s.message.recording != recording:
            return
        if s.message.stage is MessageStage.ENDING:
            words = THANKS if s.message.notice is None else DICTATED
            await work.command(id, c.StartAnnouncement(text=words))
        else:
            await work.command(id, c.StopMessage(recording=recording))

    async def recorded(self, work: Work, id: InteractionId, recording: str, ms: int, heard_ms: int | None) -> None:
        """The bridge has closed a recording; nothing when it is not that of a message."""
        s = await work.interaction(id)
        if s is None or s.message is None or s.message.recording != recording or s.message.queue is None:
            return
        least = int(1000 * _rules(work, s.message.queue).least_s)
        after = await work.command(
            id, c.CloseMessage(recording=recording, duration_ms=ms, heard_ms=heard_ms, least_ms=least)
        )
        if recording in after.messages and recording not in s.messages:
            message = VoiceMessage(recording=recording, interaction=id, at=work.now, duration_ms=ms)
            await self.callbacks.leave_message(work, after, s.message.queue, message)
        await self._part(work, after, THANKS if recording in after.messages else NOTHING)

    async def failed(self, work: Work, recording: str) -> None:
        id = await work.tx.interaction_of_recording(recording)
        s = await work.interaction(id) if id is not None else None
        if s is None or s.message is None or s.message.recording != recording or s.message.queue is None:
            return
        await self._part(work, await work.command(s.id, c.CloseMessage(recording=recording, failed=True)), FAILED)

    async def _part(self, work: Work, s: Interaction, words: str) -> None:
        if s.phase is Phase.MESSAGE:
            await work.command(s.id, c.StartAnnouncement(text=words))


def _rules(work: Work, queue: int) -> Voicemail:
    known = work.settings.queues.get(queue)
    return (known.options if known else QueueOptions()).voicemail
