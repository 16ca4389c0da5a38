"""The outermost layer: what every request gets, whichever surface answers it.

A request id, the connector's own headers, one log line, and an answer in the one error shape when
something breaks. Pure ASGI: the framework's own middleware class costs more than a whole block call.
"""

import re
from dataclasses import dataclass
from random import getrandbits
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import InternalPackageError
from app.telemetry.logs import Log
from app.web.envelope import Envelope, failure

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


@dataclass(slots=True)
class RequestRecord:
    """What the log line of one request says, filled in by the surface that answers.

    Attributes:
        block: the block that was called; only names that exist are logged.
        envelope: the answer of a block call.
    """

    request_id: str
    block: str | None = None
    envelope: Envelope | None = None


class Edge:
    """Wraps the whole application.

    Args:
        headers: added to every response.
        mirror: failures carry their own HTTP status instead of 200.
    """

    def __init__(self, app: ASGIApp, log: Log, *, headers: list[tuple[bytes, bytes]], mirror: bool) -> None:
        self._app = app
        self._log = log
        self._headers = headers
        self._mirror = mirror

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        record = scope["record"] = RequestRecord(_request_id(scope))
        request_id = (b"x-request-id", record.request_id.encode())
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], request_id]
                if self._headers:
                    # The sandbox answers with them already where it is asked directly.
                    message["headers"] += [header for header in self._headers if header not in message["headers"]]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001  # the last net: whatever broke is answered in the one error shape
            self._log.exception("request failed", error, request_id=record.request_id, block=record.block)
            if not status:
                record.envelope = failure(InternalPackageError(record.request_id))
                await send_envelope(send_with_headers, record.envelope, mirror=self._mirror)
        self._write_line(scope, record, status, perf_counter() - started)

    def _write_line(self, scope: Scope, record: RequestRecord, status: int, seconds: float) -> None:
        answer = record.envelope
        self._log.write(
            "info",
            request_id=record.request_id,
            method=scope["method"],
            block=record.block,
            outcome=answer.callback if answer else None,
            status=status or None,
            status_code=answer.status_code if answer else None,
            http_status=answer.http_status if answer else None,
            api_id=answer.api_id if answer else None,
            tries=answer.tries if answer else None,
            milliseconds=round(seconds * 1000, 2),
        )


async def send_envelope(send: Send, envelope: Envelope, *, mirror: bool) -> None:
    """Answer with an envelope: failures with 200 as marketplaces expect, or with their own status."""
    body = envelope.body()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if envelope.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    status = envelope.status_for(mirror=mirror)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _request_id(scope: Scope) -> str:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"x-request-id":
            if _REQUEST_ID.fullmatch(value):
                return value.decode()
            break
    return f"{getrandbits(128):032x}"  # only has to differ from others: it opens nothing
