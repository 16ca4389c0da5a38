"""Connectors that are to be killed: forked by ``tests.support.crash_driver``, called with keyed requests."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

import aiohttp

from app.manifest import METADATA
from tests.support.recorder import Recorder

ACCOUNT, TOKEN = "MAXXXXXXXXXXXXXXXXXX", "token"


class Connectors:
    """Connectors on one store and one upstream, which can be started and killed.

    Args:
        driver: the process that forks them.
        directory: for their output and manifest.
        settings: of all of them.
    """

    def __init__(self, driver: "Driver", directory: Path, **settings: str) -> None:
        self._driver = driver
        self._directory = directory
        # Whoever is killed takes its turns under the shared limit with it for a while: not the subject here.
        self._settings = {"PORT": "0", "PLIVO_RATE_LIMIT": "off", **settings}
        self._numbers = count()
        self._running: set[int] = set()
        self.killed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._running:
            self._driver.tell({"kill": pid})

    def start(self, die: tuple[str, str] | None = None, time: int = 1, **settings: str) -> "Connector":
        """Fork a connector, which may die by itself before or after a step of its store.

        Args:
            die: ``before`` or ``after``, and the step.
            time: at which time that the step is taken.
            settings: where it differs from the others.
        """
        output = self._directory / f"output-{next(self._numbers)}"
        deadly = [*die, time] if die else None
        order = {
            "start": {**self._settings, **settings},
            "metadata": str(self._directory),
            "output": str(output),
            "die": deadly,
        }
        pid = self._driver.tell(order)
        self._running.add(pid)
        return Connector(pid, output)

    def kill(self, connector: "Connector") -> None:
        """Kill one (also one that killed itself) and wait until it is gone."""
        self._driver.tell({"kill": connector.pid})
        self._running.remove(connector.pid)
        self.killed += 1


class Driver:
    """The process that forks connectors. Use it as a context manager; at the end nothing it started is left."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crash_driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=directory,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def tell(self, command: dict[str, Any]) -> int:
        """Give it a command and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass
class Connector:
    """A connector that was forked.

    Attributes:
        url: empty until it is ready.
    """

    pid: int
    output: Path
    url: str = ""

    async def wait(self) -> None:
        """Wait until it listens."""
        while not self.url:
            with suppress(FileNotFoundError):
                text = self.output.read_text()
                if found := re.search(r"Listening on (http://[\d.]+:\d+)", text):
                    self.url = found.group(1)
                assert "Traceback" not in text, text
            await asyncio.sleep(0.01)


def write_small_manifest(directory: Path) -> None:
    """Write a manifest of the two blocks that are needed: the whole takes ten times as long to load."""
    package = json.loads((METADATA / "package.json").read_text())
    package["accounts"]["test"] = "getMessages"
    blocks = json.loads((METADATA / "blocks" / "message.json").read_text())
    chosen = [block for block in blocks if block["name"] in ("sendMessage", "getMessages")]
    for arg in (arg for block in chosen for arg in block["args"]):
        arg.pop("optionsFrom", None)
    (directory / "blocks").mkdir()
    (directory / "blocks" / "message.json").write_text(json.dumps(chosen))
    (directory / "package.json").write_text(json.dumps(package))
    (directory / "datatypes.json").write_bytes((METADATA / "datatypes.json").read_bytes())


def arguments(key: str) -> dict[str, Any]:
    """Return the args of a message that is known by its key."""
    return {
        "authId": ACCOUNT,
        "authToken": TOKEN,
        "src": "14155550100",
        "destination": "14155550123",
        "text": key,
        "idempotencyKey": key,
    }


async def send(http: aiohttp.ClientSession, connector: Connector, key: str) -> dict[str, Any] | None:
    """Send a message with a key and return the envelope, None where the connector died."""
    try:
        async with http.post(f"{connector.url}/api/Plivo/sendMessage", json={"args": arguments(key)}) as response:
            envelope: dict[str, Any] = await response.json()
    except (aiohttp.ClientError, ConnectionError):
        return None
    return envelope


def outcome_of(envelope: dict[str, Any] | None) -> str:
    """Return the id of a reply that is a success, else the error's code, or ``died``."""
    if envelope is None:
        return "died"
    told = envelope["contextWrites"]["to"]
    return str(told["api_id"] if envelope["callback"] == "success" else told["status_code"])


def sends_per_key(recorder: Recorder) -> Counter[str]:
    """Return how often each message arrived."""
    return Counter(request.json["text"] for request in recorder.requests)
