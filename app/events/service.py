"""The parts of events put together, as the settings say."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from app import egress
from app.answers.host import AnswerHost
from app.datatypes.credentials import Credentials
from app.events import EventStore
from app.events.attach import AskPlivo, Attacher
from app.events.context import Context
from app.events.delivery import Deliverer
from app.events.history import History
from app.events.normalise import UNKNOWN, Normaliser
from app.events.ownership import Owned
from app.events.receive import Receiver
from app.events.subscription import Contents
from app.events.subscriptions import Subscriptions
from app.events.unsubscribed import Reader
from app.manifest.events import EventKind
from app.secret_box import SecretBox
from app.settings import Settings

_log = logging.getLogger(__name__)


class Events:
    """What takes, keeps and delivers events.

    Args:
        settings: what the environment says.
        store: where events are kept.
        box: seals what is kept.
        kinds: the kinds of request that Plivo makes.
        public_url: where Plivo reaches this service; None: it does not, and nothing is taken or delivered.
        is_allowed: says whether an address may be delivered to; None: any may.
        ask: calls blocks.
        prove: lets pass who has a token that Plivo accepts; raises ConnectorError.
        answers: hosts what calls that come in do.

    Attributes:
        normaliser: reads what Plivo sends.
        context: what is shared with whoever else has something to deliver.
        subscriptions: what the blocks of subscriptions do.
        history: what the blocks do that read their events.
        receiver: takes what Plivo sends; None without a public URL.
        reader: reads what comes to those who have no subscription.
        is_stopping: the service is about to end, and whoever waits for events shall not.
    """

    def __init__(  # noqa: PLR0913  # what the composition root knows
        self,
        settings: Settings,
        store: EventStore,
        box: SecretBox,
        kinds: Sequence[EventKind],
        *,
        public_url: str | None,
        is_allowed: Callable[[str], bool] | None,
        ask: AskPlivo,
        prove: Callable[[Credentials], Awaitable[None]],
        answers: AnswerHost,
    ) -> None:
        contents = Contents(box)
        self.normaliser = normaliser = Normaliser(kinds)
        self._deliverer = Deliverer(
            store,
            contents,
            lambda: egress.open_session(is_allowed=is_allowed),
            retries=settings.delivery_delays,
            retention=settings.event_retention,
            clock=time.time,
        )
        self.context = context = Context(
            store, contents, public_url, time.time, self._deliverer.arrived, is_sandbox=settings.sandbox
        )
        types = [*(one.name for kind in kinds for one in kind.types), UNKNOWN]
        owned = Owned(context, prove)

        self.subscriptions = Subscriptions(
            context, owned, Attacher(ask), answers=answers, types=types, is_allowed=is_allowed
        )
        self.history = History(context, owned, types, key_life=settings.idempotency_ttl)
        self._verifies = settings.verify_signatures
        self.receiver = Receiver(context, normaliser, verifies=settings.verify_signatures) if public_url else None

        self.reader = Reader(normaliser, verifies=settings.verify_signatures)
        self.is_stopping = False

    def start(self) -> None:
        """Begin to deliver, in the running event loop."""
        if self.receiver is not None:
            if not self._verifies:
                _log.warning(
                    "VERIFY_SIGNATURES is off: whoever knows the address of a subscription can forge its events"
                )
            self.deliver()

    def deliver(self) -> None:
        """Deliver what is due from now on, in the running event loop."""
        self._deliverer.start()

    def stop(self) -> None:
        """Let whoever waits for events know that the service is about to end."""
        self.is_stopping = True

    async def aclose(self) -> None:
        """Begin nothing more, and give what is under way a moment to end."""
        await self._deliverer.aclose()
