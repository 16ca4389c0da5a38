"""What is particular to keys in a SQLite file: clocks that jump, reboots, and what has expired."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.idempotency import KeyName, Row
from app.idempotency.sqlite import SqliteKeys
from app.storage.clocks import Clocks
from app.storage.sqlite import SqliteEngine
from tests.support.stores import TTL, in_loop

LONG = 2 * TTL
START = Clocks("a boot", 1_000_000, 1_800_000_000)
KEY = KeyName("key", "token", is_proven=True)


class Clock:
    """Clocks that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Clocks:
        return self.now


@asynccontextmanager
async def keys_by(clock: Clock, directory: Path) -> AsyncIterator[tuple[SqliteKeys, SqliteEngine]]:
    async with aclosing(SqliteEngine(directory / "s.db")) as engine:
        yield SqliteKeys(engine, ttl=TTL, clocks=clock), engine


async def claim(keys: SqliteKeys, owner: str = "first", name: str = "key") -> str | None:
    row = await keys.claim(KEY._replace(name=name), b"fingerprint", owner, 30)
    return row.state if row else None


async def row_of(keys: SqliteKeys) -> Row:
    row = await keys.read(KEY)
    assert row is not None
    return row


@pytest.mark.parametrize("jump", [LONG, -LONG], ids=["forward", "back"])
@in_loop
async def test_a_wall_clock_that_jumps_makes_no_row_older_or_younger(tmp_path: Path, jump: float) -> None:
    clock = Clock()
    async with keys_by(clock, tmp_path) as (keys, _):
        assert await claim(keys) is None
        assert await keys.begin_sending(KEY, "first")
        clock.now = replace(clock.now, ticks=clock.now.ticks + 50, wall=clock.now.wall + jump)
        for number in range(10):
            assert await claim(keys, name=f"{number}") is None  # claims also clear away what has expired
        assert (await row_of(keys)).age == 50
        clock.now = replace(clock.now, ticks=clock.now.ticks + TTL)
        assert await keys.read(KEY) is None


@in_loop
async def test_after_a_reboot_the_wall_clock_tells_the_age(tmp_path: Path) -> None:
    clock = Clock()
    async with keys_by(clock, tmp_path) as (keys, _):
        assert await claim(keys) is None
        clock.now = Clocks("the next boot", 20, clock.now.wall + 100)
        assert (await row_of(keys)).age == 100
        clock.now = Clocks("the next boot", 20, clock.now.wall - LONG)  # a machine without a battery for its clock
        assert (await row_of(keys)).age == 0


@in_loop
async def test_what_has_expired_leaves_the_file(tmp_path: Path) -> None:
    clock = Clock()
    async with keys_by(clock, tmp_path) as (keys, engine):
        for number in range(300):
            await claim(keys, name=f"{number}")
            clock.now = replace(clock.now, ticks=clock.now.ticks + TTL / 100, wall=clock.now.wall + TTL / 100)
        counting = "SELECT count(*) FROM idempotency_keys"
        ((rows,),) = await engine.run(lambda connection: connection.execute(counting).fetchall(), writes=False)
        assert rows <= 101
