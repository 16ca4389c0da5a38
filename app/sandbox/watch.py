"""What happens in the sandbox, shown while it happens: ``GET /control/stream``, as Server-Sent Events.

A viewer is told what there is (``reset``, each record, ``ready``) and then each record that is another than before. In
the sandbox the time alone makes things happen, so nobody could announce them: while somebody watches, we look.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from time import monotonic

from app import json_text
from app.sandbox.engine.auth import tokens_of
from app.sandbox.engine.replies import Refusal
from app.sandbox.engine.state import State
from app.sandbox.picture import Picture, Shown

STREAM = "stream"
"""Segment of the path, after ``control``."""

LOOK_EVERY = 0.4
"""Seconds between two looks."""

QUIET = 15.0
"""Seconds after which a comment is sent, so that nobody in between takes the connection for dead."""

MOST_VIEWERS = 32
"""Streams that are open at one time."""


class Watch:
    """Shows what happens to whoever watches. While nobody does, it costs nothing.

    Args:
        state: knows who may still watch.
        picture: what there is to see.

    Attributes:
        is_stopping: whether the service ends, so that the streams shall end too.
    """

    def __init__(self, state: State, picture: Picture) -> None:
        self.picture = picture
        self.is_stopping = False
        self._state = state
        self._viewers: Counter[str] = Counter()
        self._looks: dict[str, tuple[float, Shown]] = {}
        self._beginning = 0

    def begin_anew(self) -> None:
        """Let all viewers forget what they were told: the sandbox was reset."""
        self._beginning += 1
        self._looks.clear()

    @contextmanager
    def viewer(self, account: str) -> Iterator[AsyncIterator[bytes]]:
        """Let somebody watch, and give what they are told.

        Raises:
            Refusal: 429, too many watch already.
        """
        if self._viewers.total() >= MOST_VIEWERS:
            raise Refusal(429, f"{MOST_VIEWERS} streams are open already; close one", {"Retry-After": "5"})
        self._viewers[account] += 1
        try:
            yield self._told(account)
        finally:
            self._viewers[account] -= 1
            if not self._viewers[account]:
                del self._viewers[account]
                self._looks.pop(account, None)

    async def _told(self, account: str) -> AsyncIterator[bytes]:
        told: Shown = {}
        beginning, quiet_since = None, monotonic()
        while not self.is_stopping and tokens_of(self._state, account):
            events = []
            is_new = beginning != self._beginning
            if is_new:
                beginning, told = self._beginning, {}
                events.append(_event("reset", b"{}"))
            shown = self._look(account)
            events += [
                _event("gone", json_text.render({"kind": kind, "id": key})) for kind, key in told.keys() - shown.keys()
            ]
            events += [_event(place[0], record) for place, record in shown.items() if told.get(place) != record]
            told = shown
            if is_new:
                events.append(_event("ready", b"{}"))
            if events:
                quiet_since = monotonic()
                yield b"".join(events)
            elif monotonic() - quiet_since >= QUIET:
                quiet_since = monotonic()
                yield b": still here\n\n"
            await asyncio.sleep(self._pause)

    @property
    def _pause(self) -> float:
        """Seconds until the next look: each account has its own, which takes milliseconds that others wait."""
        return LOOK_EVERY * max(1.0, len(self._viewers) / 4)

    def _look(self, account: str) -> Shown:
        """Return what an account may see; all its viewers share a look."""
        looked, shown = self._looks.get(account, (0.0, None))
        if shown is None or monotonic() - looked >= LOOK_EVERY / 2:
            shown = self.picture.of(account)
            self._looks[account] = monotonic(), shown
        return shown


def _event(name: str, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)
