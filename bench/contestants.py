"""Who is measured, and how each is started: a process of its own that listens on ``PORT`` and calls ``UPSTREAM``."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

EXPRESS = Path(__file__).parent / "express"
_PATIENCE = 30.0
_INSTALL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """A service that answers the measured block calls."""

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A started process.

    Attributes:
        start_seconds: from its start until it took connections.
    """

    title: str
    port: int
    pid: int
    start_seconds: float


CONNECTOR = Contestant("this connector", (sys.executable, "-m", "app"))
FLOOR = Contestant("the floor: bare ASGI + aiohttp", (sys.executable, "-m", "bench.floor"))
SDK = Contestant("FastAPI + official SDK", (sys.executable, "-m", "bench.sdk"))
EXPRESS_UNDICI = Contestant("Express + undici", ("node", str(EXPRESS / "server.mjs")))
UPSTREAM = Contestant("stub of Plivo", (sys.executable, "-m", "bench.upstream"))


def with_manifest(title: str, metadata: Path) -> Contestant:
    """Return the connector with another manifest."""
    return Contestant(title, (sys.executable, "-m", "bench.connector", str(metadata)))


def why_no_express() -> str | None:
    """Install what Express needs; returns why it cannot run, None if it can."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node or npm is not installed"
    if (EXPRESS / "node_modules").exists():
        return None
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", str(EXPRESS)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)  # noqa: S603  # fixed words
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(EXPRESS / "node_modules", ignore_errors=True)
        return f"npm install failed: {error}"
    return None


@contextmanager
def started(contestant: Contestant, upstream: str = "") -> Iterator[Running]:
    """Run a contestant until the block ends; it listens when the block begins."""
    port = _free_port()
    # Names that the connector reads, and those that the others read; bytecode is kept as an installed package has it.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPYCACHEPREFIX": f"{gettempdir()}/plivo-connector-bench-bytecode",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "UPSTREAM": upstream,
        "PLIVO_API_URL": upstream,
        "SANDBOX": "false",
        "STORE_URL": f"sqlite:///{gettempdir()}/plivo-connector-bench.db",
        "NODE_ENV": "production",
    } | contestant.environment
    process = subprocess.Popen(  # noqa: S603  # the commands above
        contestant.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        start_seconds = _wait_until_listening(contestant.title, process, port)
        yield Running(contestant.title, port, process.pid, start_seconds)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_listening(title: str, process: subprocess.Popen[bytes], port: int) -> float:
    begun = time.monotonic()
    while time.monotonic() < begun + _PATIENCE and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.005)
        else:
            return time.monotonic() - begun
    raise RuntimeError(f"{title} did not start")
