"""Streams of events while the service ends: it does not wait for them, and nobody who comes back has lost anything."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import json_text
from tests.support.from_plivo import PUBLIC_URL, to
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN

AUTH = (AUTH_ID, AUTH_TOKEN)
READERS = 5


@pytest.fixture
def settings(recorder: Recorder) -> dict[str, str]:
    """What makes processes that run one after the other in one directory one service."""
    return {"PLIVO_API_URL": recorder.url, "PUBLIC_URL": PUBLIC_URL, "SECRET_KEY": "a secret of the tests"}


def events_of(response: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json_text.parse(line.removeprefix("data: ").encode())


def read(url: str, begun: threading.Semaphore | None = None) -> list[int]:
    """Read a stream until it ends in order, and return the places of its events."""
    found: list[int] = []
    with httpx.stream("GET", url, auth=AUTH, timeout=PATIENCE, trust_env=False) as response:
        for event in events_of(response):
            found.append(event["sequence"])
            if begun is not None and len(found) == 1:
                begun.release()
    return found


def read_on(url: str, after: int, upto: int) -> list[int]:
    """Come back to a stream, and read on up to a place."""
    headers = {"last-event-id": str(after)}
    with httpx.stream("GET", url, auth=AUTH, headers=headers, timeout=PATIENCE, trust_env=False) as response:
        found = (event["sequence"] for event in events_of(response))
        return [next(found) for _ in range(after, upto)]


def url_of(process: Process, made: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{process.port}/api/Plivo/events/stream?subscription={made['subscription_id']}"


def test_the_service_ends_while_streams_are_open(tmp_path: Path, settings: dict[str, str]) -> None:
    with Process(tmp_path, **settings) as process, ThreadPoolExecutor(READERS) as pool:
        plivo = to(process)
        made = plivo.subscribe()
        begun = threading.Semaphore(0)
        readers = [pool.submit(read, url_of(process, made), begun) for _ in range(READERS)]
        plivo.status(made, "m0")
        assert all(begun.acquire(timeout=PATIENCE) for _ in readers)
        for taken in count(1):
            if taken == 20:
                process.terminate()
            try:
                plivo.status(made, f"m{taken}")
            except httpx.TransportError:
                break
        assert process.wait() == 0
        assert "Traceback" not in process.output
        seen = [reader.result() for reader in readers]
    with Process(tmp_path, **settings) as process:
        kept = read_all(process, made)
        assert len(kept) >= taken
        for found in seen:
            assert found + read_on(url_of(process, made), found[-1], len(kept)) == list(range(1, len(kept) + 1))


def read_all(process: Process, made: dict[str, Any]) -> list[Any]:
    """Read everything that is kept, page after page."""
    found: list[Any] = []
    after, is_more = "0", True
    while is_more:
        page = to(process).call("getEvents", subscriptionId=made["subscription_id"], after=after, limit=100)
        found += page["events"]
        after, is_more = page["after"], page["more"]
    return found


def test_the_service_does_not_wait_for_a_reader_that_stalls(tmp_path: Path, settings: dict[str, str]) -> None:
    with Process(tmp_path, **settings, BODY_TIMEOUT="1") as process:
        made = to(process).subscribe()
        for number in range(250):
            to(process).status(made, f"m{number}", Large="x" * 50_000)
        with socket.socket() as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.connect(("127.0.0.1", process.port))
            auth = httpx.BasicAuth(*AUTH)._auth_header
            path = f"/api/Plivo/events/stream?subscription={made['subscription_id']}"
            caller.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {auth}\r\n\r\n".encode())
            assert caller.recv(1) == b"H"
            process.terminate()
            assert process.wait() == 0
            assert "Traceback" not in process.output
