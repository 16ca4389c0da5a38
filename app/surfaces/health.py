"""Health checks: ``/healthz`` (alive) and ``/readyz`` (ready to serve). Neither ever calls Plivo."""

from fastapi import APIRouter


def create_health(*, sandbox: bool) -> APIRouter:
    """Return the routes of the health checks.

    Args:
        sandbox: what ``/readyz`` says about where requests go.
    """
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> dict[str, str | bool]:
        return {"status": "ready", "sandbox": sandbox}

    return router
