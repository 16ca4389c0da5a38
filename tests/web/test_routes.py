"""What answers GET need not answer HEAD: Starlette would add it."""

from collections.abc import Iterator

import pytest

from tests.support.in_process import App, error_in


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(store_url=f"sqlite:///{tmp_path_factory.mktemp('store')}/connector.db") as running:
        yield running


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/answer/token", {"GET", "POST"}),
        ("/events/subscription", {"GET", "POST"}),
        ("/api/Plivo/events/stream?subscription=it", {"GET"}),
    ],
)
def test_head_where_fetching_means_something(path: str, methods: set[str], app: App) -> None:
    assert app.get(path).status_code != 405
    response = app.request("HEAD", path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == methods


def test_a_method_that_nothing_answers(app: App) -> None:
    response = app.request("DELETE", "/answer/token")
    assert error_in(response)["status_code"] == "METHOD_NOT_ALLOWED"
