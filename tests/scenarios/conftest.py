import pytest_asyncio

from tests.scenarios.test_routing import Admin


@pytest_asyncio.fixture
async def admin(api, server):
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        yield Admin(client)
