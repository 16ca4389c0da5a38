"""Never twice: what a request with an idempotency key goes through.

The state of a key, in the store::

    (none) ──claim──► claimed ──commit──► sending ──finish──► done       repeats get the stored reply
      ▲                  │                   │ └─────────────► unknown   repeats get OUTCOME_UNKNOWN
      └──────free────────┴───────free────────┘

Nothing is sent before ``sending`` is durable, and ``sending`` never goes back unless it is certain that Plivo did
not act: it answered 4xx, or no connection was made. A process that dies while ``claimed`` leaves a claim that
may be taken over when its lease has run out; one that dies while ``sending`` leaves a row that is never sent
again. A process that was paused meanwhile loses the change to ``sending``, and does not send.

The store learns neither account, key, token nor reply: the row's name and the fingerprint are hashes, and the
reply is encrypted under a key that only the caller's authToken opens.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from http import HTTPStatus
from secrets import token_bytes, token_hex
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import json_text
from app.datatypes.files import Upload
from app.errors import (
    ApiError,
    ApiUnreachable,
    ConnectorError,
    IdempotencyConflict,
    IdempotencyInProgress,
    OutcomeUnknown,
    StoreUnavailable,
    UpstreamError,
)
from app.idempotency import Row, Store
from app.plivo import UpstreamReply, UpstreamRequest
from app.storage import StoreError

LEASE_MARGIN = 5.0
"""Seconds for which a claim holds beyond the deadline of its request."""

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
"""Seconds between two looks at a key on which another process is at work."""

Commit = Callable[[], Awaitable[None]]
"""To be awaited right before sending: returns when it is on record that the request may have been sent."""

Send = Callable[[Commit], Awaitable[UpstreamReply]]

T = TypeVar("T")


class LostClaimError(Exception):
    """Another process took the claim over; the sender lets this pass and sends nothing."""


class Once:
    """Runs requests with idempotency keys.

    Args:
        store: keeps what must be remembered.
        unknown_after: seconds after which the outcome of a send that is not recorded counts as unknown: longer
            than any send takes.
    """

    def __init__(self, store: Store, *, unknown_after: float) -> None:
        self._store = store
        self._unknown_after = unknown_after
        self._running: dict[tuple[str, bytes], asyncio.Future[UpstreamReply | ConnectorError | None]] = {}
        self._settling: set[asyncio.Task[None]] = set()

    async def run(  # noqa: PLR0913  # a request has these parts
        self,
        account: str,
        token: str,
        block: str,
        key: str,
        request: UpstreamRequest,
        deadline: float,
        send: Send,
        *,
        look_in: str | None,
    ) -> UpstreamReply:
        """Send a request unless it was sent before; the reply to an earlier one comes back as ``replayed``.

        Of several requests at a time in this process one goes ahead, and the others get what it got.

        Args:
            account: the authId.
            token: the authToken.
            block: name of the block.
            key: the caller's idempotency key, one per account and block.
            request: what is to be sent.
            deadline: the event loop's time until which to wait for others with this key.
            send: sends the request; awaits its argument right before.
            look_in: name of the list block that shows whether an unknown outcome is a good one.

        Raises:
            IdempotencyConflict: the key belongs to another request, or to another token.
            IdempotencyInProgress: the deadline came before the outcome of the first request.
            OutcomeUnknown: the first request may have been acted on.
            StoreUnavailable: nothing was sent.
            ConnectorError: what ``send`` raised.
        """
        sealed = _seal_for(account, token, block, key, request)
        # The fingerprint is part of the name, so that the store alone judges between different requests.
        name = (sealed.row, sealed.fingerprint)
        while (first := self._running.get(name)) is not None:
            match await _wait_for(first, deadline):
                case UpstreamReply() as reply:
                    return replace(reply, tries=0, replayed=True)
                case ConnectorError() as error:
                    raise error
                case None:
                    pass  # it ended without an outcome: the turn is ours, or that of another who waited
        outcome: UpstreamReply | ConnectorError | None = None
        self._running[name] = asyncio.get_running_loop().create_future()
        try:
            reply = outcome = await self._run(sealed, deadline, send, look_in)
        except ConnectorError as error:
            outcome = _as_told_to_others(error, look_in)
            raise
        else:
            return reply
        finally:
            self._running.pop(name).set_result(outcome)

    async def _run(self, sealed: "_Sealed", deadline: float, send: Send, look_in: str | None) -> UpstreamReply:
        now = asyncio.get_running_loop().time
        pause = FIRST_PAUSE
        while True:
            owner = token_hex(16)
            lease = max(0.0, deadline - now()) + LEASE_MARGIN
            row = await _available(self._store.claim(sealed.row, sealed.fingerprint, owner, lease))
            if row is None:
                with suppress(LostClaimError):
                    return await self._send(sealed, owner, deadline, send)
            while row is not None and not (row.has_lapsed and row.fingerprint == sealed.fingerprint):
                if (reply := self._settled(row, sealed, look_in)) is not None:
                    return reply
                if now() + pause >= deadline:
                    raise IdempotencyInProgress
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
                row = await _available(self._store.read(sealed.row))

    def _settled(self, row: Row, sealed: "_Sealed", look_in: str | None) -> UpstreamReply | None:
        if not compare_digest(row.fingerprint, sealed.fingerprint):
            raise IdempotencyConflict
        if row.state == "done" and row.reply is not None:
            with suppress(InvalidTag, ValueError):
                return sealed.open(row.reply)
        elif row.state == "claimed" or (row.state == "sending" and row.age <= self._unknown_after):
            return None
        raise OutcomeUnknown(look_in)

    async def _send(self, sealed: "_Sealed", owner: str, deadline: float, send: Send) -> UpstreamReply:
        is_committed = False

        async def commit() -> None:
            nonlocal is_committed
            if is_committed:
                return
            if not await _available(self._store.begin_sending(sealed.row, owner)):
                raise LostClaimError
            # A process that was stopped here for long would send what others have given up.
            if asyncio.get_running_loop().time() >= deadline:
                raise IdempotencyInProgress
            is_committed = True

        try:
            reply = await send(commit)
        except BaseException as error:
            if not is_committed or _was_refused(error):
                await self._settle(self._store.free, sealed.row, owner)
            elif isinstance(error, Exception):
                await self._settle(self._store.set_unknown, sealed.row, owner)
            raise
        if not is_committed:
            raise AssertionError("it was sent without a commit")
        await self._settle(self._store.finish, sealed.row, owner, sealed.close(reply))
        return reply

    async def _settle(self, change: Callable[..., Awaitable[None]], *args: str | bytes) -> None:
        """Write down what became of a send, even when the caller is cancelled meanwhile.

        A store that fails now leaves ``claimed`` or ``sending``, and both are safe.
        """

        async def tolerate() -> None:
            with suppress(StoreError):
                await change(*args)

        task = asyncio.create_task(tolerate())
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        await asyncio.shield(task)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What the store may know of a request.

    Attributes:
        row: the key's name in the store.
        fingerprint: the same for the same request with the same token only.
        cipher: closes and opens the reply.
    """

    row: str
    fingerprint: bytes
    cipher: AESGCM

    def close(self, reply: UpstreamReply) -> bytes:
        nonce = token_bytes(12)
        head = json_text.render([reply.status, reply.api_id])
        return nonce + self.cipher.encrypt(nonce, head + b"\n" + reply.body, self.row.encode())

    def open(self, stored: bytes) -> UpstreamReply:
        """Return the stored reply.

        Raises:
            InvalidTag: it was changed.
            ValueError: it is no such thing.
        """
        head, _, body = self.cipher.decrypt(stored[:12], stored[12:], self.row.encode()).partition(b"\n")
        status, api_id = json_text.parse(head)
        return UpstreamReply(status, body, api_id, tries=0, replayed=True)


