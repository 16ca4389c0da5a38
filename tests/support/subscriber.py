"""A subscriber of events on a real socket: it keeps what comes, and answers as a test says."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from app import json_text
from tests.support.patience import PATIENCE


@dataclass
class Arrival:
    """A delivery as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """Its body, read."""
        parsed: dict[str, Any] = json_text.parse(self.body)
        return parsed


Answer = int | tuple[int, dict[str, str]]


class Subscriber:
    """Listens while it is used as a context manager.

    Args:
        answer: says with which status, and which headers, a delivery is answered.
        host: the address that it listens on.
        port: 0 takes a free one.
    """

    def __init__(
        self, answer: Callable[[Arrival], Answer] = lambda _: 204, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.answer = answer
        self.patience = PATIENCE
        self.arrivals: list[Arrival] = []
        """In the order in which they were answered."""
        self._changed = threading.Condition()
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                arrival = Arrival({name.lower(): value for name, value in self.headers.items()}, body)
                answer = subscriber.answer(arrival)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                with subscriber._changed:
                    subscriber.arrivals.append(arrival)
                    subscriber._changed.notify_all()
                self.send_response(status)
                for name, value in {**headers, "content-length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}/events"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Arrival]:
        """Wait until so many deliveries have come, and return them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.arrivals) >= count, self.patience), self.arrivals
            return list(self.arrivals)
