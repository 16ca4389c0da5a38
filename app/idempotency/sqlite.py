"""The store in a SQLite file on a local disk, shared by the processes of one machine.

Built to survive ``kill -9`` and a loss of power: write-ahead log, ``synchronous=FULL``, every change inside
``BEGIN IMMEDIATE``. All access is from one thread, off the event loop. Calls that wait while it is busy share
one transaction, and so one flush to the disk: many sends at a time cost little more than one.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.idempotency import Row
from app.storage import StoreError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    owner TEXT NOT NULL,
    lease REAL NOT NULL,
    reply BLOB,
    boot TEXT NOT NULL,
    ticks REAL NOT NULL,
    wall REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS keys_by_age ON keys (wall);
"""

_AGE = "max(0.0, CASE boot WHEN :boot THEN :ticks - ticks ELSE :wall - wall END)"
_SELECT = f"SELECT state, fingerprint, reply, {_AGE}, lease, owner FROM keys WHERE key = :key AND {_AGE} < :ttl"  # noqa: S608
_CLAIM = """
INSERT OR REPLACE INTO keys (key, state, fingerprint, owner, lease, boot, ticks, wall)
VALUES (:key, 'claimed', :fingerprint, :owner, :lease, :boot, :ticks, :wall)
"""
_CHANGE = """
UPDATE keys SET state = :new, reply = :reply, boot = :boot, ticks = :ticks, wall = :wall
WHERE key = :key AND owner = :owner AND state = :old
"""
_FREE = "DELETE FROM keys WHERE key = :key AND owner = :owner AND state IN ('claimed', 'sending')"
# Two for each new one: what has expired goes faster than new rows come, and no call pays for many.
_PURGE = f"""
DELETE FROM keys WHERE {_AGE} >= :ttl
AND key IN (SELECT key FROM keys WHERE wall <= :wall - :ttl ORDER BY wall LIMIT 2)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks of the machine show.

    Ages are taken from ``ticks``, which nobody can set; ``wall`` is for rows of an earlier boot only. So a wall
    clock that jumps makes no row older, and none is forgotten before its time.

    Attributes:
        boot: names the time since the machine was started.
        ticks: seconds since then.
        wall: seconds since 1970.
    """

    boot: str
    ticks: float
    wall: float


def read_clocks() -> Clocks:
    """Read the clocks; systems that do not tell one boot from another have their wall clock only."""
    wall = time.time()
    boot = _boot()
    return Clocks(boot, time.clock_gettime(time.CLOCK_BOOTTIME) if boot else wall, wall)


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[sqlite3.Connection], Any]
    writes: bool
    done: "Future[Any]"


class SqliteStore:
    """A :class:`app.idempotency.Store` in a file; its directory is made when it is first used.

    Args:
        path: the file.
        ttl: seconds for which a row is kept after its last change.
        clocks: reads the clocks.
    """

    def __init__(self, path: Path, *, ttl: float, clocks: Callable[[], Clocks] = read_clocks) -> None:
        self._path = path
        self._ttl = ttl
        self._clocks = clocks
        self._jobs: deque[_Job] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None

    async def claim(self, key: str, fingerprint: bytes, owner: str, lease: float) -> Row | None:
        """See :meth:`app.idempotency.Store.claim`."""

        def run(connection: sqlite3.Connection) -> Row | None:
            values = {**self._now(), "key": key, "fingerprint": fingerprint, "owner": owner, "lease": lease}
            found = connection.execute(_SELECT, values).fetchone()
            if found is not None:
                row = Row(*found[:5])
                if not (row.has_lapsed and row.fingerprint == fingerprint):
                    return row
            connection.execute(_CLAIM, values)
            connection.execute(_PURGE, values)
            return None

        row: Row | None = await self._do(run)
        return row

    async def begin_sending(self, key: str, owner: str) -> bool:
        """See :meth:`app.idempotency.Store.begin_sending`."""
        return await self._change(key, owner, "claimed", "sending")

    async def finish(self, key: str, owner: str, reply: bytes) -> None:
        """See :meth:`app.idempotency.Store.finish`."""
        await self._change(key, owner, "sending", "done", reply)

    async def set_unknown(self, key: str, owner: str) -> None:
        """See :meth:`app.idempotency.Store.set_unknown`."""
        await self._change(key, owner, "sending", "unknown")

    async def free(self, key: str, owner: str) -> None:
        """See :meth:`app.idempotency.Store.free`."""
        await self._do(lambda connection: connection.execute(_FREE, {"key": key, "owner": owner}))

    async def read(self, key: str) -> Row | None:
        """See :meth:`app.idempotency.Store.read`."""

        def run(connection: sqlite3.Connection) -> Row | None:
            found = connection.execute(_SELECT, {**self._now(), "key": key}).fetchone()
            return Row(*found[:5]) if found else None

        row: Row | None = await self._do(run, writes=False)
        return row

    async def ping(self) -> list[str]:
        """See :meth:`app.idempotency.Store.ping`; begins a change, which a file or disk that is read-only refuses."""
        await self._do(lambda connection: connection.execute("SELECT count(*) FROM keys WHERE key = ''"))
        return []

    async def aclose(self) -> None:
        """See :meth:`app.idempotency.Store.aclose`."""
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._disconnect)
        # The thread must be gone, and the loop's own executor joins what waits for it: uvloop never closes a
        # loop that a thread is just waking up.
        await asyncio.to_thread(self._thread.shutdown)

    async def _change(self, key: str, owner: str, old: str, new: str, reply: bytes | None = None) -> bool:
        def run(connection: sqlite3.Connection) -> bool:
            values = {**self._now(), "key": key, "owner": owner, "old": old, "new": new, "reply": reply}
            return connection.execute(_CHANGE, values).rowcount == 1

        changed: bool = await self._do(run)
        return changed

    def _now(self) -> dict[str, Any]:
        return {**asdict(self._clocks()), "ttl": self._ttl}

    async def _do(self, run: Callable[[sqlite3.Connection], Any], *, writes: bool = True) -> Any:
        job = _Job(run, writes, Future())
        self._jobs.append(job)
        try:
            self._thread.submit(self._run_waiting)
        except RuntimeError:
            raise StoreError("the store is closed") from None
        return await asyncio.wrap_future(job.done)

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
        except (sqlite3.Error, OSError) as error:
            self._recover(error)
            for job in jobs:
                job.done.set_exception(StoreError(f"{self._path}: {error}"))
        except BaseException as error:  # noqa: BLE001  # a defect must reach the callers, who wait in another thread
            self._recover(error)
            for job in jobs:
                job.done.set_exception(error)
        else:
            for job, result in zip(jobs, results, strict=True):
                job.done.set_result(result)

    def _run_in_transaction(self, jobs: list[_Job]) -> list[Any]:
        connection = self._connection = self._connection or self._connect()
        connection.execute("BEGIN IMMEDIATE" if any(job.writes for job in jobs) else "BEGIN")
        results = [job.run(connection) for job in jobs]
        connection.execute("COMMIT")
        return results

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT, isolation_level=None)
        try:
            self._switch_to_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        # While several processes start at once the switch fails as "locked" without waiting its turn.
        give_up = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    def _recover(self, error: BaseException) -> None:
        """Begin anew with the next call, whatever was wrong with this one."""
        is_busy = isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        if not is_busy:
            self._disconnect()
        elif self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()  # rolls back what is open
