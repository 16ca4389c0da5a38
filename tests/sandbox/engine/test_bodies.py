"""Bodies that are no object, too large, or of a DELETE."""

import pytest

from tests.support.sandbox_driver import Driver, application


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"[" * 5000, b'{"a":' * 100 + b"1" + b"}" * 100])
def test_body_that_is_no_object(plivo: Driver, body: bytes) -> None:
    """A body that is not a JSON object is 400."""
    assert plivo.send("POST", "Application/", content=body).status_code == 400


def test_body_too_large(plivo: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond all measure is not read to its end."""
    monkeypatch.setattr("app.sandbox.engine.bodies.MAX_BODY", 10)
    assert plivo.send("POST", "Application/", content=b"{" + b" " * 20).status_code == 413


def test_delete_reads_query_and_body(plivo: Driver) -> None:
    """A DELETE's parameters count wherever they are."""
    for options in ({"params": {"cascade": "false"}}, {"json": {"cascade": False}}):
        app_id = application(plivo)
        endpoint = plivo.post("Endpoint/", {"username": "u", "password": "secret", "alias": "a", "app_id": app_id})
        assert plivo.send("DELETE", f"Application/{app_id}/", **options).status_code == 204
        assert plivo.get(f"Endpoint/{endpoint['endpoint_id']}/")["application"] is None
