"""The client to Plivo over the real transport, as tests of single requests use it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from app.datatypes.credentials import Credentials
from app.errors import UpstreamError
from app.plivo import UpstreamRequest
from app.plivo.client import COMMON_HEADERS, Plivo
from app.plivo.network import Network
from tests.support.patience import PATIENCE

CREDENTIALS = Credentials("MAXXXXXXXXXXXXXXXXXX", "token")
METHODS = ("GET", "POST", "PATCH", "DELETE")
PATH = "/v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/"


async def no_wait(_: float) -> None:
    """Stand in for the pause between two tries."""


@asynccontextmanager
async def plivo_at(
    url: str | None,
    *,
    timeout: float = PATIENCE,  # noqa: ASYNC109  # Plivo's own setting of this name
    retries: int = 2,
    sleep: Callable[[float], Awaitable[None]] = no_wait,
    **transport: Any,
) -> AsyncIterator[Plivo]:
    """Open a client whose Plivo is at a URL (None: Plivo's own hosts); options of the transport by name."""
    options = {"headers": COMMON_HEADERS, "connect_timeout": 5.0, "max_connections": 10, "proxy": None, **transport}
    async with Network(**options) as network:
        yield Plivo(network, api_url=url, timeout=timeout, retries=retries, sleep=sleep)


def request(method: str, path: str = PATH, query: str = "", host: str = "api.plivo.com") -> UpstreamRequest:
    """Return a request as blocks of this method make them."""
    return UpstreamRequest(
        method=method, host=host, path=path, query=query, json=None if method == "GET" else {"answer_url": "x"}
    )


async def failure(plivo: Plivo, method: str) -> UpstreamError:
    """Send a request that must fail and return why."""
    try:
        reply = await plivo.send(request(method), CREDENTIALS)
    except UpstreamError as error:
        return error
    raise AssertionError(f"{method} succeeded: {reply}")


def told(error: UpstreamError) -> tuple[str, bool, int]:
    """Return an error's code, whether it may be sent again, and the status that mirrors it."""
    return error.code, bool(error.details["retryable"]), error.status
