"""The limits of the processes of one machine together: each holds a share of an account's places, as many as it uses.

While a process has room in its share, a request asks nobody. Where it has none, the process asks for more, and others
give what they do not need, at most down to an equal part for each that wants some. Shares lie in the SQLite file of the
store (:mod:`app.ratelimit.ledger`); within its share a process gives out places as ever (:mod:`app.ratelimit.queue`).
Calls and messages per second are booked in the file one by one (:mod:`app.ratelimit.paces`). A refusal holds back the
process that met it.

While the file does not work, every process keeps to an equal part.
"""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from math import inf
from secrets import token_hex
from typing import Self

from app.ratelimit import LONGEST_WAY, Slot, ledger
from app.ratelimit.ledger import Need, Process, Report
from app.ratelimit.paces import Booking, Paces
from app.ratelimit.process import ProcessLimits, ProcessSlot
from app.ratelimit.queue import Lease, Queue
from app.ratelimit.quotas import PLIVO, Allowance, Bucket, Route, Rule
from app.ratelimit.share import Share
from app.storage import StoreError
from app.storage.clocks import name_of_boot, read_ticks
from app.storage.sqlite import SqliteEngine

LEASE = 6.0
"""Seconds after which shares are given up that nothing was told of."""

LOOK_EVERY = 0.1
"""Seconds between two looks at what others lack, and at whether there is more for those who wait."""

TIME_TO_ASK = 0.5
"""Seconds that a request without a place may wait for an answer of the file, however near its deadline is."""

TIME_ALONE = 1.0
"""Seconds before a file that does not work is tried again."""

KEPT_IDLE = 30.0
"""Seconds for which the share of an account is remembered that sends nothing."""

_AT_A_TIME = 500
"""Shares told of in one transaction."""


