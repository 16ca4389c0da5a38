"""The OpenAPI document: valid, complete, true to what the service answers, and cheap to ask for again.

What other people's tools make of it is tested in ``tests/exports``.
"""

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


SERVICE = {
    "/api/Plivo/{block}/bulk": "post",
    "/api/Plivo/{block}/options/{arg}": "post",
    "/api/Plivo": "get",
    "/api/Plivo/{block}": "get",
    "/healthz": "get",
    "/readyz": "get",
}
"""Paths that are no blocks, and their method."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each block's name and operation; every path has one, a POST."""
    for path, item in document["paths"].items():
        if path not in SERVICE:
            assert item.keys() == {"post"}
            yield path.removeprefix("/api/Plivo/"), item["post"]


def nodes(value: object, *path: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every object in a document, with where it stands."""
    if isinstance(value, dict):
        yield path, value
        for name, child in value.items():
            yield from nodes(child, *path, name)
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from nodes(child, *path, str(position))


def schemas(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every schema in a document that names a type: what examples hold is data."""
    for path, node in nodes(document):
        if not {"example", "examples", "securitySchemes"} & set(path) and isinstance(node.get("type"), str | list):
            yield path, node


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


def test_every_block_has_one_path(document: dict[str, Any]) -> None:
    assert document["paths"].keys() == {f"/api/Plivo/{name}" for name in BLOCKS} | SERVICE.keys()
    for name, operation in operations(document):
        block = BLOCKS[name]
        assert operation["operationId"] == name
        assert operation["tags"] in ([block.group], [f"Plivo {block.group}"])
        assert operation["description"] == block.description
        assert operation["summary"] == block.title
        assert operation["deprecated"] is block.deprecated
        assert operation["x-read-only"] is block.is_read_only
        assert operation["x-costs"] is block.costs
        assert operation["x-destructive"] is block.is_destructive
    assert {(name, BLOCKS[name].is_read_only, BLOCKS[name].costs) for name in ("getMessages", "sendMessage")} == {
        ("getMessages", True, False),
        ("sendMessage", False, True),
    }


def test_the_other_paths_of_the_service_are_there(document: dict[str, Any]) -> None:
    assert {path: [*document["paths"][path]] for path in SERVICE} == {path: [way] for path, way in SERVICE.items()}


def test_names_are_short_and_of_one_thing_each(document: dict[str, Any]) -> None:
    """A summary becomes a menu entry or the name of a file, an operationId a function, a tag a module."""
    all_operations = [operation for item in document["paths"].values() for operation in item.values()]
    for key in ("operationId", "summary"):
        named = [operation[key] for operation in all_operations]
        assert len({name.lower() for name in named}) == len(named)
        assert all(0 < len(name) <= 40 and name[0].isalpha() for name in named)
    used = {tag for operation in all_operations for tag in operation["tags"]}
    listed = [tag["name"] for tag in document["tags"]]
    assert set(listed) == used
    assert len(listed) == len(used)
    assert all(name[0].isalpha() for name in listed)


def test_requests_are_those_of_the_blocks(document: dict[str, Any]) -> None:
    """A block that takes files takes them as multipart as well."""
    for name, operation in operations(document):
        body = operation["requestBody"]
        assert body["required"] is True
        block = BLOCKS[name]
        takes_files = any(arg.type == "File" for arg in block.args)
        assert body["content"].keys() == {"application/json"} | ({"multipart/form-data"} if takes_files else set())
        for media_type, content in body["content"].items():
            expected = request_schema(block, uploads=media_type == "multipart/form-data")
            assert content["schema"]["properties"].keys() == expected["properties"].keys()
            assert content["schema"].get("required") == expected.get("required")


def test_a_file_is_bytes_in_a_form_and_an_address_in_json(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/Plivo/uploadMedia"]["post"]["requestBody"]["content"]
    as_json, as_form = (
        content[media_type]["schema"]["properties"]["file"]
        for media_type in ("application/json", "multipart/form-data")
    )
    assert (as_json["type"], as_json["items"]) == ("array", {"type": "string", "format": "uri"})
    assert (as_form["type"], as_form["items"]) == ("array", {"type": "string", "format": "binary"})


def test_types_are_what_every_tool_reads(document: dict[str, Any]) -> None:
    """No lists of types; an array says what is in it; nothing has a default that a client would send."""
    found = list(schemas(document))
    assert len(found) > 5000
    for path, schema in found:
        assert isinstance(schema["type"], str), path
        assert schema["type"] != "array" or "items" in schema, path
        assert "default" not in schema, path


def test_credentials_are_asked_for_as_basic(document: dict[str, Any]) -> None:
    """They are also fields, which nothing requires."""
    scheme = document["components"]["securitySchemes"]["Basic"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "basic")
    assert document["security"] == [{"Basic": []}]
    for _, operation in operations(document):
        assert "security" not in operation
        content = operation["requestBody"]["content"]["application/json"]
        assert {"authId", "authToken"} <= content["schema"]["properties"].keys()
        assert not {"authId", "authToken"} & {*content["schema"].get("required", ()), *content["example"]}
    asking_nobody = {path for path in SERVICE if document["paths"][path][SERVICE[path]].get("security") == []}
    assert asking_nobody == {"/api/Plivo", "/api/Plivo/{block}", "/healthz", "/readyz"}


def test_writes_take_the_header_of_the_key(document: dict[str, Any]) -> None:
    reference = {"$ref": "#/components/parameters/IdempotencyKey"}
    for name, operation in operations(document):
        assert operation.get("parameters", []) == ([] if BLOCKS[name].is_read_only else [reference])
    assert reference in document["paths"]["/api/Plivo/{block}/bulk"]["post"]["parameters"]
    parameter = document["components"]["parameters"]["IdempotencyKey"]
    assert (parameter["name"], parameter["in"], parameter.get("required", False)) == (
        "Idempotency-Key",
        "header",
        False,
    )


def test_every_example_in_the_document_fits_its_schema(document: dict[str, Any]) -> None:
    whole = 0
    for name, operation in operations(document):
        request = operation["requestBody"]["content"]["application/json"]
        validator(document, request["schema"]).validate(request["example"])
        for schema in request["schema"]["properties"].values():
            for example in schema.get("examples", ()):
                validator(document, schema).validate(example)
        reply = operation["responses"]["200"]["content"]["application/json"]
        reply_validator(document, operation).validate(reply["example"])
        assert reply["example"].keys() == {"callback", "contextWrites"}
        assert reply["example"]["contextWrites"]["to"].keys() == BLOCKS[name].example.keys()
        whole += reply["example"]["contextWrites"]["to"] == BLOCKS[name].example
    assert whole >= len(BLOCKS) - 2


def test_no_example_looks_like_a_schema(document: dict[str, Any]) -> None:
    """Spectral takes an ``example`` beside a ``type`` for one, wherever it stands."""
    for path, node in nodes(document):
        if {"example", "examples"} & set(path):
            assert not {"type", "example"} <= node.keys(), path


def test_the_examples_are_accepted(app: App, document: dict[str, Any]) -> None:
    """As they stand, with Basic auth; what Plivo says to them is its affair, here the sandbox's.

    Left out: files, which would be fetched, and blocks that are answered here, of what nobody made before.
    """
    auth = (SANDBOX["authId"], SANDBOX["authToken"])
    for name, operation in operations(document):
        block = BLOCKS[name]
        if block.local or any(arg.type == "File" for arg in block.args):
            continue
        example = operation["requestBody"]["content"]["application/json"]["example"]
        if not block.is_read_only:
            example = {**example, "dryRun": True}
        answer = app.request("POST", f"/api/Plivo/{name}", json=example, auth=auth).json()
        assert answer["contextWrites"]["to"].get("status_code") in (None, "API_ERROR"), (name, answer)


@pytest.mark.parametrize(
    ("settings", "server"),
    [
        ({}, "/"),
        ({"sandbox": True, "port": 8081}, "http://127.0.0.1:8081"),
        ({"public_url": "https://connector.example.com"}, "https://connector.example.com"),
        ({"public_url": "https://example.com/plivo/"}, "https://example.com/plivo"),
    ],
)
def test_the_server_is_the_public_url(settings: dict[str, Any], server: str) -> None:
    with App(**settings) as app:
        for path in ("/openapi.json", "/openapi.json?blocks=sendMessage"):
            assert app.get(path).json()["servers"] == [{"url": server}]


def test_what_the_service_itself_answers_is_what_the_document_says(app: App, document: dict[str, Any]) -> None:
    auth = (SANDBOX["authId"], SANDBOX["authToken"])

    def check(path: str, answer: httpx.Response) -> dict[str, Any]:
        reply_validator(document, document["paths"][path][SERVICE[path]]).validate(answer.json())
        content: dict[str, Any] = answer.json()
        return content

    def post(path: str, body: dict[str, Any]) -> httpx.Response:
        return app.request("POST", path, json=body, auth=auth)

    bulk, options = "/api/Plivo/{block}/bulk", "/api/Plivo/{block}/options/{arg}"
    for path in (bulk, options):
        item = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        validator(document, item["schema"]).validate(item["example"])
    example = document["paths"][bulk]["post"]["requestBody"]["content"]["application/json"]["example"]
    ran = check(bulk, post("/api/Plivo/sendMessage/bulk", example))
    assert ran["contextWrites"]["to"]["succeeded"] == 1
    assert check(bulk, post("/api/Plivo/sendMessage/bulk", {"items": []}))["callback"] == "error"
    assert check(options, post("/api/Plivo/makeCall/options/answerMethod", {"limit": 1}))["callback"] == "success"
    for name, block in BLOCKS.items():
        for arg in block.args:
            if arg.options_from is not None and not any(
                needed.required for needed in BLOCKS[arg.options_from.block].args
            ):
                check(options, post(f"/api/Plivo/{name}/options/{arg.name}", {"limit": 2}))
    check("/api/Plivo", app.get("/api/Plivo", params={"group": "Messages", "full": "true"}))
    check("/api/Plivo/{block}", app.get("/api/Plivo/sendMessage"))
    check("/healthz", app.get("/healthz"))
    check("/readyz", app.get("/readyz"))


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
    assert len(part["tags"]) == 1
    for key in ("openapi", "info", "servers", "security"):
        assert part[key] == document[key]
    assert part["components"]["schemas"].items() <= document["components"]["schemas"].items()
    assert app.get("/openapi.json", params={"group": group.upper()}).json() == part


def test_blocks_are_their_part_of_the_document(app: App, document: dict[str, Any]) -> None:
    part = app.get("/openapi.json?blocks=makeCall,%20sendMessage,,").json()
    assert part["paths"].keys() == {"/api/Plivo/makeCall", "/api/Plivo/sendMessage"}
    assert all(document["paths"][path] == item for path, item in part["paths"].items())
    assert part["components"]["schemas"].keys() == {
        *("Failure", "Problem", "MakeCallReply", "MakeCallSuccess", "SendMessageReply", "SendMessageSuccess")
    }
    assert app.get("/openapi.json?blocks=sendMessage,makeCall,makeCall").json() == part


@pytest.mark.parametrize("query", [f"group={GROUPS[0]}", "group=10DLC", "blocks=getMessages", "blocks=createLoa"])
def test_a_part_is_valid_on_its_own(app: App, query: str) -> None:
    OpenAPIV31SpecValidator(app.get(f"/openapi.json?{query}").json()).validate()


@pytest.mark.parametrize("group", ["", "nothing", "Messages,Calls", "\ud83d"])
def test_a_group_that_is_not_there(app: App, group: str) -> None:
    answer = app.get("/openapi.json", params={"group": group.encode(errors="surrogatepass")})
    assert answer.status_code == 404
    error = error_in(answer)
    assert error["status_code"] == "NOT_FOUND"
    assert all(known in error["status_msg"] for known in GROUPS)


@pytest.mark.parametrize("path", ["/openapi.json", "/api/Plivo"])
@pytest.mark.parametrize(
    ("query", "code", "mentions"),
    [
        ("blocks=sendMesage", "UNKNOWN_BLOCK", "sendMessage"),
        ("blocks=makeCall,nothing", "UNKNOWN_BLOCK", "nothing"),
        ("blocks=", "INVALID_FIELDS", "separated by commas"),
        ("blocks=,%20,", "INVALID_FIELDS", "separated by commas"),
        ("blocks=makeCall&group=Calls", "INVALID_FIELDS", "give one of them"),
        ("block=makeCall", "INVALID_FIELDS", "did you mean blocks?"),
        ("groups=Calls", "INVALID_FIELDS", "did you mean group?"),
        ("q=calls", "INVALID_FIELDS", "this address takes"),
        ("group=Calls&group=Messages", "INVALID_FIELDS", "given twice"),
        ("group=Calls&Group=Messages", "INVALID_FIELDS", "did you mean group?"),
        ("%F0%9F=1&" + "x" * 2000, "INVALID_FIELDS", "is not a query parameter"),
    ],
)
def test_a_query_that_means_nothing_is_refused(app: App, path: str, query: str, code: str, mentions: str) -> None:
    """Left unsaid, a wrong name would look as if it had counted."""
    answer = app.get(f"{path}?{query}")
    error = error_in(answer)
    assert error["status_code"] == code
    assert mentions in error["status_msg"]
    assert len(answer.content) < 2000


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
