"""The SQLite engine: its file, other processes that write, and what happens where the disk does not do its part."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from app.storage import StoreError, open_engine, sqlite
from app.storage.sqlite import SqliteEngine
from tests.support.stores import in_loop

SCHEMA = "CREATE TABLE IF NOT EXISTS notes (note TEXT);"


def opened(directory: Path) -> SqliteEngine:
    engine = SqliteEngine(directory / "s.db")
    engine.add_schema(SCHEMA)
    return engine


async def note(engine: SqliteEngine, text: str = "a note") -> None:
    await engine.run(lambda connection: connection.execute("INSERT INTO notes VALUES (?)", (text,)).rowcount)


async def notes(engine: SqliteEngine) -> int:
    """Return how many there are; this changes nothing."""
    count = await ask(engine, "SELECT count(*) FROM notes", writes=False)
    return int(count)


async def ask(engine: SqliteEngine, statement: str, *, writes: bool = True) -> Any:
    """Return the one value that a statement yields."""
    ((value,),) = await engine.run(lambda connection: connection.execute(statement).fetchall(), writes=writes)
    return value


def modes_in(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


def lines_about_the_store(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "store" in record.getMessage()]


@in_loop
async def test_every_change_is_flushed_to_the_disk_before_it_counts(tmp_path: Path) -> None:
    async with aclosing(opened(tmp_path)) as engine:
        modes = await ask(engine, "PRAGMA journal_mode"), await ask(engine, "PRAGMA synchronous")
        assert modes == ("wal", 2)  # 2: FULL


@in_loop
async def test_paths_are_taken_as_they_stand_when_the_engine_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three slashes and a relative path, four and an absolute one; missing directories are made."""
    monkeypatch.chdir(tmp_path)
    relative = open_engine("sqlite:///some/new/relative.db")
    absolute = open_engine(f"sqlite:///{tmp_path}/other/absolute.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for engine in (relative, absolute):
        await engine.check()
        await engine.aclose()
    assert (tmp_path / "some/new/relative.db").is_file()
    assert (tmp_path / "other/absolute.db").is_file()


@in_loop
async def test_only_the_owner_of_the_file_may_read_it(tmp_path: Path) -> None:
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        assert modes_in(tmp_path) == dict.fromkeys(("s.db", "s.db-wal", "s.db-shm"), 0o600)


@in_loop
async def test_calls_wait_for_another_process_that_is_writing(tmp_path: Path) -> None:
    async with aclosing(opened(tmp_path)) as engine:
        await engine.check()
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        calls = asyncio.gather(note(engine), engine.check())
        await asyncio.sleep(0.1)
        assert not calls.done()
        other.execute("COMMIT")
        other.close()
        await calls


@in_loop
async def test_another_process_that_never_ends_its_change_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await note(engine)
        assert await notes(engine) == 1  # readers need not wait
        other.execute("COMMIT")
        other.close()
        await note(engine)
        assert await notes(engine) == 2


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Let threads do something at the same time; with engines of their own they are processes to SQLite."""
    gate = threading.Barrier(number)
    outcomes: list[Any] = []

    def start(index: int) -> None:
        gate.wait()
        try:
            outcomes.append(asyncio.run(work(index)))
        except Exception as error:  # noqa: BLE001  # the test looks at it
            outcomes.append(error)

    threads = [threading.Thread(target=start, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    async def first_use(_: int) -> None:
        async with aclosing(opened(tmp_path)) as engine:
            await note(engine)

    assert at_once(8, first_use) == [None] * 8


def test_looking_after_the_store_fails_no_change_of_any_process(tmp_path: Path) -> None:
    """What is looked at is read to its end: an open look would make the next change of its connection fail."""

    async def work(index: int) -> None:
        async with aclosing(opened(tmp_path)) as engine:
            for number in range(40):
                # One after the other, and side by side.
                await engine.check()
                await asyncio.gather(note(engine), engine.check(), notes(engine), note(engine, f"{index} {number}"))

    assert at_once(4, work) == [None] * 4

    async def count() -> int:
        async with aclosing(opened(tmp_path)) as engine:
            return await notes(engine)

    assert asyncio.run(count()) == 4 * 40 * 2


@in_loop
async def test_a_file_that_is_no_database_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_bytes(b"something else entirely " * 1000)
    async with aclosing(opened(tmp_path)) as engine:
        with pytest.raises(StoreError):
            await note(engine)
        (tmp_path / "s.db").unlink()
        await note(engine)


@in_loop
async def test_a_job_that_fails_takes_nothing_with_it_but_its_own_transaction(tmp_path: Path) -> None:
    """A defect in one call reaches its caller, and the next call works."""
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        with pytest.raises(ZeroDivisionError):
            await engine.run(lambda _: 1 / 0)
        await note(engine)
        assert await notes(engine) == 2


@in_loop
async def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        await engine.aclose()
        with pytest.raises(StoreError, match="closed"):
            await notes(engine)


@in_loop
async def test_a_database_that_is_full_says_so_once_and_is_used_again_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        pages = await ask(engine, "PRAGMA page_count")
        await ask(engine, f"PRAGMA max_page_count = {pages}")
        for _ in range(3):
            with pytest.raises(StoreError, match="full"):
                # A connection that failed is replaced, and has no such bound.
                await engine.run(
                    lambda connection: (
                        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall(),
                        connection.execute("INSERT INTO notes VALUES (?)", ("x" * 100_000,)),
                    )
                )
            assert await notes(engine) == 1  # reading works, and is no sign that it is over
        assert lines_about_the_store(caplog) == ["the store does not work: database or disk is full"]
        await note(engine)
        assert await notes(engine) == 2


@pytest.mark.parametrize("comes", ["nothing", "another", "the same"])
@in_loop
async def test_a_file_that_is_removed_or_replaced_while_it_is_in_use_is_refused_until_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, comes: str
) -> None:
    """Other processes may still write to the old one, and keys in two files would be sent twice."""
    path = tmp_path / "s.db"
    async with aclosing(opened(tmp_path)) as engine:
        await note(engine)
        path.rename(tmp_path / "elsewhere")
        if comes == "another":
            with sqlite3.connect(path) as another:
                another.execute("CREATE TABLE notes (note TEXT)")
            another.close()
        for _ in range(3):
            with pytest.raises(StoreError, match="restart"):
                await note(engine)
            with pytest.raises(StoreError, match="restart"):
                await engine.check()
        if comes == "the same":
            (tmp_path / "elsewhere").rename(path)  # nobody can know that it was not changed meanwhile
            with pytest.raises(StoreError, match="restart"):
                await note(engine)
        assert len(lines_about_the_store(caplog)) == 1
    async with aclosing(opened(tmp_path)) as restarted:
        await note(restarted)
