"""A service whose Plivo is a sandbox that a test can disturb."""

from collections.abc import Callable  # noqa: TC003  # Desk.disturb shows it
from typing import Any
from urllib.parse import urlencode

import httpx

from app.manifest import METADATA, load_manifest
from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from app.sandbox import create_sandbox
from tests.support.in_process import App

PUBLIC_URL = "https://connector.example.com"
ACCOUNT = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
THEIRS = {
    "answerUrl": "https://theirs.example/answer",
    "messageUrl": "https://theirs.example/message",
    "messageMethod": "GET",
    "hangupUrl": "https://theirs.example/hangup",
}


class Desk:
    """Somebody with an account there. Use its ``app`` as a context manager.

    Attributes:
        app: the service.
        disturb: a request to Plivo → what comes back in place of the sandbox's answer; None: that.
    """

    def __init__(self) -> None:
        self.sandbox = httpx.ASGITransport(create_sandbox(load_manifest(METADATA).blocks, seed=1))
        self.disturb: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

        async def answer(request: httpx.Request) -> httpx.Response:
            if (response := self.disturb(request)) is not None:
                return response
            reply = await self.sandbox.handle_async_request(request)
            return httpx.Response(reply.status_code, headers=reply.headers, content=await reply.aread())

        self.app = App(answer, public_url=PUBLIC_URL)

    def call(self, block: str, **args: Any) -> dict[str, Any]:
        reply = self.app.call(block, **ACCOUNT, **args).json()
        assert reply["callback"] == "success", reply
        found: dict[str, Any] = reply["contextWrites"]["to"]
        return found

    def application(self, **more: Any) -> str:
        return str(
            self.call("createApplication", appName=f"theirs{len(self.app.sent)}", **{**THEIRS, **more})["app_id"]
        )

    def read(self, app_id: str) -> dict[str, Any]:
        return self.call("getSingleApplication", appId=app_id)

    def number(self, app_id: str | None) -> str:
        found = self.call("searchNewNumbers", countryIso="US")["objects"][0]["number"]
        self.call("buyNumber", number=found, **({"appId": app_id} if app_id else {}))
        return str(found)

    def application_of(self, number: str) -> str | None:
        path = self.call("getRentedNumber", number=number)["application"]
        return path.rstrip("/").rpartition("/")[2] if path else None

    def delete(self, made: dict[str, Any]) -> dict[str, Any]:
        return self.call("deleteSubscription", subscriptionId=made["subscription_id"])

    def send(self, url: str, **params: str) -> httpx.Response:
        body = urlencode(params).encode()
        kind = "application/x-www-form-urlencoded"
        headers = sign(Request("POST", url, body, kind), nonce=f"{params}", tokens=["sandbox"])
        path = url.removeprefix(PUBLIC_URL)
        return self.app.request("POST", path, content=body, headers={**headers, "content-type": kind})

    def types(self, made: dict[str, Any]) -> list[str]:
        events = self.call("getEvents", subscriptionId=made["subscription_id"])["events"]
        return [event["type"] for event in events]
