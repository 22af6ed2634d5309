"""Where this installation is: by the environment, or by the folder of ``make run``."""

import json
import os
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.adapters.postgres.embedded import EmbeddedPostgres
from backend.application.origin import Origin, begin
from backend.config import Config


class NotHere(Exception):
    """Nothing says where the installation is."""


class Here:
    """``owner_url`` is that of the tables' owner (KC_DATABASE_OWNER_URL); where none is given, the application's."""

    def __init__(self, var: Path) -> None:
        self.var = var
        begin(Origin("command line"))
        if "KC_DATABASE_URL" not in os.environ and (var / "secrets.json").exists():
            self._by_folder()

    def _by_folder(self) -> None:
        postgres = EmbeddedPostgres(self.var / "postgres")
        postgres.start()
        secrets = json.loads((self.var / "secrets.json").read_text())
        found = {
            "KC_DATABASE_URL": postgres.application_url(),
            "KC_DATABASE_OWNER_URL": postgres.url(),
            "KC_SECRET": secrets["secret"],
            "KC_LINK_TOKEN": secrets["link_token"],
            "KC_FILES": str(self.var / "files"),
            "KC_RECORDING_KEYS": str(self.var / "recording.keys"),
            "KC_AUDIT_FOLDER": str(self.var / "audit"),
        }
        for name, value in found.items():
            os.environ.setdefault(name, value)

    @cached_property
    def config(self) -> Config:
        """Raises NotHere."""
        try:
            return Config()  # type: ignore[call-arg]
        except ValidationError as error:
            fields = ", ".join(f"KC_{str(e['loc'][0]).upper()}" for e in error.errors())
            raise NotHere(f"there is no installation in {self.var} (--var), and not set: {fields}") from None

    @property
    def owner_url(self) -> str:
        return os.environ.get("KC_DATABASE_OWNER_URL") or self.config.database_url.get_secret_value()

    def engine(self, *, owner: bool = False) -> AsyncEngine:
        url = self.owner_url if owner else self.config.database_url.get_secret_value()
        return create_async_engine(url, hide_parameters=True)
