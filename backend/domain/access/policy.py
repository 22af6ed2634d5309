"""Who may do what: one policy, used by queries, mutations, subscriptions, REST, files and live frames alike.

A permission is an action and a scope: on whose things it may be done. ``TABLE`` gives them to the built-in roles (a new
action needs its row there); ``backend.domain.access.rights`` resolves roles, groups and personal grants of an account into
an ``Actor``; ``can`` and ``reach`` are the only two questions. docs/permissions.md is this table, printed.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import QueueId, UserId


class Role(StrEnum):
    """Built-in roles; an account may have several, and administrators make further ones."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    WALLBOARD = "wallboard"
    RECORDING_LISTEN = "recording_listen"
    RECORDING_DOWNLOAD = "recording_download"
    QUEUES = "queues"
    CALLBACKS = "callbacks"


class Scope(StrEnum):
    """On whose things. Several scopes of one action add up."""

    OWN = "own"
    GROUPS = "groups"
    """Of people of one's own workplaces."""
    QUEUES = "queues"
    """Of queues of one's own workplaces; without a workplace, of the queues one serves."""
    EVERYTHING = "everything"


class Action(StrEnum):
    SIGN_IN = "sign_in"
    SEE_SELF = "see_self"
    CHANGE_OWN_ACCOUNT = "change_own_account"
    RECEIVE_PUSH = "receive_push"
    """Have one's devices told what concerns one, also with the app closed."""
    WORK = "work"
    """Presence, telephone, offers and calls of one's own."""
    CONTROL_CALLS = "control_calls"
    """Transfer, consult, confer, park one's own call."""
    TAKE_PARKED = "take_parked"
    """A parked call, whoever parked it."""
    DIAL = "dial"
    SUPERVISE = "supervise"
    """Listen in, whisper, barge in, take over."""
    MANAGE_AGENTS = "manage_agents"
    """Move agents between queues, send them on a break, let them choose their queues or not."""
    MANAGE_WAITING = "manage_waiting"
    """Priority of those who wait and of their queues; hand who waits to another queue or to an agent."""
    SEE_ALERTS = "see_alerts"
    """Hear of what lasts too long; say that one knows."""
    EDIT_ALERTS = "edit_alerts"
    """How long is too long."""
    EDIT_WALLBOARDS = "edit_wallboards"
    """Layouts of wallboards, and which account shows which."""
    SEE_DESK = "see_desk"
    SEE_COLLEAGUES = "see_colleagues"
    """Names, and who is free, busy or away: what one must know to transfer a call. No client, no reason of a break."""
    KEEP_FAVOURITES = "keep_favourites"
    """One's own first choices in the transfer panel."""
    SEE_BOARD = "see_board"
    """Queues and their numbers."""
    SEE_FLOOR = "see_floor"
    """People and contacts at this moment."""
    SEE_CLIENTS = "see_clients"
    EDIT_CLIENTS = "edit_clients"
    """Cards and the notes on them; which fields, says ``backend.domain.access.fields``."""
    DEFINE_CLIENT_FIELDS = "define_client_fields"
    """Fields of the card, who sees and edits them. Who may do that sees all of them."""
    EXPORT_PERSON = "export_person"
    """Take out everything that is known of a person."""
    ERASE_PERSON = "erase_person"
    SEE_SETTINGS = "see_settings"
    """Names of queues, categories and breaks: what every desk shows."""
    SEE_HISTORY = "see_history"
    """Contacts that were, and each of them whole."""
    SEE_TIMELINE = "see_timeline"
    """All contacts of one client or number, in short."""
    ANNOTATE = "annotate"
    """Note and category of a contact."""
    LISTEN = "listen"
    """Play a recording, find it by its data, decide not to record one's own call."""
    DOWNLOAD = "download"
    """Take a recording out of the system."""
    KEEP_RECORDINGS = "keep_recordings"
    """Legal holds, and who heard what."""
    SEE_CALLBACKS = "see_callbacks"
    """Callbacks and missed calls: list, mark done. Also hearing the messages left with them."""
    SEE_REPORTS = "see_reports"
    """Which of them, say the filters of the account."""
    EDIT_FLOWS = "edit_flows"
    """Voice menus and their prompts."""
    SWITCH_NOTICES = "switch_notices"
    """Announcements of general problems: record, switch on and off."""
    EDIT_ROUTING = "edit_routing"
    """Queues, calendars, groups and entry rules, and trying them out."""
    EDIT_BREAKS = "edit_breaks"
    EDIT_CATEGORIES = "edit_categories"
    """What a contact can be about, by queue."""
    EDIT_CALL_SETTINGS = "edit_call_settings"
    """What is never recorded, whether supervision is shown, limits of call control."""
    EDIT_TRUNKS = "edit_trunks"
    """Which exchanges and providers calls come from and go to, and by which passwords."""
    EDIT_SKILLS = "edit_skills"
    """Which agents serve which queues, and how well."""
    EDIT_ACCESS = "edit_access"
    """Accounts, roles, rights of groups, filters."""
    SEE_AUDIT = "see_audit"
    """Who did and saw what, in the whole system."""
    EXPORT_AUDIT = "export_audit"
    """Take the audit out of the system."""
    UNDO_SETTINGS = "undo_settings"
    """Who changed which settings, and putting an old state back."""
    EDIT_SIGN_IN = "edit_sign_in"
    """The directory and its synchronisation, single sign-on, the password policy."""
    SEE_LINE = "see_line"
    """Who waits in a queue, with place and expected wait."""


