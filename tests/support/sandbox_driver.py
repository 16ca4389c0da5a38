"""Drives the sandbox in a test: a sandbox of its own, a fixed seed, and a clock that the test moves."""

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.manifest.schema import example_request
from app.sandbox import create_sandbox

AUTH = ("MASANDBOX00000000000", "sandbox")
ANSWER = "https://example.com/answer"
LIVE_CALL, QUEUED_CALL = "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21", "2d9c4a77-61be-4e8c-b0d5-7f3a1c5e9042"
"""Calls that are always there."""

START = 1_800_000_000.0
"""2027-01-15 08:00:00 UTC."""


@cache
def blocks() -> Mapping[str, Block]:
    """Return the blocks of the real manifest that ask Plivo."""
    manifest = load_manifest(METADATA)
    return {name: block for name, block in manifest.blocks.items() if not block.local}


def example_call(block: Block) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return what a block's example request is to Plivo: the path, the parameters, the files."""
    examples = example_request(block)
    path, parameters, files = block.request.path.replace("{auth_id}", AUTH[0]), dict(block.request.fixed), {}
    for arg in block.args:
        if arg.name not in examples:
            continue
        value, placeholder = examples[arg.name], f"{{{arg.wire_name}}}"
        if isinstance(value, list) and (arg.join or placeholder in path):
            value = (arg.join or ",").join(value)
        if placeholder in path:
            path = path.replace(placeholder, value)
        elif arg.type == "File":
            files[arg.wire_name.replace("{i}", "0")] = ("example.png", b"\x89PNG", "image/png")
        else:
            parameters[arg.wire_name] = value
    return path, parameters, files


class Driver:
    """Sends requests to one sandbox, as its main account unless told otherwise."""

    def __init__(self, *, seed: int | None = 7, auth: tuple[str, str] = AUTH, mount: str = "") -> None:
        self.now = START
        self.auth = auth
        self.app: Any = create_sandbox(blocks(), seed=seed, clock=lambda: self.now, slow_seconds=0.05)
        self.mount = mount

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; a path that does not begin with a slash is below the account's."""
        auth = options.pop("auth", self.auth)
        url = path if path.startswith("/") else f"/v1/Account/{auth[0]}/{path}"
        return asyncio.run(self._send(method, url, auth, options))

    async def _send(self, method: str, url: str, auth: tuple[str, str], options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=auth) as client:
            return await client.request(method, url, **options)

    def get(self, path: str, status: int = 200, /, **query: Any) -> Any:
        """GET, check the status, return the JSON."""
        return self._checked(self.send("GET", path, params=query), status)

    def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        """POST a JSON object, check the status (any 2xx unless given), return the JSON."""
        return self._checked(self.send("POST", path, json=body or {}), status)

    def delete(self, path: str, body: Any = None, status: int | None = None) -> Any:
        """DELETE, check the status (any 2xx unless given), return the JSON or None."""
        return self._checked(self.send("DELETE", path, json=body) if body else self.send("DELETE", path), status)

    def upload(
        self, path: str, fields: Mapping[str, Any], files: Any, status: int | None = None, *, patch: bool = False
    ) -> Any:
        """POST (or PATCH) a multipart form, check the status (any 2xx unless given), return the JSON."""
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        # Like the SDKs: an empty file where there is none makes it multipart all the same.
        sent = self.send("PATCH" if patch else "POST", path, data=texts, files=files or {"file": ""})
        return self._checked(sent, status)

    def run(self, block: Block) -> httpx.Response:
        """Run a block's example request."""
        path, parameters, files = example_call(block)
        method = block.request.method
        if block.request.body == "multipart":
            texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
            return self.send(method, path, data=texts, files=files or {"file": ""})
        return self.send(method, path, **({"params": parameters} if method == "GET" else {"json": parameters}))

    def as_account(self, auth_id: str, auth_token: str) -> "Driver":
        """Return a driver of the same sandbox with other credentials."""
        other = Driver.__new__(Driver)
        other.__dict__ = {**self.__dict__, "auth": (auth_id, auth_token)}
        return other

    @staticmethod
    def _checked(response: httpx.Response, status: int | None) -> Any:
        if status is None:
            assert response.is_success, response.text
        else:
            assert response.status_code == status, response.text
        if response.headers["content-type"] != "application/json":
            return response.text
        return response.json() if response.content else None


def application(plivo: Driver, **fields: object) -> str:
    """Create an application and return its id."""
    created = plivo.post("Application/", {"app_name": "shop", "answer_url": ANSWER, **fields}, 201)
    return str(created["app_id"])


def subaccount(plivo: Driver, **fields: object) -> Driver:
    """Create a subaccount and return a driver with its credentials."""
    created = plivo.post("Subaccount/", {"name": "branch", **fields}, 201)
    return plivo.as_account(created["auth_id"], created["auth_token"])


def send(plivo: Driver, to: str = "14155550123", **fields: object) -> list[str]:
    """Send a message and return the uuids."""
    reply = plivo.post("Message/", {"src": "14155550100", "dst": to, "text": "hi", **fields}, 202)
    assert reply["message"] == "message(s) queued"
    return list(reply["message_uuid"])


def dial(plivo: Driver, to: str = "14155550123", *, wait: float = 5, **fields: object) -> str:
    """Make a call, let some time pass and return its uuid."""
    reply = plivo.post("Call/", {"from": "14155550100", "to": to, "answer_url": ANSWER, **fields}, 201)
    assert reply["message"] == "call fired"
    plivo.wait(wait)
    return str(reply["request_uuid"])


def member_ids(plivo: Driver) -> list[str]:
    """Return who is in the conference."""
    return [member["member_id"] for member in plivo.get("Conference/sandbox/")["members"]]
