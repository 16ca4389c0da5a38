"""Where records are: one bounded table for each collection, and a bound on all of them by the byte."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from app.sandbox.engine.ledger import Ledger, Place, weight

TABLE_SIZE = 10_000
"""Records that a table holds; the oldest goes when one more comes."""

INNER_TABLE_SIZE = 1000
"""Records that a table inside a resource holds, such as the numbers of a pool."""

INNER_TABLES = 1000
"""Tables inside resources that are kept; the oldest goes first."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes that all records take together; anybody may have the sandbox's credentials, so there must be an end."""

MOST_ACCOUNT_BYTES = 32 * 1024 * 1024
"""Bytes that the records of one account take."""


SUBACCOUNTS = "Subaccount"
"""Name of the table of subaccounts, each under its auth id."""


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
    """The records of one collection by id, oldest first. It takes no memory until something is put into it."""

    def __init__(self, tables: "Tables", name: str, *, inner: bool) -> None:
        self._tables = tables
        self._name = name
        self._inner = inner

    def put(self, key: str, record: RecordT) -> None:
        """Add or replace a record."""
        self._tables.put((self._name, key), record, inner=self._inner)

    def get(self, key: str) -> RecordT | None:
        """Return a record, or None; it may be changed until the request is answered."""
        record: RecordT | None = self._tables.get((self._name, key))
        return record

    def drop(self, key: str) -> None:
        """Forget a record."""
        self._tables.drop((self._name, key))

    def newest_first(self) -> Iterator[tuple[str, RecordT]]:
        """Go through a copy of the records, so that they may be dropped on the way."""
        return iter(list(reversed(self._tables.rows(self._name).items())))


class Tables:
    """All tables. What a request looked up or put in is weighed when it is answered: see ``settle``."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything, what was there from the start too."""
        self._rows: dict[str, dict[str, Any]] = {}
        self._kinds: dict[str, type] = {}
        self._inner: dict[str, None] = {}
        self._touched: dict[Place, None] = {}
        self._ledger = Ledger(MOST_BYTES, MOST_ACCOUNT_BYTES)
        self._seeds: dict[Place, Any] = {}
        self._gone: dict[Place, None] = {}

    def table(self, name: str, kind: type[RecordT], *, inner: bool = False) -> Table[RecordT]:
        """Return the table of this name, which holds records of this kind only.

        Args:
            name: the collection's path below the account's.
            kind: what it holds.
            inner: the collection lies inside a resource (``NumberPool/<uuid>/Number``).
        """
        known = next((type(record) for record in self.rows(name).values()), kind)
        if known is not kind:
            raise TypeError(f"{name} holds {known.__name__}, not {kind.__name__}")
        return Table(self, name, inner=inner)

    def rows(self, name: str) -> dict[str, Any]:
        """Return the records of a table by id; they are only to be read."""
        return self._rows.get(name, {})

    def put(self, place: Place, record: Owned, *, inner: bool) -> None:
        """Add or replace a record; too many in one table, or too many tables, and the oldest goes."""
        name, key = place
        if inner and name not in self._rows:
            self._inner[name] = None
            if len(self._inner) > INNER_TABLES:
                oldest = next(iter(self._inner))
                for other in list(self.rows(oldest)):
                    self.drop((oldest, other))
        rows = self._rows.setdefault(name, {})
        rows[key] = record
        self._touched[place] = None
        if len(rows) > (INNER_TABLE_SIZE if inner else TABLE_SIZE):
            self.drop((name, next(key for key in rows if not self._ledger.lasts((name, key)))))

    def get(self, place: Place) -> Any:
        """Return a record, or None."""
        name, key = place
        record = self.rows(name).get(key)
        if record is not None:
            self._touched[place] = None
        return record

    def drop(self, place: Place) -> None:
        """Forget a record, and a table without any."""
        name, key = place
        rows = self.rows(name)
        if rows.pop(key, None) is None:
            return
        self._ledger.remove(place)
        if place in self._seeds:
            self._gone[place] = None
        if not rows:
            del self._rows[name]
            self._inner.pop(name, None)

    def owner_of(self, name: str, key: str) -> str | None:
        """Return who owns a record, of whatever kind; None where there is none."""
        record = self.rows(name).get(key)
        return None if record is None else str(record.owner)

    def reassign(self, owner: str, heir: str | None) -> None:
        """Give everything of an account to another one, or drop it where there is no heir."""
        places = [(name, key) for name, rows in self._rows.items() for key, row in rows.items() if row.owner == owner]
        for place in places:
            if heir is None:
                self.drop(place)
            else:
                self.get(place).owner = heir

    def settle(self) -> None:
        """Weigh what was looked up or put in since the last time; drop the longest unused of what is too much.

        What was there from the start and is gone comes back, as it was.
        """
        touched, self._touched = self._touched, {}
        for name, key in touched:
            record = self.rows(name).get(key)
            if record is None:
                continue
            # A subaccount counts as its own: what else the main account keeps must not cost it its credentials.
            owner = key if name == SUBACCOUNTS else record.owner
            self._ledger.enter((name, key), owner, weight(record))
            while (place := self._ledger.overdue(owner)) is not None:
                self.drop(place)
        self._restore()

    def _restore(self) -> None:
        gone, self._gone = self._gone, {}
        for name, key in gone:
            rows = self._rows.setdefault(name, {})
            if key not in rows:
                rows[key] = deepcopy(self._seeds[name, key])
                self._ledger.restore((name, key))

    def seal(self) -> None:
        """Let what is there now last, whatever comes: it does not count, and is there again when it was dropped."""
        self.settle()
        self._ledger.seal()
        self._inner.clear()
        self._seeds = {(name, key): deepcopy(row) for name, rows in self._rows.items() for key, row in rows.items()}

    def is_seed(self, name: str, key: str) -> bool:
        """Say whether a record is there from the start."""
        return (name, key) in self._seeds
