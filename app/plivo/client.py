"""The client: sends an UpstreamRequest and returns Plivo's reply, retrying only what is safe.

A read (GET) is repeated on connect failure, lost connection, no answer within half of the remaining
time, 429, 502, 503 and 504. Anything else is repeated only when nothing was sent (connect failure) or
Plivo refused it (429), so that no retry can do a thing twice.
"""

import asyncio
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from itertools import count

import httpx

from app import __version__, json_text
from app.datatypes.credentials import Credentials
from app.datatypes.files import Upload
from app.errors import ApiDisconnected, ApiError, ApiTimeout, ApiUnreachable, UpstreamError
from app.plivo import UpstreamReply, UpstreamRequest
from app.plivo.replies import bad_reply, read_reply

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""Largest reply that is taken, decoded."""

COMMON_HEADERS = {
    "User-Agent": f"plivo-connector/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
"""What the road to Plivo adds to every request."""

FIRST_BACKOFF = 0.25
"""Seconds before the first repetition, doubled for each further one, halved at most by jitter."""

_REPEAT_READ_AFTER = frozenset((HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT))
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
        transport: httpx.AsyncBaseTransport,
        *,
        api_url: str | None,
        timeout: float,
        retries: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._api_url = api_url.rstrip("/") if api_url else None
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
        url, headers, body = self._prepare(request, credentials)
        is_read = request.method == "GET"
        for tries in count(1):
            is_last = tries > self._retries
            # A read that hangs leaves half of the time for its repetition.
            until = deadline if is_last or not is_read else (_now() + deadline) / 2
            try:
                reply = await self._try(request.method, url, headers, body, until)
            except UpstreamError as error:
                error.tries = tries
                wait = self._wait_before_next(error, tries, is_read=is_read)
                if is_last or wait is None or _now() + wait >= deadline:
                    raise
            else:
                return reply if tries == 1 else replace(reply, tries=tries)
            await self._sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def url_of(self, request: UpstreamRequest) -> httpx.URL:
        """Return where a request goes."""
        origin, prefix = _parse_origin(self._api_url or f"https://{request.host}")
        url = httpx.URL(origin)
        # Path and query are encoded: httpx would take a tenth of a request to find nothing to do about them.
        parts = origin._uri_reference._replace(path=prefix + request.path, query=request.query or None)  # noqa: SLF001
        url._uri_reference = parts  # noqa: SLF001
        return url

    def _prepare(
        self, request: UpstreamRequest, credentials: Credentials
    ) -> tuple[httpx.URL, list[tuple[bytes, bytes]], bytes]:
        url = self.url_of(request)
        pair = f"{credentials.auth_id}:{credentials.auth_token}".encode()
        headers = [(b"authorization", b"Basic " + b64encode(pair))]
        if request.parts is not None:
            body, content_type = _encode_multipart(url, request.parts)
        elif request.json is not None:
            body, content_type = json_text.render(request.json), b"application/json"
        else:
            return url, headers, b""
        headers.append((b"content-type", content_type))
        return url, headers, body

    async def _try(
        self, method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], body: bytes, until: float
    ) -> UpstreamReply:
        # stream= spares httpx's own look at body and headers, which costs more than the rest of the object.
        request = httpx.Request(method, url, headers=headers, stream=httpx.ByteStream(body))
        is_read = method == "GET"
        try:
            async with asyncio.timeout_at(until):
                response = await self._transport.handle_async_request(request)
                content = await _read_body(response)
        except TimeoutError:
            if not request.extensions.get("sent", True):
                raise ApiUnreachable("no connection was free or made in time.") from None
            unknown = "" if is_read else _OUTCOME_UNKNOWN
            raise ApiTimeout(f"Plivo did not answer in time.{unknown}", retryable=is_read) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ApiUnreachable(str(error)) from error
        except httpx.TransportError as error:
            unknown = "" if is_read else _OUTCOME_UNKNOWN
            raise ApiDisconnected(
                f"The connection was lost before Plivo's reply was complete.{unknown}", retryable=is_read
            ) from error
        return read_reply(response.status_code, response.headers, content, is_read=is_read)

    def _wait_before_next(self, error: UpstreamError, tries: int, *, is_read: bool) -> float | None:
        """Seconds to wait before the next try, None where there must be none."""
        match error:
            case ApiUnreachable():
                pass
            case ApiError(http_status=status) if status == HTTPStatus.TOO_MANY_REQUESTS:
                pass
            case ApiError(http_status=status) if is_read and status in _REPEAT_READ_AFTER:
                pass
            case ApiTimeout() | ApiDisconnected() if is_read:
                pass
            case _:
                return None
        if error.retry_after is not None:
            return error.retry_after
        return FIRST_BACKOFF * 2.0 ** (tries - 1) * random.uniform(0.5, 1)  # noqa: S311  # jitter, not a secret


@lru_cache(maxsize=64)
def _parse_origin(text: str) -> tuple[httpx.URL, str]:
    """Return an origin, and the path below which everything is there."""
    url = httpx.URL(text)
    return url, url.raw_path.decode("ascii").rstrip("/")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _encode_multipart(url: httpx.URL, parts: Iterable[tuple[str, str | Upload]]) -> tuple[bytes, bytes]:
    # httpx makes a multipart body of files only; a text is a file without a name (RFC 7578).
    files = [
        (name, (part.name, part.content, part.content_type) if isinstance(part, Upload) else (None, part))
        for name, part in parts
    ] or [("", (None, ""))]
    encoded = httpx.Request("POST", url, files=files)
    return encoded.read(), encoded.headers["content-type"].encode()


async def _read_body(response: httpx.Response) -> bytes:
    """Read and decompress the body; of an error's body what can be read, since its status says enough."""
    chunks: list[bytes] = []
    size = 0
    problem = None
    # httpx's own way through a body that is not encoded costs as much as the rest of its response.
    stream: httpx.AsyncByteStream = response.stream  # type: ignore[assignment]  # that of an async transport
    is_encoded = "content-encoding" in response.headers
    try:
        if is_encoded and "," in response.headers["content-encoding"]:
            # Nobody asked for two layers, and they would expand before the size can be seen.
            problem = "Plivo's reply is compressed more than once."
        else:
            async for chunk in response.aiter_bytes() if is_encoded else stream:
                size += len(chunk)
                chunks.append(chunk)
                if size > MAX_REPLY_BYTES:
                    problem = f"Plivo's reply is larger than {MAX_REPLY_BYTES} bytes."
                    break
    except httpx.DecodingError:
        problem = "Plivo's reply cannot be decompressed."
    finally:
        await stream.aclose()
    if problem and response.is_success:
        raise bad_reply(problem, response.status_code, b"".join(chunks[:1]))
    return b"".join(chunks)
