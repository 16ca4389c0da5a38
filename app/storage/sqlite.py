"""SQLite in a file on a local disk, shared by the processes of one machine.

Built to survive ``kill -9`` and a loss of power: write-ahead log, ``synchronous=FULL``, every change inside
``BEGIN IMMEDIATE``. All access is from one thread, off the event loop. Jobs that wait while it is busy share
one transaction, and so one flush to the disk: many changes at a time cost little more than one.
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.storage import StoreError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""

_SCHEMA = "CREATE TABLE IF NOT EXISTS storage_check (number INTEGER PRIMARY KEY);"
_CHECK = "INSERT OR REPLACE INTO storage_check (number) VALUES (1)"

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[sqlite3.Connection], Any]
    writes: bool
    done: "Future[Any]"


class SqliteEngine:
    """Runs jobs in a file; it and its directory are made when they are first used.

    A job reads every statement to its end: a cursor left open keeps its snapshot, and the next change of that
    connection would fail as busy at once.

    Args:
        path: the file; None for memory.

    Attributes:
        path: the same.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._schemas = [_SCHEMA]
        self._jobs: deque[_Job] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._is_lost = False
        self._last_trouble = ""

    def add_schema(self, statements: str) -> None:
        """Have tables made when the file is opened. Before the first job; ``CREATE … IF NOT EXISTS`` only."""
        self._schemas.append(statements)

    async def run(self, job: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        """Run a job in a transaction, which is on the disk when this returns.

        Args:
            job: what is done; it may share its transaction with others, and must not end it.
            writes: it changes something.

        Raises:
            StoreError: nothing was changed, or it is not known.
        """
        entry = _Job(job, writes, Future())
        self._jobs.append(entry)
        try:
            self._thread.submit(self._run_waiting)
        except RuntimeError:
            raise StoreError("the store is closed") from None
        result: T = await asyncio.wrap_future(entry.done)
        return result

    async def check(self) -> list[str]:
        """Change something, which a disk that is full or read-only refuses; return what makes the store less safe.

        Raises:
            StoreError: it does not work.
        """
        await self.run(lambda connection: connection.execute(_CHECK).rowcount)
        return []

    async def aclose(self) -> None:
        """Let go of the file."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._disconnect)
        # The thread must be gone, and the loop's own executor joins what waits for it: uvloop never closes a
        # loop that a thread is just waking up.
        await asyncio.to_thread(self._thread.shutdown)

    # Everything below runs in the thread.

    def _run_waiting(self) -> None:
        jobs = []
        while self._jobs:
            job = self._jobs.popleft()
            if job.done.set_running_or_notify_cancel():
                jobs.append(job)
        if not jobs:
            return  # an earlier run took them along
        try:
            results = self._run_in_transaction(jobs)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._recover(error)
            self._tell(error)
            for job in jobs:
                job.done.set_exception(StoreError(f"{self.path}: {error}"))
        except BaseException as error:  # noqa: BLE001  # a defect must reach the callers, who wait in another thread
            self._recover(error)
            for job in jobs:
                job.done.set_exception(error)
        else:
            for job, result in zip(jobs, results, strict=True):
                job.done.set_result(result)

    def _run_in_transaction(self, jobs: list[_Job]) -> list[Any]:
        self._check_identity()
        connection = self._connection = self._connection or self._connect()
        writes = any(job.writes for job in jobs)
        connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        results = [job.run(connection) for job in jobs]
        connection.execute("COMMIT")
        if writes:  # what can still be read says nothing about a disk that is full
            self._last_trouble = ""
        return results

    def _check_identity(self) -> None:
        """Refuse a file that is not the one that was opened: another process may still write to that one."""
        if self.path is None or self._identity is None:
            return
        try:
            found = os.stat(self.path)  # noqa: PTH116  # a third of the time of Path.stat, before every transaction
        except FileNotFoundError:
            self._is_lost = True
        else:
            # For good: once the old file is closed, a new one may well get its number.
            self._is_lost = self._is_lost or (found.st_dev, found.st_ino) != self._identity
        if self._is_lost:
            raise StoreError("the file was removed or replaced while it was in use; restart every process that uses it")

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:
            connection = sqlite3.connect(":memory:", isolation_level=None)
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None)
        try:
            if self.path is not None:
                self._switch_to_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN IMMEDIATE; {' '.join(self._schemas)} COMMIT")
        except BaseException:
            connection.close()
            raise
        if self.path is not None:
            made = self.path.stat()
            self._identity = made.st_dev, made.st_ino
        return connection

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        # While several processes start at once the switch fails as "locked" without waiting its turn.
        give_up = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
            except sqlite3.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    def _recover(self, error: BaseException) -> None:
        """Begin anew with the next job, whatever was wrong with this one."""
        is_busy = isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        if not is_busy and self.path is not None:
            self._disconnect()
        elif self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _tell(self, error: BaseException) -> None:
        """Write one line for each new kind of trouble, not one for each job that it fails."""
        if str(error) != self._last_trouble:
            self._last_trouble = str(error)
            _log.error("the store does not work: %s", error)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()  # rolls back what is open
