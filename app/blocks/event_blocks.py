"""The blocks of events, which are answered here, and what they ask Plivo meanwhile."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app import json_text
from app.blocks.dispatch import Dispatcher, LocalBlock
from app.datatypes.credentials import Credentials
from app.events.history import History
from app.events.subscriptions import Subscriptions, Values
from app.plivo.proven import ProvenPairs


class InnerCalls:
    """Blocks that the connector itself calls, with the credentials of whoever called it.

    Args:
        test: the block that shows whether Plivo accepts credentials.
        proven: credentials that it is known to accept.

    Attributes:
        dispatcher: runs them; set once it is there, since it runs the blocks of events too.
    """

    dispatcher: Dispatcher

    def __init__(self, test: str, proven: ProvenPairs) -> None:
        self._test = test
        self._proven = proven

    async def ask(self, credentials: Credentials, block: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Call a block and return Plivo's reply.

        Raises:
            ConnectorError: what went wrong.
        """
        result = await self.dispatcher.call(block, {**credentials.as_args(), **args})
        if result.error is not None:
            raise result.error
        reply = json_text.parse(result.content)
        return reply if isinstance(reply, dict) else {}

    async def prove(self, credentials: Credentials) -> None:
        """Find out whether Plivo accepts credentials.

        Raises:
            ConnectorError: it does not, or cannot be asked.
        """
        if credentials not in self._proven:
            await self.ask(credentials, self._test, {})


def event_blocks(subscriptions: Subscriptions, history: History) -> Mapping[str, LocalBlock]:
    """Return what answers them, by name."""

    def with_values(run: Callable[[Credentials, Values], Awaitable[object]]) -> LocalBlock:
        return lambda call: run(call.args.credentials, call.args.values)

    return {
        "createSubscription": lambda call: subscriptions.create(
            call.args.credentials, call.args.values, call.args.idempotency_key
        ),
        "getResultSecret": lambda call: subscriptions.result_secret(call.args.credentials),
        "getSubscriptions": lambda call: subscriptions.show_all(call.args.credentials),
        "getSingleSubscription": with_values(subscriptions.show),
        "updateSubscription": with_values(subscriptions.update),
        "deleteSubscription": with_values(subscriptions.delete),
        "rotateSubscriptionSecret": lambda call: subscriptions.rotate_secret(
            call.args.credentials, call.args.values, call.args.idempotency_key
        ),
        "getEvents": with_values(history.read_events),
        "getDeliveries": with_values(history.read_deliveries),
        "replayEvents": lambda call: history.replay(call.args.credentials, call.args.values, call.args.idempotency_key),
    }
