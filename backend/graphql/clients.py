"""The client's card: who it is, what is known, what happened; edited by those who may."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

from backend.application.clients import Changed
from backend.domain.access.fields import fields_seen
from backend.domain.access.policy import Action
from backend.domain.customer.fields import FieldType
from backend.domain.customer.values import LONGEST
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal
from backend.graphql import client_types as ct
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed, reach_of
from backend.graphql.routing import SettingRefused, SettingResult, refused, setting_result
from backend.graphql.work import contact_result

SEE = [allowed(Action.SEE_CLIENTS)]
EDIT = [allowed(Action.EDIT_CLIENTS)]
DEFINE = [allowed(Action.DEFINE_CLIENT_FIELDS)]
MOST_FOUND = 50
MOST_PER_PAGE = 100
LONGEST_QUERY = 100


@strawberry.type
class ClientSaved:
    client: ct.Client


@strawberry.type(
    description="Somebody else has saved the card meanwhile: nothing was saved. `client` as it is now, `changes` since"
    " the version that was given, field by field. Save again with the new version to put yours over."
)
class ClientConflict:
    client: ct.Client
    changes: list[ct.FieldChange]


ClientResult = Annotated[ClientSaved | ClientConflict | SettingRefused | t.Refused, strawberry.union("ClientResult")]


@strawberry.type
class ClientQuery:
    @strawberry.field(
        permission_classes=SEE, description="Fields of the card in their order, as far as the viewer sees."
    )
    async def client_fields(self, info: Info) -> list[ct.ClientField]:
        clients, actor = info.context.services.clients, info.context.actor
        editable = clients.edited(actor)
        return [ct.ClientField.of(field, field.key in editable) for field in clients.seen(actor)]

    @strawberry.field(permission_classes=SEE)
    async def client_card(self, info: Info, id: int) -> ct.ClientCard | None:
        services, actor = info.context.services, info.context.actor
        card = await services.client_readers.client(id)
        if card is None:
            return None
        alike = await services.client_readers.duplicates(card, services.clients.seen(actor))
        return ct.ClientCard(
            client=ct.Client.of(card, services.clients, actor),
            notes=ct.ClientNote.all_of(await services.client_readers.notes(id)),
            duplicates=[ct.Duplicate.of(each, services.clients, actor) for each in alike],
            told_apart=[
                ct.Client.of(each, services.clients, actor) for each in await services.client_readers.told_apart(id)
            ],
        )

    @strawberry.field(
        permission_classes=SEE,
        description="All clients with this number (E.164): never merged, the agent picks.",
    )
    async def clients_by_number(self, info: Info, number: str) -> list[ct.Client]:
        return await _by_term(info, normalise(number[:40]).text, FieldType.PHONE)

    @strawberry.field(permission_classes=SEE, description="All clients with this address, as by number.")
    async def clients_by_email(self, info: Info, email: str) -> list[ct.Client]:
        return await _by_term(info, email.strip().lower()[: LONGEST[FieldType.EMAIL]], FieldType.EMAIL)

    @strawberry.field(
        permission_classes=SEE,
        description="As you type: words of names in any order, numbers, e-mail, insured and company number, date of birth"
        " as Czechs write it; case, diacritics and small slips ignored. Sensitive fields by the whole value. Best first.",
    )
    async def search_clients(self, info: Info, text: str, first: int = 20) -> ct.FoundClients:
        services, actor = info.context.services, info.context.actor
        found = await services.client_readers.search(
            text[:LONGEST_QUERY],
            services.clients.seen(actor),
            services.clients.today(),
            max(1, min(first, MOST_FOUND)),
        )
        return ct.FoundClients(
            clients=[ct.Client.of(c, services.clients, actor) for c in found.clients], misspelt=found.misspelt
        )

    @strawberry.field(permission_classes=SEE, description="Who changed what on a card, newest first.")
    async def client_versions(
        self, info: Info, id: int, before: int | None = None, first: int = 20
    ) -> ct.ClientVersions:
        services = info.context.services
        limit = max(1, min(first, MOST_PER_PAGE))
        found = await services.client_readers.versions(id, before, limit + 1)
        seen = {field.key: field.name for field in fields_seen(info.context.actor, services.clients.settings.fields)}
        versions = [
            ct.ClientVersion(
                version=v.version,
                at=v.at,
                author_id=v.author,
                changes=[ct.FieldChange.of(change, v) for change in v.changes if change.field in seen],
            )
            for v in found[:limit]
        ]
        named = {change.field: seen[change.field] for v in versions for change in v.changes}
        return ct.ClientVersions(versions=versions, names=named, more=len(found) > limit)

    @strawberry.field(
        permission_classes=[allowed(Action.SEE_TIMELINE)],
        description="Contacts over all channels, newest first: of a client, or else of a number.",
    )
    async def timeline(
        self,
        info: Info,
        client: int | None = None,
        number: str | None = None,
        before: str | None = None,
        first: int = 20,
    ) -> ct.Timeline:
        services, actor = info.context.services, info.context.actor
        limit = max(1, min(first, MOST_PER_PAGE))
        if client is None and not number:
            return ct.Timeline(contacts=[], next=None)
        found = await services.client_readers.timeline(
            client,
            number,
            _place(before),
            limit + 1,
            within=reach_of(info, Action.SEE_TIMELINE),
            open_to=reach_of(info, Action.SEE_HISTORY),
        )
        page = found[:limit]
        recordings = await services.catalogue.several([h.recording for h in page if h.recording])
        return ct.Timeline(
            contacts=[ct.TimelineContact.of(h, recordings.get(h.recording or ""), actor) for h in page],
            next=f"{page[-1].arrived_at.isoformat()}|{page[-1].id}" if len(found) > limit else None,
        )

    @strawberry.field(permission_classes=DEFINE, description="Fields and links, as they can be saved again.")
    async def client_settings(self, info: Info) -> JSON:
        return msgspec.to_builtins(info.context.services.clients.settings)


@strawberry.type
class ClientMutation:
    @strawberry.mutation(
        permission_classes=EDIT, description="A new card. `values` by key of the field; `key`: sent twice, made once."
    )
    async def create_client(self, info: Info, values: JSON, key: strawberry.ID) -> ClientResult:
        clients, actor = info.context.services.clients, info.context.actor
        assert actor is not None
        return await _result(info, await clients.create(_values(values), actor, key[:64]))

    @strawberry.mutation(
        permission_classes=EDIT,
        description="`values` are those that were changed, null or empty to clear; `version` the card they were changed on.",
    )
    async def save_client(self, info: Info, id: int, version: int, values: JSON) -> ClientResult:
        clients, actor = info.context.services.clients, info.context.actor
        assert actor is not None
        return await _result(info, await clients.save(id, version, _values(values), actor))

    @strawberry.mutation(
        permission_classes=EDIT,
        description="A new note, or with `note` a new version of one over `version`; an empty text takes it down.",
    )
    async def write_client_note(
        self, info: Info, client: int, text: str, key: strawberry.ID, note: int | None = None, version: int = 0
    ) -> t.DoneResult:
        clients, actor = info.context.services.clients, info.context.actor
        assert actor is not None
        answer = await clients.write_note(client, note, version, text, actor, key[:64])
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()

    @strawberry.mutation(
        permission_classes=EDIT, description="That two cards are not of one person; `apart: false` takes it back."
    )
    async def tell_apart(self, info: Info, client: int, other: int, apart: bool = True) -> t.DoneResult:
        clients, actor = info.context.services.clients, info.context.actor
        assert actor is not None
        answer = await clients.tell_apart(client, other, apart, actor)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()

    @strawberry.mutation(
        permission_classes=[allowed(Action.WORK)],
        description="All fields by which the agent has made sure who is on the line; kept with the contact.",
    )
    async def verify_client(self, info: Info, contact: strawberry.ID, items: list[str]) -> t.ContactResult:
        clients, actor = info.context.services.clients, info.context.actor
        assert actor is not None
        return contact_result(await clients.verify(contact_id(contact), items, actor))

    @strawberry.mutation(permission_classes=DEFINE, description="Refused when `base` is given and no longer in force.")
    async def save_client_settings(self, info: Info, settings: JSON, base: JSON | None = None) -> SettingResult:
        return setting_result(await info.context.services.clients.define(settings, info.context.user, base))


async def _by_term(info: Info, term: str, type: FieldType) -> list[ct.Client]:
    services, actor = info.context.services, info.context.actor
    fields = [field for field in services.clients.seen(actor) if field.type is type]
    found = await services.client_readers.by_term(term, fields)
    return [ct.Client.of(c, services.clients, actor) for c in found]


async def _result(info: Info, answer) -> ClientResult:
    services, actor = info.context.services, info.context.actor
    if isinstance(answer, Refusal):
        return t.Refused.of(answer)
    if isinstance(answer, list):
        return refused(answer)
    if isinstance(answer, Changed):
        return ClientConflict(
            client=ct.Client.of(answer.client, services.clients, actor),
            changes=[ct.FieldChange.of(*line) for line in answer.changes],
        )
    saved = await services.client_readers.client(answer)
    assert saved is not None
    return ClientSaved(client=ct.Client.of(saved, services.clients, actor))


def _values(given: object) -> dict:
    if isinstance(given, dict):
        return given
    raise GraphQLError("values must be an object", extensions={"code": "BAD_INPUT"})


def _place(before: str | None) -> tuple[datetime, str] | None:
    """Raises GraphQLError (BAD_INPUT) for what we have not given out."""
    if before is None:
        return None
    at, _, id = before.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError("not a place on the timeline", extensions={"code": "BAD_INPUT"})
    return moment, contact_id(id)
