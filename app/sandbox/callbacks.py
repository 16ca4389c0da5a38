"""The requests that Plivo makes to its customers: a form by POST or a query by GET, signed with the account's token."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from app import egress
from app.protocol.signatures import Version, sign
from app.protocol.signed_text import Request as SignedRequest
from app.sandbox.engine.auth import tokens_of
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.fragments import BY_DEFAULT, CONNECT, READ, Patience

MOST_AT_ONCE = 50
"""Requests on their way at one time; further ones wait."""

MOST_BYTES = 100 * 1024
"""Bytes of an answer that are read: Plivo takes no longer page."""

_FORM = "application/x-www-form-urlencoded"
_AGENT = "PlivoSandbox"


class CallbackError(Exception):
    """No answer came. The message says why, without the address.

    Args:
        message: what went wrong.
        cause: what a request may be made again for, as its patience names it; empty: it would not help.
    """

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        body: as much of it as is read.
        content_type: the header.
    """

    status: int
    body: bytes
    content_type: str

    @property
    def ok(self) -> bool:
        """Whether the status says that all is well."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own bounds of success


@dataclass(frozen=True)
class Callback:
    """One request to a customer.

    Attributes:
        owner: the account that it is about; its token signs.
        url: with a fragment or without: it is neither sent nor signed.
        method: GET or POST.
        parameters: by Plivo's names.
        versions: the signatures that it carries.
        patience: how long it waits, and when it is made again.
    """

    owner: str
    url: str
    method: str
    parameters: Mapping[str, str]
    versions: tuple[Version, ...] = (Version.V3,)
    patience: Patience = BY_DEFAULT


class Callbacks:
    """Makes requests. Use it as an async context manager.

    Args:
        state: knows the tokens of the accounts.
        is_allowed: says whether an IP address may be reached; None: any may.
        own_url: where this service itself is reached, whatever its address; None: it has no answers of its own.
    """

    def __init__(self, state: State, *, is_allowed: Callable[[str], bool] | None, own_url: str | None) -> None:
        self._state = state
        self._is_allowed = is_allowed
        self._own_url = f"{own_url.rstrip('/')}/" if own_url else None
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = egress.open_session(is_allowed=self._is_allowed)
        self._own_session = egress.open_session(is_allowed=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._session.close()
        await self._own_session.close()

    async def send(self, callback: Callback) -> Answer:
        """Make a request, and make it again as its patience says: once where no answer came, by default.

        Raises:
            CallbackError: no answer came.
        """
        patience = callback.patience
        deadline = time.monotonic() + patience.total
        for left in range(patience.retries, -1, -1):
            is_last = left == 0 or time.monotonic() >= deadline
            try:
                answer = await self._send(callback, max(0.001, deadline - time.monotonic()))
            except CallbackError as error:
                if is_last or error.cause not in patience.causes:
                    raise
            else:
                if is_last or not patience.forgives(answer.status):
                    return answer
        raise AssertionError  # the last one returns or raises

    async def _send(self, callback: Callback, seconds: float) -> Answer:
        try:
            url, body, headers = self._written(callback)
        except ValueError as error:
            raise CallbackError(str(error)) from None
        is_own = self._own_url is not None and url.startswith(self._own_url)
        session = self._own_session if is_own else self._session
        patience = callback.patience
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=patience.connect, sock_read=patience.read)
        try:
            async with (
                self._slots,
                session.request(
                    callback.method.upper(),
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=timeout,
                ) as response,
            ):
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > MOST_BYTES:
                        break
                return Answer(response.status, bytes(content), response.headers.get("Content-Type", ""))
        except aiohttp.ConnectionTimeoutError:
            raise CallbackError("no connection came about in time", CONNECT) from None
        except TimeoutError:
            raise CallbackError("no answer came in time", READ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if egress.is_not_public(error):
                raise CallbackError("the address is not one of the public Internet") from None
            cause = CONNECT if isinstance(error, aiohttp.ClientConnectorError) else READ
            raise CallbackError("no connection, or it was lost", cause) from None

    def _written(self, callback: Callback) -> tuple[str, bytes | None, dict[str, str]]:
        """Return the URL that is asked for, the body, and the headers."""
        url = _as_sent(callback.url)
        form = urlencode(callback.parameters)
        headers = {"User-Agent": _AGENT}
        if callback.method.upper() == "GET":
            url, body = (f"{url}{'&' if '?' in url else '?'}{form}" if form else url), None
        else:
            body = form.encode()
            headers["Content-Type"] = _FORM
        signed = SignedRequest(callback.method, url, body or b"", _FORM)
        tokens = tokens_of(self._state, callback.owner)
        main_tokens = tokens_of(self._state, MAIN_ACCOUNT)
        for version in callback.versions if tokens else ():
            # The SDKs read one signature in the older header, several in the newer.
            most = len(main_tokens) if version is Version.V3 else 1
            nonce = str(secrets.randbelow(10**20))  # not of the state: replies stay repeatable
            headers |= sign(signed, nonce=nonce, tokens=tokens[:most], main_tokens=main_tokens[:most], version=version)
        return url, body, headers


def _as_sent(url: str) -> str:
    """Return a URL as it goes over the wire, without its fragment.

    Raises:
        ValueError: it is no absolute URL of HTTP.
    """
    url = url.partition("#")[0]
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError("the URL must begin with http:// or https://")
    return url if url.isascii() and url.isprintable() and " " not in url else str(URL(url))
