"""The outermost layer: what every request gets, whichever surface answers it.

A request id, the connector's own headers, a record for the observer, and an answer in the one error shape when
something breaks. Pure ASGI: the framework's own middleware class costs more than a whole block call.
"""

import asyncio
import re
from random import getrandbits
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.blocks import Result
from app.errors import ApiTimeout, ConnectorError, InternalPackageError
from app.telemetry import Observer, RequestRecord
from app.web.envelope import Envelopes, goes_by_status

_CUT = (
    "The service was stopped before this was done. "
    "It is not known whether Plivo acted on it: look before sending it again."
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Edge:
    """Wraps the whole application.

    Args:
        observer: is told of every request.
        headers: added to every response.
    """

    def __init__(
        self, app: ASGIApp, observer: Observer, envelopes: Envelopes, *, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._app = app
        self._observer = observer
        self._envelopes = envelopes
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        record = scope["record"] = RequestRecord(_request_id(scope), scope["method"], scope["path"])
        request_id = (b"x-request-id", record.request_id.encode())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = [*message["headers"], request_id]
                if self._headers:
                    # The sandbox answers with them already where it is asked directly.
                    message["headers"] += [header for header in self._headers if header not in message["headers"]]
            await send(message)

        try:
            await (_refuse if "refusal" in scope else self._app)(scope, receive, send_with_headers)
        except ConnectorError as error:
            # What nobody further in had to know of: the body did not arrive, or there was no room for it.
            await self._answer(record, error, send_with_headers)
        except asyncio.CancelledError:
            await self._answer_cut(record, send_with_headers)
        except Exception as error:  # noqa: BLE001  # the last net: whatever broke is answered in the one error shape
            self._observer.request_broke(record, error)
            await self._answer(record, InternalPackageError(record.request_id), send_with_headers)
        record.seconds = perf_counter() - started
        self._observer.request_ended(record)

    async def _answer_cut(self, record: RequestRecord, send: Send) -> None:
        """Answer a request that is cancelled: the service ends, and the time to finish is over."""
        if record.status:
            raise asyncio.CancelledError
        await self._answer(record, ApiTimeout(_CUT, retryable=False), send)

    async def _answer(self, record: RequestRecord, error: ConnectorError, send: Send) -> None:
        """Answer with an error, unless an answer has begun."""
        if record.status:
            return
        result = Result.of_error(error)
        note(record, result)
        await self._envelopes.send(send, result, mirror=goes_by_status(record.path))


async def _refuse(scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer what the connection could not take like any other request."""
    raise scope["refusal"]


def note(record: RequestRecord, result: Result) -> None:
    """Fill in what a result says."""
    record.outcome = "error" if result.error else "success"
    record.status_code = result.error.code if result.error else None
    record.http_status = result.http_status
    record.api_id = result.api_id
    record.tries = result.tries


def _request_id(scope: Scope) -> str:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"x-request-id":
            if _REQUEST_ID.fullmatch(value):
                return value.decode()
            break
    return f"{getrandbits(128):032x}"  # only has to differ from others: it opens nothing