ALL = Scope.EVERYTHING
Row = dict[Role, Scope]


def everywhere(*roles: Role) -> Row:
    return dict.fromkeys(roles, ALL)


EVERYBODY = everywhere(*Role)
WORKERS = everywhere(Role.AGENT, Role.SUPERVISOR)
STAFF = WORKERS | everywhere(Role.ADMIN)
LEADERS = everywhere(Role.SUPERVISOR, Role.ADMIN)
ADMIN = everywhere(Role.ADMIN)
PEOPLE = everywhere(*(role for role in Role if role is not Role.WALLBOARD))
"""Everybody but a screen on the wall."""
OWN_FOR_AGENTS = LEADERS | {Role.AGENT: Scope.OWN}

TABLE: dict[Action, Row] = {
    Action.SIGN_IN: EVERYBODY,
    Action.SEE_SELF: EVERYBODY,
    Action.CHANGE_OWN_ACCOUNT: PEOPLE,
    Action.RECEIVE_PUSH: STAFF,
    Action.WORK: WORKERS,
    Action.CONTROL_CALLS: WORKERS,
    Action.TAKE_PARKED: WORKERS,
    Action.DIAL: WORKERS,
    Action.SUPERVISE: LEADERS,
    Action.MANAGE_AGENTS: LEADERS,
    Action.MANAGE_WAITING: LEADERS,
    Action.SEE_ALERTS: LEADERS,
    Action.EDIT_ALERTS: LEADERS,
    Action.EDIT_WALLBOARDS: LEADERS,
    Action.SEE_DESK: WORKERS,
    Action.SEE_COLLEAGUES: PEOPLE,
    Action.KEEP_FAVOURITES: STAFF,
    Action.SEE_BOARD: EVERYBODY,
    Action.SEE_FLOOR: LEADERS,
    Action.SEE_CLIENTS: STAFF,
    Action.EDIT_CLIENTS: STAFF,
    Action.DEFINE_CLIENT_FIELDS: ADMIN,
    Action.EXPORT_PERSON: ADMIN,
    Action.ERASE_PERSON: ADMIN,
    Action.SEE_SETTINGS: PEOPLE,
    Action.SEE_HISTORY: OWN_FOR_AGENTS | everywhere(Role.RECORDING_LISTEN, Role.RECORDING_DOWNLOAD),
    Action.SEE_TIMELINE: STAFF,
    Action.ANNOTATE: OWN_FOR_AGENTS,
    Action.LISTEN: OWN_FOR_AGENTS | everywhere(Role.RECORDING_LISTEN, Role.RECORDING_DOWNLOAD),
    Action.DOWNLOAD: LEADERS | everywhere(Role.RECORDING_DOWNLOAD),
    Action.KEEP_RECORDINGS: LEADERS,
    Action.SEE_CALLBACKS: STAFF | everywhere(Role.CALLBACKS),
    Action.SEE_REPORTS: LEADERS,
    Action.EDIT_FLOWS: ADMIN,
    Action.SWITCH_NOTICES: LEADERS,
    Action.EDIT_ROUTING: ADMIN | everywhere(Role.QUEUES),
    Action.EDIT_BREAKS: LEADERS,
    Action.EDIT_CATEGORIES: LEADERS,
    Action.EDIT_CALL_SETTINGS: ADMIN,
    Action.EDIT_TRUNKS: ADMIN,
    Action.EDIT_SKILLS: ADMIN | everywhere(Role.QUEUES),
    Action.EDIT_ACCESS: ADMIN,
    Action.SEE_AUDIT: ADMIN,
    Action.EXPORT_AUDIT: ADMIN,
    Action.UNDO_SETTINGS: ADMIN,
    Action.EDIT_SIGN_IN: ADMIN,
    Action.SEE_LINE: LEADERS | everywhere(Role.QUEUES),
}

