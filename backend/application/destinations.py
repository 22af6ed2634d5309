"""Carries a destination out: the one place where "send the contact there" becomes commands.

Flows' exits, entry rules, closed, full and unstaffed queues and overflow all come here. ``go`` refuses what cannot be
carried out; ``send`` never does: a caller whom nothing can take is told so and let go, not left in silence.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from backend.application.outside import let_out
from backend.application.settings import QueueSettings, Settings
from backend.application.work import Refused, Work
from backend.domain.callback.dialogue import REFUSED, at_time, possible, when_words
from backend.domain.interaction import commands as c
from backend.domain.interaction.arriving import WITH_US
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.ivr.flow import OF_QUEUE, Condition, Flow, Frame, Return, SubFlow
from backend.domain.ivr.interpreter import BrokenFlow, Facts, Input, NoticeFacts, QueueFacts, Returned, Started
from backend.domain.kernel.ids import FlowId, InteractionId, QueueId
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE
from backend.domain.routing import destination as to_
from backend.domain.routing.destination import Destination, RoutingReason
from backend.domain.routing.entry import Decision, EntryFacts, QueueFigures, decide
from backend.domain.routing.waiting_time import Load, expected_wait
from backend.domain.voice.waiting_words import announcement

log = structlog.get_logger()

MOST_HOPS = 10
"""Destinations tried for one contact in one go: rules that lead in a circle end here."""
DIRECT_RING = timedelta(seconds=15)

CLOSED_TEXT = "Dovolali jste se mimo naši pracovní dobu. Zavolejte prosím později. Děkujeme, na shledanou."
FULL_TEXT = "Všichni operátoři mají plno a fronta je obsazená. Zavolejte prosím později. Děkujeme, na shledanou."
UNSTAFFED_TEXT = "Operátoři teď nejsou k dispozici. Zavolejte prosím později. Děkujeme, na shledanou."
MAX_WAIT_TEXT = "Omlouváme se, nikdo z operátorů se vám teď nemůže věnovat. Zavolejte prosím později. Na shledanou."
FALLBACK_TEXT = "Omlouváme se, váš hovor se nepodařilo spojit. Zavolejte prosím znovu. Na shledanou."
RESUMED_TEXT = "Voláte znovu, vaše původní pořadí jsme vám podrželi."
TEXTS = (RESUMED_TEXT, CLOSED_TEXT, FULL_TEXT, UNSTAFFED_TEXT, MAX_WAIT_TEXT, FALLBACK_TEXT)


class QueuePicture(QueueFigures, frozen=True, kw_only=True):
    """A queue's figures with what an estimate for any place needs."""

    load: Load = Load(ready=0, serving=0.0, handling=timedelta())


Figures = Callable[[QueueId, datetime], QueuePicture]
Carry = Callable[[Work, InteractionId, Destination, RoutingReason], Awaitable[Interaction]]


