"""Blank settings and the words they may hold, as JSON: what the screens of settings begin with and are tested against.

``python -m backend.graphql.shapes`` prints them; pwa/src/settings/model/shapes.json is this text.
"""

import json
import sys
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from backend.application.administration import EntryNumber, GroupDraft, LocationDraft, Member, QueueDraft
from backend.application.settings import CallSettings, NotRecorded
from backend.domain.access.directory import DirectorySettings, GroupRule, OpenIdSettings
from backend.domain.access.drafts import GroupRights, UserDraft
from backend.domain.access.password_policy import PasswordPolicy
from backend.domain.access.policy import Action, Role, Scope
from backend.domain.access.rights import DataFilter, OwnRole, PersonalGrant
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.alerts.limits import OF_QUEUES, TIMED, AlertKind, AlertSettings
from backend.domain.customer.fields import ALL_STAFF, IN_THE_OPEN, Choice, ClientSettings, Field, FieldType
from backend.domain.interaction.model import MemberRole
from backend.domain.kernel.working_time import Calendar, DayException, Interval
from backend.domain.labels.model import BreakDraft, BreakKind, CategoryNode
from backend.domain.lines.headings import Heading, LineDraft
from backend.domain.metrics.measures import Measure
from backend.domain.metrics.service_level import Formula
from backend.domain.metrics.windows import Window
from backend.domain.routing import destination as to_
from backend.domain.routing import entry
from backend.domain.routing import queue_options as q
from backend.domain.routing.validation import ProblemKind
from backend.domain.trunks.model import TrunkDraft
from backend.domain.wallboard import layout as wall
from sip_bridge.contract import Srtp, Transport

NOWHERE = to_.HangUp()
DAY = date(2026, 1, 1)


def shapes() -> dict[str, Any]:
    """Everything that may be edited, with the defaults of the server."""
    destinations = [
        to_.ToQueue(queue=0),
        to_.ToAgent(agent=0),
        to_.ToGroup(group=0, queue=0),
        to_.ToFlow(flow=0),
        to_.ToNumber(number=""),
        to_.ToVoicemail(queue=0),
        to_.ToAnnouncement(text=""),
        to_.ToCallback(queue=0),
        to_.ToDictation(),
        NOWHERE,
    ]
    conditions = [
        entry.InTime(),
        entry.InCalendar(calendar=0),
        entry.CallerIs(),
        entry.ClientStatusIs(statuses=()),
        entry.QueueMeasures(queue=0, measure=entry.Measure.SIGNED_IN),
    ]
    tiles = [
        wall.usual_tile(Measure.WAITING),
        wall.OwnTile(formula="lost / offered", format=wall.Format.PERCENT),
        wall.ClockTile(),
        wall.TextTile(columns=6, rows=1),
        wall.QueuesTile(columns=12, rows=4),
        wall.AgentsTile(columns=6, rows=4),
    ]
    enums: dict[str, Iterable[StrEnum]] = {
        "strategy": q.Strategy,
        "empty_when": q.EmptyWhen,
        "say_position": q.SayPosition,
        "say_expected_wait": q.SayExpectedWait,
        "formula": Formula,
        "measure": entry.Measure,
        "member_role": MemberRole,
        "break_kind": BreakKind,
        "problem": ProblemKind,
        "role": Role,
        "action": Action,
        "scope": Scope,
        "alert_kind": [kind for kind in AlertKind if kind in TIMED],
        "window": Window,
        "wall_format": wall.Format,
        "alert_kind_of_queue": OF_QUEUES,
        "client_field_type": FieldType,
        "transport": Transport,
        "srtp": Srtp,
        "staff_role": [Role(role) for role in ALL_STAFF],
    }
    return {
        "queue": _plain(QueueDraft(name="")),
        "calendar": _plain(Calendar(name="")),
        "group": _plain(GroupDraft(name="")),
        "location": _plain(LocationDraft(name="")),
        "calls": _plain(CallSettings()),
        "user": _plain(UserDraft(login="", name="")),
        "role": _plain(OwnRole(name="")),
        "filter": _plain(DataFilter(name="")),
        "grant": _plain(PersonalGrant(action=Action.LISTEN)),
        "telephone": _plain(Telephone(number="", kind=EndpointKind.EXTENSION)),
        "group_rights": _plain(GroupRights()),
        "entry_number": _plain(EntryNumber(number="", name="", flow=0)),
        "entry_rules": _plain(entry.EntryRules(number="", default=NOWHERE)),
        "rule": _plain(entry.Rule(name="", to=NOWHERE)),
        "member": _plain(Member(user=0)),
        "overflow": _plain(q.Overflow(after_s=0, to=NOWHERE)),
        "exit_key": _plain(q.ExitKey(key="", to=NOWHERE)),
        "skill_step": _plain(to_.SkillStep()),
        "alerts": _plain(AlertSettings()),
        "wallboard": _plain(wall.usual("")),
        "wall_page": _plain(wall.Page()),
        "wall_tiles": {x["type"]: x for x in map(_plain, tiles)},
        "wall_measures": {m.value: _plain(wall.usual_tile(m)) for m in Measure},
        "break": _plain(BreakDraft(name="")),
        "category": _plain(CategoryNode(name="")),
        "line_heading": _plain(Heading(lines=(LineDraft(name="", number=""),))),
        "line": _plain(LineDraft(name="", number="")),
        "trunk": _plain(TrunkDraft(name="")),
        "not_recorded": _plain(NotRecorded(prefix="")),
        "clients": _plain(ClientSettings()),
        "client_field": _plain(Field(key="", name="")),
        "client_fields_in_the_open": sorted(IN_THE_OPEN),
        "client_choice": _plain(Choice("", "")),
        "interval": _plain(Interval(480, 960)),
        "exception": _plain(DayException(day=DAY)),
        "destinations": {x["type"]: x for x in map(_plain, destinations)},
        "conditions": {x["type"]: x for x in map(_plain, conditions)},
        "directory": _plain(DirectorySettings()),
        "openid": _plain(OpenIdSettings()),
        "passwords": _plain(PasswordPolicy()),
        "group_rule": _plain(GroupRule(sid="")),
        "enums": {
            name: sorted(member.value for member in kind)
            if isinstance(kind, frozenset)
            else [member.value for member in kind]
            for name, kind in enums.items()
        },
    }


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


def text() -> str:
    return json.dumps(shapes(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
