"""Carries requests through an httpx transport: the sandbox's ASGI app, or what a test puts in Plivo's place."""

from collections.abc import AsyncIterator, Mapping
from typing import Self

import httpx

from app.plivo import ConnectionLostError, HttpRequest, NotConnectedError


class InProcess:
    """Carries requests to whatever an ``httpx.AsyncBaseTransport`` reaches.

    Args:
        transport: like ``httpx.ASGITransport`` or ``httpx.MockTransport``.
        headers: what every request says besides its own headers.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, *, headers: Mapping[str, str] | None = None) -> None:
        self._transport = transport
        self._headers = list((headers or {}).items())

    async def __aenter__(self) -> Self:
        """Open the transport."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._transport.__aexit__(None, None, None)

    async def carry(self, request: HttpRequest) -> "_Reply":
        """See :meth:`app.plivo.Transport.carry`."""
        outgoing = httpx.Request(
            request.method,
            request.origin + request.target,
            headers=self._headers + request.headers,
            content=request.body or None,
        )
        try:
            return _Reply(await self._transport.handle_async_request(outgoing))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotConnectedError("the connection could not be made") from error
        except httpx.TransportError as error:
            raise ConnectionLostError("the connection was lost") from error


class _Reply:
    """What httpx brings back (see :class:`app.plivo.HttpReply`)."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream: httpx.AsyncByteStream = self._response.stream  # type: ignore[assignment]  # that of an async transport
        try:
            async for chunk in stream:
                yield chunk
        except httpx.TransportError as error:
            raise ConnectionLostError("the reply was cut") from error

    async def aclose(self) -> None:
        await self._response.aclose()
