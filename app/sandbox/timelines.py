"""What happened to a message or a call, step by step, to be shown."""

from collections import deque
from collections.abc import Callable
from typing import Any

from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json

MOST_TIMELINES = 500
"""Messages and calls of which it is kept; the oldest goes when one more comes."""

MOST_STEPS = 200
"""Steps that are kept of each; the oldest go first."""

_LONGEST = 4000
"""Characters of a text that are kept."""


class Timelines:
    """Keeps a timeline for each message and call.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, deque[Json]]] = {}

    def note(self, owner: str, key: str, step: str, **details: Any) -> None:
        """Write down a step.

        Args:
            owner: the account.
            key: uuid of the message or call.
            step: what happened, like ``request`` or ``Speak``.
            details: whatever else there is to say of it.
        """
        if key not in self._kept and len(self._kept) >= MOST_TIMELINES:
            del self._kept[next(iter(self._kept))]
        _, steps = self._kept.setdefault(key, (owner, deque(maxlen=MOST_STEPS)))
        told = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in details.items()}
        steps.append({"at": timestamp(self._clock(), "milliseconds"), "step": step, **told})

    def of(self, key: str) -> tuple[str, list[Json]] | None:
        """Return the owner of a message or call, and its steps; None where nothing is kept of it."""
        if key not in self._kept:
            return None
        owner, steps = self._kept[key]
        return owner, list(steps)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
