"""Callbacks and missed calls: who is to be called, by turn or at once, and that nobody needs to be any more."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from backend.application.work import Refused as RefusedWork
from backend.application.work import Work
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Queue, can
from backend.domain.callback.model import Callback, CallbackKind, CallbackState
from backend.domain.callback.model import VoiceMessage as Left
from backend.domain.interaction.model import Interaction, Outcome
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import recording_types as rt
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed, reach_of
from backend.graphql.work import contact_result

strawberry.enum(CallbackKind)
strawberry.enum(CallbackState)
SEE = [allowed(Action.SEE_CALLBACKS)]
MOST = 500


@strawberry.type(description="What a caller left. `contactId`: the call in which it was left.")
class VoiceMessage:
    recording_id: strawberry.ID
    contact_id: strawberry.ID
    left_at: datetime
    duration_ms: int

    @strawberry.field
    async def recording(self, info: Info) -> rt.Recording | None:
        stored = await info.context.services.catalogue.stored(str(self.recording_id))
        return rt.Recording.of(stored, info.context.actor) if stored is not None else None

    @classmethod
    def of(cls, m: Left) -> "VoiceMessage":
        return cls(
            recording_id=strawberry.ID(m.recording),
            contact_id=strawberry.ID(m.interaction),
            left_at=m.at,
            duration_ms=m.duration_ms,
        )


@strawberry.type(
    description="A wish to be called back, or messages that were left; `number` is empty where it was withheld. `contactId`: the call in which it was left; `attemptId`: the contact that"
    " carries it out now, waiting in its queue or at an agent."
)
class CallbackWish:
    id: strawberry.ID
    kind: CallbackKind
    number: str
    queue_id: int
    state: CallbackState
    contact_id: strawberry.ID | None
    attempt_id: strawberry.ID | None
    requested_at: datetime
    due_at: datetime | None
    attempts: int
    last_outcome: Outcome | None
    last_at: datetime | None
    done_by_id: int | None
    done_at: datetime | None
    client_id: int | None
    assigned_to_id: int | None
    messages: list[VoiceMessage]

    @classmethod
    def of(cls, c: Callback) -> "CallbackWish":
        return cls(
            id=strawberry.ID(c.id),
            kind=c.kind,
            number=c.number,
            queue_id=c.queue,
            state=c.state,
            contact_id=strawberry.ID(c.origin) if c.origin else None,
            attempt_id=strawberry.ID(c.interaction) if c.interaction else None,
            requested_at=c.requested_at,
            due_at=c.due_at,
            attempts=c.attempts,
            last_outcome=c.last_outcome,
            last_at=c.last_at,
            done_by_id=c.done_by,
            done_at=c.done_at,
            client_id=c.client,
            assigned_to_id=c.assigned_to,
            messages=[VoiceMessage.of(m) for m in c.messages],
        )


@strawberry.type(description="A number whose last call nobody took; `calls` of it in the period.")
class MissedCall:
    number: str
    last_at: datetime
    calls: int
    queue_id: int | None
    contact_id: strawberry.ID
    outcome: Outcome


CallbackResult = Annotated[CallbackWish | t.Refused, strawberry.union("CallbackResult")]


def _result(answer: Callback | Refusal) -> CallbackResult:
    return t.Refused.of(answer) if isinstance(answer, Refusal) else CallbackWish.of(answer)


async def _mine(info: Info, work: Work, wish: str) -> str:
    """The wish, if it is within the actor's reach; otherwise there is none. Raises Refused."""
    known = await work.tx.callback(wish)
    if known is None or not can(info.context.actor, Action.SEE_CALLBACKS, subjects.callback(known)):
        raise RefusedWork(Refusal(RefusalCode.NOT_FOUND, "callback"))
    return wish


async def _change(info: Info, wish: strawberry.ID, do: Callable[[Work, str], Awaitable[Callback]]) -> CallbackResult:
    id = contact_id(wish)

    async def within(work: Work) -> Callback:
        return await do(work, await _mine(info, work, id))

    return _result(await info.context.services.desk.run(within, info.context.user))


