"""Watches the sandbox as the console does: over a stream of Server-Sent Events."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import httpx

from tests.support.patience import PATIENCE
from tests.support.sandbox_driver import AUTH

Event = tuple[str, Any]
"""What an event is called, and its data."""


class Watcher:
    """One open stream.

    Attributes:
        seen: all events so far.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.seen: list[Event] = []
        self._events = self._read()

    def until(self, wanted: Callable[[str, Any], bool]) -> Any:
        """Read on until such an event comes, and return its data."""
        for name, data in self._events:
            if wanted(name, data):
                return data
        raise AssertionError("the stream ended before")

    def until_named(self, name: str) -> Any:
        """Read on until an event of this name comes, and return its data."""
        return self.until(lambda other, _: other == name)

    def _read(self) -> Iterator[Event]:
        name, started = "", monotonic()
        for line in self.response.iter_lines():
            assert monotonic() - started < PATIENCE, f"nothing else came than {self.seen[-20:]}"
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                self.seen.append((name, json.loads(value)))
                yield self.seen[-1]


@contextmanager
def watching(http: httpx.Client, *, auth: tuple[str, str] = AUTH) -> Iterator[Watcher]:
    """Open a stream, and close it at the end."""
    with http.stream("GET", "/sandbox/control/stream", auth=auth) as response:
        yield Watcher(response)