class Destinations:
    """``elsewhere`` carries out what other parts know how to: voicemail, callbacks. A kind that is not
    there is refused (DESTINATION_UNAVAILABLE), and validation of settings says so beforehand."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.elsewhere: dict[type, Carry] = {}
        self.dialogues: dict[FlowId, Callable[[Work, InteractionId], Awaitable[Interaction]]] = {}
        """What follows when a caller has walked a menu that comes with the product."""

    def can_carry(self, kind: type) -> bool:
        return kind in self._OURS or kind in self.elsewhere

    # ---- where to

    async def enter(self, work: Work, id: InteractionId) -> Interaction:
        """A call has been answered: the entry rules of its number say where it goes."""
        s = await _known(work, id)
        entry = work.settings.entry_points.get(s.dialled)
        if entry is None:
            return await self.apologise(work, id)
        decision: Decision = decide(entry.in_force, await self.entry_facts(work, s), work.settings.calendars)
        return await self.send(work, id, decision.to, RoutingReason.ENTRY, rule=decision.rule_name)

    async def entry_facts(self, work: Work, s: Interaction) -> EntryFacts:
        number = s.customer.address or ""
        return EntryFacts(
            at=work.now,
            caller=number,
            client_status=(await work.tx.client_values(number)).get("status", "") if number else "",
            queues={queue: self.figures(queue, work.now) for queue in work.settings.queues},
        )

    async def send(
        self, work: Work, id: InteractionId, to: Destination, reason: RoutingReason, rule: str | None = None
    ) -> Interaction:
        """``go``, and an apology where nothing that is set can be carried out."""
        try:
            return await self.go(work, id, to, reason, rule=rule)
        except Refused as refused:
            log.warning("destination_refused", to=type(to).__name__, code=refused.refusal.code.value)
        except BrokenFlow:
            log.exception("flow_broken")
        return await self.apologise(work, id)

    async def go(
        self,
        work: Work,
        id: InteractionId,
        to: Destination,
        reason: RoutingReason,
        *,
        rule: str | None = None,
        stays: bool = False,
        hops: int = 0,
    ) -> Interaction:
        """Raises Refused. ``stays``: the contact has a place to stay in, and is not led to a standing announcement."""
        if hops >= MOST_HOPS:
            raise Refused(Refusal(RefusalCode.DESTINATION_UNAVAILABLE, "circle"))
        await work.command(id, c.NoteRouting(to=to, reason=reason, rule=rule))
        match to:
            case to_.ToQueue():
                return await self._to_queue(work, id, to, stays, hops)
            case to_.ToGroup(group=group, queue=queue):
                step = to_.SkillStep(groups=(group,))
                return await self._to_queue(work, id, to_.ToQueue(queue=queue, steps=(step,)), stays, hops)
            case to_.ToAgent():
                return await self._to_agent(work, id, to, stays, hops)
            case to_.ToFlow(flow=flow):
                return await self._to_flow(work, id, flow, hops)
            case to_.ToNumber():
                return await self._to_number(work, id, to, stays, hops)
            case to_.ToAnnouncement(text=text, then=then):
                return await work.command(id, c.StartAnnouncement(text=text, then=then))
            case to_.HangUp(text=str(text)) if text:
                return await work.command(id, c.StartAnnouncement(text=text))
            case to_.HangUp():
                return await work.command(id, c.EndByRouting())
        carry = self.elsewhere.get(type(to))
        if carry is not None:
            return await carry(work, id, to, reason)
        otherwise = getattr(to, "otherwise", None)
        if otherwise is not None:
            return await self.go(work, id, otherwise, RoutingReason.OTHERWISE, stays=stays, hops=hops + 1)
        raise Refused(Refusal(RefusalCode.DESTINATION_UNAVAILABLE, type(to).__name__))

    _OURS = frozenset(
        {to_.ToQueue, to_.ToGroup, to_.ToAgent, to_.ToFlow, to_.ToNumber, to_.ToAnnouncement, to_.HangUp},
    )

    async def apologise(self, work: Work, id: InteractionId) -> Interaction:
        s = await _known(work, id)
        if s.phase not in WITH_US:
            return s
        return await self.go(work, id, to_.HangUp(text=FALLBACK_TEXT), RoutingReason.FALLBACK)

    # ---- each kind

    async def _to_queue(self, work: Work, id: InteractionId, to: to_.ToQueue, stays: bool, hops: int) -> Interaction:
        queue = work.settings.queues.get(to.queue)
        if queue is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        turned_away = await self._turned_away(work, queue)
        if turned_away is not None:
            reason, instead, words = turned_away
            if instead is None and stays:
                raise Refused(Refusal(RefusalCode.DESTINATION_UNAVAILABLE, reason.value))
            instead = instead or to_.HangUp(text=words)
            return await self.go(work, id, instead, reason, stays=stays, hops=hops + 1)
        return await self.enqueue(work, id, to)

    async def enqueue(
        self, work: Work, id: InteractionId, to: to_.ToQueue, *, since: datetime | None = None, overflows: int = 0
    ) -> Interaction:
        """Into the queue whether it is open, full or staffed or not: of a caller who was in it, or whom it took."""
        queue = work.settings.queues[to.queue]
        s = await _known(work, id)
        options = queue.options
        prefers = None
        if options.sticky and s.customer.address:
            prefers = await work.tx.last_agent(s.customer.address, work.now - timedelta(days=options.sticky_days))
        resumed = None
        if since is None and s.queued_at is None:
            resumed = await self._left_before(work, queue, s.customer.address)
            since = resumed or (s.arrived_at if options.since_arrival else None)
        position = await self.position(work, queue, id, to.priority, since or s.queued_at or work.now)
        text, expected = self.words(work, queue, position, first=True)
        notice = work.settings.calls.recording_notice.strip()
        if notice and not s.visits and work.settings.is_recorded(queue.id, s.customer.address):
            text = "\n".join(filter(None, (notice, text)))
        if resumed:
            text = "\n".join(filter(None, (RESUMED_TEXT, text)))
        return await work.command(
            id,
            c.Enqueue(
                queue=to.queue,
                position=position,
                priority=to.priority,
                skills=to.skills,
                steps=to.steps,
                prefers=prefers,
                text=text or "",
                expected_s=expected,
                music=options.announcements.music,
                since=since,
                overflows=overflows,
            ),
        )

    @staticmethod
    async def _left_before(work: Work, queue: QueueSettings, number: str | None) -> datetime | None:
        """The place that who calls again has kept; None when there is none."""
        within = queue.options.resume_abandoned_s
        if not within or not number:
            return None
        return await work.tx.abandoned_place(number, queue.id, work.now - timedelta(seconds=within))

    async def _turned_away(
        self, work: Work, queue: QueueSettings
    ) -> tuple[RoutingReason, Destination | None, str] | None:
        """Why the queue takes nobody now, where its callers go then, and what they hear where that is not set."""
        options = queue.options
        if not work.settings.open_at(queue.id, work.now):
            return RoutingReason.CLOSED, options.when_closed, CLOSED_TEXT
        if options.max_waiting and await work.tx.waiting_in(queue.id) >= options.max_waiting:
            return RoutingReason.FULL, options.when_full, FULL_TEXT
        if self.figures(queue.id, work.now).empty(options.join_empty):
            return RoutingReason.UNSTAFFED, options.when_unstaffed, UNSTAFFED_TEXT
        return None

    async def _to_agent(self, work: Work, id: InteractionId, to: to_.ToAgent, stays: bool, hops: int) -> Interaction:
        s = await _known(work, id)
        agent = await work.agent(to.agent)
        if agent.available_for(s.channel):
            return await work.command(id, c.SeekAgent(agent=to.agent, ring_timeout=DIRECT_RING, otherwise=to.otherwise))
        if to.otherwise is None:
            raise Refused(Refusal(RefusalCode.AGENT_NOT_READY))
        return await self.go(work, id, to.otherwise, RoutingReason.OTHERWISE, stays=stays, hops=hops + 1)

    async def _to_number(self, work: Work, id: InteractionId, to: to_.ToNumber, stays: bool, hops: int) -> Interaction:
        """Recorded unless the destination, the queue, or one of the two numbers says otherwise."""
        s = await _known(work, id)
        number, settings = normalise(to.number), work.settings
        try:
            if not number.valid:
                raise Refused(Refusal(RefusalCode.BAD_NUMBER))
            ring = timedelta(seconds=to.ring_timeout_s)
            whom = await let_out(work, None, c.Whom(number=number.text, ring=ring))
        except Refused as refused:
            if to.otherwise is None:
                raise
            log.warning("number_not_called", code=refused.refusal.code.value, detail=refused.refusal.detail)
            return await self.go(work, id, to.otherwise, RoutingReason.OTHERWISE, stays=stays, hops=hops + 1)
        recorded = to.recorded and settings.is_recorded_to(number.text)
        recorded = recorded and settings.is_recorded(s.queue, s.customer.address)
        return await work.command(id, c.CallOut(whom=whom, recorded=recorded, otherwise=to.otherwise))

    async def _to_flow(self, work: Work, id: InteractionId, flow: FlowId, hops: int) -> Interaction:
        found = work.settings.flows.get(flow)
        if found is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "flow"))
        return await self._step(work, id, found, Started(), hops)

    # ---- a flow that is walked

    async def advance_ivr(self, work: Work, id: InteractionId, given: Input) -> Interaction:
        """The next step of the caller's flow, and where it leads when it is done. Never leaves the caller in silence."""
        s = await _known(work, id)
        if s.ivr is None:
            raise Refused(Refusal(RefusalCode.WRONG_PHASE, "flow"))
        flow = await work.flow(s.ivr.flow, s.ivr.version)
        if s.ivr.finished and s.phase is Phase.IN_IVR and s.announcement is None:
            return await self.leave_flow(work, id, flow)
        try:
            return await self._step(work, id, flow, given, 0)
        except BrokenFlow:
            log.exception("flow_broken", flow=flow.id)
            return await self.apologise(work, id)

    async def _step(self, work: Work, id: InteractionId, flow: Flow, given: Input, hops: int) -> Interaction:
        s = await _known(work, id)
        facts = await self.flow_facts(work, s, flow)
        after = await work.command(id, c.AdvanceIvr(flow=flow, input=given, facts=facts))
        if after is s or after.ivr is None or not after.ivr.finished:
            return after
        return await self.leave_flow(work, id, flow, hops)

    async def flow_facts(self, work: Work, s: Interaction, flow: Flow) -> Facts:
        """What the flow may ask about: the client whose number it is (if it is one client's only), figures of the queues
        that its conditions name, notices that are on."""
        number, settings = s.customer.address or "", work.settings
        client = await work.tx.client_values(number) if number else {}
        if flow.id == REFUSED:
            client |= {"callback_when": when_words(next_possible(work, s), work.now)}
        return Facts(
            local=work.now.astimezone(PRAGUE),
            caller=number,
            client_status=client.get("status", ""),
            variables=client,
            queues={
                queue: queue_facts(self.figures(queue, work.now), settings.open_at(queue, work.now))
                for queue in queues_asked(flow) & settings.queues.keys()
            },
            notices=notices_on(settings, work.now),
        )

    async def leave_flow(self, work: Work, id: InteractionId, flow: Flow, hops: int = 0) -> Interaction:
        """Where the node at which the flow ended leads."""
        s = await _known(work, id)
        if (follows := self.dialogues.get(flow.id)) is not None:
            return await follows(work, id)
        node = flow.nodes.get(s.ivr.node) if s.ivr is not None else None
        if isinstance(node, SubFlow | Return):
            return await self._across_flows(work, id, flow, node, hops)
        if isinstance(node, to_.HangUp):
            node = to_.HangUp()  # its text has been said by the flow
        if not isinstance(node, Destination):
            return await self.apologise(work, id)
        if hops + 1 >= MOST_HOPS:
            raise Refused(Refusal(RefusalCode.DESTINATION_UNAVAILABLE, "circle"))
        if hops:
            return await self.go(work, id, node, RoutingReason.FLOW, hops=hops + 1)
        return await self.send(work, id, node, RoutingReason.FLOW)

    async def _across_flows(
        self, work: Work, id: InteractionId, flow: Flow, node: SubFlow | Return, hops: int
    ) -> Interaction:
        """Into a sub-flow, in the version published now; or back into the very version that called it."""
        s = await _known(work, id)
        stack = s.ivr.stack if s.ivr is not None else ()
        if hops + 1 >= MOST_HOPS:
            return await self.apologise(work, id)
        if isinstance(node, SubFlow):
            called = work.settings.flows.get(node.flow)
            if called is None:
                return await self.apologise(work, id)
            frame = Frame(flow.id, flow.version, node.next)
            return await self._step(work, id, called, Started((*stack, frame)), hops + 1)
        if not stack:
            return await self.go(work, id, to_.HangUp(), RoutingReason.FLOW, hops=hops + 1)
        parent = await work.flow(stack[-1].flow, stack[-1].version)
        return await self._step(work, id, parent, Returned(stack[-1].next), hops + 1)

    async def finish_announcement(self, work: Work, id: InteractionId, says: int) -> Interaction:
        s = await _known(work, id)
        then = s.announcement.then if s.announcement is not None else None
        after = await work.command(id, c.FinishAnnouncement(says=says))
        if then is not None:
            return await self.send(work, id, then, RoutingReason.ANNOUNCED)
        failed = after.says > 0 and s.announcement is not None and s.announcement.text == FALLBACK_TEXT
        return await work.command(id, c.EndByRouting(failed=failed))

    # ---- place and wait

    async def position(
        self, work: Work, queue: QueueSettings, id: InteractionId, priority: int, queued_at: datetime
    ) -> int:
        """The place among those of the queue; 1 = next."""
        return 1 + await work.tx.waiting_ahead(queue.id, priority, queued_at, queue.options.ageing, id)

    def words(
        self, work: Work, queue: QueueSettings, position: int, *, first: bool = False
    ) -> tuple[str | None, float | None]:
        """What the caller is told of place and wait, and the expected wait in seconds."""
        wait = expected_wait(position, self.figures(queue.id, work.now).load)
        options = queue.options
        said = announcement(options.announcements, position, wait, first=first, keys=options.exit_keys)
        return said, wait.total_seconds() if wait is not None else None


