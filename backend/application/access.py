"""Who somebody is at this moment: rights resolved from the settings in force, so that a change counts without a new log-in."""

from collections.abc import Callable
from datetime import datetime

from backend.application.settings import Settings
from backend.application.work import Refused, Work
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, can
from backend.domain.access.rights import AccessPicture, resolve, valid_until
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode


async def within(work: Work, id: InteractionId, actor: Actor, action: Action) -> Interaction:
    """The contact, if ``actor`` may do this on it: what is beyond one's reach is not there. Raises Refused."""
    s = await work.interaction(id)
    if s is None or not can(actor, action, subjects.contact(s)):
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return s


class Access:
    """The same actor, not only an equal one, as long as nothing changed: live views compare by identity."""

    def __init__(self, settings: Callable[[], Settings], clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._picture: AccessPicture | None = None
        self._known: dict[UserId, tuple[Actor | None, datetime]] = {}

    @property
    def picture(self) -> AccessPicture:
        """Changes its identity with every change of settings."""
        return self._settings().access

    def actor(self, user: UserId) -> Actor | None:
        """None of an account that is not there, or switched off."""
        picture, now = self.picture, self._clock()
        if picture is not self._picture:
            self._picture, self._known = picture, {}
        known = self._known.get(user)
        if known is None or known[1] <= now:
            known = self._known[user] = (resolve(picture, user, now), valid_until(picture, user, now))
        return known[0]
