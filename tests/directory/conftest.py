import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import samba
from tests.support.api import Api
from tests.support.samba import Domain


@pytest.fixture(scope="session")
def domain() -> Iterator[Domain]:
    """A domain with one controller. Its absence fails the tests with the remedy."""
    if problem := samba.missing():
        raise AssertionError(problem)
    with Domain(Path(tempfile.mkdtemp(prefix="kc-test-ad-"))) as made:
        yield made


@pytest.fixture
def admin(domain):
    """Of the directory."""
    with domain.admin() as connection:
        yield connection


def settings(domain: Domain, *, controllers: tuple[int, ...] = (1,), **more: Any) -> dict[str, Any]:
    """Everybody of KC_Vsichni is an agent, of KC_Supervizori a supervisor, too."""
    return {
        "enabled": True,
        "controllers": [domain.url(n) for n in controllers],
        "domain": samba.DOMAIN,
        "bind_user": samba.READER,
        "timeout_s": 3,
        "sync_minutes": 1440,
        "windows": True,
        "rules": [
            {"sid": domain.sid("KC_Vsichni"), "name": "KC_Vsichni", "roles": ["agent"]},
            {"sid": domain.sid("KC_Supervizori"), "name": "KC_Supervizori", "roles": ["supervisor"]},
        ],
    } | more


@asynccontextmanager
async def joined(url: str, domain: Domain, server, given: dict | None = None, **options: Any) -> AsyncIterator[Api]:
    """The API with the directory set up by its administrator."""
    chosen = {
        "directory_password": samba.READER_PASSWORD,
        "directory_ca": domain.ca,
        "keytab": domain.keytab,
    } | options
    async with Api(url, **chosen) as api:
        async with api.client() as client:
            await client.sign_in("spravce", server.logins["spravce"].password)
            await save(client, given or settings(domain))
        yield api


async def save(client, directory: dict) -> None:
    answer = await client.run(
        "mutation($d: JSON!) { saveDirectory(directory: $d) { __typename ... on SettingRefused { problems { field } } } }",
        d=directory,
    )
    assert answer["saveDirectory"]["__typename"] == "SettingSaved", answer


@pytest.fixture
async def joined_api(database_url, domain, server):
    async with joined(database_url, domain, server) as api:
        yield api
