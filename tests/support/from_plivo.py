"""What Plivo sends to a running service, signed as Plivo signs, and what the service tells of it."""

import threading
from itertools import count
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

PUBLIC_URL = "https://connector.example.com"
FORM = "application/x-www-form-urlencoded"

_numbers = count()


class FromPlivo:
    """Sends to one service.

    Args:
        service: a service with ``PUBLIC_URL``, whose Plivo takes any credentials.
    """

    def __init__(self, service: Service) -> None:
        self.service = service

    def call(self, block: str, **args: Any) -> dict[str, Any]:
        """Call a block that must succeed and return its reply."""
        envelope = self.service.call(block, **args)
        assert envelope["callback"] == "success", envelope
        reply: dict[str, Any] = envelope["contextWrites"]["to"]
        return reply

    def subscribe(self, url: str | None = None, **args: Any) -> dict[str, Any]:
        """Make a subscription."""
        return self.call("createSubscription", **({"url": url} if url else {}), **args)

    def post(self, made: dict[str, Any], params: dict[str, str], *, token: str = AUTH_TOKEN) -> httpx.Response:
        """Send a request to a subscription."""
        body = urlencode(params).encode()
        url = made["events_url"]
        headers = sign(Request("POST", url, body, FORM), nonce=f"nonce-{next(_numbers)}", tokens=[token])
        path = url.removeprefix(PUBLIC_URL)
        return self.service.http.post(path, content=body, headers={**headers, "content-type": FORM})

    def status(self, made: dict[str, Any], message: str, state: str = "sent", **more: str) -> None:
        """Send what became of a message, and see it taken."""
        sequence = str({"queued": 1, "sent": 2}.get(state, 3))
        params = {"MessageUUID": message, "From": "1", "To": "2", "Status": state, "Sequence": sequence, **more}
        response = self.post(made, params)
        assert response.status_code == 200, response.text

    def deliveries(self, made: dict[str, Any], state: str | None = None) -> list[dict[str, Any]]:
        """Return what became of the deliveries of a subscription."""
        args = {"state": state} if state else {}
        reply = self.call("getDeliveries", subscriptionId=made["subscription_id"], limit=100, **args)
        found: list[dict[str, Any]] = reply["deliveries"]
        return found

    def wait_until_stopped(self, made: dict[str, Any]) -> dict[str, Any]:
        """Wait until a subscription is no longer active, and return it; its last delivery is settled before."""
        pause = threading.Event()
        for _ in range(round(PATIENCE / 0.05)):
            shown: dict[str, Any] = self.call("getSingleSubscription", subscriptionId=made["subscription_id"])
            if shown["state"] != "active":
                return shown
            pause.wait(0.05)
        raise AssertionError(shown)

    def wait_for(self, made: dict[str, Any], state: str, number: int = 1) -> list[dict[str, Any]]:
        """Wait until so many deliveries of a subscription are in a state, and return them."""
        pause = threading.Event()
        for _ in range(round(PATIENCE / 0.05)):
            found = self.deliveries(made, state)
            if len(found) >= number:
                return found
            pause.wait(0.05)
        raise AssertionError(self.deliveries(made))


class _Called:
    """A process called as the service of other tests is."""

    def __init__(self, process: Process) -> None:
        self.http = process.http
        self._process = process

    def call(self, block: str, **args: Any) -> Any:
        return self._process.call(block, authId=AUTH_ID, authToken=AUTH_TOKEN, **args).json()


def to(process: Process) -> FromPlivo:
    """Return what sends to a process."""
    return FromPlivo(cast("Service", _Called(process)))
