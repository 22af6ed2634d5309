"""Clients in screen words. What a viewer may not see is not there: ``values`` has only fields that the policy shows."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from backend.adapters.postgres.client_readers import ClientNote as StoredNote
from backend.adapters.postgres.client_readers import Duplicate as Alike
from backend.adapters.postgres.client_readers import Happened
from backend.adapters.recordings.catalogue import Stored
from backend.application.clients import Clients, shown
from backend.domain.access.policy import Actor
from backend.domain.customer.fields import ICIS_ID, STATUS, Field, FieldType, icis_link
from backend.domain.customer.model import Change, Version
from backend.domain.customer.model import Client as Card
from backend.domain.customer.values import Value, display_name
from backend.domain.interaction.model import Channel, Direction, Outcome, Phase
from backend.graphql import recording_types as rt

strawberry.enum(FieldType, name="ClientFieldType")


@strawberry.type
class FieldChoice:
    value: str
    name: str


@strawberry.type(description="A field of the client's card, as the administrator has defined it, for the viewer.")
class ClientField:
    key: str
    name: str
    type: FieldType
    section: str
    required: bool
    many: bool
    verify: bool = strawberry.field(description="By this the agent makes sure who is on the line.")
    sensitive: bool = strawberry.field(description="Kept encrypted; found only by the whole value.")
    choices: list[FieldChoice]
    may_edit: bool

    @classmethod
    def of(cls, field: Field, may_edit: bool) -> "ClientField":
        return cls(
            key=field.key,
            name=field.name,
            type=field.type,
            section=field.section,
            required=field.required,
            many=field.many,
            verify=field.verify,
            sensitive=field.sensitive,
            choices=[FieldChoice(value=choice.value, name=choice.name) for choice in field.choices],
            may_edit=may_edit,
        )


@strawberry.type(
    description="A client's card. `values` by key of the field: text, number, yes or no, a list for telephones and"
    " e-mails, dates as ISO 8601; empty ones are not there. `icisUrl` is null without an identifier."
)
class Client:
    id: int
    version: int
    name: str
    status: str
    numbers: list[str]
    emails: list[str]
    values: JSON
    icis_url: str | None
    changed_at: datetime
    changed_by_id: int | None
    erased: bool

    @classmethod
    def of(cls, card: Card, clients: Clients, actor: Actor | None) -> "Client":
        fields = clients.seen(actor)
        values = shown(card, fields)
        return cls(
            id=card.id,
            version=card.version,
            name=display_name(values),
            status=str(values.get(STATUS, "")),
            numbers=_listed(values, fields, FieldType.PHONE),
            emails=_listed(values, fields, FieldType.EMAIL),
            values=values,
            icis_url=icis_link(clients.settings.icis_url, str(values.get(ICIS_ID, ""))),
            changed_at=card.changed_at,
            changed_by_id=card.changed_by,
            erased=card.erased_at is not None,
        )


def _listed(values: dict[str, Value], fields: tuple[Field, ...], type: FieldType) -> list[str]:
    found = [values[f.key] for f in fields if f.type is type and f.key in values]
    return list(dict.fromkeys(one for value in found if isinstance(value, tuple) for one in value))


@strawberry.type(description="`misspelt`: nothing fits what was typed; these are close.")
class FoundClients:
    clients: list[Client]
    misspelt: bool


@strawberry.type(description="One field that somebody changed; null for empty.")
class FieldChange:
    field: str
    before: JSON | None
    after: JSON | None
    by_id: int | None
    at: datetime

    @classmethod
    def of(cls, change: Change, version: Version) -> "FieldChange":
        return cls(field=change.field, before=change.before, after=change.after, by_id=version.author, at=version.at)


@strawberry.type(description="One save of a card. `authorId` is null for the synchronisation.")
class ClientVersion:
    version: int
    at: datetime
    author_id: int | None
    changes: list[FieldChange]


@strawberry.type(description="Newest first; `before` of the next page is the last one's `version`.")
class ClientVersions:
    versions: list[ClientVersion]
    names: JSON = strawberry.field(description="Names of the fields in it, by key; retired ones too.")
    more: bool


@strawberry.type
class ClientNoteVersion:
    version: int
    text: str
    author_id: int
    at: datetime


@strawberry.type(description="A note on the card, apart from those of contacts; versions oldest first.")
class ClientNote:
    note: int
    versions: list[ClientNoteVersion]

    @classmethod
    def all_of(cls, stored: list[StoredNote]) -> list["ClientNote"]:
        found: dict[int, list[ClientNoteVersion]] = {}
        for n in stored:
            version = ClientNoteVersion(version=n.version, text=n.text, author_id=n.author, at=n.at)
            found.setdefault(n.note, []).append(version)
        return [cls(note=note, versions=versions) for note, versions in found.items()]


@strawberry.type(description="A card that looks like the same person: the fields in which they agree.")
class Duplicate:
    client: Client
    because: list[str]

    @classmethod
    def of(cls, alike: Alike, clients: Clients, actor: Actor | None) -> "Duplicate":
        return cls(client=Client.of(alike.client, clients, actor), because=list(alike.because.fields))


@strawberry.type
class ClientCard:
    client: Client
    notes: list[ClientNote]
    duplicates: list[Duplicate]
    told_apart: list[Client] = strawberry.field(description="Of whom somebody has said that they are not the same.")


@strawberry.type(
    description="A contact on a timeline. `maySeeSteps`: whether the viewer may open it; `recording` plays for those who may."
)
class TimelineContact:
    id: strawberry.ID
    channel: Channel
    direction: Direction
    phase: Phase
    outcome: Outcome | None
    arrived_at: datetime
    ended_at: datetime | None
    queue_id: int | None
    agent_id: int | None
    category_id: int | None
    number: str | None
    client_id: int | None
    talk_seconds: float | None
    verified: list[str]
    note: str | None
    note_author_id: int | None
    may_see_steps: bool
    recording: rt.Recording | None

    @classmethod
    def of(cls, h: Happened, recording: Stored | None, actor: Actor | None) -> "TimelineContact":
        return cls(
            id=strawberry.ID(h.id),
            channel=Channel(h.channel),
            direction=Direction(h.direction),
            phase=Phase(h.phase),
            outcome=Outcome(h.outcome) if h.outcome else None,
            arrived_at=h.arrived_at,
            ended_at=h.ended_at,
            queue_id=h.queue,
            agent_id=h.agent,
            category_id=h.category,
            number=h.address,
            client_id=h.client,
            talk_seconds=h.talk_s,
            verified=list(h.verified),
            note=h.note,
            note_author_id=h.note_author,
            may_see_steps=h.open,
            recording=rt.Recording.of(recording, actor) if recording else None,
        )


@strawberry.type(description="Newest first. `next` is the `before` of the next page, null when there is none.")
class Timeline:
    contacts: list[TimelineContact]
    next: str | None
