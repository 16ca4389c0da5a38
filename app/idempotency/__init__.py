"""Never twice: the outcome of requests that carried an idempotency key.

One small interface, two engines behind it; :func:`open_keys` chooses, nothing else knows which.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.storage.redis import RedisEngine

State = Literal["claimed", "sending", "done", "unknown"]


class KeyName(NamedTuple):
    """What a key is called in the store, which learns nothing of what it names.

    Attributes:
        name: hash of account, block and key.
        token: hash that tells the tokens of one account apart.
        is_proven: the token is known to be the account's, so that its claim holds whatever token comes next.
    """

    name: str
    token: str
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about one key.

    Attributes:
        state: ``claimed`` (nothing was sent yet), ``sending`` (it may have been sent), ``done`` or ``unknown``.
        fingerprint: tells requests with the same key apart.
        reply: what ``finish`` was given, None before that.
        age: seconds since the state began.
        lease: seconds for which the claim holds.
    """

    state: State
    fingerprint: bytes
    reply: bytes | None
    age: float
    lease: float

    @property
    def has_lapsed(self) -> bool:
        """Whether the claim may be taken over: it was never acted on and its lease has run out."""
        return self.state == "claimed" and self.age >= self.lease


class KeyStore(Protocol):
    """Rows by key, each changed by its owner only; every change is atomic, and durable before the call returns.

    A key has a row for each token that used it. Those of unproven tokens stand in nobody else's way; at most one is
    proven, and stands in the way of all that are not sent yet. A row lives for the store's ``ttl`` after its last
    change of state. Every call tries anew, so that a store that was down is used again as soon as it is back.

    Every method raises :class:`app.storage.StoreError`. A change may have been made even then.
    """

    async def claim(self, key: KeyName, fingerprint: bytes, owner: str, lease: float) -> Row | None:
        """Claim a key for an owner, or return the row that stands in the way as it is.

        A claim with the same fingerprint whose lease has run out is taken over.

        Args:
            key: what is claimed.
            fingerprint: of the request.
            owner: a name used for this claim only.
            lease: seconds for which nobody else may take the claim over.

        Returns:
            None when the key is claimed for this owner now.
        """

    async def begin_sending(self, key: KeyName, owner: str) -> bool:
        """Change ``claimed`` to ``sending``.

        Returns:
            False, and no change, when the claim is no longer this owner's, or a proven token has the key meanwhile.
        """

    async def finish(self, key: KeyName, owner: str, reply: bytes) -> None:
        """Change this owner's ``sending`` to ``done``, keep the reply, and take the token for proven.

        No change where it is not so.
        """

    async def set_unknown(self, key: KeyName, owner: str) -> None:
        """Change this owner's ``sending`` to ``unknown``; no change where it is not so."""

    async def free(self, key: KeyName, owner: str) -> None:
        """Forget the key while it is this owner's and not settled; no change where it is not so."""

    async def read(self, key: KeyName) -> Row | None:
        """Return the row that stands in the way of this key."""


def open_keys(engine: "SqliteEngine | RedisEngine", *, ttl: float) -> KeyStore:
    """Return the keys that an engine keeps.

    Args:
        engine: where.
        ttl: seconds for which a row is kept after its last change.
    """
    if isinstance(engine, SqliteEngine):
        from app.idempotency.sqlite import SqliteKeys  # noqa: PLC0415  # only one of the two is ever needed

        return SqliteKeys(engine, ttl=ttl)
    from app.idempotency.redis import RedisKeys  # noqa: PLC0415  # as above

    return RedisKeys(engine, ttl=ttl)
