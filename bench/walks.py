"""What reading ahead gains on a list, and what a walk takes of memory.

Two connectors differ in WALK_CONCURRENCY alone and take turns. Memory is the process's peak (VmHWM), reset before.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx

from bench.contestants import CONNECTOR, Running, started
from bench.report import Target
from bench.upstream import PAGES

ROWS = 2000
ROUNDS = 3
ENDLESS = 10**9
LARGEST = 32 * 1024 * 1024
"""Bytes of the fullest answer: MAX_ANSWER_BYTES as it is."""

PATIENT = {"PLIVO_TIMEOUT": "300", "PLIVO_RATE_LIMIT": "false"}
"""A full answer takes three thousand pages: more than Plivo gives out in the usual time."""


def measure(upstream: str) -> list[Target]:
    """Compare and weigh walks."""
    with (
        started(replace(CONNECTOR, environment=PATIENT), upstream + PAGES) as side_by_side,
        started(replace(CONNECTOR, environment=PATIENT | {"WALK_CONCURRENCY": "1"}), upstream + PAGES) as one_by_one,
    ):
        gains = []
        for _ in range(ROUNDS):
            seconds = [_walked(running, ROWS)[0] for running in (one_by_one, side_by_side)]
            gains.append(seconds[0] / seconds[1])
    # Peaks are compared with what was there before, so a full answer gets a process of its own.
    eager = PATIENT | {"WALK_CONCURRENCY": "100"}
    with started(replace(CONNECTOR, environment=eager), upstream + PAGES) as running:
        _walked(running, ROWS)
        before = _peak(running)
        _, size = _walked(running, ENDLESS)
        grown = _peak(running) - before
    if size < LARGEST / 2:
        raise RuntimeError(f"a full answer has {size} bytes only")
    return [
        Target(f"{ROWS} rows at 100 ms a page, times faster than page after page", median(gains), at_least=6),
        Target("memory that a full answer takes, times its size", grown / size, at_most=6),
    ]


def _walked(running: Running, rows: int) -> tuple[float, int]:
    """Walk a list; return the seconds, and the bytes of the answer."""
    url = f"http://127.0.0.1:{running.port}/api/Plivo/getApplications"
    args = {"authId": "MA0", "authToken": "bench-token", "returnAll": True, "additionalFields": {"rows": rows}}
    begun = time.perf_counter()
    body = httpx.post(url, json=args, timeout=600, trust_env=False).content
    seconds = time.perf_counter() - begun
    envelope = json.loads(body)
    if envelope["callback"] != "success" or envelope["contextWrites"]["to"]["meta"]["more"] is (rows == ROWS):
        raise RuntimeError(f"a walk did not succeed: {body[-500:]!r}")
    return seconds, len(body)


def _peak(running: Running) -> int:
    """Return the most memory that a process has had since this was last asked, in bytes."""
    lines = Path(f"/proc/{running.pid}/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    Path(f"/proc/{running.pid}/clear_refs").write_text("5")
    return peak * 1024
