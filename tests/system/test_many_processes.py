"""Several processes with one store: a key is sent once among all of them."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.arrivals import Arrivals, most_within
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.process import Process
from tests.support.recorder import Recorder

MESSAGE = {
    "authId": "MAXXXXXXXXXXXXXXXXXX",
    "authToken": "t0ken",
    "src": "14155550100",
    "destination": "14155550123",
    "text": "Hi",
}
SENT = Reply(b'{"message_uuid":["m-1"],"api_id":"a-1"}', status=202, delay=0.3)


def ask(port: int, key: str) -> dict[str, Any]:
    response = httpx.post(
        f"http://127.0.0.1:{port}/api/Plivo/sendMessage",
        json=MESSAGE,
        headers={"Idempotency-Key": key},
        timeout=PATIENCE,
        trust_env=False,
    )
    envelope: dict[str, Any] = response.json()
    return envelope


def ask_all(ports: list[int], key: str, times: int) -> list[str]:
    """Ask many times at once, in turn on every port, and return the distinct answers."""
    with ThreadPoolExecutor(max_workers=times) as pool:
        answers = pool.map(lambda number: ask(ports[number % len(ports)], key), range(times))
        return sorted({json.dumps(answer, sort_keys=True) for answer in answers})


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_a_hundred_repeats_over_three_processes_are_one_send(
    kind: str, recorder: Recorder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store_url = request.getfixturevalue("redis_server").url if kind == "redis" else f"sqlite:///{tmp_path}/store.db"
    recorder.script(SENT)
    with ExitStack() as stack:
        ports = []
        for number in range(3):
            directory = tmp_path / str(number)
            directory.mkdir()
            process = Process(directory, PLIVO_API_URL=recorder.url, STORE_URL=store_url, LOG_LEVEL="info")
            ports.append(stack.enter_context(process).port)
        answers = ask_all(ports, "order-1", times=100)
    assert len(recorder.requests) == 1
    expected = {"callback": "success", "contextWrites": {"to": {"message_uuid": ["m-1"], "api_id": "a-1"}}}
    assert [json.loads(answer) for answer in answers] == [expected]


def test_the_workers_of_one_machine_share_the_store(recorder: Recorder, tmp_path: Path) -> None:
    recorder.script(SENT)
    with Process(tmp_path, PLIVO_API_URL=recorder.url, WORKERS="3", PORT=str(free_port())) as process:
        process.wait_for(lambda: _is_up(process.port))
        answers = ask_all([process.port], "order-2", times=60)
        process.terminate()
        assert process.wait() == 0
    assert len(recorder.requests) == 1
    assert len(answers) == 1


def test_one_worker_of_several_has_the_whole_limit(tmp_path: Path) -> None:
    """A bulk is one worker's. Of 300 calls in five seconds it may send more than a third while the others send none."""
    call = {"callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"}
    body = {"args": {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "t0ken", **call}, "items": [{}] * 200}
    with Arrivals(takes=0.01) as upstream:
        with Process(tmp_path, PLIVO_API_URL=upstream.url, WORKERS="3", PORT=str(free_port())) as process:
            process.wait_for(lambda: _is_up(process.port))
            answer = process.http.post("/api/Plivo/makeCall/bulk", json=body).json()
            process.terminate()
            assert process.wait() == 0
        assert answer["contextWrites"]["to"]["succeeded"] == 200
        assert most_within(upstream.of("MAXXXXXXXXXXXXXXXXXX"), 5.0) > 100


def test_workers_and_sandbox_exclude_each_other(tmp_path: Path) -> None:
    process = Process(tmp_path, WORKERS="2", SANDBOX="true")
    assert process.wait() == 2
    assert "WORKERS" in process.output


def _is_up(port: int) -> bool:
    """The parent tells its address before its workers listen."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
