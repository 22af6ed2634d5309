"""Active Directory over LDAP (MS-ADTS), Samba's included.

A log-in is a bind with the user's own password. What is read is read with an account of the product's own, which needs no
right but that to read. Groups are ``tokenGroups``: all of them, also through others, as the controller itself counts them
(MS-ADTS 3.1.1.4.5.19); candidates for a synchronisation come by LDAP_MATCHING_RULE_IN_CHAIN.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import ldap3
from ldap3.protocol.formatters.formatters import format_sid
from ldap3.utils.conv import escape_filter_chars
from pydantic import SecretStr

from backend.adapters.directory.controllers import Controllers
from backend.application.directory import (
    Checked,
    Denied,
    DirectoryDown,
    FoundGroup,
    PasswordRefused,
    Trouble,
)
from backend.domain.access.directory import (
    Controller,
    DirectoryEntry,
    DirectorySettings,
    GroupRule,
    Inactive,
    controller_of,
)

T = TypeVar("T")
ATTRIBUTES = [
    "objectGUID", "sAMAccountName", "displayName", "givenName", "sn", "mail", "userAccountControl", "accountExpires",
]  # fmt: skip
PERSON = "(&(objectCategory=person)(objectClass=user)(sAMAccountName=*))"
IN_CHAIN = "1.2.840.113556.1.4.1941"
ACCOUNT_DISABLED = 0x2
NEVER = (0, 0x7FFFFFFFFFFFFFFF)
EPOCH_OFFSET_S = 11_644_473_600
PAGE = 500
THREADS = 4
SPARE_TRIES = 2
"""Left to the owner before the directory's own lock-out: a stranger's wrong passwords are not handed on beyond that."""
_DATA = re.compile(r"data ([0-9a-f]+)", re.I)
_DENIALS = {
    "525": Denied.WRONG, "52e": Denied.WRONG, "530": Denied.HOURS, "531": Denied.HOURS,
    "532": Denied.PASSWORD_EXPIRED, "533": Denied.DISABLED, "701": Denied.EXPIRED, "773": Denied.PASSWORD_EXPIRED,
    "775": Denied.LOCKED,
}  # fmt: skip


class ActiveDirectory:
    def __init__(self, settings: Callable[[], DirectorySettings], password: SecretStr | None, ca: Path | None) -> None:
        """``ca``: certificates of the authorities that sign those of the controllers; None: those of the system."""
        self._settings = settings
        self._password = password
        self._controllers = Controllers(ca)
        self._threads = ThreadPoolExecutor(THREADS, "directory")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    # ---- the port

    async def authenticate(self, login: str, password: str, *, guarded: bool) -> DirectoryEntry | Denied:
        """``guarded``: the attempt comes from where nobody knows this log-in; then it is not handed on when the account is
        about to be locked by wrong attempts, so that a stranger cannot lock it."""
        if not password or not _is_login(login):
            return Denied.WRONG  # a bind without a password is anonymous and always succeeds (RFC 4513 5.1.2)

        def do(controller: Controller) -> DirectoryEntry | Denied:
            s = self._settings()
            with self._reading(controller, s) as reading:
                row = next(self._search(reading, s.base, _by_login(login), ["badPwdCount"]), None)
                if guarded and row is not None and self._nearly_locked(reading, row, s):
                    return Denied.WRONG
                denied = self._bind(controller, f"{login}@{s.domain}", password, s)
                if denied is not None:
                    return denied
                entry = self._one(reading, s, _by_login(login))
            return entry if entry is not None else Denied.WRONG

        return await self._ask(do)

    async def entry(self, login: str) -> DirectoryEntry | None:
        if not _is_login(login):
            return None
        return await self._ask(lambda c: self._with(c, lambda r, s: self._one(r, s, _by_login(login))))

    async def entries(self, ids: list[str]) -> dict[str, DirectoryEntry]:
        """Those of the ids that are still there, without their groups."""

        def read(reading: ldap3.Connection, s: DirectorySettings) -> dict[str, DirectoryEntry]:
            found = {}
            for at in range(0, len(ids), 50):
                wanted = "".join(f"(objectGUID={_guid_filter(id)})" for id in ids[at : at + 50])
                for row in self._search(reading, s.base, f"(|{wanted})", ATTRIBUTES):
                    entry = _entry(row, frozenset())
                    found[entry.id] = entry
            return found

        return await self._ask(lambda c: self._with(c, read)) if ids else {}

    async def members(
        self, rules: tuple[GroupRule, ...], ids: list[str], read: Callable[[int], None]
    ) -> list[DirectoryEntry]:
        """Everybody whom a rule names, and everybody of ``ids``, with all their groups. ``read`` is told how many so far."""

        def all_of(reading: ldap3.Connection, s: DirectorySettings) -> list[DirectoryEntry]:
            rows: dict[str, dict] = {}
            for filter in [*self._rule_filters(reading, s, rules), *_id_filters(ids)]:
                for row in self._search(reading, s.base, filter, ATTRIBUTES):
                    rows[row["dn"]] = row
            found = []
            for row in rows.values():
                found.append(_entry(row, self._sids(reading, row["dn"])))
                read(len(found))
            return found

        return await self._ask(lambda c: self._with(c, all_of))

    async def groups(self, text: str) -> list[FoundGroup]:
        def find(reading: ldap3.Connection, s: DirectorySettings) -> list[FoundGroup]:
            part = escape_filter_chars(text.strip())
            rows = self._search(
                reading, s.base, f"(&(objectCategory=group)(cn=*{part}*))", ["cn", "objectSid"], most=50
            )
            return sorted((FoundGroup(_sid(row), _text(row, "cn"), row["dn"]) for row in rows), key=lambda g: g.name)

        return await self._ask(lambda c: self._with(c, find))

    async def change_password(self, login: str, old: str, new: str) -> PasswordRefused | None:
        """As its owner, who knows the old one, also when that is over. The directory's policy decides."""

        def do(controller: Controller) -> PasswordRefused | None:
            s = self._settings()
            if not _is_login(login) or '"' in old + new:
                return PasswordRefused()
            with self._reading(controller, s) as reading:
                row = next(self._search(reading, s.base, _by_login(login), []), None)
                if row is None:
                    return PasswordRefused(wrong_old=True)
                reading.modify(
                    row["dn"],
                    {
                        "unicodePwd": [
                            (ldap3.MODIFY_DELETE, [f'"{old}"'.encode("utf-16-le")]),
                            (ldap3.MODIFY_ADD, [f'"{new}"'.encode("utf-16-le")]),
                        ]
                    },
                )
                if reading.result["result"] == 0:
                    return None
                # ERROR_INVALID_PASSWORD (0x56) is the old one, everything else is about the new one.
                return PasswordRefused(wrong_old="00000056" in str(reading.result.get("message", "")))

        return await self._ask(do)

    async def check(self) -> list[Checked]:
        """Each controller alone, step by step."""
        s = self._settings()
        if not s.controllers or not s.domain or not s.bind_user or self._password is None:
            missing = [
                name
                for name, there in (
                    ("controllers", s.controllers),
                    ("domain", s.domain),
                    ("bind_user", s.bind_user),
                    ("KC_DIRECTORY_PASSWORD", self._password),
                )
                if not there
            ]
            return [Checked(host="", trouble=Trouble(Trouble.Kind.NOT_SET, "", ", ".join(missing)))]
        checks = [self._in_thread(self._check_one, c) for url in s.controllers if (c := controller_of(url))]
        return list(await asyncio.gather(*checks))

    def _check_one(self, controller: Controller) -> Checked:
        s, began = self._settings(), time.monotonic()
        try:
            with self._reading(controller, s) as reading:
                until = str((reading.socket.getpeercert() or {}).get("notAfter", ""))
                users = len(list(self._search(reading, s.base, PERSON, ["objectGUID"], most=1000)))
        except DirectoryDown as down:
            return Checked(host=controller.host, trouble=down.troubles[-1])
        took = round((time.monotonic() - began) * 1000)
        trouble = None if users else Trouble(Trouble.Kind.BASE, controller.host, s.base)
        return Checked(host=controller.host, trouble=trouble, milliseconds=took, users=users, certificate_until=until)

    # ---- threads and controllers

    async def _in_thread(self, do: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do, *arguments)

    async def _ask(self, do: Callable[[Controller], T]) -> T:
        s = self._settings()
        controllers = [c for url in s.controllers if (c := controller_of(url)) is not None]
        return await self._in_thread(self._controllers.ask, controllers, do)

    @contextmanager
    def _reading(self, controller: Controller, s: DirectorySettings) -> Iterator[ldap3.Connection]:
        """Bound as the account that reads. Raises DirectoryDown."""
        secret = self._password.get_secret_value() if self._password else ""
        if not secret or not s.bind_user:
            raise DirectoryDown(Trouble(Trouble.Kind.NOT_SET, controller.host, "KC_DIRECTORY_PASSWORD"))
        with self._controllers.connected(controller, s.timeout_s, s.bind_user, secret) as connection:
            if not connection.bind(read_server_info=False):
                detail = str(connection.result.get("message", ""))[:200]
                raise DirectoryDown(Trouble(Trouble.Kind.BIND, controller.host, detail))
            yield connection

    def _with(self, controller: Controller, do: Callable[[ldap3.Connection, DirectorySettings], T]) -> T:
        s = self._settings()
        with self._reading(controller, s) as reading:
            return do(reading, s)

    # ---- LDAP

    def _bind(self, controller: Controller, user: str, password: str, s: DirectorySettings) -> Denied | None:
        with self._controllers.connected(controller, s.timeout_s, user, password) as connection:
            if connection.bind(read_server_info=False):
                return None
            code = _DATA.search(str(connection.result.get("message", "")))
            return _DENIALS.get(code[1].lower(), Denied.WRONG) if code else Denied.WRONG

    def _search(
        self, reading: ldap3.Connection, base: str, filter: str, attributes: list[str], most: int = 0
    ) -> Iterator[dict]:
        """Rows as ``{dn, attributes, raw}``, page by page. A base that is not there finds nothing."""
        found = 0
        cookie: bytes | None = None
        while True:
            reading.search(base, filter, attributes=attributes or ["objectGUID"], paged_size=PAGE, paged_cookie=cookie)
            if reading.result["result"] not in (0, 4, 32):
                raise DirectoryDown(Trouble(Trouble.Kind.NO_ANSWER, reading.server.host, reading.result["description"]))
            for row in reading.response or ():
                if row.get("type") == "searchResEntry":
                    yield row
                    found += 1
                    if most and found >= most:
                        return
            controls = reading.result.get("controls") or {}
            cookie = controls.get("1.2.840.113556.1.4.319", {}).get("value", {}).get("cookie")
            if not cookie:
                return

    def _one(self, reading: ldap3.Connection, s: DirectorySettings, filter: str) -> DirectoryEntry | None:
        row = next(self._search(reading, s.base, filter, ATTRIBUTES), None)
        return _entry(row, self._sids(reading, row["dn"])) if row is not None else None

    def _sids(self, reading: ldap3.Connection, dn: str) -> frozenset[str]:
        reading.search(dn, "(objectClass=*)", search_scope=ldap3.BASE, attributes=["tokenGroups"])
        rows = [row for row in reading.response or () if row.get("type") == "searchResEntry"]
        return frozenset(format_sid(raw) for row in rows for raw in row["raw_attributes"].get("tokenGroups", ()))

    def _rule_filters(
        self, reading: ldap3.Connection, s: DirectorySettings, rules: tuple[GroupRule, ...]
    ) -> Iterator[str]:
        for rule in rules:
            group = next(self._search(reading, s.base, f"(objectSid={escape_filter_chars(rule.sid)})", ["cn"]), None)
            if group is not None:
                dn, rid = escape_filter_chars(group["dn"]), rule.sid.rpartition("-")[2]
                yield f"(&{PERSON}(|(memberOf:{IN_CHAIN}:={dn})(primaryGroupID={escape_filter_chars(rid)})))"

    def _nearly_locked(self, reading: ldap3.Connection, row: dict, s: DirectorySettings) -> bool:
        root = ",".join(f"DC={part}" for part in s.domain.split("."))
        reading.search(root, "(objectClass=*)", search_scope=ldap3.BASE, attributes=["lockoutThreshold"])
        rows = [r for r in reading.response or () if r.get("type") == "searchResEntry"]
        threshold = _number(rows[0], "lockoutThreshold") if rows else 0
        return threshold > 0 and _number(row, "badPwdCount") >= max(1, threshold - SPARE_TRIES)


