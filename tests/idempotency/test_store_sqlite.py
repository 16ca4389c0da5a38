"""What is particular to the SQLite store: its file, its clocks, and other processes that write."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.idempotency import open_store, sqlite
from app.idempotency.sqlite import Clocks, SqliteStore, read_clocks
from app.storage import StoreError
from tests.support.stores import TTL, in_loop

LONG = 2 * TTL
START = Clocks("a boot", 1_000_000, 1_800_000_000)


class Clock:
    """Clocks that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Clocks:
        return self.now


async def claim(store: SqliteStore, owner: str = "first", key: str = "key") -> str | None:
    row = await store.claim(key, b"fingerprint", owner, 30)
    return row.state if row else None


def modes_in(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


async def in_thread(store: SqliteStore, run: Callable[[sqlite3.Connection], Any]) -> Any:
    return await store._do(run)


@in_loop
async def test_every_change_is_flushed_to_the_disk_before_it_counts(tmp_path: Path) -> None:
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        mode = await in_thread(store, lambda connection: connection.execute("PRAGMA journal_mode").fetchone())
        flush = await in_thread(store, lambda connection: connection.execute("PRAGMA synchronous").fetchone())
        assert (mode, flush) == (("wal",), (2,))  # 2: FULL


@in_loop
async def test_paths_are_taken_as_they_stand_when_the_store_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three slashes and a relative path, four and an absolute one; missing directories are made."""
    monkeypatch.chdir(tmp_path)
    relative = open_store("sqlite:///some/new/relative.db", ttl=TTL)
    absolute = open_store(f"sqlite:///{tmp_path}/other/absolute.db", ttl=TTL)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for store in (relative, absolute):
        await store.ping()
        await store.aclose()
    assert (tmp_path / "some/new/relative.db").is_file()
    assert (tmp_path / "other/absolute.db").is_file()


@in_loop
async def test_only_the_owner_of_the_file_may_read_it(tmp_path: Path) -> None:
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        await claim(store)
        assert modes_in(tmp_path) == dict.fromkeys(("s.db", "s.db-wal", "s.db-shm"), 0o600)


@pytest.mark.parametrize("jump", [LONG, -LONG], ids=["forward", "back"])
@in_loop
async def test_a_wall_clock_that_jumps_makes_no_row_older_or_younger(tmp_path: Path, jump: float) -> None:
    clock = Clock()
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL, clocks=clock)) as store:
        assert await claim(store) is None
        assert await store.begin_sending("key", "first")
        clock.now = replace(clock.now, ticks=clock.now.ticks + 50, wall=clock.now.wall + jump)
        for number in range(10):
            assert await claim(store, key=f"{number}") is None  # claims also clear away what has expired
        row = await store.read("key")
        assert row is not None
        assert row.age == 50
        clock.now = replace(clock.now, ticks=clock.now.ticks + TTL)
        assert await store.read("key") is None


@in_loop
async def test_after_a_reboot_the_wall_clock_tells_the_age(tmp_path: Path) -> None:
    clock = Clock()
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL, clocks=clock)) as store:
        assert await claim(store) is None
        clock.now = Clocks("the next boot", 20, clock.now.wall + 100)
        row = await store.read("key")
        assert row is not None
        assert row.age == 100
        clock.now = Clocks("the next boot", 20, clock.now.wall - LONG)  # a machine without a battery for its clock
        row = await store.read("key")
        assert row is not None
        assert row.age == 0


def test_the_clocks_of_this_machine_go_forward() -> None:
    first, second = read_clocks(), read_clocks()
    assert first.boot == second.boot
    assert second.ticks >= first.ticks
    assert first.wall > 1_700_000_000


@in_loop
async def test_what_has_expired_leaves_the_file(tmp_path: Path) -> None:
    clock = Clock()
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL, clocks=clock)) as store:
        for number in range(300):
            await claim(store, key=f"{number}")
            clock.now = replace(clock.now, ticks=clock.now.ticks + TTL / 100, wall=clock.now.wall + TTL / 100)
        (rows,) = await in_thread(store, lambda connection: connection.execute("SELECT count(*) FROM keys").fetchone())
        assert rows <= 101


@in_loop
async def test_calls_wait_for_another_process_that_is_writing(tmp_path: Path) -> None:
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        await store.ping()
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        calls = asyncio.gather(claim(store, key="a"), claim(store, key="b"))
        await asyncio.sleep(0.1)
        assert not calls.done()
        other.execute("COMMIT")
        other.close()
        assert set(await calls) == {None}


@in_loop
async def test_another_process_that_never_ends_its_change_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        await claim(store)
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await store.begin_sending("key", "first")
        row = await store.read("key")  # readers need not wait
        assert row is not None
        assert row.state == "claimed"
        other.execute("COMMIT")
        other.close()
        assert await store.begin_sending("key", "first")


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Threads with stores of their own are as far apart as processes, to SQLite."""
    gate = threading.Barrier(8)
    outcomes: list[str | None] = []

    def start(number: int) -> None:
        async def first_use() -> str | None:
            async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
                return await claim(store, owner=f"{number}")

        gate.wait()
        outcomes.append(asyncio.run(first_use()))

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None"] + ["claimed"] * 7


@in_loop
async def test_a_file_that_is_no_database_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(b"something else entirely " * 1000)
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        with pytest.raises(StoreError):
            await claim(store)
        (tmp_path / "s.db").unlink()
        assert await claim(store) is None


@in_loop
async def test_a_change_that_fails_takes_nothing_with_it_but_its_own_transaction(tmp_path: Path) -> None:
    """A defect in one call reaches its caller, and the next call works."""
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        await claim(store)
        with pytest.raises(ZeroDivisionError):
            await in_thread(store, lambda _: 1 / 0)
        assert await store.begin_sending("key", "first")


@in_loop
async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with aclosing(SqliteStore(tmp_path / "s.db", ttl=TTL)) as store:
        await claim(store)
        await store.aclose()
        with pytest.raises(StoreError, match="closed"):
            await store.read("key")