@strawberry.type
class CallbackQuery:
    @strawberry.field(
        permission_classes=SEE, description="Open ones in the order of their turn unless asked otherwise."
    )
    async def callbacks(
        self, info: Info, states: list[CallbackState] | None = None, first: int = 200
    ) -> list[CallbackWish]:
        wanted = states if states is not None else [CallbackState.SCHEDULED, CallbackState.WAITING]
        found = await info.context.services.readers.callbacks(
            [s.value for s in wanted], max(1, min(first, MOST)), reach_of(info, Action.SEE_CALLBACKS)
        )
        return [CallbackWish.of(c) for c in found]

    @strawberry.field(permission_classes=SEE)
    async def callback(self, info: Info, id: strawberry.ID) -> CallbackWish | None:
        found = await info.context.services.readers.callback(contact_id(id))
        seen = found is not None and can(info.context.actor, Action.SEE_CALLBACKS, subjects.callback(found))
        return CallbackWish.of(found) if found is not None and seen else None

    @strawberry.field(
        permission_classes=SEE,
        description="Numbers whose last call nobody took, each once; gone when somebody has talked with them since,"
        " when they wait to be called back, or when marked as done.",
    )
    async def missed_calls(self, info: Info, days: int = 7, first: int = 200) -> list[MissedCall]:
        services = info.context.services
        since = services.desk.clock() - timedelta(days=max(1, min(days, 92)))
        return [
            MissedCall(
                number=m.number,
                last_at=m.last_at,
                calls=m.calls,
                queue_id=m.queue,
                contact_id=strawberry.ID(m.interaction),
                outcome=Outcome(m.outcome),
            )
            for m in await services.readers.missed_calls(
                since, max(1, min(first, MOST)), reach_of(info, Action.SEE_CALLBACKS)
            )
        ]


@strawberry.type
class CallbackMutation:
    @strawberry.mutation(permission_classes=[allowed(Action.WORK)], description="Call now, whatever its turn.")
    async def dial_callback(self, info: Info, id: strawberry.ID) -> t.ContactResult:
        desk, user = info.context.services.desk, info.context.user
        wish = contact_id(id)

        async def take(work: Work) -> Interaction:
            return await desk.callbacks.take(work, await _mine(info, work, wish), user, desk.accept_in)

        return contact_result(await desk.run(take, user))

    @strawberry.mutation(
        permission_classes=[allowed(Action.WORK)],
        description="The messages have been heard: call the one who left them.",
    )
    async def dial_back(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        desk, user = info.context.services.desk, info.context.user
        id = contact_id(contact)
        return contact_result(await desk.run(lambda work: desk.callbacks.dial_back(work, id, user), user))

    @strawberry.mutation(
        permission_classes=SEE,
        description="A person's own job, no longer in the queue; without `to` everybody's again.",
    )
    async def assign_callback(self, info: Info, id: strawberry.ID, to: int | None = None) -> CallbackResult:
        callbacks, user = info.context.services.desk.callbacks, info.context.user
        return await _change(info, id, lambda work, wish: callbacks.assign(work, wish, to, user))

    @strawberry.mutation(permission_classes=SEE, description="Undo: it is to be called after all.")
    async def reopen_callback(self, info: Info, id: strawberry.ID) -> CallbackResult:
        return await _change(info, id, info.context.services.desk.callbacks.reopen)

    @strawberry.mutation(permission_classes=SEE, description="Nobody needs to call any more.")
    async def finish_callback(self, info: Info, id: strawberry.ID) -> CallbackResult:
        callbacks, user = info.context.services.desk.callbacks, info.context.user
        return await _change(info, id, lambda work, wish: callbacks.finish(work, wish, user))

    @strawberry.mutation(
        permission_classes=SEE, description="Write down that a number wants to be called; without a time at once."
    )
    async def request_callback(
        self, info: Info, number: str, queue: int, due_at: datetime | None = None
    ) -> CallbackResult:
        desk = info.context.services.desk
        wanted = normalise(number[:64])
        known = queue in desk.settings.queues and can(info.context.actor, Action.SEE_CALLBACKS, Queue(queue))
        if not wanted.valid or not known:
            return t.Refused.of(Refusal(RefusalCode.BAD_NUMBER if not wanted.valid else RefusalCode.NOT_FOUND))
        return _result(
            await desk.run(lambda work: desk.callbacks.ask_for(work, wanted.text, queue, due_at), info.context.user)
        )

    @strawberry.mutation(permission_classes=SEE, description="Somebody has seen to it.")
    async def finish_missed_call(self, info: Info, number: str) -> t.DoneResult:
        services = info.context.services
        last = await services.readers.last_call_of(number[:40])
        if last is not None and not can(info.context.actor, Action.SEE_CALLBACKS, subjects.contact(last)):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND))
        await services.readers.finish_missed_call(number[:40], info.context.user, services.desk.clock())
        return t.Done()
