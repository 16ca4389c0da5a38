"""The Redis engine: servers that hang, restart, refuse, or may lose what they confirmed."""

import asyncio
from contextlib import aclosing
from typing import cast

import pytest

from app.storage import StoreError
from app.storage import redis as redis_engine
from app.storage.redis import PREFIX, RedisEngine
from tests.support.redis_server import RedisServer
from tests.support.stores import in_loop

COUNT = "return redis.call('INCR', KEYS[1])"
LOOK = "return redis.call('GET', KEYS[1])"


def lines_about_the_store(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "store" in record.getMessage()]


@in_loop
async def test_a_server_that_was_restarted_is_used_on_at_once(redis_server: RedisServer) -> None:
    """Old connections and loaded scripts are gone, what it had confirmed was on disk."""
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        await asyncio.gather(*(engine.run(COUNT, ["number"]) for _ in range(20)))
        redis_server.stop()
        with pytest.raises(StoreError):
            await engine.run(COUNT, ["number"])
        redis_server.start()
        seen = await asyncio.gather(*(engine.run(LOOK, ["number"]) for _ in range(30)))
        assert set(seen) == {b"20"}
        assert await engine.run(COUNT, ["number"]) == 21


@in_loop
async def test_a_server_that_hangs_is_given_up(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_engine, "TIMEOUT", 0.2)
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        await engine.run(COUNT, ["number"])
        redis_server.pause()
        try:
            outcomes = await asyncio.gather(
                engine.run(COUNT, ["number"]), engine.run(LOOK, ["number"]), engine.check(), return_exceptions=True
            )
        finally:
            redis_server.go_on()
        assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
        assert await engine.check() == []


@in_loop
async def test_more_calls_than_connections_wait_their_turn(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_engine, "CONNECTIONS", 2)
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        numbers = await asyncio.gather(*(engine.run(COUNT, ["number"]) for _ in range(200)))
        assert sorted(numbers) == list(range(1, 201))
        with redis_server.client() as client:
            connected = len(client.client_list()) - 1
        assert connected <= 2


@in_loop
async def test_all_names_begin_with_ours(redis_server: RedisServer) -> None:
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        await engine.run(COUNT, ["number"])
        await engine.check()
        with redis_server.client() as client:
            names = cast("list[bytes]", client.keys("*"))
            assert all(name.startswith(PREFIX.encode()) for name in names)
            assert client.pttl(PREFIX + "check") > 0


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
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        with redis_server.client() as client:
            client.config_set(name, unsafe)
            try:
                (warning,) = await engine.check()
            finally:
                client.config_set(name, safe)
            assert f"{name} {unsafe}" in warning
            assert f"{name} {safe}" in warning
            assert await engine.check() == []


@in_loop
async def test_a_server_that_hides_its_settings_is_warned_of(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.acl_setuser("tenant", enabled=True, passwords=["+pass word"], keys=["*"], commands=["+@all", "-config"])
    async with aclosing(RedisEngine(redis_server.url.replace("//", "//tenant:pass%20word@"))) as engine:
        (warning,) = await engine.check()
        assert await engine.run(COUNT, ["number"]) == 1
        assert "appendfsync always" in warning


@in_loop
async def test_a_wrong_password_is_told_once_and_without_it(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(RedisEngine(redis_server.url.replace("//", "//user:s3cret@"))) as engine:
        for _ in range(3):
            with pytest.raises(StoreError, match="username-password pair") as raised:
                await engine.check()
            with pytest.raises(StoreError):
                await engine.run(COUNT, ["number"])
            assert "s3cret" not in str(raised.value)
    (line,) = lines_about_the_store(caplog)
    assert "username-password pair" in line
    assert "s3cret" not in line


@in_loop
async def test_a_server_that_takes_no_changes_does_not_work_though_it_can_be_read(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(RedisEngine(redis_server.url)) as engine:
        await engine.run(COUNT, ["number"])
        with redis_server.client() as client:
            client.config_set("maxmemory", "1")
            try:
                for _ in range(3):
                    assert await engine.run(LOOK, ["number"]) == b"1"
                    with pytest.raises(StoreError, match="maxmemory"):
                        await engine.check()
            finally:
                client.config_set("maxmemory", "0")
        assert len(lines_about_the_store(caplog)) == 1
        assert await engine.check() == []


@in_loop
async def test_a_server_that_repeats_the_password_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    """Redis says with which words a command was called that it does not know, and AUTH can be switched off."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(b"-ERR unknown command 'AUTH', with args beginning with: 'user' 's3cret'\r\n")
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, aclosing(RedisEngine(f"redis://user:s3cret@127.0.0.1:{port}")) as engine:
        with pytest.raises(StoreError, match="unknown command") as raised:
            await engine.check()
        await engine.aclose()
    assert "s3cret" not in f"{raised.value} {lines_about_the_store(caplog)}"