_PLAIN = (Scope.EVERYTHING,)
_PEOPLE = (Scope.GROUPS, Scope.EVERYTHING)
_QUEUES = (Scope.QUEUES, Scope.EVERYTHING)
_LIVE = (Scope.GROUPS, Scope.QUEUES, Scope.EVERYTHING)
_CONTACTS = (Scope.OWN, Scope.GROUPS, Scope.QUEUES, Scope.EVERYTHING)

SCOPES: dict[Action, tuple[Scope, ...]] = dict.fromkeys(Action, _PLAIN) | {
    Action.TAKE_PARKED: _LIVE,
    Action.SUPERVISE: _LIVE,
    Action.MANAGE_AGENTS: _PEOPLE,
    Action.MANAGE_WAITING: _LIVE,
    Action.SEE_ALERTS: _LIVE,
    Action.SEE_COLLEAGUES: _PEOPLE,
    Action.SEE_BOARD: _QUEUES,
    Action.SEE_FLOOR: _LIVE,
    Action.SEE_HISTORY: _CONTACTS,
    Action.SEE_TIMELINE: _CONTACTS,
    Action.ANNOTATE: _CONTACTS,
    Action.LISTEN: _CONTACTS,
    Action.DOWNLOAD: _CONTACTS,
    Action.KEEP_RECORDINGS: _CONTACTS,
    Action.SEE_CALLBACKS: _CONTACTS,
    Action.SEE_REPORTS: _LIVE,
    Action.SEE_LINE: _QUEUES,
}
"""Scopes that mean something for an action. What nobody's in particular is (a voice menu) is allowed or not."""

INHERENT = frozenset({Action.SIGN_IN, Action.SEE_SELF})
"""Of every account, whatever its roles."""
OPEN_TO_NOBODY = frozenset({Action.SIGN_IN})
FILTERED = frozenset({Action.SEE_HISTORY, Action.LISTEN, Action.DOWNLOAD, Action.SEE_REPORTS})
"""Narrowed by the filters of the account, except for what is one's own."""

Permission = tuple[Action, Scope]


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of an account, at a moment. None does not narrow."""

    id: int
    queues: frozenset[QueueId] | None = None
    reports: frozenset[str] | None = None
    since: datetime | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, with everything that decides what they may. Nobody is ``None`` wherever an actor is expected.

    ``people`` and ``queues`` are those of the actor's workplaces.
    """

    user: UserId
    roles: frozenset[str] = frozenset()
    """Keys of roles, for what is shown by role: fields of a client's card."""
    grants: frozenset[Permission] = frozenset()
    people: frozenset[UserId] = frozenset()
    queues: frozenset[QueueId] = frozenset()
    filters: tuple[Narrowing, ...] = ()

    @property
    def view(self) -> "Actor":
        """Whoever sees exactly the same of what is nobody's own: equal views may share one execution."""
        grants = frozenset(grant for grant in self.grants if grant[1] is not Scope.OWN)
        scopes = {scope for _, scope in grants}
        return Actor(
            user=0,
            roles=self.roles,
            grants=grants,
            people=self.people if Scope.GROUPS in scopes else frozenset(),
            queues=self.queues if Scope.QUEUES in scopes else frozenset(),
            filters=self.filters,
        )


