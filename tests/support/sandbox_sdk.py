"""The official SDK in front of the sandbox: a server over a real socket, and clients whose every host it is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import plivo
import pytest
import uvicorn
from plivo.rest.client import Client
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox import create_sandbox
from tests.support.sandbox_driver import AUTH, blocks


class Clock:
    """Real time, and what a test adds to it."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@contextmanager
def served(clock: Clock) -> Iterator[str]:
    """Serve a sandbox below ``/sandbox``; yield where, up to the version."""
    app = Starlette(routes=[Mount("/sandbox", app=create_sandbox(blocks(), clock=clock))])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/sandbox"
    server.should_exit = True
    thread.join()


def connect(url: str, monkeypatch: pytest.MonkeyPatch, auth: tuple[str, str] = AUTH) -> Client:
    """Return a client that takes the sandbox for every one of Plivo's hosts."""
    for name in ("PLIVO_API", "API_VOICE"):
        monkeypatch.setattr(f"plivo.rest.client.{name}_BASE_URI", f"{url}/v1/Account")
    for fallback in (1, 2):
        monkeypatch.setattr(f"plivo.rest.client.API_VOICE_BASE_URI_FALLBACK_{fallback}", f"{url}/v1/Account")
    monkeypatch.setattr("plivo.rest.client.CALLINSIGHTS_BASE_URL", url)
    monkeypatch.setattr("plivo.resources.lookup.LOOKUP_API_ENDPOINT", f"{url}/v1/Number")
    monkeypatch.setattr("plivo.rest.phlo_client.PHLO_API_BASE_URI", f"{url}/v1")
    return plivo.RestClient(*auth)


@dataclass
class Running:
    """A sandbox that is being served.

    Attributes:
        client: the SDK as the main account.
        clock: the sandbox's clock.
        url: where it is, up to the version.
    """

    client: Client
    clock: Clock
    url: str

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.ahead += seconds


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Serve a sandbox and connect the SDK to it."""
    clock = Clock()
    with served(clock) as url, connect(url, monkeypatch) as client:
        yield Running(client, clock, url)
