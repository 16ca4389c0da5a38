"""What the sandbox remembers: bounded tables of records, the clock, and one source of randomness."""

import random
import string
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

MAIN_ACCOUNT = "MASANDBOX00000000000"
"""Auth id of the one main account (fixed by the design)."""

EVERYBODY = ""
"""Owner of what belongs to no account: every one may see it."""

TABLE_SIZE = 10_000
"""Records that a collection of an account holds; the oldest goes when one more comes."""

INNER_TABLE_SIZE = 1000
"""Records that a collection inside a resource holds, such as the numbers of a pool."""

INNER_TABLES = 1000
"""Collections inside resources that are kept; the oldest goes first."""

_UPPER = string.ascii_uppercase + string.digits
_MIXED = string.ascii_letters + string.digits


class Owned(Protocol):
    """Anything in a table belongs to the main account or to one of its subaccounts."""

    owner: str


RecordT = TypeVar("RecordT", bound=Owned)


@dataclass
class Record:
    """An item of a generic resource, or anything else whose fields are all there is to it.

    Attributes:
        owner: the account that it belongs to.
        fields: what is shown.
        since: the time that the stages of its review count from, seconds since 1970; None: it has none.
    """

    owner: str
    fields: dict[str, Any]
    since: float | None = None


class Table(Generic[RecordT]):
    """The records of one collection by id, oldest first, never more than ``size``."""

    def __init__(self, kind: type[RecordT], size: int = TABLE_SIZE) -> None:
        self.kind = kind
        self._size = size
        self._records: dict[str, RecordT] = {}

    def put(self, key: str, record: RecordT) -> None:
        """Add or replace a record."""
        self._records[key] = record
        if len(self._records) > self._size:
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


class State:
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
        self._tables: dict[str, Table[Any]] = {}
        self._inner_names: deque[str] = deque()

    def table(self, name: str, kind: type[RecordT], *, inner: bool = False) -> Table[RecordT]:
        """Return the table of this name, which holds records of this kind only.

        Args:
            name: the collection's path below the account's.
            kind: what it holds.
            inner: the collection lies inside a resource (``NumberPool/<uuid>/Number``).
        """
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = Table(kind, INNER_TABLE_SIZE if inner else TABLE_SIZE)
            if inner:
                self._inner_names.append(name)
                if len(self._inner_names) > INNER_TABLES:
                    self._tables.pop(self._inner_names.popleft(), None)
        if table.kind is not kind:
            message = f"{name} holds {table.kind.__name__}, not {kind.__name__}"
            raise TypeError(message)
        return table

    def owner_of(self, name: str, key: str) -> str | None:
        """Return who owns a record, of whatever kind; None where there is none."""
        table = self._tables.get(name)
        record = table.get(key) if table is not None else None
        return None if record is None else str(record.owner)

    def reassign(self, owner: str, heir: str | None) -> None:
        """Give everything of an account to another one, or drop it where there is no heir."""
        for table in self._tables.values():
            for key, record in table.newest_first():
                if record.owner != owner:
                    continue
                if heir is None:
                    table.drop(key)
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