class Contact(msgspec.Struct, frozen=True):
    """A contact as the policy sees it: all who have or had it, the queues it was in, when it came. ``message``: something
    left for whoever calls back, not anybody's conversation. Callbacks are seen so, too, by who is to call."""

    agents: frozenset[UserId]
    message: bool = False
    queues: frozenset[QueueId] = frozenset()
    at: datetime | None = None


class Person(msgspec.Struct, frozen=True):
    user: UserId


class Queue(msgspec.Struct, frozen=True):
    id: QueueId


class Report(msgspec.Struct, frozen=True):
    name: str


Subject = Contact | Person | Queue | Report


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one action may be done on: what row-level filters are made of. False when it is nothing."""

    everything: bool = False
    own: UserId | None = None
    people: frozenset[UserId] = frozenset()
    queues: frozenset[QueueId] = frozenset()
    filters: tuple[Narrowing, ...] = ()
    granted: bool = False
    """Whether the action is allowed at all, be it on nothing at the moment."""

    def __bool__(self) -> bool:
        return self.granted

    @property
    def unlimited(self) -> bool:
        return self.everything and not self.filters

    def person(self, user: UserId) -> bool:
        return self.everything or user == self.own or user in self.people

    def queue(self, queue: QueueId) -> bool:
        """As far as the scope goes; filters aside, which are about what was."""
        return self.everything or queue in self.queues

    def contact(self, contact: Contact) -> bool:
        if self.own is not None and self.own in contact.agents:
            return True
        within = self.everything or bool(contact.agents & self.people) or bool(contact.queues & self.queues)
        return within and (not self.filters or any(_passes(x, contact) for x in self.filters))

    def report(self, name: str) -> bool:
        return self.granted and (not self.filters or any(x.reports is None or name in x.reports for x in self.filters))

    def for_report(self, name: str) -> "Reach":
        """What the rows of one report are narrowed to: only the filters that name it count."""
        kept = tuple(x for x in self.filters if x.reports is None or name in x.reports)
        return msgspec.structs.replace(self, filters=kept) if kept or not self.filters else NOTHING

    def holds(self, subject: Subject) -> bool:
        match subject:
            case Contact():
                return self.contact(subject)
            case Person(user):
                return self.person(user)
            case Queue(queue):
                return self.queue(queue)
            case Report(name):
                return self.report(name)


NOTHING = Reach()


def _passes(filter: Narrowing, contact: Contact) -> bool:
    in_queue = filter.queues is None or bool(filter.queues & contact.queues)
    return in_queue and (filter.since is None or contact.at is None or contact.at >= filter.since)


def scopes_of(actor: Actor | None, action: Action) -> list[Scope]:
    """In force, in the order of SCOPES."""
    return [scope for scope in SCOPES[action] if actor is not None and (action, scope) in actor.grants]


def reach(actor: Actor | None, action: Action) -> Reach:
    """On what ``actor`` may do ``action``. False on nothing at all."""
    if actor is None:
        return Reach(everything=True, granted=True) if action in OPEN_TO_NOBODY else NOTHING
    if action in INHERENT:
        return Reach(everything=True, granted=True)
    scopes = scopes_of(actor, action)
    if not scopes:
        return NOTHING
    return Reach(
        everything=Scope.EVERYTHING in scopes,
        own=actor.user if Scope.OWN in scopes else None,
        people=actor.people if Scope.GROUPS in scopes else frozenset(),
        queues=actor.queues if Scope.QUEUES in scopes else frozenset(),
        filters=actor.filters if action in FILTERED else (),
        granted=True,
    )


def can(actor: Actor | None, action: Action, subject: Subject | None = None) -> bool:
    """Whether ``actor`` may do ``action``; on ``subject``, where one is given, otherwise on anything at all."""
    if action is Action.LISTEN and isinstance(subject, Contact) and subject.message:
        action = Action.SEE_CALLBACKS
    found = reach(actor, action)
    return bool(found) if subject is None else found.holds(subject)
