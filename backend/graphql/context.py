"""What every resolver is given: who asks, and the services of this process."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from strawberry.fastapi import BaseContext

from backend.adapters.accounts import Accounts
from backend.adapters.audit.journal import Journal
from backend.adapters.audit.search import Trail
from backend.adapters.configuration.store import Configuration
from backend.adapters.directory.kerberos import Kerberos
from backend.adapters.postgres.client_readers import ClientReaders
from backend.adapters.postgres.favourites import Favourites
from backend.adapters.postgres.figures import Figures
from backend.adapters.postgres.notes import PostgresNotes
from backend.adapters.postgres.persons import PostgresPersons
from backend.adapters.postgres.readers import Readers
from backend.adapters.postgres.synchronised_rows import PostgresSynchronisation
from backend.adapters.recordings.catalogue import Catalogue
from backend.adapters.sign_in.factors import SecondFactors
from backend.adapters.sign_in.openid import OpenId
from backend.adapters.sign_in.passkeys import Passkeys
from backend.adapters.web_push import WebPush
from backend.application.access import Access
from backend.application.accounts import AccountAdministration
from backend.application.administration import Administration
from backend.application.alerts import Alerts
from backend.application.calls import Calls
from backend.application.clients import Clients
from backend.application.desk import Desk
from backend.application.directory import Directory
from backend.application.directory_sync import DirectorySync
from backend.application.flows import Flows
from backend.application.handsets import Handsets
from backend.application.labels import Labels
from backend.application.lines import Lines
from backend.application.notifier import Notifier
from backend.application.paperwork import Paperwork
from backend.application.person_data import PersonData
from backend.application.sign_in import SignIn
from backend.application.sign_in_ports import Session, Visitor
from backend.application.sign_in_settings import SignInAdministration
from backend.application.softphone import Softphone
from backend.application.staffing import Staffing
from backend.application.supervision import Supervision
from backend.application.switchboard import Switchboard
from backend.application.trunks import Trunks
from backend.application.wallboards import Wallboards
from backend.domain.access.policy import Actor
from backend.domain.kernel.ids import UserId
from backend.projections.feed import Cursor, Feed, Watcher


class Services(msgspec.Struct, frozen=True, kw_only=True):
    desk: Desk
    feed: Feed
    softphone: Softphone
    paperwork: Paperwork
    calls: Calls
    clients: Clients
    client_readers: ClientReaders
    synchronised: PostgresSynchronisation
    icis_open: bool
    person_data: PersonData
    persons: PostgresPersons
    readers: Readers
    catalogue: Catalogue
    accounts: Accounts
    sign_in: SignIn
    sign_in_administration: SignInAdministration
    factors: SecondFactors
    passkeys: Passkeys
    directory: Directory
    directory_sync: DirectorySync
    tickets: Kerberos
    openid: OpenId
    access: Access
    account_administration: AccountAdministration
    administration: Administration
    switchboard: Switchboard
    favourites: Favourites
    flows: Flows
    figures: Figures
    staffing: Staffing
    supervision: Supervision
    alerts: Alerts
    wallboards: Wallboards
    lines: Lines
    trunks: Trunks
    labels: Labels
    handsets: Handsets
    journal: Journal
    trail: Trail
    push: WebPush
    notes: PostgresNotes
    notifier: Notifier
    configuration: Configuration
    reload_settings: Callable[[], Coroutine[Any, Any, None]]


class Context(BaseContext):
    """``first_frame_only`` and ``updates_only`` steer how a live subscription is executed (``backend.graphql.sharing``).

    ``actor`` is who asks as of this moment: rights that change count at once, also on a socket that stays open.
    """

    def __init__(
        self,
        services: Services,
        signed_in: UserId | None,
        *,
        visitor: Visitor,
        token: str | None,
        set_session: Callable[[Session | None], None],
        still_valid: Callable[[], Coroutine[Any, Any, bool]],
    ) -> None:
        super().__init__()
        self.services = services
        self.signed_in = signed_in
        self.acts_as: Actor | None = None
        """Instead of who is signed in: of an execution that several share."""
        self.visitor = visitor
        self.token = token
        self.set_session = set_session
        self.still_valid = still_valid
        self.first_frame_only = False
        self.updates_only: Watcher | None = None
        """Set for a shared execution: the watcher that began before any of its subscribers got a picture."""
        self.pictured: Cursor | None = None
        """How far the live picture was when the subscription's last frame was made of it."""

    @property
    def address(self) -> str:
        return self.visitor.address

    @property
    def actor(self) -> Actor | None:
        if self.acts_as is not None:
            return self.acts_as
        return self.services.access.actor(self.signed_in) if self.signed_in is not None else None

    @property
    def asking(self) -> Actor:
        """Of a field whose permission has been checked: somebody is there."""
        assert self.actor is not None
        return self.actor

    @property
    def user(self) -> UserId:
        return self.asking.user
