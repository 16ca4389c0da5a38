"""Both kinds of store for tests that must hold for either, and a way to let time pass for what they keep."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from functools import wraps
from pathlib import Path
from typing import ParamSpec, Protocol, cast

import pytest

from app.idempotency import KeyStore, open_keys
from app.storage.redis import PREFIX, RedisEngine
from app.storage.sqlite import SqliteEngine
from tests.support.patience import PATIENCE
from tests.support.redis_server import RedisServer

TTL = 24 * 3600.0

P = ParamSpec("P")


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an async test in an event loop of its own.

    It is the standard library's: closing a thousand uvloop loops one after the other, as a test run does and a service
    does not, now and then never ends.
    """

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await test(*args, **kwargs)

        with asyncio.Runner() as runner:
            runner.run(bounded())

    return run


class Place(Protocol):
    """Where rows are kept: every store opened here sees the same ones, as processes of one service do."""

    @property
    def url(self) -> str:
        """The STORE_URL of this place."""

    def open(self) -> SqliteEngine | RedisEngine:
        """Return a new engine that must be closed."""

    def let_pass(self, seconds: float) -> None:
        """Make every row older by so many seconds; a negative number is a clock that was set back."""

    def contents(self) -> bytes:
        """Return every byte that is kept."""

    def break_down(self) -> None:
        """Make it unreachable for stores that have not been used yet."""

    def mend(self) -> None:
        """End that."""


class SqlitePlace:
    """A directory with a file that does not exist yet."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "data" / "connector.db"
        self.url = f"sqlite:///{self.path}"

    def open(self) -> SqliteEngine:
        return SqliteEngine(self.path)

    def let_pass(self, seconds: float) -> None:
        if not self.path.exists():
            return  # not used yet
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection, connection:
            for table, change in {
                "idempotency_keys": "ticks = ticks - :seconds, wall = wall - :seconds",
                "answers": "expires = expires - :seconds",
            }.items():
                if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                    connection.execute(f"UPDATE {table} SET {change}", {"seconds": seconds})  # noqa: S608  # ours

    def contents(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.path.parent.iterdir())

    def break_down(self) -> None:
        self.path.parent.write_text("a file where the directory should be")

    def mend(self) -> None:
        self.path.parent.unlink()


class RedisPlace:
    """A real server."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.url = server.url

    def open(self) -> RedisEngine:
        return RedisEngine(self.url)

    def let_pass(self, seconds: float) -> None:
        with self.server.client() as client:
            for name in cast("list[bytes]", client.keys(PREFIX + "key:*")):
                if client.type(name) == b"hash":
                    client.hincrbyfloat(name, "since", -seconds)
                client.pexpire(name, int(cast("int", client.pttl(name)) - seconds * 1000))
            for name in cast("list[bytes]", client.keys(PREFIX + "answer:*")):
                if (left := cast("int", client.pttl(name))) >= 0:
                    client.pexpire(name, int(left - seconds * 1000))

    def contents(self) -> bytes:
        with self.server.client() as client:
            names = cast("list[bytes]", client.keys("*"))
            hashes = [name for name in names if client.type(name) == b"hash"]
            rows = [cast("dict[bytes, bytes]", client.hgetall(name)) for name in hashes]
        return b"".join([*names, *(part for row in rows for pair in row.items() for part in pair)])

    def break_down(self) -> None:
        self.server.stop()

    def mend(self) -> None:
        self.server.start()


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of either kind."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path)
    return RedisPlace(request.getfixturevalue("redis_server"))


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[KeyStore]:
    """Open the keys of a place for a while."""
    async with aclosing(place.open()) as engine:
        yield open_keys(engine, ttl=TTL)
