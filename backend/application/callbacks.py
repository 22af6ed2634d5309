"""Callbacks: asked for while waiting, kept at the place in the queue, routed like calls, tried again by rule."""

import uuid
from datetime import datetime, timedelta

from backend.application.attempts import keep
from backend.application.destinations import Destinations, next_possible
from backend.application.work import Refused, Work
from backend.domain.callback.dialogue import (
    ASK,
    CHOSEN,
    FLOWS,
    NO_NUMBER,
    REFUSED,
    THANKS,
    THANKS_AT,
    at_time,
    when_words,
)
from backend.domain.callback.model import Callback, CallbackKind, CallbackState, asked_again, begun, finished, put_off
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Phase
from backend.domain.ivr.interpreter import Started
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import Destination, RoutingReason, ToCallback, ToQueue
from backend.domain.voice.czech import fill

OWN_RING = timedelta(seconds=5)


class Callbacks:
    """Registers itself with the destinations: it knows how to carry ToCallback out."""

    def __init__(self, destinations: Destinations, bridge: str = "bridge-1") -> None:
        self.destinations = destinations
        self.bridge = bridge
        destinations.elsewhere[ToCallback] = self.carry
        destinations.dialogue = self.chosen

    # ---- the caller asks

    async def carry(self, work: Work, id: InteractionId, to: Destination, reason: RoutingReason) -> Interaction:
        """Ask the caller; a withheld number cannot be called, and its caller goes on waiting."""
        assert isinstance(to, ToCallback)
        if to.queue not in work.settings.queues:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        s = await _known(work, id)
        if not s.customer.address:
            return await work.command(id, c.StartAnnouncement(text=NO_NUMBER, then=ToQueue(queue=to.queue)))
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
            wish = asked_again(known, due_at, None)
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
            return await self._begin(work, wish, origin)
        await keep(work, wish)
        return wish

    # ---- its time has come

    async def due(self, work: Work, id: str) -> None:
        known = await work.tx.callback(id)
        if known is None or known.state is not CallbackState.SCHEDULED or known.due_at is None:
            return
        if known.due_at > work.now:
            return
        queue = work.settings.queues.get(known.queue)
        if queue is not None and not work.settings.open_at(queue.id, work.now):
            calendar = work.settings.calendars[queue.options.calendar or 0]
            opens = calendar.next_opening(work.now)
            if opens is not None:
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
        if known.state is CallbackState.SCHEDULED:
            known = await self._begin(work, known, None)
        contact = known.interaction
        s = await work.interaction(contact) if contact is not None else None
        if s is None or s.phase is not Phase.QUEUED:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, "taken"))
        ring = max(OWN_RING, timedelta(seconds=work.settings.calls.ring_s))
        await work.command(s.id, c.MakeOffer(agent=user, ring_timeout=ring))
        a = await work.agent(user)
        if a.handset is not None and not a.handset.up:
            return await _known(work, s.id)  # the handset rings, and lifting it accepts
        return await accept(work, s.id, user)

    async def finish(self, work: Work, id: str, user: UserId) -> Callback:
        """Done without calling, or after it: nobody needs to call any more. Raises Refused."""
        known = await self._open(work, id)
        done = finished(known, user, work.now)
        await work.tx.save_callback(done)
        if known.interaction is not None:
            s = await work.interaction(known.interaction)
            if s is not None and s.phase is Phase.QUEUED:
                await work.command(s.id, c.EndByRouting())
        return done

    async def _open(self, work: Work, id: str) -> Callback:
        known = await work.tx.callback(id)
        if known is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "callback"))
        if not known.open:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, known.state.value))
        return known


async def _known(work: Work, id: InteractionId) -> Interaction:
    s = await work.interaction(id)
    if s is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return s
