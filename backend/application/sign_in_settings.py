"""How people sign in, as administrators set it: the directory, the provider, the password policy. Checked whole, saved whole."""

from typing import Any, Protocol

import msgspec

from backend.application.administration import Administration, Answer, changed, read
from backend.domain.access.directory import DirectorySettings, OpenIdSettings, openid_problems, settings_problems
from backend.domain.access.password_policy import PasswordPolicy, policy_problems
from backend.domain.access.policy import Role
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.validation import Problem

Part = DirectorySettings | OpenIdSettings | PasswordPolicy
NAMES: dict[type, str] = {DirectorySettings: "directory", OpenIdSettings: "openid", PasswordPolicy: "passwords"}


class NamedSettings(Protocol):
    async def save_named(self, name: str, value: msgspec.Struct, actor: UserId) -> int: ...


class SignInAdministration:
    def __init__(self, administration: Administration, store: NamedSettings) -> None:
        self._administration = administration
        self._store = store

    async def save(self, kind: type, given: Any, actor: UserId, base: Any = None) -> Answer:
        """``base``: what the editor began with; refused when that is no longer what is in force."""
        value = read(given, kind)
        if isinstance(value, list):
            return value
        sign_in = self._administration.desk.settings.sign_in
        if changed(base, getattr(sign_in, NAMES[kind])):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, NAMES[kind])
        return await self._administration.save(
            self._problems(value), lambda: self._store.save_named(NAMES[kind], value, actor)
        )

    def _problems(self, value: Part) -> list[Problem]:
        settings = self._administration.desk.settings
        roles = frozenset(settings.access.roles) | {role.value for role in Role}
        groups = frozenset(settings.groups)
        match value:
            case DirectorySettings():
                return settings_problems(value, roles, groups)
            case OpenIdSettings():
                return openid_problems(value, roles, groups)
            case PasswordPolicy():
                return policy_problems(value)
