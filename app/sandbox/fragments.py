"""How patient a request to a customer is, as the fragment of its URL says: ``#ct=2000&rt=3000&rc=2&rp=5xx,rt``."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

_BOUNDS = {"ct": (100, 10_000), "rt": (100, 40_000), "tt": (100, 55_000), "rc": (0, 5)}
"""Name → the least and the most that it may be; times in milliseconds."""

CONNECT, READ = "ct", "rt"
"""No connection in time, no answer in time: what a request may fail of, as ``rp`` names it."""

_CAUSES = {CONNECT, READ, "4xx", "5xx"}


@dataclass(frozen=True)
class Patience:
    """When Plivo gives up on a request, and when it makes it again; by default as its documentation says.

    Attributes:
        connect: seconds for the connection.
        read: seconds for the answer.
        total: seconds for all tries together.
        retries: how often it is made again.
        causes: what it is made again after: ``ct``, ``rt``, ``4xx``, ``5xx``.
    """

    connect: float = 2.0
    read: float = 40.0
    total: float = 55.0
    retries: int = 1
    causes: frozenset[str] = frozenset((CONNECT, READ))

    def forgives(self, status: int) -> bool:
        """Say whether a request that was answered with this status is made again."""
        return f"{status // 100}xx" in self.causes


BY_DEFAULT = Patience()


def patience_of(url: str) -> Patience:
    """Return what the fragment of a URL says; what it does not say, or says wrongly, is as by default."""
    default, given = BY_DEFAULT, dict(parse_qsl(url.partition("#")[2]))
    numbers = {name: int(text) for name, text in given.items() if text.isascii() and text.isdigit() and len(text) < 9}  # noqa: PLR2004 - longer ones are out of bounds
    known = {
        name: numbers[name] for name, (least, most) in _BOUNDS.items() if least <= numbers.get(name, least - 1) <= most
    }
    causes = frozenset(filter(None, given.get("rp", "").split(",")))
    if causes == {"all"}:
        causes = frozenset(_CAUSES)
    return Patience(
        connect=known.get("ct", default.connect * 1000) / 1000,
        read=known.get("rt", default.read * 1000) / 1000,
        total=known.get("tt", default.total * 1000) / 1000,
        retries=known.get("rc", default.retries),
        causes=causes if causes and causes <= _CAUSES else default.causes,
    )
