"""A Plivo on a real socket that takes messages and calls, and shows what became of them once a test says so."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.support.patience import PATIENCE


class PlivoRecords:
    """Listens while it is used as a context manager.

    It accepts any credentials.

    Attributes:
        sent: the JSON bodies of what it took, in order.
        asked: the ids whose records were asked for, in order.
        records: by id: what is shown; other ids are not found.
        refuses: the status that it answers everything with instead.
        hides: the status that it answers with to whoever asks for a record.
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.refuses: int | None = None
        self.hides: int | None = None
        self._changed = threading.Condition()
        plivo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self._answer(*plivo._take(self.path, body))

            def do_GET(self) -> None:
                self._answer(*plivo._show(self.path.partition("?")[0].rstrip("/").rpartition("/")[2]))

            def _answer(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_until_asked(self, uuid: str, times: int = 1) -> None:
        """Wait until a record was asked for so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.asked.count(uuid) >= times, PATIENCE), self.asked

    def _take(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.refuses is not None:
            return self.refuses, {"api_id": "a", "error": "refused"}
        with self._changed:
            self.sent.append(body)
            number = len(self.sent)
        kind, to, name = (
            ("call", "to", "request_uuid") if path.endswith("/Call/") else ("message", "dst", "message_uuid")
        )
        ids = [f"{kind}-{number}-{place}" for place in range(len(re.split("<", body[to])))]
        told: Any = ids[0] if kind == "call" and len(ids) == 1 else ids
        return 202, {"api_id": f"api-{number}", "message": "taken", name: told}

    def _show(self, uuid: str) -> tuple[int, dict[str, Any]]:
        if uuid.startswith("MA") or uuid == "Message":
            return (200 if self.refuses is None else self.refuses), {"api_id": "a", "objects": []}
        with self._changed:
            self.asked.append(uuid)
            self._changed.notify_all()
        if status := self.refuses or self.hides:
            return status, {"api_id": "a", "error": "refused"}
        record = self.records.get(uuid)
        return (404, {"api_id": "a", "error": "not found"}) if record is None else (200, {"api_id": "a", **record})
