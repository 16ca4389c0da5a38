"""What Plivo sends us: each event once, verified, in order, whatever dies in between.

::

    Plivo ─► receive       verify → normalise → store, in one transaction → answer Plivo
             normalise     a request → an event in the words of the REST records
             store         sqlite | redis, behind :class:`EventStore`
             delivery      the oldest event of each call, message or conference → the subscriber, until it takes it
             subscriptions who wants which events, and where Plivo is told to send them

An event belongs to a subscription and has a place in its sequence. Events about one thing share a *lane*: of a lane
only the oldest event that waits is due, so that one that fails holds only its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.events.replays import ReplayKey
    from app.storage.redis import RedisEngine

NONCE_LIFE = 300.0
"""Seconds for which a nonce that was seen makes a request a replay."""

MOST_READ_BYTES = 4 * 1024 * 1024
"""Contents of events that are read at one time, however many fit in; one event may be larger."""

FAILING_LIFE = 5 * 24 * 3600.0
"""Seconds for which a subscriber may fail before its subscription is switched off."""

SubscriptionState = Literal["active", "off", "ended"]
"""``off``: it failed for too long; ``ended``: the subscriber answered 410. Events are still kept for both."""

DeliveryState = Literal["kept", "pending", "delivered", "dead"]
"""``kept``: there is nobody to deliver it to; it can be read all the same."""

Outcome = Literal["stored", "known", "replayed"]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is not stored yet.

    Attributes:
        id: derived from what makes it the same event, and from the subscription.
        lane: what it is about; empty for nothing that orders it.
        needs_xml: Plivo wants XML as the answer.
        content: what a subscriber is told, but for its id and its place in the sequence.
    """

    id: str
    type: str
    lane: str
    needs_xml: bool
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event.

    Attributes:
        due: seconds since 1970 at which it is tried next; None while an older one of its lane is in the way.
        http_status: what the subscriber answered last.
        error: why the last attempt failed.
        changed: seconds since 1970 of the last attempt; None before the first.
    """

    state: DeliveryState
    attempts: int = 0
    due: float | None = None
    http_status: int | None = None
    error: str | None = None
    changed: float | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the store.

    Attributes:
        sequence: its place in the subscription, counted from 1.
        content: sealed.
        received: seconds since 1970.
    """

    subscription: str
    sequence: int
    id: str
    type: str
    lane: str
    content: bytes
    received: float
    delivery: Delivery = field(default_factory=lambda: Delivery("kept"))


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A subscription in the store.

    Attributes:
        content: sealed.
        reason: why it is not active.
        failing_since: seconds since 1970 since when every delivery has failed; None while they do not.
    """

    id: str
    account: str
    content: bytes
    state: SubscriptionState = "active"
    reason: str = ""
    failing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Events that were claimed for delivery.

    Attributes:
        events: each with its subscription.
        next_due: seconds since 1970 at which to look again, where that is known.
    """

    events: Sequence[tuple[StoredEvent, StoredSubscription]]
    next_due: float | None


