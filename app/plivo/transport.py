"""The road to Plivo: an httpx transport that carries requests with aiohttp.

httpx is the interface, so that the sandbox (``httpx.ASGITransport``) and tests (``httpx.MockTransport``) take the
same seat; aiohttp is the engine, because its pool costs a tenth of httpx's per request and holds a thousand
connections.

Of aiohttp it is the connections and the protocol, not the session above them: the session repeats GET, PUT and DELETE
by itself when a connection is lost, so that a hang-up would go out twice, and knows cookies and redirects. Without it
nothing goes out twice and no tenant can ever see another, by construction; a fifth of a request is saved, too.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from yarl import URL

IDLE_SECONDS = 15.0
"""Idle connections are dropped after this, before Plivo or a load balancer does it mid-request."""

CHUNK_BYTES = 16 * 1024
"""Raw pieces are this small so that decompression can be stopped: deflate expands a thousandfold at most."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Carries ``httpx.Request``s over one shared pool of keep-alive connections.

    Sets the request extension ``sent`` to False until a connection was obtained, then to True: a
    caller that gives up in between knows that nothing went out.

    Args:
        headers: what every request says besides its own headers.
        connect_timeout: seconds for one TCP and TLS connection.
        max_connections: size of the pool; who finds it full waits.
        proxy: URL of an HTTP proxy, None for none.

    Raises:
        httpx.ConnectError: no connection, nothing was sent.
        httpx.RemoteProtocolError: the connection was lost or the reply cut; it may have been sent.
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
        self._pool = aiohttp.TCPConnector(limit=self._max_connections, keepalive_timeout=IDLE_SECONDS)
        self._loop = asyncio.get_running_loop()
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
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its reply, the body not yet read."""
        if self._pool is None:
            raise RuntimeError("the transport is not open")
        request.extensions["sent"] = False
        outgoing = self._convert(request)
        try:
            connection = await self._pool.connect(outgoing, [], self._timeout)
        except (aiohttp.ClientError, OSError) as error:
            # DNS, TCP, TLS, the proxy: whatever it is, the request itself has not left.
            reason = str(error) or f"no connection was made within {self._timeout.sock_connect:g} seconds."
            raise httpx.ConnectError(reason, request=request) from error
        request.extensions["sent"] = True
        try:
            # It has a protocol until it is closed.
            connection.protocol.set_response_params(  # type: ignore[union-attr]
                read_until_eof=True, auto_decompress=False
            )
            reply = await outgoing.send(connection)
            await reply.start(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, aiohttp.ClientError | OSError):
                raise httpx.RemoteProtocolError(str(error), request=request) from error
            raise
        response = httpx.Response(reply.status, headers=reply.raw_headers, stream=_ReplyStream(reply), request=request)
        response.headers.encoding = "latin-1"  # httpx would try what all of them can be
        return response

    def _convert(self, request: httpx.Request) -> aiohttp.ClientRequest:
        headers = [(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw]
        body = b"".join(request.stream)  # type: ignore[arg-type]  # ours are ByteStreams
        return aiohttp.ClientRequest(
            request.method,
            _as_yarl(request.url),
            headers=self._headers + headers,
            data=body or None,
            loop=self._loop,
            proxy=self._proxy,
        )


def _as_yarl(url: httpx.URL) -> URL:
    path, _, query = url.raw_path.decode("ascii").partition("?")
    # Encoded already: yarl would turn %3B back into a semicolon.
    return URL.build(
        scheme=url.scheme, authority=url.netloc.decode("ascii"), path=path, query_string=query, encoded=True
    )


class _ReplyStream(httpx.AsyncByteStream):
    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._reply.content.at_eof():
            raise StopAsyncIteration
        try:
            return await self._reply.content.read(CHUNK_BYTES)
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.RemoteProtocolError(str(error)) from error

    async def aclose(self) -> None:
        # Gives a fully read connection back to the pool, drops any other.
        self._reply.release()
