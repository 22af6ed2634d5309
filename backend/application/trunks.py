"""Trunks: checked and saved as other settings are, and told to the bridges that use them."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from backend.application.administration import Administration, Answer, changed, read
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.trunks.model import BridgeNow, Passwords, Trunk, TrunkDraft, TrunkId
from backend.domain.trunks.rules import trunk_problems
from sip_bridge import contract as k


class TrunkStore(Protocol):
    async def save(self, id: TrunkId | None, trunk: Trunk, given: Passwords, actor: UserId) -> int:
        """Passwords of None stay as they are; those of a log-in that is no more are forgotten."""

    async def remove(self, id: TrunkId, actor: UserId) -> int: ...
    async def without_password(self) -> frozenset[TrunkId]:
        """Trunks of which a password should be there and is not: set up from files, or put back."""

    async def bridges(self) -> list[BridgeNow]:
        """What those that are connected have told."""


class Trunks:
    def __init__(self, administration: Administration, store: TrunkStore) -> None:
        self._administration = administration
        self._store = store

    @property
    def _known(self) -> Mapping[TrunkId, Trunk]:
        return self._administration.desk.settings.trunks

    def draft_of(self, id: TrunkId) -> TrunkDraft:
        """A trunk as it is, in the shape in which it is saved."""
        return TrunkDraft(**msgspec.structs.asdict(self._known[id]))

    async def without_password(self) -> frozenset[TrunkId]:
        return await self._store.without_password()

    async def bridges(self) -> list[BridgeNow]:
        return await self._store.bridges()

    async def save(self, id: TrunkId | None, given: Any, actor: UserId, base: Any = None) -> Answer:
        """Whether passwords are set is not for the editor to say."""
        draft = read(given, TrunkDraft)
        if isinstance(draft, list):
            return draft
        if id is not None and id not in self._known:
            return Refusal(RefusalCode.NOT_FOUND, "trunk")
        if id is not None and changed(base, self.draft_of(id)):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "trunk")
        passwords = Passwords(password=draft.password or None, inbound_password=draft.inbound_password or None)
        trunk = _kept(draft, self._known[id] if id is not None else None)
        others = [other for n, other in self._known.items() if n != id]
        return await self._administration.save(
            list(trunk_problems(trunk, others, passwords)),
            lambda: self._store.save(id, _with(trunk, passwords), passwords, actor),
        )

    async def remove(self, id: TrunkId, actor: UserId) -> Answer:
        """Calls that are up go on."""
        if id not in self._known:
            return Refusal(RefusalCode.NOT_FOUND, "trunk")
        return await self._administration.save([], lambda: self._store.remove(id, actor))


def _kept(draft: TrunkDraft, before: Trunk | None) -> Trunk:
    """What is kept of a draft, tidied; passwords set as they were."""
    values = {name: getattr(draft, name) for name in Trunk.__struct_fields__}
    for name in ("name", "host", "domain", "login", "inbound_login", "region"):
        values[name] = values[name].strip()
    for name in ("networks", "allowed_prefixes", "callers", "bridges"):
        values[name] = tuple(text.strip() for text in values[name])
    values["region"] = values["region"].upper()
    values["password_set"] = bool(values["login"]) and before is not None and before.password_set
    values["inbound_password_set"] = (
        bool(values["inbound_login"]) and before is not None and before.inbound_password_set
    )
    return Trunk(**values)


def _with(trunk: Trunk, given: Passwords) -> Trunk:
    return msgspec.structs.replace(
        trunk,
        password_set=trunk.password_set or given.password is not None,
        inbound_password_set=trunk.inbound_password_set or given.inbound_password is not None,
    )


def given_to(bridge: str, trunks: Iterable[tuple[Trunk, Passwords]]) -> k.UseTrunks:
    """What a bridge is told. While there is no trunk at all, it uses those of its own settings. A trunk that lacks a password
    is not used: without the peer's it would let in whoever sends from its network."""
    known = list(trunks)
    specs = tuple(
        spec_of(trunk, passwords) for trunk, passwords in known if trunk.is_of(bridge) and is_whole(trunk, passwords)
    )
    return k.UseTrunks(trunks=specs if known else None)


def is_whole(trunk: Trunk, passwords: Passwords) -> bool:
    return not (trunk.login and passwords.password is None) and not (
        trunk.inbound_login and passwords.inbound_password is None
    )


def spec_of(trunk: Trunk, passwords: Passwords) -> k.TrunkSpec:
    return k.TrunkSpec(
        name=trunk.name,
        host=trunk.host,
        port=trunk.port,
        transport=trunk.transport,
        networks=trunk.networks,
        credentials=_login(trunk.login, passwords.password),
        inbound=_login(trunk.inbound_login, passwords.inbound_password),
        register=trunk.register,
        register_expires=trunk.register_expires_s,
        domain=trunk.domain,
        allowed_prefixes=(trunk.allowed_prefixes or ("",)) if trunk.outgoing else (),
        callers=trunk.callers,
        calls=trunk.calls,
        rate=float(trunk.rate),
        ping_interval=float(trunk.ping_s),
        symmetric=trunk.symmetric,
        tcp_if_large=trunk.tcp_if_large,
        trusted=trunk.trusted,
        region=trunk.region,
        srtp=trunk.srtp,
    )


def _login(name: str, password: str | None) -> k.Login | None:
    return k.Login(name, password) if name and password is not None else None
