"""What a server can do when a request arrives, from a proper reply to a reset."""

import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import ClassVar, Protocol

from tests.support.patience import PATIENCE


class After(Enum):
    """What becomes of the connection after an answer."""

    KEEP_OPEN = auto()
    CLOSE = auto()
    START_TLS = auto()


class Answer(Protocol):
    """One step of a server's script."""

    @property
    def leaves_request_unread(self) -> bool:
        """Whether this happens as soon as the first byte of a request has come."""

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Answer.

        Args:
            connection: to the client.
            released: set when the test wants no more waiting.
        """


@dataclass(frozen=True)
class Reply:
    """Answer properly, or nearly so.

    Attributes:
        delay: seconds before the answer begins.
        chunked: send the body in chunks instead of announcing its length.
        missing: bytes that Content-Length announces but that never come (chunked: any number cuts the end off).
        stall: seconds between the headers and the body.
        then_close: close the connection afterwards without having said so.
    """

    body: bytes = b'{"api_id":"recorded"}'
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    chunked: bool = False
    missing: int = 0
    stall: float = 0
    then_close: bool = False

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Send status line, headers and body."""
        released.wait(self.delay)
        if self.stall:
            connection.sendall(self._head())
            released.wait(self.stall)
            connection.sendall(self._content())
        else:
            connection.sendall(self._head() + self._content())
        return After.CLOSE if self.missing or self.then_close else After.KEEP_OPEN

    def _head(self) -> bytes:
        fields = {"Content-Type": "application/json", **self.headers}
        if self.chunked:
            fields["Transfer-Encoding"] = "chunked"
        elif self.status != 204:  # No Content has no length either (RFC 9110)
            fields["Content-Length"] = str(len(self.body) + self.missing)
        lines = [f"HTTP/1.1 {self.status} As Scripted", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def _content(self) -> bytes:
        if not self.chunked:
            return self.body
        chunk = b"%x\r\n%b\r\n" % (len(self.body), self.body) if self.body else b""
        return chunk + (b"" if self.missing else b"0\r\n\r\n")


@dataclass(frozen=True)
class Raw:
    """Send these bytes as they are, then close the connection."""

    content: bytes

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Send them."""
        del released
        connection.sendall(self.content)
        return After.CLOSE


@dataclass(frozen=True)
class HangUp:
    """Read the whole request, then close the connection (or reset it) without an answer."""

    reset: bool = False

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Say nothing."""
        del released
        if self.reset:
            _reset_when_closed(connection)
        return After.CLOSE


@dataclass(frozen=True)
class ResetUnread:
    """Reset the connection while the request lies unread in the socket."""

    leaves_request_unread: ClassVar[bool] = True

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Say nothing."""
        del released
        _reset_when_closed(connection)
        return After.CLOSE


@dataclass(frozen=True)
class Silence:
    """Read the whole request and never answer."""

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Wait until released."""
        del connection
        released.wait(PATIENCE)
        return After.CLOSE


@dataclass(frozen=True)
class Tunnel:
    """Accept a CONNECT and speak TLS from then on, as the origin would."""

    leaves_request_unread: ClassVar[bool] = False

    def give(self, connection: socket.socket, released: threading.Event) -> After:
        """Say that the tunnel stands."""
        del released
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return After.START_TLS


def json_reply(content: object, status: int = 200, **headers: str) -> Reply:
    """Return a reply with a JSON body; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(content).encode(), status, named)


def _reset_when_closed(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
