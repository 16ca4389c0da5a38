"""The official SDK and the connector send the same requests, but for what is listed in ``sdk_calls``.

Both speak to one recorder. This is the evidence for the manifest that does not come from the manifest.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import plivo
import plivo.resources.lookup
import plivo.rest.client
import plivo.rest.phlo_client
import pytest

from app.manifest import METADATA, load_manifest
from tests.evidence.sdk_calls import NOT_IN_SDK, ROWS
from tests.evidence.sdk_calls.row import ABSENT, Case, Row, files_in
from tests.support.answers import json_reply
from tests.support.multipart import parts_of
from tests.support.recorder import RecordedRequest, Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

BLOCKS = load_manifest(METADATA).blocks
COMPARED = frozenset(row.block for row in ROWS)
ANY_REPLY = json_reply({"api_id": "recorded", "message": "done", "meta": {}, "objects": [], "number_pool": ""})
"""The SDK looks for ``number_pool`` in what it takes for a powerpack."""
FORM = "multipart/form-data"


@pytest.fixture
def sdk(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[plivo.RestClient]:
    """The SDK's client, every base URL of it bent to the recorder with the real host as the first segment."""
    client = plivo.rest.client
    for module, name in (
        (client, "PLIVO_API_BASE_URI"),
        (client, "API_VOICE_BASE_URI"),
        (client, "API_VOICE_BASE_URI_FALLBACK_1"),
        (client, "API_VOICE_BASE_URI_FALLBACK_2"),
        (client, "CALLINSIGHTS_BASE_URL"),
        (plivo.resources.lookup, "LOOKUP_API_ENDPOINT"),
        (plivo.rest.phlo_client, "PHLO_API_BASE_URI"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name).replace("https:/", recorder.url))
    with plivo.RestClient(AUTH_ID, AUTH_TOKEN) as rest_client:
        rest_client.session.trust_env = rest_client.multipart_session.trust_env = False
        yield rest_client


def sdk_function(client: Any, row: Row) -> Any:
    if callable(row.sdk):
        return lambda **arguments: row.sdk(client, **arguments)
    for name in row.sdk.split("."):
        client = getattr(client, name)
    return client


def segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def call(connector: Service, block: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Call a block and return the envelope; files go up in a form, as platforms send them."""
    files = [(arg, (file.name, file.content, file.media_type)) for arg in args for file in files_in(args[arg])]
    if not files:
        return connector.call(block, **args)
    texts = {
        arg: value if isinstance(value, str) else json.dumps(value)
        for arg, value in args.items()
        if not files_in(value)
    }
    form = {"authId": AUTH_ID, "authToken": AUTH_TOKEN, **texts}
    envelope: dict[str, Any] = connector.http.post(f"/api/Plivo/{block}", data=form, files=files).json()
    return envelope


def content_type(request: RecordedRequest) -> str:
    """Return how the body is written, ABSENT where there is none."""
    return (request.header("Content-Type") or "").partition(";")[0] if request.body else ABSENT


def parameters(request: RecordedRequest) -> dict[str, Any]:
    """What a request says besides its path: the query of a GET, the form or the JSON body of anything else."""
    if request.method == "GET":
        assert request.body == b""
        return in_query_or_form(request.query)
    if content_type(request) == FORM:
        return in_parts(request)
    if content_type(request) == "application/x-www-form-urlencoded":
        texts = in_query_or_form(request.body.decode())
        return {name: [said(value) for value in values] for name, values in texts.items()}
    return request.json if request.body else {}


def in_query_or_form(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True, strict_parsing=bool(text))


def in_parts(request: RecordedRequest) -> dict[str, list[Any]]:
    """Return what the parts of each name hold: a text, or [file name, media type, content]."""
    found: dict[str, list[Any]] = {}
    for part in parts_of(request):
        match = re.fullmatch(r'form-data; name="([^"]*)"(?:; filename="([^"]+)")?', part.headers["content-disposition"])
        assert match
        name, file_name = match.groups()
        text = part.content.decode()
        media_type = part.headers.get("content-type", ABSENT)
        found.setdefault(name, []).append([file_name, media_type, text] if file_name else said(text))
        assert file_name or media_type == ABSENT
    return found


def said(text: str) -> Any:
    """Return what a text of a form says: spacing means nothing where it is JSON."""
    return json.loads(text) if text.startswith("{") else text


def difference(sdk: RecordedRequest, ours: RecordedRequest) -> dict[str, tuple[Any, Any]]:
    """Return (SDK's value, connector's value) of everything that is not the same, to the type."""
    found = {"(path)": (sdk.path, ours.path)} if sdk.path != ours.path else {}
    theirs, mine = parameters(sdk), parameters(ours)
    if not theirs and not mine and sdk.body != ours.body:
        found["(body)"] = (sdk.body.decode() or ABSENT, ours.body.decode() or ABSENT)
    elif sdk.body and ours.body and content_type(sdk) != content_type(ours):
        found["(content type)"] = (content_type(sdk), content_type(ours))
    for name in theirs.keys() | mine.keys():
        values = theirs.get(name, ABSENT), mine.get(name, ABSENT)
        if json.dumps(values[0], sort_keys=True) != json.dumps(values[1], sort_keys=True):
            found[name] = values
    return found


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the SDK leaves the files that it reads open
@pytest.mark.parametrize("case", ["all", "required"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_sends_what_the_sdk_sends(
    row: Row,
    case: Case,
    sdk: plivo.RestClient,
    connector: Service,
    recorder: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in row.files(case):
        Path(file.name).write_text(file.content)
    recorder.script(*map(json_reply, row.first.values()), ANY_REPLY)
    sdk_function(sdk, row)(**row.sdk_arguments(case))
    envelope = call(connector, row.block, row.args(case))
    assert envelope["callback"] == "success", envelope
    *first, theirs, ours = recorder.requests
    assert [request.method for request in first] == ["GET"] * len(row.first)
    assert [request.target.partition(f"/{AUTH_ID}/")[2] for request in first] == list(row.first)

    host, _, sdk_path = theirs.path.removeprefix("/").partition("/")
    theirs = RecordedRequest(theirs.line.replace(f"/{host}".encode(), b"", 1), theirs.headers, theirs.body, 0)
    assert theirs.path == f"/{sdk_path}"
    assert host == BLOCKS[row.block].request.host
    assert ours.method == theirs.method
    assert segments(ours.path) == segments(theirs.path)
    assert theirs.query == "" or theirs.method == "GET"
    assert ours.query == "" or ours.method in ("GET", "DELETE")
    assert ours.header("Authorization") == theirs.header("Authorization")
    assert difference(theirs, ours) == in_wire_form(row.expected_differences(case), ours)


def in_wire_form(expected: dict[str, tuple[Any, Any]], request: RecordedRequest) -> dict[str, tuple[Any, Any]]:
    """A query and a form hold texts, and any name can stand there more than once."""
    if request.method != "GET" and content_type(request) != FORM:
        return expected

    def value(name: str, given: Any) -> Any:
        return given if given == ABSENT or name.startswith("(") or isinstance(given, list) else [str(given)]

    return {name: (value(name, theirs), value(name, ours)) for name, (theirs, ours) in expected.items()}


@pytest.mark.parametrize("row", [row for row in ROWS if row.optional], ids=str)
def test_each_optional_arg_alone_sends_its_own_parameter(row: Row, connector: Service, recorder: Recorder) -> None:
    """Two args with the same value in one request could stand in for each other: alone they cannot.

    The SDK's keyword is Plivo's name, but for an underscore where that would be a word of Python.
    """

    def sent(**args: Any) -> dict[str, Any]:
        envelope = call(connector, row.block, {**row.required, **args})
        assert envelope["callback"] == "success", envelope
        return parameters(recorder.requests[-1])

    least, most = sent(), sent(**row.optional)
    for arg, value in row.optional.items():
        added = {name: text for name, text in sent(**{arg: value}).items() if name not in least}
        assert added == {name: most[name] for name in row.wire_names_of(arg)}


@pytest.mark.parametrize("row", [row for row in ROWS if BLOCKS[row.block].request.method == "DELETE"], ids=str)
def test_delete_says_everything_twice(row: Row, connector: Service, recorder: Recorder) -> None:
    """Plivo's documentation wants the query, all its SDKs send a body: a DELETE carries both, with the same content."""
    connector.call(row.block, **row.args("all"))
    request = recorder.only
    in_body = request.json if request.body else {}
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in in_body.items()}
    assert {
        name: value for name, (value,) in parse_qs(request.query, strict_parsing=bool(request.query)).items()
    } == texts


def test_every_block_has_evidence() -> None:
    """A block is compared with the SDK, or the SDK is known not to have it; what is answered here sends nothing."""
    assert {block.name for block in BLOCKS.values() if not block.local} - COMPARED == NOT_IN_SDK


@pytest.mark.parametrize("block", sorted(COMPARED))
def test_every_arg_has_evidence(block: str) -> None:
    rows = [row for row in ROWS if row.block == block]
    compared = {arg for row in rows for arg in row.args("all")}
    others = {arg for row in rows for arg in row.not_in_sdk}
    assert compared | others == {arg.name for arg in BLOCKS[block].args if not arg.stays_here}
    assert not compared & others


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row.sdk, str)], ids=str)
def test_every_keyword_of_the_sdk_is_spoken_for(row: Row) -> None:
    """What the SDK can say and the connector cannot is left out knowingly."""
    function = sdk_function(plivo.RestClient(AUTH_ID, AUTH_TOKEN), row)
    same_method = [other for other in ROWS if other.sdk == row.sdk]
    spoken_for = {each.keyword(arg) for each in same_method for arg in each.args("all")} | row.not_offered.keys()
    assert inspect.signature(function).parameters.keys() == spoken_for
    assert not row.not_offered.keys() & {row.keyword(arg) for arg in row.args("all")}
