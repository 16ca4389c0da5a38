"""The client: sends an UpstreamRequest and returns Plivo's reply, retrying only what is safe.

A read (GET) is repeated on connect failure, lost connection, no answer within half of the remaining
time, 408, 425, 429, 502, 503 and 504. Anything else is repeated only when nothing was sent (connect failure) or
Plivo refused it (429), so that no retry can do a thing twice.
"""

import asyncio
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from itertools import count
from urllib.parse import urlsplit

import httpx

from app import USER_AGENT, json_text
from app.datatypes.credentials import Credentials
from app.datatypes.files import Upload
from app.errors import ApiDisconnected, ApiError, ApiTimeout, ApiUnreachable, Fate, UpstreamError
from app.plivo import (
    ConnectionLostError,
    HttpReply,
    HttpRequest,
    NotConnectedError,
    Part,
    Transport,
    UnreadableReplyError,
    UpstreamReply,
    UpstreamRequest,
)
from app.plivo.replies import PASSING, SUCCESS, bad_reply, read_reply

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""Largest reply that is taken, decoded."""

COMMON_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
"""What a transport to Plivo adds to every request."""

FIRST_BACKOFF = 0.25
"""Seconds before the first repetition, doubled for each further one, halved at most by jitter."""

# A 500 is repeated by nobody's documentation; whoever asked may do so.
_REPEAT_READ_AFTER = PASSING - {HTTPStatus.INTERNAL_SERVER_ERROR}
_OUTCOME_UNKNOWN = " It is not known whether Plivo acted on it: look before sending it again."


class Plivo:
    """Sends requests to Plivo over one transport.

    Args:
        transport: carries the requests: the network, the sandbox or a test's recorder.
        api_url: where every request goes instead of its own host, with any path prefix; None for Plivo.
        timeout: seconds for the whole of a request, all tries included.
        retries: tries after the first one.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        api_url: str | None,
        timeout: float,
        retries: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._origin_and_prefix = _take_apart(api_url) if api_url else None
        self.timeout = timeout
        self._retries = retries
        self._sleep = sleep

    async def send(
        self, request: UpstreamRequest, credentials: Credentials, *, deadline: float | None = None
    ) -> UpstreamReply:
        """Send a request, repeat it where that is safe, and return the 2xx reply.

        Args:
            request: what to send.
            credentials: whose request it is.
            deadline: the event loop's time at which to give up; None: after ``timeout`` seconds.

        Raises:
            UpstreamError: what went wrong, ``tries`` saying how often the request was made.
        """
        deadline = _now() + self.timeout if deadline is None else deadline
        outgoing = self._compose(request, credentials)
        is_read = request.is_read
        for tries in count(1):
            is_last = tries > self._retries
            # A read that hangs leaves half of the time for its repetition.
            until = deadline if is_last or not is_read else (_now() + deadline) / 2
            try:
                reply = await self._try(outgoing, until, is_read=is_read)
            except UpstreamError as error:
                error.tries = tries
                wait = _wait_before_next(error, tries, is_read=is_read)
                if is_last or wait is None or _now() + wait >= deadline:
                    raise
            else:
                return reply if tries == 1 else replace(reply, tries=tries)
            await self._sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def url_of(self, request: UpstreamRequest) -> str:
        """Return where a request goes."""
        return "".join(self._place_of(request))

    def _place_of(self, request: UpstreamRequest) -> tuple[str, str]:
        origin, prefix = self._origin_and_prefix or (f"https://{request.host}", "")
        query = f"?{request.query}" if request.query else ""
        return origin, f"{prefix}{request.path}{query}"

    def _compose(self, request: UpstreamRequest, credentials: Credentials) -> HttpRequest:
        origin, target = self._place_of(request)
        pair = f"{credentials.auth_id}:{credentials.auth_token}".encode()
        headers = [("Authorization", "Basic " + b64encode(pair).decode("ascii"))]
        body = b""
        if request.parts is not None:
            body, content_type = _encode_multipart(request.parts)
            headers.append(("Content-Type", content_type))
        elif request.json is not None:
            body = json_text.render(request.json)
            headers.append(("Content-Type", "application/json"))
        return HttpRequest(request.method, origin, target, headers, body)

    async def _try(self, request: HttpRequest, until: float, *, is_read: bool) -> UpstreamReply:
        unknown = "" if is_read else _OUTCOME_UNKNOWN
        try:
            async with asyncio.timeout_at(until):
                reply = await self._transport.carry(request)
                body = await _read_body(reply)
        except TimeoutError:
            if not request.has_left:
                raise ApiUnreachable("no connection was free or made in time") from None
            raise ApiTimeout(f"Plivo did not answer in time.{unknown}", retryable=is_read) from None
        except NotConnectedError as error:
            raise ApiUnreachable(str(error)) from error
        except ConnectionLostError as error:
            raise ApiDisconnected(
                f"The connection was lost before Plivo's reply was complete.{unknown}", retryable=is_read
            ) from error
        except UnreadableReplyError as error:
            raise bad_reply(f"Plivo's reply cannot be read: {error}.", None, b"") from error
        return read_reply(reply.status, reply.headers, body, is_read=is_read)