def _is_login(login: str) -> bool:
    return bool(login) and len(login) <= 100 and not any(c in login for c in '"/\\[]:;|=,+*?<>@\x00')


def _by_login(login: str) -> str:
    return f"(&{PERSON}(sAMAccountName={escape_filter_chars(login)}))"


def _guid_filter(id: str) -> str:
    return "".join(f"\\{b:02x}" for b in uuid.UUID(id).bytes_le)


def _id_filters(ids: list[str]) -> Iterator[str]:
    for at in range(0, len(ids), 50):
        yield "(|" + "".join(f"(objectGUID={_guid_filter(id)})" for id in ids[at : at + 50]) + ")"


def _raw(row: dict, name: str) -> bytes:
    values = row["raw_attributes"].get(name) or [b""]
    return bytes(values[0])


def _text(row: dict, name: str) -> str:
    return _raw(row, name).decode("utf-8", "replace").strip()


def _number(row: dict, name: str) -> int:
    text = _text(row, name)
    return int(text) if text.lstrip("-").isdecimal() else 0


def _sid(row: dict) -> str:
    return str(format_sid(_raw(row, "objectSid")))


def _entry(row: dict, sids: frozenset[str]) -> DirectoryEntry:
    expires = _number(row, "accountExpires")
    inactive = None
    if _number(row, "userAccountControl") & ACCOUNT_DISABLED:
        inactive = Inactive.DISABLED
    elif expires not in NEVER and expires / 1e7 - EPOCH_OFFSET_S <= time.time():
        inactive = Inactive.EXPIRED
    login = _text(row, "sAMAccountName")
    name = _text(row, "displayName") or f"{_text(row, 'givenName')} {_text(row, 'sn')}".strip() or login
    return DirectoryEntry(
        id=str(uuid.UUID(bytes_le=_raw(row, "objectGUID"))),
        dn=row["dn"],
        login=login.lower(),
        name=name[:200],
        email=_text(row, "mail")[:200],
        sids=sids,
        inactive=inactive,
    )
