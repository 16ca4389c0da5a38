"""The one shape of every answer: ``{"callback": …, "contextWrites": {<to>: …}}``.

Nothing else in the connector knows it, nor which HTTP status an answer has. A reply of Plivo's stands in it byte for
byte: it was checked to be JSON, and is not decoded and encoded again.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from starlette.types import Send

from app import json_text
from app.blocks import Result
from app.errors import ConnectorError, describe
from app.manifest.common_args import looks_like_a_number

DEFAULT_KEY = "to"

Head = tuple[int, list[tuple[bytes, bytes]]]
"""Status and headers of an answer."""


def key_of(raw: Mapping[str, Any]) -> str:
    """Return the key under ``contextWrites`` that a caller asks for with ``to``."""
    key = raw.get(DEFAULT_KEY)
    return key if isinstance(key, str) and key and not looks_like_a_number(key) else DEFAULT_KEY


def goes_by_status(path: str) -> bool:
    """Say whether whoever calls a path goes by the HTTP status alone, whatever the setting says.

    All do but marketplaces. Plivo takes an event that is answered 200 for one that is kept, and does not send it again.
    """
    return not path.startswith("/api/")


def render(result: Result, key: str = DEFAULT_KEY) -> bytes:
    """Return a result as the marketplace wants it."""
    name = b'"to"' if key == DEFAULT_KEY else json_text.render(key)
    if result.error is None:
        return b'{"callback":"success","contextWrites":{%b:%b}}' % (name, result.content)
    return b'{"callback":"error","contextWrites":{%b:%b}}' % (name, json_text.render(describe(result.error)))


def render_item(index: int, result: Result, *, is_told: bool = True, **more: object) -> bytes:
    """Return the result of one item of a bulk.

    Args:
        index: of the item, counted from 0.
        result: what became of it.
        is_told: False leaves the result itself out.
        more: what else is said of it; None is left out.
    """
    outcome, content = (
        (b"success", result.content) if result.error is None else (b"error", json_text.render(describe(result.error)))
    )
    given = {name: value for name, value in more.items() if value is not None}
    extra = json_text.render(given)[1:-1] + b"," if given else b""
    told = b',"result":%b' % content if is_told else b""
    return b'{"index":%d,%b"callback":"%b"%b}' % (index, extra, outcome, told)


class Envelopes:
    """Answers with envelopes.

    Args:
        mirror: failures carry their own HTTP status instead of 200, which marketplaces expect.
    """

    def __init__(self, *, mirror: bool) -> None:
        self._mirror = mirror

    async def send(self, send: Send, result: Result, key: str = DEFAULT_KEY, *, mirror: bool = False) -> None:
        """Answer a request (ASGI).

        Args:
            send: takes the answer.
            result: what became of it.
            key: where in the answer it stands.
            mirror: a failure carries its own status whatever the setting says.
        """
        body = render(result, key)
        status, headers = self._head(result, body, mirror=mirror)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def response(self, result: Result, key: str = DEFAULT_KEY, *, mirror: bool = False) -> Response:
        """Return the answer as the framework wants it; the arguments are those of :meth:`send`."""
        body = render(result, key)
        status, headers = self._head(result, body, mirror=mirror)
        response = Response(body, status)
        response.raw_headers = headers
        return response

    def refusal(self, error: ConnectorError, *, mirror: bool = False) -> Response:
        """Return the answer to a request that no block was run for; ``mirror`` as in :meth:`send`."""
        return self.response(Result.of_error(error), mirror=mirror)

    def _head(self, result: Result, body: bytes, *, mirror: bool = False) -> Head:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        error = result.error
        if error is None:
            if result.replayed:
                headers.append((b"idempotent-replayed", b"true"))
            return 200, headers
        wait = error.details.get("retry_after")
        if isinstance(wait, int | float):
            headers.append((b"retry-after", str(max(1, round(wait))).encode()))
        headers += error.headers
        return error.status if self._mirror or mirror or error.keeps_status else 200, headers
