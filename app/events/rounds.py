"""Work that comes in rounds: a look into the store when something is new, else once a second, and what each begins."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from logging import Logger

from app.storage import StoreError

LOOK_EVERY = 1.0
"""Seconds after which the store is looked at, for what other processes put there."""


class Rounds:
    """Goes round from its start to its end, and knows what is under way.

    Args:
        log: is told what broke.
        what: what is looked for, as the log calls it.

    Attributes:
        under_way: what was begun and has not ended.
    """

    def __init__(self, log: Logger, what: str) -> None:
        self.under_way: set[asyncio.Task[None]] = set()
        self._log = log
        self._what = what
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Begin, in the running event loop; once begun it goes on.

        Args:
            work: goes round (see :meth:`go`), and ends what is under way then.
        """
        if self._worker is None:
            self._worker = asyncio.create_task(work())

    def wake(self) -> None:
        """Look now: there is something new, or room for more."""
        self._wake.set()

    async def aclose(self) -> None:
        """Let no further round begin, and wait for the end of the work."""
        self._is_stopping = True
        self._wake.set()
        if self._worker is not None:
            await self._worker

    async def go(self, look: Callable[[], Awaitable[float | None]]) -> None:
        """Go round until it is closed.

        Args:
            look: looks into the store and begins what is due; returns the seconds until something more is, where known.
        """
        while not self._is_stopping:
            wait = LOOK_EVERY
            try:
                until_due = await look()
                if until_due is not None:
                    wait = min(wait, max(0.0, until_due))
            except StoreError:
                pass  # the engine has told of it; the next look tries anew
            except Exception:  # noqa: BLE001  # one defect must not end all that comes after it
                self._log.exception("looking for %s has failed", self._what)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            self._wake.clear()

    def begin(self, work: Coroutine[None, None, None], ended: Callable[[], None] = lambda: None) -> None:
        """Begin something beside the rounds; where it ends there may be room for more.

        Args:
            work: what is done.
            ended: is told of its end, whatever became of it.
        """
        task = asyncio.create_task(work)
        self.under_way.add(task)

        def end(task: asyncio.Task[None]) -> None:
            self.under_way.discard(task)
            ended()
            self._wake.set()
            if not task.cancelled() and (error := task.exception()) is not None:
                self._log.error("one of the %s broke", self._what, exc_info=error)

        task.add_done_callback(end)

    async def end(self, *, within: float) -> None:
        """Give what is under way some seconds to end, and give up the rest: it is done again later."""
        if self.under_way:
            _, late = await asyncio.wait(self.under_way, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
