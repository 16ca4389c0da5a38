"""What happened to a message or a call, step by step, to be shown."""

from collections import deque
from collections.abc import Callable
from typing import Any

from app import json_text
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json

MOST_STEPS = 200
"""Steps that are kept of each message and call; the oldest go first."""

MOST_BYTES = 8 * 1024 * 1024
"""Bytes that all take together; the oldest timelines go first."""


class Timelines:
    """Keeps a timeline for each message and call.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, deque[bytes]]] = {}
        self._bytes = 0

    def note(self, owner: str, key: str, step: str, **details: Any) -> None:
        """Write down a step.

        Args:
            owner: the account.
            key: uuid of the message or call.
            step: what happened, like ``request`` or ``Speak``.
            details: whatever else there is to say of it.
        """
        _, steps = self._kept.setdefault(key, (owner, deque()))
        steps.append(json_text.render({"at": timestamp(self._clock(), "milliseconds"), "step": step, **details}))
        self._bytes += len(steps[-1])
        if len(steps) > MOST_STEPS:
            self._bytes -= len(steps.popleft())
        while self._bytes > MOST_BYTES:
            _, dropped = self._kept.pop(next(iter(self._kept)))
            self._bytes -= sum(map(len, dropped))

    def of(self, key: str) -> tuple[str, list[Json]] | None:
        """Return the owner of a message or call, and its steps; None where nothing is kept of it."""
        if key not in self._kept:
            return None
        owner, steps = self._kept[key]
        return owner, [json_text.parse(step) for step in steps]

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._bytes = 0