class EventStore(Protocol):
    """Subscriptions, their events, and the queue of deliveries; every change is atomic and durable when it returns.

    Times are seconds since 1970 by the clock of whoever calls: the machines that share a store keep their clocks as
    exact as signatures with timestamps need it anyway.

    Every method raises :class:`app.storage.StoreError`. A change may have been made even then.
    """

    async def add_subscription(self, subscription: StoredSubscription) -> bool:
        """Add a subscription; False, and no change, where its id exists."""

    async def read_subscription(self, subscription: str) -> StoredSubscription | None:
        """Return a subscription."""

    async def list_subscriptions(self, account: str) -> list[StoredSubscription]:
        """Return the subscriptions of an account, the oldest first."""

    async def replace_subscription(self, subscription: str, old: bytes, new: bytes, *, activate: bool) -> bool:
        """Put new content in place of the old, and make it active again if asked.

        Returns:
            False, and no change, where the content is not the old one any more.
        """

    async def remove_subscription(self, subscription: str) -> bool:
        """Forget a subscription and all its events; False where there is none."""

    async def stop_subscription(self, subscription: str, state: SubscriptionState, reason: str) -> None:
        """Deliver nothing more of it: what is pending is dead."""

    async def receive(
        self, subscription: str, event: NewEvent, content: bytes, *, nonce: str, now: float, delivers: bool
    ) -> Outcome:
        """Recognise an event, store it and put it into the queue, all or nothing.

        Args:
            subscription: whose it is.
            event: what came.
            content: its content, sealed.
            nonce: of its signature, which must be a new one; empty for none.
            now: the time.
            delivers: it is to be delivered; dead at once where the subscription is not active.

        Returns:
            ``known`` where the event is stored already, ``replayed`` where the nonce was seen with another request or
            with this one: nothing was changed.
        """

    async def read_events(
        self,
        subscription: str,
        *,
        after: int,
        limit: int,
        types: Sequence[str] = (),
        states: Sequence[DeliveryState] = (),
        most_bytes: int = MOST_READ_BYTES,
    ) -> list[StoredEvent]:
        """Return events of a subscription in their sequence; :func:`may_be_more` says whether others may follow.

        Args:
            subscription: whose.
            after: the sequence number that they come after.
            limit: how many at most.
            types: only these; empty for all.
            states: only those in one of these; empty for all.
            most_bytes: of contents, after which no further event is read.
        """

    async def replay(
        self,
        subscription: str,
        *,
        now: float,
        event: str | None = None,
        since: float | None = None,
        key: "ReplayKey | None" = None,
    ) -> int | None:
        """Put events into the queue again, in their order.

        Args:
            subscription: whose.
            now: the time.
            event: the id of one; else, with ``since``, all that were received from then on; else all dead ones.
            since: seconds since 1970.
            key: with that of an earlier replay nothing more is put there than that one should have; a replay of one
                event that was none leaves it free.

        Returns:
            how many; with the key of an earlier replay, how many that one put there. None, and no change, where the
            key belongs to a replay of something else.
        """

    async def claim(
        self, owner: str, *, now: float, lease: float, limit: int, per_subscription: int, busy: Mapping[str, int]
    ) -> Claims:
        """Claim events that are due, so that nobody else does until the lease has run out.

        Args:
            owner: a name used for this call only.
            now: the time.
            lease: seconds.
            limit: how many at most.
            per_subscription: how many of one subscription may be under way.
            busy: how many are, by subscription.
        """

    async def settle_delivered(self, event: StoredEvent, owner: str, *, now: float, http_status: int) -> None:
        """Note that a subscriber took an event; no change where the claim is not this owner's any more."""

    async def settle_failed(
        self,
        event: StoredEvent,
        owner: str,
        *,
        now: float,
        http_status: int | None,
        error: str,
        again: float | None,
        off_after: float,
    ) -> bool:
        """Note that a delivery failed; no change where the claim is not this owner's any more.

        Args:
            event: what was tried.
            owner: who claimed it.
            now: the time.
            http_status: what the subscriber answered.
            error: why it failed.
            again: seconds since 1970 at which to try again; None: it is dead.
            off_after: seconds of failing after which the subscription is switched off.

        Returns:
            Whether the subscription was switched off.
        """

    async def purge(self, before: float) -> int:
        """Forget some of the events that were received before a time and are not pending; return how many."""


def may_be_more(found: Sequence[StoredEvent], limit: int, most_bytes: int = MOST_READ_BYTES) -> bool:
    """Say whether a bound, not the last event, ended what :meth:`EventStore.read_events` returned."""
    return len(found) >= limit or sum(len(event.content) for event in found) >= most_bytes


def why_switched_off(error: str) -> str:
    """Return the reason of a subscription that failed for too long.

    Args:
        error: of its last delivery.
    """
    return f"every delivery failed for days; the last one: {error}"


def open_events(engine: "SqliteEngine | RedisEngine") -> EventStore:
    """Return the events that an engine keeps."""
    if isinstance(engine, SqliteEngine):
        from app.events.sqlite import SqliteEvents  # noqa: PLC0415  # only one of the two is ever needed

        return SqliteEvents(engine)
    from app.events.redis import RedisEvents  # noqa: PLC0415  # as above

    return RedisEvents(engine)
