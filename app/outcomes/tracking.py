"""Requests to be told an outcome: on record before Plivo is asked, and settled by its answer.

Plivo is given an address here where the caller has given it none for the same: what Plivo tells the caller's own
addresses it goes on telling them, and is asked instead. A call's end goes to its ``answer_url`` where it has no
``hangup_url``, so that an answer_url of the caller's counts as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from msgspec.structs import replace as changed

from app import json_text
from app.datatypes.credentials import Credentials
from app.errors import ConfigurationError, Fate, NotConfigured, StoreUnavailable, UpstreamError
from app.outcomes import StoredWatch, WatchStore
from app.outcomes.states import uuids_in
from app.outcomes.watch import Watch, Watches, id_of_part, id_of_request
from app.plivo import Send, UpstreamReply, UpstreamRequest
from app.storage import StoreError

CALLS = "/Call/"
"""How the path ends that a call is made at; the other one is a message's."""

FIRST_LOOK = 2.0
FIRST_LOOK_WHERE_TOLD = 60.0
"""Seconds after which Plivo is asked for the first time: where it does not tell, and where it should have told."""


@dataclass(frozen=True, slots=True)
class OutcomeRequest:
    """A caller's request to be told an outcome.

    Attributes:
        url: where it is posted.
        block: the block that was called.
        key: the idempotency key, as its claim has it.
        named: the idempotency key as the caller named it.
        ref: the caller's name for an item of a bulk.
        is_hosted: the page of a call is hosted here.
    """

    credentials: Credentials
    url: str
    block: str
    key: str | None
    named: str | None
    ref: str | None
    is_hosted: bool


class Tracking:
    """Sees to it that outcomes become known to those who asked for them.

    Args:
        store: where they are kept.
        watches: seals them.
        addresses: what addresses that Plivo tells begin with; None: it cannot reach this service.
        clock: seconds since 1970.
        longest: seconds for which an outcome is waited for.
        longest_answer: seconds within which Plivo answers a request, or never.
        begun: is told that there is something to watch.
    """

    def __init__(
        self,
        store: WatchStore,
        watches: Watches,
        *,
        addresses: str | None,
        clock: Callable[[], float],
        longest: float,
        longest_answer: float,
        begun: Callable[[], None],
    ) -> None:
        self.store = store
        self.watches = watches
        self.addresses = addresses
        self.clock = clock
        self.longest = longest
        self.longest_answer = longest_answer
        self.begun = begun

    def of(self, wanted: OutcomeRequest, send: Send) -> "TrackedSend":
        """Return what sends a request and tracks its outcome; nothing has happened yet.

        Args:
            wanted: what the caller wants to be told.
            send: sends requests.
        """
        return TrackedSend(self, wanted, send)


class TrackedSend:
    """Sends a request, and has its outcome tracked from before it is sent.

    Args:
        tracking: what all have in common.
        wanted: what the caller wants to be told.
        send: sends requests.
    """

    def __init__(self, tracking: Tracking, wanted: OutcomeRequest, send: Send) -> None:
        self._tracking = tracking
        self._wanted = wanted
        self._send = send
        self._id = id_of_request(wanted.credentials, (wanted.block, wanted.url), wanted.key)

    async def send(self, request: UpstreamRequest, credentials: Credentials, /, *, deadline: float) -> UpstreamReply:
        """Send a request between the two changes that make its outcome known to those who want it.

        Args:
            request: what to send.
            credentials: whose it is.
            deadline: the event loop's time at which to give up.

        Raises:
            NotConfigured: what is kept could not be read later; nothing was sent.
            StoreUnavailable: it cannot be kept; nothing was sent.
            UpstreamError: see :meth:`app.plivo.client.Plivo.send`.
        """
        tracking = self._tracking
        field = _field_for_address(request, is_hosted=self._wanted.is_hosted) if tracking.addresses else None
        watch = self._new(request, is_told=field is not None)
        await self._begin(watch)
        if field is not None:
            request = replace(request, json={**(request.json or {}), field: f"{tracking.addresses}{self._id}"})
        try:
            reply = await self._send(request, credentials, deadline=deadline)
        except UpstreamError as error:
            if error.fate is not Fate.UNKNOWN:
                await self._quietly([], in_place_of=self._id)
            raise  # of what it may have taken Plivo may tell
        await self._quietly(self._parts(watch, reply), in_place_of=self._id)
        return reply

    async def repeated(self, request: UpstreamRequest, reply: UpstreamReply) -> None:
        """Watch what Plivo took at an earlier request with this key: whoever was told it is not told again."""
        self._tracking.begun()
        await self._quietly(self._parts(self._new(request, is_told=False), reply))

    async def _begin(self, watch: Watch) -> None:
        tracking = self._tracking
        wait = tracking.longest_answer + (tracking.longest if watch.is_told else 0.0)
        try:
            await tracking.store.put(tracking.watches.seal(self._id, watch, watch.begun + wait))
        except ConfigurationError as error:
            raise NotConfigured(f"resultUrl is kept encrypted until the outcome is known. {error}") from None
        except StoreError as error:
            raise StoreUnavailable(
                "The store that keeps resultUrl cannot be reached. Nothing was sent; try again later."
            ) from error
        tracking.begun()

    def _new(self, request: UpstreamRequest, *, is_told: bool) -> Watch:
        wanted = self._wanted
        return Watch(
            account=wanted.credentials.auth_id,
            token=wanted.credentials.auth_token,
            url=wanted.url,
            block=wanted.block,
            begun=self._tracking.clock(),
            is_call=request.path.endswith(CALLS),
            is_told=is_told,
            key=wanted.named,
            ref=wanted.ref,
        )

    def _parts(self, watch: Watch, reply: UpstreamReply) -> list[StoredWatch]:
        try:
            told = json_text.parse(reply.body)
        except ValueError:
            return []
        uuids = uuids_in(told, is_call=watch.is_call) if isinstance(told, dict) else []
        wait = FIRST_LOOK_WHERE_TOLD if watch.is_told else FIRST_LOOK
        due = watch.begun + min(wait, self._tracking.longest)
        return [
            self._tracking.watches.seal(id_of_part(self._id, uuid), changed(watch, uuid=uuid), due) for uuid in uuids
        ]

    async def _quietly(self, watches: list[StoredWatch], *, in_place_of: str | None = None) -> None:
        """Change what is kept; the engine tells of trouble, and the caller's reply is not lost by it."""
        try:
            await self._tracking.store.add(watches, in_place_of=in_place_of)
        except StoreError:
            return


def _field_for_address(request: UpstreamRequest, *, is_hosted: bool) -> str | None:
    """Return Plivo's name of the address that it tells an outcome to; None where that is the caller's."""
    given = request.json or {}
    if request.path.endswith(CALLS):
        return "hangup_url" if is_hosted and not given.get("hangup_url") else None
    return None if given.get("url") else "url"
