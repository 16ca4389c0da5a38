"""How long a caller may keep a connection waiting, and how it is closed so that the last answer arrives."""

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.errors import ConnectorError, RequestTimeout
from app.web.bounds import Traffic
from app.web.exchange import Exchange

if TYPE_CHECKING:
    from asyncio import TimerHandle

LEAST_RATE = 256
"""Bytes a second that a body must bring, and that must be read of an answer: what is slower stalls."""

LINGER_SECONDS = 10.0
LINGER_BYTES = 64 * 1024 * 1024
"""How much is still taken from a caller who has got the last answer: closing at once could take it away again."""


class TimedConnection(HttpToolsProtocol):
    """What of a connection has to do with time; what is read and answered is :class:`app.web.connection.Connection`.

    Most requests arrive at once, and need no timer.

    Args:
        traffic: what all connections of this process share.
        options: what uvicorn makes its protocols with.
    """

    # Beside uvicorn's attributes, which are as many as fit where Python finds them fastest.
    __slots__ = (
        "_bounds",
        "_dropped",
        "_in_body",
        "_in_head",
        "_is_deaf",
        "_is_finished",
        "_last_piece",
        "_timer",
        "_traffic",
        "_unwritten",
        "_window",
        "_window_began",
        "_write_timer",
    )

    cycle: Exchange

    def __init__(self, traffic: Traffic, **options: Any) -> None:
        super().__init__(**options)
        self._traffic = traffic
        self._bounds = traffic.bounds
        self._in_head = False
        self._in_body = False
        self._is_deaf = False
        """Nothing that comes is read any more."""
        self._is_finished = False
        """Nothing is answered any more."""
        self._timer: TimerHandle | None = None
        self._write_timer: TimerHandle | None = None
        self._window = 0
        self._window_began = 0.0
        self._last_piece = 0.0
        """Bytes of a body since the timer was set, when that was, and when the last of them came."""
        self._dropped = 0
        self._unwritten = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for anything."""
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def refuse(self, error: ConnectorError) -> None:
        """Answer what has come of a request with an error, and read nothing more."""
        raise NotImplementedError

    def pause_writing(self) -> None:
        """The caller does not read the answer as fast as it is written."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """The caller has read enough of it."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def finish(self) -> None:
        """Close the connection; what was written still arrives."""
        self._is_finished = True
        if self._is_deaf or self._in_head or self._in_body:
            self._linger()
        else:
            self._close()

    def evict(self) -> None:
        """Close the connection for another: it has no request under way, or only waits to be told to go."""
        self._traffic.waiting.pop(self, None)
        self._traffic.surplus.pop(self, None)
        self._is_deaf = True
        self._close()

    def _watch(self) -> None:
        """Set the timer that what is being waited for needs; most requests are complete at once, and need none."""
        if self._timer is not None or self._is_deaf:
            return
        if self._in_body:
            self._window = 0
            self._window_began = self._last_piece = self.loop.time()
            self._timer = self.loop.call_later(self._bounds.body_timeout, self._body_late)
        elif self._in_head or self.cycle is None or self.cycle.response_complete:
            self._timer = self.loop.call_later(self._bounds.header_timeout, self._head_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_late(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            self._watch()
        elif self._in_head:
            self.refuse(RequestTimeout("headers", self._bounds.header_timeout, "HEADER_TIMEOUT"))
        else:
            self._close()

    def _body_late(self) -> None:
        self._timer = None
        now = self.loop.time()
        left = self._last_piece + self._bounds.body_timeout - now
        if self.flow.read_paused:
            self._watch()
        elif left <= 0 or self._window < LEAST_RATE * (now - self._window_began):
            self.refuse(RequestTimeout("body", self._bounds.body_timeout, "BODY_TIMEOUT"))
        else:
            self._window = 0
            self._window_began = now
            self._timer = self.loop.call_later(left, self._body_late)

    def _watch_writing(self) -> None:
        self._unwritten = self.transport.get_write_buffer_size()
        if self._unwritten:
            self._write_timer = self.loop.call_later(self._bounds.body_timeout, self._writing_late)

    def _writing_late(self) -> None:
        self._write_timer = None
        left = self.transport.get_write_buffer_size()
        if left and self._unwritten - left < LEAST_RATE * self._bounds.body_timeout:
            self.transport.abort()
        else:
            self._watch_writing()

    def _linger(self) -> None:
        """Say that nothing more will come, and take what still does: closing now would be a reset for the caller."""
        self._is_deaf = True
        self._stop_timer()
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._traffic.waiting[self] = self.loop.time()
        self._timer = self.loop.call_later(LINGER_SECONDS, self._close)

    def _close(self) -> None:
        self._stop_timer()
        self.transport.close()
        if self._write_timer is None:
            self._watch_writing()

    def _drop(self, size: int) -> None:
        """Take what nobody reads any more, but not for ever."""
        self._dropped += size
        if self._dropped > LINGER_BYTES:
            self._is_deaf = True
            self._close()
