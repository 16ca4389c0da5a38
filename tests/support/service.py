"""The real service in a thread, called over plain HTTP like any platform calls it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, cast

import httpx
import uvicorn

from app.main import create_app
from app.settings import Settings
from app.storage import IN_MEMORY
from app.web.server import server_config
from tests.support.patience import PATIENCE
from tests.support.virtual_time import ClockAhead

AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
AUTH_TOKEN = "to:ken/+="
"""Holds what Basic auth and URLs could trip over."""


class Service:
    """The connector under uvicorn on a port of its own. Use it as a context manager.

    Args:
        settings: keyword arguments of Settings; what is not given has its default, whatever ``.env`` says, except
            that outcomes are kept in memory: no run of the tests meets what an earlier one left.
    """

    def __init__(self, **settings: Any) -> None:
        given = {"sandbox": False, "log_level": "error", "store_url": IN_MEMORY, **settings}
        read = Settings(_env_file=None, **given)
        config = server_config(create_app(read), read)
        config.port = 0
        self._server = uvicorn.Server(config)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        waited = threading.Event()
        while not self._server.started:
            assert self._thread.is_alive(), "the service did not start"
            waited.wait(0.01)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let it do nothing meanwhile, so that it finds together whatever is sent."""
        is_held, is_over = threading.Event(), threading.Event()

        def hold() -> None:
            is_held.set()
            is_over.wait(PATIENCE)

        self._server.servers[0].get_loop().call_soon_threadsafe(hold)
        assert is_held.wait(PATIENCE)
        try:
            yield
        finally:
            is_over.set()

    def post(self, block: str, args: dict[str, Any]) -> httpx.Response:
        """Call a block with exactly these args."""
        # Escaped, since args may hold what UTF-8 cannot say.
        body = json.dumps({"args": args})
        return self.http.post(f"/api/Plivo/{block}", content=body, headers={"Content-Type": "application/json"})

    def call(self, block: str, **args: Any) -> dict[str, Any]:
        """Call a block with the credentials added and return the envelope."""
        response = self.post(block, {"authId": AUTH_ID, "authToken": AUTH_TOKEN, **args})
        envelope: dict[str, Any] = response.json()
        return envelope

    def fail(self, block: str, **args: Any) -> dict[str, Any]:
        """Call a block that must fail and return the error."""
        envelope = self.call(block, **args)
        assert envelope["callback"] == "error", envelope
        error: dict[str, Any] = envelope["contextWrites"]["to"]
        return error


class ServiceWithClock(Service):
    """A service whose clock can be moved; it has Python's own event loop for that."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._server.config.loop = f"{ClockAhead.__module__}:{ClockAhead.__name__}"

    def let_pass(self, seconds: float) -> None:
        """Move the clock: whoever waits for a time has waited so much longer."""
        loop = cast("ClockAhead", self._server.servers[0].get_loop())

        def move() -> None:
            loop.ahead += seconds

        loop.call_soon_threadsafe(move)
