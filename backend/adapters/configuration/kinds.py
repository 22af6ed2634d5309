"""Which tables are configuration, and what each looks like as a document. A table that is in no list fails a test."""

from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Table

from backend.adapters.postgres import tables as t
from backend.application.settings import CallSettings
from backend.domain.access.directory import DirectorySettings, OpenIdSettings
from backend.domain.access.password_policy import PasswordPolicy
from backend.domain.access.policy import Action, Role, Scope
from backend.domain.access.rights import DataFilter
from backend.domain.agent.handset import EndpointKind
from backend.domain.alerts.limits import AlertSettings
from backend.domain.customer.fields import ClientSettings
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.working_time import Calendar
from backend.domain.labels.model import BreakKind
from backend.domain.metrics.service_level import Formula
from backend.domain.routing.entry import EntryRules
from backend.domain.routing.queue_options import QueueOptions
from backend.domain.trunks.model import Trunk
from backend.domain.wallboard.layout import Layout

Document = dict[str, Any]


class Child(msgspec.Struct, frozen=True):
    """Rows that belong to an object; a list in its document. ``owner``: the column that says whose they are."""

    field: str
    table: Table
    owner: str


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Objects of one table. ``fresh``: columns that a document does not have, as a new row gets them; ``skip``: those that are not
    configuration. ``secrets``: sealed, in no document; that one was set anew is told. ``json``: typed contents."""

    name: str
    table: Table
    key: str = "name"
    skip: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    fresh: dict[str, Any] = {}
    json: dict[str, Any] = {}
    children: tuple[Child, ...] = ()
    where: str = "TRUE"
    in_use: str | None = None
    """Whether an object is referred to by history (``:id``): then it is not removed."""

    @property
    def columns(self) -> list[str]:
        """Plain ones, references included, the key first."""
        hidden = {"id", *self.skip, *self.secrets, *self.fresh, *self.json, self.key}
        return [self.key, *(c.name for c in self.table.columns if c.name not in hidden)]


KINDS: tuple[Kind, ...] = (
    Kind(name="skills", table=t.table("skill")),
    Kind(name="locations", table=t.table("location")),
    Kind(name="calendars", table=t.table("calendar"), json={"body": Calendar}),
    Kind(name="roles", table=t.table("access_role"), json={"permissions": list[tuple[Action, Scope]]}),
    Kind(name="filters", table=t.table("access_filter"), json={"body": DataFilter}),
    Kind(name="wallboards", table=t.table("wallboard"), json={"body": Layout}),
    Kind(
        name="accounts",
        table=t.table("user_account"),
        key="login",
        skip=(
            "totp_secret",
            "totp_last_step",
            "created_at",
            "anonymised_at",
            "must_change_password",
            "password_changed_at",
            "locale",
        ),
        fresh={"password_hash": "!"},
        where="anonymised_at IS NULL",
        children=(
            Child("roles", t.table("user_role"), "user"),
            Child("grants", t.table("user_grant"), "user"),
            Child("filters", t.table("user_filter"), "user"),
            Child("skills", t.table("agent_skill"), "user"),
            Child("telephones", t.table("agent_telephone"), "user"),
        ),
        in_use="EXISTS (SELECT 1 FROM event WHERE actor = :id) OR EXISTS (SELECT 1 FROM segment WHERE agent = :id)",
    ),
    Kind(
        name="queues",
        table=t.table("queue"),
        json={"options": QueueOptions},
        children=(
            Child("skills", t.table("queue_skill"), "queue"),
            Child("members", t.table("agent_queue"), "queue"),
        ),
        in_use="EXISTS (SELECT 1 FROM queue_visit WHERE queue = :id) OR EXISTS (SELECT 1 FROM callback WHERE queue = :id)",
    ),
    Kind(
        name="groups",
        table=t.table("agent_group"),
        children=(
            Child("roles", t.table("group_role"), "group"),
            Child("queues", t.table("group_queue"), "group"),
            Child("filters", t.table("group_filter"), "group"),
            Child("members", t.table("agent_group_member"), "group"),
        ),
    ),
    Kind(name="breaks", table=t.table("break_type")),
    Kind(name="notices", table=t.table("notice"), skip=("on_since", "on_until", "switched_by")),
    Kind(name="prompts", table=t.table("prompt_audio"), key="key", skip=("author", "at")),
    Kind(
        name="lines",
        table=t.table("pbx_line"),
        key="number",
        skip=("state", "since", "expires_at", "change"),
    ),
    Kind(name="trunks", table=t.table("trunk"), secrets=("password", "inbound_password"), json={"body": Trunk}),
    Kind(name="settings", table=t.table("setting"), skip=("value",)),
)
"""In the order in which they can be made: columns point only at kinds before, contents (JSON) anywhere."""

WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("break_type", "kind"): BreakKind,
    ("queue", "formula"): Formula,
    ("agent_telephone", "kind"): EndpointKind,
    ("user_grant", "action"): Action,
    ("user_grant", "scope"): Scope,
    ("user_role", "role"): Role,
    ("group_role", "role"): Role,
}
"""Columns whose text is a word of a vocabulary."""

SETTINGS: dict[str, Any] = {
    "calls": CallSettings,
    "alerts": AlertSettings,
    "clients": ClientSettings,
    "directory": DirectorySettings,
    "openid": OpenIdSettings,
    "passwords": PasswordPolicy,
}
OTHERS = ("categories", "flows", "numbers")
"""Kinds that are more than rows of one table (``special``)."""
NAMES = (*(kind.name for kind in KINDS), *OTHERS)

SPECIAL_TABLES = frozenset({"category", "flow_version", "entry_point", "entry_rules"})
NOT_CONFIGURATION = {
    "event": "what happened",
    "audit": "what was asked",
    "audit_block": "the chain",
    "audit_pruned": "the chain",
    "interaction": "contacts",
    "queue_visit": "contacts",
    "segment": "contacts",
    "offer": "contacts",
    "outside_call": "contacts",
    "agent": "who works now",
    "note": "contacts",
    "recording": "contacts",
    "recording_access": "who heard what",
    "leg_quality": "contacts",
    "bridge": "machinery",
    "bridge_report": "machinery",
    "bridge_command": "machinery",
    "prompt": "texts to be spoken, made anew from the settings",
    "timer": "machinery",
    "lease": "machinery",
    "known_operation": "comes with the program",
    "idempotency": "machinery",
    "session": "who is signed in",
    "passkey": "a secret",
    "recovery_code": "a secret",
    "password_history": "a secret",
    "known_device": "who signed in",
    "sign_in_step": "who is signing in",
    "sign_in_failure": "who tried",
    "directory_sync": "what happened",
    "push_subscription": "each person's own",
    "push_note": "what is to be told",
    "push_cursor": "machinery",
    "favourite": "each person's own",
    "sign_in_attempt": "who tried",
    "settings_version": "machinery",
    "queue_turn": "machinery",
    "flow_draft": "not in force",
    "callback": "contacts",
    "missed_call": "contacts",
    "dictation": "codes, each good once",
    "alert": "what happened",
    "client": "clients",
    "client_version": "clients",
    "client_term": "clients, made from their fields",
    "client_word": "clients, made from their fields",
    "client_note": "clients",
    "client_distinct": "clients",
    "client_icis": "clients, what ICIS sent of them last",
    "icis_forgotten": "clients that ICIS must not bring back",
    "synchronisation": "what happened",
    "erasure": "clients",
    "client_sealing": "how far the settings of clients are carried out",
    "column_key": "secrets, wrapped",
}
"""Every other table, and why it is no configuration."""

FLOW, RULES = Flow, EntryRules
