"""A connection without a socket, so that its time can be virtual: bytes are handed in, what is written is kept."""

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from app.telemetry.logs import Log
from app.web.bounds import Bounds, Traffic
from app.web.connection import Connection
from app.web.envelope import Envelopes
from app.web.middleware import Edge

HIGH_WATER = 64 * 1024


class Listener:
    """Makes connections as a server does.

    Args:
        app: answers their requests.
        bounds: what they are held to.
    """

    def __init__(self, app: ASGIApp, bounds: Bounds) -> None:
        self.traffic = Traffic(bounds)
        self._state = ServerState()
        edge = Edge(app, Log("error", "console"), Envelopes(mirror=False), headers=[])
        self._config = uvicorn.Config(edge, log_config=None, access_log=False, lifespan="off")
        self._config.load()

    def connect(self) -> "Wire":
        """Make a connection."""
        connection = Connection(
            self.traffic,
            config=self._config,
            server_state=self._state,
            app_state={},
            _loop=asyncio.get_running_loop(),
        )
        return Wire(connection)


class Wire(asyncio.Transport):
    """One connection, seen from its other end.

    Attributes:
        written: everything that arrived there.
        ended: the loop's time at which the connection was closed, None while it is open.
        is_read: whether what is written is taken at the other end.
        is_paused: whether the connection reads nothing for now.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self.written = b""
        self.ended: float | None = None
        self.has_eof = False
        self.is_read = True
        self.is_paused = False
        self._unread = bytearray()
        self._is_closing = False
        self._ended = asyncio.Event()
        connection.connection_made(self)

    def send(self, data: bytes) -> None:
        """Hand in bytes, as the other end would."""
        if not self._is_closing:
            self.connection.data_received(data)

    def read(self, size: int) -> None:
        """Take so many bytes of what is written and not taken."""
        self.written += bytes(self._unread[:size])
        del self._unread[:size]
        if not self._unread:
            self.connection.resume_writing()
            if self._is_closing:
                self._end()

    async def until_closed(self) -> float:
        """Wait until it is closed, and return the loop's time then."""
        async with asyncio.timeout(1000):
            await self._ended.wait()
        assert self.ended is not None
        return self.ended

    def write(self, data: Any) -> None:
        assert not self.has_eof, "written after the end"
        if self.is_read:
            self.written += bytes(data)
            return
        self._unread += data
        if len(self._unread) > HIGH_WATER:
            self.connection.pause_writing()

    def write_eof(self) -> None:
        self.has_eof = True

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return len(self._unread)

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            if not self._unread:
                self._end()

    def abort(self) -> None:
        self._is_closing = True
        self._unread.clear()
        self._end()

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        del name
        return default

    def _end(self) -> None:
        if self.ended is None:
            loop = asyncio.get_running_loop()
            self.ended = loop.time()
            self._ended.set()
            loop.call_soon(self.connection.connection_lost, None)
