"""What the blocks of events answer with: subscriptions and deliveries as callers see them."""

from typing import Any

from app.events import StoredEvent
from app.events.attach import shown_attachment
from app.events.normalise import iso_at
from app.events.subscription import Subscription


def made(subscription: Subscription, address: str) -> dict[str, Any]:
    """Return what whoever made a subscription needs, the secret included.

    Args:
        subscription: which.
        address: where Plivo sends its events to.
    """
    return {
        "subscription_id": subscription.id,
        "events_url": address,
        "secret": subscription.content.secrets[0].text,
        "attached": shown_attachment(subscription.content.attached),
    }


def shown_subscription(subscription: Subscription, address: str) -> dict[str, Any]:
    """Return a subscription without its secret.

    Args:
        subscription: which.
        address: where Plivo sends its events to.
    """
    stored, content = subscription.stored, subscription.content
    return {
        "subscription_id": stored.id,
        "events_url": None if content.is_for_results else address,
        "state": stored.state,
        "reason": stored.reason or None,
        "failing_since": _time(stored.failing_since),
        "url": content.url,
        "events": list(content.types),
        "ordered": content.ordered,
        "format": content.format,
        "reply": content.reply,
        "answers_calls": content.answer_url is not None,
        "attached": shown_attachment(content.attached),
        "created_at": content.created_at,
    }


def shown_delivery(event: StoredEvent) -> dict[str, Any]:
    """Return what became of the delivery of an event."""
    delivery = event.delivery
    return {
        "event_id": event.id,
        "sequence": event.sequence,
        "type": event.type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": _time(delivery.due),
        "last_attempt_at": _time(delivery.changed),
        "http_status": delivery.http_status,
        "error": delivery.error,
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else iso_at(seconds)
