"""Many calls of one block: all checked before the first is sent, results as they come, sends in flight never cut.

Every item is prepared (:mod:`app.blocks.bulk_items`) and run like a single call, so the account's limits and
idempotency keys hold for it too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from app.blocks import Prepared, Result
from app.blocks.bulk_items import Item
from app.blocks.dispatch import Dispatcher
from app.errors import (
    ApiTimeout,
    ConnectorError,
    IdempotencyInProgress,
    InternalPackageError,
    RateLimited,
)
from app.telemetry import Observer, RequestRecord

CONCURRENCY = 50
"""Items under way at one time: more than an account's rate can use, less than Plivo's 100 simultaneous messages."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of an item."""

    item: Item
    result: Result


class BulkRun:
    """One bulk under way.

    Attributes:
        runner: runs it.
        total: how many items are run.
        is_stopped: no further item is begun.
    """

    def __init__(self, runner: "BulkRunner", items: Sequence[Item], record: RequestRecord, deadline: float) -> None:
        self.total = len(items)
        self.is_stopped = False
        self.runner = runner
        self._record = record
        self._deadline = deadline
        self._waiting: Iterator[Item] = iter(items)
        self._results: asyncio.Queue[ItemResult | None] = asyncio.Queue()
        self._workers = min(CONCURRENCY, self.total)
        self._under_way: dict[int, Item] = {}
        # Results wait for whoever takes them, so that an answer that has grown too large stops the bulk in time.
        self._room = asyncio.Semaphore(CONCURRENCY)

    def stop(self) -> None:
        """Begin no further item; those under way go on."""
        self.is_stopped = True

    async def results(self, pause: float) -> AsyncIterator[ItemResult | None]:
        """Yield results as they come, and None whenever ``pause`` seconds went by.

        Ends when nothing is under way any more. At the deadline what still is gets a result that says so: it is never
        cut, and its outcome is not known yet.
        """
        now = asyncio.get_running_loop().time
        next_pause = now() + pause
        try:
            while self._workers and now() < self._deadline:
                try:
                    async with asyncio.timeout_at(min(next_pause, self._deadline)):
                        result = await self._results.get()
                except TimeoutError:
                    next_pause = now() + pause
                    yield None
                    continue
                if result is None:
                    self._workers -= 1
                else:
                    yield result
                    self._room.release()
        finally:
            # Nobody takes results any more: what is under way ends without waiting for that.
            self.stop()
            for _ in range(self._workers):
                self._room.release()
        # What ended while the one before was being taken has its result all the same: it must not look unsent.
        while not self._results.empty():
            if (result := self._results.get_nowait()) is not None:
                yield result
        for item in list(self._under_way.values()):
            yield ItemResult(item, Result.of_error(_unfinished(item)))

    async def work(self) -> None:
        """Run items one after the other until none is left; several of these make the concurrency."""
        try:
            for item in self._waiting:
                if self.is_stopped:
                    return
                self._under_way[item.index] = item
                result = await self.runner.run_item(item, self._record)
                del self._under_way[item.index]
                if self.is_stopped and isinstance(result.error, RateLimited):
                    return  # it never had its turn: it remains
                self._results.put_nowait(ItemResult(item, result))
                await self._room.acquire()
        finally:
            self._results.put_nowait(None)


class BulkRunner:
    """Runs bulks, and waits at shutdown for the sends that are under way.

    Args:
        dispatcher: runs the items.
        observer: is told of defects that an item meets.

    Attributes:
        is_stopping: the service was told to end.
    """

    def __init__(self, dispatcher: Dispatcher, observer: Observer) -> None:
        self._dispatcher = dispatcher
        self._observer = observer
        self._workers: set[asyncio.Task[None]] = set()
        self._runs: set[BulkRun] = set()
        self.is_stopping = False
        self._without_plivo = asyncio.Lock()

    def start(
        self, items: Sequence[Item], record: RequestRecord, *, deadline: float, seconds_to_send: float
    ) -> BulkRun:
        """Start running items.

        Args:
            items: those that have a call.
            record: of the request that brought them.
            deadline: the event loop's time at which the results must be there.
            seconds_to_send: before the deadline, from which on no item is begun.
        """
        run = BulkRun(self, items, record, deadline)
        loop = asyncio.get_running_loop()
        if self.is_stopping or loop.time() >= deadline - seconds_to_send:
            run.stop()
        self._runs.add(run)
        stopping = loop.call_at(deadline - seconds_to_send, run.stop)
        workers = [asyncio.create_task(run.work()) for _ in range(min(CONCURRENCY, run.total))]
        self._workers.update(workers)

        def forget(worker: asyncio.Task[None]) -> None:
            self._workers.discard(worker)
            if self._workers.isdisjoint(workers):
                stopping.cancel()
                self._runs.discard(run)

        for worker in workers:
            worker.add_done_callback(forget)
        return run

    async def run_item(self, item: Item, record: RequestRecord) -> Result:
        """Run one item; a defect that it meets is its own result, and stops no other."""
        if item.call is None:
            raise ValueError("an item that was refused cannot be run")
        try:
            if not item.call.is_sent:
                return await self._run_here(item.call)
            return await self._dispatcher.run(item.call)
        except Exception as error:  # noqa: BLE001  # whatever broke is this item's
            self._observer.request_broke(record, error)
            return Result.of_error(InternalPackageError(record.request_id))

    async def _run_here(self, call: Prepared) -> Result:
        """Run what waits for nobody: one at a time of all bulks, so that others have their turn after each."""
        async with self._without_plivo:
            result = await self._dispatcher.run(call)
            await asyncio.sleep(0)
        return result

    def stop(self) -> None:
        """Begin no further item of any bulk: the service was told to end."""
        self.is_stopping = True
        for run in self._runs:
            run.stop()

    async def aclose(self) -> None:
        """Wait for what is under way."""
        self.stop()
        await asyncio.gather(*self._workers, return_exceptions=True)


def _unfinished(item: Item) -> ConnectorError:
    if item.call is None or item.call.args.idempotency_key is not None:
        return IdempotencyInProgress()
    error = ApiTimeout("Plivo had not answered when the bulk's time ran out.", retryable=item.call.request.is_read)
    if not item.call.request.is_read:
        error.point_to(item.call.look_in)
    return error
