"""A caller that speaks HTTP byte by byte, for what no HTTP client does."""

import json
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tests.support.patience import PATIENCE


@dataclass(frozen=True)
class Response:
    """One response: headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The error in an envelope that holds nothing else."""
        assert self.headers["content-type"] == "application/json"
        assert self.headers["x-request-id"]
        envelope = json.loads(self.body)
        assert envelope.keys() == {"callback", "contextWrites"}
        assert envelope["callback"] == "error"
        assert envelope["contextWrites"].keys() == {"to"}
        error: dict[str, Any] = envelope["contextWrites"]["to"]
        assert error["status_msg"]
        return error

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = self.error["status_code"]
        return code


class Caller:
    """One connection. Use it as a context manager."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> Self:
        """Send bytes as they are."""
        self._socket.sendall(data)
        return self

    def try_to_send(self, data: bytes) -> bool:
        """Send bytes, and say whether the connection still took them."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    @property
    def is_answered(self) -> bool:
        """Whether there is something to read."""
        return bool(self._buffer or select.select([self._socket], [], [], 0)[0])

    def read(self) -> Response:
        """Read the next response."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        length = int(headers["content-length"])
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Response(int(line.split(" ")[1]), headers, body)

    def read_to_end(self) -> bytes:
        """Read until the service closes the connection, and return what came."""
        try:
            while True:
                self._more()
        except (EOFError, ConnectionResetError):
            return self._buffer

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise EOFError(f"closed after {self._buffer[:200]!r}")
        self._buffer += piece


def post(body: bytes, *headers: bytes, path: bytes = b"/api/Plivo/makeCall") -> bytes:
    """Write a POST of JSON."""
    fields = [b"Host: x", b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers]
    return b"POST %b HTTP/1.1\r\n%b\r\n\r\n%b" % (path, b"\r\n".join(fields), body)