def _seal_for(account: str, token: str, block: str, key: str, request: UpstreamRequest) -> _Sealed:
    row = sha256(json_text.render([account, block, key])).digest()
    secret = HKDF(SHA256(), length=64, salt=row, info=b"plivo-connector idempotency 1").derive(token.encode())
    return _Sealed(row.hex(), hmac_digest(secret[:32], _canonical(request), "sha256"), AESGCM(secret[32:]))


def _canonical(request: UpstreamRequest) -> bytes:
    """Render a request so that the order in which fields were given makes no difference; files by their hash."""
    query = sorted(request.query.split("&"), key=lambda pair: pair.partition("=")[0])
    parts = [(name, _canonical_part(part)) for name, part in sorted(request.parts or (), key=lambda part: part[0])]
    whole = [request.method, request.host, request.path, query, request.json, request.parts is not None, parts]
    return json.dumps(whole, sort_keys=True).encode()


def _canonical_part(part: str | Upload) -> object:
    if isinstance(part, Upload):
        return [part.name, part.content_type, sha256(part.content).hexdigest()]
    return part


def _was_refused(error: BaseException) -> bool:
    """Whether it is certain that Plivo did not act on what was sent, or that nothing was."""
    if isinstance(error, ApiError):
        return HTTPStatus.BAD_REQUEST <= (error.http_status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, ApiUnreachable)


def _as_told_to_others(error: ConnectorError, look_in: str | None) -> ConnectorError | None:
    """Return what those get who waited for a request that failed so; None when they shall try themselves."""
    if isinstance(error, IdempotencyConflict | OutcomeUnknown | StoreUnavailable) or _was_refused(error):
        return error
    if isinstance(error, UpstreamError) and not isinstance(error, IdempotencyInProgress):
        return OutcomeUnknown(look_in)
    return None


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
