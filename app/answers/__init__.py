"""Hosting answers: a URL for steps, and the page that Plivo gets there.

What an answer says, and how a call goes through it, is :mod:`app.protocol.answers`; here it gets an address that nobody
can guess, forge or enumerate. A small answer travels in its own address, a larger one is kept in the store.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.storage.redis import RedisEngine


HeardOf = Callable[[str], Awaitable[Mapping[str, Any]]]
"""The id of a call → what its hosted answer has learned: ``digits``, ``speech``, ``recordings``."""


class AnswerStore(Protocol):
    """Keeps sealed answers by key; every method raises :class:`app.storage.StoreError`."""

    async def put(self, key: str, sealed: bytes, lifetime: float | None) -> None:
        """Keep an answer for some seconds; None: until nobody wants it any more."""

    async def get(self, key: str) -> bytes | None:
        """Return an answer, None where there is none any more."""

    async def drop(self, key: str) -> None:
        """Forget an answer."""


def open_answers(engine: "SqliteEngine | RedisEngine") -> AnswerStore:
    """Return the answers that an engine keeps."""
    if isinstance(engine, SqliteEngine):
        from app.answers.sqlite import SqliteAnswers  # noqa: PLC0415  # only one of the two is ever needed

        return SqliteAnswers(engine)
    from app.answers.redis import RedisAnswers  # noqa: PLC0415  # as above

    return RedisAnswers(engine)
