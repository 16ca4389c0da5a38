"""A store in trouble while the service runs: /readyz and one line of the log say so, and nothing is sent twice."""

import resource
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.redis_server import RedisServer

MESSAGE = {
    "authId": "MAXXXXXXXXXXXXXXXXXX",
    "authToken": "t0ken",
    "src": "14155550100",
    "destination": "14155550123",
    "text": "Hi",
}
SENT = Reply(b'{"message_uuid":["m-1"],"api_id":"a-1"}', status=202)
IN_THE_LOG = "the store does not work"


def outcome(process: Process, key: str) -> str:
    """Send a message with a key and return what came of it."""
    return _outcome(process.call("sendMessage", **MESSAGE, **({"idempotencyKey": key} if key else {})).json())


def _outcome(envelope: dict[str, Any]) -> str:
    return str(envelope["contextWrites"]["to"].get("status_code", "sent"))


def store_of(process: Process) -> tuple[int, str, str]:
    response = process.http.get("/readyz")
    answer = response.json()
    return response.status_code, answer["status"], answer["store"]


def check_that_it_is_told(process: Process) -> None:
    """Check what everybody sees: /readyz, one line of the log, keyed requests refused, others sent."""
    for key in ("a", "b", "c"):
        assert store_of(process) == (200, "ready", "unavailable")
        assert outcome(process, key) == "STORE_UNAVAILABLE"
    assert outcome(process, "") == "sent"
    assert process.output.count(IN_THE_LOG) == 1


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no other process's limits can be set here")
def test_a_disk_that_is_full(recorder: Recorder, tmp_path: Path) -> None:
    """Files that may grow no more are to the store what a full disk is."""
    large = b'{"message":"' + b"x" * 300_000 + b'"}'
    recorder.script(Reply(large, status=202), *[SENT] * 20)
    with Process(tmp_path, PLIVO_API_URL=recorder.url, LOG_LEVEL="info") as process:
        assert outcome(process, "first") == "sent"
        assert store_of(process) == (200, "ready", "ok")
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (60_000, hard))
        check_that_it_is_told(process)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert store_of(process) == (200, "ready", "ok")
        assert [outcome(process, key) for key in ("a", "first")] == ["sent", "sent"]
    assert [request.json["text"] for request in recorder.requests] == ["Hi"] * 3  # first, the one without a key, a


def test_a_wrong_password(recorder: Recorder, tmp_path: Path, redis_server: RedisServer) -> None:
    recorder.script(*[SENT] * 20)
    url = redis_server.url.replace("//", "//user:s3cret@")
    with Process(tmp_path, PLIVO_API_URL=recorder.url, STORE_URL=url, LOG_LEVEL="info") as process:
        check_that_it_is_told(process)
        assert "username-password pair" in process.output
        assert "s3cret" not in process.output
        assert "s3cret" not in process.http.get("/readyz").text


def test_a_file_that_is_removed_and_made_anew_by_another_process(recorder: Recorder, tmp_path: Path) -> None:
    """Keys in two files would be sent twice: by this process, and by one that was started later."""
    recorder.script(*[SENT] * 20)
    store = {"PLIVO_API_URL": recorder.url, "STORE_URL": f"sqlite:///{tmp_path}/store.db", "LOG_LEVEL": "info"}
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with Process(tmp_path / "one", **store) as process:
        assert outcome(process, "first") == "sent"
        for file in tmp_path.glob("store.db*"):
            file.unlink()
        with Process(tmp_path / "other", **store) as other:
            assert store_of(other) == (200, "ready", "ok")
            check_that_it_is_told(process)
            assert outcome(other, "a") == "sent"


def test_looking_after_the_store_fails_no_keyed_send_of_any_process(recorder: Recorder, tmp_path: Path) -> None:
    recorder.script(*[SENT] * 1000)
    outcomes: list[str] = []
    looks: list[str] = []
    stop = threading.Event()

    def send(port: int, name: str) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as http:
            for number in range(40):
                args = {**MESSAGE, "idempotencyKey": f"{name}-{number}"}
                outcomes.append(_outcome(http.post("/api/Plivo/sendMessage", json=args).json()))

    def look(port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as http:
            while not stop.is_set():
                looks.append(http.get("/readyz").json()["store"])

    with ExitStack() as stack:
        ports = []
        for number in range(2):
            (tmp_path / str(number)).mkdir()
            store = f"sqlite:///{tmp_path}/store.db"
            process = Process(tmp_path / str(number), PLIVO_API_URL=recorder.url, STORE_URL=store, LOG_LEVEL="info")
            ports.append(stack.enter_context(process).port)
        senders = [threading.Thread(target=send, args=(port, f"{port}-{n}")) for port in ports for n in range(2)]
        lookers = [threading.Thread(target=look, args=(port,)) for port in ports]
        for thread in senders + lookers:
            thread.start()
        for thread in senders:
            thread.join()
        stop.set()
        for thread in lookers:
            thread.join()
    assert set(outcomes) == {"sent"}
    assert set(looks) == {"ok"}
    assert len(outcomes) == 2 * 2 * 40
    assert len(recorder.requests) == len(outcomes)
