"""Alerts of what lasts too long: live for supervisors, with their limits."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
import strawberry
from strawberry.scalars import JSON

from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, can, reach
from backend.domain.alerts.alert import Alert as Known
from backend.domain.alerts.limits import AlertKind
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.voice.toll import Toll
from backend.graphql import types as t
from backend.graphql.ids import cursor_text
from backend.graphql.permissions import Info, allowed
from backend.graphql.routing import SettingResult, setting_result
from backend.graphql.subscriptions import Scope, stream
from backend.projections.feed import Cursor, Feed
from backend.projections.live import Changes

strawberry.enum(AlertKind)
strawberry.enum(Toll)
SEE = [allowed(Action.SEE_ALERTS)]
EDIT = [allowed(Action.EDIT_ALERTS)]
LONGEST_KEY = 200


@strawberry.type(
    description="Calls to the outside were not let out, by a limit against toll fraud: how many it lets out, and the beginning of"
    " the first number that was refused. The alert's agent wanted to call; none: the routing. Over at `until`, or when the limit"
    " is raised."
)
class OutsideCalls:
    limit: Toll
    most: int
    prefix: str
    until: datetime


@strawberry.type(description="Calls in and out by this trunk fail, as this bridge finds.")
class TrunkDown:
    name: str
    bridge: str


@strawberry.type(
    description="Something lasts longer than its limit. It calls until somebody acknowledges it, or it is over; not while"
    " it is put off."
)
class Alert:
    id: strawberry.ID
    kind: AlertKind
    since: datetime
    limit_seconds: int
    queue_id: int | None
    agent_id: int | None
    contact_id: strawberry.ID | None
    raised_at: datetime
    acknowledged_by: int | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    version: int
    outside: OutsideCalls | None
    trunk: TrunkDown | None

    @classmethod
    def of(cls, a: Known) -> "Alert":
        return cls(
            id=strawberry.ID(a.key),
            kind=a.about.kind,
            since=a.about.since,
            limit_seconds=int(a.limit.total_seconds()),
            queue_id=a.about.queue,
            agent_id=a.about.agent,
            contact_id=strawberry.ID(a.about.interaction) if a.about.interaction else None,
            raised_at=a.raised_at,
            acknowledged_by=a.acknowledged_by,
            acknowledged_at=a.acknowledged_at,
            snoozed_until=a.snoozed_until,
            version=a.version,
            outside=OutsideCalls(limit=x.limit, most=x.most, prefix=x.prefix, until=x.until)
            if (x := a.about.outside)
            else None,
            trunk=TrunkDown(name=x.trunk, bridge=x.bridge) if (x := a.about.trunk) else None,
        )


@strawberry.type(description="As LiveFrame: all alerts, or those that changed; `goneAlerts` are over.")
class AlertsFrame:
    snapshot: bool
    cursor: str
    now: datetime
    alerts: list[Alert]
    gone_alerts: list[strawberry.ID]


AlertResult = Annotated[Alert | t.Refused, strawberry.union("AlertResult")]


class AlertScope(Scope):
    pause_s = 0.2

    def __init__(self, actor: Actor) -> None:
        self._alerts = reach(actor, Action.SEE_ALERTS)

    def shows_alert(self, a: Known) -> bool:
        return self._alerts.contact(subjects.alert(a))


def picture(feed: Feed, scope: AlertScope, changes: Changes | None, cursor: Cursor) -> AlertsFrame:
    known = feed.live.alerts
    keys = known.keys() if changes is None else changes.alerts
    return AlertsFrame(
        snapshot=changes is None,
        cursor=cursor_text(cursor),
        now=feed.now(),
        alerts=[Alert.of(known[key]) for key in keys if key in known and scope.shows_alert(known[key])],
        gone_alerts=[] if changes is None else [strawberry.ID(key) for key in keys if key not in known],
    )


def _empty(f: AlertsFrame) -> bool:
    return not (f.snapshot or f.alerts or f.gone_alerts)


def _unseen(info: Info, id: str) -> Refusal | None:
    """An alert beyond one's reach is not there."""
    known = info.context.services.feed.live.alerts.get(id[:LONGEST_KEY])
    if known is None or can(info.context.actor, Action.SEE_ALERTS, subjects.alert(known)):
        return None
    return Refusal(RefusalCode.NOT_FOUND, "alert")


def _result(answer: Known | Refusal) -> AlertResult:
    return t.Refused.of(answer) if isinstance(answer, Refusal) else Alert.of(answer)


@strawberry.type
class AlertSubscription:
    @strawberry.subscription(
        permission_classes=SEE, description="Of everything within one's reach that lasts too long."
    )
    async def alerts(self, info: Info, after: str | None = None) -> AsyncIterator[AlertsFrame]:
        async for f in stream(info.context, Action.SEE_ALERTS, AlertScope, after, picture, _empty):
            yield f


@strawberry.type
class AlertQuery:
    @strawberry.field(permission_classes=EDIT, description="How long is too long, as it can be saved again.")
    async def alert_settings(self, info: Info) -> JSON:
        return msgspec.to_builtins(info.context.services.desk.settings.alerts)


@strawberry.type
class AlertMutation:
    @strawberry.mutation(permission_classes=SEE, description="Somebody sees to it: it calls nobody any more.")
    async def acknowledge_alert(self, info: Info, id: strawberry.ID) -> AlertResult:
        services, user = info.context.services, info.context.user
        answer = _unseen(info, id) or await services.alerts.acknowledge(id[:LONGEST_KEY], user)
        return _result(await services.supervision.noted("acknowledge_alert", id[:LONGEST_KEY], user, answer))

    @strawberry.mutation(permission_classes=SEE, description="Put off for some minutes, two hours at most.")
    async def snooze_alert(self, info: Info, id: strawberry.ID, minutes: int) -> AlertResult:
        services, user = info.context.services, info.context.user
        answer = _unseen(info, id) or await services.alerts.snooze(id[:LONGEST_KEY], minutes, user)
        return _result(await services.supervision.noted("snooze_alert", id[:LONGEST_KEY], user, answer))

    @strawberry.mutation(permission_classes=EDIT, description="Refused when `base` is given and no longer in force.")
    async def save_alert_settings(self, info: Info, settings: JSON, base: JSON | None = None) -> SettingResult:
        answer = await info.context.services.alerts.save_settings(settings, info.context.user, base)
        return setting_result(answer)
