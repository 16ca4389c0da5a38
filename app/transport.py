"""The road to Plivo: an httpx transport that carries requests with aiohttp.

httpx is the interface, so that the sandbox (``httpx.ASGITransport``) and tests
(``httpx.MockTransport``) take the same seat; aiohttp is the engine, because its pool costs a tenth
of httpx's per request and holds a thousand connections. There are no cookies, redirects, environment
proxies or resends by construction: one tenant can never see another, nothing goes out twice.
"""

from collections.abc import AsyncIterator, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

IDLE_SECONDS = 15.0
"""Idle connections are dropped after this, before Plivo or a load balancer does it mid-request."""

CHUNK_BYTES = 16 * 1024
"""Raw pieces are this small so that decompression can be stopped: deflate expands a thousandfold at most."""

_NEVER_SENT = (
    # DNS, TCP, TLS and proxy connections; a subclass of ClientOSError, which may come after sending.
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    # Raised for a refused CONNECT, before the request itself.
    aiohttp.ClientHttpProxyError,
)


@lru_cache(maxsize=4096)
def _parse_encoded(url: str) -> URL:
    # Encoded already: yarl would turn %3B back into a semicolon. Its own cache holds no more than 128.
    return URL(url, encoded=True)


_extensions: ContextVar[MutableMapping[str, Any]] = ContextVar("extensions")
"""Those of the request that is being sent in this context."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Carries ``httpx.Request``s over one shared pool of keep-alive connections.

    Sets the request extension ``sent`` to False until a connection was obtained, then to True: a
    caller that gives up in between knows that nothing went out.

    Args:
        connect_timeout: seconds for one TCP and TLS connection.
        max_connections: size of the pool; who finds it full waits.
        proxy: URL of an HTTP proxy, None for none.

    Raises:
        httpx.ConnectError: no connection, nothing was sent.
        httpx.RemoteProtocolError: the connection was lost or the reply cut; it may have been sent.
    """

    def __init__(self, *, connect_timeout: float, max_connections: int, proxy: str | None) -> None:
        self._connect_timeout = connect_timeout
        self._max_connections = max_connections
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        session = aiohttp.ClientSession(
            connector=_Connector(limit=self._max_connections, keepalive_timeout=IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
            auto_decompress=False,
        )
        # aiohttp silently repeats GET, HEAD, PUT and DELETE on a lost connection: a hang-up would go
        # out twice. There is no public switch; a test on a socket counts arrivals for every method.
        session._retry_connection = False  # noqa: SLF001
        self._session = session
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its reply, the body not yet read."""
        if self._session is None:
            raise RuntimeError("the transport is not open")
        request.extensions["sent"] = False
        _extensions.set(request.extensions)
        body = b"".join(request.stream)  # type: ignore[arg-type]  # ours are ByteStreams
        try:
            reply = await self._session.request(
                request.method,
                _parse_encoded(str(request.url)),
                headers=CIMultiDict(
                    [(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw]
                ),
                data=body or None,
                allow_redirects=False,
                proxy=self._proxy,
            )
        except _NEVER_SENT as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        return httpx.Response(reply.status, headers=reply.raw_headers, stream=_ReplyStream(reply), request=request)


class _ReplyStream(httpx.AsyncByteStream):
    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._reply.content.read(CHUNK_BYTES)
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        # Gives a fully read connection back to the pool, drops any other.
        self._reply.release()


class _Connector(aiohttp.TCPConnector):
    """Notes when a request got its connection. A trace hook would do as well, at a tenth of a request's cost."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp's own signature
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        _extensions.get()["sent"] = True
        return connection
