"""An agent's commands: presence, telephone, offers, calls, wrap-up."""

import strawberry

from backend.application.softphone import SoftphoneOpened
from backend.domain.access.policy import Action
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.refusal import Refusal
from backend.graphql import live_types as lt
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed

WORK = [allowed(Action.WORK)]


def contact_result(answer: Interaction | Refusal) -> t.ContactResult:
    return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Contact.of(answer)


def agent_result(info: Info, answer: Agent | Refusal) -> lt.AgentResult:
    if isinstance(answer, Refusal):
        return t.Refused.of(answer)
    return lt.AgentNow.of(answer, info.context.services.feed.live)


@strawberry.type
class WorkMutation:
    @strawberry.mutation(permission_classes=WORK, description="READY, or BREAK with the id of a break.")
    async def set_presence(self, info: Info, presence: Presence, reason: str | None = None) -> lt.AgentResult:
        services, user = info.context.services, info.context.user
        if presence is not Presence.BREAK:
            return agent_result(info, await services.desk.set_presence(user, presence, reason))
        breaks = [str(b.id) for b in (await services.labels.breaks()).breaks if not b.retired]
        return agent_result(info, await services.staffing.send_on_break(user, reason or "", breaks, user))

    @strawberry.mutation(
        permission_classes=WORK,
        description="Connect this tab's WebRTC offer as the agent's telephone, also again after a change of network.",
    )
    async def open_softphone(
        self, info: Info, owner: strawberry.ID, offer_sdp: str, take_over: bool = False
    ) -> t.SoftphoneResult:
        answer = await info.context.services.softphone.open(info.context.user, owner, offer_sdp, take_over)
        if isinstance(answer, SoftphoneOpened):
            return t.SoftphoneOpened(answer_sdp=answer.answer_sdp)
        return t.Refused.of(answer)

    @strawberry.mutation(
        permission_classes=WORK,
        description="A sentence is said to the agent's browser, over the way that a caller's voice takes.",
    )
    async def check_sound(self, info: Info) -> lt.AgentResult:
        return agent_result(info, await info.context.services.softphone.check_sound(info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def close_softphone(self, info: Info, owner: strawberry.ID) -> t.DoneResult:
        await info.context.services.softphone.close(info.context.user, owner)
        return t.Done()

    @strawberry.mutation(permission_classes=WORK)
    async def accept_offer(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return contact_result(await info.context.services.desk.accept(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def decline_offer(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return contact_result(await info.context.services.desk.decline(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def hold(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.Hold(agent=info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def resume(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.Resume(agent=info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def mute(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.Mute(agent=info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def unmute(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.Unmute(agent=info.context.user))

    @strawberry.mutation(
        permission_classes=WORK,
        description="The agent's decision not to record, for a while (a card number) or for the rest of the call.",
    )
    async def pause_recording(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.PauseRecording(agent=info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def resume_recording(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.ResumeRecording(agent=info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def hang_up(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return contact_result(await info.context.services.desk.hang_up(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=WORK)
    async def finish_wrap_up(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return await _own(info, contact, c.FinishWrapUp(agent=info.context.user))


async def _own(info: Info, contact: strawberry.ID, command: c.InteractionCommand) -> t.ContactResult:
    return contact_result(await info.context.services.desk.command(contact_id(contact), command, info.context.user))
