"""``kill -9`` while an application or a number is attached: nobody loses anything, and what was left can be put right.

Plivo is the sandbox; between it and the connector stands what kills the connector just before, or just after, Plivo has
done what it was asked.
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.manifest import METADATA
from tests.support.connectors import Connector, Connectors, Driver
from tests.support.patience import PATIENCE
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService
from tests.support.storm import connectors, ready

CREDENTIALS = {"authId": AUTH[0], "authToken": AUTH[1]}
THEIRS = {
    "answerUrl": "https://theirs.example/answer",
    "messageUrl": "https://theirs.example/message",
    "messageMethod": "GET",
    "hangupUrl": "https://theirs.example/hangup",
}
KEY = {"idempotencyKey": "the same"}
WRITES = ("POST", "DELETE")

Kill = Callable[[], None]


class Road:
    """The road to the sandbox, on which a connector may be killed.

    Args:
        sandbox: where it leads.
    """

    def __init__(self, sandbox: SandboxService) -> None:
        self.deadly: tuple[str, int, Kill] | None = None
        """``before`` or ``after`` which of the changes that come, counted from 1, somebody is killed, and how."""
        self._writes = 0
        road = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name: self.headers[name] for name in ("authorization", "content-type") if self.headers[name]}
                road._writes += self.command in WRITES
                if not road._kills("before", self.command):
                    path = f"/sandbox{self.path}"
                    reply = sandbox.http.request(self.command, path, content=body, headers=headers)
                    if not road._kills("after", self.command):
                        self.send_response(reply.status_code)
                        self.send_header("content-type", "application/json")
                        self.send_header("content-length", str(len(reply.content)))
                        self.end_headers()
                        self.wfile.write(reply.content)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815  # their names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def opened(self) -> Iterator["Road"]:
        """Let requests come."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        with self._server:
            yield self
            self._server.shutdown()

    def is_deadly(self, when: str, number: int, kill: Kill) -> None:
        """Kill somebody at a change that comes from now on."""
        self.deadly, self._writes = (when, number, kill), 0

    def _kills(self, when: str, method: str) -> bool:
        if self.deadly is None or method not in WRITES or self.deadly[:2] != (when, self._writes):
            return False
        kill, self.deadly = self.deadly[2], None
        kill()
        return True


class Account:
    """An account at the sandbox, with connectors that can be killed in front of it."""

    def __init__(self, sandbox: SandboxService, road: Road, group: Connectors) -> None:
        self.sandbox = sandbox
        self.road = road
        self.group = group

    def target(self, kind: str) -> dict[str, str]:
        """Make what is to be attached, and return the args that name it."""
        app_id = self.sandbox.run("createApplication", appName=f"theirs-{self._count()}", **THEIRS)["app_id"]
        if kind == "application":
            return {"appId": app_id}
        found = self.sandbox.run("searchNewNumbers", countryIso="US")["objects"]
        number, other = (one["number"] for one in found[:2])
        for bought in (number, other):
            self.sandbox.run("buyNumber", number=bought, appId=app_id)
        if kind == "number without an application":
            self.sandbox.run("updateNumber", number=number, appId=None)
        return {"number": number}

    def _count(self) -> int:
        return int(self.sandbox.run("getApplications")["meta"]["total_count"])

    def state(self) -> tuple[Any, Any]:
        """Return all applications with their addresses, and which of them each number has."""
        applications = self.sandbox.run("getApplications", returnAll=True)["objects"]
        numbers = self.sandbox.run("getRentedNumbers", returnAll=True)["objects"]
        addresses = [name for name in applications[0] if name.endswith(("_url", "_method"))]
        return (
            {one["app_id"]: {name: one[name] for name in addresses} for one in applications},
            {one["number"]: one["application"] for one in numbers},
        )

    def call(self, connector: Connector, block: str, **args: Any) -> dict[str, Any]:
        """Call a block that must succeed."""
        response = httpx.post(
            f"{connector.url}/api/Plivo/{block}", json={"args": {**CREDENTIALS, **args}}, timeout=PATIENCE
        )
        envelope = response.json()
        assert envelope["callback"] == "success", envelope
        reply: dict[str, Any] = envelope["contextWrites"]["to"]
        return reply

    def dies(self, point: tuple[str, str | int], block: str, **args: Any) -> None:
        """Call a block at a connector that is killed at a point: a step of its store, or a change at Plivo."""
        when, step = point
        if isinstance(step, str):
            victim = ready(self.group.start((when, step)))
        else:
            victim = ready(self.group.start())
            self.road.is_deadly(when, step, lambda: os.kill(victim.pid, signal.SIGKILL))
        with pytest.raises(httpx.TransportError):
            self.call(victim, block, **args)
        self.group.kill(victim)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxService]:
    with SandboxService(sandbox_seed=1) as running:
        yield running


