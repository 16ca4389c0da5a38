"""What the sandbox remembers: bounded shelves of records, the clock, and one source of randomness."""

import random
import string
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

MAIN_ACCOUNT = "MASANDBOX00000000000"
"""Auth id of the one main account (fixed by the design)."""

SHELF_SIZE = 1000
"""Records that a collection holds; the oldest goes when one more comes."""

SHELVES = 2000
"""Collections that are kept, those inside a resource counted each; the oldest goes first."""

_UPPER = string.ascii_uppercase + string.digits
_MIXED = string.ascii_letters + string.digits


class Owned(Protocol):
    """Anything on a shelf belongs to the main account or to one of its subaccounts."""

    owner: str


RecordT = TypeVar("RecordT", bound=Owned)


class Shelf(Generic[RecordT]):
    """The records of one collection by id, oldest first, never more than ``SHELF_SIZE``."""

    def __init__(self, kind: type[RecordT]) -> None:
        self.kind = kind
        self._records: dict[str, RecordT] = {}

    def put(self, key: str, record: RecordT) -> None:
        """Add or replace a record."""
        self._records[key] = record
        while len(self._records) > SHELF_SIZE:
            del self._records[next(iter(self._records))]

    def get(self, key: str) -> RecordT | None:
        """Return a record, or None."""
        return self._records.get(key)

    def drop(self, key: str) -> None:
        """Forget a record."""
        self._records.pop(key, None)

    def newest_first(self) -> Iterator[tuple[str, RecordT]]:
        """Go through a copy of the records, so that they may be dropped on the way."""
        return iter(list(reversed(self._records.items())))


class World:
    """All state of one sandbox.

    Args:
        seed: makes every id and token repeatable; None for fresh ones each time.
        clock: seconds since 1970.

    Attributes:
        spent: what messages and numbers have cost, in hundred-thousandths of a dollar.
    """

    def __init__(self, seed: int | None, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.spent = 0
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, and nothing here is secret
        self._shelves: dict[str, Shelf[Any]] = {}

    def shelf(self, name: str, kind: type[RecordT]) -> Shelf[RecordT]:
        """Return the shelf of this name, which holds records of this kind only."""
        shelf = self._shelves.get(name)
        if shelf is None:
            shelf = Shelf(kind)
            if len(self._shelves) >= SHELVES:
                # Only collections inside a resource ("Powerpack/<uuid>/…") can become that many.
                self._shelves.pop(next((key for key in self._shelves if "/" in key), ""), None)
            self._shelves[name] = shelf
        if shelf.kind is not kind:
            message = f"{name} holds {shelf.kind.__name__}, not {kind.__name__}"
            raise TypeError(message)
        return shelf

    def holder(self, name: str, key: str) -> str | None:
        """Return who owns a record, of whatever kind; None where there is none."""
        shelf = self._shelves.get(name)
        record = shelf.get(key) if shelf is not None else None
        return None if record is None else str(record.owner)

    def disown(self, owner: str, heir: str | None) -> None:
        """Give everything of an account to another one, or drop it where there is no heir."""
        for shelf in self._shelves.values():
            for key, record in shelf.newest_first():
                if record.owner != owner:
                    continue
                if heir is None:
                    shelf.drop(key)
                else:
                    record.owner = heir

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


def timestamp(moment: float, timespec: str = "seconds") -> str:
    """Write seconds since 1970 as Plivo writes a time, in UTC: ``2026-01-31 09:00:00+00:00``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(" ", timespec)


def calendar_date(moment: float) -> str:
    """Write seconds since 1970 as a date in UTC: ``2026-01-31``."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def money(amount: int) -> str:
    """Write hundred-thousandths of a dollar as Plivo writes an amount: ``0.00550``."""
    return f"{amount / 100_000:.5f}"
