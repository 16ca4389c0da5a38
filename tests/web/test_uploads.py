"""Files on their way to Plivo, from a multipart upload or a URL to the very bytes of the body that leaves."""

import json
import os
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.answers import Reply
from tests.support.multipart import Part, file, parts_of, text
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

CREDENTIALS = {"authId": AUTH_ID, "authToken": AUTH_TOKEN}
MOST = 20_000
PNG = b"\x89PNG\r\n\x1a\n\x00\xff--\r\n"
PDF = b"%PDF-1.7 \xe2\xe3"


@pytest.fixture(scope="module")
def self_hosted(shared_recorder: Recorder) -> Iterator[Service]:
    """The service of somebody whose files are in the own network, and small."""
    with Service(
        plivo_api_url=shared_recorder.url, fetch_private_addresses=True, max_upload_bytes=MOST, plivo_timeout=5
    ) as service:
        yield service


def upload(service: Service, block: str, files: list[Any], **fields: Any) -> dict[str, Any]:
    """Call a block with a form, as platforms send files, and return what stands under contextWrites."""
    answer = service.http.post(f"/api/Plivo/{block}", data={**CREDENTIALS, **fields}, files=files)
    content: dict[str, Any] = answer.json()["contextWrites"]["to"]
    return content


def url_of(recorder: Recorder, path: str = "/files/a.png") -> str:
    return f"{recorder.url}{path}"


def serving(content: bytes = PNG, media_type: str = "image/png") -> Reply:
    return Reply(content, headers={"Content-Type": media_type})


def test_media_from_an_upload(connector: Service, recorder: Recorder) -> None:
    """Every file is a part called ``file``, as the reference says; the bytes are not touched."""
    files = [("file", ("logo.png", PNG, "image/png")), ("file", ("menu.pdf", PDF, "application/pdf"))]
    assert upload(connector, "uploadMedia", files) == {"api_id": "recorded"}
    assert recorder.only.line == f"POST /v1/Account/{AUTH_ID}/Media/ HTTP/1.1".encode()
    assert parts_of(recorder.only) == [
        file("file", "logo.png", "image/png", PNG),
        file("file", "menu.pdf", "application/pdf", PDF),
    ]
    assert (
        recorder.only.header(
            "authorization",
        )
        == httpx.BasicAuth(AUTH_ID, AUTH_TOKEN)._auth_header
    )


def test_a_large_upload_arrives_as_it_was(connector: Service, recorder: Recorder) -> None:
    """It lies in a temporary file on its way; with a key its content is hashed, too."""
    content = os.urandom(3_000_000)
    files = [("file", ("large.bin", content, "application/octet-stream"))]
    key = uuid.uuid4().hex
    for _ in range(2):
        assert upload(connector, "uploadMedia", files, idempotencyKey=key) == {"api_id": "recorded"}
    assert parts_of(recorder.only) == [file("file", "large.bin", "application/octet-stream", content)]
    assert recorder.only.line == f"POST /v1/Account/{AUTH_ID}/Media/ HTTP/1.1".encode()
    error = upload(connector, "uploadMedia", [("file", ("large.bin", content[:-1], "x/y"))], idempotencyKey=key)
    assert error["status_code"] == "IDEMPOTENCY_CONFLICT"


def test_a_dry_run_tells_the_size_of_a_large_upload(connector: Service, recorder: Recorder) -> None:
    files = [("file", ("large.bin", bytes(3_000_000), "application/octet-stream"))]
    shown = upload(connector, "uploadMedia", files, dryRun="true")
    assert shown["request"]["parts"] == [
        {"name": "file", "value": "large.bin (application/octet-stream, 3000000 bytes)"}
    ]
    assert recorder.requests == []


@pytest.mark.parametrize("name", ["na\u00efve \U0001f600.png", "\u20ac.png"])
def test_a_file_name_in_the_extended_notation(connector: Service, recorder: Recorder, name: str) -> None:
    """As requests, axios and many others write names that are not ASCII."""
    body = (
        '--b\r\nContent-Disposition: form-data; name="file"; '
        f"filename=\"fallback\"; filename*=utf-8''{quote(name)}\r\nContent-Type: image/png\r\n\r\n"
    ).encode()
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in CREDENTIALS.items()
    )
    answer = connector.http.post(
        "/api/Plivo/uploadMedia",
        content=fields.encode() + body + PNG + b"\r\n--b--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.json()["callback"] == "success"
    assert parts_of(recorder.only) == [file("file", name, "image/png", PNG)]


def test_a_file_input_that_nobody_filled_is_missing(connector: Service, recorder: Recorder) -> None:
    error = upload(connector, "uploadMedia", [("file", ("", b"", "application/octet-stream"))])
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["file"])
    assert recorder.requests == []


