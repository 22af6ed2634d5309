"""Connections to domain controllers: always by TLS with the certificate checked, the first one that answers, with time limits.

Everything here blocks; ``ActiveDirectory`` calls it in threads of its own.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import ldap3
import structlog
from ldap3.core import exceptions as e

from backend.application.directory import DirectoryDown, Trouble
from backend.domain.access.directory import Controller

log = structlog.get_logger()
T = TypeVar("T")

SHUNNED_S = 20.0
"""A controller that did not answer is asked last for so long; then it has its place again."""


class StrictTls(ldap3.Tls):
    """TLS 1.2 or newer; certificate and name are checked by Python's own rules, not by ldap3's."""

    def __init__(self, ca: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._ca = ca

    def wrap_socket(self, connection, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)


class Controllers:
    """Thread-safe. Which controllers are shunned is known to this process only: it is no truth, just experience."""

    def __init__(self, ca: Path | None) -> None:
        self._ca = ca
        self._shunned: dict[Controller, float] = {}
        self._lock = threading.Lock()

    def ask(self, controllers: list[Controller], do: Callable[[Controller], T]) -> T:
        """``do`` at the first controller that answers. Raises DirectoryDown with the troubles of all of them."""
        troubles: list[Trouble] = []
        for controller in self._in_order(controllers):
            try:
                found = do(controller)
            except DirectoryDown as down:
                troubles += down.troubles
                with self._lock:
                    self._shunned[controller] = time.monotonic() + SHUNNED_S
                log.warning("domain_controller_failed", host=controller.host, trouble=down.troubles[-1].kind.value)
                continue
            with self._lock:
                self._shunned.pop(controller, None)
            return found
        raise DirectoryDown(*troubles)

    def _in_order(self, controllers: list[Controller]) -> list[Controller]:
        now = time.monotonic()
        with self._lock:
            return sorted(controllers, key=lambda c: self._shunned.get(c, 0.0) > now)

    @contextmanager
    def connected(
        self, controller: Controller, timeout_s: float, user: str = "", password: str = ""
    ) -> Iterator[ldap3.Connection]:
        """A connection, not bound yet. Raises DirectoryDown when it breaks, also in the middle."""
        Kind = Trouble.Kind
        tls = StrictTls(self._ca)
        server = ldap3.Server(
            controller.host,
            controller.port,
            use_ssl=controller.tls,
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=timeout_s,
        )
        connection = ldap3.Connection(
            server,
            user or None,
            password or None,
            authentication=ldap3.SIMPLE if user else ldap3.ANONYMOUS,
            receive_timeout=timeout_s,
            auto_referrals=False,
            raise_exceptions=False,
            check_names=False,
        )
        try:
            self._open(connection, controller)
            yield connection
        except DirectoryDown:
            raise
        except (
            e.LDAPCommunicationError,
            e.LDAPResponseTimeoutError,
            e.LDAPSessionTerminatedByServerError,
            OSError,
        ) as broken:
            raise DirectoryDown(Trouble(Kind.NO_ANSWER, controller.host, str(broken)[:300])) from broken
        finally:
            try:
                connection.unbind()
            except Exception as error:
                log.debug("unbind_failed", error=str(error)[:200])

    def _open(self, connection: ldap3.Connection, controller: Controller) -> None:
        Kind = Trouble.Kind
        try:
            socket.getaddrinfo(controller.host, controller.port, type=socket.SOCK_STREAM)
        except OSError as unknown:
            raise DirectoryDown(Trouble(Kind.NAME, controller.host, str(unknown))) from unknown
        try:
            connection.open(read_server_info=False)
            if not controller.tls:
                connection.start_tls(read_server_info=False)
        except (e.LDAPException, OSError) as failed:
            text = str(failed)
            kind = (
                Kind.CERTIFICATE
                if _of_certificate(failed)
                else Kind.TLS
                if "ssl" in text.lower() or "tls" in text.lower()
                else Kind.NO_ANSWER
            )
            raise DirectoryDown(Trouble(kind, controller.host, text[:300])) from failed


def _of_certificate(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, ssl.SSLCertVerificationError) or "certificate" in text
