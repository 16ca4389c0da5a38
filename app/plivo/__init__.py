"""One exchange with Plivo: what goes there, what comes back, and the seam to whatever carries it.

Nothing else in the connector talks to Plivo. A :class:`Transport` carries HTTP as it is told to: it repeats nothing,
follows nothing, keeps no cookies. The network is one (:mod:`app.plivo.network`); what speaks ASGI, or httpx's mock, is
another (:mod:`app.plivo.in_process`).
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from app.datatypes.answers import HostedAnswer
from app.datatypes.credentials import Credentials
from app.datatypes.files import FileUrl, Upload

Part = str | Upload | FileUrl
"""A part of a multipart body. A file that is named by URL is fetched before the request is sent."""


@dataclass(slots=True)
class UpstreamRequest:
    """One request to Plivo, without credentials.

    Attributes:
        method: the HTTP method.
        host: the host that serves the operation.
        path: the path, percent-encoded.
        query: the query, percent-encoded, without the question mark; empty for none.
        json: the JSON body, None for none.
        parts: the parts of a multipart body by name, in order, None for no such body.
        hosted: answers by the parameter that gets their URL, before the request is sent.
    """

    method: str
    host: str
    path: str
    query: str
    json: dict[str, Any] | None
    parts: tuple[tuple[str, Part], ...] | None = None
    hosted: tuple[tuple[str, HostedAnswer], ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing at Plivo, so that it may be repeated."""
        return self.method == "GET"


@dataclass(slots=True)
class UpstreamReply:
    """A 2xx reply of Plivo's.

    Attributes:
        status: Plivo's HTTP status.
        body: JSON text as Plivo sent it.
        api_id: Plivo's id of the request, where it gave one.
        tries: requests that were made for it.
        replayed: it is the stored reply to an earlier request with the same idempotency key.
    """

    status: int
    body: bytes
    api_id: str | None
    tries: int = 1
    replayed: bool = False


class Send(Protocol):
    """Sends a request to Plivo (see :meth:`app.plivo.client.Plivo.send`)."""

    async def __call__(
        self, request: UpstreamRequest, credentials: Credentials, /, *, deadline: float
    ) -> UpstreamReply:
        """Return Plivo's reply; raises UpstreamError."""


@dataclass(slots=True)
class HttpRequest:
    """What a transport carries.

    Attributes:
        method: the HTTP method.
        origin: scheme, host and port, like ``https://api.plivo.com``.
        target: path and query as they stand in the request line: ASCII, percent-encoded.
        headers: names and values, in order.
        body: the whole of it.
        has_left: False from the moment a transport takes it until it has a connection for it.
    """

    method: str
    origin: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    has_left: bool = True


class HttpReply(Protocol):
    """What a transport brings back: the head at once, the body in pieces as they come, not decompressed."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names in any capitals."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; raises :class:`ConnectionLostError` where it is cut."""

    async def aclose(self) -> None:
        """Let go of the connection: it is used again if the whole reply was read, else closed."""


class Transport(Protocol):
    """Carries one request, once."""

    async def __aenter__(self) -> Self:
        """Open what it needs."""

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it."""

    async def carry(self, request: HttpRequest) -> HttpReply:
        """Carry a request to its origin and return the reply.

        Raises:
            NotConnectedError: there was no connection; nothing was sent.
            ConnectionLostError: it was lost after the request may have been sent.
            UnreadableReplyError: what came back is not HTTP that can be read.
        """


class TransportError(Exception):
    """A request was not carried there and back. The text is for callers: it names no host, address or secret."""


class NotConnectedError(TransportError):
    """There was no connection; nothing was sent."""


class ConnectionLostError(TransportError):
    """The connection was lost; the request may have been sent."""


class UnreadableReplyError(TransportError):
    """A reply came that is not HTTP, or beyond what is read of its head."""
