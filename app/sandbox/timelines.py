"""What happened to a message or a call, step by step, to be shown."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app import json_text
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json

MOST_STEPS = 200
"""Steps that are kept of each message and call; the oldest go first."""

MOST_CHARACTERS = 20_000
"""Characters of a text in a step, such as a page; of a longer one the beginning is kept."""

MOST_BYTES = 8 * 1024 * 1024
"""Bytes that all take together; the oldest timelines go first."""


@dataclass
class _Timeline:
    owner: str
    steps: deque[bytes] = field(default_factory=deque)
    noted: int = 0


class Timelines:
    """Keeps a timeline for each message and call.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, _Timeline] = {}
        self._bytes = 0

    def note(self, owner: str, key: str, step: str, **details: Any) -> None:
        """Write down a step.

        Args:
            owner: the account.
            key: uuid of the message or call.
            step: what happened, like ``request`` or ``Speak``.
            details: whatever else there is to say of it.
        """
        timeline = self._kept.setdefault(key, _Timeline(owner))
        steps, told = timeline.steps, {name: _shortened(value) for name, value in details.items()}
        steps.append(json_text.render({"at": timestamp(self._clock(), "milliseconds"), "step": step, **told}))
        timeline.noted += 1
        self._bytes += len(steps[-1])
        if len(steps) > MOST_STEPS:
            self._bytes -= len(steps.popleft())
        while self._bytes > MOST_BYTES:
            dropped = self._kept.pop(next(iter(self._kept)))
            self._bytes -= sum(map(len, dropped.steps))

    def of(self, key: str) -> tuple[str, list[Json]] | None:
        """Return the owner of a message or call, and its steps; None where nothing is kept of it."""
        timeline = self._kept.get(key)
        return None if timeline is None else (timeline.owner, [json_text.parse(step) for step in timeline.steps])

    def noted(self, key: str) -> int:
        """Return how many steps of a message or call were written down, those that have gone too."""
        timeline = self._kept.get(key)
        return 0 if timeline is None else timeline.noted

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._bytes = 0


def _shortened(value: Any) -> Any:
    return f"{value[:MOST_CHARACTERS]}…" if isinstance(value, str) and len(value) > MOST_CHARACTERS else value
