"""The composition root: what goes where, what is opened and closed, and what is not served."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from app.errors import ConfigurationError
from app.main import create_app
from app.plivo import HttpReply, HttpRequest
from app.settings import Settings
from tests.support.in_process import CALL, App, error_in
from tests.support.recorder import Recorder

SANDBOX = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
SECRET = "s3cret-of-the-inside"


class Road:
    """Notes when it is opened and closed."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def __aenter__(self) -> Self:
        self.steps.append("opened")
        return self

    async def __aexit__(
        self,
        *_: object,
    ) -> None:
        self.steps.append("closed")

    async def carry(self, request: HttpRequest) -> HttpReply:
        raise AssertionError(f"{request.method} was sent")


def test_the_way_to_plivo_is_open_as_long_as_the_service_runs() -> None:
    road = Road()
    app = create_app(Settings(_env_file=None, log_level="error", store_url="memory:"), transport=road)

    async def live() -> None:
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            road.steps.append(message["type"])

        await app({"type": "lifespan", "state": {}}, receive, send)

    asyncio.run(live())
    assert road.steps == ["opened", "lifespan.startup.complete", "closed", "lifespan.shutdown.complete"]


def test_requests_go_where_the_settings_say(recorder: Recorder) -> None:
    with App(None, plivo_api_url=f"{recorder.url}/prefix") as app:
        assert app.call("makeCall", **CALL).json()["callback"] == "success"
    assert recorder.only.path == "/prefix/v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/"


def test_the_sandbox_answers_in_plivos_place_and_at_its_own_path() -> None:
    """What is made through a block is there for who asks the sandbox as if it were Plivo."""
    with App(None, sandbox=True) as app:
        made = app.call("createApplication", **SANDBOX, appName="mine", answerUrl="https://example.com/a")
        assert made.json()["callback"] == "success", made.text
        app_id = made.json()["contextWrites"]["to"]["app_id"]
        direct = app.get(f"/sandbox/v1/Account/{SANDBOX['authId']}/Application/{app_id}/", auth=tuple(SANDBOX.values()))
        refused = app.call("makeCall", **{**CALL, "authToken": "wrong"})
    assert direct.json()["app_name"] == "mine"
    for response in (made, direct, refused):
        assert response.headers["x-plivo-sandbox"] == "true"
    error = error_in(refused)
    assert error["http_status"] == 401
    assert SANDBOX["authId"] in error["hint"]


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as running:
        yield running


def test_without_the_sandbox_nothing_is_at_its_path(app: App) -> None:
    response = app.get("/sandbox/v1/Account/x/")
    assert response.status_code == 404
    assert "x-plivo-sandbox" not in response.headers


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect", "/metrics", "/healthz/"])
def test_the_framework_serves_and_redirects_nothing_of_its_own(path: str, app: App) -> None:
    response = app.get(path)
    assert response.status_code == 404
    assert error_in(response)["status_code"] == "NOT_FOUND"


@pytest.mark.parametrize(("mode", "status"), [("200", 200), ("mirror", 500)])
def test_what_breaks_behind_the_framework_has_the_one_shape_too(
    mode: str, status: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Choices of a field are read through the framework, and call a list block."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(SECRET)

    with App(fail, error_status=mode, log_format="json") as app:
        response = app.request(
            "POST", "/api/Plivo/updateNumber/options/appId", json={"authId": "MAX", "authToken": "t0ken"}
        )
    assert response.status_code == status
    assert error_in(response) == {
        "status_code": "INTERNAL_PACKAGE_ERROR",
        "status_msg": "Something went wrong inside the package.",
        "request_id": response.headers["x-request-id"],
    }
    written = capfdbinary.readouterr().err.decode()
    assert "RuntimeError" in written
    assert SECRET not in written


def test_a_broken_manifest_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"package\.json"):
        create_app(Settings(_env_file=None), metadata=tmp_path)
