"""What one process holds of an account's places at one limit, and how much of it is used."""

from hashlib import sha256

from app.ratelimit.queue import Queue
from app.ratelimit.quotas import Bucket, Rule

KEPT_UNUSED = 5.0
"""Seconds, at least, for which places are kept that are not used any more, unless others lack some."""


class Share:
    """This process's part of an account's places at one limit.

    Args:
        key: account and bucket.
        rule: what holds for all processes together.
        queue: the places.
        now: the time.

    Attributes:
        name: what the file knows it by: it need not know whose it is.
        held: places that the file knows of.
        is_short: others had what was wanted.
        booking: requests that wait for the time of their calls or messages.
        used_at: when it was last seen in use.
    """

    __slots__ = ("_before", "_since", "_used", "booking", "held", "is_short", "key", "name", "queue", "rule", "used_at")

    def __init__(self, key: tuple[str, Bucket], rule: Rule, queue: Queue, now: float) -> None:
        self.key = key
        self.name = sha256(":".join(key).encode()).hexdigest()[:32]
        self.rule = rule
        self.queue = queue
        self.held = 0
        self.is_short = False
        self.booking = 0
        self.used_at = now
        self._since = now
        self._before = self._used = 0

    @property
    def most_used(self) -> int:
        """Places that were needed at one time lately, as far as anybody looked."""
        return max(self._before, self._used)

    def is_unused(self) -> bool:
        """Say whether nobody needs it now."""
        return not self.booking and self.queue.is_idle()

    def look(self, now: float) -> None:
        """See how much of it is used."""
        if now - self._since > KEPT_UNUSED:
            self._since, self._before, self._used = now, self._used, 0
        self._used = max(self._used, self.queue.taken + self.queue.waiting)
        if not self.is_unused():
            self.used_at = now
