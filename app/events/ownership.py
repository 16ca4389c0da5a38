"""Whose subscriptions are whose: found for who has the account's token, and changed by one at a time.

A subscription belongs to an account. Whoever asks must have that account's token: one that Plivo may sign with, or
one that Plivo accepts, which is then taken for the account's new one.
"""

import hmac
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from app.datatypes.credentials import Credentials
from app.errors import InvalidFields, StoreUnavailable
from app.events.context import Context, translated_errors
from app.events.subscription import Content, Subscription

_TRIES = 5


class Owned:
    """The subscriptions of those who ask.

    Args:
        context: where everything is kept.
        prove: lets pass who has a token that Plivo accepts; raises ConnectorError.
    """

    def __init__(self, context: Context, prove: Callable[[Credentials], Awaitable[None]]) -> None:
        self._store = context.store
        self._contents = context.contents
        self.prove = prove

    async def of(self, credentials: Credentials, subscription_id: str) -> Subscription:
        """Return a subscription of an account.

        Raises:
            InvalidFields: there is none of this id in this account.
            ConnectorError: the token is not the account's, or that could not be found out.
        """
        found = await self.find(subscription_id, credentials.auth_id)
        if found is None:
            raise InvalidFields({"subscriptionId": "is not a subscription of this account"})
        token = credentials.auth_token.encode()
        if any(hmac.compare_digest(token, known.encode()) for known in found.content.tokens):
            return found
        await self.prove(credentials)
        # Plivo takes it: the account's token was changed, and events will come signed with either for a while.
        return await self.change(
            found,
            lambda content: replace(content, tokens=(credentials.auth_token, *content.tokens[:1])),
            activates=False,
        )

    async def find(self, subscription_id: str, account: str) -> Subscription | None:
        """Return a subscription of an account, whoever asks; None where there is none."""
        with translated_errors():
            stored = await self._store.read_subscription(subscription_id)
            return self._contents.open(stored) if stored and stored.account == account else None

    async def change(
        self, subscription: Subscription, change: Callable[[Content], Content], *, activates: bool = True
    ) -> Subscription:
        """Change a subscription, and what others have made of it meanwhile.

        Args:
            subscription: which.
            change: its content → what it shall be.
            activates: make it active again.

        Raises:
            InvalidFields: it was deleted meanwhile.
            StoreUnavailable: others change it all the time, or it cannot be kept.
        """
        with translated_errors():
            for _ in range(_TRIES):
                new = change(subscription.content)
                old = subscription.stored.content
                await self._store.replace_subscription(
                    subscription.id, old, self._contents.seal(new), activate=activates
                )
                found = await self._store.read_subscription(subscription.id)
                if found is None:
                    raise InvalidFields({"subscriptionId": "was deleted meanwhile"})
                subscription = self._contents.open(found)
                if subscription.content == new:
                    return subscription
        raise StoreUnavailable("Others keep changing the subscription. Try again later.")
