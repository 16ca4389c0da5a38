"""Looks after watches: what is known is told, what is not is asked for, less and less often, until the time is over.

What is waited for stands in the store only. A process that dies takes nothing with it: what it was looking after is due
again when its lease has run out.
"""

import logging
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from app.answers import HeardOf
from app.errors import ApiError, ConnectorError
from app.events import NewEvent
from app.events.attach import AskPlivo
from app.events.context import Context
from app.events.results import tell
from app.events.rounds import Rounds
from app.outcomes import StoredWatch, WatchStore
from app.outcomes.states import PENDING, end_of_call, end_of_message
from app.outcomes.tracking import FIRST_LOOK, FIRST_LOOK_WHERE_TOLD
from app.outcomes.watch import Watch, Watches
from app.storage import StoreError

UNKNOWN = "unknown"
"""The state of what Plivo could not be asked about, or never answered to."""

UNDER_WAY = 10
"""Watches that are looked after at one time: what callers send themselves comes first."""

SLOWER = 0.15
"""The next question comes after this part of the time that has passed, so that few are asked about what takes long."""

_log = logging.getLogger(__name__)


class Watcher:
    """Looks after what is due.

    Args:
        store: where watches are kept.
        watches: opens them.
        context: takes what is to be delivered.
        ask: calls blocks.
        heard_of: what hosted answers have learned of a call.
        longest: seconds for which an outcome is waited for.
        lease: seconds after which what nobody reported the end of is done again; more than one question can take.
    """

    def __init__(
        self,
        store: WatchStore,
        watches: Watches,
        context: Context,
        *,
        ask: AskPlivo,
        heard_of: HeardOf,
        longest: float,
        lease: float,
    ) -> None:
        self._store = store
        self._watches = watches
        self._context = context
        self._clock = context.clock
        self._ask = ask
        self._heard_of = heard_of
        self._longest = longest
        self._lease = lease
        self._rounds = Rounds(_log, "outcomes")

    def start(self) -> None:
        """Begin, in the running event loop; once begun it goes on."""
        self._rounds.start(self._work)

    def arrived(self) -> None:
        """Look into the store now: there is something new."""
        self._rounds.wake()

    async def aclose(self) -> None:
        """Begin nothing more. What is under way is given up: it is done again later."""
        await self._rounds.aclose()

    async def _work(self) -> None:
        await self._rounds.go(self._look)
        await self._rounds.end(within=0.0)

    async def _look(self) -> float | None:
        room = UNDER_WAY - len(self._rounds.under_way)
        if not room:
            return None  # whoever ends wakes the rounds
        claimed, next_due = await self._store.claim(now=self._clock(), lease=self._lease, limit=room)
        for stored in claimed:
            self._rounds.begin(self._look_after(stored))
        if next_due is None or len(self._rounds.under_way) >= UNDER_WAY:
            return None
        return next_due - self._clock()

    async def _look_after(self, stored: StoredWatch) -> None:
        # Where the store is down meanwhile, the lease runs out and this is done again.
        with suppress(StoreError):
            watch = self._watches.open(stored.content)
            outcome, seen = watch.outcome, watch.seen
            is_over = self._clock() >= watch.begun + self._longest
            if outcome is None and watch.uuid:
                outcome, seen = await self._found(watch)
                if outcome["state"] in (PENDING, UNKNOWN) and not is_over:
                    await self._store.settle(stored, self._next_look(watch))
                    return
            if outcome is not None or not watch.is_answered:
                await self._tell(stored.id, watch, outcome or {"state": UNKNOWN}, seen)
            await self._store.settle(stored, None)

    def _next_look(self, watch: Watch) -> float:
        now = self._clock()
        return min(now + pause_after(now - watch.begun, is_told=watch.is_told), watch.begun + self._longest)

    async def _found(self, watch: Watch) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask Plivo; return the outcome, and what else is known of the message or call."""
        block, arg = ("getSingleCallDetails", "callUuid") if watch.is_call else ("getSingleMessage", "messageUuid")
        try:
            record = await self._ask(watch.credentials, block, {arg: watch.uuid})
        except ApiError as error:
            return {"state": PENDING if error.http_status == HTTPStatus.NOT_FOUND else UNKNOWN}, {}
        except ConnectorError:
            return {"state": UNKNOWN}, {}
        outcome = end_of_call(record) if watch.is_call else end_of_message(record)
        seen = {name: record[name] for name in ("call_uuid", "to_number") if record.get(name)}
        return outcome or {"state": PENDING}, seen

    async def _tell(self, watch_id: str, watch: Watch, outcome: dict[str, Any], seen: dict[str, Any]) -> None:
        kind = "call" if watch.is_call else "message"
        heard = await self._heard_of(watch.uuid) if watch.is_call and watch.uuid else {}
        identity = sha256(f"{watch_id} {watch.begun if not watch.uuid else ''}".encode()).hexdigest()
        event = NewEvent(f"evt_{identity[:32]}", f"{kind}.result", identity[:32], needs_xml=False, content={})
        data = {
            "block": watch.block,
            "request_uuid" if watch.is_call else "message_uuid": watch.uuid or None,
            **seen,
            **({"idempotency_key": watch.key} if watch.key is not None else {}),
            **({"ref": watch.ref} if watch.ref is not None else {}),
            **outcome,
            **{name: value for name, value in heard.items() if value},
        }
        await tell(self._context, watch.credentials, watch.url, event, data)


def pause_after(seconds: float, *, is_told: bool) -> float:
    """Return the seconds until the next question, after so many since the request.

    Args:
        seconds: since the request.
        is_told: Plivo tells by itself, and is only asked in case it did not.
    """
    return max(FIRST_LOOK_WHERE_TOLD if is_told else FIRST_LOOK, SLOWER * seconds)
