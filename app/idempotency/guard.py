"""Never twice: what a request with an idempotency key goes through.

The state of a key, in the store::

    (none) ──claim──► claimed ──mark──► sending ──keep──► done          repeats get the stored reply
      ▲                  │                 │ └──────────► unknown       repeats get OUTCOME_UNKNOWN
      └──────free────────┴──────free───────┘

Nothing is sent before ``sending`` is durable, and ``sending`` goes back only where the error's fate says that Plivo
did not act. A process that dies while ``claimed`` leaves a claim that may be taken over when its lease has run out; one
that dies while ``sending`` leaves a row that is never sent again. A process that was paused meanwhile loses the change
to ``sending``, and does not send.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from hmac import compare_digest
from secrets import token_hex
from typing import Protocol, Self, TypeVar

from cryptography.exceptions import InvalidTag

from app.datatypes.credentials import Credentials
from app.errors import (
    ConnectorError,
    Fate,
    IdempotencyConflict,
    IdempotencyInProgress,
    OutcomeUnknown,
    RateLimited,
    StoreUnavailable,
)
from app.idempotency import KeyName, KeyStore, Row
from app.idempotency.sealing import Seal, seal_for
from app.plivo import UpstreamReply, UpstreamRequest
from app.plivo.proven import ProvenPairs
from app.storage import StoreError

LEASE_MARGIN = 5.0
"""Seconds for which a claim holds beyond the deadline of its request."""

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
"""Seconds between two looks at a key on which another process is at work."""

T = TypeVar("T")
Outcome = UpstreamReply | ConnectorError | None


class Claim(Protocol):
    """The right to send a request, held while it is a context.

    Attributes:
        reply: the reply to an earlier request with this key: there is nothing to send.
    """

    reply: UpstreamReply | None

    async def __aenter__(self) -> Self:
        """Wait for the right; raises what stands in the way."""

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Settle what became of the request: by its reply, or by the fate of its error."""

    async def mark_sending(self) -> bool:
        """Put on record that the request may be sent from now on.

        Returns:
            False where the right was lost to another process meanwhile: it must not be sent.
        """

    def keep(self, reply: UpstreamReply) -> None:
        """Have the reply kept for repetitions."""


