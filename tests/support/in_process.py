"""The whole service without a socket: requests go in through ASGI, what it sends to Plivo is kept."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from fastapi.dependencies import models

from app.main import create_app
from app.plivo.in_process import InProcess
from app.settings import Settings
from tests.support.virtual_time import ClockAhead

AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
CREDENTIALS = {"authId": AUTH_ID, "authToken": "t0ken"}
CALL = {**CREDENTIALS, "callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"}

T = TypeVar("T")
Answer = httpx.Response | Coroutine[None, None, httpx.Response]
Plivo = Callable[[httpx.Request], Answer]
"""Answers in Plivo's place; what it raises, the transport raises."""


def accept(_: httpx.Request) -> httpx.Response:
    """Answer as Plivo does to a call that it fires."""
    return httpx.Response(201, content=b'{"api_id":"a-1","message":"call fired"}')


def _forget_endpoints() -> None:
    """Empty caches of FastAPI that keep every endpoint that ever was, and so every service: 8 MiB for each App."""
    for cached in vars(models).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


class App:
    """The service around a stand-in for Plivo. Use it as a context manager: its lifespan is the block.

    Args:
        plivo: answers the requests; None for what the settings say: the sandbox or the network.
        settings: keyword arguments of Settings; what is not given has its default, whatever ``.env`` says.
    """

    def __init__(self, plivo: Plivo | None = accept, **settings: Any) -> None:
        self.plivo = plivo or accept
        self.sent: list[httpx.Request] = []
        """Requests to Plivo, in order."""

        def answer(request: httpx.Request) -> Any:
            self.sent.append(request)
            return self.plivo(request)

        given = {"log_level": "error", "plivo_retries": 0, "store_url": "memory:", **settings}
        self.settings = Settings(_env_file=None, **given)
        transport = InProcess(httpx.MockTransport(answer)) if plivo else None
        self.asgi = create_app(self.settings, transport=transport)
        self._loop = ClockAhead()
        self._runner = asyncio.Runner(loop_factory=lambda: self._loop)

    def __enter__(self) -> Self:
        self._runner.run(self._open())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._runner.run(self._close())
        finally:
            self._runner.close()
            _forget_endpoints()

    def let_pass(self, seconds: float) -> None:
        """Move the clock of its event loop: whoever waits for a time has waited so much longer."""
        self._loop.ahead += seconds

    async def _open(self) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._lifespan = asyncio.create_task(self._live())
        await self._messages.put({"type": "lifespan.startup"})
        assert (await self._answers.get())["type"] == "lifespan.startup.complete"

    async def _live(self) -> None:
        await self.asgi({"type": "lifespan", "state": {}}, self._messages.get, self._answers.put)

    async def _close(self) -> None:
        await self._messages.put({"type": "lifespan.shutdown"})
        assert (await self._answers.get())["type"] == "lifespan.shutdown.complete"
        await self._lifespan

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the service's event loop."""
        return self._runner.run(work)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; options are those of ``httpx.AsyncClient.request``."""
        return self._runner.run(self._send(method, path, **options))

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.request("GET", path, **options)

    def post(self, block: str, body: bytes, content_type: str = "application/json") -> httpx.Response:
        """Send a body to a block as it is; an empty content type sends none."""
        headers = {"Content-Type": content_type} if content_type else {}
        return self.request("POST", f"/api/Plivo/{block}", content=body, headers=headers)

    def call(self, block: str, **args: Any) -> httpx.Response:
        """Call a block with exactly these args."""
        return self.post(block, json.dumps({"args": args}).encode())

    def call_at_once(self, block: str, *calls: dict[str, Any]) -> list[httpx.Response]:
        """Call a block several times, all at once."""

        async def call() -> list[httpx.Response]:
            path = f"/api/Plivo/{block}"
            return await asyncio.gather(*(self._send("POST", path, json={"args": args}) for args in calls))

        return self._runner.run(call())


def error_in(response: httpx.Response, key: str = "to") -> dict[str, Any]:
    """Return the error in an envelope, which must hold nothing else."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    envelope = response.json()
    assert envelope.keys() == {"callback", "contextWrites"}
    assert envelope["callback"] == "error"
    assert envelope["contextWrites"].keys() == {key}
    error: dict[str, Any] = envelope["contextWrites"][key]
    assert isinstance(error["status_code"], str)
    assert error["status_msg"]
    return error
