"""Health checks: ``/healthz`` (alive) and ``/readyz`` (ready to serve). Neither ever calls Plivo."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.storage import StoreError
from app.web.routes import route


def create_health(check_store: Callable[[], Awaitable[list[str]]], *, sandbox: bool) -> list[Route]:
    """Return the routes of the health checks.

    Args:
        check_store: looks at the store, for ``/readyz``. The service is ready without it: only keyed requests need it.
        sandbox: what ``/readyz`` says about where requests go.
    """

    async def alive(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def ready(_: Request) -> JSONResponse:
        answer: dict[str, Any] = {"status": "ready", "sandbox": sandbox}
        try:
            warnings = await check_store()
        except StoreError:
            told = "the store does not work (the log says why): requests with an idempotencyKey are refused"
            return JSONResponse(answer | {"store": "unavailable", "warnings": [told]})
        return JSONResponse(answer | {"store": "ok", "warnings": warnings})

    return [route("/healthz", ["GET", "HEAD"], alive), route("/readyz", ["GET", "HEAD"], ready)]
