"""What the sandbox remembers: its tables, the clock, and one source of randomness."""

import random
import string
import uuid
from collections.abc import Callable
from typing import Any

from app.sandbox.engine.tables import Tables

MAIN_ACCOUNT = "MASANDBOX00000000000"
"""Auth id of the one main account (fixed by the design)."""

EVERYBODY = ""
"""Owner of what belongs to no account: every one may see it."""

_UPPER = string.ascii_uppercase + string.digits
_MIXED = string.ascii_letters + string.digits


class State(Tables):
    """All state of one sandbox.

    Args:
        seed: makes every id and token repeatable; None for fresh ones each time.
        clock: seconds since 1970.

    Attributes:
        spent: what messages and numbers have cost, in hundred-thousandths of a dollar.
        ahead: seconds by which somebody moved the clock.
        listener: is told what happened (``message``, ``call``, …), to which record, and by which request.
    """

    def __init__(self, seed: int | None, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self.ahead = 0.0
        self.spent = 0
        self.listener: Callable[[str, str, Any], None] | None = None
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, and nothing here is secret

    def clock(self) -> float:
        """Return the time, seconds since 1970."""
        return self._clock() + self.ahead

    def chance(self, probability: float) -> bool:
        """Say whether something of this probability (0 to 1) happens this time."""
        return self._random.random() < probability

    def uuid(self) -> str:
        """Return a new random UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def digits(self, length: int) -> str:
        """Return a new number of so many digits that does not begin with 0."""
        return str(self._random.randrange(10 ** (length - 1), 10**length))

    def token(self) -> str:
        """Return a new auth token (40 characters, as Plivo's)."""
        return "".join(self._random.choices(_MIXED, k=40))

    def auth_id(self) -> str:
        """Return a new subaccount id: ``SA`` and 18 capitals or digits (the SDKs check that)."""
        return "SA" + "".join(self._random.choices(_UPPER, k=18))

    def like(self, example: str) -> str:
        """Return a new id of the same form as the example."""
        try:
            uuid.UUID(example)
        except ValueError:
            pass
        else:
            return self.uuid()
        if not example:
            return self.uuid()
        if example.isascii() and example.isdigit():
            return self.digits(len(example))
        head, tail = example[:1], example[1:]
        return head + "".join(self._random.choice(_UPPER) if letter.isalnum() else letter for letter in tail)
