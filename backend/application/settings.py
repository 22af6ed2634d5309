"""The settings that rule the work, as one frozen picture; read together, replaced together."""

from datetime import datetime, timedelta

import msgspec

from backend.application.sign_in import SignInSettings
from backend.domain.access.rights import AccessPicture
from backend.domain.agent.handset import EndpointKind, Telephone
from backend.domain.agent.model import BreakKind
from backend.domain.alerts.limits import AlertSettings
from backend.domain.customer.fields import ClientSettings
from backend.domain.interaction.model import MemberRole
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.ids import FlowId, QueueId, SkillId, UserId
from backend.domain.kernel.working_time import Calendar
from backend.domain.lines.model import Line, LineId
from backend.domain.metrics.service_level import Definition
from backend.domain.recording.retention import DEFAULT_DAYS
from backend.domain.routing.destination import ToFlow
from backend.domain.routing.entry import EntryRules
from backend.domain.routing.matching import Place, Requirement
from backend.domain.routing.queue_options import QueueOptions
from backend.domain.trunks.model import Trunk, TrunkId
from backend.domain.voice.toll import OutsideRules
from backend.domain.wallboard.layout import Layout


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    id: QueueId
    name: str
    priority: int
    ring_timeout: timedelta
    wrap_up: timedelta
    announce_every: timedelta
    definition: Definition
    recorded: bool
    retention_days: int = DEFAULT_DAYS
    needs: Requirement
    options: QueueOptions = QueueOptions()


class EntryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """``rules`` are the published ones, of version ``version``; a number without any leads into its flow."""

    number: str
    name: str = ""
    flow: FlowId
    answer_after: timedelta
    rules: EntryRules | None = None
    version: int = 0

    @property
    def in_force(self) -> EntryRules:
        return self.rules or EntryRules(number=self.number, default=ToFlow(flow=self.flow))


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    user: UserId
    name: str
    login: str = ""
    queues: tuple[QueueId, ...]
    skills: dict[SkillId, int]
    groups: frozenset[int] = frozenset()
    places: dict[QueueId, Place] = {}
    chooses_queues: bool = True
    """May log in to and out of the queues that were assigned."""
    telephones: tuple[Telephone, ...] = ()
    """At which the agent may work instead of the browser."""
    location: int | None = None

    @property
    def number(self) -> str:
        """By which colleagues know the agent: the extension, if there is one, otherwise the log-in."""
        own = (x.number for x in self.telephones if x.kind is EndpointKind.EXTENSION)
        return next(own, self.login)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    caller_number: str | None
    members: tuple[UserId, ...]


class NoticeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement of a general problem."""

    text: str
    prompt: str | None = None
    on_since: datetime | None = None
    on_until: datetime | None = None

    def on_at(self, at: datetime) -> bool:
        return self.on_since is not None and self.on_since <= at and (self.on_until is None or at < self.on_until)


class NotRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers beginning with ``prefix`` (E.164, or extensions) whose calls are not recorded. ``only_to``: only calls that
    are placed or routed there, as to numbers within the insurer; otherwise also those that come from there."""

    prefix: str
    note: str = ""
    only_to: bool = False


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Of call control; times in seconds. ``shown_supervision``: modes in which the supervised agent sees the
    supervisor."""

    trunk: str = "pbx"
    """Of a bridge's own settings, while administrators have saved no trunks."""
    park_limit_s: int = 120
    ring_s: int = 30
    wrap_up_s: int = 60
    """After a call that belongs to no queue."""
    not_recorded: tuple[NotRecorded, ...] = ()
    recording_notice: str = ""
    """Said to callers who enter a queue and whose call will be recorded; empty where menus say it."""
    own_telephones: bool = False
    """Agents may work at any telephone whose number they type."""
    shown_supervision: tuple[MemberRole, ...] = (MemberRole.WHISPERING, MemberRole.BARGING)
    outside: OutsideRules = OutsideRules()

    def is_recorded(self, number: str, *, to: bool) -> bool:
        """Of a call with this number; ``to``: one that is placed or routed there."""
        return not any(number.startswith(x.prefix) and (to or not x.only_to) for x in self.not_recorded)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    queues: dict[QueueId, QueueSettings]
    entry_points: dict[str, EntryPoint]
    agents: dict[UserId, AgentSettings]
    flows: dict[FlowId, Flow]
    """The published version of each flow."""
    notices: dict[int, NoticeSettings] = {}
    prompts: frozenset[str] = frozenset()
    """Keys of what was recorded or uploaded."""
    calls: CallSettings = CallSettings()
    clients: ClientSettings = ClientSettings()
    calendars: dict[int, Calendar] = {}
    groups: dict[int, Group] = {}
    skills: dict[SkillId, str] = {}
    lines: dict[LineId, Line] = {}
    """Of the PBX, in the order in which they are shown."""
    trunks: dict[TrunkId, Trunk] = {}
    """In the order in which calls out try them. None at all: bridges use those of their own settings."""
    locations: dict[int, str] = {}
    """Where agents sit."""
    alerts: AlertSettings = AlertSettings()
    wallboards: dict[int, Layout] = {}
    boards: dict[UserId, int] = {}
    """Which of them an account shows."""
    breaks: dict[str, BreakKind] = {}
    """By the reason that an agent on a break has."""
    access: AccessPicture = AccessPicture()
    """Who may do what."""
    sign_in: SignInSettings = SignInSettings()

    def is_recorded(self, queue: QueueId | None, number: str | None) -> bool:
        """By the queue and by the number; the agent may still decide otherwise."""
        if queue is not None and queue in self.queues and not self.queues[queue].recorded:
            return False
        return not number or self.calls.is_recorded(number, to=False)

    def is_recorded_to(self, number: str) -> bool:
        """Of a number that we ring: neither one within the insurer nor one of those never recorded."""
        return self.calls.is_recorded(number, to=True)

    @property
    def way_out(self) -> str:
        """The trunk of calls out; empty: the bridge takes the first that can."""
        return "" if self.trunks else self.calls.trunk

    @property
    def exchange(self) -> str:
        """The trunk whose lines are watched: the one that says so, otherwise the first."""
        used = [trunk for trunk in self.trunks.values() if trunk.enabled]
        found = next((trunk for trunk in used if trunk.exchange), used[0] if used else None)
        return found.name if found is not None else "" if self.trunks else self.calls.trunk

    def caller_of(self, user: UserId) -> str | None:
        """The number that who is called by this agent sees: that of the agent's first group that has one."""
        found = (g.caller_number for _, g in sorted(self.groups.items()) if user in g.members and g.caller_number)
        return next(found, None)

    def open_at(self, queue: QueueId, at: datetime) -> bool:
        """A queue whose calendar is gone is open: nobody is turned away by a mistake."""
        calendar = self.queues[queue].options.calendar
        return calendar is None or calendar not in self.calendars or self.calendars[calendar].is_open(at)

    def needs(self, queue: QueueId, own: Requirement) -> Requirement:
        """Skills a contact in ``queue`` needs: the queue's and its own, the higher level of each."""
        levels = dict(self.queues[queue].needs)
        for skill, level in own:
            levels[skill] = max(level, levels.get(skill, 0))
        return tuple(sorted(levels.items()))
