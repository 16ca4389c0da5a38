"""Health checks: they look at the connector alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.in_process import App, error_in


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(store_url=f"sqlite:///{tmp_path_factory.mktemp('store')}/connector.db") as running:
        yield running


def test_alive(app: App) -> None:
    response = app.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_ready(app: App) -> None:
    response = app.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "sandbox": False, "store": "ok", "warnings": []}
    assert "x-plivo-sandbox" not in response.headers


def test_neither_asks_plivo(app: App) -> None:
    app.get("/healthz")
    app.get("/readyz")
    assert app.sent == []


def test_ready_without_its_store(tmp_path: Path) -> None:
    """Requests without a key work all the same, so no balancer shall take the service out."""
    (tmp_path / "file").write_text("no directory")
    with App(store_url=f"sqlite:///{tmp_path}/file/connector.db") as app:
        response = app.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"
    assert response.json()["store"] == "unavailable"
    assert response.json()["warnings"]


def test_the_sandbox_is_told(tmp_path: Path) -> None:
    with App(None, sandbox=True, store_url=f"sqlite:///{tmp_path}/connector.db") as app:
        response = app.get("/readyz")
    assert response.json()["sandbox"] is True
    assert response.headers["x-plivo-sandbox"] == "true"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_and_other_methods(path: str, app: App) -> None:
    assert app.request("HEAD", path).status_code == 200
    response = app.request("POST", path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert error_in(response)["status_code"] == "METHOD_NOT_ALLOWED"
