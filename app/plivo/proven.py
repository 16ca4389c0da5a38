"""Which pairs of authId and authToken are known to belong together.

An authId is no secret: whoever knows one can send requests with a token of their own making. What they do must not cost
the account its turns or its idempotency keys, so both belong to the pair until Plivo has answered it with a 2xx.
"""

from collections import OrderedDict
from hashlib import blake2b
from secrets import token_bytes

from app.datatypes.credentials import Credentials

MOST = 10_000
"""Pairs remembered; of more the one that was not used for longest is forgotten, and proven anew by its next success."""


class ProvenPairs:
    """Remembers pairs as hashes that only this process can make."""

    def __init__(self) -> None:
        self._key = token_bytes(32)
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, credentials: Credentials) -> bool:
        """Say whether Plivo has accepted the pair before."""
        digest = self._digest(credentials)
        if digest not in self._proven:
            return False
        self._proven.move_to_end(digest)
        return True

    def account_of(self, credentials: Credentials) -> str:
        """Return whose turns a request takes: the account's, or the pair's own while it is not proven."""
        digest = self._digest(credentials)
        return credentials.auth_id if digest in self._proven else f"{credentials.auth_id}:{digest.hex()}"

    def add(self, credentials: Credentials) -> None:
        """Note that Plivo accepted the pair."""
        self._proven[self._digest(credentials)] = None
        if len(self._proven) > MOST:
            self._proven.popitem(last=False)

    def _digest(self, credentials: Credentials) -> bytes:
        pair = f"{credentials.auth_id}:{credentials.auth_token}".encode()
        return blake2b(pair, key=self._key, digest_size=16).digest()
