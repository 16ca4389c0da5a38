"""What is particular to keys in a Redis server: answers that get lost, servers that restart, rows that are none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import pytest

from app.idempotency import KeyName, Row
from app.idempotency.redis import RedisKeys
from app.storage import StoreError
from app.storage.redis import PREFIX, RedisEngine
from tests.support.redis_server import RedisServer
from tests.support.stores import TTL, in_loop

KEY = KeyName("key", "token", is_proven=True)


async def claim(store: RedisKeys, owner: str = "first") -> Row | None:
    return await store.claim(KEY, b"fingerprint", owner, 30)


async def state(store: RedisKeys) -> str | None:
    row = await store.read(KEY)
    return row.state if row else None


class LossyRoad:
    """A connection to the server that breaks before the answer to the next request comes back, when told so."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.loses_next_answer = False
        self.losses = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        with suppress(ConnectionError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
            while request := await reader.read(65536):
                to_server.write(request)
                answer = await from_server.read(65536)
                if self.loses_next_answer:
                    self.loses_next_answer = False
                    self.losses += 1
                    break
                writer.write(answer)
            to_server.close()
        writer.close()


@asynccontextmanager
async def over_lossy_road(server: RedisServer) -> AsyncIterator[tuple[RedisKeys, LossyRoad]]:
    road = LossyRoad(server.port)
    listener = await asyncio.start_server(road.serve, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with aclosing(RedisEngine(url)) as engine:
        store = RedisKeys(engine, ttl=TTL)
        await store.read(KEY)  # the connection stands, and so do its greetings
        try:
            yield store, road
        finally:
            await engine.aclose()
            listener.close()
            await listener.wait_closed()


@in_loop
async def test_a_claim_whose_answer_was_lost_is_this_owners_all_the_same(redis_server: RedisServer) -> None:
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store, "warm")  # the script is known
        await store.free(KEY, "warm")
        road.loses_next_answer = True
        assert await claim(store) is None
        assert road.losses == 1
        assert await claim(store, "second") is not None
        assert await store.begin_sending(KEY, "first")


@in_loop
async def test_a_beginning_whose_answer_was_lost_does_not_count_as_won(redis_server: RedisServer) -> None:
    """Whoever hears nothing must not send, though the row says ``sending`` now; its owner can free it."""
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store)
        await store.begin_sending(KEY, "nobody")
        road.loses_next_answer = True
        with pytest.raises(StoreError):
            await store.begin_sending(KEY, "first")
        assert road.losses == 1
        assert await state(store) == "sending"
        await store.free(KEY, "first")
        assert await state(store) is None


@in_loop
async def test_an_outcome_whose_answer_was_lost_is_recorded(redis_server: RedisServer) -> None:
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store)
        assert await store.begin_sending(KEY, "first")
        road.loses_next_answer = True
        await store.finish(KEY, "first", b"reply")
        assert road.losses == 1
        assert await state(store) == "done"


@in_loop
async def test_a_server_that_was_restarted_is_used_on_at_once(redis_server: RedisServer) -> None:
    """Old connections and loaded scripts are gone, the rows are not: what it had confirmed was on disk."""
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        store = RedisKeys(engine, ttl=TTL)
        await asyncio.gather(*(store.read(KEY._replace(name=f"{number}")) for number in range(20)))
        await claim(store)
        assert await store.begin_sending(KEY, "first")
        redis_server.stop()
        with pytest.raises(StoreError):
            await store.finish(KEY, "first", b"reply")
        redis_server.start()
        rows = await asyncio.gather(*(store.read(KEY) for _ in range(30)))
        assert {row.state if row else None for row in rows} == {"sending"}
        assert await claim(store, "second") is not None
        await store.finish(KEY, "first", b"reply")
        assert await state(store) == "done"


@in_loop
async def test_what_somebody_else_wrote_is_an_error_of_the_store(redis_server: RedisServer) -> None:
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        store = RedisKeys(engine, ttl=TTL)
        row = PREFIX + "key:{key}:token"
        with redis_server.client() as client:
            client.set(row, "no row")
            with pytest.raises(StoreError):
                await claim(store)
            client.delete(row)
            client.hset(row, "state", "claimed")
            with pytest.raises(StoreError):
                await claim(store)


@in_loop
async def test_a_row_leaves_the_server_after_its_time(redis_server: RedisServer) -> None:
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        store = RedisKeys(engine, ttl=0.05)
        await claim(store)
        assert await store.begin_sending(KEY, "first")
        await asyncio.sleep(0.1)
        with redis_server.client() as client:
            assert cast("list[bytes]", client.keys("*")) == []
