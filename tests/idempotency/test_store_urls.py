"""STORE_URL: which store a URL names, and what is said where it names none."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.idempotency import open_store
from tests.support.stores import TTL, Place, in_loop


@in_loop
async def test_a_store_is_opened_by_its_url(place: Place) -> None:
    store, same = open_store(place.url, ttl=TTL), open_store(place.url, ttl=TTL)
    assert await store.claim("key", b"fingerprint", "owner", 30) is None
    assert await same.claim("key", b"fingerprint", "another", 30) is not None
    await store.aclose()
    await same.aclose()


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
def test_what_names_no_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="STORE_URL") as raised:
        open_store(url, ttl=TTL)
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
    assert open_store(url, ttl=TTL)


def test_opening_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///data/connector.db", ttl=TTL)
    assert list(tmp_path.iterdir()) == []