def test_media_from_urls(self_hosted: Service, recorder: Recorder) -> None:
    """As a list, as JSON text, or one alone."""
    one = url_of(recorder)
    for given, number in ((one, 1), ([one, one], 2), (json.dumps([one, one, one]), 3)):
        recorder.reset()
        recorder.script(*[serving()] * number, Reply())
        assert self_hosted.call("uploadMedia", file=given)["callback"] == "success"
        *fetched, sent = recorder.requests
        assert [request.target for request in fetched] == ["/files/a.png"] * number
        assert parts_of(sent) == [file("file", "a.png", "image/png", PNG)] * number
        assert not any(request.header("authorization") for request in fetched)


def test_an_upload_and_a_url_together(self_hosted: Service, recorder: Recorder) -> None:
    recorder.script(serving(), Reply())
    files = [("file", ("own.pdf", PDF, "application/pdf")), ("file", (None, url_of(recorder)))]
    assert upload(self_hosted, "uploadMedia", files) == {"api_id": "recorded"}
    assert parts_of(recorder.requests[-1]) == [
        file("file", "own.pdf", "application/pdf", PDF),
        file("file", "a.png", "image/png", PNG),
    ]


DOCUMENT = {
    "endUserId": "1234",
    "documentTypeId": "5678",
    "alias": 'Büro & Co; name="x"\r\n--',
    "firstName": "",
    "addressLine1": "1 Main St",
}
DOCUMENT_TEXTS = [
    text("end_user_id", "1234"),
    text("document_type_id", "5678"),
    text("alias", 'Büro & Co; name="x"\r\n--'),
]


def by_name(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.headers["content-disposition"])


@pytest.mark.parametrize("as_url", [False, True])
def test_a_compliance_document(self_hosted: Service, recorder: Recorder, *, as_url: bool) -> None:
    """Texts are parts of their own without a file name; what was left empty is no part."""
    if as_url:
        recorder.script(serving(PDF, "application/pdf"), Reply())
        url = url_of(recorder, "/proof%20of%20address.pdf?signature=x")
        assert self_hosted.call("createComplianceDocument", file=url, **DOCUMENT)["callback"] == "success"
    else:
        files = [("file", ("proof of address.pdf", PDF, "application/pdf"))]
        assert upload(self_hosted, "createComplianceDocument", files, **DOCUMENT) == {"api_id": "recorded"}
    request = recorder.requests[-1]
    assert request.path == f"/v1/Account/{AUTH_ID}/ComplianceDocument/"
    assert by_name(parts_of(request)) == by_name(
        [
            *DOCUMENT_TEXTS,
            text("address_line_1", "1 Main St"),
            file("file", "proof of address.pdf", "application/pdf", PDF),
        ]
    )


def test_without_a_file_the_body_is_multipart_all_the_same(connector: Service, recorder: Recorder) -> None:
    assert connector.call("createComplianceDocument", endUserId="1234", alias="x")["callback"] == "success"
    assert by_name(parts_of(recorder.only)) == [text("alias", "x"), text("end_user_id", "1234")]


COMPLIANCE = {
    "country_iso": "IN",
    "number_type": "local",
    "alias": "Büro",
    "end_user": {"type": "business", "name": "Example"},
    "documents": [{"document_type_id": "d-1", "data_fields": {"a": "b"}}, {"document_type_id": "d-2"}],
}


@pytest.mark.parametrize(
    ("block", "path", "fields"),
    [
        ("createNumberCompliance", "POST /v1/Account/{}/PhoneNumber/Compliance/", {}),
        ("updateNumberCompliance", "PATCH /v1/Account/{}/PhoneNumber/Compliance/c-1/", {"complianceId": "c-1"}),
    ],
)
@pytest.mark.parametrize("as_url", [False, True])
def test_a_number_compliance(
    self_hosted: Service, recorder: Recorder, block: str, path: str, fields: dict[str, str], *, as_url: bool
) -> None:
    """One part holds the data as JSON, each document is a part counted from 0 in their order."""
    asked = {**fields, "data": json.dumps(COMPLIANCE)}
    if as_url:
        recorder.script(serving(), serving(PDF, "application/pdf"), Reply())
        urls = [url_of(recorder, "/one.png"), url_of(recorder, "/two.pdf")]
        assert self_hosted.call(block, documents=urls, **asked)["callback"] == "success"
    else:
        files = [("documents", ("one.png", PNG, "image/png")), ("documents", ("two.pdf", PDF, "application/pdf"))]
        assert upload(self_hosted, block, files, **asked) == {"api_id": "recorded"}
    request = recorder.requests[-1]
    assert request.line.decode() == f"{path.format(AUTH_ID)} HTTP/1.1"
    data, *documents = parts_of(request)
    assert data.headers == {"content-disposition": 'form-data; name="data"'}
    assert json.loads(data.content) == COMPLIANCE
    assert documents == [
        file("documents[0].file", "one.png", "image/png", PNG),
        file("documents[1].file", "two.pdf", "application/pdf", PDF),
    ]


def test_a_boolean_travels_as_text(connector: Service, recorder: Recorder) -> None:
    entry = connector.http.get("/api/Plivo/createAddress").json()
    connector.post("createAddress", {**entry["example"]["request"], **CREDENTIALS, "autoCorrectAddress": True})
    assert text("auto_correct_address", "true") in parts_of(recorder.only)


