"""What the clocks of the machine show, for ages that survive a restart and a clock that is set."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

AGE = "max(0.0, CASE boot WHEN :boot THEN :ticks - ticks ELSE :wall - wall END)"
"""SQL: seconds since a row with the columns ``boot``, ``ticks`` and ``wall`` was written."""


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
    return Clocks(name_of_boot(), read_ticks(), time.time())


def read_ticks() -> float:
    """Read the seconds since the machine was started, which all its processes agree on."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if name_of_boot() else time.time()


@lru_cache(maxsize=1)
def name_of_boot() -> str:
    """Return what names the time since the machine was started; empty where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