@pytest.fixture
def account(driver: Driver, sandbox: SandboxService, tmp_path: Path) -> Iterator[Account]:
    with ExitStack() as stack:
        road = stack.enter_context(Road(sandbox).opened())
        group = connectors(driver, tmp_path, f"sqlite:///{tmp_path}/store.db", road.url)
        for name in ("application", "number", "endpoint"):
            blocks = json.loads((METADATA / "blocks" / f"{name}.json").read_text())
            for arg in (arg for block in blocks for arg in block["args"]):
                arg.pop("optionsFrom", None)
            (tmp_path / "blocks" / f"{name}.json").write_text(json.dumps(blocks))
        yield Account(sandbox, road, stack.enter_context(group))


CHANGES = [("application", 1), ("shared number", 1), ("shared number", 2), ("number without an application", 2)]
"""What is attached, and the changes at Plivo that this takes, counted from 1; undoing it takes as many."""

STEPS = [
    ("application", "add_subscription"),
    ("shared number", "add_subscription"),
    ("shared number", "replace_subscription"),
]
POINTS = [(kind, when, step) for kind, step in (*CHANGES, *STEPS) for when in ("before", "after")]


@pytest.mark.parametrize(("kind", "when", "step"), POINTS, ids=str)
def test_a_connector_that_is_killed_while_it_attaches(account: Account, kind: str, when: str, step: str | int) -> None:
    target = account.target(kind)
    before = account.state()
    for repeats in (False, True):
        account.dies((when, step), "createSubscription", **target, **KEY)
        heir = ready(account.group.start())
        if repeats:
            made = account.call(heir, "createSubscription", **target, **KEY)
            applications, numbers = account.state()
            app_id = target.get("appId") or numbers[target["number"]].rstrip("/").rpartition("/")[2]
            assert applications[app_id]["message_url"] == applications[app_id]["hangup_url"] == made["events_url"]
            # What the others have is as it was.
            assert {**applications, app_id: None} == {**before[0], app_id: None}
            assert {**numbers, target.get("number"): None} == {**before[1], target.get("number"): None}
        kept = account.call(heir, "getSubscriptions")["objects"]
        assert len(kept) <= 1
        for one in kept:
            account.call(heir, "deleteSubscription", subscriptionId=one["subscription_id"])
        assert account.state() == before
        account.group.kill(heir)


@pytest.mark.parametrize(
    ("kind", "when", "step"),
    [
        (kind, when, step)
        for kind, step in (*CHANGES, ("shared number", "remove_subscription"))
        for when in ("before", "after")
    ],
    ids=str,
)
def test_a_connector_that_is_killed_while_it_detaches(account: Account, kind: str, when: str, step: str | int) -> None:
    target = account.target(kind)
    before = account.state()
    heir = ready(account.group.start())
    made = account.call(heir, "createSubscription", **target)
    account.dies((when, step), "deleteSubscription", subscriptionId=made["subscription_id"])
    for one in account.call(heir, "getSubscriptions")["objects"]:
        account.call(heir, "deleteSubscription", subscriptionId=one["subscription_id"])
    assert account.call(heir, "getSubscriptions")["objects"] == []
    assert account.state() == before