def test_additional_fields_are_parts(connector: Service, recorder: Recorder) -> None:
    connector.call(
        "createComplianceDocument", additionalFields={"new_field": "ü", "count": 3, "on": False, "deep": {"a": 1}}
    )
    assert parts_of(recorder.only) == [
        text("new_field", "ü"),
        text("count", "3"),
        text("on", "false"),
        text("deep", '{"a":1}'),
    ]


def test_half_a_character_does_not_break_the_body(connector: Service, recorder: Recorder) -> None:
    """JSON can hold it, a multipart body cannot."""
    body = {**CREDENTIALS, "alias": "\ud83d", "additionalFields": {"half\ude00": "\ude00"}}
    answer = connector.http.post("/api/Plivo/createComplianceDocument", content=json.dumps(body).encode())
    assert answer.json()["callback"] == "success"
    assert parts_of(recorder.only) == [text("alias", "?"), text("half?", "?")]


@pytest.mark.parametrize(
    ("given", "sent"),
    [('a"b.png', "a%22b.png"), ("ü .png", "ü .png"), ("a\\b.png", None), ("dir/a.png", "dir/a.png")],
)
def test_file_names_stay_inside_their_quotes(
    connector: Service, recorder: Recorder, given: str, sent: str | None
) -> None:
    upload(connector, "uploadMedia", [("file", (given, PNG, "image/png"))])
    (part,) = parts_of(recorder.only)
    name = part.headers["content-disposition"].removeprefix('form-data; name="file"; filename="').removesuffix('"')
    assert '"' not in name
    assert sent is None or name == sent


def test_a_boundary_in_the_file_does_not_end_it(connector: Service, recorder: Recorder) -> None:
    content = b'--x\r\nContent-Disposition: form-data; name="auth"\r\n\r\n--x--\r\n' * 50
    upload(connector, "uploadMedia", [("file", ("a.txt", content, "text/plain"))])
    assert [part.content for part in parts_of(recorder.only)] == [content]


def test_an_upload_that_is_too_large(self_hosted: Service, recorder: Recorder) -> None:
    """Refused with its own status before anything is sent."""
    files = [("file", ("a.png", bytes(MOST + 1), "image/png"))]
    answer = self_hosted.http.post("/api/Plivo/uploadMedia", data=CREDENTIALS, files=files)
    assert answer.status_code == 413
    assert answer.json()["contextWrites"]["to"]["status_code"] == "PAYLOAD_TOO_LARGE"
    assert recorder.requests == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_at_a_url_that_is_too_large(self_hosted: Service, recorder: Recorder, *, chunked: bool) -> None:
    recorder.script(Reply(bytes(MOST + 1), chunked=chunked))
    error = self_hosted.fail("uploadMedia", file=url_of(recorder))
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["file"])
    assert f"{MOST} bytes" in error["errors"]["file"]
    assert [request.method for request in recorder.requests] == ["GET"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/a.png", "http://localhost:{}/a", "http://0x7f.1:{}/", "http://[::ffff:127.0.0.1]:{}/"]
)
@pytest.mark.parametrize("block", ["uploadMedia", "createComplianceDocument"])
def test_private_addresses_are_closed_unless_opened(
    connector: Service, recorder: Recorder, block: str, url: str
) -> None:
    """The service as it comes; nothing arrives there, neither of the file nor of Plivo's request."""
    error = connector.fail(block, file=url.format(recorder.port))
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["errors"] == {"file": "does not point to a public address"}
    assert recorder.requests == []


@pytest.mark.parametrize(
    "given", ["ftp://example.com/a", "file:///etc/passwd", "data:image/png,x", "/etc/passwd", "example.com/a", "x", 5]
)
def test_what_is_neither_a_file_nor_a_url(connector: Service, recorder: Recorder, given: object) -> None:
    error = connector.fail("createComplianceDocument", file=given)
    assert error["fields"] == ["file"]
    assert recorder.requests == []


def test_a_file_that_is_not_there(self_hosted: Service, recorder: Recorder) -> None:
    recorder.script(Reply(b"gone", status=404))
    error = self_hosted.fail("createComplianceDocument", file=url_of(recorder))
    assert error["errors"] == {"file": "could not be fetched: its server answered 404"}
    assert len(recorder.requests) == 1


def test_all_other_problems_are_told_before_a_file_is_fetched(self_hosted: Service, recorder: Recorder) -> None:
    error = self_hosted.fail("uploadMedia", file=url_of(recorder), fille="x")
    assert error["fields"] == ["fille"]
    assert recorder.requests == []


def test_an_uploaded_file_for_a_text_field_is_refused(connector: Service, recorder: Recorder) -> None:
    error = upload(connector, "createComplianceDocument", [("alias", ("a.txt", b"x", "text/plain"))])
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["fields"] == ["alias"]
    assert recorder.requests == []
