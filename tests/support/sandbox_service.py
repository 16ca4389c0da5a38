"""The service with its sandbox on a socket whose address it knows, so that the sandbox can fetch its own pages."""

from typing import Any

import httpx

from tests.support.ports import free_port
from tests.support.recorder import RecordedRequest
from tests.support.sandbox_driver import AUTH
from tests.support.service import Service


class SandboxService(Service):
    """The connector with the embedded Plivo. Use it as a context manager."""

    def __init__(self, **settings: Any) -> None:
        port = free_port()
        super().__init__(sandbox=True, port=port, **settings)
        self._server.config.port = port

    def run(self, block: str, **args: Any) -> Any:
        """Call a block as the sandbox's account; it must succeed. Return Plivo's reply."""
        envelope = self.post(block, {"authId": AUTH[0], "authToken": AUTH[1], **args}).json()
        assert envelope["callback"] == "success", envelope
        return envelope["contextWrites"]["to"]

    def control(self, path: str, body: object = None, *, auth: tuple[str, str] = AUTH) -> httpx.Response:
        """Order something of the sandbox."""
        return self.http.post(f"/sandbox/control/{path}", json={} if body is None else body, auth=auth)


def form(request: RecordedRequest) -> dict[str, str]:
    """Return the parameters of a request, from its query or its body."""
    text = request.body.decode() if request.method == "POST" else request.query
    return dict(httpx.QueryParams(text))