class LeasedLimits:
    """The limits of all processes that use one file.

    Args:
        engine: the file.
        allowance: what one account may send from all of them together.
        processes: how many there are, for the time in which the file does not work.
        way: seconds after which a request without an answer is taken to have arrived.
        longest: seconds after which a request about messages is over whatever happens; longer than any takes.
        clock: seconds that all processes agree on.
    """

    def __init__(
        self,
        engine: SqliteEngine,
        allowance: Allowance = PLIVO,
        *,
        processes: int,
        way: float = LONGEST_WAY,
        longest: float = 60.0,
        clock: Callable[[], float] = read_ticks,
    ) -> None:
        engine.add_schema(ledger.SCHEMA)
        self._engine = engine
        self._clock = clock
        self._rules = allowance.rules(way)
        self._equal_parts = allowance.share_of(processes).rules(way)
        self._longest = longest
        # Requests that nothing is counted for need no share: each process has a pool of its own.
        self._others = ProcessLimits(allowance, way=way, clock=clock)
        self._me = Process(token_hex(8), name_of_boot())
        self._lease = Lease(0.0)
        self._is_alone = False
        self._shares: OrderedDict[tuple[str, Bucket], Share] = OrderedDict()
        self._by_name: dict[str, Share] = {}
        self._to_tell: dict[Share, None] = {}
        """Of which more is wanted, or which are to become smaller; in the order in which they came."""
        self._is_asked = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.paces = Paces(engine, clock)

    @property
    def remembered(self) -> int:
        """How many shares are remembered: accounts, each counted once per bucket."""
        return len(self._shares)

    def slot(self, account: str, route: Route, weight: int, deadline: float) -> Slot:
        """See :meth:`app.ratelimit.RateLimits.slot`."""
        if route.bucket is Bucket.OTHERS:
            return self._others.slot(account, route, weight, deadline)
        share = self._shares.get((account, route.bucket)) or self._new_share(account, route.bucket)
        return _LeasedSlot(self, share, route.lane, weight, deadline)

    def ask_for_more(self, share: Share) -> None:
        """See to it that a share grows, for one who is about to wait for a place."""
        if self._is_alone:
            return
        self._to_tell[share] = None
        if not share.is_short:  # else it is looked after anyway
            self._is_asked.set()
        self._keep_up()

    async def aclose(self) -> None:
        """See :meth:`app.ratelimit.RateLimits.aclose`; what is not used is there for others at once."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self.paces.aclose()
        if not self._shares:
            return
        me, now = self._me, self._clock()
        for share in self._shares.values():
            share.queue.limit = 0
        reports = [self._report(share)._replace(wanted=0) for share in self._shares.values()]

        def job(connection: sqlite3.Connection) -> None:
            ledger.exchange(connection, me, now, reports)
            ledger.leave(connection, me, now)

        with suppress(StoreError):  # what is held is given up when its lease has run out
            await self._engine.run(job)

    def _new_share(self, account: str, bucket: Bucket) -> Share:
        self._look_after(2)  # so that idle ones go faster than new ones come
        queue = Queue(self._equal_parts[bucket], self._clock, self._lease)
        if not self._is_alone:
            queue.limit = 0
        share = Share((account, bucket), self._rules[bucket], queue, self._clock())
        self._shares[share.key] = self._by_name[share.name] = share
        self._keep_up()
        return share

    def _keep_up(self) -> None:
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Hold on to shares, and exchange them with others, as long as there are any."""
        while self._shares:
            try:
                if self._is_alone or self._clock() >= self._lease.until:
                    await self._begin_anew()
                await self._exchange()
            except StoreError:
                self._go_alone()
            self._look_after(20)
            with suppress(TimeoutError):
                async with asyncio.timeout(TIME_ALONE if self._is_alone else LOOK_EVERY):
                    await self._is_asked.wait()
            self._is_asked.clear()

    async def _begin_anew(self) -> None:
        """Hold nothing any more, since others may have it by now, and ask for what is needed."""
        me, now = self._me, self._clock()

        def job(connection: sqlite3.Connection) -> None:
            ledger.begin_anew(connection, me)
            ledger.stay(connection, me, now, now + LEASE, self._longest_hold)

        await self._engine.run(job)
        for share in self._shares.values():
            share.held = share.queue.limit = 0
            share.is_short = False
            if share.queue.waiting:
                self._to_tell[share] = None
        self._is_alone = False
        self._lease.until = now + LEASE

    def _go_alone(self) -> None:
        """Let each account have an equal part until the file works again."""
        self._is_alone = True
        self._lease.until = inf
        for share in self._shares.values():
            share.held = 0
            share.queue.set_limit(self._equal_parts[share.key[1]].limit)

    async def _exchange(self) -> None:
        told = list(islice(self._to_tell, _AT_A_TIME))
        for share in told:
            del self._to_tell[share]
        reports = [self._report(share) for share in told]
        me, now = self._me, self._clock()
        until = now + LEASE
        is_due = bool(told) or self._lease.until < now + LEASE * 2 / 3

        def job(connection: sqlite3.Connection) -> tuple[list[int], list[Need]]:
            if is_due:
                ledger.stay(connection, me, now, until, self._longest_hold)
            return ledger.exchange(connection, me, now, reports), ledger.needs(connection, me, now)

        held, needs = await self._engine.run(job, writes=is_due)
        if is_due:
            self._lease.until = until
        for share, report, holds in zip(told, reports, held, strict=True):
            self._apply(share, report, holds)
        for need in needs:
            self._make_room(need)

    @property
    def _longest_hold(self) -> float:
        return max(self._hold(rule) for rule in self._rules.values())

    def _hold(self, rule: Rule) -> float:
        return rule.way + rule.window if rule.window else self._longest

    def _report(self, share: Share) -> Report:
        taken = share.queue.taken
        kept = max(share.queue.limit, taken)
        return Report(share.name, kept, taken + share.queue.waiting, share.rule.limit, self._hold(share.rule))

    def _apply(self, share: Share, report: Report, holds: int) -> None:
        share.held = holds
        share.is_short = report.wanted > holds
        if holds > report.kept:
            share.queue.set_limit(share.queue.limit + holds - report.kept)
        if share.is_short or share.queue.waiting or share.held > share.queue.limit:
            self._to_tell[share] = None
        elif not holds and share.is_unused():
            self._forget(share)

    def _make_room(self, need: Need) -> None:
        """Keep less of what others lack: what is needed, but no more than an equal part of it."""
        share = self._by_name.get(need.queue)
        if share is not None:
            report = self._report(share)
            part = min(report.wanted, ledger.equal_part(report.limit, need.others))
            self._shrink(share, max(part, report.kept - need.lacking))

    def _shrink(self, share: Share, limit: int) -> None:
        if limit < share.queue.limit:
            share.queue.limit = limit
            self._to_tell[share] = None
            self._is_asked.set()

    def _look_after(self, count: int) -> None:
        """Let go of what some shares do not use, and forget those that are idle."""
        now = self._clock()
        for key in list(islice(self._shares, count)):
            self._shares.move_to_end(key)
            share = self._shares[key]
            share.look(now)
            is_idle = share.is_unused() and now - share.used_at > KEPT_IDLE
            if self._is_alone:
                if is_idle:
                    self._forget(share)
                continue
            some_more = ledger.some_more(share.rule.limit)
            if is_idle:
                share.queue.limit = 0
                self._to_tell[share] = None  # it is forgotten once the file knows
            elif share.queue.limit >= share.most_used + 2 * some_more:
                self._shrink(share, share.most_used + some_more)

    def _forget(self, share: Share) -> None:
        del self._shares[share.key], self._by_name[share.name]
        self._to_tell.pop(share, None)


class _LeasedSlot(ProcessSlot):
    """A slot in this process's share (see :class:`app.ratelimit.Slot`)."""

    __slots__ = ("_booking", "_limits", "_share")

    def __init__(self, limits: LeasedLimits, share: Share, lane: str, weight: int, deadline: float) -> None:
        super().__init__(share.queue, lane, weight, deadline)
        self._limits = limits
        self._share = share
        self._booking: Booking | None = None

    async def __aenter__(self) -> Self:
        share, queue = self._share, self._queue
        if self._weight and share.rule.pause:
            share.booking += 1
            try:
                self._booking = await self._limits.paces.wait(
                    share.name, self._weight * share.rule.pause, self._patience()
                )
                self._weight = 0  # the queue need not pace it, too
            except StoreError:
                pass  # the queue paces it, as the equal part of this process
            finally:
                share.booking -= 1
        self._place = queue.take_now(self._weight, self._lane)
        if self._place is None:
            self._limits.ask_for_more(share)
            try:
                self._place = await queue.wait(self._weight, self._lane, max(self._patience(), TIME_TO_ASK))
            except BaseException:
                self._give_back()
                raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        await super().__aexit__(kind, error, trace)
        if not self._arrivals:
            self._give_back()

    def _give_back(self) -> None:
        if self._booking is not None:
            self._limits.paces.give_back(self._booking)
