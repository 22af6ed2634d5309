"""Callbacks: asked for while waiting, kept at the place in the queue, routed like calls, tried again by rule."""

import uuid
from datetime import datetime, timedelta

from backend.application.attempts import keep
from backend.application.destinations import Destinations, next_possible
from backend.application.outside import let_out
from backend.application.work import Refused, Work
from backend.domain.callback.dialogue import (
    ASK,
    CHOSEN,
    FLOWS,
    NO_NUMBER,
    NOT_LET_OUT,
    REFUSED,
    THANKS,
    THANKS_AT,
    at_time,
    when_words,
)
from backend.domain.callback.model import (
    Callback,
    CallbackKind,
    CallbackState,
    VoiceMessage,
    asked_again,
    assigned,
    begun,
    finished,
    put_off,
    reopened,
    with_message,
)
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Phase
from backend.domain.ivr.interpreter import Started
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import Destination, RoutingReason, ToCallback, ToQueue
from backend.domain.voice.czech import fill
from backend.domain.voice.toll import may_be_called

OWN_RING = timedelta(seconds=5)
PREVIEW = timedelta(minutes=5)
"""For hearing messages before calling; then their turn comes again."""


class Callbacks:
    """Registers itself with the destinations: it knows how to carry ToCallback out."""

    def __init__(self, destinations: Destinations, bridge: str = "bridge-1") -> None:
        self.destinations = destinations
        self.bridge = bridge
        destinations.elsewhere[ToCallback] = self.carry
        destinations.dialogues |= dict.fromkeys(FLOWS, self.chosen)

    # ---- the caller asks

    async def carry(self, work: Work, id: InteractionId, to: Destination, reason: RoutingReason) -> Interaction:
        """Ask the caller; a number that is withheld or must not be called cannot be, and its caller goes on waiting."""
        assert isinstance(to, ToCallback)
        if to.queue not in work.settings.queues:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        s = await _known(work, id)
        words = None if s.customer.address else NO_NUMBER
        if s.customer.address and not may_be_called(work.settings.calls.outside, s.customer.address):
            words = NOT_LET_OUT
        if words is not None:
            return await work.command(id, c.StartAnnouncement(text=words, then=ToQueue(queue=to.queue)))
        return await self._ask(work, id, ASK)

    async def _ask(self, work: Work, id: InteractionId, flow: int) -> Interaction:
        asked = FLOWS[flow]
        facts = await self.destinations.flow_facts(work, await _known(work, id), asked)
        return await work.command(id, c.AdvanceIvr(flow=asked, input=Started(), facts=facts))

    async def chosen(self, work: Work, id: InteractionId) -> Interaction:
        """The caller has answered: back to the queue, now, or at a time at which the queue works."""
        s = await _known(work, id)
        queue, choice = s.callback_queue, s.attributes.get(CHOSEN, "no")
        if queue is None or not s.customer.address:
            return await self.destinations.apologise(work, id)
        if choice == "no":
            return await self.destinations.send(work, id, ToQueue(queue=queue), RoutingReason.OTHERWISE)
        if choice == "now":
            return await self._leave(work, s, queue, None)
        wanted = at_time(s.ivr.variables.get("callback_time", "") if s.ivr else "", work.now)
        possible = next_possible(work, s)
        if choice == "next" or wanted == possible:
            return await self._leave(work, s, queue, possible)
        return await self._ask(work, id, REFUSED)

    async def _leave(self, work: Work, s: Interaction, queue: QueueId, due_at: datetime | None) -> Interaction:
        number = s.customer.address
        assert number is not None
        wish = await self.ask_for(work, number, queue, due_at, origin=s)
        await work.command(s.id, c.RequestCallback(callback=wish.id, due_at=due_at))
        words = THANKS if due_at is None else fill(THANKS_AT, {"callback_when": when_words(due_at, work.now)})
        return await work.command(s.id, c.StartAnnouncement(text=words))

    async def ask_for(
        self, work: Work, number: str, queue: QueueId, due_at: datetime | None, origin: Interaction | None = None
    ) -> Callback:
        """One open wish for a number in a queue: who asks again changes it. Without a time it takes its place at once."""
        known = await work.tx.open_callback(number, queue)
        if known is not None:
            wish = asked_again(known, due_at)
        else:
            wish = Callback(
                id=str(uuid.uuid4()),
                kind=CallbackKind.REQUEST,
                number=number,
                queue=queue,
                state=CallbackState.SCHEDULED,
                origin=origin.id if origin else None,
                requested_at=work.now,
                place_since=(origin.queued_at if origin else None) or work.now,
                due_at=due_at,
                client=origin.client if origin else None,
            )
        if wish.state is CallbackState.SCHEDULED and (wish.due_at is None or wish.due_at <= work.now):
            return await self._in_turn(work, put_off(wish, None), origin)
        await keep(work, wish)
        return wish

    async def leave_message(
        self, work: Work, origin: Interaction, queue: QueueId, message: VoiceMessage
    ) -> Callback | None:
        """A message is an item for the people of the queue: routed in its working time, one item for a number. A number
        that is withheld cannot be called: its message waits to be heard."""
        number = origin.customer.address or ""
        known = await work.tx.open_callback(number, queue) if number else None
        if known is not None:
            wish = with_message(known, message)
            await keep(work, wish)
            return wish
        opens = self._opens(work, queue)
        wish = Callback(
            id=str(uuid.uuid4()),
            kind=CallbackKind.VOICEMAIL,
            number=number,
            queue=queue,
            state=CallbackState.SCHEDULED,
            origin=origin.id,
            requested_at=message.at,
            place_since=origin.queued_at or origin.arrived_at,
            due_at=opens if number and opens > work.now else None,
            client=origin.client,
            messages=(message,),
        )
        return await self._in_turn(work, wish, origin)

    async def _in_turn(self, work: Work, wish: Callback, origin: Interaction | None) -> Callback:
        """Into its queue when that works, at its next opening otherwise; what cannot be called waits for a person."""
        if wish.number and wish.assigned_to is None and wish.due_at is None:
            return await self._begin(work, wish, origin)
        await keep(work, wish)
        return wish

    def _opens(self, work: Work, queue: QueueId) -> datetime:
        if queue not in work.settings.queues or work.settings.open_at(queue, work.now):
            return work.now
        calendar = work.settings.calendars[work.settings.queues[queue].options.calendar or 0]
        return calendar.next_opening(work.now) or work.now

    # ---- its time has come

    async def due(self, work: Work, id: str) -> None:
        known = await work.tx.callback(id)
        if known is None or known.state is not CallbackState.SCHEDULED or known.due_at is None:
            return
        if known.due_at > work.now:
            return
        queue = work.settings.queues.get(known.queue)
        if queue is not None and (opens := self._opens(work, queue.id)) > work.now:
            await keep(work, put_off(known, opens))
            return
        await self._begin(work, known, None)

    async def _begin(self, work: Work, wish: Callback, origin: Interaction | None) -> Callback:
        """A contact without a telephone leg takes the place in the queue."""
        id = await self._arrive(work, wish, origin)
        queue = work.settings.queues.get(wish.queue)
        if queue is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        position = await self.destinations.position(work, queue, id, 0, wish.place_since)
        await work.command(id, c.Enqueue(queue=wish.queue, position=position, text=""))
        wish = begun(wish, id)
        await keep(work, wish)
        return wish

    async def _arrive(self, work: Work, wish: Callback, origin: Interaction | None) -> InteractionId:
        id = str(uuid.uuid4())
        await work.command(
            id,
            c.Arrive(
                channel=Channel.VOICE,
                direction=Direction.OUTBOUND,
                customer=Customer(wish.number, origin.customer.name if origin else None),
                dialled=wish.number,
                bridge=origin.voice.bridge if origin and origin.voice else self.bridge,
                leg=id,
                callback=wish.id,
                place_since=wish.place_since,
            ),
        )
        return id

    # ---- by hand

    async def take(self, work: Work, id: str, user: UserId, accept) -> Interaction:
        """An agent calls now, whatever its turn. ``accept(work, contact, user)`` is the desk's. Raises Refused."""
        known = await self._open(work, id)
        if not known.number:
            raise Refused(Refusal(RefusalCode.BAD_NUMBER))
        if known.state is CallbackState.SCHEDULED:
            known = await self._begin(work, known, None)
        contact = known.interaction
        s = await work.interaction(contact) if contact is not None else None
        if s is not None and s.phase is Phase.PREVIEW and s.agent == user:
            return await self.dial_back(work, s.id, user)
        if s is None or s.phase is not Phase.QUEUED:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, "taken"))
        ring = max(OWN_RING, timedelta(seconds=work.settings.calls.ring_s))
        await work.command(s.id, c.MakeOffer(agent=user, ring_timeout=ring))
        a = await work.agent(user)
        if a.handset is not None and not a.handset.up:
            return await _known(work, s.id)  # the handset rings, and lifting it accepts
        after = await accept(work, s.id, user)
        return await self.dial_back(work, s.id, user) if after.phase is Phase.PREVIEW else after

    def whom(self, work: Work, s: Interaction, user: UserId) -> c.Whom:
        """The customer of a callback, as this agent calls."""
        ring = timedelta(seconds=work.settings.calls.ring_s)
        return c.Whom(number=s.dialled, shown=work.settings.caller_of(user), ring=ring)

    async def on_acceptance(self, work: Work, s: Interaction, user: UserId) -> tuple[c.Whom | None, timedelta | None]:
        """Whom to ring when the agent takes the contact; or how long the agent may hear messages before."""
        if s.callback is None or s.voice is None or s.voice.up:
            return None, None
        known = await work.tx.callback(s.callback)
        if known is not None and known.messages:
            return None, PREVIEW
        return self.whom(work, s, user), None

    async def dial_back(self, work: Work, id: InteractionId, user: UserId) -> Interaction:
        """The agent has heard the message. Raises Refused."""
        s = await _known(work, id)
        if not (await work.agent(user)).phone_connected:
            raise Refused(Refusal(RefusalCode.PHONE_NOT_CONNECTED))
        whom = await let_out(work, user, self.whom(work, s, user))
        return await work.command(id, c.DialBack(agent=user, whom=whom))

    async def finish(self, work: Work, id: str, user: UserId) -> Callback:
        """Done without calling, or after it: nobody needs to call any more. Raises Refused."""
        known = await self._open(work, id)
        done = finished(known, user, work.now)
        await work.tx.save_callback(done)
        await self._withdraw(work, known, user)
        return done

    async def reopen(self, work: Work, id: str) -> Callback:
        """Undo: it is to be called after all, at its old place. Refused while the number has another open one."""
        known = await self._known(work, id)
        if known.open:
            return known
        if known.number and await work.tx.open_callback(known.number, known.queue) is not None:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, "open"))
        opens = self._opens(work, known.queue)
        again = reopened(known)
        if opens > work.now and known.number and known.assigned_to is None:
            again = put_off(again, opens)
        return await self._in_turn(work, again, None)

    async def assign(self, work: Work, id: str, to: UserId | None, user: UserId) -> Callback:
        """Make it a person's own job, or everybody's again. Refused while an agent has it. Raises Refused."""
        known = await self._open(work, id)
        if known.assigned_to == to:
            return known
        if to is not None and to not in work.settings.agents:
            raise Refused(Refusal(RefusalCode.BAD_INPUT, "agent"))
        s = await work.interaction(known.interaction) if known.interaction is not None else None
        if s is not None and s.ended_at is None and s.phase is not Phase.QUEUED:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, "taken"))
        after = assigned(known, to)
        if to is None:
            opens = self._opens(work, known.queue)
            return await self._in_turn(work, put_off(after, opens) if opens > work.now else after, None)
        # Saved as closed for a moment, so that the end of the contact that waited is no attempt.
        await work.tx.save_callback(finished(known, user, work.now))
        await self._withdraw(work, known, user)
        await keep(work, after)
        return after

    async def _withdraw(self, work: Work, known: Callback, user: UserId) -> None:
        """The contact that waits for it, or in which its messages are being heard, is over."""
        s = await work.interaction(known.interaction) if known.interaction is not None else None
        if s is not None and s.phase is Phase.QUEUED:
            await work.command(s.id, c.EndByRouting())
        elif s is not None and s.phase is Phase.PREVIEW and s.agent == user:
            await work.command(s.id, c.HangUpAsAgent(agent=user))

    async def _known(self, work: Work, id: str) -> Callback:
        known = await work.tx.callback(id)
        if known is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "callback"))
        return known

    async def _open(self, work: Work, id: str) -> Callback:
        known = await self._known(work, id)
        if not known.open:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, known.state.value))
        return known


async def _known(work: Work, id: InteractionId) -> Interaction:
    s = await work.interaction(id)
    if s is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return s
