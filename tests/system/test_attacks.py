"""Callers who mean harm, and a process of its own: others are still answered, and it holds no more than it should."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.process import Process
from tests.support.raw_http import Caller
from tests.support.recorder import Recorder

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
OPEN_FILES = 256
UPLOAD_BYTES = 12 * 1024 * 1024
SETTINGS = {"PLIVO_API_URL": "http://127.0.0.1:9"}

linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks a process up in /proc")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with Process(tmp_path_factory.mktemp("attacked"), **SETTINGS) as running:
        yield running


def answers(port: int) -> bool:
    """Ask once, and say whether the service answered that it is alive."""
    try:
        with Caller(port) as caller:
            return caller.send(HEALTH).read().status == 200
    except (OSError, EOFError):
        return False


@pytest.mark.skipif(os.name == "nt", reason="sets a limit with a shell")
def test_silent_connections_keep_nobody_out_and_use_up_no_files(tmp_path: Path, recorder: Recorder) -> None:
    """More of them than the process may open files."""
    limit = ("sh", "-c", f'ulimit -n {OPEN_FILES} && exec "$@"', "sh")
    with ExitStack() as stack:
        process = stack.enter_context(Process(tmp_path, None, limit, PLIVO_API_URL=recorder.url))
        for _ in range(2 * OPEN_FILES):
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", process.port), 30))
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        process.wait_for(lambda: answers(process.port))
        call = {
            "authId": "MAXXXXXXXXXXXXXXXXXX",
            "authToken": "t0ken",
            "callFrom": "14155550100",
            "callTo": "14155550123",
            "answerUrl": "https://example.com/answer",
        }
        assert process.wait_for(lambda: process.call("makeCall", **call)).json()["callback"] == "success"
        assert "MAX_CONNECTIONS is" in process.output, "the limit that was too low for the setting is told"
        assert "Too many open files" not in process.output
        assert "Traceback" not in process.output


@linux
def test_headers_without_an_end_take_no_memory(process: Process) -> None:
    before = _memory(process.pid)
    with ExitStack() as stack:
        for start in (b"GET /healthz HTTP/1.1\r\nA: ", b"GET /healthz HTTP/1.1\r\n", b"GET /"):
            for _ in range(5):
                caller = stack.enter_context(Caller(process.port))
                caller.send(start)
                line = b"x" * 60_000 if start[-1:] != b"\n" else b"a: b\r\n" * 10_000
                for _ in range(100):
                    if not caller.try_to_send(line):
                        break
        assert answers(process.port)
        assert _memory(process.pid) - before < 30_000_000


@linux
def test_uploads_lie_on_disk_while_they_arrive(process: Process) -> None:
    """Eight of them, each complete but for its end, take less memory than one."""
    file = os.urandom(UPLOAD_BYTES)
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + file + b"\r\n--b--\r\n"
    head = (
        "POST /api/Plivo/uploadMedia HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    before = _memory(process.pid)
    with ExitStack() as stack:
        callers = [stack.enter_context(Caller(process.port)) for _ in range(8)]
        for caller in callers:
            caller.send(head + body[:-1])
        process.wait_for(lambda: _temporary_bytes(process.pid) > 7.5 * UPLOAD_BYTES)
        assert _memory(process.pid) - before < UPLOAD_BYTES + 8_000_000
        for caller in callers:
            assert caller.send(body[-1:]).read().code == "REQUIRED_FIELDS"
    process.wait_for(lambda: _temporary_bytes(process.pid) == 0)


def test_more_uploads_than_there_is_room_for_are_refused_and_the_others_arrive(tmp_path: Path) -> None:
    megabyte = 1024 * 1024
    room = {"MAX_UPLOAD_BYTES": str(4 * megabyte), "MAX_BODY_BYTES_IN_FLIGHT": str(10 * megabyte)}
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        + bytes(3 * megabyte)
        + b"\r\n--b--\r\n"
    )
    head = (
        "POST /api/Plivo/uploadMedia HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with Process(tmp_path, **SETTINGS, **room) as process, ExitStack() as stack:
        callers = [stack.enter_context(Caller(process.port)) for _ in range(6)]
        for caller in callers:
            caller.send(head + body[:-1])
        process.wait_for(lambda: sum(caller.is_answered for caller in callers) == 3)
        # Small calls need no room.
        assert answers(process.port)
        refused = process.call("getCallsDetails").json()
        assert refused["contextWrites"]["to"]["status_code"] == "REQUIRED_FIELDS"
        for caller in callers:
            if not caller.is_answered:
                caller.send(body[-1:])
        responses = [caller.read() for caller in callers]
        codes = [response.code for response in responses]
        assert set(codes) == {"OVERLOADED", "REQUIRED_FIELDS"}
        for response in responses:
            if response.code == "OVERLOADED":
                assert response.status == 503
                assert response.headers["retry-after"] == "1"
                assert "MAX_BODY_BYTES_IN_FLIGHT" in response.error["status_msg"]
        assert codes.count("REQUIRED_FIELDS") == 3


def _memory(pid: int) -> int:
    """Return the bytes of memory that a process has for itself."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found.group(1)) * 1024


def _temporary_bytes(pid: int) -> int:
    """Return how much lies in a process's temporary files, which have no names."""
    sizes = {}
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if link.readlink().name.endswith("(deleted)"):
                status = link.stat()
                sizes[status.st_ino] = status.st_size
        except OSError:
            continue
    return sum(sizes.values())
