"""Alerts reach supervisors also where their browser is closed: a push to each who may see them."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from backend.application.notifier import Notifier
from backend.application.settings import Settings
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, reach
from backend.domain.agent.notes import Note, NoteKind
from backend.domain.alerts.alert import Alert
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.working_time import PRAGUE

GOOD_FOR = timedelta(minutes=10)
"""An alert that a device gets later than this is no news."""
FLOOR = "/floor"


class AlertPushes:
    def __init__(
        self,
        settings: Callable[[], Settings],
        actor: Callable[[UserId], Actor | None],
        listeners: Callable[[], Awaitable[Iterable[UserId]]],
        notifier: Notifier,
    ) -> None:
        """``listeners``: everybody who has a device that is pushed to."""
        self._settings = settings
        self._actor = actor
        self._listeners = listeners
        self._notifier = notifier

    async def tell(self, alert: Alert) -> None:
        about, settings = alert.about, self._settings()
        queue = settings.queues.get(about.queue) if about.queue is not None else None
        body = queue.name if queue is not None else None
        if about.outside is not None:
            agent = settings.agents.get(about.agent) if about.agent is not None else None
            body = " · ".join(filter(None, (f"{about.outside.prefix}…", agent.name if agent else None)))
        if about.trunk is not None:
            body = f"{about.trunk.trunk} · {about.since.astimezone(PRAGUE):%H:%M}"
        note = Note(
            kind=NoteKind.ALERT,
            tag=f"alert:{alert.key}",
            until=alert.raised_at + GOOD_FOR,
            alert=about.kind,
            body=body,
            path=FLOOR,
        )
        for user in await self._listeners():
            actor = self._actor(user)
            if actor is not None and reach(actor, Action.SEE_ALERTS).contact(subjects.alert(alert)):
                await self._notifier.to_user(user, note)
