"""The engines that keep what must outlive a request. They know no table of anybody's.

``STORE_URL`` names one: a SQLite file for the processes of one machine, or a Redis server for any number of machines.
Whoever keeps something there brings two small modules, one for each engine, behind one protocol of its own.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import ConfigurationError

if TYPE_CHECKING:
    from app.storage.redis import RedisEngine
    from app.storage.sqlite import SqliteEngine

IN_MEMORY = "memory:"
"""The URL of what is gone with the process."""


class StoreError(Exception):
    """The store cannot be reached, or answers wrongly. The text is for logs: it names no secret."""


def open_engine(url: str) -> "SqliteEngine | RedisEngine":
    """Return the engine that a URL names, without connecting to it.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path``, ``redis://…``, ``rediss://…`` (TLS), or
            ``memory:``.

    Raises:
        ConfigurationError: it names none; the text never repeats the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        scheme = parts.scheme
        has_extras = bool(parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        raise ConfigurationError("STORE_URL is not a URL.") from None
    if scheme in ("redis", "rediss"):
        from app.storage.redis import RedisEngine  # noqa: PLC0415  # the Redis client takes 0.08 s to load

        try:
            return RedisEngine(url)
        except ValueError as error:
            raise ConfigurationError(f"STORE_URL is not the URL of a Redis server: {error}") from None
    from app.storage.sqlite import SqliteEngine  # noqa: PLC0415  # only one of the two is ever needed

    if url == IN_MEMORY:
        return SqliteEngine(None)
    if scheme == "sqlite":
        path = parts.path.removeprefix("/")
        is_file = url.startswith("sqlite:///") and path and not path.endswith("/") and path != ":memory:"
        if not is_file or has_extras or "\0" in path:
            raise ConfigurationError(
                "STORE_URL must name a file: sqlite:///data/connector.db, or with four slashes an absolute path."
            )
        return SqliteEngine(Path(path).absolute())
    raise ConfigurationError("STORE_URL must begin with sqlite:///, redis:// or rediss://.")
