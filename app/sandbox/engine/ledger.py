"""How much is kept, by the byte: of each account, in all, and what goes first when it becomes too much."""

import sys
from collections import Counter

Place = tuple[str, str]
"""Where a record is: the name of its table, and its id."""


class Ledger:
    """The weights of records, those first that nobody has used for longest.

    Args:
        most: bytes in all.
        most_of_account: bytes that belong to one account.
    """

    def __init__(self, most: int, most_of_account: int) -> None:
        self._most = most
        self._most_of_account = most_of_account
        self._total = 0
        self._entries: dict[Place, tuple[str, int]] = {}
        self._places: dict[str, dict[Place, None]] = {}
        self._bytes: Counter[str] = Counter()
        self._seeds: dict[Place, tuple[str, int]] = {}
        self._lasting: dict[Place, tuple[str, int]] = {}

    def seal(self) -> None:
        """Let what is there now last: it goes only once it was changed."""
        self._seeds, self._lasting = self._entries, dict(self._entries)
        self._total, self._entries, self._places, self._bytes = 0, {}, {}, Counter()

    def restore(self, place: Place) -> None:
        """Let a record that is as it was at the start last again."""
        self._lasting[place] = self._seeds[place]

    def lasts(self, place: Place) -> bool:
        """Say whether a record is there from the start, unchanged."""
        return place in self._lasting

    def enter(self, place: Place, owner: str, size: int) -> None:
        """Write down what a record weighs and whose it is; it was used just now, so it goes last."""
        if (owner, size) == self._lasting.get(place):
            return
        self.remove(place)
        self._entries[place] = (owner, size)
        self._places.setdefault(owner, {})[place] = None
        self._bytes[owner] += size
        self._total += size

    def remove(self, place: Place) -> None:
        """Forget a record."""
        self._lasting.pop(place, None)
        entry = self._entries.pop(place, None)
        if entry is None:
            return
        owner, size = entry
        self._bytes[owner] -= size
        self._total -= size
        del self._places[owner][place]
        if not self._places[owner]:
            del self._places[owner], self._bytes[owner]

    def overdue(self, owner: str) -> Place | None:
        """Return the record that has to go next, the account's or anybody's; None while there is room.

        Args:
            owner: the account that may have too much now.
        """
        if self._bytes[owner] > self._most_of_account:
            return next(iter(self._places[owner]))
        return next(iter(self._entries)) if self._total > self._most else None


def weight(value: object) -> int:
    """Return how many bytes a record takes, about: the sizes of all that it holds."""
    size = sys.getsizeof(value)
    match value:
        case dict():
            return size + sum(weight(name) + weight(item) for name, item in value.items())
        case list() | tuple():
            return size + sum(weight(item) for item in value)
        case str() | bytes() | int() | float() | None:
            return size
    return size + sys.getsizeof(vars(value)) + sum(weight(item) for item in vars(value).values())
