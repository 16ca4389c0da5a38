"""The OpenAPI document: valid, complete, true to what the service answers, and cheap to ask for again."""

import gzip
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import __version__
from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.manifest.schema import request_schema
from tests.support.in_process import CALL, App, error_in

MANIFEST = load_manifest(METADATA)
BLOCKS: Mapping[str, Block] = MANIFEST.blocks
GROUPS = sorted({block.group for block in BLOCKS.values()})
SANDBOX = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App(None, sandbox=True) as running:
        yield running


@pytest.fixture(scope="module")
def document(app: App) -> dict[str, Any]:
    content: dict[str, Any] = app.get("/openapi.json").json()
    return content


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each block's name and operation; every path has one, a POST."""
    for path, item in document["paths"].items():
        assert item.keys() == {"post"}
        yield path.removeprefix("/api/Plivo/"), item["post"]


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Return a validator of a schema that stands in the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def reply_validator(document: dict[str, Any], operation: dict[str, Any], status: str = "200") -> Draft202012Validator:
    content = operation["responses"][status]["content"]
    assert content.keys() == {"application/json"}
    return validator(document, content["application/json"]["schema"])


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
    assert (document["info"]["title"], document["info"]["version"]) == ("Plivo connector", __version__)
    assert document["servers"] == [{"url": "/"}]


def test_every_block_has_one_path(document: dict[str, Any]) -> None:
    assert document["paths"].keys() == {f"/api/Plivo/{name}" for name in BLOCKS}
    for name, operation in operations(document):
        block = BLOCKS[name]
        assert operation["operationId"] == name
        assert operation["tags"] == [block.group]
        assert operation["description"] == block.description
        assert 0 < len(operation["summary"]) <= len(block.description)
        assert operation["deprecated"] is block.deprecated
    assert [tag["name"] for tag in document["tags"]] == GROUPS


def test_requests_are_those_of_the_blocks(document: dict[str, Any]) -> None:
    """A block that takes files takes them as multipart as well."""
    for name, operation in operations(document):
        body = operation["requestBody"]
        assert body["required"] is True
        takes_files = any(arg.type == "File" for arg in BLOCKS[name].args)
        assert body["content"].keys() == {"application/json"} | ({"multipart/form-data"} if takes_files else set())
        assert all(content["schema"] == request_schema(BLOCKS[name]) for content in body["content"].values())


def test_every_example_in_the_document_fits_its_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        request = operation["requestBody"]["content"]["application/json"]
        validator(document, request["schema"]).validate(request["example"])
        reply = operation["responses"]["200"]["content"]["application/json"]
        reply_validator(document, operation).validate(reply["example"])
        assert reply["example"] == {"callback": "success", "contextWrites": {"to": BLOCKS[name].example}}


def test_a_success_and_a_failure_are_told_apart(document: dict[str, Any]) -> None:
    for _, operation in operations(document):
        fits = reply_validator(document, operation)
        assert fits.is_valid({"callback": "error", "contextWrites": {"to": {"status_code": "X", "status_msg": "x"}}})
        assert fits.is_valid({"callback": "success", "contextWrites": {"renamed": {}}})
        for wrong in (
            {},
            {"callback": "maybe", "contextWrites": {"to": {}}},
            {"callback": "success"},
            {"callback": "success", "contextWrites": {"to": "text"}},
            {"callback": "error", "contextWrites": {"to": {}}},
            {"callback": "error", "contextWrites": {"renamed": {"status_code": "X"}}},
        ):
            assert not fits.is_valid(wrong)


def answering(status: int, content: bytes = b"{}", **headers: str) -> Any:
    return lambda _: httpx.Response(status, content=content, headers=headers)


def losing(error: type[httpx.TransportError]) -> Any:
    def lose(_: httpx.Request) -> httpx.Response:
        raise error("lost")

    return lose


