"""A stand-in for Plivo on a real socket: keeps every request as it arrived, answers from a script.

One thread per connection, plain blocking sockets: what a server can do to a client (reset, hang up, cut
short, say nothing) is done by hand, so nothing here mends what the connector under test gets wrong.
"""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

from tests.support.answers import After, Answer, Reply
from tests.support.patience import PATIENCE


@dataclass(frozen=True)
class RecordedRequest:
    """One request, nothing decoded.

    Attributes:
        line: the request line without its line break.
        headers: names and values as sent, in the order sent.
        connection: the connection it came over, counted from 1.
    """

    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    connection: int

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode("ascii")

    @property
    def target(self) -> str:
        return self.line.split(b" ")[1].decode("ascii")

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the value of a header that stands there once; None when it is absent."""
        values = [value for key, value in self.headers if key.decode("ascii").lower() == name.lower()]
        assert len(values) <= 1, f"{name} was sent {len(values)} times"
        return values[0].decode("latin-1") if values else None


class Recorder:
    """The server. Use it as a context manager.

    Args:
        listening: False keeps the port closed (connections are refused) until :meth:`listen`.
        tls: speak TLS with this context, from the first byte or inside a ``Tunnel``.
        tls_at_once: whether connections begin with TLS.
    """

    def __init__(self, *, listening: bool = True, tls: ssl.SSLContext | None = None, tls_at_once: bool = False) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._tls = tls
        self._tls_at_once = tls_at_once
        self._changed = threading.Condition()
        self._script: list[Answer] = [Reply()]
        self._requests: list[RecordedRequest] = []
        self._open: set[socket.socket] = set()
        self._released = threading.Event()
        self._threads: list[threading.Thread] = []
        self.connections = 0
        """Connections accepted so far."""
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls_at_once else 'http'}://127.0.0.1:{self.port}"
        if listening:
            self.listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request that arrived as a whole, in order."""
        with self._changed:
            return list(self._requests)

    @property
    def only(self) -> RecordedRequest:
        """The one request that arrived."""
        (request,) = self.requests
        return request

    def script(self, *answers: Answer) -> None:
        """Set the answers, one per request; the last one is repeated."""
        assert answers
        with self._changed:
            self._script = list(answers)

    def reset(self) -> None:
        """Forget requests and script, and let go of connections held in silence."""
        self.release()
        with self._changed:
            self._released = threading.Event()
            self._requests.clear()
            self._script = [Reply()]

    def release(self) -> None:
        """End every wait of an answer; those of later requests do not wait either, until :meth:`reset`."""
        self._released.set()

    def wait_for_requests(self, number: int) -> None:
        """Wait until this many requests have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._requests) >= number, PATIENCE), "nothing arrived"

    def wait_for_closed_connections(self) -> None:
        """Wait until the recorder has closed every connection."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._open, PATIENCE), "a connection stays open"

    def listen(self) -> None:
        """Begin to accept connections."""
        self._socket.listen(256)
        self._run(self._accept)

    def close(self) -> None:
        """Close everything and wait for the threads."""
        self.release()
        with contextlib.suppress(OSError):  # a socket that never listened cannot be shut down
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _run(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                number = self.connections
                self._open.add(connection)
            self._run(self._serve, connection, number)

    def _serve(self, connection: socket.socket, number: int) -> None:
        layers = [connection]
        try:
            # The client under test may vanish at any time; what it did is judged by what was recorded.
            with contextlib.suppress(OSError):
                after = After.START_TLS if self._tls_at_once else After.KEEP_OPEN
                while after is not After.CLOSE:
                    if after is After.START_TLS:
                        layers.append(self._with_tls(layers[-1]))
                    with layers[-1].makefile("rb") as stream:
                        after = self._answer_requests(layers[-1], stream, number)
        finally:
            for each in reversed(layers):
                each.close()
            with self._changed:
                self._open.difference_update(layers)
                self._changed.notify_all()

    def _with_tls(self, connection: socket.socket) -> socket.socket:
        assert self._tls is not None
        wrapped = self._tls.wrap_socket(connection, server_side=True)
        with self._changed:
            self._open.add(wrapped)
        return wrapped

    def _answer_requests(self, connection: socket.socket, stream: BinaryIO, number: int) -> After:
        after = After.KEEP_OPEN
        while after is After.KEEP_OPEN:
            # TLS has no way to look without taking; resets are for plain connections.
            if not isinstance(connection, ssl.SSLSocket) and not connection.recv(1, socket.MSG_PEEK):
                return After.CLOSE
            answer = self._next_answer(unread=True)
            if answer is None:
                request = _read_request(stream, number)
                if request is None:
                    return After.CLOSE
                answer = self._next_answer(request)
            assert answer is not None
            after = answer.give(connection, self._released)
        return after

    def _next_answer(self, request: RecordedRequest | None = None, *, unread: bool = False) -> Answer | None:
        """Take the next answer from the script and note its request; None when it wants the request read first."""
        with self._changed:
            if unread and not self._script[0].leaves_request_unread:
                return None
            if request is not None:
                self._requests.append(request)
                self._changed.notify_all()
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


def _read_request(stream: BinaryIO, number: int) -> RecordedRequest | None:
    line = stream.readline()
    # A client that speaks TLS here says random bytes, line breaks among them.
    if not line.endswith((b" HTTP/1.1\r\n", b" HTTP/1.0\r\n")):
        return None
    headers = []
    while (header := stream.readline()) not in (b"\r\n", b""):
        name, _, value = header.partition(b":")
        headers.append((name, value.strip()))
    known = {name.lower(): value for name, value in headers}
    if known.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = b"".join(_chunks(stream))
    else:
        length = int(known.get(b"content-length", b"0"))
        body = stream.read(length)
        if len(body) < length:
            return None
    return RecordedRequest(line.removesuffix(b"\r\n"), tuple(headers), body, number)


def _chunks(stream: BinaryIO) -> Iterable[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()
