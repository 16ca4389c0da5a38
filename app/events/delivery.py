"""Events on their way out: to each subscriber as Standard Webhooks, again and again until it takes them.

What was delivered, what is due and what has failed stand in the store only. A process that dies takes nothing with it:
what it was delivering is due again when its lease has run out, under the same id.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from secrets import token_hex
from typing import Any

import aiohttp
from standardwebhooks import Webhook

from app import json_text
from app.egress import is_not_public
from app.events import FAILING_LIFE, Claims, EventStore, StoredEvent, StoredSubscription
from app.events.rounds import Rounds
from app.events.subscription import Content, Contents
from app.plivo.replies import retry_after
from app.storage import StoreError

TIMEOUT = 15.0
"""Seconds for one attempt."""

LEASE = 25.0
"""Seconds after which an attempt that nobody reported the end of is made again; more than it can take."""

UNDER_WAY = 100
UNDER_WAY_TO_ONE = 16
"""Attempts at one time in all, and to one subscriber: a slow one takes no turns from the others."""

RESERVED = 25
"""Of these, for subscribers that have nothing under way: nor do some slow ones together."""

NEVER = 1e12
"""Seconds."""

PURGE_EVERY = 10.0
LONGEST_RETRY_AFTER = 24 * 3600.0
STOP_WITHIN = 5.0
"""Seconds for attempts under way when the service stops; what is not done by then is due again later."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one: ``http_status`` and ``error`` as in :class:`app.events.Delivery`."""

    http_status: int | None
    error: str | None
    retry_after: float = 0.0


