"""What becomes of messages and calls, told once when it is known: ``resultUrl``.

::

    a block ─► tracking    a watch is on record before Plivo is asked, then one for each message or call
    Plivo   ─► receive     says how it ended, where this service's address could be given to it
               watcher     asks Plivo where it does not tell by itself; what is known becomes an event
               app.events  signs it and delivers it until it is taken

A watch is gone when its event is stored. The event's id follows from the watch, so that whatever dies in between and is
done again by another process makes no second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.storage.redis import RedisEngine


@dataclass(frozen=True, slots=True)
class StoredWatch:
    """A watch in the store.

    Attributes:
        content: sealed.
        due: seconds since 1970 at which to look after it.
    """

    id: str
    content: bytes
    due: float


class WatchStore(Protocol):
    """Watches by their id; every change is atomic and durable when it returns.

    Every method raises :class:`app.storage.StoreError`. A change may have been made even then.
    """

    async def add(self, watches: Sequence[StoredWatch], *, in_place_of: str | None = None) -> None:
        """Add those that are not there yet, and drop another."""

    async def put(self, watch: StoredWatch) -> None:
        """Add a watch, or put it in place of the one with its id."""

    async def read(self, watch_id: str) -> bytes | None:
        """Return the content of a watch."""

    async def claim(self, *, now: float, lease: float, limit: int) -> tuple[list[StoredWatch], float | None]:
        """Claim watches that are due, so that nobody else does until the lease has run out.

        Returns:
            The watches, and when the next one is due, where there is one.
        """

    async def settle(self, watch: StoredWatch, due: float | None) -> None:
        """Look after a watch again later, or (None) drop it; no change where its content is not the same any more."""


def open_watches(engine: "SqliteEngine | RedisEngine") -> WatchStore:
    """Return the watches that an engine keeps."""
    if isinstance(engine, SqliteEngine):
        from app.outcomes.sqlite import SqliteWatches  # noqa: PLC0415  # only one of the two is ever needed

        return SqliteWatches(engine)
    from app.outcomes.redis import RedisWatches  # noqa: PLC0415  # as above

    return RedisWatches(engine)
