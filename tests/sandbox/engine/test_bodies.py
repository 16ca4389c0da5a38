"""Bodies that are no object, too large, or of a DELETE."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.sandbox_driver import AUTH, Driver, application


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"[" * 5000, b'{"a":' * 100 + b"1" + b"}" * 100])
def test_body_that_is_no_object(plivo: Driver, body: bytes) -> None:
    """A body that is not a JSON object is 400."""
    assert plivo.send("POST", "Application/", content=body).status_code == 400


def test_body_too_large(plivo: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond all measure is not read to its end."""
    monkeypatch.setattr("app.sandbox.engine.bodies.MAX_BODY", 10)
    assert plivo.send("POST", "Application/", content=b"{" + b" " * 20).status_code == 413


@pytest.mark.parametrize(("auth", "status"), [(AUTH, 413), (("MA000000000000000000", "x"), 401)])
def test_refused_body_is_read_to_its_end(plivo: Driver, auth: tuple[str, str], status: int) -> None:
    """A client that still sends hears why it is refused: its body is read and thrown away first."""
    sent = []

    async def parts() -> AsyncIterator[bytes]:
        for position in range(40):
            yield b"x" * 64 * 1024
            sent.append(position)

    assert (
        plivo.send("POST", "/v1/Account/MASANDBOX00000000000/Call/", content=parts(), auth=auth).status_code == status
    )
    assert len(sent) == 40


def test_client_that_goes_away(plivo: Driver) -> None:
    """A body that was cut is not taken for a whole one."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/v1/Account/{AUTH[0]}/Application/",
        "query_string": b"",
        "headers": [(b"authorization", b"Basic " + b64encode(":".join(AUTH).encode()))],
    }
    messages = iter(
        [{"type": "http.request", "body": b'{"app_name":"cut"}', "more_body": True}, {"type": "http.disconnect"}]
    )
    statuses = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    async def run() -> None:
        await plivo.app(scope, receive, send)

    asyncio.run(run())
    assert statuses[0] == 400
    assert plivo.get("Application/", app_name="cut")["objects"] == []


@pytest.mark.parametrize("body", [b'""', b"null", b"[]", b"{}", b" ", b'"x"'])
def test_delete_with_a_body_that_is_none(plivo: Driver, body: bytes) -> None:
    """What SDKs send with a DELETE that has nothing to say is no body: Plivo's for Node sends an empty text."""
    app_id = application(plivo)
    headers = {"Content-Type": "application/json"}
    response = plivo.send("DELETE", f"Application/{app_id}/", content=body, headers=headers)
    assert (response.status_code, response.headers["content-type"], response.content) == (204, "application/json", b"")


@pytest.mark.parametrize(("body", "status"), [(b'""', 201), (b"null", 201), (b"[]", 400), (b'"x"', 400)])
def test_post_with_a_body_that_is_none(plivo: Driver, body: bytes, status: int) -> None:
    """A POST that has nothing to say may say it so too; a list or a text is no body of a POST."""
    made = plivo.post("ComplianceApplication/", {"alias": "x"}, 201)["compliance_application_id"]
    headers = {"Content-Type": "application/json"}
    response = plivo.send("POST", f"ComplianceApplication/{made}/Submit/", content=body, headers=headers)
    assert response.status_code == status


def test_charset_of_a_form_is_not_looked_at(plivo: Driver) -> None:
    """A form is UTF-8 whatever it says of itself: other codecs may take quadratic time, or read another name."""
    boundary = "next"
    form = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="ä.png"\r\n\r\nx\r\n--{boundary}--'
    headers = {"Content-Type": f"multipart/form-data; charset=punycode; boundary={boundary}"}
    reply = plivo.send("POST", "Media/", content=form.encode(), headers=headers)
    assert reply.json()["objects"][0]["file_name"] == "ä.png"


def test_delete_reads_query_and_body(plivo: Driver) -> None:
    """A DELETE's parameters count wherever they are."""
    for options in ({"params": {"cascade": "false"}}, {"json": {"cascade": False}}):
        app_id = application(plivo)
        endpoint = plivo.post("Endpoint/", {"username": "u", "password": "secret", "alias": "a", "app_id": app_id})
        assert plivo.send("DELETE", f"Application/{app_id}/", **options).status_code == 204
        assert plivo.get(f"Endpoint/{endpoint['endpoint_id']}/")["application"] is None
