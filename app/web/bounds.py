"""How much of everything one process takes from its callers at one time."""

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from app.settings import Settings

if TYPE_CHECKING:
    from app.web.timed_connection import TimedConnection

if sys.platform != "win32":  # which has no such limit
    import resource

MAX_SURPLUS = 1024
"""Connections beyond MAX_CONNECTIONS that may wait at one time to be told so."""

FREE_BODY_BYTES = 64 * 1024
"""So much of each body counts for nothing: no uploads can push out what a small call needs."""

OWN_FILES = 128
"""Descriptors for everything that is no connection: the store, temporary files, the log, libraries."""

_PLENTY = 1 << 20
"""Files where there is no limit."""

EVICTED_AFTER = 1.0
"""Seconds that a connection may wait for its request before another may take its place, if there is no other room."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes in bytes, times in seconds; each is the setting of its name in capitals.

    Attributes:
        max_surplus: connections beyond MAX_CONNECTIONS that may wait at one time to be told so.
    """

    max_header_bytes: int
    max_url_bytes: int
    header_timeout: float
    body_timeout: float
    keep_alive_timeout: float
    max_connections: int
    max_body_bytes_in_flight: int
    max_surplus: int = MAX_SURPLUS

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the bounds that the settings set, which are ``within_open_files`` already."""
        return cls(
            max_header_bytes=settings.max_header_bytes,
            max_url_bytes=settings.max_url_bytes,
            header_timeout=settings.header_timeout,
            body_timeout=settings.body_timeout,
            keep_alive_timeout=settings.keep_alive_timeout,
            max_connections=settings.max_connections,
            max_body_bytes_in_flight=settings.max_body_bytes_in_flight,
            max_surplus=_surplus(_open_files()),
        )


@dataclass(slots=True)
class Traffic:
    """What the connections of one process share.

    Attributes:
        waiting: connections without a request under way, the longest wait first, with the time it began.
        surplus: connections that are one too many, and only to be told so, the oldest first.
        body_bytes: of all requests under way, what counts of their bodies.
    """

    bounds: Bounds
    waiting: dict["TimedConnection", float] = field(default_factory=dict)
    surplus: dict["TimedConnection", None] = field(default_factory=dict)
    body_bytes: int = 0

    def make_room(self, now: float) -> bool:
        """Close the connection that has waited longest, and say whether there was one to close."""
        connection, since = next(iter(self.waiting.items()), (None, now))
        if connection is None or now - since < EVICTED_AFTER:
            return False
        connection.evict()
        return True

    def add_surplus(self, connection: "TimedConnection") -> None:
        """Let a connection wait to be told that it is one too many; the oldest of too many such is closed for it."""
        if len(self.surplus) >= self.bounds.max_surplus:
            next(iter(self.surplus)).evict()
        self.surplus[connection] = None


def within_open_files(settings: Settings) -> Settings:
    """Let the process open as many files as it needs, or else take fewer connections, so that they never run out."""
    limit = _raise_open_files(OWN_FILES + MAX_SURPLUS + settings.max_connections + settings.plivo_max_connections)
    room = limit - OWN_FILES - _surplus(limit)
    incoming = min(settings.max_connections, max(room // 2, room - settings.plivo_max_connections, 1))
    outgoing = min(settings.plivo_max_connections, max(room - incoming, 1))
    if (incoming, outgoing) == (settings.max_connections, settings.plivo_max_connections):
        return settings
    return settings.model_copy(update={"max_connections": incoming, "plivo_max_connections": outgoing})


def _surplus(open_files: int) -> int:
    return min(MAX_SURPLUS, max((open_files - OWN_FILES) // 8, 1))


def _open_files() -> int:
    if sys.platform == "win32":
        return _PLENTY
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _PLENTY if soft == resource.RLIM_INFINITY else soft


def _raise_open_files(wanted: int) -> int:
    """Raise the soft limit as far as wanted and allowed, and return it."""
    if sys.platform == "win32":
        return _PLENTY
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _PLENTY
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(soft, allowed)
