"""A real Redis server for tests, started on a free port with what the store wants of it.

Without a ``redis-server`` the tests that need one are left out; with ``REQUIRE_REDIS=1`` its absence is a failure.
"""

import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as LostConnectionError

from app.ratelimit import redis as limits
from app.storage import redis as storage
from tests.support.left_out import leave_out
from tests.support.patience import PATIENCE
from tests.support.ports import free_port


class RedisServer:
    """One server process, which can be stopped and started again on the same port with the same files.

    Args:
        directory: where it keeps its files.
        options: of its configuration, where they differ from those with which it loses nothing.
    """

    def __init__(self, directory: Path, **options: str) -> None:
        self._directory = directory
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "Redis":
        """Return a plain client, for looking at what a store left there."""
        return Redis(port=self.port, socket_timeout=PATIENCE, protocol=2)

    def start(self) -> None:
        """Start it and wait until it answers; the first start chooses a free port."""
        if self._process is not None:
            return
        self.port = self.port or free_port()
        self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL)  # noqa: S603  # the server that was found
        assert self._answers(), "redis-server does not start"

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process; what it had confirmed is in its file."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def pause(self) -> None:
        """Let it answer nothing any more until :meth:`go_on`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _command(self) -> list[str]:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._directory,
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            **self._options,
        }
        binary = _binary()
        assert binary is not None
        return [binary, *(text for name, value in options.items() for text in (f"--{name}", str(value)))]

    def _answers(self) -> bool:
        assert self._process is not None
        pause = threading.Event()
        with Redis(port=self.port, protocol=2) as client:
            for _ in range(int(PATIENCE / 0.02)):
                with suppress(LostConnectionError):
                    return bool(client.ping()) and self._process.poll() is None
                if self._process.poll() is not None:
                    return False
                pause.wait(0.02)
        return False


def require_redis() -> None:
    """Skip the test where there is no server, or fail where there must be one."""
    if _binary() is None:
        leave_out("REQUIRE_REDIS", "there is no redis-server here (Debian, Ubuntu: apt-get install redis-server)")


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Start the server of this run."""
    require_redis()
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(redis_process: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """The server, running and empty; it is waited for, since on a busy machine it is slow, and that is no subject."""
    for module in (storage, limits):
        monkeypatch.setattr(module, "TIMEOUT", PATIENCE)
    redis_process.start()
    with redis_process.client() as client:
        client.flushall()
    yield redis_process
    redis_process.start()


def _binary() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")
