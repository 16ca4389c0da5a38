"""Health checks: ``/healthz`` (alive) and ``/readyz`` (ready to serve). Neither ever calls Plivo."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app.storage import StoreError


def create_health(check_store: Callable[[], Awaitable[list[str]]], *, sandbox: bool) -> APIRouter:
    """Return the routes of the health checks.

    Args:
        check_store: looks at the store, for ``/readyz``. The service is ready without it: only keyed requests need it.
        sandbox: what ``/readyz`` says about where requests go.
    """
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "alive"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> JSONResponse:
        answer: dict[str, Any] = {"status": "ready", "sandbox": sandbox}
        try:
            warnings = await check_store()
        except StoreError:
            told = "the store does not work (the log says why): requests with an idempotencyKey are refused"
            return JSONResponse(answer | {"store": "unavailable", "warnings": [told]})
        return JSONResponse(answer | {"store": "ok", "warnings": warnings})

    return router
