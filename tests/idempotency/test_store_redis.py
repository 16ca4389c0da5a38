"""What is particular to the Redis store: connections that are lost, servers that hang, restart, or lose keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import pytest

from app.idempotency import Row
from app.idempotency import redis as redis_store
from app.idempotency.redis import RedisStore
from app.storage import StoreError
from tests.support.redis_server import RedisServer
from tests.support.stores import TTL, in_loop


async def claim(store: RedisStore, owner: str = "first") -> Row | None:
    return await store.claim("key", b"fingerprint", owner, 30)


async def state(store: RedisStore) -> str | None:
    row = await store.read("key")
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
async def over_lossy_road(server: RedisServer) -> AsyncIterator[tuple[RedisStore, LossyRoad]]:
    road = LossyRoad(server.port)
    listener = await asyncio.start_server(road.serve, "127.0.0.1", 0)
    async with aclosing(RedisStore(f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}", ttl=TTL)) as store:
        await store.read("key")  # the connection stands, and so do its greetings
        try:
            yield store, road
        finally:
            await store.aclose()
            listener.close()
            await listener.wait_closed()


@in_loop
async def test_a_claim_whose_answer_was_lost_is_this_owners_all_the_same(redis_server: RedisServer) -> None:
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store, "warm")  # the script is known
        await store.free("key", "warm")
        road.loses_next_answer = True
        assert await claim(store) is None
        assert road.losses == 1
        assert await claim(store, "second") is not None
        assert await store.begin_sending("key", "first")


@in_loop
async def test_a_beginning_whose_answer_was_lost_does_not_count_as_won(redis_server: RedisServer) -> None:
    """Whoever hears nothing must not send, though the row says ``sending`` now; its owner can free it."""
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store)
        await store.begin_sending("key", "nobody")
        road.loses_next_answer = True
        with pytest.raises(StoreError):
            await store.begin_sending("key", "first")
        assert road.losses == 1
        assert await state(store) == "sending"
        await store.free("key", "first")
        assert await state(store) is None


@in_loop
async def test_an_outcome_whose_answer_was_lost_is_recorded(redis_server: RedisServer) -> None:
    async with over_lossy_road(redis_server) as (store, road):
        await claim(store)
        assert await store.begin_sending("key", "first")
        road.loses_next_answer = True
        await store.finish("key", "first", b"reply")
        assert road.losses == 1
        assert await state(store) == "done"


@in_loop
async def test_a_server_that_was_restarted_is_used_on_at_once(redis_server: RedisServer) -> None:
    """Old connections and loaded scripts are gone, the rows are not: what it had confirmed was on disk."""
    async with aclosing(RedisStore(redis_server.url, ttl=TTL)) as store:
        await asyncio.gather(*(store.read(f"{number}") for number in range(20)))
        await claim(store)
        assert await store.begin_sending("key", "first")
        redis_server.stop()
        with pytest.raises(StoreError):
            await store.finish("key", "first", b"reply")
        redis_server.start()
        rows = await asyncio.gather(*(store.read("key") for _ in range(30)))
        assert {row.state if row else None for row in rows} == {"sending"}
        assert await claim(store, "second") is not None
        await store.finish("key", "first", b"reply")
        assert await state(store) == "done"


@in_loop
async def test_a_server_that_hangs_is_given_up(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_store, "TIMEOUT", 0.2)
    async with aclosing(RedisStore(redis_server.url, ttl=TTL)) as store:
        await claim(store)
        redis_server.pause()
        try:
            outcomes = await asyncio.gather(claim(store, "second"), store.read("key"), return_exceptions=True)
        finally:
            redis_server.go_on()
        assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
        assert await state(store) == "claimed"


@in_loop
async def test_more_calls_than_connections_wait_their_turn(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_store, "CONNECTIONS", 2)
    async with aclosing(RedisStore(redis_server.url, ttl=TTL)) as store:
        rows = await asyncio.gather(*(claim(store, f"{number}") for number in range(200)))
        assert rows.count(None) == 1
        with redis_server.client() as client:
            connected = len(client.client_list()) - 1
        assert connected <= 2


@pytest.mark.parametrize(
    ("name", "unsafe", "safe"),
    [
        ("appendonly", "no", "yes"),
        ("appendfsync", "everysec", "always"),
        ("maxmemory-policy", "allkeys-lru", "noeviction"),
    ],
)
@in_loop
async def test_a_server_that_may_lose_keys_is_warned_of(
    redis_server: RedisServer, name: str, unsafe: str, safe: str
) -> None:
    async with aclosing(RedisStore(redis_server.url, ttl=TTL)) as store:
        with redis_server.client() as client:
            client.config_set(name, unsafe)
            try:
                (warning,) = await store.ping()
            finally:
                client.config_set(name, safe)
            assert f"{name} {unsafe}" in warning
            assert f"{name} {safe}" in warning
            assert await store.ping() == []


@in_loop
async def test_a_server_that_hides_its_settings_is_warned_of(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.acl_setuser("tenant", enabled=True, passwords=["+pass word"], keys=["*"], commands=["+@all", "-config"])
    async with aclosing(RedisStore(redis_server.url.replace("//", "//tenant:pass%20word@"), ttl=TTL)) as store:
        (warning,) = await store.ping()
        await claim(store)
        assert await store.begin_sending("key", "first")
        assert "appendfsync always" in warning


@in_loop
async def test_a_wrong_password_is_told_without_it(redis_server: RedisServer) -> None:
    async with aclosing(RedisStore(redis_server.url.replace("//", "//user:s3cret@"), ttl=TTL)) as store:
        with pytest.raises(StoreError) as raised:
            await store.ping()
        assert "s3cret" not in str(raised.value)


@in_loop
async def test_what_somebody_else_wrote_is_an_error_of_the_store(redis_server: RedisServer) -> None:
    async with aclosing(RedisStore(redis_server.url, ttl=TTL)) as store:
        with redis_server.client() as client:
            client.set(redis_store.PREFIX + "key", "no row")
            with pytest.raises(StoreError):
                await claim(store)
            client.delete(redis_store.PREFIX + "key")
            client.hset(redis_store.PREFIX + "key", "state", "claimed")
            with pytest.raises(StoreError):
                await claim(store)


@in_loop
async def test_a_row_leaves_the_server_after_its_time(redis_server: RedisServer) -> None:
    async with aclosing(RedisStore(redis_server.url, ttl=0.05)) as store:
        await claim(store)
        assert await store.begin_sending("key", "first")
        await asyncio.sleep(0.1)
        with redis_server.client() as client:
            assert cast("list[bytes]", client.keys("*")) == []
