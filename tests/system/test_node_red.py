"""Node-RED, a platform that nobody here wrote, takes events: http in → function → http response."""

import re
import shutil
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.node import binary
from tests.support.patience import PATIENCE
from tests.support.sandbox_service import SandboxService

pytestmark = pytest.mark.platforms

DIRECTORY = Path(__file__).parent / "node_red"
MESSAGES = 20


@pytest.fixture
def node_red(tmp_path: Path) -> Iterator[str]:
    """The address of a Node-RED that runs the flow."""
    assert (DIRECTORY / "node_modules" / "node-red").exists(), "make platforms installs it"
    flows = Path(shutil.copy(DIRECTORY / "flows.json", tmp_path))
    words = ["--userDir", str(tmp_path), "--settings", str(DIRECTORY / "settings.js"), "--port", "0", str(flows)]
    output = tmp_path / "output"
    with output.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603  # a pinned package
            [binary(), DIRECTORY / "node_modules" / "node-red" / "red.js", *words],
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _address(process, output)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address(process: "subprocess.Popen[bytes]", output: Path) -> str:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        text = output.read_text()
        if "Started flows" in text and (found := re.search(r"Server now running at (http://127\.0\.0\.1:\d+)", text)):
            return found[1]
        assert process.poll() is None, text
        pause.wait(0.1)
    raise AssertionError(output.read_text())


def stored(node_red: str) -> list[dict[str, Any]]:
    response = httpx.get(f"{node_red}/stored", timeout=PATIENCE, trust_env=False)
    response.raise_for_status()
    found: list[dict[str, Any]] = response.json()
    return found


def test_what_the_sandbox_tells_arrives_once_and_in_order(node_red: str) -> None:
    with SandboxService(sandbox_seed=1) as service:
        number = service.run("getRentedNumbers")["objects"][0]["number"]
        made = service.run("createSubscription", url=f"{node_red}/events", number=number)
        sent = [
            service.run("sendMessage", src=number, destination="14155550123", text=f"out {n}", url=made["events_url"])
            for n in range(MESSAGES)
        ]
        for n in range(MESSAGES):
            service.control(
                "messages/inbound", {"from": "14155550123", "to": number, "text": f"in {n}"}
            ).raise_for_status()
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.1)):
            came = [one["event"] for one in stored(node_red)]
            if [event["type"] for event in came].count("message.delivered") == MESSAGES and (
                [event["type"] for event in came].count("message.received") == MESSAGES
            ):
                break
            pause.wait(0.1)
        kept = service.run("getEvents", subscriptionId=made["subscription_id"], limit=100)["events"]
        deliveries = service.run("getDeliveries", subscriptionId=made["subscription_id"], limit=100)["deliveries"]
    came = stored(node_red)
    assert {one["id"]: one["event"] for one in came} == {event["id"]: event for event in kept}
    assert len(came) == len(kept)
    assert {(one["state"], one["attempts"], one["http_status"]) for one in deliveries} == {("delivered", 1, 204)}
    by_message: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in came:
        by_message[one["event"]["data"]["message_uuid"]].append(one["event"])
    for uuid in (uuid for reply in sent for uuid in reply["message_uuid"]):
        assert [event["type"] for event in by_message[uuid]] == ["message.queued", "message.sent", "message.delivered"]
    texts = [event["data"]["text"] for event in (one["event"] for one in came) if event["type"] == "message.received"]
    assert sorted(texts) == sorted(f"in {n}" for n in range(MESSAGES))
