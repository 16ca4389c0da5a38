"""The network: carries requests with aiohttp's connections over one shared pool.

Of aiohttp it is the connections and the protocol, not the session above them: the session repeats GET, PUT and DELETE
by itself when a connection is lost, so that a hang-up would go out twice, and knows cookies and redirects. Without it
nothing goes out twice and no tenant can ever see another, by construction. These calls are little documented: each is
pinned by a test on a socket (``tests/plivo/``), and docs/decisions/http-client.md says what else was tried.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp.http_exceptions import BadStatusLine
from yarl import URL

from app.plivo import ConnectionLostError, HttpRequest, NotConnectedError, UnreadableReplyError

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler

IDLE_SECONDS = 15.0
"""Idle connections are dropped after this, before Plivo or a load balancer does it mid-request."""

CHUNK_BYTES = 16 * 1024
"""Raw pieces are this small so that decompression can be stopped: deflate expands a thousandfold at most."""

PIECE_BYTES = 1024 * 1024
"""A body that is larger goes out in pieces, so that others have their turn between them."""

MAX_HEADER_BYTES = 64 * 1024
MAX_HEADERS = 500
"""What is read of a reply's head: one header line, and how many of them."""

_log = logging.getLogger(__name__)


class Network:
    """Carries requests over TCP and TLS.

    Args:
        headers: what every request says besides its own headers.
        connect_timeout: seconds for one TCP and TLS connection.
        max_connections: size of the pool; who finds it full waits.
        proxy: URL of an HTTP proxy, None for none.
    """

    def __init__(
        self, *, headers: Mapping[str, str], connect_timeout: float, max_connections: int, proxy: str | None
    ) -> None:
        self._headers = list(headers.items())
        self._timeout = aiohttp.ClientTimeout(sock_connect=connect_timeout)
        self._max_connections = max_connections
        self._proxy = URL(proxy) if proxy else None
        self._pool: aiohttp.TCPConnector | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._pool = aiohttp.TCPConnector(limit=self._max_connections, keepalive_timeout=IDLE_SECONDS)
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def carry(self, request: HttpRequest) -> "_Reply":
        """See :meth:`app.plivo.Transport.carry`."""
        request.has_left = False
        scheme, authority = _split(request.origin)
        path, _, query = request.target.partition("?")
        outgoing = aiohttp.ClientRequest(
            request.method,
            # Encoded already: yarl would turn %3B back into a semicolon.
            URL.build(scheme=scheme, authority=authority, path=path, query_string=query, encoded=True),
            headers=self._headers + request.headers + _length_of_large(request.body),
            data=(request.body or None) if len(request.body) <= PIECE_BYTES else _pieces(request.body),
            loop=self._loop,
            proxy=self._proxy,
        )
        connection = await self._connect(outgoing)
        request.has_left = True
        try:
            protocol = cast("ResponseHandler", connection.protocol)  # it has one until it is closed
            protocol.set_response_params(
                read_until_eof=True,
                auto_decompress=False,
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
                max_headers=MAX_HEADERS,
            )
            reply = await outgoing.send(connection)
            await reply.start(connection)
            # What comes after the reply is kept unparsed, where it is seen before the connection is used again.
            reply.content.on_eof(partial(setattr, protocol, "_parser", None))
        except BaseException as error:
            connection.close()
            if isinstance(error, aiohttp.ClientResponseError) and not _is_no_http(error):
                raise UnreadableReplyError("its head is not HTTP, or too large") from error
            if isinstance(error, aiohttp.ClientError | OSError):
                raise ConnectionLostError("the connection was lost") from error
            raise
        return _Reply(reply)

    async def _connect(self, outgoing: aiohttp.ClientRequest) -> aiohttp.connector.Connection:
        if self._pool is None:
            raise RuntimeError("the network is not open")
        while True:
            try:
                connection = await self._pool.connect(outgoing, [], self._timeout)
            except (aiohttp.ClientError, OSError) as error:
                # DNS, TCP, TLS, the proxy: whatever it is, the request itself has not left.
                reason = self._reason(error)
                _log.warning("no connection to Plivo: %s (%s)", reason, type(error).__name__)
                raise NotConnectedError(reason) from error
            if not connection.protocol.should_close:  # type: ignore[union-attr]  # it has a protocol until it is closed
                return connection
            # Something came while it was idle: nobody asked for it, and it must not be anybody's reply.
            connection.close()

    def _reason(self, error: Exception) -> str:
        """Say what went wrong without the error's own text, which may hold hosts, addresses, a proxy's password."""
        match error:
            case aiohttp.ClientHttpProxyError():
                return f"the proxy refused the connection (HTTP {error.status})"
            case aiohttp.ClientProxyConnectionError():
                return "the proxy could not be reached"
            case aiohttp.ClientConnectorDNSError():
                return "the host name could not be resolved"
            case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
                return "the TLS connection could not be made, or its certificate is not trusted"
            case TimeoutError():
                return f"no connection was made within {self._timeout.sock_connect:g} seconds"
        return "the connection could not be made"


class _Reply:
    """The reply that aiohttp reads (see :class:`app.plivo.HttpReply`)."""

    __slots__ = ("_reply", "headers", "status")

    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply
        self.status: int = reply.status
        self.headers: Mapping[str, str] = reply.headers

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._reply.content.at_eof():
            raise StopAsyncIteration
        try:
            return await self._reply.content.read(CHUNK_BYTES)
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectionLostError("the reply was cut") from error

    async def aclose(self) -> None:
        # Gives a fully read connection back to the pool, drops any other.
        self._reply.release()


def _length_of_large(body: bytes) -> list[tuple[str, str]]:
    """Return the header that aiohttp cannot know where a body goes out in pieces."""
    return [("Content-Length", str(len(body)))] if len(body) > PIECE_BYTES else []


async def _pieces(body: bytes) -> AsyncIterator[memoryview]:
    view = memoryview(body)
    for start in range(0, len(view), PIECE_BYTES):
        yield view[start : start + PIECE_BYTES]


def _is_no_http(error: BaseException | None) -> bool:
    """Say whether what came back does not even begin like HTTP: something else answered on this port, or cut in."""
    while error is not None:
        if isinstance(error, BadStatusLine):
            return True
        error = error.__cause__ or error.__context__
    return False


@lru_cache(maxsize=64)
def _split(origin: str) -> tuple[str, str]:
    parts = urlsplit(origin)
    return parts.scheme, parts.netloc
