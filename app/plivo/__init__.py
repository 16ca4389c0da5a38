"""One exchange with Plivo: what goes there, and what comes back. Nothing else in the connector talks to Plivo."""

from dataclasses import dataclass
from typing import Any

from app.datatypes.files import Upload


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
    """

    method: str
    host: str
    path: str
    query: str
    json: dict[str, Any] | None
    parts: tuple[tuple[str, str | Upload], ...] | None = None


@dataclass(slots=True)
class UpstreamReply:
    """A 2xx reply.

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
