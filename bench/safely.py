"""What safety costs: a keyed request beside an unkeyed one for each store, and a bulk beside a loop of calls."""

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

import aiohttp

from bench.cases import ACCOUNTS
from bench.contestants import CONNECTOR, Running, started

REQUESTS = 1500
"""Requests of one turn, and items of one bulk."""

CLIENTS = 50
"""Calls that the loop has under way at one time: as many as a bulk."""

ROUNDS = 5

Turn = Callable[[], Awaitable[None]]


def measure(upstream: str) -> list[str]:
    """Return one line for each comparison, as ratios of paired turns."""
    lines = []
    with TemporaryDirectory() as directory, stores_in(Path(directory)) as stores:
        for name, url in stores.items():
            with started(replace(CONNECTOR, environment={"STORE_URL": url}), upstream) as running:
                lines += asyncio.run(_compare(name, running))
    if len(stores) == 1:
        lines.append("REDIS WAS NOT MEASURED: redis-server is not installed.")
    return lines


async def _compare(store: str, running: Running) -> list[str]:
    connector = aiohttp.TCPConnector(limit=CLIENTS)
    base = f"http://127.0.0.1:{running.port}/api/Plivo/sendMessage"
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(number: int, key: str | None) -> None:
            headers = {"Idempotency-Key": key} if key else {}
            async with session.post(base, json=message(number), headers=headers) as reply:
                check(await reply.json())

        async def loop(*, keyed: bool) -> None:
            numbers = iter(range(REQUESTS))

            async def client() -> None:
                for number in numbers:
                    await call(number, uuid4().hex if keyed else None)

            await asyncio.gather(*(client() for _ in range(CLIENTS)))

        async def bulk(*, keyed: bool) -> None:
            items = [message(number) for number in range(REQUESTS)]
            headers = {"Idempotency-Key": uuid4().hex} if keyed else {}
            async with session.post(f"{base}/bulk", json={"items": items}, headers=headers) as reply:
                result = (await reply.json())["contextWrites"]["to"]
                if result["succeeded"] != REQUESTS:
                    raise RuntimeError(f"a bulk did not succeed: {json.dumps(result)[:500]}")

        turns: list[Turn] = [
            lambda: loop(keyed=False),
            lambda: loop(keyed=True),
            lambda: bulk(keyed=False),
            lambda: bulk(keyed=True),
        ]
        plain, keyed, bulk_plain, bulk_keyed = await seconds_of(turns)
    return [
        (
            f"{store}: a keyed call takes {ratio(keyed, plain):.1f} times an unkeyed one "
            f"({REQUESTS / median(keyed):.0f} and {REQUESTS / median(plain):.0f} a second)"
        ),
        (
            f"{store}: a bulk is {ratio(plain, bulk_plain):.1f} times as fast as the same loop of calls, "
            f"keyed {ratio(keyed, bulk_keyed):.1f} times ({REQUESTS / median(bulk_keyed):.0f} a second)"
        ),
    ]


async def seconds_of(turns: Sequence[Turn]) -> list[list[float]]:
    """Warm up once, then let the turns follow each other; returns the seconds of each."""
    taken: list[list[float]] = [[] for _ in turns]
    for round_number in range(ROUNDS + 1):
        for turn, seconds in zip(turns, taken, strict=True):
            begun = time.perf_counter()
            await turn()
            if round_number:
                seconds.append(time.perf_counter() - begun)
    return taken


def ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the ratios of paired turns."""
    return median(one / other for one, other in zip(seconds, others, strict=True))


def message(number: int) -> dict[str, str]:
    """Return the args of a message, of one account of many in turn."""
    return {
        "authId": f"MA{number % ACCOUNTS:018}",
        "authToken": "bench-token",
        "src": "14155550100",
        "destination": str(14155000000 + number),
        "text": "Hello",
    }


def check(envelope: dict[str, object]) -> None:
    """Make sure that a call succeeded: else there is nothing to compare."""
    if envelope["callback"] != "success":
        raise RuntimeError(f"a call did not succeed: {json.dumps(envelope)[:500]}")


@contextmanager
def stores_in(directory: Path) -> Iterator[dict[str, str]]:
    """Return the URL of each store, by its name; a Redis server runs meanwhile."""
    stores = {"SQLite": f"sqlite:///{directory}/store.db"}
    if not shutil.which("redis-server"):
        yield stores
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    safe = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", "", *safe]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  # fixed words
    try:
        yield stores | {"Redis": f"redis://127.0.0.1:{port}/0"}
    finally:
        server.terminate()
        server.wait()
