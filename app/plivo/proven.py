"""Which pairs of authId and authToken are known to belong together.

An authId is no secret: whoever knows one can send requests with a token of their own making. What they do must not cost
the account its turns or its idempotency keys, so both belong to the pair until Plivo has answered it with a 2xx.
"""

from collections import OrderedDict
from hashlib import blake2b

from app.datatypes.credentials import Credentials

MOST = 10_000
"""Pairs remembered; of more the one that was not used for longest is forgotten, and proven anew by its next success."""

_EMPTY = blake2b(digest_size=16, person=b"plivo pair")


class ProvenPairs:
    """Remembers pairs by their hash.

    An account's turns are taken under the name of the first of its pairs that was proven. So nothing has to be moved
    when a pair is proven, and processes that share limits mean the same whether they know the pair yet or not.
    """

    def __init__(self) -> None:
        self._proven: OrderedDict[str, str] = OrderedDict()
        """By name of the pair: its authId; the one that was used last is last."""
        self._pairs: dict[str, list[str]] = {}
        """By authId: the names of its pairs, in the order in which they were proven."""

    @property
    def remembered(self) -> int:
        """How many pairs are remembered."""
        return len(self._proven)

    def __contains__(self, credentials: Credentials) -> bool:
        """Say whether Plivo has accepted the pair."""
        return _name_of(credentials) in self._proven

    def account_of(self, credentials: Credentials) -> tuple[str, bool]:
        """Return whose turns a request takes: the account's, or the pair's own while it is not proven; and whether."""
        name = _name_of(credentials)
        if name not in self._proven:
            return name, False
        self._proven.move_to_end(name)
        return self._pairs[credentials.auth_id][0], True

    def add(self, credentials: Credentials) -> None:
        """Note that Plivo accepted the pair."""
        name = _name_of(credentials)
        if name in self._proven:
            return
        self._proven[name] = credentials.auth_id
        self._pairs.setdefault(credentials.auth_id, []).append(name)
        if len(self._proven) > MOST:
            self._forget(next(iter(self._proven)))

    def discard(self, credentials: Credentials) -> None:
        """Note that Plivo does not accept the pair any more."""
        name = _name_of(credentials)
        if name in self._proven:
            self._forget(name)

    def _forget(self, name: str) -> None:
        auth_id = self._proven.pop(name)
        self._pairs[auth_id].remove(name)
        if not self._pairs[auth_id]:
            del self._pairs[auth_id]


def _name_of(credentials: Credentials) -> str:
    name = _EMPTY.copy()  # half the time of a new one
    name.update(f"{credentials.auth_id}:{credentials.auth_token}".encode())
    return name.hexdigest()
