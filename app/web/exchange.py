"""One request on a connection and its answer: uvicorn's, with a body that can be refused while it arrives."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from app.blocks import Result
from app.errors import ConnectorError, InternalPackageError, Overloaded
from app.web.bounds import FREE_BODY_BYTES, Traffic
from app.web.envelope import render

if TYPE_CHECKING:
    from app.web.timed_connection import TimedConnection


_FRAMING = (b"connection", b"transfer-encoding")
"""What else decides how an answer is framed; uvicorn sees to those answers."""


class Outlet:
    """What an exchange may do with its connection: write; how it is closed is the connection's affair."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, connection: "TimedConnection") -> None:
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing
        self.close = connection.finish

    def cut(self) -> None:
        """Let go of a connection that is lost, so that both are gone without the collector."""
        self.close = _do_nothing


class Exchange(RequestResponseCycle):
    """One request and its answer. What counts of its body does so until whoever answers is done with it.

    Attributes:
        traffic: what all connections share.
        tasks: those that answer requests.
        size: bytes of the body so far.
    """

    # Defaults of the class, not of a constructor: one of these is made for every request.
    traffic: Traffic
    tasks: set[asyncio.Task[None]]
    size = 0
    _held = 0
    _refusal: ConnectorError | None = None
    _is_refused = False

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Let the app answer the request."""
        try:
            await super().run_asgi(app)
        finally:
            # Not by a callback of the task, which would take a turn of the loop for each request.
            self.tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self.release()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next piece of the body; as uvicorn does, but for the refusal.

        Raises:
            ConnectorError: the body is not taken; the answer to the request is this error.
        """
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waiting_for_100_continue = False
        if not (self.disconnected or self.response_complete or self._is_refused):
            self.flow.resume_reading()
            await self.message_event.wait()
            self.message_event.clear()
        if self._refusal is not None:
            # Raised once: an exception that is kept grows a traceback with every raise.
            refusal, self._refusal = self._refusal, None
            raise refusal
        if self.disconnected or self.response_complete or self._is_refused:
            return {"type": "http.disconnect"}
        body, self.body = self.body, bytearray()
        return {"type": "http.request", "body": bytes(body), "more_body": self.more_body}

    async def send(self, message: ASGISendEvent) -> None:
        """Send a piece of the answer.

        The head of nearly every answer has the same few headers. Checking them all at once, not by a regular
        expression for each name and value, gives back what the bounds cost a request.
        """
        if message["type"] == "http.response.start" and not (
            self.response_started or self.disconnected or self.flow.write_paused
        ):
            headers = [*self.default_headers, *message["headers"]]
            lines = [STATUS_LINE[message["status"]]]
            for name, value in headers:
                lines += (name, b": ", value, b"\r\n")
            if not self.keep_alive:
                lines.append(b"connection: close\r\n")
            head = b"".join([*lines, b"\r\n"])
            given = dict(headers)
            is_plain = b"content-length" in given and given.keys().isdisjoint(_FRAMING)
            if is_plain and head.count(b"\n") == len(headers) + (2 if self.keep_alive else 3):
                self.response_started = True
                self.waiting_for_100_continue = False
                self.chunked_encoding = False
                self.expected_content_length = int(given[b"content-length"])
                self.transport.write(head)
                return
        await super().send(message)

    def hold(self) -> None:
        """Count what has come of the body.

        Raises:
            Overloaded: there is no room for it beside the other bodies.
        """
        grown = self.size - FREE_BODY_BYTES - self._held
        self._held += grown
        self.traffic.body_bytes += grown
        if self.traffic.body_bytes > self.traffic.bounds.max_body_bytes_in_flight:
            raise Overloaded("There is no room for this body beside the others (MAX_BODY_BYTES_IN_FLIGHT).")

    def refuse(self, error: ConnectorError) -> None:
        """Take no more of the body: who waits for it gets the error instead."""
        self._refusal = error
        self._is_refused = True
        self.keep_alive = False
        self.body = bytearray()
        self.release()
        self.message_event.set()

    def release(self) -> None:
        """Count nothing of the body any more."""
        self.traffic.body_bytes -= self._held
        self._held = 0

    async def send_500_response(self) -> None:
        """Answer in the one error shape, when even the app's last net has not."""
        record = self.scope.get("record")
        body = render(Result.of_error(InternalPackageError(getattr(record, "request_id", ""))))
        headers: list[Any] = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})


def _do_nothing() -> None:
    pass
