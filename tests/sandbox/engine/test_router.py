"""Paths and methods that are known, and those that are not."""

from tests.support.sandbox_driver import Driver


def test_unknown_path_and_method(plivo: Driver) -> None:
    """An unknown path is 404, a known one with another method 405; both in Plivo's shape."""
    assert set(plivo.get("Nothing/", 404)) == {"api_id", "error"}
    response = plivo.send("PUT", "Application/")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    plivo.get("/", 404)


def test_trailing_slash_does_not_matter(plivo: Driver) -> None:
    """Paths work with and without the trailing slash."""
    assert plivo.get("Application")["objects"] == plivo.get("Application/")["objects"]
