"""Many runs of one block: bounded concurrency, results as they come, sends in flight never cut.

Every item goes through the dispatcher like a single call, so the account's limits and idempotency keys
hold for it too: with a key, item ``n`` of a bulk has the key ``<key>:<n>`` and is never sent twice.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.blocks.dispatch import Dispatcher
from app.web.envelope import Envelope

CONCURRENCY = 50
"""Items under way at one time: more than an account's rate can use, less than Plivo's 100 simultaneous messages."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item, counted from 0."""

    index: int
    envelope: Envelope


class BulkRun:
    """One bulk under way.

    Attributes:
        total: how many items there are.
    """

    def __init__(self, dispatcher: Dispatcher, block: str, items: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        self.total = len(items)
        self._dispatcher = dispatcher
        self._block = block
        self._waiting: Iterator[tuple[int, Mapping[str, Any]]] = iter(items)
        self._results: asyncio.Queue[ItemResult] = asyncio.Queue()
        self._is_stopped = False

    def stop(self) -> None:
        """Begin no further item; those under way go on."""
        self._is_stopped = True

    async def results(self, pause: float) -> AsyncIterator[ItemResult | None]:
        """Yield results as they come, and None whenever ``pause`` seconds went by; ends with the last result."""
        now = asyncio.get_running_loop().time
        next_pause = now() + pause
        for _ in range(self.total):
            while True:
                try:
                    async with asyncio.timeout_at(next_pause):
                        result = await self._results.get()
                except TimeoutError:
                    next_pause = now() + pause
                    yield None
                else:
                    break
            yield result

    async def work(self) -> None:
        """Run items one after the other until none is left; several of these make the concurrency."""
        for index, item in self._waiting:
            if self._is_stopped:
                return
            self._results.put_nowait(ItemResult(index, await self._dispatcher.run(self._block, item)))


class BulkRunner:
    """Starts bulks, and waits at shutdown for the sends that are under way."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._workers: set[asyncio.Task[None]] = set()

    def start(self, block: str, items: Sequence[tuple[int, Mapping[str, Any]]]) -> BulkRun:
        """Start running a block once for each (index, raw args)."""
        run = BulkRun(self._dispatcher, block, items)
        for _ in range(min(CONCURRENCY, run.total)):
            worker = asyncio.create_task(run.work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return run

    async def aclose(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._workers, return_exceptions=True)
