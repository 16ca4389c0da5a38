"""Who of the processes of one machine holds how many places, kept in a SQLite file.

The shares of one queue are never more than its limit in all. A process changes only its own: it keeps what it says, and
is given more where there is more. What a process held that is gone counts until its last requests no longer do.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

SCHEMA = """
CREATE TABLE IF NOT EXISTS limit_processes (
    process TEXT PRIMARY KEY,
    boot TEXT NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limit_shares (
    queue TEXT NOT NULL,
    process TEXT NOT NULL,
    held INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    PRIMARY KEY (queue, process)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS limit_shares_in_need ON limit_shares (queue) WHERE wanted > held;
"""

_GONE = "SELECT process FROM limit_processes WHERE boot <> :boot OR until + :longest_hold <= :now"
_OTHERS = """
SELECT held, wanted FROM limit_shares JOIN limit_processes USING (process)
WHERE queue = :queue AND process <> :process AND boot = :boot AND until + :hold > :now
"""
_IN_NEED = """
SELECT queue, sum(max(0, wanted - held)), count(*) FROM limit_shares JOIN limit_processes USING (process)
WHERE queue IN (SELECT queue FROM limit_shares WHERE wanted > held AND process <> :process)
AND process <> :process AND wanted > 0 AND boot = :boot AND until > :now
GROUP BY queue
"""


class Process(NamedTuple):
    """A process that holds shares.

    Attributes:
        process: its name, used once.
        boot: names the time since the machine was started.
    """

    process: str
    boot: str


class Report(NamedTuple):
    """What a process tells of its share of a queue.

    Attributes:
        queue: its name.
        kept: places that it keeps.
        wanted: places that it could use now.
        limit: places that there are for all together.
        hold: seconds after which the places of a process that is gone are free.
    """

    queue: str
    kept: int
    wanted: int
    limit: int
    hold: float


class Need(NamedTuple):
    """What others lack of a queue.

    Attributes:
        queue: its name.
        lacking: places that they could use and do not have.
        others: how many use the queue.
    """

    queue: str
    lacking: int
    others: int


def stay(connection: sqlite3.Connection, me: Process, now: float, until: float, longest_hold: float) -> None:
    """Hold on to all shares for some more time, and forget those of processes that are gone.

    Args:
        connection: to the file, in a transaction.
        me: this process.
        now: the machine's ticks.
        until: when they are given up without another word.
        longest_hold: seconds after which nothing counts any more that a process did.
    """
    values = {**me._asdict(), "now": now, "until": until, "longest_hold": longest_hold}
    connection.execute("INSERT OR REPLACE INTO limit_processes VALUES (:process, :boot, :until)", values)
    for gone in connection.execute(_GONE, values).fetchall():
        connection.execute("DELETE FROM limit_shares WHERE process = ?", gone)
        connection.execute("DELETE FROM limit_processes WHERE process = ?", gone)


def begin_anew(connection: sqlite3.Connection, me: Process) -> None:
    """Hold nothing."""
    connection.execute("DELETE FROM limit_shares WHERE process = ?", (me.process,))


def leave(connection: sqlite3.Connection, me: Process, now: float) -> None:
    """Be gone from now on; what is still held counts until the last requests no longer do."""
    connection.execute("UPDATE limit_processes SET until = ? WHERE process = ?", (now, me.process))


def exchange(connection: sqlite3.Connection, me: Process, now: float, reports: Sequence[Report]) -> list[int]:
    """Tell what this process keeps of some queues, and return how many places of each it holds from now on.

    Where others lack places, it is given no more than its equal part; else some more than it needs now.
    """
    return [_exchange(connection, me, now, report) for report in reports]


def needs(connection: sqlite3.Connection, me: Process, now: float) -> list[Need]:
    """Return what others lack, wherever they lack something."""
    values = {**me._asdict(), "now": now}
    return [Need(*row) for row in connection.execute(_IN_NEED, values).fetchall()]


def equal_part(limit: int, others: int) -> int:
    """Return what each may have where it and so many others want more than there is."""
    return max(1, limit // (others + 1))


def some_more(limit: int) -> int:
    """Return how many places more than it needs a process may keep, so that not every further request must ask."""
    return max(1, limit // 8)


def _exchange(connection: sqlite3.Connection, me: Process, now: float, report: Report) -> int:
    values = {**me._asdict(), "queue": report.queue, "now": now, "hold": report.hold}
    others = connection.execute(_OTHERS, values).fetchall()
    free = report.limit - sum(held for held, _ in others) - report.kept
    if any(wanted > held for held, wanted in others):
        users = sum(wanted > 0 for _, wanted in others)
        useful = min(report.wanted, equal_part(report.limit, users))
    else:
        useful = report.wanted + some_more(report.limit) if report.wanted else 0
    held: int = report.kept + max(0, min(free, useful - report.kept))
    if held or report.wanted:
        values |= {"held": held, "wanted": report.wanted}
        connection.execute("INSERT OR REPLACE INTO limit_shares VALUES (:queue, :process, :held, :wanted)", values)
    else:
        connection.execute("DELETE FROM limit_shares WHERE queue = :queue AND process = :process", values)
    return held
