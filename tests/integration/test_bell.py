"""The bell's connection: replaced once when it dies, never because of the one before it or because two asked at once."""

import asyncio

import asyncpg

from backend.adapters.bell import CHANNEL, PostgresBellBackend


async def test_killed_connection_is_replaced_once_and_rings_again(database_url, monkeypatch):
    dsn = database_url.replace("postgresql+asyncpg://", "postgresql://")
    opened = 0
    real = asyncpg.connect

    async def counted(*args, **options):
        nonlocal opened
        opened += 1
        return await real(*args, **options)

    monkeypatch.setattr("backend.adapters.bell.asyncpg.connect", counted)
    bell = PostgresBellBackend(dsn)
    await bell.connect()
    await bell.subscribe(CHANNEL)
    killer = await real(dsn)
    for _ in range(2):
        old = bell._connection
        pid = old.get_server_pid()
        await killer.execute("SELECT pg_terminate_backend($1)", pid)
        async with asyncio.timeout(5):
            await bell.next_published()  # said by the new connection: something may have been missed
        assert bell._connection is not old
    async with asyncio.timeout(5):
        await asyncio.gather(*(bell.publish(CHANNEL, "") for _ in range(50)))
        for _ in range(3):
            await bell.next_published()
    assert opened == 3
    await killer.close()
    await bell.disconnect()