def _wait_before_next(error: UpstreamError, tries: int, *, is_read: bool) -> float | None:
    """Seconds to wait before the next try, None where there must be none."""
    is_refused_for_now = error.http_status == HTTPStatus.TOO_MANY_REQUESTS
    has_passing_reason = isinstance(error, ApiTimeout | ApiDisconnected) or (
        isinstance(error, ApiError) and error.http_status in _REPEAT_READ_AFTER
    )
    if not (error.fate is Fate.NOT_SENT or is_refused_for_now or (is_read and has_passing_reason)):
        return None
    if error.retry_after is not None:
        return error.retry_after
    return FIRST_BACKOFF * 2.0 ** (tries - 1) * random.uniform(0.5, 1)  # noqa: S311  # jitter, not a secret


@lru_cache(maxsize=8)
def _take_apart(api_url: str) -> tuple[str, str]:
    """Return the origin of a URL, and the path below which everything is there.

    Credentials in the URL are left out: they would be sent in place of the caller's, and be shown.
    """
    parts = urlsplit(api_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", parts.path.rstrip("/")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _encode_multipart(parts: Iterable[tuple[str, Part]]) -> tuple[bytes, str]:
    # httpx makes a multipart body of files only; a text is a file without a name (RFC 7578).
    files: list[tuple[str, tuple[str | None, str | bytes, str] | tuple[None, str]]] = []
    for name, part in parts:
        match part:
            case Upload():
                files.append((name, (part.name, bytes(part.content), part.content_type)))
            case str():
                files.append((name, (None, part)))
            case _:
                raise TypeError("a file that is named by URL must be fetched before it is sent")
    encoded = httpx.Request("POST", "http://plivo", files=files or [("", (None, ""))])
    return encoded.read(), encoded.headers["content-type"]


async def _read_body(reply: HttpReply) -> bytes:
    """Read and decompress the body; of an error's body what can be read, since its status says enough."""
    chunks: list[bytes] = []
    size = 0
    problem = None
    encoding = reply.headers.get("content-encoding")
    try:
        if encoding and "," in encoding:
            # Nobody asked for two layers, and they would expand before the size can be seen.
            problem = "Plivo's reply is compressed more than once."
        else:
            async for chunk in _decompressed(reply, encoding) if encoding else reply:
                size += len(chunk)
                chunks.append(chunk)
                if size > MAX_REPLY_BYTES:
                    problem = f"Plivo's reply is larger than {MAX_REPLY_BYTES} bytes."
                    break
    except httpx.DecodingError:
        problem = "Plivo's reply cannot be decompressed."
    finally:
        await reply.aclose()
    if problem and reply.status in SUCCESS:
        raise bad_reply(problem, reply.status, b"".join(chunks[:1]))
    return b"".join(chunks)


def _decompressed(reply: HttpReply, encoding: str) -> AsyncIterator[bytes]:
    return httpx.Response(200, headers={"content-encoding": encoding}, content=reply).aiter_bytes()
