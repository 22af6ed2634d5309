"""Who did and saw what, for whoever may ask."""

import base64
from datetime import datetime

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access.policy import Action
from backend.domain.audit.trail import Kind, Line, Outcome, Wanted
from backend.graphql.permissions import Info, allowed

MOST_PER_PAGE = 200
LONGEST_TEXT = 200
MOST_ACTIONS = 50
SEE = [allowed(Action.SEE_AUDIT)]

AuditKind = strawberry.enum(Kind, name="AuditKind")
AuditOutcome = strawberry.enum(Outcome, name="AuditOutcome")


@strawberry.input(
    description="What to look for; empty fields ask nothing. `subject`: whole (`client:5`), or a part without a colon."
    " `action`: a part of its name; `actions`: any of these. `words`: anywhere in parameters, subject or reason."
)
class AuditFilter:
    since: datetime | None = None
    until: datetime | None = None
    kinds: list[AuditKind] = strawberry.field(default_factory=list)
    actor: int | None = None
    subject: str | None = None
    action: str | None = None
    actions: list[str] = strawberry.field(default_factory=list)
    outcome: AuditOutcome | None = None
    address: str | None = None
    request: str | None = None
    words: str | None = None

    def wanted(self) -> Wanted:
        def cut(given: str | None) -> str | None:
            return (given or "").strip().replace("\x00", "")[:LONGEST_TEXT] or None

        return Wanted(
            since=self.since,
            until=self.until,
            kinds=tuple(self.kinds),
            actor=self.actor,
            subject=cut(self.subject),
            action=cut(self.action),
            actions=tuple(self.actions[:MOST_ACTIONS]),
            outcome=self.outcome,
            address=cut(self.address),
            request=cut(self.request),
            words=cut(self.words),
        )


@strawberry.type(
    description="One thing that happened, was asked for, or was shown. `sealed`: it can no longer be changed unseen."
)
class AuditLine:
    id: strawberry.ID
    at: datetime
    kind: AuditKind
    action: str
    subject: str | None
    actor_id: int | None
    session: str | None
    address: str | None
    source: str
    request: str | None
    parameters: JSON
    outcome: AuditOutcome
    reason: str | None
    found: JSON | None
    sealed: bool

    @classmethod
    def of(cls, x: Line) -> "AuditLine":
        return cls(
            id=strawberry.ID(str(x.id)),
            at=x.at,
            kind=x.kind,
            action=x.action,
            subject=x.subject,
            actor_id=x.actor,
            session=x.session,
            address=x.address,
            source=x.source,
            request=x.request,
            parameters=msgspec.to_builtins(x.parameters),
            outcome=x.outcome,
            reason=x.reason,
            found=msgspec.to_builtins(x.found),
            sealed=x.sealed,
        )


@strawberry.type(description="`after` continues the list; null at its end.")
class AuditPage:
    lines: list[AuditLine]
    after: str | None


@strawberry.type(description="How far the audit is sealed.")
class AuditSeal:
    head: int
    head_hash: str
    sealed_at: datetime | None
    rows: int
    waiting: int
    pruned_up_to: int | None
    oldest: datetime | None


@strawberry.type(description="A person who can stand in the audit, also one who has left.")
class AuditPerson:
    id: int
    name: str
    login: str


@strawberry.type
class AuditQuery:
    @strawberry.field(permission_classes=SEE, description="Newest first.")
    async def audit_trail(
        self, info: Info, filter: AuditFilter, first: int = 50, after: str | None = None
    ) -> AuditPage:
        limit = max(1, min(first, MOST_PER_PAGE))
        found = await info.context.services.trail.page(filter.wanted(), limit, _position(after))
        more = len(found) == limit
        return AuditPage(lines=[AuditLine.of(x) for x in found], after=_text(found[-1]) if more else None)

    @strawberry.field(permission_classes=SEE, description="How many lines there are.")
    async def audit_count(self, info: Info, filter: AuditFilter) -> int:
        return await info.context.services.trail.count(filter.wanted())

    @strawberry.field(permission_classes=SEE)
    async def audit_seal(self, info: Info) -> AuditSeal:
        return AuditSeal(**msgspec.structs.asdict(await info.context.services.trail.state()))

    @strawberry.field(permission_classes=SEE)
    async def audit_people(self, info: Info) -> list[AuditPerson]:
        return [
            AuditPerson(id=id, name=name, login=login) for id, name, login in await info.context.services.trail.people()
        ]


def _text(x: Line) -> str:
    return base64.urlsafe_b64encode(f"{x.at.isoformat()} {x.id}".encode()).decode()


def _position(after: str | None) -> tuple[datetime, int] | None:
    """A cursor that is none of ours begins the list anew."""
    if not after:
        return None
    try:
        at, _, id = base64.urlsafe_b64decode(after).decode().partition(" ")
        return datetime.fromisoformat(at), int(id)
    except ValueError:
        return None