def test_what_the_service_answers_is_what_the_document_says(document: dict[str, Any]) -> None:
    """Every kind of failure, and successes of every kind."""
    operation = document["paths"]["/api/Plivo/makeCall"]["post"]
    cases: list[tuple[Any, dict[str, Any], str | None]] = [
        (answering(201, b'{"api_id":"a","message":"call fired","request_uuid":["1"]}'), {"dryRun": True}, None),
        (answering(201, b'{"api_id":null,"new":1}'), {}, None),
        (answering(204, b""), {"to": "other"}, None),
        (answering(200), {"callTo": ""}, "REQUIRED_FIELDS"),
        (answering(200), {"callTo": "", "timeLimit": "x"}, "REQUIRED_FIELDS"),
        (answering(200), {"timeLimit": "x", "unknown": 1}, "INVALID_FIELDS"),
        (answering(400, b'{"api_id":"a","error":{"from":["bad"]}}'), {}, "API_ERROR"),
        (answering(429, b"slow down", **{"Retry-After": "7"}), {}, "API_ERROR"),
        (answering(200, b"<html>"), {}, "API_BAD_REPLY"),
        (losing(httpx.ConnectError), {}, "API_UNREACHABLE"),
        (losing(httpx.RemoteProtocolError), {"to": "other"}, "API_DISCONNECTED"),
    ]
    with App() as app:
        for account, (plivo, args, code) in enumerate(cases):
            app.plivo = plivo
            # An account of its own each time: one that was told to slow down waits.
            answer = app.call("makeCall", **{**CALL, "authId": f"MA{account}", **args}).json()
            reply_validator(document, operation).validate(answer)
            (content,) = answer["contextWrites"].values()
            assert content.get("status_code") == code
        for path, body in (("makeCal", b"{}"), ("makeCall", b" " * (1024 * 1024 + 1))):
            answer = app.post(path, body).json()
            reply_validator(document, operation, "default").validate(answer)


def test_a_walked_list_is_what_the_document_says(app: App, document: dict[str, Any]) -> None:
    for name in ("getApplications", "getLiveCalls", "getMaskingSessions", "getMultiPartyCalls", "getProfiles"):
        answer = app.call(name, **SANDBOX, returnAll=True).json()
        assert answer["callback"] == "success"
        reply_validator(document, document["paths"][f"/api/Plivo/{name}"]["post"]).validate(answer)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_its_part_of_the_document(app: App, document: dict[str, Any], group: str) -> None:
    part = app.get("/openapi.json", params={"group": group}).json()
    names = {f"/api/Plivo/{block.name}" for block in BLOCKS.values() if block.group == group}
    assert part["paths"] == {path: item for path, item in document["paths"].items() if path in names}
    assert part["tags"] == [{"name": group}]
    assert {key: part[key] for key in ("openapi", "info", "servers", "components")} == {
        key: document[key] for key in ("openapi", "info", "servers", "components")
    }
    assert app.get("/openapi.json", params={"group": group.upper()}).json() == part


@pytest.mark.parametrize("group", [GROUPS[0], "10DLC"])
def test_a_part_is_valid_on_its_own(app: App, group: str) -> None:
    OpenAPIV31SpecValidator(app.get("/openapi.json", params={"group": group}).json()).validate()


@pytest.mark.parametrize("group", ["", "nothing", "Messages,Calls", "\ud83d"])
def test_a_group_that_is_not_there(app: App, group: str) -> None:
    answer = app.get("/openapi.json", params={"group": group.encode(errors="surrogatepass")})
    assert answer.status_code == 404
    error = error_in(answer)
    assert error["status_code"] == "NOT_FOUND"
    assert all(known in error["status_msg"] for known in GROUPS)


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.json?group=Messages"])
def test_who_has_it_is_told_so(app: App, path: str) -> None:
    whole = app.get(path)
    etag = whole.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = app.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert app.get(path, headers={"If-None-Match": '"other"'}).content == whole.content
    assert app.request("HEAD", path).headers["etag"] == etag
    assert app.get("/api/Plivo").headers["etag"] != etag


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5, *;q=0", True),
        ("deflate,gzip", True),
        ("gzip;q=1.0", True),
        ("gzip; q=0.001", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, identity", False),
        ("br;q=1.0, gzip;q=0.000", False),
        ("not-gzip", False),
        ("x-gzip-like", False),
    ],
)
def test_it_is_compressed_for_whom_takes_it(app: App, accepted: str, *, packed: bool) -> None:
    async def raw() -> tuple[httpx.Headers, bytes]:
        transport = httpx.ASGITransport(app.asgi)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
            client.stream("GET", "/openapi.json", headers={"Accept-Encoding": accepted}) as answer,
        ):
            return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])

    headers, body = app.run(raw())
    plain = app.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert headers["content-type"] == "application/json"
    assert headers["vary"].lower() == "accept-encoding"
    assert headers.get("content-encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body) == plain.content
    assert len(body) < len(plain.content) / 5 if packed else True
    assert (headers["etag"] != plain.headers["etag"]) is packed


def test_the_framework_serves_no_document_of_its_own(app: App) -> None:
    for path in ("/docs", "/redoc", "/openapi"):
        assert error_in(app.get(path))["status_code"] == "NOT_FOUND"
