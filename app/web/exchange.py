"""One request on a connection and its answer: uvicorn's, with a body that can be refused while it arrives."""

from typing import TYPE_CHECKING, Any

from uvicorn._types import ASGI3Application, ASGIReceiveEvent
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.errors import ConnectorError, InternalPackageError, Overloaded
from app.web.bounds import FREE_BODY_BYTES, Traffic
from app.web.envelope import failure

if TYPE_CHECKING:
    from app.web.connection import Connection


class Outlet:
    """What an exchange may do with its connection: write; how it is closed is the connection's affair."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, connection: "Connection") -> None:
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing
        self.close = connection.finish

    def cut(self) -> None:
        """Let go of a connection that is lost, so that both are gone without the collector."""
        self.close = _do_nothing


class Exchange(RequestResponseCycle):
    """One request and its answer. What counts of its body does so until whoever answers is done with it."""

    # Defaults of the class, not of a constructor: these are made for every request.
    traffic: Traffic
    size = 0
    _held = 0
    _refusal: ConnectorError | None = None
    _is_refused = False

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Answer the request."""
        try:
            await super().run_asgi(app)
        finally:
            self.release()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next piece of the body.

        Raises:
            ConnectorError: the body is not taken; the answer to the request is this error.
        """
        if self._is_refused and self._refusal is None:
            return {"type": "http.disconnect"}
        message = await super().receive()
        if self._refusal is not None:
            # Raised once: an exception that is kept grows a traceback with every raise.
            refusal, self._refusal = self._refusal, None
            raise refusal
        return message

    def take(self, piece: bytes) -> None:
        """Take a piece of the body.

        Raises:
            Overloaded: there is no room for it beside the other bodies.
        """
        self.size += len(piece)
        if self.size > FREE_BODY_BYTES:
            grown = self.size - FREE_BODY_BYTES - self._held
            self._held += grown
            self.traffic.body_bytes += grown
            if self.traffic.body_bytes > self.traffic.bounds.max_body_bytes_in_flight:
                raise Overloaded("There is no room for this body beside the others (MAX_BODY_BYTES_IN_FLIGHT).")
        self.body += piece
        self.message_event.set()

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
        body = failure(InternalPackageError(getattr(record, "request_id", ""))).body()
        headers: list[Any] = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})


def _do_nothing() -> None:
    pass
