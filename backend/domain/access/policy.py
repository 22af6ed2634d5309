"""Who may do what: one table, used by queries, mutations, subscriptions, REST and downloads alike."""

from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import UserId


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    WALLBOARD = "wallboard"


class Action(StrEnum):
    SIGN_IN = "sign_in"
    SEE_SELF = "see_self"
    CHANGE_OWN_ACCOUNT = "change_own_account"
    WORK = "work"
    """Presence, telephone, offers and calls of one's own."""
    CONTROL_CALLS = "control_calls"
    """Transfer, consult, confer, park one's own call; take a parked one."""
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
    """Who is free, busy or away: what one must know to transfer a call. No client, no reason of a break."""
    KEEP_FAVOURITES = "keep_favourites"
    """One's own first choices in the transfer panel."""
    SEE_BOARD = "see_board"
    SEE_FLOOR = "see_floor"
    SEE_CLIENTS = "see_clients"
    EDIT_CLIENTS = "edit_clients"
    SEE_SETTINGS = "see_settings"
    """Names of queues, categories and breaks: what every desk shows."""
    SEE_HISTORY = "see_history"
    ANNOTATE = "annotate"
    """Note and category of a contact."""
    LISTEN = "listen"
    """Play a recording, find it by its data, decide not to record one's own call."""
    DOWNLOAD = "download"
    """Take a recording out of the system."""
    KEEP_RECORDINGS = "keep_recordings"
    """Legal holds, and who heard what."""
    SEE_CALLBACKS = "see_callbacks"
    """Callbacks and missed calls: list, mark done."""
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
    SEE_LINE = "see_line"
    """Who waits in a queue, with place and expected wait."""


class Actor(msgspec.Struct, frozen=True):
    """Who asks. Nobody is ``None`` wherever an actor is expected."""

    user: UserId
    role: Role


class Contact(msgspec.Struct, frozen=True):
    """A contact as the policy sees it: whose it is, all who have or had it. ``message``: something left for whoever
    calls back, not anybody's conversation."""

    agents: frozenset[UserId]
    message: bool = False


EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
LEADERS = frozenset({Role.SUPERVISOR, Role.ADMIN})

TABLE: dict[Action, frozenset[Role]] = {
    Action.SIGN_IN: EVERYBODY,
    Action.SEE_SELF: EVERYBODY,
    Action.CHANGE_OWN_ACCOUNT: STAFF,
    Action.WORK: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Action.CONTROL_CALLS: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Action.DIAL: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Action.SUPERVISE: LEADERS,
    Action.MANAGE_AGENTS: LEADERS,
    Action.MANAGE_WAITING: LEADERS,
    Action.SEE_ALERTS: LEADERS,
    Action.EDIT_ALERTS: LEADERS,
    Action.EDIT_WALLBOARDS: LEADERS,
    Action.SEE_DESK: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Action.SEE_COLLEAGUES: STAFF,
    Action.KEEP_FAVOURITES: STAFF,
    Action.SEE_BOARD: EVERYBODY,
    Action.SEE_FLOOR: LEADERS,
    Action.SEE_CLIENTS: STAFF,
    Action.EDIT_CLIENTS: STAFF,
    Action.SEE_SETTINGS: STAFF,
    Action.SEE_HISTORY: STAFF,
    Action.ANNOTATE: STAFF,
    Action.LISTEN: STAFF,
    Action.DOWNLOAD: LEADERS,
    Action.KEEP_RECORDINGS: LEADERS,
    Action.SEE_CALLBACKS: STAFF,
    Action.EDIT_FLOWS: frozenset({Role.ADMIN}),
    Action.SWITCH_NOTICES: LEADERS,
    Action.EDIT_ROUTING: frozenset({Role.ADMIN}),
    Action.EDIT_BREAKS: LEADERS,
    Action.EDIT_CATEGORIES: LEADERS,
    Action.EDIT_CALL_SETTINGS: frozenset({Role.ADMIN}),
    Action.SEE_LINE: LEADERS,
}

OPEN_TO_NOBODY = frozenset({Action.SIGN_IN})
OWN_ONLY_FOR_AGENTS = frozenset({Action.SEE_HISTORY, Action.ANNOTATE, Action.LISTEN})


def can(actor: Actor | None, action: Action, subject: Contact | None = None) -> bool:
    """Whether ``actor`` may do ``action``, on ``subject`` where the right depends on whose it is."""
    if actor is None:
        return action in OPEN_TO_NOBODY
    if actor.role not in TABLE[action]:
        return False
    if subject is not None and subject.message and action is Action.LISTEN:
        return actor.role in TABLE[Action.SEE_CALLBACKS]
    if subject is not None and action in OWN_ONLY_FOR_AGENTS and actor.role is Role.AGENT:
        return actor.user in subject.agents
    return True