class Deliverer:
    """Delivers what is due.

    Args:
        store: the queue.
        contents: opens what is kept.
        open_session: opens connections to addresses that callers name.
        retries: seconds to wait after each failure; after the last the event is dead.
        retention: seconds for which events are kept.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: EventStore,
        contents: Contents,
        open_session: Callable[[], aiohttp.ClientSession],
        *,
        retries: Sequence[float],
        retention: float,
        clock: Callable[[], float],
        lease: float = LEASE,
    ) -> None:
        self._store = store
        self._contents = contents
        self._open_session = open_session
        self._retries = retries
        self._retention = retention
        self._clock = clock
        self._lease = lease
        self._busy: Counter[str] = Counter()
        self._rounds = Rounds(_log, "deliveries")
        self._purge_at = 0.0
        self._owner = ""

    def start(self) -> None:
        """Begin, in the running event loop; once begun it goes on."""
        self._rounds.start(self._work)

    def arrived(self) -> None:
        """Look into the store now: there is something new."""
        self._rounds.wake()

    async def aclose(self) -> None:
        """Begin nothing more, and give what is under way a moment to end."""
        await self._rounds.aclose()

    async def _work(self) -> None:
        async with self._open_session() as session:
            await self._rounds.go(partial(self._look, session))
            await self._rounds.end(within=STOP_WITHIN)

    async def _look(self, session: aiohttp.ClientSession) -> float | None:
        claims = await self._claim()
        for event, subscription in claims.events:
            self._begin(session, event, subscription)
        until_due = None if claims.next_due is None else claims.next_due - self._clock()
        if self._clock() >= self._purge_at:
            # What is due waits for no purge: where the store is down meanwhile, the next look purges.
            with suppress(StoreError):
                is_done = not await self._store.purge(self._clock() - self._retention)
                self._purge_at = self._clock() + (PURGE_EVERY if is_done else 0.0)
        return until_due

    async def _claim(self) -> Claims:
        room = UNDER_WAY - len(self._rounds.under_way)
        if room <= 0:
            return Claims([], None)  # whoever ends wakes the worker
        limit, each = (room - RESERVED, UNDER_WAY_TO_ONE) if room > RESERVED else (room, 1)
        self._owner = token_hex(8)
        claims = await self._store.claim(
            self._owner,
            now=self._clock(),
            lease=self._lease,
            limit=limit,
            per_subscription=each,
            busy=self._busy,
        )
        if len(claims.events) == limit:
            self._rounds.wake()  # others may be due, for which the rest of the room is
        return claims

    def _begin(self, session: aiohttp.ClientSession, event: StoredEvent, subscription: StoredSubscription) -> None:
        self._busy[subscription.id] += 1

        def ended() -> None:
            self._busy[subscription.id] -= 1
            if not self._busy[subscription.id]:
                del self._busy[subscription.id]

        self._rounds.begin(self._deliver(session, event, subscription, self._owner), ended)

    async def _deliver(
        self, session: aiohttp.ClientSession, event: StoredEvent, stored: StoredSubscription, owner: str
    ) -> None:
        # Where the store is down meanwhile, the lease runs out and the event is delivered again under the same id.
        with suppress(StoreError):
            subscriber = self._contents.open(stored).content
            content = self._contents.open_event(event.content)
            url = json_text.parse(content)["url"] if subscriber.is_for_results else subscriber.url
            if url is None:
                attempt = _Attempt(None, "the subscription has no url any more")
            else:
                attempt = await self._attempt(session, url, subscriber, event, content)
            now = self._clock()
            if attempt.error is None and attempt.http_status is not None:
                await self._store.settle_delivered(event, owner, now=now, http_status=attempt.http_status)
                return
            is_gone = attempt.http_status == HTTPStatus.GONE
            is_last = is_gone or event.delivery.attempts >= len(self._retries)
            wait = 0.0 if is_last else max(self._retries[event.delivery.attempts], attempt.retry_after)
            error = attempt.error or ""
            is_off = await self._store.settle_failed(
                event,
                owner,
                now=now,
                http_status=attempt.http_status,
                error=error,
                again=None if is_last else now + wait,
                off_after=NEVER if subscriber.is_for_results else FAILING_LIFE,
            )
            if subscriber.is_for_results:
                return  # each of its events goes to an address of its own, and says nothing about the others'
            if is_gone:
                await self._store.stop_subscription(stored.id, "ended", "the subscriber answered 410 Gone")
                _log.warning("the subscription %s… has ended: its subscriber answered 410", stored.id[:8])
            elif is_off:
                _log.warning("the subscription %s… was switched off: it failed for days: %s", stored.id[:8], error)

    async def _attempt(
        self, session: aiohttp.ClientSession, url: str, subscriber: Content, event: StoredEvent, content: bytes
    ) -> _Attempt:
        body, content_type = rendered(event, content, subscriber)
        headers = {"content-type": content_type, **signed(event.id, body, subscriber, self._clock())}
        try:
            async with session.post(
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            ) as response:
                status = response.status
                if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                    return _Attempt(status, None)
                wait = retry_after(response.headers, now=self._clock()) or 0.0
                return _Attempt(status, f"the subscriber answered {status}", min(wait, LONGEST_RETRY_AFTER))
        except TimeoutError:
            return _Attempt(None, f"the subscriber did not answer within {TIMEOUT:g} seconds")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if is_not_public(error):
                return _Attempt(None, "the address of the subscriber is not a public one")
            return _Attempt(None, f"the subscriber could not be reached ({type(error).__name__})")


def rendered(event: StoredEvent, content: bytes, subscriber: Content) -> tuple[bytes, str]:
    """Return an event as a subscriber gets it, and its media type.

    Args:
        event: which.
        content: its content, opened.
        subscriber: who gets it.
    """
    whole = event_of(event, content)
    if subscriber.format == "plain":
        return json_text.render(whole), "application/json"
    return json_text.render(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": f"/events/{event.subscription}",
            "type": event.type,
            # What it is about; where that is not known, or orders nothing, the lane is made of the id.
            **({} if event.lane in event.id else {"subject": event.lane}),
            "time": whole["occurred_at"],
            "datacontenttype": "application/json",
            "account": whole["account"],
            # Of CloudEvents' own extension "sequence": a text whose order is that of the events.
            "sequence": f"{event.sequence:012d}",
            "data": {**whole["data"], "raw": whole["raw"]},
        }
    ), "application/cloudevents+json"


def event_of(event: StoredEvent, content: bytes) -> dict[str, Any]:
    """Return an event as it is shown.

    Args:
        event: which.
        content: its content, opened.
    """
    parsed = json_text.parse(content)
    first = {name: parsed[name] for name in ("type", "occurred_at", "account", "subscription")}
    return {"id": event.id, **first, "sequence": event.sequence, "data": parsed["data"], "raw": parsed["raw"]}


def signed(event_id: str, body: bytes, subscriber: Content, now: float) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature for each secret that is valid."""
    moment = datetime.fromtimestamp(int(now), UTC)
    signatures = [Webhook(secret).sign(event_id, moment, body.decode()) for secret in subscriber.secrets_at(now)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(signatures),
    }
