"""The subscription of an account that outcomes go out by, each to an address of its own: made when it is first needed.

It is shown, read and replayed like any other, and has the one secret that all outcomes of the account are signed with.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app import json_text
from app.datatypes.credentials import Credentials
from app.events import NewEvent, StoredSubscription
from app.events.context import Context
from app.events.normalise import iso_at
from app.events.subscription import RESULT_TYPES, Content, Secret, Subscription, new_secret
from app.storage import StoreError


async def results_of(context: Context, credentials: Credentials) -> Subscription:
    """Return the subscription of an account's outcomes, which is made where there is none.

    Args:
        context: where it is kept.
        credentials: of the account; Plivo is known to accept them.

    Raises:
        StoreError: it cannot be kept.
    """
    subscription_id = f"sub_{sha256(f'results of {credentials.auth_id}'.encode()).hexdigest()[:24]}"
    found = await context.store.read_subscription(subscription_id)
    if found is None:
        content = Content(
            tokens=(credentials.auth_token,),
            secrets=(Secret(new_secret()),),
            created_at=iso_at(int(context.clock())),
            types=RESULT_TYPES,
            is_for_results=True,
        )
        made = StoredSubscription(subscription_id, credentials.auth_id, context.contents.seal(content))
        await context.store.add_subscription(made)
        # Of two that make it at one time the first has made it.
        found = await context.store.read_subscription(subscription_id)
        if found is None:
            raise StoreError("a subscription that was just made is gone")
    return context.contents.open(found)


async def tell(context: Context, credentials: Credentials, url: str, event: NewEvent, data: Mapping[str, Any]) -> None:
    """Put an outcome into the queue of deliveries, once for each id.

    Args:
        context: where it is kept.
        credentials: of the account.
        url: where it is delivered.
        event: its id, type and lane.
        data: what it tells.

    Raises:
        StoreError: it may not be kept.
    """
    subscription = await results_of(context, credentials)
    now = context.clock()
    content = {
        "type": event.type,
        "occurred_at": iso_at(now),
        "account": credentials.auth_id,
        "subscription": subscription.id,
        "data": data,
        "raw": {},
        "url": url,
    }
    sealed = context.contents.seal_event(json_text.render(content))
    await context.store.receive(subscription.id, event, sealed, nonce="", now=now, delivers=True)
    context.arrived()
