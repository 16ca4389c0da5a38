"""What must not stop the service, and what must end it: a log that nobody reads, a parent that is gone."""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.process import Process
from tests.support.raw_http import Caller

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks processes up in /proc")

PIPE_BYTES = 4096


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_that_nobody_reads_stops_nothing(workers: int, tmp_path: Path) -> None:
    """Lines are lost, requests are answered; who reads later learns how many were lost."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    settings = {"WORKERS": str(workers), "PLIVO_API_URL": "http://127.0.0.1:9", "PORT": str(free_port())}
    with Process(tmp_path, writing, **settings) as process:
        os.close(writing)
        process.wait_for(lambda: _is_up(process.port))
        for _ in range(100):
            # A connection each, so that all workers have their turn.
            with Caller(process.port) as caller:
                assert caller.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").read().status == 200
        os.set_blocking(reading, False)
        read = bytearray()

        def lost_lines_are_told() -> bool:
            with suppress(BlockingIOError):
                read.extend(os.read(reading, 1 << 20))
            process.http.get("/healthz")
            return b"log lines were lost" in read

        process.wait_for(lost_lines_are_told)
        assert all(line.startswith(b"20") for line in bytes(read).splitlines())
    os.close(reading)


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    """It cannot tell them when it is killed; left behind they would hold the port."""
    port = free_port()
    with Process(tmp_path, WORKERS="2", PLIVO_API_URL="http://127.0.0.1:9", PORT=str(port)) as process:
        process.wait_for(lambda: _is_up(port))
        workers = process.wait_for(lambda: found if len(found := _children(process.pid)) == 2 else None)
        process.kill()
        process.wait_for(lambda: not any(_is_running(worker) for worker in workers))
    with Process(tmp_path, PLIVO_API_URL="http://127.0.0.1:9", PORT=str(port)) as again:
        assert again.http.get("/healthz").status_code == 200


def test_workers_finish_at_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with Process(tmp_path, WORKERS="2", PLIVO_API_URL="http://127.0.0.1:9", PORT=str(port)) as process:
        process.wait_for(lambda: _is_up(port))
        process.terminate()
        assert process.wait() == 0
        assert "Traceback" not in process.output


def _children(pid: int) -> list[int]:
    """Return the workers that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(") ")[2].split()[1])
            if parent == pid and b"multiprocessing.spawn" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
    return found


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
