"""Many calls of one block: all checked before the first is sent, results as they come, sends in flight never cut.

Every item is prepared and run like a single call, so the account's limits and idempotency keys hold for it too. Under
the bulk's key an item is known by its content, the request that it makes, and among identical ones by its count, never
by its place: rows may be inserted, removed or sorted between two runs, and each content goes out once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.blocks import Prepared, Result
from app.blocks.dispatch import Dispatcher
from app.blocks.turn import Turn
from app.errors import (
    ApiTimeout,
    ConnectorError,
    IdempotencyInProgress,
    InternalPackageError,
    InvalidFields,
    RateLimited,
    RequiredFields,
)
from app.idempotency.sealing import canonical
from app.telemetry import Observer, RequestRecord

CONCURRENCY = 50
"""Items under way at one time: more than an account's rate can use, less than Plivo's 100 simultaneous messages."""


@dataclass(slots=True)
class Item:
    """One call of a bulk.

    Attributes:
        index: its place, counted from 0.
        ref: the caller's own text for it.
        call: what is run; None where it cannot be.
        refusal: why it cannot be run.
        same_as: place of an identical item that is run in its stead.
    """

    index: int
    ref: str | None
    call: Prepared | None = None
    refusal: ConnectorError | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of an item."""

    item: Item
    result: Result


@dataclass(frozen=True, slots=True)
class Order:
    """What a bulk asks for.

    Attributes:
        common: raw args of every item.
        items: raw args of each, which win over the common ones.
        key: the bulk's idempotency key.
        skips_invalid: run the valid items although others are not.
        skips_duplicates: run identical items once.
    """

    common: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    key: str | None
    skips_invalid: bool
    skips_duplicates: bool


async def prepare_items(dispatcher: Dispatcher, block: str, order: Order, *, most_explained: int) -> list[Item]:
    """Read and check all items, letting others have their turn meanwhile.

    Args:
        dispatcher: prepares them.
        block: of which they are calls.
        order: what the bulk asks for.
        most_explained: items that cannot be run for whose unknown fields the nearest known ones are looked up.

    Raises:
        UnknownBlock: there is no such block.
        InvalidFields: a common field is unknown or does not fit.
    """
    key = {"idempotencyKey": order.key} if order.key else {}
    reader = dispatcher.reader_of(block, {**order.common, **key})
    turn = Turn()
    refused = 0
    seen: Counter[bytes] = Counter()
    first_of: dict[bytes, int] = {}
    items = []
    for index, raw in enumerate(order.items):
        item = Item(index, _ref(raw))
        items.append(item)
        try:
            own = {name: value for name, value in raw.items() if name != "ref"}
            item.call = reader.prepare(own, suggests=refused < most_explained)
            item.call.args.ref = item.ref
        except (RequiredFields, InvalidFields) as error:
            item.refusal = error
            refused += 1
        else:
            _name(item, order, seen, first_of, has_own_key=raw.get("idempotencyKey") not in (None, ""))
        await turn.give_way()
    return items


def _ref(raw: Mapping[str, Any]) -> str | None:
    ref = raw.get("ref")
    return None if ref is None or ref == "" else str(ref)


def _name(item: Item, order: Order, seen: Counter[bytes], first_of: dict[bytes, int], *, has_own_key: bool) -> None:
    """Give an item its key under the bulk's, and find out whether it is identical to an earlier one."""
    call = item.call
    if call is None or not (order.key or order.skips_duplicates):
        return
    content = sha256(canonical(call.request)).digest()
    first = first_of.setdefault(content, item.index)
    if order.skips_duplicates and first != item.index:
        item.same_as = first
        return
    if order.key and not has_own_key:
        call.args.bulk_key = order.key
        call.args.idempotency_key = f"{order.key}:{content.hex()}:{seen[content]}"
        seen[content] += 1


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
    error = ApiTimeout(
        "Plivo had not answered when the time of the bulk was over.", retryable=item.call.request.is_read
    )
    if not item.call.request.is_read:
        error.point_to(item.call.look_in)
    return error
