"""The parts of outcomes put together, as the settings say."""

from typing import TYPE_CHECKING

from app.answers.host import AnswerHost
from app.events.attach import AskPlivo
from app.events.service import Events
from app.outcomes import open_watches
from app.outcomes.receive import OutcomeReceiver
from app.outcomes.tracking import Tracking
from app.outcomes.watch import Watches
from app.outcomes.watcher import Watcher
from app.secret_box import SecretBox
from app.settings import Settings
from app.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from app.storage.redis import RedisEngine

LEASE_MARGIN = 10.0
"""Seconds after PLIVO_TIMEOUT in which a question to Plivo has surely ended."""


class Outcomes:
    """What tells outcomes.

    Args:
        settings: what the environment says.
        engine: where watches are kept.
        box: seals them.
        events: delivers.
        ask: calls blocks.
        answers: what was heard in calls.

    Attributes:
        tracking: sees to it that outcomes become known to those who asked for them.
        receiver: takes what Plivo tells; None without a public URL.
    """

    def __init__(
        self,
        settings: Settings,
        engine: "SqliteEngine | RedisEngine",
        box: SecretBox,
        events: Events,
        *,
        ask: AskPlivo,
        answers: AnswerHost,
    ) -> None:
        self._engine = engine
        self._events = events
        store, watches, context = open_watches(engine), Watches(box), events.context
        addresses = context.addresses if context.public_url else None
        longest = settings.result_timeout
        lease = settings.plivo_timeout + LEASE_MARGIN
        self._watcher = Watcher(
            store, watches, context, ask=ask, heard_of=answers.heard_of, longest=longest, lease=lease
        )
        self.tracking = Tracking(
            store,
            watches,
            addresses=addresses,
            clock=context.clock,
            longest=longest,
            longest_answer=lease,
            begun=self._begun,
        )
        self.receiver: OutcomeReceiver | None = None
        if addresses is not None:
            self.receiver = OutcomeReceiver(
                store,
                watches,
                events.normaliser,
                addresses=addresses,
                verifies=settings.verify_signatures,
                clock=context.clock,
                longest=longest,
                arrived=self._watcher.arrived,
            )

    def start(self) -> None:
        """Go on with what earlier processes left, where there may be something."""
        engine = self._engine
        is_empty = isinstance(engine, SqliteEngine) and not (engine.path and engine.path.exists())
        if self._events.context.public_url or not is_empty:
            self._begun()

    async def aclose(self) -> None:
        """Begin nothing more."""
        await self._watcher.aclose()

    def _begun(self) -> None:
        self._watcher.start()
        self._events.deliver()
