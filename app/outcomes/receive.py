"""What Plivo tells of messages and calls whose outcome is wanted."""

from collections.abc import Callable

from msgspec.structs import replace

from app.errors import StoreUnavailable
from app.events.normalise import Normaliser
from app.events.receive import Incoming, checked_nonce, params_of
from app.outcomes import WatchStore
from app.outcomes.states import end_of_call, end_of_message
from app.outcomes.watch import Watch, Watches, id_of_part
from app.storage import StoreError

LAST_WORDS = 2.0
"""Seconds after the end of a call in which its page may still learn what was pressed, said or recorded."""

_NAMES = ("MessageUUID", "RequestUUID", "CallUUID")


class OutcomeReceiver:
    """Takes what Plivo sends to the address of a watch.

    Args:
        store: where watches are kept.
        watches: seals and opens them.
        normaliser: reads events.
        addresses: what the addresses of all watches begin with.
        verifies: forged requests are refused; off only for trying things out.
        clock: seconds since 1970.
        longest: seconds for which an outcome is waited for.
        arrived: is told that an outcome is known.
    """

    def __init__(  # noqa: PLR0913  # what the composition knows
        self,
        store: WatchStore,
        watches: Watches,
        normaliser: Normaliser,
        *,
        addresses: str,
        verifies: bool,
        clock: Callable[[], float],
        longest: float,
        arrived: Callable[[], None],
    ) -> None:
        self._store = store
        self._watches = watches
        self._normaliser = normaliser
        self._addresses = addresses
        self._verifies = verifies
        self._clock = clock
        self._longest = longest
        self._arrived = arrived

    async def receive(self, watch_id: str, incoming: Incoming) -> None:
        """Note an outcome, durably. What tells of none, or of one that is known already, changes nothing.

        Raises:
            SignatureRejected: it is not Plivo's.
            StoreUnavailable: it could not be noted; Plivo shall send it again.
        """
        try:
            await self._receive(watch_id, incoming)
        except StoreError as error:
            raise StoreUnavailable("The event could not be stored. Send it again later.") from error

    async def _receive(self, watch_id: str, incoming: Incoming) -> None:
        params = params_of(incoming)
        uuids = [value for name in _NAMES if isinstance(value := params.get(name), str) and value]
        # In this order: the watch of a request is there until those of its messages are.
        whole = await self._open(watch_id)
        parts = {uuid: await self._open(id_of_part(watch_id, uuid)) for uuid in uuids}
        uuid = next((uuid for uuid, part in parts.items() if part is not None), uuids[0] if uuids else "")
        watch = parts.get(uuid) or whole
        if watch is None or not uuid:
            return  # it was told already, or is nobody's
        if self._verifies:
            checked_nonce(incoming, self._addresses, [watch.token], "an outcome")
        if watch.outcome is not None:
            return  # what is known first is what is told
        now = self._clock()
        event = self._normaliser.read(params, subscription=watch_id, account=watch.account, nonce="", now=now)
        data = event.content["data"]
        outcome = end_of_call(data) if watch.is_call else end_of_message(data)
        if outcome is None:
            return
        seen = {name: data[name] for name in ("call_uuid", "to_number") if data.get(name)}
        done = replace(watch, uuid=uuid, outcome=outcome, seen=seen)
        due = now + (LAST_WORDS if watch.is_call else 0.0)
        await self._store.put(self._watches.seal(id_of_part(watch_id, uuid), done, due))
        if whole is not None and not whole.is_answered:
            known = replace(whole, is_answered=True)
            await self._store.put(self._watches.seal(watch_id, known, whole.begun + self._longest))
        self._arrived()

    async def _open(self, watch_id: str) -> Watch | None:
        content = await self._store.read(watch_id)
        return None if content is None else self._watches.open(content)
