"""Reading ahead: the pages that a walk will probably want next are fetched side by side, before it asks for them.

What will be wanted is only a guess. A page that is not wanted after all is dropped; one that was not expected is
fetched when it is asked for. So a walk goes the same way with and without it, whatever Plivo says of the list's size.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Generic, Self, TypeVar

from app.blocks.checkpoints import Position

T = TypeVar("T")


class ReadAhead(Generic[T]):
    """Fetches pages; as a context it leaves nothing running.

    Args:
        fetch: fetches the page at a position.
    """

    def __init__(self, fetch: Callable[[Position], Coroutine[Any, Any, T]]) -> None:
        self._fetch = fetch
        self._expected: dict[Position, asyncio.Task[T]] = {}
        self._dropped: set[asyncio.Task[T]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.expect(())
        await asyncio.gather(*self._dropped, return_exceptions=True)

    def page_at(self, position: Position) -> Awaitable[T]:
        """Return the page at a position, or what came of fetching it."""
        return self._expected.pop(position, None) or self._fetch(position)

    def expect(self, positions: Iterable[Position]) -> None:
        """Begin to fetch what will be wanted next, in this order, and drop everything else."""
        unwanted, self._expected = self._expected, {}
        for position in positions:
            task = unwanted.pop(position, None) or asyncio.create_task(self._fetch(position))
            self._expected[position] = task
        for task in unwanted.values():
            task.cancel()
            self._dropped.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[T]) -> None:
        self._dropped.discard(task)
        if not task.cancelled():
            task.exception()  # nobody else will ask for it
