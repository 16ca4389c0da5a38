"""The connector as it is run: ``python -m app`` in a process of its own, called over a socket."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from app.settings import Settings
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent

T = TypeVar("T")

_LISTENS = re.compile(r"Listening on http://[\d.]+:(\d+)")
_GREETS = re.compile(r"plivo-connector [\d.]+ on http://[\d.]+:(\d+)")


class Process:
    """A running connector. Use it as a context manager; it is stopped at the end, whatever became of it.

    Args:
        directory: where it runs: a ``.env`` there is read, its store and its output are there.
        log: a descriptor for its standard error, instead of the file with its output.
        before: words of a command that runs it, after which its own follow.
        environment: its settings, by the names of the variables; no others reach it.
    """

    def __init__(
        self, directory: Path, log: int | None = None, before: Sequence[str] = (), /, **environment: str
    ) -> None:
        inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        self._output = directory / "output"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # ours
                [*before, sys.executable, "-m", "app"],
                cwd=directory,
                env={**inherited, **self._python(directory), "PORT": "0", **environment},
                stdout=output,
                stderr=output if log is None else log,
            )
        self._address = _LISTENS if log is None else _GREETS

    def __enter__(self) -> Self:
        try:
            found = self.wait_for(lambda: self._address.search(self.output))
        except BaseException:
            self.kill()
            raise
        self.port = int(found.group(1))
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.kill()

    @staticmethod
    def _python(directory: Path) -> dict[str, str]:
        # Where modules are not kept compiled, the processes of one test run share what the first one compiles.
        bytecode = directory.parent / "bytecode"
        return {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}

    @property
    def output(self) -> str:
        """Everything that it wrote so far, to both standard streams."""
        return self._output.read_text(errors="replace")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def request_lines(self, request_id: str) -> list[str]:
        """Return the log lines of one request, waiting for the first."""
        return self.wait_for(lambda: [line for line in self.output.splitlines() if request_id in line])

    def call(self, block: str, request_id: str = "", **args: Any) -> httpx.Response:
        """Call a block with exactly these args."""
        headers = {"X-Request-Id": request_id} if request_id else {}
        return self.http.post(f"/api/Plivo/{block}", json={"args": args}, headers=headers)

    def connect(self) -> socket.socket:
        """Open a connection for what no HTTP client does."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def wait_for(self, look: Callable[[], T | None]) -> T:
        """Look again and again until something is there."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < deadline, f"nothing came; the output is:\n{self.output}"
            time.sleep(0.02)
        return found

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        return self._process.wait(PATIENCE)

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, at once."""
        self._process.kill()
        self._process.wait()


def head_and_body(received: bytes) -> tuple[bytes, Any]:
    """Take a response apart: its head, and its body read as JSON."""
    head, _, body = received.partition(b"\r\n\r\n")
    return head, json.loads(body)


def read_response(connection: socket.socket) -> bytes:
    """Read one response with a Content-Length, as a client does that has sent everything."""
    received = b""
    while b"\r\n\r\n" not in received or len(received) < _length(received):
        piece = connection.recv(65536)
        assert piece, f"cut off after {received!r}"
        received += piece
    return received


def _length(received: bytes) -> int:
    head, separator, _ = received.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    assert found, head
    return len(head) + len(separator) + int(found.group(1))
