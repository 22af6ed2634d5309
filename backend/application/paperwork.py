"""Note, category and client of a contact."""

from backend.application.desk import Desk
from backend.application.work import Refused, Work
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, can
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.ids import CategoryId, ClientId, InteractionId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.labels.model import choosable

LONGEST_NOTE = 20_000


class Paperwork:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def write_note(
        self, id: InteractionId, text: str, actor: Actor, key: str, base: int | None = None
    ) -> Interaction | Refusal:
        """A new version of the contact's note; every older one stays. ``key``: the same request sent twice writes once.

        ``base``: the version that was being rewritten. Refused when somebody else has written a newer one, so that
        nobody's words are passed over unread.
        """
        if not 1 <= len(text.strip()) <= LONGEST_NOTE:
            return Refusal(RefusalCode.BAD_INPUT)

        async def do(work: Work) -> Interaction:
            s = await self._annotatable(work, id, actor)
            newest = await work.tx.newest_note(id)
            if base is not None and newest is not None and newest.version > base and newest.author != actor.user:
                raise Refused(Refusal(RefusalCode.CHANGED_MEANWHILE, "note"))
            if not await work.tx.first_use(actor.user, key):
                return s
            if newest is not None and newest.author == actor.user and newest.text == text:
                return s
            s = await work.command(id, c.WriteNote())
            await work.tx.add_note(id, s.notes, text, actor.user, work.now)
            return s

        return await self.desk.run(do, actor.user)

    async def categorise(self, id: InteractionId, category: CategoryId | None, actor: Actor) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            s = await self._annotatable(work, id, actor)
            if category is not None and not choosable(await work.tx.category(category), s.queue, s.category):
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "category"))
            return await work.command(id, c.Categorise(category=category))

        return await self.desk.run(do, actor.user)

    async def pick_client(self, id: InteractionId, client: ClientId | None, actor: Actor) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            if client is not None and not await work.tx.client_exists(client):
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "client"))
            return await work.command(id, c.PickClient(agent=actor.user, client=client))

        return await self.desk.run(do, actor.user)

    async def _annotatable(self, work: Work, id: InteractionId, actor: Actor) -> Interaction:
        s = await work.interaction(id)
        if s is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        if not can(actor, Action.ANNOTATE, subjects.paperwork(s)):
            raise Refused(Refusal(RefusalCode.NOT_YOURS))
        return s
