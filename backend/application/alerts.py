"""Watches what lasts and raises alerts. Any process may run this: what an alert is about is its name in the database, so
each is raised once, by whoever comes first, also after a restart."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from backend.application.administration import Administration, Answer, read
from backend.application.desk import Desk
from backend.application.ports import Bell
from backend.application.settings import Settings
from backend.domain.agent.model import Agent
from backend.domain.alerts import alert as alerts
from backend.domain.alerts.alert import Alert, AlertEvent
from backend.domain.alerts.limits import (
    OF_QUEUES,
    TIMED,
    AlertSettings,
    Lasting,
    lasting_of_agent,
    lasting_of_contact,
    lets_out_again,
    not_let_out,
    too_long,
    trunk_down,
)
from backend.domain.interaction.model import Interaction
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem, ProblemKind
from backend.domain.trunks.outage import Outage
from backend.domain.voice.toll import Tripped

log = structlog.get_logger()

EVERY_S = 1.0
LEAST_LIMIT_S, MOST_LIMIT_S = 1, 86_400
REMEMBERED = 20_000
"""Names of alerts that need not be tried again, because they were raised before."""

Decide = Callable[[Alert], "list[AlertEvent] | Refusal"]
Told = Callable[[Alert], Awaitable[None]]


class AlertPicture(Protocol):
    """The live picture, as far as it is looked at here."""

    @property
    def agents(self) -> Mapping[UserId, Agent]: ...
    @property
    def interactions(self) -> Mapping[str, Interaction]: ...
    @property
    def alerts(self) -> Mapping[str, Alert]: ...
    @property
    def settings(self) -> Settings: ...


class AlertStore(Protocol):
    async def raise_(self, found: Iterable[alerts.Raised]) -> list[Alert]:
        """Those that nobody had raised before."""
        ...

    async def outages(self, now: datetime) -> list[Outage]:
        """Of trunks, as bridges have told; what is to be forgotten by ``now`` is gone."""

    async def change(self, key: str, decide: Decide, actor: UserId | None) -> Alert | Refusal: ...
    async def save_settings(self, settings: AlertSettings, actor: UserId) -> int: ...


class Alerts:
    def __init__(
        self,
        desk: Desk,
        store: AlertStore,
        picture: Callable[[], AlertPicture],
        bell: Bell,
        administration: Administration,
    ) -> None:
        self.desk = desk
        self.store = store
        self._picture = picture
        self._bell = bell
        self._administration = administration
        self._tell: list[Told] = []
        self._known: dict[str, None] = {}
        desk.on_tripped = self.not_let_out

    def tell(self, told: Told) -> None:
        """``told`` is called once with each alert, by the process that raised it: for people whose browser is closed."""
        self._tell.append(told)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("alerts_failed")
            await asyncio.sleep(EVERY_S)

    async def look(self) -> list[Alert]:
        """Raise what lasts too long now, and end what is over; the alerts raised."""
        picture, settings, now = self._picture(), self.desk.settings.alerts, self.desk.clock()
        known = dict(picture.alerts)  # an outage whose alert is known by now is among those that are read after it
        lasts = {x.key: x for x in lasting(picture)}
        lasts |= {x.key: x for x in map(trunk_down, await self.store.outages(now))}
        # What is over has ended, or has more time now; never because a clock says so, for that of another process was
        # ahead when it was raised.
        over = [
            key
            for key, alert in known.items()
            if (
                lets_out_again(alert.about.outside, self.desk.settings.calls.outside, now)
                if alert.about.outside is not None
                else key not in lasts or _has_more_time(alert, settings)
            )
        ]
        fresh = [
            alerts.Raised(at=now, about=x, limit=limit)
            for key, x in lasts.items()
            if key not in known and key not in self._known and (limit := too_long(x, settings, now)) is not None
        ]
        raised = await self.store.raise_(fresh) if fresh else []
        for key in over:
            await self.store.change(key, lambda alert: alerts.end(alert, now), None)
        self._remember(x.about.key for x in fresh)
        if raised or over:
            self._bell.ring()
        await self._tell_all(raised)
        return raised

    async def not_let_out(self, x: Tripped) -> list[Alert]:
        """Calls go out no more: told once for a limit and a period, however often it is tried."""
        about = not_let_out(x)
        if about.key in self._known:
            return []
        raised = await self.store.raise_([alerts.Raised(at=self.desk.clock(), about=about, limit=timedelta())])
        self._remember([about.key])
        if raised:
            self._bell.ring()
        await self._tell_all(raised)
        return raised

    async def _tell_all(self, raised: Iterable[Alert]) -> None:
        for alert in raised:
            for told in self._tell:
                await self._told(told, alert)

    async def _told(self, told: Told, alert: Alert) -> None:
        try:
            await told(alert)
        except Exception:
            log.exception("alert_not_told", kind=alert.about.kind.value)

    def _remember(self, keys: Iterable[str]) -> None:
        self._known |= dict.fromkeys(keys)
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    # ---- what supervisors do

    async def acknowledge(self, key: str, user: UserId) -> Alert | Refusal:
        return await self._change(key, lambda alert: alerts.acknowledge(alert, user, self.desk.clock()), user)

    async def snooze(self, key: str, minutes: int, user: UserId) -> Alert | Refusal:
        length = timedelta(minutes=minutes)
        return await self._change(key, lambda alert: alerts.snooze(alert, user, length, self.desk.clock()), user)

    async def _change(self, key: str, decide: Decide, user: UserId) -> Alert | Refusal:
        answer = await self.store.change(key, decide, user)
        self._bell.ring()
        return answer

    async def save_settings(self, given: Any, actor: UserId, base: Any = None) -> Answer:
        settings = read(given, AlertSettings)
        if isinstance(settings, list):
            return settings
        begun = read(base, AlertSettings) if base is not None else self.desk.settings.alerts
        if isinstance(begun, list) or begun.meaning != self.desk.settings.alerts.meaning:
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "alerts")
        problems = list(alert_problems(settings, self.desk.settings))
        return await self._administration.save(problems, lambda: self.store.save_settings(settings, actor))


def alert_problems(alerts: AlertSettings, settings: Settings) -> Iterator[Problem]:
    seen = set()
    for n, x in enumerate(alerts.limits):
        if x.after_s is not None and not LEAST_LIMIT_S <= x.after_s <= MOST_LIMIT_S:
            yield Problem(f"limits.{n}.after_s", ProblemKind.OUT_OF_RANGE)
        if x.kind not in TIMED:
            yield Problem(f"limits.{n}.kind", ProblemKind.UNKNOWN)
        if x.queue is not None and (x.queue not in settings.queues or x.kind not in OF_QUEUES):
            yield Problem(f"limits.{n}.queue", ProblemKind.UNKNOWN)
        if (x.kind, x.queue) in seen:
            yield Problem(f"limits.{n}.kind", ProblemKind.TAKEN)
        seen.add((x.kind, x.queue))


def _has_more_time(alert: Alert, settings: AlertSettings) -> bool:
    limit = settings.limit(alert.about.kind, alert.about.queue)
    return limit is None or limit > alert.limit


def lasting(picture: AlertPicture) -> Iterable[Lasting]:
    for s in picture.interactions.values():
        yield from lasting_of_contact(s)
    for a in picture.agents.values():
        yield from lasting_of_agent(a, picture.settings.breaks)
