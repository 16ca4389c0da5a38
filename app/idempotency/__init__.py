"""What must outlive a request: the outcome of requests that carried an idempotency key.

One small interface, two places behind it. :func:`open_store` chooses by URL; nothing else knows which.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from app.errors import ConfigurationError

State = Literal["claimed", "sending", "done", "unknown"]


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


class Store(Protocol):
    """Rows by key, each changed by its owner only; every change is atomic, and durable before the call returns.

    A row lives for the store's ``ttl`` after its last change of state. Nothing here connects before the first
    call, and every call tries anew, so that a store that was down is used again as soon as it is back.

    Every method but ``aclose`` raises :class:`app.storage.StoreError`. A change may have been made even then.
    """

    async def claim(self, key: str, fingerprint: bytes, owner: str, lease: float) -> Row | None:
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

    async def begin_sending(self, key: str, owner: str) -> bool:
        """Change ``claimed`` to ``sending``; False, and no change, when the claim is no longer this owner's."""

    async def finish(self, key: str, owner: str, reply: bytes) -> None:
        """Change this owner's ``sending`` to ``done`` and keep the reply; no change where it is not so."""

    async def set_unknown(self, key: str, owner: str) -> None:
        """Change this owner's ``sending`` to ``unknown``; no change where it is not so."""

    async def free(self, key: str, owner: str) -> None:
        """Forget the key while it is this owner's and not settled; no change where it is not so."""

    async def read(self, key: str) -> Row | None:
        """Return the row as it is."""

    async def ping(self) -> list[str]:
        """Look whether the store works, and return what about it makes it less safe than it should be."""

    async def aclose(self) -> None:
        """Let go of file and connections."""


def open_store(url: str, *, ttl: float) -> Store:
    """Return the store that a URL names, without connecting to it.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path``, ``redis://…`` or ``rediss://…`` (TLS).
        ttl: seconds for which a row is kept after its last change.

    Raises:
        ConfigurationError: it names no store; the text never repeats the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        scheme = parts.scheme
        has_extras = bool(parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        raise ConfigurationError("STORE_URL is not a URL.") from None
    # Imported where they are chosen: the Redis client takes a good part of a second to load.
    if scheme in ("redis", "rediss"):
        from app.idempotency.redis import RedisStore  # noqa: PLC0415

        try:
            return RedisStore(url, ttl=ttl)
        except ValueError as error:
            raise ConfigurationError(f"STORE_URL is no URL of a Redis server: {error}") from None
    if scheme == "sqlite":
        from app.idempotency.sqlite import SqliteStore  # noqa: PLC0415

        path = parts.path.removeprefix("/")
        is_file = url.startswith("sqlite:///") and path and not path.endswith("/") and path != ":memory:"
        if not is_file or has_extras or "\0" in path:
            raise ConfigurationError(
                "STORE_URL must name a file: sqlite:///data/connector.db, or with four slashes an absolute path."
            )
        return SqliteStore(Path(path).absolute(), ttl=ttl)
    raise ConfigurationError("STORE_URL must begin with sqlite:///, redis:// or rediss://.")