def next_possible(work: Work, s: Interaction) -> datetime:
    """The time that the caller keyed in, or the next one at which the queue works."""
    wanted = at_time(s.ivr.variables.get("callback_time", "") if s.ivr else "", work.now) or work.now
    options = work.settings.queues[s.callback_queue].options if s.callback_queue in work.settings.queues else None
    calendar = work.settings.calendars.get(options.calendar) if options and options.calendar is not None else None
    return possible(wanted, calendar)


def queue_facts(figures: QueueFigures, is_open: bool) -> QueueFacts:
    return QueueFacts(
        open=is_open,
        waiting=figures.waiting,
        ready=figures.ready,
        signed_in=figures.signed_in,
        longest_s=figures.longest_wait_s,
        expected_s=figures.expected_wait_s,
    )


def queues_asked(flow: Flow) -> set[QueueId]:
    """Queues whose figures the flow's conditions name."""
    return {
        int(node.of)
        for node in flow.nodes.values()
        if isinstance(node, Condition) and node.subject in OF_QUEUE and node.of.isdigit()
    }


def notices_on(settings: Settings, at: datetime) -> dict[int, NoticeFacts]:
    return {id: NoticeFacts(text=n.text, prompt=n.prompt) for id, n in settings.notices.items() if n.on_at(at)}


async def _known(work: Work, id: InteractionId) -> Interaction:
    s = await work.interaction(id)
    if s is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return s
