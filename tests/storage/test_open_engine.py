"""STORE_URL: which engine a URL names, and what is said where it names none."""

from contextlib import aclosing
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.idempotency import KeyName, open_keys
from app.storage import IN_MEMORY, open_engine
from app.storage.sqlite import SqliteEngine
from tests.support.stores import TTL, Place, in_loop


def any_file_in(directory: Path) -> bool:
    return any(directory.iterdir())


KEY = KeyName("key", "token", is_proven=True)


@in_loop
async def test_an_engine_is_opened_by_its_url(place: Place) -> None:
    async with aclosing(open_engine(place.url)) as engine, aclosing(open_engine(place.url)) as same:
        keys, same_keys = open_keys(engine, ttl=TTL), open_keys(same, ttl=TTL)
        assert await keys.claim(KEY, b"fingerprint", "owner", 30) is None
        assert await same_keys.claim(KEY, b"fingerprint", "another", 30) is not None


@in_loop
async def test_what_is_kept_in_memory_is_gone_with_its_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        async with aclosing(open_engine(IN_MEMORY)) as engine:
            keys = open_keys(engine, ttl=TTL)
            assert await keys.claim(KEY, b"fingerprint", "owner", 30) is None
            assert await keys.begin_sending(KEY, "owner")
            await keys.finish(KEY, "owner", b"reply")
            row = await keys.claim(KEY, b"fingerprint", "another", 30)
            assert row is not None
            assert (row.state, row.reply) == ("done", b"reply")
            assert await engine.check() == []
    assert not any_file_in(tmp_path)


@in_loop
async def test_a_job_that_fails_in_memory_loses_nothing() -> None:
    async with aclosing(SqliteEngine(None)) as engine:
        keys = open_keys(engine, ttl=TTL)
        assert await keys.claim(KEY, b"fingerprint", "owner", 30) is None
        with pytest.raises(ZeroDivisionError):
            await engine.run(lambda _: 1 / 0)
        assert await keys.begin_sending(KEY, "owner")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "connector.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite:///data/",
        "sqlite:///:memory:",
        "sqlite://data/connector.db",
        "sqlite:/data/connector.db",
        "sqlite:///data/connector.db?mode=memory",
        "sqlite:///data/connector.db#secret",
        "postgresql://user:secret@db.example/connector",
        "redis://",
        "redis:///0",
        "redis://user:secret@redis.example:port/0",
        "redis://user:sec#ret@redis.example/0",
        "redis://redis.example/name-secret",
        "redis://redis.example/0?decode_responses=true",
        "redis://redis.example/0?ssl_ca_certs=/secret",
        "rediss://redis.example/0?ssl_secret=1",
        "rediss://redis.example/0?ssl_cert_reqs=secret",
        "unix:///run/secret.sock",
        "redis://[::1/0",
    ],
)
def test_what_names_no_engine_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="STORE_URL") as raised:
        open_engine(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://h.example",
        "redis://u:p%23@h.example:6380/3",
        "rediss://h.example/0?ssl_cert_reqs=none",
        "redis://[::1]",
    ],
)
def test_a_redis_that_does_not_answer_yet_is_no_reason_not_to_start(url: str) -> None:
    assert open_engine(url)


def test_opening_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_engine("sqlite:///data/connector.db")
    assert list(tmp_path.iterdir()) == []
