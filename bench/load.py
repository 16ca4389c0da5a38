"""The load generator: keep-alive connections, each sending its next request as soon as it has its answer."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import perf_counter

import uvloop

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PATIENCE = 30.0
"""Seconds for all connections to be made, and for the last answers to come."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to send.

    Attributes:
        requests: sent in turn, over and over.
        pid: the process that serves the port, whose CPU time is taken.
    """

    port: int
    pid: int
    requests: tuple[bytes, ...]
    connections: int = 32
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: latencies in seconds of the answered requests."""

    latencies: tuple[float, ...]
    failed: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_micros(self) -> float:
        """Microseconds of the serving process's CPU time per request."""
        return self.cpu_seconds / max(len(self.latencies), 1) * 1e6

    @property
    def per_core(self) -> float:
        """Requests answered per second of the serving process's CPU time."""
        return len(self.latencies) / max(self.cpu_seconds, 1 / _TICKS_PER_SECOND)

    def percentile(self, share: float) -> float:
        """Return the latency, in milliseconds, that this share of the requests stayed below."""
        ordered = sorted(self.latencies)
        return ordered[int(share * (len(ordered) - 1))] * 1000 if ordered else 0.0


def run_load(load: Load) -> Outcome:
    """Send requests for a while."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(load))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has taken, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


async def _run(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    requests = cycle(load.requests)
    callers = [
        (await loop.create_connection(lambda: _Caller(requests), "127.0.0.1", load.port))[1]
        for _ in range(load.connections)
    ]
    cpu, started = cpu_seconds(load.pid), perf_counter()
    for caller in callers:
        caller.send()
    await asyncio.sleep(load.seconds)
    # The measure ends here; what is still under way is waited for, but counts only if it fails.
    seconds, cpu = perf_counter() - started, cpu_seconds(load.pid) - cpu
    latencies = tuple(latency for caller in callers for latency in caller.latencies)
    for caller in callers:
        caller.stopping = True
    _, late = await asyncio.wait([caller.finished for caller in callers], timeout=_PATIENCE)
    failed = sum(caller.failed for caller in callers) + len(late)
    return Outcome(latencies, failed, seconds, cpu)


class _Caller(asyncio.Protocol):
    _transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._received = b""
        self._sent_at = 0.0
        self.latencies: list[float] = []
        self.failed = 0
        self.stopping = False
        self.finished = asyncio.get_running_loop().create_future()

    def send(self) -> None:
        self._sent_at = perf_counter()
        self._transport.write(next(self._requests))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a socket's

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return
        self._received = b""
        if head.startswith(b"HTTP/1.1 200") and body.startswith(b'{"callback":"success"'):
            self.latencies.append(perf_counter() - self._sent_at)
        else:
            self.failed += 1
        if self.stopping:
            self._transport.close()
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc or not self.stopping:
            self.failed += 1
        if not self.finished.done():
            self.finished.set_result(None)


def _content_length(head: bytes) -> int:
    return int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
