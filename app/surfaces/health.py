"""Health checks: ``/healthz`` (alive) and ``/readyz`` (ready to serve). Neither ever calls Plivo."""

from typing import Any

from fastapi import APIRouter

from app.idempotency import Store
from app.storage import StoreError


def create_health(store: Store, *, sandbox: bool) -> APIRouter:
    """Return the routes of the health checks.

    Args:
        store: looked at by ``/readyz``. The service is ready without it: only keyed requests need it.
        sandbox: what ``/readyz`` says about where requests go.
    """
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> dict[str, Any]:
        answer: dict[str, Any] = {"status": "ready", "sandbox": sandbox}
        try:
            warnings = await store.ping()
        except StoreError:
            return answer | {"store": "unavailable", "warnings": ["requests with an idempotencyKey are refused"]}
        return answer | {"store": "ok", "warnings": warnings}

    return router
