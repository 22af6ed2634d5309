"""Use cases of the client's card. What may be seen and edited, the policy says field by field."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from backend.application.administration import Administration, Answer, changed, read
from backend.application.desk import PRAGUE, Desk
from backend.application.ports import IdentifierTaken
from backend.application.work import Refused, Work
from backend.domain.access.fields import fields_edited, fields_seen
from backend.domain.access.policy import Actor, Role
from backend.domain.customer.fields import ICIS_ID, ClientSettings, Field, icis_link
from backend.domain.customer.fields import problems as field_problems
from backend.domain.customer.model import Change, Client, Version, difference, patched, since
from backend.domain.customer.values import Value
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.ids import ClientId, InteractionId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem, ProblemKind

LONGEST_NOTE = 20_000


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else has saved the card since it was read: field by field, with who did it. Nothing was saved."""

    client: Client
    changes: tuple[tuple[Change, Version], ...]


class Clients:
    def __init__(self, desk: Desk, administration: Administration) -> None:
        self.desk = desk
        self._administration = administration

    @property
    def settings(self) -> ClientSettings:
        return self.desk.settings.clients

    def seen(self, actor: Actor | None) -> tuple[Field, ...]:
        """Fields in use that the actor may see."""
        return fields_seen(actor, self.settings.current)

    def edited(self, actor: Actor | None) -> dict[str, Field]:
        return {field.key: field for field in fields_edited(actor, self.settings.current)}

    def icis_url(self, client: Client) -> str | None:
        return icis_link(self.settings.icis_url, str(client.values.get(ICIS_ID, "")))

    def today(self):
        return self.desk.clock().astimezone(PRAGUE).date()

    # ---- the card

    async def create(self, given: Mapping[str, Any], actor: Actor, key: str) -> ClientId | list[Problem] | Refusal:
        """``key``: the same request sent twice makes one client."""
        editable = self.edited(actor)
        values, problems = patched({}, given, editable, self.today())
        if problems:
            return problems

        async def do(work: Work) -> ClientId:
            if not await work.tx.first_use(actor.user, key):
                known = await work.tx.answer_of(actor.user, key)
                if known is None:
                    raise Refused(Refusal(RefusalCode.BAD_INPUT, "key"))
                return known
            client = await work.tx.add_client(
                values, self.settings.fields, actor.user, work.now, difference({}, values)
            )
            await work.tx.remember_answer(actor.user, key, client)
            return client

        return await self._identified(do, actor)

    async def save(
        self, id: ClientId, version: int, given: Mapping[str, Any], actor: Actor
    ) -> ClientId | Changed | list[Problem] | Refusal:
        """``given``: what was typed, by field; other fields stay. ``version``: of the card that the author had before
        the eyes; when it is no longer the newest nothing is saved and the answer says what changed."""
        editable = self.edited(actor)
        shown = {field.key for field in fields_seen(actor, self.settings.fields)}

        async def do(work: Work) -> ClientId | Changed | list[Problem]:
            card = await self._card(work, id)
            if card.version != version:
                later = await work.tx.client_versions_since(id, version)
                return Changed(client=card, changes=tuple(line for line in since(later) if line[0].field in shown))
            values, problems = patched(card.values, given, editable, self.today())
            if problems:
                return problems
            if changes := difference(card.values, values):
                await work.tx.save_client(
                    id, card.version + 1, values, self.settings.fields, actor.user, work.now, changes
                )
            return id

        return await self._identified(do, actor)

    async def _identified(self, do, actor: Actor):
        try:
            return await self.desk.run(do, actor.user)
        except IdentifierTaken:
            return [Problem(ICIS_ID, ProblemKind.TAKEN)]

    # ---- notes

    async def write_note(
        self, id: ClientId, note: int | None, version: int, words: str, actor: Actor, key: str
    ) -> ClientId | Refusal:
        """A new note, or a new version of one; empty takes it down. ``version``: the one that was changed."""
        words = words.strip()
        if len(words) > LONGEST_NOTE or (note is None and not words):
            return Refusal(RefusalCode.BAD_INPUT)

        async def do(work: Work) -> ClientId:
            await self._card(work, id)
            if not await work.tx.first_use(actor.user, key):
                return id
            number = note if note is not None else await work.tx.next_client_note(id)
            newest = await work.tx.client_note_version(id, number)
            if note is not None and newest == 0:
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "note"))
            if note is not None and newest != version:
                raise Refused(Refusal(RefusalCode.CHANGED_MEANWHILE, "note"))
            await work.tx.add_client_note(id, number, newest + 1, words, actor.user, work.now)
            await work.tx.log_client(
                id, {"type": "ClientNoteWritten", "note": number, "version": newest + 1}, actor.user, work.now
            )
            return id

        return await self.desk.run(do, actor.user)

    # ---- duplicates

    async def tell_apart(self, one: ClientId, other: ClientId, apart: bool, actor: Actor) -> ClientId | Refusal:
        """That two cards are not of one person; or that it is not known after all."""

        async def do(work: Work) -> ClientId:
            if one == other:
                raise Refused(Refusal(RefusalCode.BAD_INPUT))
            for id in sorted((one, other)):
                await self._card(work, id)
            if apart:
                await work.tx.tell_apart(one, other, actor.user, work.now)
            else:
                await work.tx.no_longer_apart(one, other)
            data = {"type": "ToldApart" if apart else "NotToldApart", "other": other}
            await work.tx.log_client(one, data, actor.user, work.now)
            return one

        return await self.desk.run(do, actor.user)

    # ---- during a contact

    async def verify(self, id: InteractionId, items: Iterable[str], actor: Actor) -> Interaction | Refusal:
        """``items``: all fields by which the agent has made sure who is on the line."""
        asked = tuple(items)
        if not set(asked) <= {field.key for field in self.seen(actor)}:
            return Refusal(RefusalCode.BAD_INPUT, "items")

        async def do(work: Work) -> Interaction:
            return await work.command(id, c.VerifyClient(agent=actor.user, items=asked))

        return await self.desk.run(do, actor.user)

    # ---- fields

    async def define(self, given: Any, actor: UserId, base: Any = None) -> Answer:
        settings = read(given, ClientSettings)
        if isinstance(settings, list):
            return settings
        if changed(base, self.settings):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "clients")
        problems = list(field_problems(settings, self.settings, self._roles()))
        return await self._administration.save(
            problems, lambda: self._administration.store.save_clients(settings, actor)
        )

    def _roles(self) -> frozenset[str]:
        return frozenset(role.value for role in Role) | frozenset(self.desk.settings.access.roles)

    async def _card(self, work: Work, id: ClientId) -> Client:
        """Locked. Who asked to be forgotten has none."""
        card = await work.tx.client(id)
        if card is None or card.erased_at is not None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "client"))
        return card


def shown(client: Client, fields: Iterable[Field]) -> dict[str, Value]:
    """The values of these fields only."""
    return {field.key: client.values[field.key] for field in fields if field.key in client.values}