class Unkeyed:
    """The claim of a request without a key: nothing is asked, nothing is kept."""

    reply: UpstreamReply | None = None

    async def __aenter__(self) -> Self:
        """See :class:`Claim`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """See :class:`Claim`."""

    async def mark_sending(self) -> bool:
        """See :class:`Claim`."""
        return True

    def keep(self, reply: UpstreamReply) -> None:
        """See :class:`Claim`."""


UNKEYED: Claim = Unkeyed()


class Guard:
    """Gives out the right to send requests with idempotency keys.

    Args:
        store: keeps what must be remembered.
        proven: which pairs of credentials are known to belong together.
        unknown_after: seconds after which the outcome of a send that is not recorded counts as unknown: longer
            than any send takes.
    """

    def __init__(self, store: KeyStore, proven: ProvenPairs, *, unknown_after: float) -> None:
        self.store = store
        self.proven = proven
        self.unknown_after = unknown_after
        self.running: dict[tuple[str, bytes], asyncio.Future[Outcome]] = {}
        self._settling: set[asyncio.Task[None]] = set()

    def claim(
        self,
        credentials: Credentials,
        block: str,
        key: str,
        request: UpstreamRequest,
        *,
        deadline: float,
        look_in: str | None,
    ) -> Claim:
        """Return the claim of a request, to be entered.

        Of several requests at a time in this process one goes ahead, and the others get what it got.

        Args:
            credentials: whose request it is.
            block: name of the block.
            key: the caller's idempotency key, one per account and block.
            request: what is to be sent.
            deadline: the event loop's time until which to wait for others with this key.
            look_in: name of the list block that shows whether an unknown outcome is a good one.

        Entering raises:
            IdempotencyConflict: the key belongs to another request, or to another token.
            IdempotencyInProgress: the deadline came before the outcome of the first request.
            OutcomeUnknown: the first request may have been acted on.
            StoreUnavailable: nothing was sent.
            ConnectorError: what the request that went ahead met.
        """
        seal = seal_for(credentials, block, key, request)
        name = KeyName(seal.name, seal.token, credentials in self.proven)
        return _KeyClaim(self, name, seal, deadline=deadline, look_in=look_in)

    async def settle(self, change: Awaitable[None]) -> None:
        """Write down what became of a send, even when the caller is cancelled meanwhile.

        A store that fails now leaves ``claimed`` or ``sending``, and both are safe.
        """

        async def tolerate() -> None:
            with suppress(StoreError):
                await change

        task = asyncio.create_task(tolerate())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        await asyncio.shield(task)


class _KeyClaim:
    """The claim of a request with a key (see :class:`Claim`)."""

    def __init__(self, guard: Guard, key: KeyName, seal: Seal, *, deadline: float, look_in: str | None) -> None:
        self.reply: UpstreamReply | None = None
        self._guard = guard
        self._store = guard.store
        self._key = key
        self._seal = seal
        # The fingerprint is part of it, so that the store alone judges between different requests.
        self._name = (seal.name, seal.fingerprint)
        self._deadline = deadline
        self._look_in = look_in
        self._owner = ""
        self._goes_ahead = False
        self._may_be_sent = False
        self._kept: UpstreamReply | None = None

    async def __aenter__(self) -> Self:
        running = self._guard.running
        while (first := running.get(self._name)) is not None:
            match await _wait_for(first, self._deadline):
                case UpstreamReply() as reply:
                    self.reply = replace(reply, tries=0, replayed=True)
                    return self
                case ConnectorError() as error:
                    raise error.with_traceback(None)  # it is raised for each who waits
                case None:
                    pass  # it ended without an outcome: the turn is ours, or that of another who waited
        running[self._name] = asyncio.get_running_loop().create_future()
        self._goes_ahead = True
        try:
            self.reply = await self._claim()
        except BaseException as error:
            self._tell_others(self._as_told(error))
            raise
        if self.reply is not None:
            self._tell_others(self.reply)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not self._goes_ahead:
            return
        try:
            await self._settle(error)
        finally:
            self._tell_others(self._kept if error is None else self._as_told(error))

    async def mark_sending(self) -> bool:
        if self._may_be_sent:
            return True
        if not await _available(self._store.begin_sending(self._key, self._owner)):
            self._owner = ""
            return False
        # A process that was stopped here for long would send what others have given up.
        if asyncio.get_running_loop().time() >= self._deadline:
            raise IdempotencyInProgress
        self._may_be_sent = True
        return True

    def keep(self, reply: UpstreamReply) -> None:
        if not self._may_be_sent:
            raise AssertionError("a reply to a request that was never marked as being sent")
        self._kept = reply

    async def _claim(self) -> UpstreamReply | None:
        """Return None with the key claimed, or the reply to an earlier request."""
        now = asyncio.get_running_loop().time
        pause = FIRST_PAUSE
        while True:
            owner = token_hex(16)
            lease = max(0.0, self._deadline - now()) + LEASE_MARGIN
            row = await _available(self._store.claim(self._key, self._seal.fingerprint, owner, lease))
            if row is None:
                self._owner = owner
                return None
            while row is not None and not (row.has_lapsed and row.fingerprint == self._seal.fingerprint):
                if (reply := self._settled_reply(row)) is not None:
                    return reply
                if now() + pause >= self._deadline:
                    raise IdempotencyInProgress
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
                row = await _available(self._store.read(self._key))

    def _settled_reply(self, row: Row) -> UpstreamReply | None:
        if not compare_digest(row.fingerprint, self._seal.fingerprint):
            raise IdempotencyConflict
        if row.state == "done" and row.reply is not None:
            with suppress(InvalidTag, ValueError):
                return self._seal.open(row.reply)
        elif row.state == "claimed" or (row.state == "sending" and row.age <= self._guard.unknown_after):
            return None
        raise OutcomeUnknown(self._look_in)

    async def _settle(self, error: BaseException | None) -> None:
        if not self._owner:
            return
        store, settle = self._store, self._guard.settle
        if self._kept is not None and error is None:
            await settle(store.finish(self._key, self._owner, self._seal.close(self._kept)))
        elif not self._may_be_sent or (isinstance(error, ConnectorError) and error.fate is not Fate.UNKNOWN):
            await settle(store.free(self._key, self._owner))
        elif isinstance(error, Exception) or error is None:
            await settle(store.set_unknown(self._key, self._owner))
        # Cancelled while it was under way: what is on record, ``sending``, is the truth.

    def _as_told(self, error: BaseException) -> ConnectorError | None:
        """Return what those get who waited for a request that failed so; None when they shall try themselves."""
        # These tell of this request's own deadline; whoever waited may have another.
        if not isinstance(error, ConnectorError) or isinstance(error, IdempotencyInProgress | RateLimited):
            return None
        return OutcomeUnknown(self._look_in) if error.fate is Fate.UNKNOWN else error

    def _tell_others(self, outcome: Outcome) -> None:
        self._goes_ahead = False
        self._guard.running.pop(self._name).set_result(outcome)


async def _available(call: Awaitable[T]) -> T:
    try:
        return await call
    except StoreError as error:
        raise StoreUnavailable from error


async def _wait_for(first: asyncio.Future[T], deadline: float) -> T:
    try:
        async with asyncio.timeout_at(deadline):
            return await asyncio.shield(first)
    except TimeoutError:
        raise IdempotencyInProgress from None
