"""The parts of one API process, how they hang together, and their life."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import HTTPConnection

from backend.adapters.audit.checkpoints import checkpoints_at
from backend.adapters.audit.journal import Journal, happened
from backend.adapters.audit.keys import Signer
from backend.adapters.audit.sealer import Sealer
from backend.adapters.audit.search import Trail
from backend.adapters.bell import Bell
from backend.adapters.bridge_link import BridgeLinks
from backend.adapters.configuration.store import Configuration
from backend.adapters.look_up import HttpLookUp
from backend.adapters.postgres import log as event_log
from backend.adapters.postgres.accounts import PostgresAccounts
from backend.adapters.postgres.administration import PostgresAdmin
from backend.adapters.postgres.alerts import PostgresAlerts
from backend.adapters.postgres.client_readers import ClientReaders
from backend.adapters.postgres.columns import Columns
from backend.adapters.postgres.connections import AT_ONCE, JOURNAL, SCREENS, SPARE, connections
from backend.adapters.postgres.favourites import Favourites
from backend.adapters.postgres.field_sealer import FieldSealer
from backend.adapters.postgres.figures import Figures
from backend.adapters.postgres.flows import PostgresFlows
from backend.adapters.postgres.labels import PostgresLabels
from backend.adapters.postgres.lines import PostgresLines
from backend.adapters.postgres.migrate import migrate, newest
from backend.adapters.postgres.notes import PostgresNotes
from backend.adapters.postgres.operations import KnownOperations
from backend.adapters.postgres.persons import PostgresPersons
from backend.adapters.postgres.readers import Readers
from backend.adapters.postgres.roles import is_protected
from backend.adapters.postgres.store import PostgresStore
from backend.adapters.postgres.synchronised_rows import PostgresSynchronisation
from backend.adapters.postgres.trunks import PostgresTrunks
from backend.adapters.postgres.wallboards import PostgresWallboards
from backend.adapters.recordings.archivist import Archivist
from backend.adapters.recordings.catalogue import Catalogue
from backend.adapters.recordings.dictations import SpokenNotices
from backend.adapters.recordings.keyring import Keyring
from backend.adapters.recordings.playback import Playback
from backend.adapters.recordings.vault import Vault
from backend.adapters.sign_in.passwords import hash_password
from backend.adapters.speech import Speech
from backend.adapters.web_push import WebPush
from backend.application.access import Access
from backend.application.accounts import AccountAdministration
from backend.application.administration import Administration
from backend.application.alert_pushes import AlertPushes
from backend.application.alerts import Alerts
from backend.application.bridge_reports import BridgeReports
from backend.application.calls import Calls
from backend.application.clients import Clients
from backend.application.desk import Desk, utc_now
from backend.application.destinations import QueuePicture
from backend.application.flows import Flows
from backend.application.labels import Labels
from backend.application.lines import Lines
from backend.application.look_ups import LookUps
from backend.application.notifier import Notifier
from backend.application.origin import Origin, begin
from backend.application.paperwork import Paperwork
from backend.application.person_data import PersonData
from backend.application.router import Router
from backend.application.settings import Settings
from backend.application.sign_in_ports import Session
from backend.application.sign_in_settings import SignInAdministration
from backend.application.softphone import Softphone
from backend.application.spoken_ahead import FALLBACK_TEXT, texts_ahead
from backend.application.staffing import Staffing
from backend.application.supervision import Supervision
from backend.application.switchboard import Switchboard
from backend.application.synchronisation import Synchronisation
from backend.application.timers import Timers
from backend.application.trunks import Trunks
from backend.application.voice import prompt_key
from backend.application.wallboards import Wallboards
from backend.config import Config
from backend.domain.access.policy import Action, Actor, can
from backend.domain.kernel.ids import QueueId
from backend.domain.lines.model import LineState
from backend.graphql.context import Context, Services
from backend.graphql.operations import Operations
from backend.projections.callbacks import CallbackBoard
from backend.projections.feed import Feed
from backend.projections.lines import LineBoard
from backend.signing_in import SigningIn
from sip_bridge.contract import Prompt
from sip_bridge.contract.frames import FallbackPlan

log = structlog.get_logger()

SETTINGS_POLL_S = 5.0
SETTINGS_PAUSE_S = 0.5
"""Settings saved elsewhere are looked for when the bell rings, at most this often."""
ENGAGED = (LineState.RINGING, LineState.BUSY)


class Application:
    """The parts of one API process and their life."""

    def __init__(self, config: Config) -> None:
        self.config = config
        url = config.database_url.get_secret_value()
        self.engine: AsyncEngine = connections(url, AT_ONCE + SPARE)
        self.screens: AsyncEngine = connections(url, SCREENS)
        self.journal_engine: AsyncEngine = connections(url, JOURNAL)
        keyring = Keyring(config.recording_keys)
        columns = Columns(keyring)
        self.store = PostgresStore(self.engine, columns)
        self.field_sealer = FieldSealer(self.engine, columns)
        self.bell = Bell(url.replace("postgresql+asyncpg://", "postgresql://"))
        self.settings: Settings | None = None
        self.desk = Desk(self.store, lambda: self._settings(), self.bell, figures=self._figures)
        self.admin = PostgresAdmin(self.engine)
        line_store = PostgresLines(self.engine, self.admin)
        self.trunk_store = PostgresTrunks(self.engine, self.admin, columns)
        self.feed = Feed(
            self._load,
            lambda cursor: event_log.read_log(self.engine, cursor),
            utc_now,
            LineBoard(line_store.changed_since),
            CallbackBoard(Readers(self.engine).open_callbacks),
        )
        self.router = Router(self.desk, engaged=self._engaged)
        self.look_ups = LookUps(self.desk, HttpLookUp(frozenset(config.lookup_hosts.split())))
        self.timers = Timers(self.desk, self.look_ups)
        self.links = BridgeLinks(self.engine)
        self.speech = Speech(config.prompts)
        self.readers = Readers(self.screens)
        self.catalogue = Catalogue(self.screens)
        vault = Vault.at(config.vault)
        self.playback = Playback(config.recordings, vault, keyring)
        self.archivist = Archivist(self.engine, config.recordings, vault, keyring, utc_now)
        self.journal = Journal(self.journal_engine)
        self.trail = Trail(self.screens)
        self.signer = Signer.of(config.audit)
        self.sealer = Sealer(
            self.engine,
            self.signer,
            checkpoints_at(config.audit_checkpoints, config.audit),
            timedelta(seconds=config.audit_seal_s),
        )
        persons = PostgresPersons(self.engine, columns)
        self.person_data = PersonData(self.desk, persons)
        synchronised = PostgresSynchronisation(self.screens, columns)
        self.synchronisation = Synchronisation(synchronised, lambda: self._settings().clients, utc_now)
        self.administration = Administration(self.desk, self.admin, self.reload_settings)
        self.switchboard = Switchboard(self.administration)
        self.flows = Flows(
            self.desk,
            PostgresFlows(self.engine, self.admin),
            self.administration,
            self.reload_settings,
            frozenset(config.lookup_hosts.split()),
        )
        self.alerts = Alerts(
            self.desk, PostgresAlerts(self.engine, self.admin), lambda: self.feed.live, self.bell, self.administration
        )
        self.spoken_notices = SpokenNotices(
            self.engine, config.prompts, self.catalogue, self.playback, self.flows.store, self.reload_settings, utc_now
        )
        self._settings_version = 0
        self._reloading = asyncio.Lock()
        self.reports = BridgeReports(self.desk)
        self.access = Access(self._settings, utc_now)
        self.operations = Operations(KnownOperations(self.screens), config.pwa, any_text=config.operations == "any")
        self.push = WebPush(config.vapid_key, config.push_contact, config.push_hosts, config.push_proxy)
        notes = PostgresNotes(self.engine)
        self.notifier = Notifier(self.desk, notes, self.push.deliver)
        self.alerts.tell(AlertPushes(self._settings, self.access.actor, notes.listeners, self.notifier).tell)
        self.signing_in = SigningIn(
            config, self.screens, self.store, self.admin, self.desk, self.access, self.reload_settings
        )
        self.accounts = self.signing_in.accounts
        supervision = Supervision(self.desk, self.admin, self.reload_settings)
        self.services = Services(
            desk=self.desk,
            feed=self.feed,
            softphone=Softphone(self.desk, config.default_bridge, self.links.answer),
            paperwork=Paperwork(self.desk),
            calls=Calls(self.desk, config.default_bridge),
            clients=Clients(self.desk, self.administration),
            client_readers=ClientReaders(self.screens, columns),
            synchronised=synchronised,
            icis_open=config.icis_token is not None,
            person_data=self.person_data,
            persons=persons,
            readers=self.readers,
            catalogue=self.catalogue,
            accounts=self.accounts,
            sign_in=self.signing_in.sign_in,
            sign_in_administration=SignInAdministration(self.administration, self.admin),
            factors=self.signing_in.factors,
            passkeys=self.signing_in.passkeys,
            directory=self.signing_in.directory,
            directory_sync=self.signing_in.sync,
            tickets=self.signing_in.tickets,
            openid=self.signing_in.openid,
            access=self.access,
            administration=self.administration,
            switchboard=self.switchboard,
            flows=self.flows,
            favourites=Favourites(self.screens),
            figures=Figures(self.screens),
            staffing=Staffing(self.desk, self.admin, self.reload_settings),
            supervision=supervision,
            account_administration=AccountAdministration(
                self.administration, PostgresAccounts(self.admin), supervision, _hash_password
            ),
            alerts=self.alerts,
            wallboards=Wallboards(self.administration, PostgresWallboards(self.admin)),
            handsets=self.reports.handsets,
            push=self.push,
            notes=notes,
            notifier=self.notifier,
            lines=Lines(self.desk, line_store, self.reload_settings),
            trunks=Trunks(self.administration, self.trunk_store),
            labels=Labels(self.administration, PostgresLabels(self.engine, self.admin)),
            journal=self.journal,
            trail=self.trail,
            configuration=Configuration(self.engine, self.admin, frozenset(config.lookup_hosts.split())),
            reload_settings=self.reload_settings,
        )
        self._tasks: list[asyncio.Task] = []

    def _settings(self) -> Settings:
        assert self.settings is not None
        return self.settings

    def _engaged(self, at: datetime) -> frozenset[str]:
        lines = self._settings().lines.values()
        return frozenset(line.number for line in lines if self.feed.lines.state(line.id, at)[0] in ENGAGED)

    def _figures(self, queue: QueueId, at: datetime) -> QueuePicture:
        """A queue at this moment, as this process's live picture has it."""
        now = self.feed.live.queue_now(queue)
        return QueuePicture(
            signed_in=now.signed_in,
            working=now.working,
            ready=now.ready,
            waiting=now.waiting,
            longest_wait_s=max(0.0, (at - now.longest_since).total_seconds()) if now.longest_since else 0.0,
            expected_wait_s=now.expected_wait.total_seconds() if now.expected_wait is not None else None,
            load=now.load,
        )

    async def _load(self, day_start):
        return await event_log.load_live(self.engine, self._settings(), day_start)

    async def start(self) -> None:
        await migrate(self.engine)
        self._settings_version = await self.admin.settings_version()
        self.settings = await self.store.settings()
        self.journal.start()
        await self.journal.note(happened("process.start", schema=newest()))
        async with self.engine.connect() as connection:
            if not await is_protected(connection):
                log.warning("audit_can_be_changed_by_this_role")
        await self.operations.start()
        await self.feed.start()
        await self.bell.start()
        for part in (self.feed, self.router, self.timers, self.links, self.spoken_notices, self.signing_in.sync):
            self.bell.listen(part.wake)
        self._tasks = [
            asyncio.create_task(_from(source, part), name=part.__qualname__)
            for source, part in (
                ("process", self.feed.run()),
                ("router", self.router.run()),
                ("timer", self.timers.run()),
                ("process", self.notifier.run()),
                ("process", self.archivist.run()),
                ("process", self.alerts.run()),
                ("process", self.person_data.run()),
                ("process", self.field_sealer.run()),
                ("process", self.sealer.run()),
                ("process", self.spoken_notices.run()),
                ("directory", self.signing_in.sync.run()),
                ("process", self.signing_in.forget()),
                ("process", self._watch_settings()),
                ("process", self._warm()),
            )
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.journal.post(happened("process.stop"))
        await self.journal.stop()
        await self.bell.stop()
        await self.push.close()
        self.signing_in.close()
        for engine in (self.engine, self.screens, self.journal_engine):
            await engine.dispose()

    async def reload_settings(self) -> None:
        """Put saved settings in force in this process; the bell tells the others. One after the other: who has read older
        ones must not put them in force after newer ones."""
        async with self._reloading:
            self._settings_version = await self.admin.settings_version()
            self.settings = await self.store.settings()
            await self.feed.reload()
        await self.links.tell_trunks()
        self.field_sealer.wake()
        self.bell.ring()

    async def _watch_settings(self) -> None:
        """Settings that another process has saved."""
        woken = asyncio.Event()
        self.bell.listen(woken.set)
        while True:
            try:
                async with asyncio.timeout(SETTINGS_POLL_S):
                    await woken.wait()
            except TimeoutError:
                pass
            woken.clear()
            try:
                if await self.admin.settings_version() != self._settings_version:
                    await self.reload_settings()
            except Exception:
                log.exception("settings_not_reloaded")
            await asyncio.sleep(SETTINGS_PAUSE_S)

    async def _warm(self) -> None:
        """Speak ahead what callers will hear, so that nobody waits for a voice."""
        for words in texts_ahead(self._settings()):
            try:
                await self.speech.ensure(prompt_key(" ".join(words.split())), words, ahead=True)
            except Exception:
                log.exception("speech_not_ready")

    async def fallback(self) -> FallbackPlan:
        return FallbackPlan(sources=(Prompt(prompt_key(FALLBACK_TEXT)),))

    # ---- who asks

    def address_of(self, connection: HTTPConnection) -> str:
        return self.signing_in.address_of(connection)

    async def actor_of(self, connection: HTTPConnection) -> Actor | None:
        user = await self.accounts.user(self.signing_in.token_of(connection))
        return self.access.actor(user) if user is not None else None

    def same_origin(self, connection: HTTPConnection) -> bool:
        """Browsers name the origin of a page; programs without one send none."""
        origin = connection.headers.get("origin")
        if origin is None:
            return True
        host = connection.headers.get("host", "")
        return origin in self.config.public_origins.split() or origin.split("://", 1)[-1] == host

    async def context(self, connection: HTTPConnection, response: Response | None) -> Context:
        token = self.signing_in.token_of(connection)
        user = await self.accounts.user(token)

        def set_session(session: Session | None) -> None:
            if response is not None:
                self.signing_in.put_session(response, session)

        async def still_valid() -> bool:
            """An open view is no use of a session, except where nobody ever touches the screen."""
            watched_only = user is not None and not can(self.access.actor(user), Action.CHANGE_OWN_ACCOUNT)
            return await self.accounts.user(token, used=watched_only) is not None

        return Context(
            self.services,
            user,
            visitor=self.signing_in.visitor_of(connection),
            token=token,
            set_session=set_session,
            still_valid=still_valid,
        )


async def _hash_password(password: str) -> str:
    return await asyncio.to_thread(hash_password, password)


async def _from(source: str, work: Coroutine[Any, Any, None]) -> None:
    """What the work sets off has this origin."""
    begin(Origin(source))
    await work
